"""The check list before a plan is approved: what an engineer would ask when driving along."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from pavement.condition.good_fair_poor import condition_limits
from pavement.condition.joins import overlaps
from pavement.planning.moratoria import moratorium_years
from pavement.planning.work_condition import KINDS, cells_of_works
from pavement.schema import measures, read_table, schema

SEVERITIES = ("stop", "doubt", "look")
_PLACE = ["unit", "route", "direction", "lane", "from_m", "to_m"]


def plan_checks(
    actions: pd.DataFrame,
    units: pd.DataFrame,
    cells: pd.DataFrame,
    *,
    history: pd.DataFrame,
    condition: pd.DataFrame,
    reports: pd.DataFrame,
    bridges: pd.DataFrame,
    treatments: pd.DataFrame,
) -> pd.DataFrame:
    """
    Return what is to be looked at in a plan, the gravest first: table ``plan_checks``.

    Parameters
    ----------
    actions
        Works of the plan that stand: those put off left out.
    units
        All treatment lengths of the plan.
    cells
        Table ``cells``.
    history
        Table ``works``: those without a day count for nothing, since they may be of any year.
    condition
        Mean of units now: unit, and any of iri, rut, crack_percent; ``decided`` where people ruled out or put off work.
    reports
        Open reports in works: unit, year, record, reported_on.
    bridges
        Table ``bridge_works``.
    treatments
        As ``treatments.csv``, for the moratoria.
    """
    events = _events(actions, cells, history)
    rules = read_table("plan_checks").set_index("check")
    found = [
        _most_often(events, rules[rules["window"].notna()]),
        _twice(events),
        _moratorium(events, moratorium_years(treatments)),
        _never(actions, condition),
        _open(reports),
        _bridges(actions, bridges),
    ]
    filled = [f for f in found if len(f)]
    columns = list(schema("plan_checks").index)
    if not filled:
        return pd.DataFrame(columns=columns)
    rows = pd.concat(filled, ignore_index=True).merge(units[_PLACE], on="unit")
    words = {k: [_said(rules, row, k) for row in rows.to_dict("records")] for k in ("zh", "en")}
    rows = rows.assign(severity=rows["check"].map(rules["severity"]), **words).astype({"year": "Int64"})
    grave = rows["severity"].map(SEVERITIES.index)
    order = rows.assign(grave=grave).sort_values(["grave", "check", "year", *_PLACE[1:5]], ignore_index=True)
    return order[columns]


def _said(rules: pd.DataFrame, row: Mapping[Any, Any], language: str) -> str:
    known = {"value": f"{rules.loc[row['check'], 'value']:g}"} | {
        str(k): _text(v, language) for k, v in row.items() if k not in ("zh", "en") and v == v
    }
    return str(rules.loc[row["check"], language]).format(**known)


def _text(value: Any, language: str) -> str:
    if isinstance(value, tuple):
        names = measures()["zh" if language == "zh" else "en"]
        return ("、" if language == "zh" else ", ").join(str(names.get(v, v)) for v in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _events(actions: pd.DataFrame, cells: pd.DataFrame, history: pd.DataFrame) -> pd.DataFrame:
    """Return works of the past and of the plan by cell: cell, year, treatment, planned, unit of planned ones."""
    own = cells_of_works(actions, cells)
    at = own["action"].to_numpy()
    plan = own[["cell"]].assign(
        year=actions["year"].to_numpy(int)[at],
        treatment=actions["treatment"].to_numpy(object)[at],
        unit=actions["unit"].to_numpy(object)[at],
        planned=True,
    )
    dated = history[history["completed_on"].notna()].reset_index(drop=True)
    joined = overlaps(dated, cells)
    row = joined["stretch"].to_numpy(np.int64)
    past = pd.DataFrame(
        {
            "cell": cells["cell"].astype(str).to_numpy()[joined["cell"].to_numpy(np.int64)],
            "year": pd.to_datetime(dated["completed_on"]).dt.year.to_numpy()[row],
            "treatment": dated["treatment"].to_numpy(object)[row],
        }
    ).assign(unit="", planned=False)
    past = past[past["treatment"] != "construction"].drop_duplicates(["cell", "year", "treatment"])
    return pd.concat([plan, past], ignore_index=True)


def _most_often(events: pd.DataFrame, rules: pd.DataFrame) -> pd.DataFrame:
    """Return units with more works than rules allow, each once: by the rule that is exceeded most."""
    found = pd.concat([_often(events, rule) for _, rule in rules.iterrows()], ignore_index=True)
    excess = found["count"].astype(float) / found["check"].map(rules["value"]).astype(float)
    order = excess.sort_values(ascending=False, kind="stable").index
    return found.loc[order].drop_duplicates("unit")


def _often(events: pd.DataFrame, rule: pd.Series) -> pd.DataFrame:
    """Return units on which more works than a rule allows fall in its window, which ends with a work of the plan."""
    window = int(rule["window"])
    # works of one year may be on record lane by lane: a cell counts them once
    once = events.sort_values("planned", ascending=False, kind="stable").drop_duplicates(["cell", "year"])
    ends = once[once["planned"]]
    pairs = ends.merge(once[["cell", "year"]], on="cell", suffixes=("", "_before"))
    inside = pairs[(pairs["year_before"] <= pairs["year"]) & (pairs["year_before"] > pairs["year"] - window)]
    by = inside.groupby(["unit", "cell", "year"], as_index=False).agg(
        count=("year_before", "size"),
        years=("year_before", lambda years: ", ".join(str(y) for y in sorted(years))),
    )
    worst = (
        by[by["count"] > rule["value"]].sort_values(["count", "year"], ascending=[False, True]).drop_duplicates("unit")
    )
    return worst[["unit", "year", "count", "years"]].assign(check=rule.name, window=window)


def _twice(events: pd.DataFrame) -> pd.DataFrame:
    plan = events[events["planned"]]
    count = plan.groupby(["cell", "year"])["unit"].transform("size")
    found = plan.assign(count=count)[count > 1].drop_duplicates(["unit", "year"])
    return found[["unit", "year", "count"]].assign(check="twice", years=found["year"])


def _moratorium(events: pd.DataFrame, wait: pd.Series) -> pd.DataFrame:
    """Return works of the plan that come before the moratorium of an earlier work at their place is over."""
    before = events.assign(value=events["treatment"].map(wait).fillna(0.0))[["cell", "year", "value", "planned"]]
    pairs = events[events["planned"]].merge(before, on="cell", suffixes=("", "_before"))
    gap = pairs["year"] - pairs["year_before"]
    # two works of the plan in one year are told as such; one on record in that year holds the place
    same = (gap == 0) & ~pairs["planned_before"]
    early = pairs.assign(gap=gap)[((gap > 0) | same) & (gap < pairs["value"])]
    first = early.sort_values(["gap", "year_before"]).drop_duplicates(["unit", "year"])
    return first.rename(columns={"year_before": "before"})[["unit", "year", "gap", "before", "value"]].assign(
        check="moratorium"
    )


def _never(actions: pd.DataFrame, condition: pd.DataFrame) -> pd.DataFrame:
    """Return units in poor condition by any of their measures that the plan leaves alone."""
    limits = condition_limits()
    kinds = [k for k in KINDS if k in condition and k in limits.index]
    poor = pd.DataFrame({k: condition[k].astype(float) > float(limits.loc[k, "poor_above"]) for k in kinds})
    left = ~condition["unit"].isin(actions["unit"])
    rows = poor[left & poor.any(axis=1)]
    names = [tuple(k for k in kinds if row[k]) for row in rows.to_dict("records")]
    decided = condition["decided"].reindex(rows.index).to_numpy(bool) if "decided" in condition else [False] * len(rows)
    return pd.DataFrame(
        {"unit": condition["unit"].reindex(rows.index), "kinds": pd.Series(names, index=rows.index, dtype=object)}
    ).assign(check=np.where(decided, "decided", "never"), year=np.nan)


def _open(reports: pd.DataFrame) -> pd.DataFrame:
    if reports.empty:
        return pd.DataFrame()
    told = reports.assign(day=pd.to_datetime(reports["reported_on"]).dt.strftime("%Y-%m-%d").fillna("?"))
    by = told.groupby(["unit", "year"], as_index=False).agg(records=("record", ", ".join), before=("day", "max"))
    return by.assign(check="report")


def _bridges(actions: pd.DataFrame, bridges: pd.DataFrame) -> pd.DataFrame:
    """Return works at the place and in the years of bridge works."""
    if bridges.empty:
        return pd.DataFrame()
    ways = bridges.assign(way=bridges["direction"].fillna("")).drop(columns="direction")
    pairs = actions[[*_PLACE, "year"]].merge(ways, on="route", suffixes=("", "_bridge"))
    hit = pairs[
        (pairs["way"].eq("") | pairs["way"].eq(pairs["direction"]))
        & (pairs["from_m"] < pairs["to_m_bridge"])
        & (pairs["to_m"] > pairs["from_m_bridge"])
        & pairs["year"].between(pairs["first_year"], pairs["last_year"])
    ]
    span = hit["first_year"].astype(int).astype(str) + "–" + hit["last_year"].astype(int).astype(str)
    note = hit["note"].fillna("").astype(str) if "note" in hit else ""
    return hit[["unit", "year"]].assign(check="bridge", before=span, records=note)
