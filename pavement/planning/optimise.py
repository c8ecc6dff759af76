"""The plan: which treatment, where and when, within the budget of each year, with a proven bound."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.planning.answer_words import proof_words
from pavement.planning.baselines import baselines
from pavement.planning.basis import Basis, basis, checked_budgets
from pavement.planning.condition_margins import alone, condition_margins, joined
from pavement.planning.considered import considered, margins
from pavement.planning.course import network_condition
from pavement.planning.decided_check import refuse_unkept
from pavement.planning.economics import parameters
from pavement.planning.explain import Evidence, explained
from pavement.planning.outlook import Forecast, at_edge
from pavement.planning.override_costs import Again, override_costs
from pavement.planning.penalty import penalty
from pavement.planning.policy import Answer, Policy
from pavement.planning.project_answer import Joined, best_answer, bound_at, each_alone, ready_to_join
from pavement.planning.project_margins import Within, within_projects
from pavement.planning.project_problem import mobilisations
from pavement.planning.project_ways import Ways
from pavement.planning.project_words import joined_with, with_project_words
from pavement.planning.rollout import untreated
from pavement.planning.treatments import Catalogue
from pavement.planning.why_empty import Why, why_empty
from pavement.planning.why_not import left_alone
from pavement.progress import Progress, silent

_USUAL = Policy()


@dataclass(frozen=True)
class Plan:
    """
    A plan with its proof.

    Attributes
    ----------
    actions
        Table ``actions``: one row a work, ranked; ``plan`` is empty until it is kept.
    condition
        year, scenario (``plan`` / ``nothing``), kind, mean, good_share, poor_share: by area, at the end of each year
        and, for the year before the first, at the start.
    budgets, spent, prices
        By year: money [NT$], money used [NT$], and the benefit one more NT$ would bring.
    limits
        id, kind, scope, year, side, limit, unit, used, price, binding: what the plan uses of each limit, what one more
        unit of it would bring, and whether it holds the plan back.
    baselines
        From :func:`pavement.planning.baselines.baselines`.
    value, bound, gap
        Benefit of the plan, proven upper bound of any plan, and ``(bound - value) / bound``. At least cost: the cost,
        the proven least of any plan [NT$], and how far above it the cost may lie.
    unplanned
        unit, reason_zh, reason_en: units that could not be planned, because their forecast is missing.
    left
        unit, reason_zh, reason_en: units for which no work was chosen, and why.
    reason_zh, reason_en
        Why the plan is empty; "" when it is not.
    cure
        What would change that, in English; "" where nothing would or the plan is not empty.
    considered
        From :func:`pavement.planning.considered.considered`.
    margins
        From :func:`pavement.planning.considered.margins`, with the columns of
        :func:`pavement.planning.condition_margins.condition_margins` where they were reckoned.
    overrides
        From :func:`pavement.planning.override_costs.override_costs`.
    projects
        Table ``plan_projects``; empty where each work stands by itself.
    method
        How the answer was found: units, strategies, status (how near the best it is proven to be, in words), the last
        word of the search, gap asked for, discount rate.
    """

    actions: pd.DataFrame
    condition: pd.DataFrame
    budgets: pd.Series
    spent: pd.Series
    prices: pd.Series
    limits: pd.DataFrame
    baselines: pd.DataFrame
    value: float
    bound: float
    gap: float
    unplanned: pd.DataFrame
    left: pd.DataFrame
    considered: pd.DataFrame
    margins: pd.DataFrame
    overrides: pd.DataFrame
    reason_zh: str
    reason_en: str
    cure: str
    projects: pd.DataFrame
    method: dict[str, str | int | float]


def plan(  # noqa: PLR0913
    units: pd.DataFrame,
    *,
    budgets: pd.Series,
    forecast: Forecast,
    catalogue: Catalogue,
    discount_rate: float,
    committed: pd.DataFrame | None = None,
    forbidden: pd.DataFrame | None = None,
    policy: Policy = _USUAL,
    progress: Progress = silent,
) -> Plan:
    """
    Return the plan with the largest discounted, traffic-weighted gain in condition within budgets and limits.

    Parameters
    ----------
    units
        One row a treatment length: unit, route, direction, lane, from_m, to_m [m], area_m2 [m2], and its state now: any
        of iri, rut, crack_percent, pothole_area, ism, age, sn, asphalt_mm, esal, aadt … in the units of their kinds,
        and what :func:`pavement.planning.cause.evidence` asks for. With ``free_year`` nothing is planned on a unit
        before that year, but for committed works.
    budgets
        Money of each plan year, indexed by calendar year; as many as years are planned. [NT$]
    forecast
        ``forecast(states, *, years)``: see :class:`pavement.planning.outlook.Forecast`.
    catalogue
        From :func:`pavement.planning.treatments.catalogue`.
    discount_rate
        Real rate. [1/year]
    committed
        Decided works: unit, year, treatment and optionally cost; they come off the top.
    forbidden
        Works that are not to be: unit, treatment ("" for any), before (calendar year, missing for all years).
    policy
        Limits beyond the budgets, what is sought, and the edge of the forecast.
    progress
        Told how far the plan is.

    Raises
    ------
    PlanError
        Units, budgets, limits or committed work are not what they must be, committed work exceeds a budget, or limits
        cannot be met: each is named with how far it is missed.

    Notes
    -----
    Prices of money from the linear programme [1]_ choose a strategy for each unit; what is over budget is repaired,
    what is left is filled, and pairs are exchanged; branch and bound finishes the core. The bound
    holds for every plan made of the strategies considered.

    References
    ----------
    .. [1] Karabakal, Bean, Lohmann (1994); Zhang, Fu, Gu, Ouyang, Hu (2017): Lagrangian duals for pavement programmes.
    """
    money = checked_budgets(budgets)
    calendar = range(int(money.index[0]), int(money.index[0]) + len(money))
    asked = policy.checked(units, years=calendar, catalogue=catalogue)
    together = None if policy.projects is None else Joined(policy.projects, catalogue)
    own, treatments = ready_to_join(units, catalogue, together)
    ready = basis(
        own,
        years=calendar,
        forecast=at_edge(forecast, policy.edge),
        catalogue=treatments,
        discount_rate=discount_rate,
        committed=committed,
        forbidden=forbidden,
        pruned=asked.empty,
        progress=progress,
    )
    progress(2, 4, "prices")

    def again(basis: Basis) -> Answer:
        return best_answer(basis, money, asked, together, objective=policy.objective)

    bound = None
    if together is not None:
        bound = partial(bound_at, money=money, limits=asked, joined=together, objective=policy.objective)
    answer = again(ready)
    refuse_unkept(answer.works, committed=committed, forbidden=forbidden)
    progress(3, 4, "reasons")
    made = _made(ready, answer, money, asked, policy.edge, catalogue, Again(again, bound))
    progress(4, 4, "plan")
    return made


def _made(  # noqa: PLR0913
    ready: Basis,
    answer: Answer,
    money: pd.Series,
    limits: pd.DataFrame,
    edge: str,
    catalogue: Catalogue,
    again: Again,
) -> Plan:
    """Return the plan as people see it; `catalogue` has mobilisation, `again` plans anew."""
    units, table = ready.units, ready.strategies
    prices = pd.Series(answer.solution.prices[: len(money)], index=money.index, name="price")
    evidence = Evidence(
        ready.look, answer.course, table, answer.rows.choices, answer.solution.taken, prices, money, ready.catalogue,
        answer.solution.prices, answer.objective, ready.causes, answer.projects is not None, _within(answer, ready),
        edge, answer.rows.limits,
    )  # fmt: skip
    listed = explained(answer.works, evidence)
    missing = np.asarray(np.isnan(penalty(ready.look.untreated, ready.look.curves)).any(axis=1))
    spent = answer.works.groupby("year")["cost"].sum().reindex(money.index).fillna(0.0).rename("spent")
    apart = mobilisations(table, catalogue, ready.committed)
    told = baselines(ready if answer.projects is None else each_alone(ready, catalogue), money, answer, apart)
    if answer.projects is not None and answer.alone is not None:
        listed = with_project_words(listed, answer.projects, answer.alone)
        own = told["method"] == "plan"
        told.loc[own, "mobilisation"] = float(answer.projects["mobilisation"].sum())
        told.loc[own, "spent"] = spent.reindex(told.loc[own, "year"]).fillna(0.0).to_numpy()
    why = Why() if len(listed) else why_empty(ready, answer, money, limits, missing)
    courses = {"plan": answer.course, "nothing": untreated(ready.look)}
    area = units["area_m2"].to_numpy(float)
    return Plan(
        actions=listed,
        condition=network_condition(courses, area, first_year=int(money.index[0]), years=len(money)),
        budgets=money,
        spent=spent,
        prices=prices,
        limits=answer.limits,
        baselines=told,
        value=answer.value,
        bound=answer.bound,
        gap=answer.gap,
        unplanned=_unplanned(units, missing),
        left=left_alone(units, evidence, missing),
        considered=considered(units, evidence),
        margins=_margins(ready, evidence, answer, limits, catalogue),
        overrides=override_costs(ready, answer, money, limits, again=again),
        reason_zh=why.zh,
        reason_en=why.en,
        cure=why.cure,
        projects=pd.DataFrame() if answer.projects is None else answer.projects,
        method={
            "units": len(units),
            "strategies": len(table),
            "status": proof_words(
                answer.gap, projects=answer.projects is not None, objective=answer.objective, language="en"
            ),
            "search": answer.solution.status,
            "gap_asked": parameters()["gap" if answer.projects is None else "project_gap"],
            "discount_rate": ready.discount_rate,
            "objective": answer.objective,
            "edge": edge,
            "projects": 0 if answer.projects is None else answer.projects["project"].nunique(),
        },
    )


def _within(answer: Answer, ready: Basis) -> Within | None:
    """Return what works gain within projects; None without projects, or where lengths are too many to value each."""
    if answer.problem is None or not len(ready.strategies) or len(ready.units) > parameters()["why_units"]:
        return None
    return within_projects(Ways(answer.problem), answer.solution.prices)


def _margins(
    ready: Basis, evidence: Evidence, answer: Answer, limits: pd.DataFrame, catalogue: Catalogue
) -> pd.DataFrame:
    """Return how far each answer is from another; by the condition only where money alone is limited."""
    found = margins(ready.units, evidence)
    if evidence.within is not None:
        found = found.merge(joined_with(answer.works), on="unit", how="left")
    if evidence.objective == "cost" or not limits.empty or not len(found):
        return found
    within = evidence.within
    net = alone(evidence.row_prices[: evidence.years]) if within is None else joined(within, ready, catalogue)
    pruned = answer.projects is None
    return found.merge(condition_margins(ready, net, pruned=pruned), on="unit", how="left")


def _unplanned(units: pd.DataFrame, missing: NDArray[np.bool_]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "unit": units["unit"].to_numpy(object)[missing],
            "reason_zh": "缺少現況或預測，未納入計畫；不代表狀況良好。",
            "reason_en": "Condition or forecast is missing, so it was not planned; this does not mean it is good.",
        }
    )
