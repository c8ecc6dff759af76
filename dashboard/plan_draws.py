"""How firmly the works of a kept plan stand: the plan made anew in draws of the forecast, and kept with it."""

from __future__ import annotations

import pandas as pd

from dashboard.policy_files import in_offices, project_rules
from dashboard.workflow import plan_inputs
from models.draws import require_enough
from models.unit_draws import one_by_one, unit_draws
from pavement.errors import PlanError
from pavement.planning.basis import Basis, basis
from pavement.planning.committed import FIRST, paired
from pavement.planning.economics import parameters
from pavement.planning.limits import no_limits
from pavement.planning.outlook import at_edge
from pavement.planning.project_answer import Joined, best_answer, ready_to_join
from pavement.planning.stability import Stability, stability
from pavement.progress import Progress
from pavement.settings import Settings
from pavement.store import catalogues, forecasts, plan_decisions, plans, runs
from pavement.store.database import Store
from pavement.store.work_details import STABILITY

# of a kept table of limits, what the plan made of them
_USED = ["used", "price", "binding"]


def add_draws(store: Store, settings: Settings, *, draws: int, user: str, progress: Progress) -> str:
    """
    Make the newest plan anew in draws of the forecast, keep how often each work stays, and say it.

    Raises
    ------
    PlanError
        There are too few draws or no plan, it is older than the data or the forecast, or it holds no works.
    """
    require_enough(draws)
    saved = plans.newest(store)
    if saved is None:
        raise PlanError("There is no plan yet.", cure="Make one: pavement plan.")
    if plans.is_stale(store, saved):
        raise PlanError(f"{saved.plan} is older than the newest data or forecast.", cure=_cure(store))
    if (plan_decisions.standing(store)["decided_at"].astype(str) > saved.created_at).any():
        raise PlanError(f"People decided on lengths after {saved.plan} was made.", cure="Make it again: pavement plan.")
    works = plans.frame(store, saved, "actions")
    if works.empty:
        raise PlanError(f"{saved.plan} holds no works.", cure="Raise the budget, or look at what stands in its place.")
    found = _stability(store, settings, saved, works, draws=draws, progress=progress)
    plans.add_frame(store, saved, STABILITY, found.works, user=user, draws=draws)
    return f"{saved.plan}: {words(found, draws)}"


def _cure(store: Store) -> str:
    """Return how a plan comes up to date: one made on an old forecast would be as old."""
    newest = forecasts.newest(store)
    if newest is None or newest.data_version < runs.data_version(store):
        return "Forecast again, then make it again: pavement forecast, then pavement plan."
    return "Make it again: pavement plan."


def _stability(
    store: Store, settings: Settings, saved: plans.SavedPlan, works: pd.DataFrame, *, draws: int, progress: Progress
) -> Stability:
    """Return how the works of a plan stand in draws, under the budgets, limits and decisions that it was made with."""
    # the tables named in the settings may have changed since: those of the plan are kept with it
    kept = saved.summary["settings"] | {"plan_limits": "", "plan_budgets": ""}
    own = settings.replaced(**kept)
    ready = plan_inputs(store, own)
    if not catalogues.is_that_of(store, saved, ready.kept):
        raise PlanError(f"{saved.plan} was made with another catalogue.", cure="Make it again: pavement plan.")
    lengths = in_offices(ready.lengths.drop(columns="office", errors="ignore"), store, own)
    if missing := sorted(set(works["unit"]) - set(lengths["unit"])):
        raise PlanError(
            f"{saved.plan} has a work on {missing[0]!r}, which is no treatment length now.",
            cure="Make it again: pavement plan.",
        )
    money = pd.Series({int(y): float(v) for y, v in saved.summary["budgets"].items()}, name="budget").sort_index()
    held = plans.frame(store, saved, "limits") if "limits" in saved.objects else no_limits()
    limits = held.drop(columns=_USED, errors="ignore")
    edge, objective = str(kept.get("plan_edge", "mean")), str(kept.get("plan_objective", "benefit"))
    rules = project_rules(own)
    joined = None if rules is None else Joined(rules, ready.catalogue)
    units, treatments = ready_to_join(lengths.drop(columns="cells"), ready.catalogue, joined)
    pruned = limits.empty
    start = basis(
        units,
        years=range(int(money.index[0]), int(money.index[-1]) + 1),
        forecast=at_edge(ready.forecast, edge),
        catalogue=treatments,
        discount_rate=float(own["discount_rate"]),
        committed=decided(works),
        forbidden=ready.decided.fitted.forbidden,
        pruned=pruned,
        progress=progress,
    )
    steps = len(money) + int(parameters()["tail_years"])
    asked = tuple(start.look.untreated)
    drawn = unit_draws(store, lengths, kinds=asked, first=int(money.index[0]), years=steps, n=draws, settings=own)

    def planned(one: Basis) -> pd.DataFrame:
        return best_answer(one, money, limits, joined, objective=objective, within=parameters()["draw_gap"]).works

    return stability(
        start,
        works,
        planned=planned,
        futures=one_by_one(drawn),
        count=draws,
        pruned=pruned,
        progress=progress,
    )


def decided(works: pd.DataFrame) -> pd.DataFrame:
    """Return the works of a plan that it was made to hold, a row a unit; their shares in a mobilisation are open."""
    return paired(works[works["status"] == "committed"].reindex(columns=["unit", *FIRST]))


def words(found: Stability, draws: int) -> str:
    """Say how firmly the works of a plan stand."""
    works = found.works
    met, firm = draws - found.unmet, parameters()["firm_share"]
    share = works["stays"] / max(met, 1)
    near, unit = (float(works[c].mean()) / max(met, 1) for c in ("stays_near", "stays_unit"))
    stand = int((share >= firm).sum())
    said = (
        f"in {met} draws of the forecast {share.mean():.0%} of its works stay as they are, {near:.0%} in that or a "
        f"near year, and {unit:.0%} of their lengths get some work; {stand} of {len(works)} works stay in "
        f"{firm:.0%} of the draws or more. On the forecast of the plan itself the same search finds "
        f"{works['again'].mean():.0%} of them again."
    )
    return said + (f" In {found.unmet} draws the limits cannot be met." if found.unmet else "")
