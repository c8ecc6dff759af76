"""What one frame measures over the lane that it sees, by itself."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from ingest.imagery.lane_things import gap_of
from ingest.imagery.on_lane import OnLane
from pavement.measures.cracking import stretch, stretch_measures
from pavement.measures.potholes import joined_groups


def frame_measures(found: OnLane) -> dict[str, float]:
    """Return kind → value over the lane that one frame sees; kinds as in ``pavement/tables/measures.csv``."""
    if found.area_m2 <= 0:
        return {}
    seen = stretch(lane_width=found.measured_m, length=found.length_m, area=found.area_m2)
    cracks = stretch_measures(found.parts, seen.assign(lane_width=found.lane_width_m)).iloc[0].dropna()
    return {str(kind): float(value) for kind, value in cracks.items()} | _holes(found) | _others(found)


def _holes(found: OnLane) -> dict[str, float]:
    holes = found.shapes[found.shapes["kind"] == "pothole"]
    count, area = _counted(holes, "pothole", within=None)
    told = {"pothole_count": count, "pothole_area": area}
    if found.heights:
        told["pothole_volume"] = float(sum(part.sum() for part in holes["volumes"]))
    return told | ({"pothole_depth": float(holes["depth_mm"].max())} if found.heights and len(holes) else {})


def _others(found: OnLane) -> dict[str, float]:
    reach = found.measured_m / 2 if np.isfinite(found.lane_width_m) else np.inf
    lane = shapely.box(-reach, 0.0, reach, found.length_m) if np.isfinite(reach) else None
    of = {kind: found.shapes[found.shapes["kind"] == kind] for kind in ("patch", "ravelling", "bleeding")}
    sums = {kind: _counted(shapes, kind, within=lane) for kind, shapes in of.items()}
    share = {kind: min(100.0 * area / found.area_m2, 100.0) for kind, (_, area) in sums.items()}
    return {
        "patch_count": sums["patch"][0],
        "patch_area": sums["patch"][1],
        "sealed_crack_length": _sealed(found.shapes, within=lane) / found.area_m2,
        "ravelling_percent": share["ravelling"],
        "bleeding_percent": share["bleeding"],
    }


def _counted(shapes: pd.DataFrame, kind: str, *, within: shapely.Polygon | None) -> tuple[float, float]:
    """Return how many things some shapes are, and the area that they cover within a lane. [m2]"""
    valid = shapely.make_valid(shapes["shape"].to_numpy(object))
    valid = _cut(valid, within)
    valid = valid[shapely.area(valid) > 0]
    if not len(valid):
        return 0.0, 0.0
    return float(joined_groups(valid, gap=gap_of(kind)).max() + 1), float(shapely.area(shapely.union_all(valid)))


def _sealed(shapes: pd.DataFrame, *, within: shapely.Polygon | None) -> float:
    """Return the length of sealed cracks within a lane, of each by the share of its area. [m]"""
    lines = shapes[shapes["kind"] == "sealed_crack"]
    valid = shapely.make_valid(lines["shape"].to_numpy(object))
    whole = shapely.area(valid)
    share = np.divide(shapely.area(_cut(valid, within)), whole, out=np.zeros(len(whole)), where=whole > 0)
    return float((lines["length_m"].to_numpy(float) * share).sum())


def _cut(shapes: np.ndarray, within: shapely.Polygon | None) -> np.ndarray:
    return shapes if within is None else np.asarray(shapely.intersection(shapes, within))
