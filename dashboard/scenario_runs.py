"""Scenarios of a file answered on the newest forecast of a store."""

from __future__ import annotations

from pathlib import Path

from dashboard.policy_files import scenario_file
from dashboard.workflow import plan_inputs
from pavement.planning.basis import basis
from pavement.planning.outlook import at_edge
from pavement.planning.scenarios import Compared, compared
from pavement.progress import Progress
from pavement.settings import Settings
from pavement.store.database import Store


def answered_file(store: Store, settings: Settings, path: Path, *, progress: Progress) -> Compared:
    """
    Return the scenarios of a TOML file, answered on one outlook of the newest forecast.

    Raises
    ------
    PlanError
        There is no forecast, or the file is not what it must be.
    """
    ready = plan_inputs(store, settings)
    years = range(int(ready.budgets.index[0]), int(ready.budgets.index[-1]) + 1)
    asked, goals = scenario_file(path, years=years, usual=ready.budgets)
    start = basis(
        ready.lengths.drop(columns="cells"),
        years=years,
        forecast=at_edge(ready.forecast, ready.policy.edge),
        catalogue=ready.catalogue,
        discount_rate=float(settings["discount_rate"]),
        committed=ready.decided.kept,
        forbidden=ready.decided.fitted.forbidden,
        pruned=False,
        progress=progress,
    )
    progress(2, 4, "scenarios")
    found = compared(start, asked, goals)
    progress(4, 4, "scenarios")
    return found
