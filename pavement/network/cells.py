"""Cells: each lane cut at round measures into pieces of one length."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from pavement.errors import LocationError
from pavement.network.calibration import Calibration, Floats, calibrations

COLUMNS = ["cell", "route", "direction", "lane", "from_m", "to_m"]


def cell_ids(frame: pd.DataFrame) -> pd.Series:
    """Return the stable id of each cell, ``n1-s-2-025300``, from route, direction, lane and from_m [m]."""
    start = frame["from_m"].round().astype(int).astype(str).str.zfill(6)
    parts = [frame[c].astype(str).str.lower() for c in ("route", "direction")]
    lane = frame["lane"].astype(str).str.lower().str.replace("_", "", regex=False)
    return parts[0] + "-" + parts[1] + "-" + lane + "-" + start


def cells(
    routes: gpd.GeoDataFrame, calibration: pd.DataFrame, lanes: pd.DataFrame, *, length: float
) -> gpd.GeoDataFrame:
    """
    Return the cells of a network.

    Parameters
    ----------
    routes, calibration, lanes
        Tables of those names.
    length
        Cell length [m]; cuts lie at its multiples, so the first and last cell of a lane may be shorter.

    Returns
    -------
    cells
        One row a cell with its lane's centre line, half-open [from_m, to_m), in the frame of `routes`.

    Raises
    ------
    LocationError
        A lane lies on no known route, or reaches beyond it.
    """
    known = calibrations(routes, calibration)
    sense = {(str(r.route), str(r.direction)): int(r.sense) for r in routes.itertuples()}
    pieces = [_lane_cells(lane, known, sense, length) for lane in lanes.to_dict("records")]
    if not pieces:
        raise LocationError("The network has no lanes.", cure="Give at least one lane for each route and direction.")
    frame = gpd.GeoDataFrame(pd.concat(pieces, ignore_index=True), geometry="geometry", crs=routes.crs)
    frame.insert(0, "cell", cell_ids(frame))
    order = ["route", "direction", "lane", "from_m"]
    return frame.sort_values(order, ignore_index=True)[[*COLUMNS, "geometry"]]


def _lane_cells(
    lane: dict[str, object], known: dict[tuple[str, str], Calibration], sense: dict[tuple[str, str], int], length: float
) -> pd.DataFrame:
    key = (str(lane["route"]), str(lane["direction"]))
    if key not in known:
        raise LocationError(f"Lane {lane['lane']} lies on {key[0]} {key[1]}, which is no route.")
    start, end = float(str(lane["from_m"])), float(str(lane["to_m"]))
    low, high = known[key].limits
    if start < low - 1e-6 or end > high + 1e-6 or end <= start:
        raise LocationError(
            f"Lane {lane['lane']} of {key[0]} {key[1]} runs from {start:.0f} to {end:.0f} m; "
            f"the route is calibrated from {low:.0f} to {high:.0f} m.",
            cure="Correct the lane or add calibration points.",
        )
    cuts = _cuts(start, end, length)
    geometry = _pieces(known[key], cuts)
    moved = _offset(geometry, -float(str(lane["offset_m"])) * sense[key])
    return pd.DataFrame(
        {
            "route": key[0],
            "direction": key[1],
            "lane": str(lane["lane"]),
            "from_m": cuts[:-1],
            "to_m": cuts[1:],
            "geometry": moved,
        }
    )


def _cuts(start: float, end: float, length: float) -> Floats:
    inner = np.arange(np.floor(start / length) + 1, np.ceil(end / length)) * length
    return np.concatenate([[start], inner[(inner > start + 1e-6) & (inner < end - 1e-6)], [end]])


def _pieces(calibration: Calibration, cuts: Floats) -> np.ndarray:
    """Return the pieces of a route's line between successive measures, as an array of lines."""
    line, at = calibration.line, calibration.distance(cuts)
    vertices = shapely.get_coordinates(line)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(vertices, axis=0).T))])
    ends = shapely.get_coordinates(shapely.line_interpolate_point(line, at))
    piece = np.searchsorted(at, along, side="right") - 1
    inner = (along > at[0]) & (along < at[-1]) & ~np.isin(along, at)
    count = len(at) - 1
    index = np.concatenate([np.arange(count), piece[inner], np.arange(count)])
    position = np.concatenate([at[:-1], along[inner], at[1:]])
    coordinates = np.concatenate([ends[:-1], vertices[inner], ends[1:]])
    order = np.lexsort((position, index))
    return shapely.linestrings(coordinates[order], indices=index[order])


def _offset(lines: np.ndarray, distance: float) -> np.ndarray:
    if distance == 0:
        return lines
    moved = shapely.offset_curve(lines, distance, quad_segs=4)
    # a bend tighter than the offset folds the curve: keep the route line there rather than an empty shape
    broken = shapely.is_empty(moved) | (shapely.get_type_id(moved) != 1)
    return np.where(broken, lines, moved)
