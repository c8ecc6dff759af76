"""What has an area, joined from frame to frame along a lane: each hole, patch, seal and worn area measured once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from ingest.imagery.lane_shapes import no_shapes
from ingest.imagery.on_lane import OnLane
from pavement.measures.limits import limit
from pavement.measures.potholes import joined_groups, joined_volume

_LANE = ["route", "direction", "lane"]
# wider than any route, and than any lane [m]: lanes lie beside one another and never touch
_APART, _ASIDE = 1e7, 1e3
# findings of one frame, at most
_PER_FRAME = 1_000_000
# counted, in the stretch of its middle
_COUNTED = ("pothole", "patch")


@dataclass(frozen=True)
class LaneThings:
    """
    What has an area along the lanes of a survey.

    Attributes
    ----------
    measured
        One row a stretch: pothole_count [-], pothole_area [m2], where heights are known pothole_volume [m3] and
        pothole_depth [mm], patch_count [-], patch_area [m2], sealed_m [m], ravelling_m2 and bleeding_m2 [m2].
    same_as
        Frame and number of a finding → frame and number of the first one that shows the same thing.
    """

    measured: pd.DataFrame
    same_as: dict[tuple[str, int], tuple[str, int]]


def lane_things(
    own: pd.DataFrame, frames: pd.DataFrame, seen: Mapping[str, OnLane], *, block: int = 100, beside: int = 5
) -> LaneThings:
    """
    Return what the frames of a survey show of things that have an area, each once.

    Outlines of one kind that overlap or lie within a gap (``pothole_gap``, ``area_gap``) of each other are one thing.
    A pothole belongs to the stretch of its middle with all it has; of other things each stretch has its part.

    Parameters
    ----------
    own
        Stretches that frames answer for, along each lane: frame, route, direction, lane, from_m, to_m, near, sense.
    frames
        Frames: frame, route, direction, lane, measure_m, length_m [m], sense.
    seen
        Frame → what it shows of its lane.
    block, beside
        Stretches joined at a time, so that memory does not grow with their number, and those looked at beside them.
    """
    listed = _numbered(frames)
    lanes = pd.MultiIndex.from_frame(listed[_LANE].drop_duplicates())
    listed = listed.assign(at=lanes.get_indexer(pd.MultiIndex.from_frame(listed[_LANE])))
    own = own.assign(at=lanes.get_indexer(pd.MultiIndex.from_frame(own[_LANE])))
    pieces, links = [_no_pieces()], [np.empty((0, 2), np.int64)]
    sealed, heights = [pd.Series(dtype=float)], [pd.Series(dtype=bool)]
    for first in range(0, len(own), block):
        mine = own.iloc[first : first + block]
        outlines = _on_road(_near(listed, own.iloc[max(0, first - beside) : first + block + beside]), seen)
        heights.append(pd.Series([seen[frame].heights for frame in mine["frame"]], index=mine.index))
        sealed.append(_sealed(outlines, mine, seen))
        for kind, of_kind in outlines.groupby("kind", sort=False):
            found, joined = _pieces(of_kind, mine, seen, gap=gap_of(str(kind)))
            pieces.append(found.assign(kind=kind))
            links.append(joined)
    whole = pd.concat([part for part in pieces if len(part)] or pieces, ignore_index=True)
    first_of = _first_of(np.concatenate(links))
    whole = whole.assign(thing=first_of.reindex(whole["thing"]).to_numpy())
    measured = _measured(whole, own, pd.concat(heights[1:] or heights))
    measured = measured.assign(sealed_m=pd.concat(sealed[1:] or sealed))
    return LaneThings(measured, _same_as(first_of, listed["frame"].tolist()))


def gap_of(kind: str) -> float:
    """Return the gap within which outlines of a kind are one thing. [m]"""
    return limit("pothole_gap" if kind == "pothole" else "area_gap")


def _numbered(frames: pd.DataFrame) -> pd.DataFrame:
    near = frames["measure_m"].where(frames["sense"] > 0, frames["measure_m"] + frames["length_m"])
    ordered = frames.assign(near=near).sort_values([*_LANE, "measure_m", "frame"], kind="stable", ignore_index=True)
    return ordered.assign(number=np.arange(len(ordered)))


def _near(listed: pd.DataFrame, wide: pd.DataFrame) -> pd.DataFrame:
    """Return the frames that see something of some stretches."""
    span = wide.groupby("at").agg(low=("from_m", "min"), high=("to_m", "max"))
    low, high = (listed["at"].map(span[name]) for name in ("low", "high"))
    return listed[(listed["measure_m"] < high) & (listed["measure_m"] + listed["length_m"] > low)]


def _on_road(frames: pd.DataFrame, seen: Mapping[str, OnLane]) -> pd.DataFrame:
    """Return the outlines of frames, x aside by lane and y as measure [m]; what lies past a frame's length not."""
    shapes_of = [seen[frame].shapes for frame in frames["frame"]]
    count = [len(shapes) for shapes in shapes_of]
    if not sum(count):
        return no_shapes().assign(frame="", thing=0, number=0, at=0, sense=1.0)
    found = pd.concat([shapes for shapes in shapes_of if len(shapes)], ignore_index=True)
    names = {"frame": "frame", "number": "number", "at": "at", "near": "near", "sense": "sense", "reach": "length_m"}
    found = found.assign(**{name: np.repeat(frames[column].to_numpy(), count) for name, column in names.items()})
    shapes = shapely.make_valid(found["shape"].to_numpy(object))
    kept = (shapely.bounds(shapes)[:, 1] < found["reach"]) & (shapely.area(shapes) > 0)
    found, shapes = found[kept].reset_index(drop=True), shapes[kept]
    xy, of = shapely.get_coordinates(shapes, return_index=True)
    aside, near, sense = (found[name].to_numpy(float)[of] for name in ("at", "near", "sense"))
    placed = shapely.set_coordinates(shapes, np.column_stack([xy[:, 0] + aside * _ASIDE, near + sense * xy[:, 1]]))
    return found.assign(shape=placed, thing=found["number"] * _PER_FRAME + found["finding"])


def _boxes(mine: pd.DataFrame, seen: Mapping[str, OnLane], *, within: bool) -> np.ndarray:
    """Return stretches as boxes, as wide as their lane where that is asked for and known."""
    half = np.full(len(mine), _ASIDE / 2)
    if within:
        half = np.array([seen[frame].lane_width_m for frame in mine["frame"]], float) / 2
        half = np.where(np.isfinite(half), half, _ASIDE / 2)
    middle = mine["at"].to_numpy(float) * _ASIDE
    return np.asarray(
        shapely.box(middle - half, mine["from_m"].to_numpy(float), middle + half, mine["to_m"].to_numpy(float))
    )


def _pieces(
    outlines: pd.DataFrame, mine: pd.DataFrame, seen: Mapping[str, OnLane], *, gap: float
) -> tuple[pd.DataFrame, np.ndarray]:
    """Return what each stretch has of each thing of one kind, and which outlines are one thing, as pairs."""
    shapes = outlines["shape"].to_numpy(object)
    group = joined_groups(shapes, gap=gap)
    of = [np.flatnonzero(group == number) for number in range(int(group.max()) + 1)]
    unions = np.array([shapely.union_all(shapes[members]) for members in of], dtype=object)
    boxes = _boxes(mine, seen, within=outlines["kind"].iloc[0] != "pothole")
    at, box = shapely.STRtree(boxes).query(unions)
    cut = shapely.intersection(unions[at], boxes[box])
    area = shapely.area(cut)
    slices = _slices(outlines, of)
    thing, depth = outlines["thing"].to_numpy(np.int64), outlines["depth_mm"].to_numpy(float)
    rows = pd.DataFrame(
        {
            "stretch": mine.index.to_numpy()[box],
            "thing": np.array([thing[members].min() for members in of], np.int64)[at],
            "area": area,
            "moment": area * shapely.get_y(shapely.centroid(cut)),
            "volume": [
                joined_volume(slices[k], low=low, high=high)
                for k, low, high in zip(at, mine["from_m"].iloc[box], mine["to_m"].iloc[box], strict=True)
            ],
            "depth": np.array([np.fmax.reduce(depth[members]) for members in of])[at],
        }
    )
    pairs = [np.column_stack([np.full(len(members), thing[members].min()), thing[members]]) for members in of]
    return rows[area > 0], np.concatenate(pairs)


def _slices(outlines: pd.DataFrame, of: list[np.ndarray]) -> list[list[tuple[int, float, float, np.ndarray]]]:
    """Return of each thing what :func:`pavement.measures.potholes.joined_volume` takes; nothing without heights."""
    named = {name: outlines[name].to_numpy() for name in ("number", "shape", "sense", "volumes")}
    told = []
    for members in of:
        filled = [at for at in members if len(named["volumes"][at])]
        ends = [named["shape"][at].bounds for at in filled]
        parts = [named["volumes"][at][:: 1 if named["sense"][at] > 0 else -1] for at in filled]
        numbers = [int(named["number"][at]) for at in filled]
        told.append([(n, e[1], e[3], part) for n, e, part in zip(numbers, ends, parts, strict=True)])
    return told


def _no_pieces() -> pd.DataFrame:
    kinds = {"stretch": int, "thing": int, "kind": object}
    names = ("stretch", "thing", "area", "moment", "volume", "depth", "kind")
    return pd.DataFrame({name: pd.Series(dtype=kinds.get(name, float)) for name in names})


def _sealed(outlines: pd.DataFrame, mine: pd.DataFrame, seen: Mapping[str, OnLane]) -> pd.Series:
    """Return the length of sealed cracks by stretch: of what its own frame shows, the part by area within it. [m]"""
    lines = outlines.loc[outlines["kind"] == "sealed_crack", ["frame", "shape", "length_m"]]
    boxes = pd.DataFrame({"frame": mine["frame"], "stretch": mine.index, "box": _boxes(mine, seen, within=True)})
    both = lines.merge(boxes, on="frame")
    shapes = both["shape"].to_numpy(object)
    share = shapely.area(shapely.intersection(shapes, both["box"].to_numpy(object))) / shapely.area(shapes)
    return (both["length_m"] * share).groupby(both["stretch"]).sum().reindex(mine.index, fill_value=0.0)


def _first_of(links: np.ndarray) -> pd.Series:
    """Return of each outline the first one of its thing; `links` are pairs of outlines, each with itself at least."""
    things, at = np.unique(links, return_inverse=True)
    first, second = at.reshape(-1, 2).T
    pairs = coo_array((np.ones(len(first), bool), (first, second)), shape=(len(things), len(things)))
    label = connected_components(pairs, directed=False)[1] if len(things) else np.empty(0, np.int64)
    named = pd.Series(things, index=things, dtype=np.int64)
    return named.groupby(label).transform("min")


def _measured(pieces: pd.DataFrame, own: pd.DataFrame, heights: pd.Series) -> pd.DataFrame:
    areas = pieces.pivot_table(index="stretch", columns="kind", values="area", aggfunc="sum")
    areas = areas.reindex(index=own.index, columns=["patch", "ravelling", "bleeding"]).fillna(0.0)
    whole = _whole(pieces, own)
    holes = whole[whole["kind"] == "pothole"].groupby("stretch")
    patches = whole[whole["kind"] == "patch"].groupby("stretch")
    found = pd.DataFrame(
        {
            "pothole_count": holes.size().astype(float),
            "pothole_area": holes["area"].sum(),
            "pothole_volume": holes["volume"].sum(),
            "patch_count": patches.size().astype(float),
        }
    )
    found = found.reindex(own.index).fillna(0.0).assign(pothole_depth=holes["depth"].max().reindex(own.index))
    found["pothole_volume"] = found["pothole_volume"].where(heights)
    return found.assign(patch_area=areas["patch"], ravelling_m2=areas["ravelling"], bleeding_m2=areas["bleeding"])


def _whole(pieces: pd.DataFrame, own: pd.DataFrame) -> pd.DataFrame:
    """Return one row a thing that is counted: kind, area, volume, depth, and the stretch of its middle."""
    counted = pieces[pieces["kind"].isin(_COUNTED)]
    counted = counted.assign(at=own["at"].reindex(counted["stretch"]).to_numpy())
    sums = counted.groupby(["kind", "thing"], sort=True).agg(
        area=("area", "sum"),
        moment=("moment", "sum"),
        volume=("volume", "sum"),
        depth=("depth", "max"),
        at=("at", "min"),
    )
    middle = sums["at"] * _APART + sums["moment"] / sums["area"]
    start = (own["at"] * _APART + own["from_m"]).sort_values()
    place = np.searchsorted(start.to_numpy(float), middle.to_numpy(float), side="right") - 1
    return sums.assign(stretch=start.index.to_numpy()[np.clip(place, 0, None)]).reset_index()


def _same_as(first_of: pd.Series, frames: list[str]) -> dict[tuple[str, int], tuple[str, int]]:
    others = first_of[first_of != first_of.index]
    return {_finding(thing, frames): _finding(first, frames) for thing, first in others.items()}


def _finding(thing: int, frames: list[str]) -> tuple[str, int]:
    return frames[thing // _PER_FRAME], int(thing % _PER_FRAME)
