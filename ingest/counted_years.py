"""Yearly averages of counters from their volumes by day, on the stretch of road that each counts."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from ingest.readers.reading import Context
from pavement.errors import Fault
from pavement.measures import annual_average as averages
from pavement.measures.gantry_days import usable_days
from pavement.measures.limits import limit


def years_of(
    days: pd.DataFrame, context: Context, *, sections: Callable[[pd.Timestamp], pd.DataFrame]
) -> tuple[pd.DataFrame, list[Fault]]:
    """
    Return the table traffic of the years that days are of: AADT by counter and class, on the counter's section.

    Parameters
    ----------
    days
        Rows of ``gantry_days`` of this package; those in force already count too.
    sections
        Gives gantry (the counter), route, direction, from_m, to_m [m] and rule of those that stood on a day.
    """
    years = sorted(set(pd.to_datetime(days["day"]).dt.year))
    before = context.known("gantry_days")
    every = days
    if len(before):
        mine = pd.to_datetime(before["day"]).dt.year.isin(years) & before["counter"].isin(days["counter"].unique())
        every = pd.concat([before.loc[mine, days.columns], days]).drop_duplicates(
            ["counter", "day", "vehicle_class"], keep="last"
        )
    whole = usable_days(every, least=limit("gantry_day_coverage"))
    faults = _unused_days(days, whole)
    if whole.empty:
        return _no_traffic(), faults
    found = averages.annual_average(whole)
    few = found[~averages.enough(found)]
    if len(few):
        message = f"{few['counter'].nunique():,} counters have too few days of some year for an average."
        least = int(limit("aadt_days_min"))
        cure = f"At least {least} whole days, each day of the week once; further days are added to these."
        faults.append(Fault("", None, "aadt", str(few["counter"].iloc[0]), "coverage", message, cure))
    rows, more = _on_sections(found[averages.enough(found)], whole, context, sections)
    return rows, [*faults, *more]


def _unused_days(days: pd.DataFrame, whole: pd.DataFrame) -> list[Fault]:
    """Return one note on days that are not averaged, since too little of them was seen or no vehicle was."""
    keys = ["counter", "day"]
    mine = days[keys].drop_duplicates()
    unused = mine[~pd.MultiIndex.from_frame(mine).isin(pd.MultiIndex.from_frame(whole[keys]))]
    if unused.empty:
        return []
    least = f"{limit('gantry_day_coverage'):.0%}"
    first = f"{unused['counter'].iloc[0]} {str(unused['day'].iloc[0])[:10]}"
    message = f"Days of a counter not averaged: {len(unused):,}, {first} first: less than {least} seen, or no vehicle."
    return [Fault("", None, "coverage", first, "coverage", message, "They are kept with their coverage.")]


def _no_traffic() -> pd.DataFrame:
    columns = ["counter", "route", "direction", "from_m", "to_m", "year", "vehicle_class", "aadt"]
    return pd.DataFrame({c: [] for c in [*columns, "coverage", "quality", "method"]})


def _on_sections(
    found: pd.DataFrame, whole: pd.DataFrame, context: Context, sections: Callable[[pd.Timestamp], pd.DataFrame]
) -> tuple[pd.DataFrame, list[Fault]]:
    """Return averages on the sections of the gantries that stood on the last day counted in their year."""
    day = pd.to_datetime(whole["day"])
    parts, without = [_no_traffic()], []
    for year, last in day.groupby(day.dt.year).max().items():
        stretches = sections(pd.Timestamp(last)).rename(columns={"gantry": "counter"})
        of = found[found["year"] == year]
        without += sorted(set(of["counter"]) - set(stretches["counter"]))
        of = of.merge(stretches, on="counter", how="inner")
        quality = averages.quality_of(of).map(context.quality)
        parts.append(of.assign(quality=quality, method=averages.method_of(of) + "; " + of["rule"]))
    rows = pd.concat([p for p in parts if len(p)] or parts[:1], ignore_index=True)
    return rows[_no_traffic().columns.tolist()].astype({"year": "int64"}), _no_section(without)


def _no_section(gantries: list[str]) -> list[Fault]:
    if not gantries:
        return []
    listed = ", ".join(gantries[:10]) + (" …" if len(gantries) > 10 else "")
    message = f"{len(gantries):,} counters have no section of the network at that time: {listed}."
    cure = "Ramps have none; of others bring the list that holds then. Their volumes by day are kept."
    return [Fault("", None, "counter", gantries[0], "coverage", message, cure)]
