"""
Views laid over one another, and growth told, on real frames warped and aged by a known amount.

No public set shows one road in two years, so the earlier view is the same frame moved, turned, scaled, lit otherwise,
blurred, worn (a new fine texture laid over it), with paint worn off and cracks added. What is right is then known to
the pixel; how like real years that is, is not. Pairs of different frames must be refused.
"""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

import cv2
import numpy as np
import pandas as pd

from benchmarks import brazil_camera
from ingest.imagery.camera import Camera, TopView, camera_from_manifest, top_view
from ingest.imagery.history import Sight, place_history
from ingest.imagery.parameters import parameters
from ingest.imagery.quantify import quantify_frame
from ingest.imagery.registration import alignment, placed

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "cracks"
# no scale is published; a lane of 3.65 m between its markings gives about this one for 1920 px
NHA_MM = 2.3
WIDTH = 900
ALONG_M, ACROSS_M, TURN, SCALE = 1.5, 0.3, 2.0, 0.03
WEAR = (0.0, 0.5, 1.0, 1.5)


def moved(shape: tuple[int, int], rng: np.random.Generator, *, mm: float, along: float = ALONG_M) -> np.ndarray:
    """Return a transform within the limits of position, shape (2, 3)."""
    about = ((shape[1] - 1) / 2, (shape[0] - 1) / 2)
    matrix = cv2.getRotationMatrix2D(about, rng.uniform(-TURN, TURN), 1 + rng.uniform(-SCALE, SCALE))
    matrix[:, 2] += np.array([rng.uniform(-ACROSS_M, ACROSS_M), rng.uniform(-along, along)]) * 1000 / mm
    return matrix


def aged(image: np.ndarray, rng: np.random.Generator, *, wear: float, cracks: int = 3) -> np.ndarray:
    """Return a frame as another day and year might show it; `wear` in 12 grey levels of new texture."""
    height, width = image.shape[:2]
    slope = 1 + 0.25 * rng.uniform(-1, 1) * np.linspace(-1, 1, width) + 0.2 * np.linspace(-1, 1, height)[:, None]
    tone = 255 * np.clip(image * slope[..., None] * rng.uniform(0.7, 1.25) / 255, 0, 1) ** rng.uniform(0.8, 1.25)
    fresh = cv2.GaussianBlur(rng.normal(0, 1, (height, width)), (0, 0), 1.0)
    tone = cv2.GaussianBlur(tone, (0, 0), 0.6 + 0.5 * wear) + (fresh * wear * 12 / fresh.std())[..., None]
    tone += rng.normal(0, 4, (height, width, 1))
    shadow = np.zeros((height, width), np.float32)
    cv2.fillPoly(shadow, [rng.integers(0, [width, height], (3, 2)).astype(np.int32)], 1.0)
    tone *= 1 - 0.35 * cv2.GaussianBlur(shadow, (0, 0), 5)[..., None]
    grey = tone.max(axis=2)
    worn = cv2.resize((rng.random((height // 8 + 1, width // 8 + 1)) < 0.5).astype(np.float32), (width, height)) > 0.5
    middle = np.median(grey)
    tone = np.where(((grey > 1.35 * middle) & worn)[..., None], middle + 0.3 * (tone - middle), tone)
    for _ in range(cracks):
        turn = np.cumsum(rng.normal(0, 0.3, 40)) + rng.uniform(0, 2 * np.pi)
        line = rng.uniform(0, [width, height]) + 8 * np.cumsum(np.column_stack([np.cos(turn), np.sin(turn)]), axis=0)
        drawn = np.zeros((height, width), np.uint8)
        cv2.polylines(drawn, [line.astype(np.int32)], False, 255, 2, cv2.LINE_AA)
        tone *= 1 - 0.5 * drawn[..., None] / 255.0
    return as_kept(np.clip(tone, 0, 255).astype(np.uint8))


def as_kept(image: np.ndarray) -> np.ndarray:
    """Return an image after the JPEG that the store keeps."""
    quality = int(parameters()["jpeg_quality"])
    return cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)


def nha_views() -> dict[str, TopView]:
    """Return the downward frames at the width that is kept."""
    found = {}
    for path in sorted((DATA / "nha12d_dev" / "images").glob("*.jpg")):
        image = cv2.imread(str(path))
        small = cv2.resize(image, (WIDTH, round(image.shape[0] * WIDTH / image.shape[1])), interpolation=cv2.INTER_AREA)
        found[path.stem] = TopView(small, np.ones(small.shape[:2], bool), NHA_MM * image.shape[1] / WIDTH)
    return found


def brazil_views(count: int) -> dict[str, TopView]:
    """Return views from above of forward frames, spread over the set."""
    folder = DATA / "brazil_hdv_rs"
    frames = brazil_camera.names(folder)
    edges = brazil_camera.lane_edges(folder, frames["frame"])
    distance, _ = brazil_camera.distance_constant(folder, frames, edges)
    camera = camera_from_manifest(brazil_camera.camera_table(edges, distance))
    chosen = frames["frame"].iloc[:: max(1, len(frames) // count)]
    return {f: top_view(cv2.imread(str(folder / "images" / f"{f}.jpg")), camera) for f in chosen}


def consecutive(count: int) -> pd.DataFrame:
    """
    Return what is said of frames taken one after the other: two pictures of one surface, from nearer and further.

    The file names say that the vehicle went 5 m on. So the far half of one view shows what the near half of the next
    does, at a coarser scale of its own and under other light.
    """
    folder = DATA / "brazil_hdv_rs"
    rows = []
    for _, frames in brazil_camera.names(folder).groupby("road"):
        edges = brazil_camera.lane_edges(folder, frames["frame"])
        distance, _ = brazil_camera.distance_constant(folder, frames, edges)
        table = brazil_camera.camera_table(edges, distance) | {"far_m": 2 * brazil_camera.WINDOW_M}
        camera = camera_from_manifest(table)
        ordered = frames.sort_values(["section", "index"])
        step = brazil_camera.FRAME_SPACING_M
        follows = (ordered["index"].diff() == step) & (ordered["section"] == ordered["section"].shift())
        pairs = list(zip(ordered["frame"].shift()[follows], ordered["frame"][follows], strict=True))
        for then, now in pairs[:: max(1, 2 * len(pairs) // count)]:
            views = [top_view(cv2.imread(str(folder / "images" / f"{f}.jpg")), camera) for f in (then, now)]
            found = alignment(*views, ahead_m=-step, values=parameters())
            height, width = views[0].image.shape[:2]
            # where the middle of what both see lies on either: 7.5 m ahead of the first, 2.5 m ahead of the second
            there = np.array([[(width - 1) / 2, height / 4]])
            down = placed(there, found.matrix)[0, 1] - there[0, 1]
            rows.append((then, found.aligned, found.reason, down * views[1].mm_per_pixel / 1000.0, found.agreement))
    return pd.DataFrame(rows, columns=["frame", "aligned", "reason", "moved_m", "agreement"])


def again(view: TopView, rng: np.random.Generator, *, wear: float) -> tuple[TopView, np.ndarray]:
    """Return a view as an earlier survey shows it, and the transform from it to the view."""
    size = view.image.shape[1::-1]
    matrix = moved(view.image.shape[:2], rng, mm=view.mm_per_pixel)
    image = aged(cv2.warpAffine(view.image, matrix, size), rng, wear=wear)
    seen = cv2.warpAffine(view.valid.astype(np.uint8), matrix, size, flags=cv2.INTER_NEAREST) > 0
    return TopView(np.where(seen[..., None], image, 0), seen, view.mm_per_pixel), cv2.invertAffineTransform(matrix)


def errors(views: dict[str, TopView], *, wear: float, seed: int = 1) -> pd.DataFrame:
    """Return whether each view was aligned with its earlier self, by how much it is off [mm], and the seconds taken."""
    rng, values = np.random.default_rng(seed), parameters()
    rows = []
    for name, view in views.items():
        then, truth = again(view, rng, wear=wear)
        begun = perf_counter()
        found = alignment(then, view, values=values)
        taken = perf_counter() - begun
        row, column = (axis[:: max(1, len(axis) // 400)] for axis in np.nonzero(then.valid))
        points = np.column_stack([column, row]).astype(float)
        here = placed(points, truth)
        inside = ((here >= 0) & (here < view.image.shape[1::-1])).all(axis=1)
        off = np.hypot(*(placed(points, found.matrix) - here)[inside].T).mean() * view.mm_per_pixel
        rows.append((name, found.aligned, off, found.agreement, taken))
    return pd.DataFrame(rows, columns=["frame", "aligned", "off_mm", "agreement", "seconds"])


def strangers(views: dict[str, TopView], *, every: int) -> pd.DataFrame:
    """Return what is said of pairs of different frames."""
    names, values = list(views), parameters()
    pairs = [(a, b) for i, a in enumerate(names) for j, b in enumerate(names) if j > i and (7 * i + j) % every == 0]
    found = [(a, b, alignment(views[a], views[b], values=values)) for a, b in pairs]
    return pd.DataFrame(
        [(a, b, f.aligned, f.agreement) for a, b, f in found], columns=["a", "b", "aligned", "agreement"]
    )


def told_growth(*, wear: float, lost: int = 0, seed: int = 1) -> pd.DataFrame:
    """Return the growth told between asphalt frames and their aged selves, in which no crack has changed."""
    rng, values = np.random.default_rng(seed), parameters()
    camera = Camera("downward", NHA_MM)
    tables = []
    for path in sorted((DATA / "nha12d_dev" / "images").glob("APVD*.jpg")):
        image = cv2.imread(str(path))
        matrix = moved(image.shape[:2], rng, mm=NHA_MM, along=0.5)
        old = aged(cv2.warpAffine(image, matrix, image.shape[1::-1]), rng, wear=wear, cracks=lost)
        old[cv2.warpAffine(np.ones(image.shape[:2], np.uint8), matrix, image.shape[1::-1]) == 0] = 0
        pair = [_sight(frame, camera, name) for frame, name in ((old, "then"), (image, "now"))]
        tables.append(place_history(pair, values=values).growth.assign(frame=path.stem))
    return pd.concat(tables, ignore_index=True)


def _sight(image: np.ndarray, camera: Camera, name: str) -> Sight:
    result = quantify_frame(image, camera)
    findings = result.findings.assign(finding=[f"{name}-{n}" for n in range(len(result.findings))])
    day = pd.Timestamp(2025 if name == "now" else 2023, 4, 15)
    return Sight(name, name, day, as_kept(result.image), result.view_mm, 0.0, result.usable, findings)


def main() -> None:
    """Print alignment errors, refusals and false growth."""
    for label, views in (("nha12d_dev", nha_views()), ("brazil_hdv_rs", brazil_views(60))):
        for wear in WEAR:
            found = errors(views, wear=wear)
            good = found[found["aligned"]]
            print(
                f"{label} wear {wear:3.1f}: aligned {len(good)}/{len(found)}, "
                f"off median {good['off_mm'].median():.1f} mm, largest {good['off_mm'].max():.1f} mm, "
                f"agreement median {found['agreement'].median():.2f}, {found['seconds'].mean():.2f} s"
            )
        other = strangers(views, every=5 if label == "nha12d_dev" else 17)
        named = ", ".join(f"{a}/{b} {s:.2f}" for a, b, _, s in other[other["aligned"]].itertuples(index=False))
        refused = other.loc[~other["aligned"], "agreement"]
        print(
            f"{label} different frames: refused {len(refused)}/{len(other)}, largest agreement refused "
            f"{refused.max():.3f}; laid over: {named or 'none'}"
        )
    near = consecutive(60)
    laid = near.loc[near["aligned"], "moved_m"]
    print(
        f"brazil_hdv_rs frame after frame, 5 m on by name: aligned {len(laid)}/{len(near)}, agreement median "
        f"{near['agreement'].median():.2f}, largest refused {near.loc[~near['aligned'], 'agreement'].max():.3f}; "
        f"5 m measured as {laid.round(2).tolist()}"
    )
    for wear in (0.0, 0.5, 1.0):
        told = told_growth(wear=wear)
        kept = told[told["state"].isin(["grown", "unchanged"])]
        by_state = told.groupby("state")[["length_then_m", "length_now_m"]].sum().max(axis=1).round(2).to_dict()
        growth = told.groupby("state")["growth_m"].sum().round(2).to_dict()
        print(
            f"no crack changed, wear {wear:3.1f}: {told['frame'].nunique()} frames compared, "
            f"crack metres by what is told {by_state}, growth told {growth}; "
            f"of matched cracks |growth| median {kept['growth_m'].abs().median():.3f} m, "
            f"90 % {kept['growth_m'].abs().quantile(0.9):.3f} m; "
            f"|widening| median {kept['widening_mm'].abs().median():.2f} mm, "
            f"90 % {kept['widening_mm'].abs().quantile(0.9):.2f} mm"
        )


if __name__ == "__main__":
    main()
