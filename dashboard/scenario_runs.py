"""Scenarios answered on the newest forecast of a store, and kept there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from dashboard.scenario_files import scenario_file, scenario_form, scenario_toml
from dashboard.workflow import PlanInputs, plan_inputs
from pavement.condition.cell_traffic import stretch_growth
from pavement.errors import PlanError
from pavement.planning.bands import Edges, edges
from pavement.planning.basis import Basis, basis
from pavement.planning.budget_history import lane_km
from pavement.planning.outlook import Forecast, FromCells, at_edge
from pavement.planning.project_answer import Joined, ready_to_join
from pavement.planning.scenarios import Compared, Goal, Scenario, compared, money_alone
from pavement.progress import Progress
from pavement.settings import Settings
from pavement.store import published, scenario_sets
from pavement.store.database import Store

Asked = tuple[list[Scenario], list[Goal]]
_SETTINGS = ("annual_budget", "plan_years", "discount_rate", "plan_edge", "unit_length_min", "unit_length_max",
             "plan_projects", "project_length_min", "project_length_max")  # fmt: skip


def answered_file(store: Store, settings: Settings, path: Path, *, progress: Progress, keep_for: str = "") -> Compared:
    """
    Return the scenarios of a TOML file, answered on one outlook of the newest forecast.

    Parameters
    ----------
    keep_for
        Person in whose name they are kept for the page; empty to keep nothing.

    Raises
    ------
    PlanError
        There is no forecast, or the file is not what it must be.
    """
    ready = plan_inputs(store, settings)
    found = _answered(store, ready, settings, scenario_file(path, years=_years(ready), usual=ready.budgets), progress)
    if keep_for:
        _kept(store, settings, ready, found, given=scenario_toml(path), user=keep_for)
    return found


def keep_form(store: Store, settings: Settings, given: dict[str, Any], *, user: str, progress: Progress) -> str:
    """
    Answer what a form asks, keep it for the page, and say what was kept.

    Raises
    ------
    PlanError
        There is no forecast, or the form is not what it must be.
    """
    ready = plan_inputs(store, settings)
    found = _answered(store, ready, settings, scenario_form(given, years=_years(ready), usual=ready.budgets), progress)
    name = _kept(store, settings, ready, found, given=given, user=user)
    open_ones = found.summary.loc[found.summary["why"] != "", "scenario"].tolist()
    said = f"{name}: {len(found.summary)} questions answered side by side."
    return f"{said} Without an answer: {', '.join(open_ones)}." if open_ones else said


def _years(ready: PlanInputs) -> range:
    return range(int(ready.budgets.index[0]), int(ready.budgets.index[-1]) + 1)


def _answered(store: Store, ready: PlanInputs, settings: Settings, asked: Asked, progress: Progress) -> Compared:
    forecast = _once(ready.forecast)
    rules = ready.policy.projects
    joined = None if rules is None else Joined(rules, ready.catalogue)
    units, treatments = ready_to_join(ready.lengths.drop(columns="cells"), ready.catalogue, joined)
    start = basis(
        units,
        years=_years(ready),
        forecast=at_edge(forecast, ready.policy.edge),
        catalogue=treatments,
        discount_rate=float(settings["discount_rate"]),
        committed=ready.decided.kept,
        forbidden=ready.decided.fitted.forbidden,
        pruned=money_alone(*asked),
        progress=progress,
    )
    progress(2, 4, "forecast")
    # nothing is forecast or chosen by it: only what users pay grows with traffic
    growth = stretch_growth(start.units, published.table(store, "traffic"))
    start = replace(start, units=start.units.join(growth))
    return compared(start, *asked, ends=_edges(start, forecast), joined=joined, progress=progress)


def _edges(start: Basis, forecast: Forecast) -> Edges | None:
    """Return the edges of the outlook, None where the forecast tells no interval: then there is no band."""
    try:
        return edges(start, forecast)
    except PlanError:
        return None


def _once(forecast: Forecast) -> Forecast:
    """Return a forecast that reckons the untreated units once: its mean and both edges come from one answer."""
    if not isinstance(forecast, FromCells):
        return forecast
    untreated: Callable[[int], pd.DataFrame] = cache(lambda years: forecast.untreated(years=years))

    def again(*, years: int) -> pd.DataFrame:
        return untreated(years)

    return FromCells(forecast.states, again)


def _kept(
    store: Store, settings: Settings, ready: PlanInputs, found: Compared, *, given: dict[str, Any], user: str
) -> str:
    frames = {
        "scenario_summary": found.summary,
        "scenario_years": found.years,
        "scenario_condition": found.condition,
        "scenario_mix": found.mix,
        "scenario_limits": found.limits,
    }
    finite = {name: frame.replace([float("inf")], float("nan")) for name, frame in frames.items()}
    summary = {
        "asked": given,
        "settings": {name: settings[name] for name in _SETTINGS},
        "years": list(_years(ready)),
        "lane_km": lane_km(ready.lengths),
        "prices": "example, to confirm",
    }
    return scenario_sets.save(store, finite, summary=summary, forecast_set=ready.forecast_set, user=user).set
