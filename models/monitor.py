"""The monitor: what was forecast before a survey against what it found, by slice, with alarms by table."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.targets import TARGETS, target_of
from pavement.schema import read_table

Floats = NDArray[np.float64]
FOUND = ("cell", "kind", "year", "found", "set", "origin_year", "horizon", "value", "low", "high", "present", "model")
MONITOR = (
    "kind", "model", "by", "slice", "pairs", "cells", "bias", "bias_se", "rmse", "mae", "skill", "coverage", "nominal",
    "alarm",
)  # fmt: skip
ALL, FEW, UNDER, BIASED = "all", "too few", "under-covering", "biased"
# numbers of the cell by which the error is told apart, in classes of equal count
_CLASSED = ("esal", "age", "rain_mm", "heat_days")
_NAMED = ("year", "horizon", "family", "route")


@cache
def monitor_limit(name: str) -> float:
    """Return one number of ``monitor_limits.csv``."""
    return float(read_table("monitor_limits").set_index("name").loc[name, "value"])


def found_again(sets: pd.DataFrame, panel: pd.DataFrame, works: pd.DataFrame) -> pd.DataFrame:
    """
    Return the forecasts that a later survey can be held against, each with what the survey found.

    Parameters
    ----------
    sets
        Table ``forecasts`` of every kept set, with ``set`` (its number, growing with time) and ``known`` (the data
        version it was made from). Of sets that start from one survey the first counts; later ones are no new forecast.
    panel
        Table ``panel`` of what is published now.
    works
        Surfacing works of cells: cell (name), completed (decimal year) and ``known`` (data version that brought it).

    Returns
    -------
    matched
        cell, kind, year, found [unit of the kind], set, origin_year, horizon [year], value, low, high, present (what
        the forecast set out from) and model. A forecast is left out where work was completed between its origin and
        the survey, unless it was made knowing of the work. Calendar years are compared: a survey in March of a year
        and one in November both stand for it.
    """
    empty = pd.DataFrame(columns=list(FOUND))
    if sets.empty or panel.empty:
        return empty
    found = _found(panel)
    keys = ["cell", "kind", "origin_year"]
    first = sets[sets["set"] == sets.groupby(keys)["set"].transform("min")]
    start = first.loc[first["year"] == first["origin_year"], [*keys, "value"]].rename(columns={"value": "present"})
    ahead = first[first["year"] > first["origin_year"]].merge(start, on=keys)
    joined = ahead.merge(found, on=["cell", "kind", "year"])
    if joined.empty:
        return empty
    joined = joined[~_worked(joined, works)]
    matched = joined.assign(horizon=joined["year"] - joined["origin_year"])
    return matched[[*FOUND]].sort_values(["kind", "cell", "year", "origin_year"], ignore_index=True)


def _found(panel: pd.DataFrame) -> pd.DataFrame:
    """Return the last value of each cell, kind and calendar year, with its day (decimal year)."""
    parts = []
    for kind in [t for t in TARGETS if t in panel]:
        seen = panel.loc[panel[kind].notna(), ["unit", "time", kind]].sort_values("time")
        seen = seen.rename(columns={"unit": "cell", "time": "day", kind: "found"})
        seen = seen.assign(kind=kind, year=np.floor(seen["day"]).astype(int))
        parts.append(seen.drop_duplicates(["cell", "year"], keep="last"))
    return pd.concat(parts, ignore_index=True)


def _worked(joined: pd.DataFrame, works: pd.DataFrame) -> NDArray[np.bool_]:
    """Return whether a work that the forecast did not know lies between its origin and the survey."""
    rows = joined[["cell", "origin_year", "day", "known"]].reset_index(drop=True).rename_axis("row").reset_index()
    each = rows.merge(works[["cell", "completed", "known"]], on="cell", suffixes=("", "_work"))
    between = (each["completed"] >= each["origin_year"]) & (each["completed"] <= each["day"])
    # a work of the year of origin that was on record is what the forecast set out from
    known = (each["known_work"] <= each["known"]) & (each["completed"] < each["origin_year"] + 1)
    hit = each.loc[between & ~known, "row"].unique()
    return np.isin(np.arange(len(joined)), hit)


def monitor(matched: pd.DataFrame, cells: pd.DataFrame, *, level: float) -> pd.DataFrame:
    """
    Return what was forecast against what was found, for each kind over all and by slice.

    Parameters
    ----------
    matched
        From :func:`found_again`.
    cells
        cell, block, and where known family, route, esal, age, rain_mm, heat_days.
    level
        Nominal coverage of the intervals.

    Returns
    -------
    monitor
        kind, model (of the newest forecast judged), by (``all``, year, horizon, family, route, or a number in fifths),
        slice, pairs, cells, bias (mean of forecast minus found) and bias_se (by block) [unit of the kind], rmse, mae,
        skill over persistence, coverage and nominal of the interval, alarm: :data:`FEW`, the alarms of
        ``monitor_limits.csv``, or empty.
    """
    rows = matched.merge(cells, on="cell", how="left")
    known = [c for c in _CLASSED if c in rows]
    classes = {c: _classes(rows, c) for c in known}
    rows = rows.assign(**{ALL: "", **classes})
    parts = [
        {"kind": kind, "by": by, "slice": str(name)} | _judged(own, str(kind), level)
        for kind, mine in rows.groupby("kind", sort=False)
        for by in (ALL, *[c for c in _NAMED if c in rows], *known)
        for name, own in mine.groupby(by)
    ]
    return pd.DataFrame(parts, columns=list(MONITOR))


def _classes(rows: pd.DataFrame, column: str) -> pd.Series:
    """Return classes of equal count as the span of each in words; missing where the number is."""
    count = int(monitor_limit("slices"))
    cut = pd.qcut(rows[column].astype(float), count, duplicates="drop")
    words = {c: f"{c.left:,.4g} – {c.right:,.4g}" for c in cut.cat.categories}
    return cut.map(words).astype(object)


def _judged(own: pd.DataFrame, kind: str, level: float) -> dict[str, object]:
    error = (own["value"] - own["found"]).to_numpy(float)
    still = (own["present"] - own["found"]).to_numpy(float)
    inside = own["found"].between(own["low"], own["high"]).to_numpy()
    floor = float(np.mean(still**2))
    told = {
        "model": str(own.loc[own["set"].idxmax(), "model"]),
        "pairs": len(own),
        "cells": int(own["cell"].nunique()),
        "bias": float(error.mean()),
        "bias_se": _block_error(error, own["block"].astype(str).to_numpy()),
        "rmse": float(np.sqrt(np.mean(error**2))),
        "mae": float(np.mean(np.abs(error))),
        "skill": 1 - float(np.mean(error**2)) / floor if floor > 0 else float("nan"),
        "coverage": float(inside.mean()),
        "nominal": level,
    }
    return told | {"alarm": _alarm(told, kind)}


def _block_error(error: Floats, blocks: NDArray[np.object_]) -> float:
    """Return the standard error of the mean, where neighbours in a block err alike."""
    sums = pd.Series(error - error.mean()).groupby(blocks).sum().to_numpy(float)
    if len(sums) < 2:
        return float("nan")
    return float(np.sqrt((sums**2).sum() * len(sums) / (len(sums) - 1)) / len(error))


def _alarm(told: dict[str, object], kind: str) -> str:
    pairs, bias, error = (float(told[c]) for c in ("pairs", "bias", "bias_se"))  # type: ignore[arg-type]
    if pairs < monitor_limit("pairs_min") or np.isnan(error):
        return FEW
    coverage, level = float(told["coverage"]), float(told["nominal"])  # type: ignore[arg-type]
    beyond = abs(bias) > monitor_limit("bias_noise") * target_of(kind).noise
    raised = {
        UNDER: coverage < level - monitor_limit("coverage_short"),
        BIASED: beyond and abs(bias) > monitor_limit("bias_errors") * error,
    }
    return ", ".join(name for name, true in raised.items() if true)
