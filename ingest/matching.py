"""Matching: which road places without a route lie on, told by heading and by what was driven before and behind (G9)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ingest.columns import numbers
from ingest.fault_list import Marks
from ingest.formats import limit
from ingest.network import Network
from pavement.network.calibration import Calibration
from pavement.network.route_overlaps import pieces

Floats = NDArray[np.float64]
_KEY = ["route", "direction"]
_CURE = "Write route and direction, or the vehicle's heading [deg from north]; a doubtful place is not guessed."


def matched(xy: Floats, heading: Floats, *, network: Network, route: pd.Series, drive: bool) -> pd.DataFrame:
    """
    Return the route and direction of places.

    Parameters
    ----------
    xy
        Places in the working frame, (n, 2), in the order in which they were driven where `drive` is true. [m]
    heading
        Heading of the vehicle, clockwise from north; NaN where it is not known. [deg]
    network
        Where places can lie.
    route
        Id of the route where that is known and only its direction is asked for, else "".
    drive
        Whether successive places are of one drive: then headings come from them too, and a road counts for the
        stretch that was driven along it, so that one wild fix does not move to the next road.

    Returns
    -------
    frame
        Columns route and direction, "" where no road lies there, and doubt: roads as likely as each other, or one that
        was driven along too shortly to be believed.
    """
    course = np.where(np.isnan(heading), _course(xy), heading) if drive else heading
    found = _candidates(xy, course, network, route.to_numpy(dtype=object))
    found = _driven(found, xy) if drive else found.assign(length=np.inf, off=found["distance"])
    found = _as_one_road(found, network, asked=route.to_numpy(dtype=object) == "")
    longest = found.groupby("at")["length"].transform("max")
    likely = found[found["length"] >= limit("match_share") * longest].sort_values(["at", "off"])
    first = likely.drop_duplicates("at").set_index("at")
    second = likely[likely.duplicated("at")].drop_duplicates("at").set_index("at")
    near = (second["off"] - first["off"].reindex(second.index)) < limit("match_apart")
    beside = (second["route"] + " " + second["direction"])[near].reindex(first.index)
    name = first["route"] + " " + first["direction"]
    doubt = (name + " or " + beside).where(beside.notna(), name.where(first["length"] < limit("match_run"), ""))
    sure = first[(doubt == "") & (first["off"] <= first["reach"] + limit("match_reach"))]
    result = sure[_KEY].reindex(range(len(xy)), fill_value="")
    return result.assign(doubt=doubt.reindex(range(len(xy)), fill_value=""))


def _as_one_road(found: pd.DataFrame, network: Network, *, asked: NDArray[np.bool_]) -> pd.DataFrame:
    """Return candidates with those on an overlap under its main route, where no route is written: the road is one."""
    if network.overlaps.empty or found.empty:
        return found
    places = found[_KEY].assign(from_m=found["measure"], to_m=found["measure"])
    on = pieces(places[asked[found["at"].to_numpy()]], network.overlaps).set_index("row")
    renamed = found.assign(**{k: on[k].reindex(found.index).fillna(found[k]) for k in _KEY})
    # of the numbers of one road the one that was driven along for longer tells how sure it is
    return renamed.sort_values("length", ascending=False, kind="stable").drop_duplicates(["at", *_KEY])


def _course(xy: Floats) -> Floats:
    """Return headings over some five metres before and behind; NaN where the vehicle stands, or jumps. [deg]"""
    if len(xy) < 2:
        return np.full(len(xy), np.nan)
    way = np.cumsum(np.hypot(*np.diff(xy, axis=0, prepend=xy[:1]).T))
    at = np.arange(len(xy))
    before = np.minimum(np.searchsorted(way, way - 5.0, side="right") - 1, at - 1).clip(0)
    behind = np.maximum(np.searchsorted(way, way + 5.0), at + 1).clip(max=len(xy) - 1)
    move = xy[behind] - xy[before]
    length = np.hypot(*move.T)
    known = (length > 2.0) & (length <= 2 * limit("odometer_jump"))
    return np.where(known, np.degrees(np.arctan2(move[:, 0], move[:, 1])), np.nan)


def _candidates(xy: Floats, course: Floats, network: Network, wanted: NDArray[np.object_]) -> pd.DataFrame:
    """Return every road within reach of each place whose heading fits: at (position), route, direction, measure."""
    reach = _reach(network)
    parts = []
    for (route, direction), known in network.calibrations.items():
        most = limit("snap_distance")
        west, south, east, north = known.line.bounds
        with np.errstate(invalid="ignore"):
            inside = (xy[:, 0] >= west - most) & (xy[:, 0] <= east + most)
            inside &= (xy[:, 1] >= south - most) & (xy[:, 1] <= north + most)
        at = np.flatnonzero(inside & ((wanted == "") | (wanted == route)))
        measure, distance = known.measure(xy[at, 0], xy[at, 1])
        turn = heading_off(known, measure, course[at], sense=network.senses[(route, direction)])
        fits = (distance <= most) & ~np.isnan(measure) & ~(turn > limit("heading_limit"))
        part = {"at": at[fits], "measure": measure[fits], "distance": distance[fits]}
        sense, edge = network.senses[(route, direction)], reach.get((route, direction), np.inf)
        parts.append(pd.DataFrame(part).assign(route=route, direction=direction, sense=sense, reach=edge))
    return pd.concat(parts, ignore_index=True)


def _reach(network: Network) -> dict[tuple[str, str], float]:
    """Return how far the outer edge of the outermost lane lies from each route line. [m]"""
    lanes = network.lanes
    edge = lanes["offset_m"].astype(float).abs() + lanes["width_m"].astype(float) / 2
    return {(str(r), str(d)): float(v) for (r, d), v in edge.groupby([lanes[k] for k in _KEY]).max().items()}


def heading_off(known: Calibration, measure: Floats, heading: Floats, *, sense: int) -> Floats:
    """Return how far headings [deg] are turned from travel along a route at measures [m]; NaN where unknown. [deg]"""
    low, high = known.limits
    with np.errstate(invalid="ignore"):
        ahead = known.point(np.clip(measure + 5.0, low, high)) - known.point(np.clip(measure - 5.0, low, high))
    along = np.degrees(np.arctan2(sense * ahead[:, 0], sense * ahead[:, 1]))
    return np.abs((heading - along + 180.0) % 360.0 - 180.0)


def _driven(found: pd.DataFrame, xy: Floats) -> pd.DataFrame:
    """Return candidates with the length of the stretch driven along their road, and how far off it that lay. [m]"""
    found = found.sort_values([*_KEY, "at"], ignore_index=True)
    same = (found[_KEY] == found[_KEY].shift()).all(axis=1)
    place = xy[found["at"].to_numpy()]
    step = np.hypot(*np.diff(place, axis=0, prepend=place[:1]).T) if len(place) else np.zeros(0)
    along = (found["measure"].diff() * found["sense"]).fillna(0.0)
    slack = np.maximum(limit("odometer_slack"), limit("odometer_error") * step)
    goes_on = same & ((along - step).abs() <= slack) & (step <= limit("odometer_gap"))
    run = (~goes_on).cumsum()
    measure = found["measure"].groupby(run)
    length = measure.transform("max") - measure.transform("min")
    return found.assign(length=length, off=found["distance"].groupby(run).transform("median"))


def routed(
    place: pd.DataFrame, frame: pd.DataFrame, xy: Floats, *, network: Network, marks: Marks, drive: bool
) -> pd.DataFrame:
    """
    Return places with route and direction filled in where neither, or only the route, is written.

    Places between roads as likely as each other, and those with no road, are marked: nothing is guessed.
    """
    asked = (place["direction"] == "") & np.isfinite(xy).all(axis=1) & place["route"].isin(["", *network.names])
    if not asked.any():
        return place
    heading = numbers(frame["heading"]) if "heading" in frame else pd.Series(np.nan, index=frame.index)
    found = matched(
        xy[asked.to_numpy()],
        heading[asked].to_numpy(float),
        network=network,
        route=place.loc[asked, "route"],
        drive=drive,
    ).set_index(place.index[asked])
    doubt = found["doubt"].reindex(place.index, fill_value="")
    marks.add(doubt != "", "x", "doubtful road", "The place may lie on {value}.", _CURE, doubt)
    nowhere = asked & (found["route"].reindex(place.index, fill_value="") == "")
    where = pd.Series("", index=place.index)
    where[nowhere] = [f"{a:.1f} {b:.1f}" for a, b in xy[nowhere.to_numpy()]]
    marks.add(nowhere, "x", "far from the route", "No road of the network lies at {value}.", _CURE, where)
    return place.assign(**{k: place[k].where(~asked, found[k].reindex(place.index, fill_value="")) for k in _KEY})
