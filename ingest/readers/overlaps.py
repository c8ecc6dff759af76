"""Overlaps that come with a network: where one road carries the numbers of two routes (共線)."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from ingest.columns import numbers, text_of
from ingest.fault_list import NONE, Marks
from ingest.formats import limit
from ingest.package import shown
from ingest.readers.network_sheet import named_rows, network_sheet, route_keys, unknown_routes
from ingest.readers.reading import Context, joined
from ingest.signs import SUFFIX, measured
from pavement.network.calibration import calibrations
from pavement.network.chainage import parse_many
from pavement.network.overlap_faults import overlap_faults, turned
from pavement.network.route_overlaps import KEYS, MAIN, beside, no_overlaps, outside, pieces
from pavement.schema import check

_CURE = "Each row gives one stretch by its own route and by its main route, in growing measure on both sides."
_ENDS = ["from_m", "to_m"]


def read_overlaps(
    context: Context, routes: gpd.GeoDataFrame, points: pd.DataFrame, equations: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Return the table ``overlaps`` and its faults; no row where the package has no such file.

    Parameters
    ----------
    context
        Entry with the file ``overlaps``; both stretches as measures [m] or as ``25k+300``.
    routes, points
        Tables ``routes`` and ``calibration``: the two lines must lie together.
    equations
        Table ``chainage``.
    """
    if not context.files.get("overlaps"):
        return no_overlaps(), NONE
    file = context.one("overlaps")
    name = shown(file.name)
    frame, lost = network_sheet(file, "overlaps", context)
    own, bad = _side(frame, routes, equations, file=name)
    main, worse = _side(_as_own(frame), routes, equations, file=name)
    sound = own.index.intersection(main.index)
    table = own.loc[sound].assign(**{c: main.loc[sound, c.removeprefix("main_")] for c in MAIN})
    table = table.assign(turned=text_of(table, "turned").str.lower())
    marks = Marks(table, file=name)
    _mark(overlap_faults(table, routes, length_error=limit("overlap_length")), table, marks)
    table = table.assign(turned=turned(table, routes))
    marks.add(
        _apart(table[~marks.any], routes, points),
        "from_m",
        "apart",
        "The lines of the two routes lie apart at {value} m.",
        _CURE,
    )
    good, faults = check(table[~marks.any], "overlaps", file=name)
    return good.reset_index(drop=True), joined(lost, bad, worse, marks.frame(), faults)


def _mark(found: pd.DataFrame, table: pd.DataFrame, marks: Marks) -> None:
    for rule, rows in found.groupby("rule", sort=False):
        told = pd.Series(table.index.isin(rows["row"]), index=table.index)
        marks.add(told, "from_m", str(rule), rows["message"].iloc[0], _CURE)


def _as_own(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the main stretches under the names of the overlapped ones."""
    return frame[["_row"]].assign(**{c.removeprefix("main_"): text_of(frame, c) for c in MAIN})


def _side(
    frame: pd.DataFrame, routes: gpd.GeoDataFrame, equations: pd.DataFrame, *, file: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows whose stretch can be read, by route, direction, from_m and to_m [m]."""
    side, lost = named_rows(frame, file=file)
    marks = Marks(side, file=file)
    side = side.assign(**_measures(side, equations, marks))
    for end in _ENDS:
        marks.add(side[end].isna(), end, "required", "The place is empty.", "Fill it in; nothing is guessed.")
    unknown_routes(side, routes, marks)
    return side[~marks.any], joined(lost, marks.frame())


def _measures(side: pd.DataFrame, equations: pd.DataFrame, marks: Marks) -> dict[str, pd.Series]:
    """Return from_m and to_m [m]; each cell is a number of metres, or what stands on the sign."""
    amounts, place = {}, side[KEYS]
    for end in _ENDS:
        text = text_of(side, end)
        amounts[end] = numbers(text)
        read = parse_many(text[amounts[end].isna() & (text != "")]).reindex(side.index)
        fault = read["fault"].fillna("").str.replace("{", "(").str.replace("}", ")")
        marks.add(fault != "", end, "chainage", fault, "Write metres, or what stands on the sign: 25k+300.")
        place = place.assign(**{end: read["measure"].astype(float), f"{end}{SUFFIX}": read["piece"]})
    signs = measured(place, _ENDS, equations, marks)
    return {end: amount.where(amount.notna(), signs[end]) for end, amount in amounts.items()}


def _apart(overlaps: pd.DataFrame, routes: gpd.GeoDataFrame, points: pd.DataFrame) -> pd.Series:
    """Return whether start, middle or end of the two stretches lie further apart than ``overlap_apart``."""
    known = calibrations(routes, points)
    far = pd.Series(False, index=overlaps.index)
    for row in overlaps.itertuples():
        own, main = known[(str(row.route), str(row.direction))], known[(str(row.main_route), str(row.main_direction))]
        along = np.linspace(0.0, 1.0, 3)
        other = along[::-1] if row.turned == "yes" else along
        here = own.point(row.from_m + along * (row.to_m - row.from_m))
        there = main.point(row.main_from_m + other * (row.main_to_m - row.main_from_m))
        far[row.Index] = bool((np.hypot(*(here - there).T) > limit("overlap_apart")).any())
    return far


def shared_lanes(lanes: pd.DataFrame, overlaps: pd.DataFrame, *, file: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Return the lanes of a network, on overlaps those of the main route by every number of the road, and faults.

    Lanes that the overlapped route is said to have there must be ones of the main route.
    """
    if overlaps.empty:
        return lanes, NONE
    marks = Marks(lanes.assign(_row=pd.NA), file=file)
    stray = _stray(lanes, overlaps).reindex(lanes.index, fill_value=False)
    cure = "Leave out the lanes of the overlapped route, or give the main route the same."
    name = route_keys(lanes) + " lane " + lanes["lane"].astype(str)
    marks.add(stray, "lane", "lane", "{value}: the main route has no such lane there.", cure, name)
    found = beside(lanes[[*KEYS, *_ENDS]], overlaps)
    along = lanes.loc[found["row"]].reset_index(drop=True).assign(**{c: found[c] for c in (*KEYS, *_ENDS)})
    whole = pd.concat([outside(lanes, overlaps), along], ignore_index=True)
    return whole.sort_values([*KEYS, "lane", "from_m"], ignore_index=True), marks.frame()


def _stray(lanes: pd.DataFrame, overlaps: pd.DataFrame) -> pd.Series:
    """Return by row of `lanes` whether a part of it on an overlap is no lane of the main route."""
    found = pieces(lanes[[*KEYS, *_ENDS]], overlaps)
    found = found[found["carried"]].assign(lane=lambda f: lanes.loc[f["row"], "lane"].to_numpy())
    both = (
        found.rename_axis("piece")
        .reset_index()
        .merge(lanes[[*KEYS, "lane", *_ENDS]], on=[*KEYS, "lane"], suffixes=("", "_main"))
    )
    low, high = both[["from_m", "from_m_main"]].max(axis=1), both[["to_m", "to_m_main"]].min(axis=1)
    seen = (high - low).clip(lower=0).groupby(both["piece"]).sum().reindex(found.index, fill_value=0.0)
    return (seen < found["to_m"] - found["from_m"] - 1.0).groupby(found["row"]).any()
