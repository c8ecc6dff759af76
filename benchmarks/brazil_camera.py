"""The forward camera of the Brazilian survey frames, calibrated from lane masks and neighbouring frames.

The lane is taken to be 3.6 m wide (assumed: no width is published) and the road plane flat. Then the width of the lane
in pixels grows in proportion to the row below the horizon, and the distance ahead is A / (row - horizon) plus a
constant; A comes from frames that follow each other every 5 m, laid over one another.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pandas as pd

LANE_WIDTH_M = 3.6
FRAME_SPACING_M = 5.0
WINDOW_M = 5.0
SIZE = (1024, 640)
_ROWS = np.arange(60, 640, 10)


def names(folder: Path) -> pd.DataFrame:
    """Return frame, road, section and index [m] from the file names RECORD_STATE_ROAD_SECTION_INDEX."""
    stems = pd.Series(sorted(p.stem for p in (folder / "images").glob("*.jpg")), name="frame")
    parts = stems.str.split("_", expand=True)
    return pd.DataFrame({"frame": stems, "road": parts[2], "section": parts[3], "index": parts[4].astype(int)})


def lane_edges(folder: Path, frames: pd.Series) -> pd.DataFrame:
    """Return growth of the lane's width a row, horizon row and vanishing column of frames with straight edges."""
    rows = [
        _edges(cv2.imread(str(folder / "masks_lane" / f"{frame}.png"), cv2.IMREAD_GRAYSCALE) > 0) for frame in frames
    ]
    table = pd.DataFrame(rows, columns=["growth", "horizon", "vanishing", "left", "right", "error"], index=frames)
    return table[table["error"] < 8.0]


def _edges(mask: np.ndarray) -> tuple[float, ...]:
    lane = mask[_ROWS]
    left, right = lane.argmax(axis=1), lane.shape[1] - 1 - lane[:, ::-1].argmax(axis=1)
    seen = lane.any(axis=1) & (left > 3) & (right < mask.shape[1] - 4)
    if seen.sum() < 25:
        return (np.nan,) * 6
    fits = [np.polyfit(_ROWS[seen], edge[seen], 1) for edge in (left, right)]
    error = max(np.abs(np.polyval(f, _ROWS[seen]) - e[seen]).max() for f, e in zip(fits, (left, right), strict=True))
    growth = fits[1][0] - fits[0][0]
    horizon = (fits[0][1] - fits[1][1]) / growth
    return growth, horizon, float(np.polyval(fits[0], horizon)), fits[0][0], fits[1][0], error


def distance_constant(folder: Path, table: pd.DataFrame, edges: pd.DataFrame) -> tuple[float, int]:
    """
    Return A [m px] of distance = A / (row - horizon) + constant, and the number of frame pairs it rests on.

    Both frames of a pair are drawn with rows even in 1 / (row - horizon); their shift is spacing / A.
    """
    table = table.sort_values(["section", "index"])
    follows = (table["index"].diff() == FRAME_SPACING_M) & (table["section"] == table["section"].shift())
    pairs = list(zip(table["frame"].shift()[follows], table["frame"][follows], strict=True))
    middle = edges.median()
    inverse = np.linspace(1 / 735, 1 / 115, 900)
    found = np.array([_shift(folder, here, there, middle, inverse) for here, there in pairs])
    shift = found[found[:, 1] > 0.4, 0]
    shift = shift[np.abs(shift / np.median(shift) - 1) < 0.4]
    return float(FRAME_SPACING_M / (shift.mean() * (inverse[1] - inverse[0]))), len(shift)


def _shift(folder: Path, here: str, there: str, middle: pd.Series, inverse: np.ndarray) -> tuple[float, float]:
    far, near = (_even(folder / "images" / f"{frame}.jpg", middle, inverse) for frame in (here, there))
    score = cv2.matchTemplate(far, near[10:260, 20:-20], cv2.TM_CCOEFF_NORMED)[60:]
    _, best, _, place = cv2.minMaxLoc(score)
    return place[1] + 50.0, best


def _even(path: Path, middle: pd.Series, inverse: np.ndarray) -> np.ndarray:
    grey = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE).astype(np.float32)
    below = (1 / inverse)[:, None]
    across = np.linspace(-2.2, 2.2, 220)[None, :]
    x = middle["vanishing"] + across * middle["growth"] / LANE_WIDTH_M * below
    y = np.broadcast_to(middle["horizon"] + below, x.shape)
    drawn = cv2.remap(grey, x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR)
    drawn -= cv2.GaussianBlur(drawn, (0, 0), 12)
    return drawn / np.sqrt(cv2.GaussianBlur(drawn * drawn, (0, 0), 20) + 4)


def camera_table(edges: pd.DataFrame, distance: float, *, mm_per_pixel: float = 5.0) -> dict[str, object]:
    """Return the ``[camera]`` table: four image points, their place on the road, and the 5 m nearest the vehicle."""
    middle = edges.median()
    bottom = SIZE[1] - 1 - middle["horizon"]
    top = 1 / (1 / bottom + 2 * WINDOW_M / distance)
    per_metre = middle["growth"] / LANE_WIDTH_M
    image, road = [], []
    for below in (bottom, top):
        for across in (-1.5, 1.5):
            image.append([middle["vanishing"] + across * per_metre * below, middle["horizon"] + below])
            road.append([across, distance / below - distance / bottom])
    centre = (middle["left"] + middle["right"]) / 2 / per_metre
    return {
        "kind": "forward",
        "mm_per_pixel": mm_per_pixel,
        "width": SIZE[0],
        "height": SIZE[1],
        "image_points": np.round(image, 2).tolist(),
        "road_points": np.round(road, 4).tolist(),
        "near_m": 0.0,
        "far_m": WINDOW_M,
        "left_m": round(float(centre) - 2.5, 3),
        "right_m": round(float(centre) + 2.5, 3),
    }
