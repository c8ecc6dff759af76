"""Confidence in a work of the plan: how good the data and the forecast are that it rests on."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pavement.planning.work_condition import KINDS, weighted
from pavement.schema import read_table

LEVELS = ("high", "medium", "low")
_EXTRAPOLATED, _CURVE = "extrapolated", "curve"


def confidence(numbers: pd.DataFrame) -> pd.DataFrame:
    """
    Return the confidence of works: the lowest level that a rule of ``confidence_rules.csv`` gives, and why.

    Parameters
    ----------
    numbers
        A column a number of the rules, see :func:`evidence`; a missing number breaks no rule.

    Returns
    -------
    frame
        confidence (high, medium, low), why_zh, why_en: the rules that lower it, the strictest of each number.
    """
    level = np.zeros(len(numbers), dtype=int)
    said: dict[str, list[list[str]]] = {k: [[] for _ in range(len(numbers))] for k in ("zh", "en")}
    rules = read_table("confidence_rules").sort_values("at_least", ascending=False, kind="stable")
    for name, rows in rules.groupby("number", sort=False):
        value = numbers[str(name)].to_numpy(float)
        told = np.zeros(len(numbers), dtype=bool)
        for rule in rows.to_dict("records"):
            met = (value >= float(rule["at_least"])) & ~told
            told |= met
            level[met] = np.maximum(level[met], LEVELS.index(str(rule["level"])))
            for at in np.flatnonzero(met):
                for language, lines in said.items():
                    lines[at].append(str(rule[language]).format(value=_text(value[at], str(rule["unit"]))))
    words = {f"why_{k}": ["；".join(v) if k == "zh" else "; ".join(v) for v in lines] for k, lines in said.items()}
    names = np.array(LEVELS, dtype=object)[level]
    return pd.DataFrame({"confidence": names, **words}, index=numbers.index).astype("str")


def _text(value: float, unit: str) -> str:
    return f"{100 * value:.0f} %" if unit == "share" else f"{value:.0f}"


def evidence(
    own: pd.DataFrame, actions: pd.DataFrame, ahead: pd.DataFrame, surveys: pd.DataFrame, *, planned: int
) -> pd.DataFrame:
    """
    Return the numbers that rules of confidence ask for, a row a work.

    Parameters
    ----------
    own
        From :func:`pavement.planning.work_condition.cells_of_works`.
    actions
        Columns year, and later: whether an earlier work of the plan comes first.
    ahead
        Table ``forecasts``.
    surveys
        Indexed by cell: year of the newest survey of the forecast kinds, and its coverage. [-]
    planned
        First year of the plan.
    """
    rows = own.assign(year=actions["year"].to_numpy(int)[own["action"]]).merge(
        _flags(ahead), on=["cell", "year"], how="left"
    )
    at, length = rows["action"].to_numpy(), rows["length"].to_numpy(float)
    flags = ("extrapolated", "by_curve", "doubted")
    shares = {name: weighted(rows[name].to_numpy(float), length, at) for name in flags}
    shares["unforecast"] = weighted(rows["extrapolated"].isna().to_numpy(float), length, at)
    survey = surveys.reindex(rows["cell"])
    shares["unsurveyed"] = weighted(1.0 - survey["coverage"].fillna(0.0).to_numpy(float), length, at)
    last = weighted(survey["year"].to_numpy(float), length, at).reindex(range(len(actions)))
    # half a year over is not yet the next one
    shares["survey_age"] = np.floor(planned - last)
    shares["ahead"] = np.floor(pd.Series(actions["year"].to_numpy(float)) - last)
    shares["after_work"] = pd.Series(actions["later"].to_numpy(float))
    return pd.DataFrame(shares, index=range(len(actions)))


def _flags(ahead: pd.DataFrame) -> pd.DataFrame:
    """Return by cell and year whether any of the forecasts shown is extrapolated, of a curve, or doubted."""
    shown = ahead[ahead["kind"].isin(KINDS)]
    flags = pd.DataFrame(
        {
            "cell": shown["cell"].astype("str"),
            "year": shown["year"].astype(int),
            "extrapolated": (shown["basis"].eq(_EXTRAPOLATED) | _told(shown, "outside")).astype(float),
            "by_curve": shown["basis"].eq(_CURVE).astype(float),
            "doubted": _told(shown, "doubt").astype(float),
        }
    )
    return flags.groupby(["cell", "year"], as_index=False).max()


def _told(rows: pd.DataFrame, column: str) -> pd.Series:
    return rows[column].fillna("").astype(str).ne("") if column in rows else pd.Series(False, index=rows.index)
