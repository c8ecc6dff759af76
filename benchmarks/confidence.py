"""Whether a crack told with a confidence of 0.8 is one in eight cases of ten: reliability on real images.

Run from the root of the project: ``python -m benchmarks.confidence [--fit]`` (needs ../shared).

A crack that was found is true where a hand drew one within 5 px of its centreline, over at least half of its length.
Cracks count by their length. On forward frames hands drew regions, so a crack is true that lies in one; only those of
the lane count, and every third frame is taken. ``--fit`` prints the line in log odds that takes the strength an engine
gives to the share that is true, fitted on the development sets; the parameters ``sure_shift_*`` and ``sure_slope_*``
hold it. A pothole of a forward frame is true where a hand drew one in it; each counts as one, and every frame is taken
(``hole_shift_*``, ``hole_slope_*``).
"""

from __future__ import annotations

import argparse
import itertools
import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from benchmarks.brazil_camera import names
from benchmarks.brazil_packages import placed
from benchmarks.brazil_score import seen_from_above
from benchmarks.imagery import SETS, SHARED
from benchmarks.real_imagery import cameras
from ingest.imagery.camera import Camera, camera_from_manifest
from ingest.imagery.engines import ENGINES
from ingest.imagery.frame_result import FrameResult
from ingest.imagery.frames import read_frame
from ingest.imagery.parameters import parameters
from ingest.imagery.quantify import quantify_frame

ROADS = SHARED / "data" / "cracks" / "brazil_hdv_rs"
# set, whether chosen on, what was found, where hands drew cracks, and where they looked
Frame = tuple[str, bool, FrameResult, np.ndarray, np.ndarray]
NEAR_PX, TRUE_SHARE = 5, 0.5
# the road on which settings of forward frames were chosen
CHOSEN = "BR-386"
_EVERY = 3
_LONGEST_M = 2.0
BINS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)


def cracks(engine: str, *, forward: bool) -> pd.DataFrame:
    """Return the cracks that an engine finds on real sets: set, whether chosen on, confidence, length [m], true."""
    seen = _forward_frames(engine) if forward else _downward_frames(engine)
    rows = [(name, chosen, *crack) for name, chosen, *frame in seen for crack in _judged(*frame)]
    return pd.DataFrame(rows, columns=["set", "chosen", "confidence", "length", "true"])


def _downward_frames(engine: str) -> Iterator[Frame]:
    for name, folder, scale, part in SETS:
        base, camera = SHARED / "data" / "cracks" / folder, Camera("downward", scale)
        for path in (p for p in sorted((base / "images").iterdir()) if part(p.stem)):
            result = quantify_frame(read_frame(path), camera, engine=engine)
            drawn = cv2.imread(str(base / "masks" / f"{path.stem}.png"), cv2.IMREAD_GRAYSCALE) > 0
            yield name, "(chosen on)" in name, result, drawn, np.ones_like(drawn)


def _forward_frames(engine: str) -> Iterator[Frame]:
    for name, result, masks in _from_above(engine, every=_EVERY):
        yield name, name == CHOSEN, result, masks["masks"], masks["masks_lane"]


def _from_above(engine: str, *, every: int) -> Iterator[tuple[str, FrameResult, dict[str, np.ndarray]]]:
    """Yield road, what was found, and hand-drawn masks on the plane of the lane, of some forward frames."""
    frames = placed(names(ROADS))
    tables = cameras(ROADS, frames)
    for row in frames.iloc[::every].itertuples():
        camera = camera_from_manifest(tables[row.road])
        image = read_frame(ROADS / "images" / f"{row.frame}.jpg", size=camera.size)
        kinds = ("masks", "masks_lane", "masks_pothole")
        masks = {kind: seen_from_above(ROADS / kind / f"{row.frame}.png", camera) for kind in kinds}
        yield f"BR-{row.road}", quantify_frame(image, camera, engine=engine), masks


def potholes(engine: str) -> pd.DataFrame:
    """Return the potholes that an engine finds on forward frames, as :func:`cracks`; each counts as one."""
    rows = [
        (name, name == CHOSEN, float(row.confidence), 1.0, bool(drawn[_inside(str(row.outline), result, drawn)].any()))
        for name, result, masks in _from_above(engine, every=1)
        for drawn in [masks["masks_pothole"]]
        for row in result.findings.query("kind == 'pothole'").itertuples()
    ]
    return pd.DataFrame(rows, columns=["set", "chosen", "confidence", "length", "true"])


def _inside(outline: str, result: FrameResult, drawn: np.ndarray) -> np.ndarray:
    """Return where a pothole is, shape as `drawn`."""
    body = np.zeros(result.image.shape[:2], np.uint8)
    cv2.fillPoly(body, [np.array(line, np.int32).reshape(-1, 2) for line in json.loads(outline)], 1)
    return cv2.resize(body, drawn.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0


def _judged(result: FrameResult, drawn: np.ndarray, looked: np.ndarray) -> Iterator[tuple[float, float, bool]]:
    """Yield confidence, length and truth of the cracks of a frame, of those that lie where hands looked for them."""
    far = cv2.distanceTransform((~drawn).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    far = far if drawn.any() else np.full(drawn.shape, np.inf, np.float32)
    for crack in result.findings.query("kind == 'crack'").itertuples():
        places = _places(str(crack.outline), result, drawn.shape)
        if looked[places].mean() < TRUE_SHARE:
            continue
        near = far[places] <= NEAR_PX
        yield float(crack.confidence), float(crack.length_m), bool(near.mean() >= TRUE_SHARE)


def _places(outline: str, result: FrameResult, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Return rows and columns, at the scale of the frame, of the centreline of a finding."""
    drawn = np.zeros(result.image.shape[:2], np.uint8)
    lines = [np.array(line, np.int32) for line in json.loads(outline)]
    cv2.polylines(drawn, lines, isClosed=False, color=1)
    # a line of one point is not drawn
    points = np.vstack(lines)
    drawn[points[:, 1].clip(0, drawn.shape[0] - 1), points[:, 0].clip(0, drawn.shape[1] - 1)] = 1
    grow = shape[1] / result.image.shape[1]
    rows, columns = ((np.asarray(part) + 0.5) * grow for part in np.nonzero(drawn))
    return np.minimum(rows.astype(int), shape[0] - 1), np.minimum(columns.astype(int), shape[1] - 1)


def reliability(found: pd.DataFrame) -> pd.DataFrame:
    """Return, for each class of confidence, cracks, metres, mean confidence and the share of metres that is true."""
    parts = found.groupby(pd.cut(found["confidence"], BINS, include_lowest=True), observed=True)
    return parts.apply(_shares, include_groups=False)


def _shares(part: pd.DataFrame) -> pd.Series:
    return pd.Series(
        {
            "cracks": len(part),
            "length": part["length"].sum(),
            "confidence": np.average(part["confidence"], weights=part["length"]),
            "true": np.average(part["true"], weights=part["length"]),
        }
    )


def calibration_error(found: pd.DataFrame) -> float:
    """Return the mean distance of confidence and share true over the classes, by length."""
    table = reliability(found)
    return float(np.average((table["confidence"] - table["true"]).abs(), weights=table["length"]))


def fitted(found: pd.DataFrame, *, shift: float, slope: float) -> tuple[float, float]:
    """Return shift and slope of the log odds, given those that the confidence was made with."""
    share = found["confidence"].clip(1e-4, 1 - 1e-4)
    strength = (np.log(share / (1 - share)) - shift) / slope
    model = LogisticRegression(C=1e6)
    # a net of cracks of 20 m is one judgement all the same
    weight = found["length"].clip(upper=_LONGEST_M)
    model.fit(strength.to_numpy()[:, None], found["true"], sample_weight=weight)
    return float(model.intercept_[0]), float(model.coef_[0, 0])


# what is told, and the rows of the table of image parameters that its confidence is made with
KINDS = {
    "cracks from above": "sure_{part}_{engine}",
    "cracks of forward frames": "sure_{part}_{engine}_forward",
    "potholes of forward frames": "hole_{part}_{engine}_forward",
}
FOUND: dict[str, Callable[[str], pd.DataFrame]] = {
    "cracks from above": partial(cracks, forward=False),
    "cracks of forward frames": partial(cracks, forward=True),
    "potholes of forward frames": potholes,
}


def main() -> None:
    """Print the reliability of both engines."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--fit", action="store_true")
    given = asked.parse_args()
    if not Path(SHARED).is_dir():
        raise SystemExit("The real frames (../shared) are not here.")
    for engine, (kind, names_of) in itertools.product(ENGINES, KINDS.items()):
        found = FOUND[kind](engine)
        for name, part in (("development", found[found["chosen"]]), ("kept apart", found[~found["chosen"]])):
            print(f"{engine}, {kind}, {name}: calibration error {calibration_error(part):.3f}")
            print(reliability(part).round(3).to_string(), end="\n\n")
        if given.fit:
            rows = [names_of.format(part=part, engine=engine) for part in ("shift", "slope")]
            now = dict(zip(("shift", "slope"), (parameters()[row] for row in rows), strict=True))
            print(f"{', '.join(rows)} = {fitted(found[found['chosen']], **now)}\n")


if __name__ == "__main__":
    main()
