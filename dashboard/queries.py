"""What the pages ask of the store, kept by data version: one version of the data in each answer."""

from __future__ import annotations

import datetime as dt
import functools
import json
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd
from flask import current_app, has_app_context

from dashboard import i18n
from dashboard.context import Context
from ingest.report import NOTES
from models.targets import TARGETS
from pavement.condition.good_fair_poor import condition_limits
from pavement.condition.grade_limits import grade_limits, limit_grade
from pavement.condition.survey_day import ENDING
from pavement.errors import no_faults
from pavement.store import audit, published, runs, segments
from pavement.store import forecasts as forecast_store
from pavement.store.database import Store
from pavement.store.reports import FORM

P = ParamSpec("P")
R = TypeVar("R")
_KEPT: OrderedDict[tuple[Any, ...], Any] = OrderedDict()
_LOCK = threading.Lock()
_MOST = 64
FORECAST_KINDS = TARGETS
# in the place of a year: of each cell the newest year in which a kind is known
NEWEST = 0


def kept(function: Callable[P, R]) -> Callable[P, R]:
    """Keep answers by store, data version and arguments; the oldest go first."""

    @functools.wraps(function)
    def ask(*args: P.args, **named: P.kwargs) -> R:
        context: Any = args[0]
        # a report of distress or a held run changes pages, but no measured data
        where = (str(context.settings.home), *runs.versions(context.store), i18n.language())
        key = (function.__module__, function.__name__, *where, args[1:], tuple(sorted(named.items())))
        with _LOCK:
            if key in _KEPT:
                _KEPT.move_to_end(key)
                return _KEPT[key]
        answer = function(*args, **named)
        with _LOCK:
            _KEPT[key] = answer
            while len(_KEPT) > _MOST:
                _KEPT.popitem(last=False)
        return answer

    return ask


def version(context: Context) -> int:
    """Return the number of the newest published data."""
    return int(runs.data_version(context.store))


@kept
def cells(context: Context) -> gpd.GeoDataFrame:
    """Return all cells of the network in route order."""
    frame = published.table(context.store, "cells")
    if len(frame) == 0:
        return frame
    return frame.sort_values(["route", "direction", "lane", "from_m"], ignore_index=True)


@kept
def routes(context: Context) -> pd.DataFrame:
    """Return the routes and directions of the network."""
    return published.table(context.store, "routes")


@kept
def table(context: Context, name: str) -> pd.DataFrame:
    """Return a published table by name."""
    return published.table(context.store, name)


@kept
def history(context: Context) -> gpd.GeoDataFrame:
    """Return the segment table: a row for each cell and year."""
    return segments.segment_table(context.store)


@kept
def kinds(context: Context) -> list[str]:
    """Return the measured kinds that have at least one value, in the order of the table of measures."""
    frame = history(context)
    return [kind for kind in i18n.measures().index if kind in frame and frame[kind].notna().any()]


@kept
def years(context: Context, kind: str) -> list[int]:
    """Return the years in which a kind has values. [year]"""
    frame = history(context)
    return sorted(int(y) for y in frame.loc[frame[kind].notna(), "year"].unique()) if kind in frame else []


@functools.lru_cache(maxsize=4)
def _forecast_set(store: Store, number: int) -> pd.DataFrame:  # noqa: ARG001  the number makes the key
    return forecast_store.latest(store)


def forecast_set(context: Context) -> forecast_store.ForecastSet | None:
    """Return the newest forecast set, or None."""
    return forecast_store.newest(context.store)


def forecasts(context: Context) -> pd.DataFrame:
    """Return the newest forecast of every cell, year and kind; empty when none was made."""
    found = forecast_set(context)
    return _forecast_set(context.store, 0 if found is None else found.id)


def forecast_years(context: Context, kind: str) -> list[int]:
    """Return the years after the last survey that have a forecast of a kind. [year]"""
    frame = forecasts(context)
    if len(frame) == 0:
        return []
    known = years(context, kind)
    ahead = frame.loc[frame["kind"] == kind, "year"].unique()
    return sorted(int(y) for y in ahead if not known or y > max(known))


@kept
def values(context: Context, kind: str, year: int) -> pd.DataFrame:
    """
    Return value, quality, day and year of a kind, one row a cell in the order of :func:`cells`.

    Parameters
    ----------
    year
        A year, or ``NEWEST``: then a survey of a few cells hides nothing of those that it did not pass.
    """
    frame = history(context)
    known = frame[frame[kind].notna()] if kind in frame else frame.iloc[:0]
    newest = known.sort_values("year", kind="stable").drop_duplicates("cell", keep="last")
    chosen = (newest if year == NEWEST else frame[frame["year"] == year]).set_index("cell")
    names = {kind: "value", f"{kind}_quality": "quality", f"{kind}_run": "run", f"{kind}{ENDING}": "surveyed_on"}
    picked = chosen[[c for c in [*names, "year"] if c in chosen]].rename(columns=names)
    return picked.reindex(cells(context)["cell"]).reset_index()


def forecast_values(context: Context, kind: str, year: int) -> pd.DataFrame:
    """Return value, low and high of a forecast, one row a cell in the order of :func:`cells`."""
    frame = forecasts(context)
    chosen = frame[(frame["kind"] == kind) & (frame["year"] == year)].set_index("cell")
    return chosen[["value", "low", "high"]].reindex(cells(context)["cell"]).reset_index()


@kept
def newest(context: Context) -> gpd.GeoDataFrame:
    """Return one row a cell with the newest known value of each kind, and the year of its last condition survey."""
    frame = history(context)
    known = kinds(context)
    last = frame.sort_values("year").groupby("cell")[known].last()
    condition = [k for k in known if i18n.measures().loc[k, "group"] == "condition"]
    surveyed = frame[frame[condition].notna().any(axis=1)].groupby("cell")["year"].max().rename("surveyed_year")
    return cells(context).merge(last, on="cell", how="left").merge(surveyed, on="cell", how="left")


@functools.cache
def limits(kind: str) -> pd.Series | None:
    """Return good_below, poor_above, source and status of a kind in its own unit; None when it has no limits."""
    table = condition_limits()
    return table.loc[kind] if kind in table.index else None


def limits_in_force(kind: str) -> pd.Series | None:
    """
    Return good, poor, worse (high or low), source and status of a kind; None when it has no limits.

    Limits that the agency has set stand before those of the table of conditions.
    """
    given = current_app.config.get("GRADE_LIMITS", {}) if has_app_context() else {}
    own = _own_limits(json.dumps(given, sort_keys=True))
    if kind in own.index:
        return own.loc[kind]
    limit = limits(kind)
    if limit is None:
        return None
    names = {"good_below": "good", "poor_above": "poor"}
    return pd.Series({**limit.rename(names)[["good", "poor", "source", "status"]], "worse": "high"})


@functools.cache
def _own_limits(given: str) -> pd.DataFrame:
    """Return limits of kinds, those that the agency has set among them; a page asks for each of its values."""
    return grade_limits(json.loads(given))


def breaks(kind: str, values: pd.Series) -> list[float]:
    """
    Return the class borders of a kind: its limits, else the quintiles of the values rounded to its digits.

    Where the quintiles coincide, as they do when most values are 0, the border lies below the second smallest value;
    there is none when all values look the same.
    """
    limit = limits_in_force(kind)
    if limit is not None:
        return sorted([float(limit["good"]), float(limit["poor"])])
    known = values.dropna()
    if known.nunique() < 2:
        return []
    digits = int(i18n.measures().loc[kind, "digits"])
    cuts = np.unique(np.round(known.quantile([0.2, 0.4, 0.6, 0.8]).to_numpy(float), digits))
    apart = [float(c) for c in cuts if known.min() < c <= known.max()]
    if apart:
        return apart
    second = float(np.floor(known[known > known.min()].min() * 10**digits) / 10**digits)
    return [second] if second > known.min() else []


def grade(kind: str, value: float | None) -> str:
    """Return good, fair, poor, or nothing when there is no value or no limit."""
    if value is None or pd.isna(value):
        return ""
    limit = limits_in_force(kind)
    return "" if limit is None else limit_grade(float(value), limits=limit)


def lane_km(context: Context) -> float:
    """Return the length of all lanes. [km]"""
    frame = cells(context)
    return float((frame["to_m"] - frame["from_m"]).sum()) / 1000


@kept
def coverage(context: Context) -> pd.DataFrame:
    """Return kind × year: share of lane length that has a value. [%]"""
    frame = history(context)
    length = frame["to_m"] - frame["from_m"]
    known = kinds(context)
    seen = frame[known].notna().mul(length, axis=0).groupby(frame["year"]).sum().T
    return 100 * seen / (lane_km(context) * 1000)


@kept
def value_ages(context: Context) -> dict[str, list[float]]:
    """Return for each condition kind the lane length last surveyed 0-1, 2-3, 4 and more years ago, and never. [km]"""
    frame = history(context)
    now = max(dt.datetime.now(dt.UTC).year, int(frame["year"].max()))
    length = cells(context).set_index("cell").pipe(lambda c: c["to_m"] - c["from_m"]) / 1000
    ages = {}
    for kind in kinds(context):
        if i18n.measures().loc[kind, "group"] != "condition":
            continue
        last = frame[frame[kind].notna()].groupby("cell")["year"].max()
        years_ago = (now - last).reindex(length.index).fillna(np.inf)
        groups = pd.cut(years_ago, [-1, 1, 3, 1000, np.inf], labels=False).fillna(3)
        ages[kind] = length.groupby(groups).sum().reindex(range(4)).fillna(0.0).tolist()
    return ages


def table_label(name: str) -> str:
    """Return the label of a table in the present language."""
    frame = i18n.named_table("tables")
    return i18n.pick(frame.loc[name, "zh"], frame.loc[name, "en"]) if name in frame.index else name


@kept
def run_list(context: Context) -> pd.DataFrame:
    """
    Return every run, the last received first: its row in the store with counts and kinds of data, unpacked.

    Its number is that of its receipt: what becomes of a run later, a release too, changes no number.
    """
    frame = runs.runs(context.store)
    # reports that people wrote have pages of their own
    frame = frame[frame["package"] != FORM].sort_values("published_at", ascending=False, kind="stable")
    frame = frame.reset_index(drop=True)
    counts = [json.loads(text) for text in frame["counts"]]
    return frame.assign(
        counts=pd.Series(counts, index=frame.index, dtype=object),
        number=range(len(frame), 0, -1),
        kinds=pd.Series([[n for n, c in count.items() if c] for count in counts], index=frame.index, dtype=object),
    )


@kept
def faults(context: Context) -> pd.DataFrame:
    """Return the refused records of all runs in force, with their run; notes that cost no record are left out."""
    found = listed(context)
    return found[found["in_force"] & ~found["rule"].isin(NOTES)]


@kept
def listed(context: Context) -> pd.DataFrame:
    """Return refused records and notes of every run, with their run and whether it is in force."""
    frame = runs.runs(context.store)
    parts = [
        runs.faults(context.store, row.run).assign(run=row.run, in_force=row.state == "published")
        for row in frame.itertuples()
        if row.faults
    ]
    return pd.concat(parts, ignore_index=True) if parts else no_faults().assign(run="", in_force=False)


def decisions(context: Context, run: str) -> list[dict[str, str]]:
    """Return who withdrew, put back, released or rejected a run, when and why, oldest first."""
    trail = audit.trail(context.store)
    mine = trail[(trail["subject"] == run) & trail["action"].isin(["withdraw", "reinstate", "release", "reject"])]
    return [
        {"at": r.at, "user": r.user, "action": r.action, "reason": json.loads(r.detail)["reason"]}
        for r in mine.itertuples()
    ]


@kept
def last_survey(context: Context) -> str:
    """Return the day of the newest survey of any cell."""
    days = history(context)["surveyed_on"].dropna()
    return f"{days.max():%Y-%m-%d}" if len(days) else "–"


def run_title(context: Context, run: str) -> str:
    """Return the title of a run, or the start of its name when it is not known."""
    frame = run_list(context)
    found = frame.loc[frame["run"] == run, "title"]
    return str(found.iloc[0]) if len(found) and found.iloc[0] else run[:12]
