"""What every reader is given, and what it gives back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from ingest.fault_list import NONE, Marks
from ingest.manifest import Data, Manifest
from ingest.network import Network
from ingest.package import PackageFile, shown
from ingest.work import Work
from pavement.errors import Fault, SurveyError, fault_frame, no_faults
from pavement.progress import Progress
from pavement.schema import measures, schema
from pavement.settings import Settings
from pavement.store.batches import Batches

_DAYS_AHEAD = {"planned_on"}  # plans may lie in the future, records may not


@dataclass(frozen=True)
class Context:
    """
    One data entry and all that is needed to read it.

    Attributes
    ----------
    files
        Usable files by role.
    verified
        Whether each file has a sha256 in the manifest.
    known
        Table name → rows that can be referred to: this package's own where it brings them, else the published ones.
    today
        Date in the agency's time zone; nothing on record lies after it.
    work
        Where unfinished work on the survey is kept.
    """

    manifest: Manifest
    data: Data
    files: dict[str, list[PackageFile]]
    verified: bool
    network: Network | None
    known: Callable[[str], pd.DataFrame]
    settings: Settings
    progress: Progress
    today: dt.date
    work: Work

    @property
    def survey_date(self) -> pd.Timestamp:
        """Day on which the survey started, in the agency's time zone."""
        zone = ZoneInfo(str(self.settings["timezone"]))
        return pd.Timestamp(self.manifest.started.astimezone(zone).date())

    def quality(self, as_measured: str) -> str:
        """Return the quality of values: ``unverified`` when a file came without its hash."""
        return as_measured if self.verified else "unverified"

    def one(self, role: str) -> PackageFile:
        """Return the single file of a role."""
        found = self.files.get(role) or []
        if len(found) != 1:
            what = "no usable file" if not found else f"{len(found)} files"
            raise SurveyError(f"{shown(self.data.files.get(role, role))}: {what} for {role} of {self.data.kind}.")
        return found[0]

    def located_network(self) -> Network:
        """Return the network; run.py has made sure that there is one for kinds that need it."""
        if self.network is None:
            raise SurveyError(
                "There is no network to locate records on.", cure="Ingest the package of the network first."
            )
        side = self.lanes_from
        return self.network if side == "inside" else replace(self.network, lanes_from=side)

    @property
    def lanes_from(self) -> str:
        """Side from which the entry's files number the lanes: ``inside``, or ``outside`` where it says so (G12)."""
        return self.choice("lanes_from", ("inside", "outside"))

    def choice(self, option: str, words: tuple[str, ...]) -> str:
        """Return the word that the entry chose for an option, the first when it says nothing."""
        said = self.data.options.get(option, words[0])
        if said not in words:
            raise SurveyError(
                f"{shown(self.data.main)}: option {option} = {said!r} is not known.",
                cure=f"Write {' or '.join(words)}.",
            )
        return str(said)


@dataclass(frozen=True)
class Reading:
    """
    What a data entry gives.

    Attributes
    ----------
    tables
        Rows by table.
    faults
        What is wrong.
    objects
        sha256 → bytes, or a file in quarantine or among the work.
    long
        Rows of tables that may be too long for memory, by table.
    checks
        What the reader itself can judge of the run: check, kind, value, count.
    """

    tables: dict[str, pd.DataFrame]
    faults: pd.DataFrame = field(default_factory=no_faults)
    objects: Mapping[str, bytes | Path] = field(default_factory=dict)
    long: Mapping[str, Batches] = field(default_factory=dict)
    checks: pd.DataFrame = field(default_factory=pd.DataFrame)


def joined(*parts: pd.DataFrame | list[Fault]) -> pd.DataFrame:
    """Return frames and lists of faults as one frame."""
    filled = [p if isinstance(p, pd.DataFrame) else fault_frame(p) for p in parts if len(p)]
    return pd.concat(filled, ignore_index=True) if filled else NONE


def date_faults(frame: pd.DataFrame, table: str, *, today: dt.date, file: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split checked rows with ``_row`` into those without a date in the future and faults (D3)."""
    marks = Marks(frame, file=file)
    spec = schema(table)
    end = pd.Timestamp(today) + pd.Timedelta(days=1)
    for column in spec.index[spec["type"].isin(["date", "datetime"])]:
        if column in _DAYS_AHEAD or column not in frame:
            continue
        moment = pd.to_datetime(frame[column])
        late = moment >= (end.tz_localize("UTC") if moment.dt.tz is not None else end)
        texts = moment.astype(str).str.slice(0, 10)
        marks.add(
            late, column, "future", f"{column} = {{value}} lies in the future.", "Check year and calendar.", texts
        )
    return frame[~marks.any], marks.frame()


def events_frame(
    frame: pd.DataFrame,
    kind: str,
    values: pd.Series | np.ndarray,
    *,
    method: str | pd.Series,
    quality: str,
    surveyed_on: object,
) -> pd.DataFrame:
    """Return events of one kind from rows with route, direction, lane, from_m and to_m; missing values are left out."""
    events = frame[["route", "direction", "lane", "from_m", "to_m"]].assign(
        kind=kind, value=np.asarray(values, dtype=float), method=method, quality=quality, surveyed_on=surveyed_on
    )
    if "_row" in frame:
        events["_row"] = frame["_row"]
    return events[events["value"].notna()].reset_index(drop=True)


def plausible_events(
    events: pd.DataFrame, *, works: pd.DataFrame, today: dt.date, file: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Split events into believable ones and faults.

    A value outside the limits of its kind (T8), a survey in the future or before the stretch was built (D3) is listed.
    """
    if events.empty:
        return events.drop(columns="_row", errors="ignore"), NONE
    rows = events["_row"] if "_row" in events else pd.Series(pd.NA, index=events.index, dtype="Int64")
    events = events.assign(_row=rows).reset_index(drop=True)
    marks = Marks(events, file=file)
    limits = _kinds()
    low, high = (events["kind"].map(limits[c]).astype(float) for c in ("min", "max"))
    unknown = ~events["kind"].isin(limits.index)
    kinds = ", ".join(limits.index)
    marks.add(unknown, "kind", "unknown kind", "Kind {value!r} is not known.", f"Kinds: {kinds}.", events["kind"])
    outside = ~unknown & ((events["value"] < low) | (events["value"] > high))
    where = (
        events["kind"] + " = " + events["value"].round(3).astype(str) + " at " + events["from_m"].round(1).astype(str)
    )
    cure = "Accepted: " + low.astype(str) + " to " + high.astype(str) + " " + events["kind"].map(limits["unit"]) + "."
    marks.add(outside, "value", "range", "{value} m is outside the limits of its kind.", cure.fillna(""), where)
    day = pd.to_datetime(events["surveyed_on"])
    late = day >= pd.Timestamp(today) + pd.Timedelta(days=1)
    text = day.astype(str).str.slice(0, 10)
    marks.add(late, "surveyed_on", "future", "The survey date {value} lies in the future.", "Check the year.", text)
    early = _before_construction(events, day, works)
    marks.add(
        early, "surveyed_on", "before construction", "Surveyed {value}, before it was built.", "Check dates.", text
    )
    return events[~marks.any].drop(columns="_row").reset_index(drop=True), marks.frame()


def believed(rows: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """Return the rows whose stretch still has an event: what was refused there is not kept beside it."""
    place = ["route", "direction", "lane", "from_m", "to_m"]
    kept = pd.MultiIndex.from_frame(rows[place]).isin(pd.MultiIndex.from_frame(events.reindex(columns=place)))
    return rows[kept].reset_index(drop=True)


@cache
def _kinds() -> pd.DataFrame:
    return measures()


def _before_construction(events: pd.DataFrame, day: pd.Series, works: pd.DataFrame) -> pd.Series:
    early = pd.Series(False, index=events.index)
    if works.empty:
        return early
    built = works[works["treatment"] == "construction"]
    for work in built.to_dict("records"):
        lane = str(work.get("lane") or "")
        on = (events["route"] == work["route"]) & (events["direction"] == work["direction"])
        on &= (events["from_m"] >= float(work["from_m"])) & (events["to_m"] <= float(work["to_m"]))
        if lane:
            on &= events["lane"] == lane
        early |= on & (day < pd.Timestamp(work["completed_on"]))
    return early
