"""The check list of a plan from all that the store knows of its places."""

from __future__ import annotations

import pandas as pd

from pavement.condition.latest_values import latest_values
from pavement.planning.plan_checks import plan_checks
from pavement.planning.work_condition import KINDS, cells_of_works, condition_now
from pavement.store import catalogues, plans, published, segments
from pavement.store.database import Store
from pavement.store.kept_lists import BRIDGES
from pavement.store.plan_why import overrides_of
from pavement.store.work_details import open_reports

# what is put off or not to be does not conflict with anything
_OFF = ("deferred", "rejected", "replaced")
# what people say against work at all
_AGAINST = _OFF[:2]
_KINDS_AGAINST = ("defer", "forbid")


def review(store: Store, plan: plans.SavedPlan, *, bridges: pd.DataFrame | None = None) -> pd.DataFrame:
    """
    Return the check list of a plan as it stands now: table ``plan_checks``.

    Parameters
    ----------
    bridges
        Table ``bridge_works``; the list in force when not given.
    """
    actions = plans.actions(store, plan)
    standing = actions[~actions["status"].isin(_OFF)].reset_index(drop=True)
    units = plans.frame(store, plan, "treatment_lengths")
    cells = segments.cells(store)
    history = published.table(store, "works")
    # works of this plan that are done stand in the history too
    history = history[~history["work"].astype(str).str.startswith(f"{plan.plan}-")].reset_index(drop=True)
    values = latest_values(segments.segment_table(store), history, kinds=list(KINDS))
    own = cells_of_works(units, cells)
    condition = condition_now(own, values, count=len(units)).assign(
        unit=units["unit"].to_numpy(), decided=units["unit"].isin(_decided(store, plan, actions)).to_numpy()
    )
    reports = open_reports(store, standing)
    told = standing.loc[reports["work"], ["unit", "year"]].reset_index(drop=True)
    return plan_checks(
        standing,
        units,
        cells,
        history=history,
        condition=condition,
        reports=pd.concat([reports[["record", "reported_on"]], told], axis=1),
        bridges=BRIDGES.kept(store) if bridges is None else bridges,
        treatments=catalogues.of_plan(store, plan).treatments,
    )


def _decided(store: Store, plan: plans.SavedPlan, actions: pd.DataFrame) -> set[str]:
    """Return the lengths on which people ruled out or put off work, before the plan was made or on its list."""
    before = overrides_of(store, plan)
    found = set(actions.loc[actions["status"].isin(_AGAINST), "unit"])
    return found | set(before.loc[before["kind"].isin(_KINDS_AGAINST), "unit"] if len(before) else [])
