"""What a frame shows of its lane in metres on the road: parts of cracks, shapes of what has an area, the area seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ingest.imagery.lane_axis import LaneAxis
from ingest.imagery.lane_shapes import no_shapes, road_places
from pavement.measures.crack_parts import PARTS
from pavement.measures.cracking import LANE, stretch, zone_extents
from pavement.measures.severity import severity

Floats = NDArray[np.float64]
# step along the lane at which the area seen is kept [m]
_STEP = 0.1


@dataclass(frozen=True)
class OnLane:
    """
    Distress of one frame within its lane, x right of the lane's centre and y ahead of the lower edge of the view [m].

    Attributes
    ----------
    parts
        Parts of cracks, columns as :data:`pavement.measures.crack_parts.PARTS`.
    shapes
        What has an area, columns as :data:`ingest.imagery.lane_shapes.SHAPES`; beside the lane too, where the view
        reaches farther.
    seen
        Area of lane seen up to each 0.1 m ahead, and up to the end of the view at last. [m2]
    width_m, length_m
        Size of the view. [m]
    lane_width_m
        NaN where the lane's lines were not both found: no zones are known, and x counts from the middle of the view.
    heights
        Whether heights are known, so that potholes have a depth and a volume.
    """

    parts: pd.DataFrame
    shapes: pd.DataFrame
    seen: Floats
    width_m: float
    length_m: float
    lane_width_m: float
    heights: bool = False

    @property
    def area_m2(self) -> float:
        """Area of lane seen. [m2]"""
        return float(self.seen[-1]) if len(self.seen) else 0.0

    @property
    def measured_m(self) -> float:
        """Width of what is measured: the lane, or the view where the lane is not known. [m]"""
        return self.width_m if np.isnan(self.lane_width_m) else self.lane_width_m

    @property
    def ahead(self) -> Floats:
        """Places ahead that belong to `seen`. [m]"""
        return np.minimum(np.arange(len(self.seen)) * _STEP, self.length_m)


def nothing_on_lane() -> OnLane:
    """Return what a frame shows that was not judged."""
    return OnLane(no_parts(), no_shapes(), np.empty(0), np.nan, np.nan, np.nan)


def no_parts() -> pd.DataFrame:
    """Return a table of parts without rows."""
    text = {"type"}
    return pd.DataFrame({c: pd.Series(dtype=object if c in text else float) for c in PARTS})


def road_parts(points: pd.DataFrame, axis: LaneAxis, *, height: int, mm_per_pixel: float) -> pd.DataFrame:
    """
    Return the part of crack that each point of the centrelines stands for, in the order of the points.

    A part reaches half way to the points before and after it on its branch, and has the point's length, width and
    type.

    Parameters
    ----------
    points
        Columns piece, branch, x, y [px], length [m], width [mm], type.
    axis
        Centre line of the lane.
    height, mm_per_pixel
        Of the view that the points lie in.
    """
    right, ahead = road_places(
        points["x"].to_numpy(float), points["y"].to_numpy(float), height=height, mm_per_pixel=mm_per_pixel
    )
    apart = np.diff(points["branch"].to_numpy()) != 0
    ends: dict[str, Floats] = {}
    for name, place in (("x", axis.offset(right, ahead)), ("y", ahead)):
        middle = (place[1:] + place[:-1]) / 2
        ends[f"{name}0"] = np.r_[place[:1], np.where(apart, place[1:], middle)]
        ends[f"{name}1"] = np.r_[np.where(apart, place[:-1], middle), place[-1:]]
    found = {
        "stretch": np.zeros(len(points), np.int8),
        "piece": points["piece"].to_numpy(np.int32),
        "type": points["type"].to_numpy(object),
        # half the memory for many frames; places within a frame need no more digits
        **{name: value.astype(np.float32) for name, value in ends.items()},
        "length": points["length"].to_numpy(np.float32),
        "width_mm": points["width"].to_numpy(np.float32),
    }
    return pd.DataFrame({name: found[name] for name in PARTS}, index=points.index)


def area_seen(inside: np.ndarray, *, mm_per_pixel: float) -> Floats:
    """Return the area of a mask up to each 0.1 m ahead of its lower edge, and up to its end. [m2]"""
    metre = mm_per_pixel / 1000.0
    total = np.r_[0.0, np.cumsum(inside.sum(axis=1)[::-1])] * metre**2
    end = inside.shape[0] * metre
    ahead = np.minimum(np.arange(np.ceil(end / _STEP - 1e-9) + 1) * _STEP, end)
    return np.interp(ahead, np.arange(len(total)) * metre, total)


def frame_zones(found: OnLane) -> pd.DataFrame:
    """Return the cracks of one frame by zone and type, as :func:`zone_rows`; none where the lane is not known."""
    if np.isnan(found.lane_width_m) or found.area_m2 <= 0:
        return pd.DataFrame(columns=["zone", "type", "length_m", "width_mm", "severity"])
    lane = stretch(lane_width=found.lane_width_m, length=found.length_m, area=found.area_m2)
    return zone_rows(found.parts, lane).drop(columns=["stretch", "lane_width_m"])


def zone_rows(parts: pd.DataFrame, stretches: pd.DataFrame) -> pd.DataFrame:
    """
    Return extent and severity of cracks by stretch, zone and type, where the lane is known.

    Parameters
    ----------
    parts, stretches
        As :func:`pavement.measures.cracking.stretch_measures` takes them.

    Returns
    -------
    rows
        stretch, zone, type, length_m [m], width_mm [mm], severity, lane_width_m [m]. Each stretch has a row of zone
        ``lane``, which holds its transverse cracks: 0 m says that it was looked at and none was found.
    """
    known = stretches[stretches["lane_width"].notna()]
    found = zone_extents(parts[parts["stretch"].isin(known.index)], known)
    looked = pd.DataFrame({"stretch": known.index, "zone": LANE, "type": "transverse"})
    crossed = looked.merge(found[found["zone"] == LANE], how="left")
    rows = pd.concat([part for part in (found[found["zone"] != LANE], crossed) if len(part)] or [crossed])
    rows = rows.assign(
        kind="crack", length=rows["length"].astype(float).fillna(0.0), width_mm=rows["width_mm"].astype(float)
    )
    rows = rows.assign(severity=severity(rows.reset_index(drop=True)).to_numpy()).rename(columns={"length": "length_m"})
    rows = rows.join(known["lane_width"].rename("lane_width_m"), on="stretch").drop(columns="kind")
    return rows.sort_values(["stretch", "zone", "type"], ignore_index=True)
