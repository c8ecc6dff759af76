"""What hides the road: how much of it is told, and what is refused that is not hidden.

Run from the root of the project: ``python -m benchmarks.usability [--every 25] [--half odd]`` (needs ../shared).

No public set shows roads in rain, snow or at night. What hides the road is therefore laid over real frames
(:mod:`sample_data.spoilt_views`), with strength, place and shape drawn by chance: real roads, made weather. The frames
without it are all of them as they were taken: dry, in focus, some in the shade of trees. Numbers of the gate were
chosen on 35 frames, ten or so of the odd half among them, and on what all frames as taken lose: the odd half is not
fully apart.

Told is a frame that is refused or of which more than a tenth of the road is left out. Hidden road left out is the share
of the hidden road that measures nothing. Seen road left out is the share of the rest, close to it or by error.
"""

from __future__ import annotations

import argparse
import time
import zlib
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from ingest.imagery.camera import Camera, camera_from_manifest, top_view
from ingest.imagery.components import fitted
from ingest.imagery.parameters import of_kind, parameters
from ingest.imagery.quantify import scene_of
from ingest.imagery.usability import usability
from sample_data.spoilt_views import KINDS, spoilt

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data" / "cracks"
# near the calibration of benchmarks.brazil_camera
_FORWARD = {
    "kind": "forward", "mm_per_pixel": 5.0, "near_m": 0.0, "far_m": 5.0, "left_m": -2.5, "right_m": 2.5,
    "image_points": [[193, 639], [1012, 639], [468, 143], [737, 143]],
    "road_points": [[-1.5, 0], [1.5, 0], [-1.5, 10], [1.5, 10]],
}  # fmt: skip
CAMERAS = {
    "brazil_hdv_rs": camera_from_manifest(_FORWARD),
    "nha12d_dev": Camera("downward", 2.5),
    "cfd": Camera("downward", 5.0),
    "uav_cc0": Camera("downward", 5.0),
}
# of the set of close-ups one in four
_EVERY = {"uav_cc0": 4}
TOLD = 0.1


def frames(half: str) -> list[tuple[str, Path]]:
    """Return set and file of the real frames of a half: "even", "odd" or "all"."""
    every = [
        (name, p) for name in CAMERAS for p in sorted((SHARED / name / "images").iterdir())[:: _EVERY.get(name, 1)]
    ]
    return {"even": every[::2], "odd": every[1::2], "all": every}[half]


def judged(image: np.ndarray, name: str, hides: np.ndarray | None = None) -> dict[str, object]:
    """Return what the gate says of a frame of a set; `hides` is where its road is hidden, in the view from above."""
    camera = CAMERAS[name]
    values = of_kind(parameters(), camera.kind)
    scene = scene_of(top_view(image, camera), values)
    seen, paint = fitted(scene.top.valid, scene.coarse.shape), scene.lane.paint
    start = time.process_time()
    gate = usability(scene.coarse, scene.grey, seen, paint, mm_per_pixel=scene.mm, values=values)
    spent = 1000.0 * (time.process_time() - start)
    row: dict[str, object] = {"set": name, "reason": gate.reason, "ms": spent}
    if gate.hidden is None or gate.reason:
        return row | {"share": 1.0, "hidden": 1.0, "seen": np.nan if gate.reason else 0.0}
    row["share"] = gate.hidden.share
    if hides is not None:
        out = gate.hidden.covered(values["hidden_margin"]) | gate.hidden.mask("shade")
        truth, road = fitted(hides, out.shape), fitted(seen, out.shape)
        row["hidden"] = (out & truth & road).sum() / max(int((truth & road).sum()), 1)
        row["seen"] = (out & ~truth & road).sum() / max(int((~truth & road).sum()), 1)
    return row


def as_taken(listed: list[tuple[str, Path]]) -> pd.DataFrame:
    """Return by set how many real frames are refused, and how much of their road is left out."""
    rows = pd.DataFrame([judged(cv2.imread(str(path)), name) | {"frame": path.stem} for name, path in listed])
    refused = rows[rows["reason"] != ""]
    if len(refused):
        print("Refused as taken:", refused[["set", "frame", "reason"]].to_string(index=False), sep="\n")
    return rows.groupby("set").agg(
        frames=("share", "size"),
        refused=("reason", lambda r: int((r != "").sum())),
        left_out_mean=("share", "mean"),
        left_out_98=("share", lambda s: s.quantile(0.98)),
        left_out_most=("share", "max"),
        ms=("ms", "median"),
    )


def hidden_rows(listed: list[tuple[str, Path]]) -> pd.DataFrame:
    """Return what the gate says of real frames with each kind of what hides a road laid over them."""
    rows = []
    for name, path in listed:
        image, camera = cv2.imread(str(path)), CAMERAS[name]
        top = top_view(image, camera)
        back = np.linalg.inv(camera.homography) if camera.kind == "forward" else None
        for kind in KINDS:
            rng = np.random.default_rng(zlib.crc32(f"{path.stem} {kind}".encode()))
            shown, hides = spoilt(image, top.image, kind, mm_per_pixel=top.mm_per_pixel, to_image=back, rng=rng)
            rows.append(judged(shown, name, hides) | {"kind": kind})
    return pd.DataFrame(rows)


def main() -> pd.DataFrame:
    """Print and return how much of what hides the road is told."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--every", type=int, default=10, help="lay things over one frame in this many")
    asked.add_argument("--half", choices=("even", "odd", "all"), default="odd")
    given = asked.parse_args()
    if not SHARED.is_dir():
        raise SystemExit("The real frames (../shared/data/cracks) are not here.")
    cv2.setNumThreads(1)
    listed = frames(given.half)
    print(f"Real frames as taken, {given.half} half")
    print(as_taken(listed).round(4).to_string(), end="\n\n")
    rows = hidden_rows(listed[:: given.every]).assign(told=lambda r: (r["reason"] != "") | (r["share"] > TOLD))
    table = rows.groupby("kind").agg(
        frames=("told", "size"),
        told=("told", "mean"),
        refused=("reason", lambda r: (r != "").mean()),
        hidden_left_out=("hidden", "mean"),
        seen_left_out=("seen", "mean"),
    )
    print("MADE on real frames: no public set shows roads in such weather")
    print(table.round(3).to_string())
    return table


if __name__ == "__main__":
    main()
