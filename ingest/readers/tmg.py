"""Hourly class counts of permanent stations (FHWA TMG records), brought to days and yearly averages."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from ingest.counted_years import years_of
from ingest.fault_list import Marks
from ingest.formats import format_table
from ingest.package import PackageFile, shown
from ingest.readers.reading import Context, Reading, joined
from ingest.readers.records import rows_of
from ingest.tmg_text import CLASSES, class_records
from pavement.errors import Fault, SurveyError
from pavement.measures.gantry_days import daily_volumes
from pavement.measures.gantry_sections import GIVEN

HOURS = 24


def read(context: Context) -> Reading:
    """
    Return volumes by day and yearly averages of the stations whose places the sheet ``sites`` gives.

    A counter is the station with its direction, as ``001234S``. An hour is seen when every lane that the counter has on
    any day of the package has a record of it: a lane that was silent all day is not an empty lane.
    """
    sites, faults = count_sites(context)
    parts: list[pd.DataFrame] = []
    lost: list[pd.DataFrame | list[Fault]] = []
    for file in context.files.get("files", []):
        found, listed = class_records(_text(file), file=shown(file.name))
        kept, unknown = _at_sites(found, sites, file=shown(file.name))
        parts += [kept] if len(kept) else []
        lost += [listed, unknown]
    if not parts:
        return Reading({}, joined(faults, *lost))
    hours, twice = _once(pd.concat(parts, ignore_index=True))
    lost += [twice, _silent_lanes(hours), _unclassified(hours)]
    days = _days(_by_class(hours), lanes=hours.groupby("counter")["lane"].nunique())
    traffic, more = years_of(days, context, sections=lambda _: sites.rename(columns={"counter": "gantry"}))
    return Reading({"gantry_days": days, "traffic": traffic}, joined(faults, *lost, more))


def count_sites(context: Context) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the sections of counting stations, counters named with their direction, and faults."""
    # the names that the manifest maps are those of the records
    own = replace(context, data=replace(context.data, columns={}, units={}))
    good, faults = rows_of(context.one("sites"), "count_sites", own)
    named = good.assign(counter=good["counter"].astype(str) + good["direction"].astype(str), rule=GIVEN)
    return named.drop(columns="_row"), faults


def _text(file: PackageFile) -> str:
    try:
        return file.path.read_bytes().decode("ascii")
    except UnicodeDecodeError as error:
        raise SurveyError(
            f"{shown(file.name)} is no TMG file at byte {error.start}.", cure="Class records are plain ASCII text."
        ) from error


def _at_sites(records: pd.DataFrame, sites: pd.DataFrame, *, file: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    named = records.assign(counter=records["station"].astype(str) + records["direction"].astype(str))
    marks = Marks(named, file=file)
    unknown = ~named["counter"].isin(sites["counter"])
    # one fault a station is enough: it has thousands of hours
    first = unknown & ~named["counter"].duplicated()
    cure = f"Name it in the sheet of sites. It has {', '.join(sites['counter'].head(20)) or 'none'}."
    message = "Station and direction {value} have no place, so none of its records is used."
    marks.add(first, "station", "unknown station", message, cure, named["counter"])
    return named[~unknown], marks.frame()


def _once(records: pd.DataFrame) -> tuple[pd.DataFrame, list[Fault]]:
    """Return each hour of a lane once, as it was written last."""
    again = records.duplicated(["counter", "lane", "day", "hour"], keep="last")
    if not again.any():
        return records, []
    message = f"Hours of a lane that stand twice: {int(again.sum()):,}; the last one is taken."
    return records[~again], [Fault("", None, "hour", "", "doubtful", message, "Send each hour once.")]


def _by_class(records: pd.DataFrame) -> pd.DataFrame:
    """Return hours by counter and class of ``tables/truck_factors.csv``, with the lanes that have a record."""
    names = [f"class_{n}" for n in CLASSES]
    long = records.melt(["counter", "lane", "day", "hour"], names, "fhwa_class", "volume").dropna(subset="volume")
    known = format_table("fhwa_classes").set_index("fhwa_class")["vehicle_class"]
    classes = long["fhwa_class"].str.removeprefix("class_").map(known)
    # 14 and 15 are what the station could not classify: they are of no known class, and told of
    long = long.assign(vehicle_class=classes).dropna(subset="vehicle_class")
    return long.groupby(["counter", "day", "hour", "vehicle_class"], as_index=False).agg(
        volume=("volume", "sum"), seen=("lane", "nunique")
    )


def _silent_lanes(hours: pd.DataFrame) -> list[Fault]:
    """Return a note for each counter on days without any record of one of its lanes."""
    counted = hours.groupby(["counter", "day"])["lane"].nunique().reset_index()
    short = counted[counted["lane"] < counted["counter"].map(hours.groupby("counter")["lane"].nunique())]
    return [
        Fault(
            "", None, "lane", str(counter), "coverage",
            f"{counter}: {len(days)} days, {str(days.min())[:10]} first, have no record of one of its lanes.",
            "Those days count as not seen; send the records of every lane.",
        )
        for counter, days in short.groupby("counter")["day"]
    ]  # fmt: skip


def _unclassified(hours: pd.DataFrame) -> list[Fault]:
    """Return a note for each counter with vehicles that it could not classify, which are in no class (T22)."""
    other = [f"class_{n}" for n in CLASSES if n not in format_table("fhwa_classes")["fhwa_class"].astype(int).tolist()]
    counted = hours.assign(other=hours[other].sum(axis=1)).groupby("counter")[["other", "total"]].sum()
    cure = "They are in no class and in no total: the volumes are too small by them."
    return [
        Fault(
            "", None, "vehicle_class", str(counter), "doubtful",
            f"{counter}: {lost:,.0f} of {total:,.0f} vehicles are of the classes 14 and 15, not classified.", cure,
        )
        for counter, lost, total in counted[counted["other"] > 0].itertuples()
    ]  # fmt: skip


def _days(hours: pd.DataFrame, *, lanes: pd.Series) -> pd.DataFrame:
    """Return volumes by day; `lanes` is how many lanes each counter has."""
    whole = hours["seen"] == hours["counter"].map(lanes)
    usable = hours.assign(volume=hours["volume"].where(whole), slot=hours["hour"].astype("int64"))
    parts = []
    for day, of in usable.groupby("day"):
        named = {c: pd.Categorical(of[c]) for c in ("counter", "vehicle_class")}
        parts.append(daily_volumes(of.assign(**named), slots=HOURS).assign(day=day))
    return pd.concat(parts, ignore_index=True).drop(columns=["repeated", "contradicted"])
