"""The freeway traffic archive (TDCS): gantry volumes M03A, speeds M05A and trips M06A, brought to days and years."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ingest.counted_years import years_of
from ingest.formats import limit
from ingest.package import shown
from ingest.readers.gantries import sections_of_day
from ingest.readers.reading import Context, Reading, joined
from ingest.tars import Member
from ingest.tdcs_repeats import ALIKE, REPEATED, agreeing, hours_once, trips_once
from ingest.tdcs_text import Group, Ints, Rows, Told, groups, moments, numbers
from pavement.errors import Fault, PavementError, SurveyError
from pavement.measures.gantry_days import daily_volumes
from pavement.measures.gantry_sections import nearest_gantry
from pavement.measures.traffic import truck_factors
from pavement.settings import Settings

SLOTS, MINUTES = 288, 5
# a day on its way takes some 120 MiB, and more threads wait for each other
_MOST_AT_ONCE = 4
_TABLE = {"M03A": "gantry_days", "M05A": "gantry_speeds", "M06A": "gantry_trips"}
_KEYS = {
    "gantry_days": ["counter", "day", "vehicle_class"],
    "gantry_speeds": ["gantry", "gantry_to", "day", "vehicle_class"],
    "gantry_trips": ["gantry", "day", "vehicle_class"],
}


@dataclass
class Part:
    """What a group of files gives: rows of a table by day, and what is wrong; filled while its files are read."""

    table: str
    rows: list[pd.DataFrame] = field(default_factory=list)
    told: Told = field(default_factory=Told)
    faults: list[Fault] = field(default_factory=list)


@dataclass(frozen=True)
class Known:
    """Gantries that may be counted at, and classes that are told apart."""

    gantries: frozenset[str]
    classes: tuple[str, ...]


def read(context: Context) -> Reading:
    """
    Return volumes, speeds and trips by day, and the AADT of the years that the volumes are of.

    Years are averaged over all days in force, those of earlier packages too.

    Raises
    ------
    SurveyError
        No gantry is known: what was counted has no place.
    """
    listed = context.known("gantries")
    if listed.empty:
        raise SurveyError(
            "No gantry is known, so what they counted has no place.",
            cure="Ingest the list of gantries first, as an entry of kind gantries.",
        )
    known = Known(frozenset(listed["gantry"].astype(str)), tuple(truck_factors().index))
    parts = aggregated(
        groups(context.files.get("files", []), said=str(context.data.options.get("set", ""))),
        known,
        settings=context.settings,
        done=lambda n, total: context.progress(n, total, "read"),
    )
    told, tables = Told(), {}
    faults: list[Fault] = [f for p in parts for f in p.faults]
    for part in parts:
        told.join(part.told)
    for name in dict.fromkeys(p.table for p in parts):
        rows = [r.assign(part=at) for at, p in enumerate(parts) if p.table == name for r in p.rows]
        if rows:
            once, twice = _once(pd.concat(rows, ignore_index=True), name, context)
            tables[name] = once.drop(columns="part", errors="ignore")
            faults += twice
    faults = [*told.faults(lambda rule, value: _cure(rule, value, known)), *faults]
    if "gantry_days" in tables:
        tables["gantry_days"] = tables["gantry_days"].drop(columns=["repeated", "contradicted"])
        tables["traffic"], more = years_of(
            tables["gantry_days"], context, sections=lambda day: sections_of_day(context, on=day)
        )
        faults += more
    return Reading(tables, joined(faults))


def aggregated(
    parts: Sequence[Group], known: Known, *, settings: Settings, done: Callable[[int, int], object] = lambda *_: None
) -> list[Part]:
    """
    Return what groups of files give, a group for each core at a time.

    Threads are enough: unpacking and parsing leave the interpreter's lock.
    """
    workers = min(int(settings["workers"]) or os.cpu_count() or 1, _MOST_AT_ONCE)
    found = []
    with ThreadPoolExecutor(workers) as pool:
        for number, part in enumerate(_in_order(pool, parts, known, settings, ahead=workers), start=1):
            found.append(part)
            done(number, len(parts))
    return found


def _in_order(
    pool: ThreadPoolExecutor, parts: Iterable[Group], known: Known, settings: Settings, *, ahead: int
) -> Iterator[Part]:
    """Yield the parts in order, no more of them on their way than can be worked on: memory stays that of a few days."""
    waiting: list[Future[Part]] = []
    left = iter(parts)
    waiting += [pool.submit(read_group, g, known, settings) for g in islice(left, ahead)]
    while waiting:
        yield waiting.pop(0).result()
        waiting += [pool.submit(read_group, g, known, settings) for g in islice(left, 1)]


def read_group(group: Group, known: Known, settings: Settings) -> Part:
    """Return the days of one group of files; a file that cannot be read is a fault, and what came before it stands."""
    part = Part(_TABLE[group.kind])
    members: list[Member] = []
    size = 0
    try:
        for member in _each_once(group, settings, part):
            members.append(member)
            size += len(member.content)
            if size > min(limit("tdcs_group"), settings["entry_limit"]):
                raise SurveyError(
                    f"The files of one day unpack to more than {int(limit('tdcs_group')):,} bytes.",
                    cure="Send days apart; the limit is tdcs_group in ingest/formats/limits.csv.",
                )
            if group.kind == "M06A":  # trips of a day are large, and each hour can be reduced by itself
                _reduced(group.kind, members, known, part)
                members, size = [], 0
        if members:
            _reduced(group.kind, members, known, part)
    except PavementError as error:
        name = group.files[0].name
        part.faults.append(Fault(name, None, "", "", type(error).__name__, error.message, error.cure))
    return part


def _each_once(group: Group, settings: Settings, part: Part) -> Iterator[Member]:
    """Yield the files of a group; an hour of trips is added up, so that of a name that was there before is refused."""
    names: set[str] = set()
    for member in group.members(settings):
        name = member.name.rsplit("/", 1)[-1]
        if group.kind == "M06A" and name in names:
            message = f"{shown(name)} stands in two folders; its trips were taken once."
            part.faults.append(Fault(shown(member.name), None, "", "", "duplicate", message, "Send each hour once."))
            continue
        names.add(name)
        yield member


def _reduced(kind: str, members: list[Member], known: Known, part: Part) -> None:
    rows = Rows(kind, members, part.told)
    if len(rows) == 0:
        return
    part.rows += {"M03A": _volumes, "M05A": _speeds, "M06A": _trips}[kind](rows, known, part)


def _volumes(rows: Rows, known: Known, part: Part) -> list[pd.DataFrame]:
    day, slot, counter, names = _placed(rows, known, minutes=MINUTES)
    kind, unknown = _classes(rows, known)
    codes, texts = rows.codes("volume")
    volume = np.where(unknown, np.nan, _amounts(rows, "volume", numbers(texts)[codes], limit("tdcs_volume_max")))
    volume[_against(rows, counter, names)] = np.nan
    used = (day >= 0) & (counter >= 0)
    days = []
    for number in pd.unique(day[used]):
        on = used & (day == number)
        counts = pd.DataFrame(
            {
                "counter": pd.Categorical.from_codes(counter[on], categories=pd.Index(names, dtype=object)),
                "vehicle_class": pd.Categorical.from_codes(kind[on], categories=pd.Index(known.classes, dtype=object)),
                "slot": slot[on],
                "volume": volume[on],
            }
        )
        found = daily_volumes(counts, slots=SLOTS).assign(day=_date(number))
        part.faults += _day_notes(found, len(pd.unique(slot[on])), str(np.datetime64(int(number), "D")))
        days.append(found)
    return days


def _day_notes(days: pd.DataFrame, files: int, day: str) -> list[Fault]:
    """Return notes on a day: intervals for which there is no file, and records that stand twice."""
    name = f"M03A {day}"
    found = []
    if files < SLOTS:
        message = f"{SLOTS - files} of {SLOTS} intervals of {day} have no file: they count as not seen, not as empty."
        found.append(Fault(name, None, "time", "", "coverage", message, "Send the whole day again if it is there."))
    again, against = int(days["repeated"].sum()), int(days["contradicted"].sum())
    if again - against > 0:
        message = f"Records of {day} that stand twice, taken once: {again - against:,}."
        found.append(Fault(name, None, "time+gantry+vehicle_class", "", "doubtful", message, ""))
    if against:
        message = f"Records of {day} that contradict others: {against:,}; those intervals count as not seen."
        found.append(Fault(name, None, "volume", "", "duplicate", message, "Keep one file for each interval."))
    return found


def _speeds(rows: Rows, known: Known, part: Part) -> list[pd.DataFrame]:  # noqa: ARG001
    day, slot, start, names = _placed(rows, known, minutes=MINUTES)
    kind, _ = _classes(rows, known)
    end, ends = _gantries(rows, "gantry_to", known)
    codes, texts = rows.codes("speed")
    speed = _amounts(rows, "speed", numbers(texts)[codes], limit("tdcs_speed_max"), blank=True)
    codes, texts = rows.codes("volume")
    volume = _amounts(rows, "volume", numbers(texts)[codes], limit("tdcs_volume_max"), blank=True)
    used = (day >= 0) & (start >= 0) & (end >= 0) & (kind >= 0)
    # a speed of 0 is a detector that was off or an interval without vehicles, never vehicles that stood
    seen = used & (speed > 0)
    frame = pd.DataFrame(
        {"day": day, "gantry": start, "gantry_to": end, "vehicle_class": kind, "slot": slot, "speed": speed}
    ).assign(volume=np.where(seen, np.nan_to_num(volume), 0.0))
    keys = ["day", "gantry", "gantry_to", "vehicle_class"]
    frame = agreeing(frame[seen], [*keys, "slot"], rows)
    weight = frame["volume"].clip(lower=1.0)
    frame = frame.assign(weight=weight, product=frame["speed"] * weight)
    sums = frame.groupby(keys)[["product", "weight", "volume"]].sum()
    sums["coverage"] = frame.groupby(keys)["slot"].nunique() / SLOTS
    found = sums.reset_index()
    return [
        pd.DataFrame(
            {
                "gantry": np.array(names, dtype=object)[found["gantry"]],
                "gantry_to": np.array(ends, dtype=object)[found["gantry_to"]],
                "day": pd.to_datetime(found["day"], unit="D"),
                "vehicle_class": np.array(known.classes, dtype=object)[found["vehicle_class"]],
                "speed_kmh": found["product"] / found["weight"],
                "volume": found["volume"],
                "coverage": found["coverage"],
            }
        )
    ]


def _trips(rows: Rows, known: Known, part: Part) -> list[pd.DataFrame]:  # noqa: ARG001
    day, minute, start, names = _placed(rows, known, minutes=1)
    kind, _ = _classes(rows, known)
    codes, texts = rows.codes("length")
    length = numbers(texts)[codes]
    rows.tell(~np.isfinite(length), "length", "type")
    codes, texts = rows.codes("ended")
    ended = np.array([t.upper() == "Y" for t in texts], dtype=float)[codes]
    used = (day >= 0) & (start >= 0) & (kind >= 0) & np.isfinite(length)
    frame = pd.DataFrame(
        {"day": day, "hour": minute // 60, "gantry": start, "vehicle_class": kind, "trips": 1.0, "length_km": length}
    ).assign(ended=ended)
    keys = ["day", "hour", "gantry", "vehicle_class"]
    found = trips_once(frame[used], rows).groupby(keys, as_index=False).sum()
    return [
        found.assign(
            day=pd.to_datetime(found["day"], unit="D"),
            gantry=np.array(names, dtype=object)[found["gantry"]],
            vehicle_class=np.array(known.classes, dtype=object)[found["vehicle_class"]],
        )
    ]


def _placed(rows: Rows, known: Known, *, minutes: int) -> tuple[Ints, Ints, Ints, list[str]]:
    """Return day, interval and gantry code of each row (-1 where there is none), and the names of the codes."""
    codes, texts = rows.codes("time")
    days, slots = moments(texts, minutes=minutes)
    day = days[codes]
    rows.tell(day < 0, "time", "time")
    counter, names = _gantries(rows, "gantry", known)
    return day, slots[codes], counter, names


def _gantries(rows: Rows, column: str, known: Known) -> tuple[Ints, list[str]]:
    codes, texts = rows.codes(column)
    names = sorted({t for t in texts if t in known.gantries})
    place = {name: at for at, name in enumerate(names)}
    found = np.array([place.get(t, -1) for t in texts], dtype=np.int64)[codes]
    rows.tell(found < 0, column, "unknown gantry")
    return found, names


def _classes(rows: Rows, known: Known) -> tuple[Ints, NDArray[np.bool_]]:
    """Return the code of each class, and where it is unknown; then some code stands, for the interval to be unseen."""
    codes, texts = rows.codes("vehicle_class")
    place = {name: at for at, name in enumerate(known.classes)}
    found = np.array([place.get(t, -1) for t in texts], dtype=np.int64)[codes]
    rows.tell(found < 0, "vehicle_class", "unknown vehicle_class")
    return np.maximum(found, 0), found < 0


def _against(rows: Rows, counter: Ints, names: list[str]) -> NDArray[np.bool_]:
    """Return where the direction of a row is not that of its gantry."""
    codes, texts = rows.codes("direction")
    said = np.array([ord(t) if len(t) == 1 else 0 for t in texts], dtype=np.int64)[codes]
    own = np.array([*(ord(n[-1]) for n in names), 0], dtype=np.int64)[counter]
    wrong = (counter >= 0) & (said != own)
    rows.tell(wrong, "direction", "direction")
    return wrong


def _amounts(
    rows: Rows, column: str, value: NDArray[np.float64], most: float, *, blank: bool = False
) -> NDArray[np.float64]:
    """Return amounts; what is no number, or above what can be, is told of and missing."""
    nothing = ~np.isfinite(value)
    if blank:
        codes, texts = rows.codes(column)
        nothing &= ~np.array([t == "" for t in texts], dtype=bool)[codes]
    rows.tell(nothing, column, "type")
    rows.tell(value > most, column, "range")
    return np.where(value > most, np.nan, value)


def _date(number: int) -> pd.Timestamp:
    return pd.Timestamp(np.datetime64(int(number), "D"))


def _cure(rule: str, value: str, known: Known) -> str:
    if rule == "unknown gantry":
        near = nearest_gantry(value, known.gantries)
        return f"The nearest known gantry is {near}. If it is new, bring the list of gantries of that time first."
    return {
        "time": f"Write 2024/03/01 00:05, at the start of {MINUTES} minutes.",
        "unknown vehicle_class": f"Classes: {', '.join(known.classes)}; see pavement/tables/truck_factors.csv.",
        "direction": "The direction must be the last letter of the gantry; the interval counts as not seen.",
        "range": "See tdcs_volume_max and tdcs_speed_max in ingest/formats/limits.csv; it counts as not seen.",
        "type": "Write a plain number; the interval counts as not seen.",
        "fields": "The row was left out; send the file again.",
        "duplicate": "Keep one file for each interval; those intervals count as not seen.",
        REPEATED: "They were taken once.",
        ALIKE: "Two vehicles can pass in the same second, so each counts; send the file again if it holds copies.",
    }.get(value if rule == "doubtful" else rule, "")


def _once(rows: pd.DataFrame, table: str, context: Context) -> tuple[pd.DataFrame, list[Fault]]:
    """Return rows by day without days of the future and without days that stand in two groups of files."""
    keys = _KEYS[table]
    late = rows["day"] >= pd.Timestamp(context.today) + pd.Timedelta(days=1)
    faults = []
    if late.any():
        value = str(rows.loc[late, "day"].iloc[0])[:10]
        message = f"Rows of {table} that lie in the future: {int(late.sum()):,}."
        faults.append(Fault("", None, "day", value, "future", message, "Check the dates."))
    rows = rows[~late]
    if table == "gantry_trips":  # hours of one day are added up
        rows, twice = hours_once(rows)
        faults += twice
        rows = rows.groupby(keys, as_index=False, observed=True).sum()
        rows = rows.assign(length_km=rows["length_km"] / rows["trips"], ended=rows["ended"] / rows["trips"])
        return rows, faults
    ordered = rows.sort_values([*keys, "coverage"], kind="stable")
    again = ordered.duplicated(keys, keep="last")
    if again.any():
        days = sorted(set(ordered.loc[again, "day"].astype(str).str[:10]))
        message = f"{len(days)} day(s) of {table} stand in two files, {days[0]} first; the one seen more is kept."
        faults.append(Fault("", None, "day", days[0], "duplicate", message, "Send each day once."))
    return ordered[~again].reset_index(drop=True), faults
