"""The forward camera of the Brazilian survey frames, calibrated from lane masks and neighbouring frames.

The lane is taken to be 3.6 m wide (assumed: no width is published) and the road plane flat. Then the width of the lane
in pixels grows in proportion to the row below the horizon, and the distance ahead is A / (row - horizon) plus a
constant; A comes from frames that follow each other every 5 m, laid over one another.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd

from ingest.imagery.calibration import Road, distance_by_spacing
from ingest.imagery.calibration import camera_table as camera_of
from ingest.imagery.forward_lines import Perspective, met

LANE_WIDTH_M = 3.6
FRAME_SPACING_M = 5.0
WINDOW_M = 5.0
SIZE = (1024, 640)
# rows that are compared, below the horizon
_COMPARED = (735.0, 115.0)
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
    lane = met(*fits)
    return lane.growth, lane.horizon, lane.vanishing, lane.left, lane.right, error


def distance_constant(folder: Path, table: pd.DataFrame, edges: pd.DataFrame) -> tuple[float, int]:
    """Return A [m px] of distance = A / (row - horizon) + constant, and the number of frame pairs it rests on."""
    table = table.sort_values(["section", "index"])
    follows = (table["index"].diff() == FRAME_SPACING_M) & (table["section"] == table["section"].shift())
    named = zip(table["frame"].shift()[follows], table["frame"][follows], strict=True)
    pairs = ((_grey(folder, here), _grey(folder, there)) for here, there in named)
    return distance_by_spacing(
        pairs, _lane(edges), lane_width_m=LANE_WIDTH_M, spacing_m=FRAME_SPACING_M, rows=_COMPARED
    )


def _grey(folder: Path, frame: str) -> np.ndarray:
    return np.asarray(cv2.imread(str(folder / "images" / f"{frame}.jpg"), cv2.IMREAD_GRAYSCALE))


def _lane(edges: pd.DataFrame) -> Perspective:
    middle = edges.median()
    return Perspective(*(float(middle[name]) for name in ("horizon", "vanishing", "growth", "left", "right")))


def camera_table(edges: pd.DataFrame, distance: float, *, mm_per_pixel: float = 5.0) -> dict[str, Any]:
    """Return the ``[camera]`` table: four image points, their place on the road, and the 5 m nearest the vehicle."""
    road = Road(_lane(edges), LANE_WIDTH_M, distance, SIZE)
    return camera_of(road, ahead_m=WINDOW_M, mm_per_pixel=mm_per_pixel)
