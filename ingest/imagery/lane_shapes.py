"""What has an area in a frame, as polygons on the lane: potholes, patches, sealed cracks, ravelling, bleeding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import shapely

from ingest.imagery.lane_axis import LaneAxis
from ingest.imagery.pixel_borders import enclosing

# kind; shape [m]; which finding of its frame it is; length [m]; of range images depth [mm], and volume by slices of the
# shape from its nearest to its farthest place [m3]
SHAPES = ("kind", "shape", "finding", "length_m", "depth_mm", "volumes")
# kinds that are measured by area; what else is named has none that anyone asks for
MEASURED = ("pothole", "patch", "sealed_crack", "ravelling", "bleeding")
_NO_VOLUMES = np.empty(0)
# how far a simpler outline may lie from what was traced: a pixel of the scale that areas are found at [m]
_TRACED = 0.01


def no_shapes() -> pd.DataFrame:
    """Return a table of shapes without rows."""
    kinds = {"finding": int, "length_m": float, "depth_mm": float}
    return pd.DataFrame({name: pd.Series(dtype=kinds.get(name, object)) for name in SHAPES})


def objects(values: Sequence[Any]) -> np.ndarray:
    """Return values as an array of objects, also where they are arrays of one length."""
    held = np.empty(len(values), dtype=object)
    for at, value in enumerate(values):
        held[at] = value
    return held


def road_places(x: np.ndarray, y: np.ndarray, *, height: int, mm_per_pixel: float) -> tuple[np.ndarray, np.ndarray]:
    """Return places right of the left edge and ahead of the lower edge of a view [m] of pixels of it."""
    metre = mm_per_pixel / 1000.0
    return (np.asarray(x, float) + 0.5) * metre, (height - np.asarray(y, float) - 0.5) * metre


def road_outlines(outlines: Sequence[np.ndarray], axis: LaneAxis, *, height: int, mm_per_pixel: float) -> np.ndarray:
    """Return closed outlines [px] of a view as polygons on the road. [m]"""
    shapes = []
    for line in outlines:
        right, ahead = road_places(line[:, 0], line[:, 1], height=height, mm_per_pixel=mm_per_pixel)
        shapes.append(shapely.Polygon(np.column_stack([axis.offset(right, ahead), ahead])))
    return objects(shapes)


def lane_shapes(
    potholes: pd.DataFrame, things: pd.DataFrame, axis: LaneAxis, *, first: int, height: int, mm_per_pixel: float
) -> pd.DataFrame:
    """
    Return what has an area in a frame, columns as :data:`SHAPES`.

    Parameters
    ----------
    potholes
        Columns on_road (polygons [m]), and of range images depth_mm and volumes.
    things
        Columns as :data:`ingest.imagery.things.THING_COLUMNS`.
    axis
        Centre line of the lane.
    first
        Place of the first pothole among the findings of the frame; the others follow, and things after them.
    height, mm_per_pixel
        Of the view that outlines lie in.
    """
    holes = potholes.assign(kind="pothole", shape=potholes["on_road"], finding=first + np.arange(len(potholes)))
    holes = holes.assign(length_m=np.nan)
    others = things.assign(finding=first + len(potholes) + np.arange(len(things)))
    # fewer than three points enclose nothing
    others = others[others["kind"].isin(MEASURED) & (others["outline"].map(len) > 2)]
    traced = road_outlines(others["outline"].tolist(), axis, height=height, mm_per_pixel=mm_per_pixel)
    simple = shapely.simplify(traced, _TRACED)
    shapes = [enclosing(shape, area) for shape, area in zip(simple, others["area_m2"].astype(float), strict=True)]
    filled = [part for part in (holes, others.assign(shape=objects(shapes))) if len(part)]
    if not filled:
        return no_shapes()
    found = pd.concat([part.reindex(columns=list(SHAPES)) for part in filled], ignore_index=True)
    volumes = objects([told if isinstance(told, np.ndarray) else _NO_VOLUMES for told in found["volumes"]])
    return found.assign(volumes=volumes).astype({"finding": int, "length_m": float, "depth_mm": float})
