"""Cracking of stretches of lane from parts of cracks: length by type, width, area on a grid, zones, wheel paths."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from pavement.errors import SurveyError
from pavement.measures.crack_parts import cut, finer, middles, parts_of_lines
from pavement.measures.limits import limit
from pavement.measures.r85 import r85_types
from pavement.measures.transverse_cracks import transverse_cracks
from pavement.schema import read_table

Floats = NDArray[np.float64]

TYPES = ("longitudinal", "transverse", "pattern")
ZONES = ("outside_left", "wheel_path_left", "between", "wheel_path_right", "outside_right")
# transverse cracks stand once for the whole lane (R 85)
LANE = "lane"


@cache
def _parameters() -> dict[str, float]:
    # the image room's rules, so that a crack counts the same whether a vendor or the frames brought it
    table = read_table("imagery")
    return dict(zip(table["parameter"], table["value"].astype(float), strict=True))


def crack_parts(pieces: pd.DataFrame) -> pd.DataFrame:
    """
    Return the parts of crack lines, as :func:`crack_measures` and :func:`zone_summary` take them.

    Parameters
    ----------
    pieces
        Columns geometry (see :func:`crack_types`) and width_mm [mm]; type where it is known.
    """
    return parts_of_lines(pieces if "type" in pieces else pieces.assign(type=crack_types(pieces)))


def crack_types(pieces: pd.DataFrame) -> pd.Series:
    """
    Return the type of each piece: longitudinal, transverse or pattern.

    A piece is pattern cracking where the length of cracks in a window about most of its points is as dense as three
    parallel lines; else its mean direction to the direction of travel decides.

    Parameters
    ----------
    pieces
        Column geometry: lines with x across the lane from its centre, to the right, and y along travel. [m]

    References
    ----------
    .. [1] AASHTO R 85 for the three types; angle and density of ``tables/imagery.csv``, to confirm.
    """
    if pieces.empty:
        return pd.Series([], index=pieces.index, dtype=str, name="type")
    parts = finer(parts_of_lines(pieces.assign(type="", width_mm=np.nan)), step=0.05)
    piece, length = parts["piece"].to_numpy(), parts["length"].to_numpy(float)
    middle = np.column_stack(middles(parts))
    across, along = (
        np.bincount(piece, weights=(parts[f"{a}1"] - parts[f"{a}0"]).abs(), minlength=len(pieces)) for a in "xy"
    )
    angle = np.degrees(np.arctan2(across, along))
    dense = _density(middle, length) >= _parameters()["pattern_density"]
    share = np.bincount(piece, weights=length * dense, minlength=len(pieces))
    total = np.bincount(piece, weights=length, minlength=len(pieces))
    words = np.where(angle <= _parameters()["longitudinal_angle"], "longitudinal", "transverse")
    return pd.Series(np.where(share > total / 2, "pattern", words), index=pieces.index, dtype=str, name="type")


def _density(points: Floats, length: Floats) -> Floats:
    """Return the length of cracks in the square window about each point over its area. [m/m2]"""
    half = _parameters()["pattern_window"] / 2
    near = cKDTree(points).query_ball_point(points, half, p=np.inf)
    total = np.array([length[of].sum() for of in near])
    return total / (2 * half) ** 2


def stretch(*, lane_width: float, length: float, area: float | None = None) -> pd.DataFrame:
    """
    Return a stretch of lane as the one row of a table of stretches.

    Parameters
    ----------
    lane_width, length
        Size of the stretch. [m]
    area
        What of it was seen; all of it when not given. [m2]

    Raises
    ------
    SurveyError
        The stretch has no area.
    """
    if not (lane_width > 0 and length > 0):
        raise SurveyError(f"A stretch of {lane_width:g} m by {length:g} m has no area.", cure="Give its size in m.")
    seen = lane_width * length if area is None else area
    return pd.DataFrame({"width": [lane_width], "length": [length], "area": [seen], "lane_width": [lane_width]})


def crack_measures(
    parts: pd.DataFrame, *, lane_width: float, length: float, area: float | None = None
) -> dict[str, float]:
    """
    Return the crack measures of one stretch of lane, as :func:`stretch_measures` of many; those not known left out.

    Raises
    ------
    SurveyError
        The stretch has no area.
    """
    found = stretch_measures(parts, stretch(lane_width=lane_width, length=length, area=area)).iloc[0].dropna()
    return {str(kind): float(value) for kind, value in found.items()}


def stretch_measures(parts: pd.DataFrame, stretches: pd.DataFrame) -> pd.DataFrame:
    """
    Return the crack measures of stretches of lane, kinds as in the table of measures.

    Parameters
    ----------
    parts
        Parts of cracks, columns as :data:`pavement.measures.crack_parts.PARTS`; y from 0 at the start of the stretch.
        What lies outside the stretch does not count, nor do pieces shorter than 0.3 m in all.
    stretches
        Indexed by stretch: width (of what is measured) and length [m], area (of it that was seen) [m2], lane_width
        [m], missing where the edges of the lane are not known.

    Returns
    -------
    measures
        Indexed as `stretches`: crack_percent [%], crack_length, crack_longitudinal, crack_transverse, crack_pattern
        [m/m2], and crack_width [mm] (by length) where any width is known; where the lane is known hpms_cracking [%],
        transverse_complete and transverse_incomplete [-].
    """
    inside = within(parts, stretches)
    area = stretches["area"]
    by_type = inside.pivot_table(index="stretch", columns="type", values="length", aggfunc="sum", observed=True)
    by_type = by_type.reindex(index=stretches.index, columns=list(TYPES)).fillna(0.0)
    found = {
        "crack_percent": (100 * grid_area(inside, stretches) / area).clip(upper=100.0),
        "crack_length": by_type.sum(axis=1) / area,
        **{f"crack_{kind}": by_type[kind] / area for kind in TYPES},
        "crack_width": _mean_width(inside, ["stretch"])["width_mm"].reindex(stretches.index),
    }
    return pd.DataFrame(found | _of_known_lanes(inside, stretches), index=stretches.index)


def _of_known_lanes(inside: pd.DataFrame, stretches: pd.DataFrame) -> dict[str, pd.Series]:
    known = stretches["lane_width"].notna()
    counts = transverse_cracks(inside, stretches)
    found = {"hpms_cracking": hpms_cracking(inside, stretches)} | {str(kind): counts[kind] for kind in counts}
    return {kind: values.where(known) for kind, values in found.items()}


def within(parts: pd.DataFrame, stretches: pd.DataFrame) -> pd.DataFrame:
    """Return the parts of pieces of at least 0.3 m in all, cut to their stretches."""
    total = parts.groupby("piece")["length"].transform("sum")
    kept = parts[total >= limit("crack_length_min") - 1e-9]
    half = stretches["width"] / 2
    for axis, ends in (("x", (-half, half)), ("y", (0 * half, stretches["length"]))):
        for end in ends:
            kept = cut(kept, axis, kept["stretch"].map(end).to_numpy(float))
    x, y = middles(kept)
    far = kept["stretch"].map(half).to_numpy(float), kept["stretch"].map(stretches["length"]).to_numpy(float)
    return kept[(np.abs(x) <= far[0]) & (y >= 0) & (y <= far[1])].reset_index(drop=True)


def _mean_width(parts: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Return length [m] and width_mm by length [mm] of each group; unknown widths do not count in the mean."""
    weight = parts["length"].where(parts["width_mm"].notna(), 0.0)
    work = parts[keys].assign(length=parts["length"], weight=weight, width_mm=parts["width_mm"].fillna(0.0) * weight)
    sums = work.groupby(keys, observed=True)[["length", "width_mm", "weight"]].sum()
    return sums.assign(width_mm=sums["width_mm"] / sums["weight"].where(sums["weight"] > 0)).drop(columns="weight")


def grid_area(parts: pd.DataFrame, stretches: pd.DataFrame) -> pd.Series:
    """
    Return the area of the squares of a grid that hold a crack, cut to the stretch, by stretch. [m2]

    The grid starts at the left edge and the start of a stretch; its side is ``grid_m`` of ``tables/imagery.csv``.
    """
    side = _parameters()["grid_m"]
    fine = finer(parts, step=side / 10)
    size = stretches[["width", "length"]].loc[fine["stretch"]].to_numpy(float)
    place = np.column_stack(middles(fine)) + np.column_stack([size[:, 0] / 2, np.zeros(len(fine))])
    last = np.ceil(size / side - 1e-9) - 1
    square = np.clip(np.floor(place / side), 0, last)
    held = pd.DataFrame({"stretch": fine["stretch"].to_numpy(), "across": square[:, 0], "along": square[:, 1]})
    held = held.drop_duplicates()
    size = stretches[["width", "length"]].loc[held["stretch"]].to_numpy(float)
    square = held[["across", "along"]].to_numpy(float)
    area = (np.minimum((square + 1) * side, size) - square * side).prod(axis=1)
    return pd.Series(area).groupby(held["stretch"].to_numpy()).sum().reindex(stretches.index).fillna(0.0)


def zone_borders() -> Floats:
    """
    Return the offsets between the five zones: two wheel paths 1.0 m wide about 0.875 m from the centre. [m]

    References
    ----------
    .. [1] AASHTO R 87-18 (wheel paths), R 85-18 section 7 (zones).
    """
    centre, half = limit("wheel_path_offset"), limit("wheel_path_width") / 2
    return np.array([-centre - half, -centre + half, centre - half, centre + half])


def zone_of(offset: Floats, *, lane_width: Floats | float) -> NDArray[np.object_]:
    """
    Return the zone of each offset from the lane centre; "" outside the lane and where the lane is not known.

    Parameters
    ----------
    offset, lane_width
        In [m]; a lane that cannot hold its wheel paths has no zones.
    """
    offset = np.asarray(offset, float)
    borders = zone_borders()
    names = np.array(ZONES, dtype=object)[np.searchsorted(borders, offset, side="right")]
    holds = (np.abs(offset) <= np.asarray(lane_width, float) / 2) & (np.asarray(lane_width, float) / 2 > borders[-1])
    return np.where(holds, names, "")


def zone_summary(parts: pd.DataFrame, *, lane_width: float, length: float) -> pd.DataFrame:
    """
    Return extent and severity of the cracks of one stretch as AASHTO R 85 reports them: see :func:`zone_extents`.

    Raises
    ------
    SurveyError
        The stretch has no area, or its lane is too narrow for the wheel paths.
    """
    if lane_width / 2 <= zone_borders()[-1]:
        raise SurveyError(
            f"A lane of {lane_width:g} m cannot hold the wheel paths.",
            cure=f"It needs over {2 * zone_borders()[-1]:g} m.",
        )
    return zone_extents(parts, stretch(lane_width=lane_width, length=length)).drop(columns="stretch")


def zone_extents(parts: pd.DataFrame, stretches: pd.DataFrame) -> pd.DataFrame:
    """
    Return extent and severity of cracks by zone and type as AASHTO R 85 reports them.

    Parameters
    ----------
    parts, stretches
        As :func:`stretch_measures` takes them.

    Returns
    -------
    extents
        One row a stretch, zone and type (see :func:`pavement.measures.r85.r85_types`): stretch, zone, type, length [m],
        width_mm (by length) [mm]. Cracks over several zones are cut at their borders; transverse ones stand once for
        the whole lane, as zone ``lane``.
        Stretches whose lane is not known, or too narrow for the wheel paths, have none.
    """
    wide = stretches["lane_width"] / 2 > zone_borders()[-1]
    zoned = within(parts.assign(type=r85_types(parts)), stretches)
    zoned = zoned[zoned["stretch"].map(wide).to_numpy(bool)]
    across = zoned["type"].to_numpy() == "transverse"
    rest = zoned[~across]
    for border in zone_borders():
        rest = cut(rest, "x", border)
    named = rest.assign(zone=np.array(ZONES, dtype=object)[np.searchsorted(zone_borders(), middles(rest)[0])])
    found = pd.concat([named, zoned[across].assign(zone=LANE)], ignore_index=True)
    return _mean_width(found, ["stretch", "zone", "type"]).reset_index()


def hpms_cracking(parts: pd.DataFrame, stretches: pd.DataFrame) -> pd.Series:
    """
    Return the percent of the lane's area that is wheel path with pattern cracking, by stretch. [%]

    A wheel path is taken in short steps along the lane; a step with pattern cracking counts with the whole width of
    39 in, so that a lane of 12 ft has 54 % at most. Whole percent is for the faces.

    Parameters
    ----------
    parts
        Parts within their stretches, as :func:`within` returns.

    References
    ----------
    .. [1] 23 CFR 490.311; HPMS Field Manual for the wheel paths and fatigue cracking, from memory: to confirm.
    """
    centre, half, step = limit("wheel_path_offset"), limit("hpms_wheel_path_width") / 2, limit("hpms_step")
    fatigue = parts[parts["type"].to_numpy() == "pattern"]
    for border in (-centre - half, -centre + half, centre - half, centre + half):
        fatigue = cut(fatigue, "x", border)
    fatigue = finer(fatigue, step=step / 10)
    x, y = middles(fatigue)
    held = pd.DataFrame({"stretch": fatigue["stretch"], "path": np.sign(x), "step": np.floor(np.maximum(y, 0) / step)})
    held = held[np.abs(np.abs(x) - centre) <= half].drop_duplicates()
    end = np.minimum((held["step"] + 1) * step, held["stretch"].map(stretches["length"]))
    long = (end - held["step"] * step).clip(lower=0).groupby(held["stretch"]).sum().reindex(stretches.index)
    return 100 * long.fillna(0.0) * 2 * half / (stretches["width"] * stretches["length"])
