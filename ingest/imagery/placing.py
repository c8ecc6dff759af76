"""Frames laid on the road: each place measured once, cracks and what has an area joined from frame to frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from ingest.imagery.lane_things import lane_things
from ingest.imagery.on_lane import OnLane, no_parts, zone_rows
from pavement.condition.joins import overlaps
from pavement.measures.crack_parts import cut, middles
from pavement.measures.cracking import stretch_measures
from pavement.measures.limits import limit

_LANE = ["route", "direction", "lane"]
# wider than any route [m], so that lanes laid end to end on one axis never touch
_APART = 1e7
# stretches measured at a time, so that memory does not grow with their number, and those looked at beside them, since
# a crack may go on into them
_BLOCK, _BESIDE = 100, 5


def windows(frames: pd.DataFrame, *, cells: pd.DataFrame | None = None) -> pd.DataFrame:
    """
    Return the stretches that frames answer for: no place twice, and no stretch over the border of two cells.

    Where two frames of a lane overlap each gets the nearer half of what both see; a frame that sees nothing of its own
    has no row.

    Parameters
    ----------
    frames
        Columns frame, route, direction, lane, measure_m (smallest measure seen), length_m [m]; usable ones only.
    cells
        Table ``cells``; without it stretches are not cut at the borders of cells, and none is off the network.

    Returns
    -------
    windows
        The columns of `frames`, from_m and to_m [m]; in order along each lane.
    """
    spans = frames.assign(from_m=frames["measure_m"], to_m=frames["measure_m"] + frames["length_m"])
    spans = spans.assign(_middle=(spans["from_m"] + spans["to_m"]) / 2).sort_values(
        [*_LANE, "_middle", "frame"], kind="stable", ignore_index=True
    )
    of_lane = spans.groupby(_LANE, sort=False)
    seam = (spans["from_m"] + of_lane["to_m"].shift(1)) / 2
    seam = seam.where(of_lane["to_m"].shift(1) > spans["from_m"])
    after = seam.groupby([spans[c] for c in _LANE], sort=False).shift(-1)
    own = spans.assign(from_m=np.fmax(spans["from_m"], seam), to_m=np.fmin(spans["to_m"], after))
    # a long frame that hides a short one must not reach back behind it
    reached = own.groupby(_LANE, sort=False)["to_m"].cummax().groupby([own[c] for c in _LANE], sort=False).shift(1)
    own = own.assign(from_m=np.fmax(own["from_m"], reached)).drop(columns="_middle")
    own = own[own["to_m"] - own["from_m"] > 1e-6].reset_index(drop=True)
    if cells is None or own.empty:
        return own
    pieces = overlaps(own, cells).sort_values(["stretch", "start"])
    cut_up = own.iloc[pieces["stretch"]].reset_index(drop=True)
    start, length = pieces["start"].to_numpy(), pieces["length"].to_numpy()
    return cut_up.assign(from_m=start, to_m=start + length)


@dataclass(frozen=True)
class LaneMeasures:
    """
    What the frames of a survey measure together.

    Attributes
    ----------
    measures
        One row a stretch: frame, route, direction, lane, from_m, to_m and a column a kind, missing where not known.
    zones
        One row a stretch, zone and type: those columns, zone, type, length_m [m], width_mm [mm], severity and
        lane_width_m. Every stretch with a known lane has a row of zone ``lane``, with 0 m where nothing crosses it.
    same_as
        Frame and number of a finding → frame and number of the first one that shows the same thing.
    """

    measures: pd.DataFrame
    zones: pd.DataFrame
    same_as: Mapping[tuple[str, int], tuple[str, int]]


def lane_measures(
    frames: pd.DataFrame, seen: Mapping[str, OnLane], *, cells: pd.DataFrame | None = None
) -> LaneMeasures:
    """
    Return what the frames of a survey measure together.

    Parameters
    ----------
    frames
        As :func:`windows` takes them, and sense: 1 where measure grows in the direction of travel, else -1.
    seen
        Frame → what it shows of its lane.
    cells
        Table ``cells``; see :func:`windows`.
    """
    own = windows(frames, cells=cells)
    near = own["measure_m"].where(own["sense"] > 0, own["measure_m"] + own["length_m"])
    own = own.assign(near=near)
    blocks = [_block(own, at, seen) for at in range(0, max(len(own), 1), _BLOCK)]
    measured, zones = (pd.concat(part) for part in zip(*blocks, strict=True))
    things = lane_things(own, frames, seen, block=_BLOCK, beside=_BESIDE)
    place = own[["frame", *_LANE, "from_m", "to_m"]]
    result = place.join(measured, how="inner").join(things.measured)
    zones = zones.join(place, on="stretch").drop(columns="stretch")
    return LaneMeasures(_rates(result).reset_index(drop=True), zones.reset_index(drop=True), things.same_as)


def _rates(measured: pd.DataFrame) -> pd.DataFrame:
    """Return measures with what is told as a share of the lane seen, in place of its sums."""
    area = measured["area_m2"]
    return measured.assign(
        sealed_crack_length=measured["sealed_m"] / area,
        ravelling_percent=(100 * measured["ravelling_m2"] / area).clip(upper=100),
        bleeding_percent=(100 * measured["bleeding_m2"] / area).clip(upper=100),
    ).drop(columns=["sealed_m", "ravelling_m2", "bleeding_m2", "area_m2"])


def _block(own: pd.DataFrame, at: int, seen: Mapping[str, OnLane]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return crack measures and zones of the stretches of a block, measured with those beside it."""
    wide = own.iloc[max(0, at - _BESIDE) : at + _BLOCK + _BESIDE]
    mine = own.index[at : at + _BLOCK]
    stretches = _stretches(wide, seen)
    stretches = stretches[stretches["area"] > 0]
    parts = _on_road(wide, seen)
    parts = parts.assign(piece=joined_pieces(parts, wide))
    from_m = parts["stretch"].map(own["from_m"])
    parts = parts.assign(y0=parts["y0"] - from_m, y1=parts["y1"] - from_m)
    parts = parts[parts["stretch"].isin(stretches.index)]
    zones = zone_rows(parts, stretches)
    measured = stretch_measures(parts, stretches)
    measured = measured.join(stretches["area"].rename("area_m2"))
    return measured[measured.index.isin(mine)], zones[zones["stretch"].isin(mine)]


def _stretches(own: pd.DataFrame, seen: Mapping[str, OnLane]) -> pd.DataFrame:
    ends = [(own[c] - own["near"]) * own["sense"] for c in ("from_m", "to_m")]
    low, high = np.minimum(*ends), np.maximum(*ends)
    rows = [
        (lane.measured_m, float(np.diff(np.interp([a, b], lane.ahead, lane.seen))[0]), lane.lane_width_m)
        for lane, a, b in zip((seen[f] for f in own["frame"]), low, high, strict=True)
    ]
    frame = pd.DataFrame(rows, columns=["width", "area", "lane_width"], index=own.index, dtype=float)
    return frame.assign(length=own["to_m"] - own["from_m"])


def _on_road(own: pd.DataFrame, seen: Mapping[str, OnLane]) -> pd.DataFrame:
    """Return the parts of all frames by stretch, y as measure [m], cut to the stretches; pieces numbered through."""
    names = list(dict.fromkeys(own["frame"]))
    filled = [seen[name].parts.assign(frame=at) for at, name in enumerate(names) if len(seen[name].parts)]
    if not filled:
        return no_parts().assign(frame=pd.Series(dtype=int))
    parts = pd.concat(filled, ignore_index=True)
    parts["piece"] = pd.factorize(pd.MultiIndex.from_frame(parts[["frame", "piece"]]))[0]
    span = own[["near", "sense", "from_m", "to_m"]].assign(frame=own["frame"].map({n: i for i, n in enumerate(names)}))
    parts = parts.drop(columns="stretch").merge(span.rename_axis("stretch").reset_index(), on="frame")
    for end in ("y0", "y1"):
        # a measure has more digits than the metres of a frame
        parts[end] = parts["near"] + parts["sense"] * parts[end].astype(float)
    for border in ("from_m", "to_m"):
        parts = cut(parts, "y", parts[border].to_numpy(float))
    y = middles(parts)[1]
    inside = (y >= parts["from_m"]) & (y <= parts["to_m"])
    return parts[inside].drop(columns=["near", "sense", "from_m", "to_m"]).reset_index(drop=True)


def joined_pieces(parts: pd.DataFrame, own: pd.DataFrame) -> NDArray[np.int64]:
    """
    Return a number for each part's crack: pieces of two frames that meet at the border of their stretches are one.

    Parameters
    ----------
    parts
        Columns stretch, frame, piece (numbered through all frames), x0, y0, x1, y1; y is a measure. [m]
    own
        Stretches: route, direction, lane, from_m, to_m.
    """
    piece = parts["piece"].to_numpy(np.int64)
    if not len(piece):
        return piece
    gap = limit("crack_gap")
    at = own.loc[parts["stretch"], ["from_m", "to_m"]].to_numpy(float)
    lane = own.groupby(_LANE, sort=False).ngroup().loc[parts["stretch"]].to_numpy() * _APART
    ends = np.concatenate([parts[[f"x{end}", f"y{end}"]].to_numpy(float) for end in (0, 1)])
    row = np.tile(np.arange(len(parts)), 2)
    close = (np.abs(ends[:, 1:] - at[row]) <= gap).any(axis=1)
    ends, row = ends[close], row[close]
    pairs = cKDTree(ends + np.column_stack([np.zeros(len(row)), lane[row]])).query_pairs(gap, output_type="ndarray")
    first, second = row[pairs[:, 0]], row[pairs[:, 1]]
    other = parts["frame"].to_numpy()[first] != parts["frame"].to_numpy()[second]
    first, second = piece[first[other]], piece[second[other]]
    size = int(piece.max()) + 1
    links = coo_array((np.ones(len(first), bool), (first, second)), shape=(size, size))
    return connected_components(links, directed=False)[1].astype(np.int64)[piece]
