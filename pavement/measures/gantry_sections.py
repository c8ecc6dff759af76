"""Toll gantries: what their ids say, and the section of road whose traffic each of them counts."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from pavement.measures.limits import limit

PATTERN = r"^(?P<number>\d{2})(?P<kind>[FHA])(?P<ramp>R?)(?P<tenths>\d{3,4})(?P<direction>[NS])$"
_LETTER = {"F": "", "H": "H", "A": "A"}
_ROAD = ["route", "variant", "direction"]
GIVEN, MIDWAY = "section as given", "section midway to the neighbouring gantries"


def gantry_parts(ids: pd.Series) -> pd.DataFrame:
    """
    Return what the ids of gantries say.

    Parameters
    ----------
    ids
        Ids such as ``01F0339N``: route 1, main line, 33.9 km, northbound.

    Returns
    -------
    parts
        Columns route (``N1``, ``N1H`` elevated, ``N3A`` branch), variant (``main``, ``elevated``, ``ramp``), direction
        and measure_m [m]; missing in every column where an id has another form.

    Examples
    --------
    >>> gantry_parts(pd.Series(["01F0339N"])).iloc[0].tolist()
    ['N1', 'main', 'N', 33900.0]
    """
    found = ids.astype("string").str.extract(PATTERN)
    number = pd.to_numeric(found["number"], errors="coerce").astype("Int64").astype("string")
    variant = found["kind"].map({"F": "main", "H": "elevated", "A": "main"})
    return pd.DataFrame(
        {
            "route": ("N" + number + found["kind"].map(_LETTER)).astype(object),
            "variant": variant.where(found["ramp"] != "R", "ramp").where(found["kind"].notna()).astype(object),
            "direction": found["direction"].astype(object),
            "measure_m": pd.to_numeric(found["tenths"], errors="coerce").astype(float) * 100.0,
        }
    )


def nearest_gantry(gantry: str, known: Iterable[str]) -> str:
    """
    Return the known gantry that an unknown id is most likely to mean; empty when none is known.

    The nearest by mileage on the same route and in the same direction; of an id of another form, or on another road,
    the one that is written most like it.
    """
    names = sorted(set(known))
    if not names:
        return ""
    parts = gantry_parts(pd.Series([gantry, *names]))
    same = (parts[_ROAD].iloc[1:] == parts[_ROAD].iloc[0]).all(axis=1)
    if same.any():
        apart = (parts["measure_m"].iloc[1:] - parts["measure_m"].iloc[0]).abs().where(same)
        return names[int(np.nanargmin(apart.to_numpy(float)))]
    return difflib.get_close_matches(gantry, names, n=1, cutoff=0.0)[0]


def valid_gantries(gantries: pd.DataFrame, *, on: pd.Timestamp) -> pd.DataFrame:
    """Return the gantries of a versioned list that stood on a day; of several versions the one that began last."""
    start, end = pd.to_datetime(gantries["valid_from"]), pd.to_datetime(gantries["valid_to"])
    standing = gantries[(start <= on) & (end.isna() | (end > on))]
    latest = standing.sort_values("valid_from", kind="stable").drop_duplicates("gantry", keep="last")
    return latest.sort_values("gantry").reset_index(drop=True)


def gantry_sections(
    gantries: pd.DataFrame, *, limits: Mapping[tuple[str, str], tuple[float, float]] | None = None
) -> pd.DataFrame:
    """
    Return the stretch of road that each gantry counts.

    Parameters
    ----------
    gantries
        Gantries that stand at one time: columns gantry, route, variant, direction, measure_m [m], and from_m, to_m [m]
        where the borders of the section, its interchanges, are known.
    limits
        First and last measure [m] of each (route, direction) of the network.

    Returns
    -------
    sections
        Columns gantry, route, direction, from_m, to_m, rule. Gantries of ramps have no section: they do not count the
        main line.

    Notes
    -----
    Without given borders a section ends midway to the next gantry of its direction, since between two gantries of one
    direction stands an interchange whose place the list does not tell. Beyond the first and last one it reaches as far
    as on the other side. It never reaches further than ``gantry_reach`` or than the route.
    """
    main = gantries[gantries["variant"] != "ramp"].sort_values([*_ROAD, "measure_m", "gantry"]).reset_index(drop=True)
    at = main["measure_m"].astype(float)
    road = main.groupby(_ROAD, sort=False)["measure_m"]
    before, after = (at - road.shift()) / 2, (road.shift(-1) - at) / 2
    low, high = before.fillna(after), after.fillna(before)
    reach = limit("gantry_reach")
    start, end = at - low.fillna(reach).clip(upper=reach), at + high.fillna(reach).clip(upper=reach)
    given = _given(main)
    start, end = start.where(~given, main.get("from_m")), end.where(~given, main.get("to_m"))
    found = main[["gantry", "route", "direction"]].assign(
        from_m=start.astype(float), to_m=end.astype(float), rule=np.where(given, GIVEN, MIDWAY)
    )
    found = _within(found, limits) if limits is not None else found
    return found[found["to_m"] - found["from_m"] > 1e-6].reset_index(drop=True)


def _given(gantries: pd.DataFrame) -> pd.Series:
    if not {"from_m", "to_m"} <= set(gantries.columns):
        return pd.Series(False, index=gantries.index)
    return gantries["from_m"].notna() & gantries["to_m"].notna()


def _within(sections: pd.DataFrame, limits: Mapping[tuple[str, str], tuple[float, float]]) -> pd.DataFrame:
    ends = pd.DataFrame([(*key, *span) for key, span in limits.items()], columns=["route", "direction", "low", "high"])
    found = sections.merge(ends, on=["route", "direction"], how="inner")
    start, end = np.maximum(found["from_m"], found["low"]), np.minimum(found["to_m"], found["high"])
    return found.assign(from_m=start, to_m=end).drop(columns=["low", "high"])
