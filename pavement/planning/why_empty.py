"""Why a plan holds no work, and what would change that."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.planning.basis import Basis
from pavement.planning.forbidden import barred_units
from pavement.planning.limit_rows import Rows
from pavement.planning.override_costs import free_strategies
from pavement.planning.policy import Answer
from pavement.planning.strategies import OF_PROJECT

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


class Why(NamedTuple):
    """A reason in both languages, and its cure in English; all "" where there is none."""

    zh: str = ""
    en: str = ""
    cure: str = ""


_NO_UNITS = Why("沒有處理單元。", "There are no treatment lengths.")
_NOT_KNOWN = Why("所有處理單元都缺少現況或預測。", "Condition or forecast is missing for every treatment length.")
_FORBIDDEN = Why(
    "達到工法條件之工程均經人員決定禁止或延後。",
    "Decisions forbid or defer every work that is triggered.",
    "Withdraw a decision.",
)
_NOT_TRIGGERED = Why(
    "計畫期內沒有任何處理單元達到工法條件且有效益。",
    "No treatment is triggered with any gain on any treatment length in the plan years.",
)
_HOLDS = Why(
    "不施作任何工程即符合所有限制；最低費用為 0。",
    "All limits hold without any work; the least cost is NT$ 0.",
    "Tighten a limit to ask for more.",
)
_OTHER_YEARS = Why(
    "沒有任何工程可納入其施作年度之預算。",
    "No work fits into the budget of its year.",
    "Give a larger budget in the years of works.",
)
_NO_PROJECT = Why(
    "沒有任何達最短長度之專案可納入各年度預算與限制，或其效益不敷動員。",
    "No project of the shortest length or more fits into the budgets and limits.",
    "Give a larger budget, or allow shorter projects.",
)
_NO_GAIN = Why(
    "可納入預算與限制之工程均無效益。",
    "No work that fits into the budgets and limits gains anything.",
    "Give a larger budget, or ease a limit.",
)


def why_empty(ready: Basis, answer: Answer, money: pd.Series, limits: pd.DataFrame, missing: Bools) -> Why:
    """
    Return why a plan holds no work.

    Parameters
    ----------
    ready, answer
        The basis of the plan, and its answer without works.
    money, limits
        Budgets by calendar year [NT$], and limits of the plan.
    missing
        (N,) units whose forecast is missing.
    """
    if ready.units.empty:
        return _NO_UNITS
    if missing.all():
        return _NOT_KNOWN
    if ready.strategies.empty:
        return _FORBIDDEN if _forbidden(ready, pruned=limits.empty) else _NOT_TRIGGERED
    if answer.objective == "cost":
        return _HOLDS
    return _of_limits(ready, answer, money, limits)


def _forbidden(ready: Basis, *, pruned: bool) -> bool:
    barred = barred_units(ready.look.barred)
    return bool(len(barred)) and not free_strategies(ready, barred, pruned=pruned).empty


def _of_limits(ready: Basis, answer: Answer, money: pd.Series, limits: pd.DataFrame) -> Why:
    """Return which budgets or limits each strategy passes by itself, if all do."""
    most, projects = max(0.0, float(money.max())), answer.projects is not None
    own = _own_mobilisation(ready) if projects else np.zeros(len(ready.strategies))
    least = float((ready.strategies["first_cost"].to_numpy(float) + own).min())
    if most < least:
        return Why(
            f"每年預算 {most:,.0f} 元容不下任何工作；最便宜者需 {least:,.0f} 元。",
            f"No work fits into a budget of NT$ {most:,.0f} a year; the cheapest costs NT$ {least:,.0f}.",
            "Give a larger budget.",
        )
    budget, over, ids = _passed(answer.rows, len(money), limits)
    if budget.all():
        return _OTHER_YEARS
    if (budget | over).all():
        kinds = limits.drop_duplicates("id").set_index("id")["kind"]
        named = ", ".join(f"{one} ({kinds[one]})" for one in ids)
        return Why(f"沒有任何工程可納入限制 {named}。", f"No work fits the limits {named}.", "Ease these limits.")
    return _NO_PROJECT if projects else _NO_GAIN


def _own_mobilisation(ready: Basis) -> Floats:
    """Return what the first works need of mobilisation; costs in projects are told without it. [NT$]"""
    price = ready.catalogue.treatments[OF_PROJECT].astype(float)
    return np.asarray(ready.strategies["first"].astype(str).map(price).fillna(0.0), dtype=np.float64)


def _passed(rows: Rows, years: int, limits: pd.DataFrame) -> tuple[Bools, Bools, list[str]]:
    """Return whether strategies pass a budget, and another limit, and the limits passed by those in the budgets."""
    c = rows.choices
    # a limit below 0 asks for amounts below 0, which pass nothing
    most = np.append(np.where(rows.limits < 0, np.inf, rows.limits), np.inf)
    over = c.amount > most[c.row]
    of_budget = c.row < years
    budget, beyond = (over & of_budget).any(axis=1), over & ~of_budget
    passed = np.unique(c.row[beyond & ~budget[:, None]].astype(np.int64)) - years
    return budget, beyond.any(axis=1), limits["id"].iloc[passed].drop_duplicates().astype(str).tolist()
