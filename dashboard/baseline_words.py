"""Why usual ways to plan do better than the plan in one thing and worse in another, in words."""

from __future__ import annotations

from typing import Any

import pandas as pd
from dash import html

from dashboard import guard, i18n, ui
from dashboard.i18n import measure_label, number, t
from dashboard.plan_view import PlanView
from pavement.planning.baselines import behind_by_mobilisation

_USUAL = ("yearly", "ratio", "worst")
# share of the budgets that is seen to be left
_SEEN = 0.03
# where the form asks for limits
_LIMITS = "#plan-limits-text"


def way_names(*, decided: bool) -> dict[str, str]:
    """Return the names of the plan and of usual ways; works that people decided on stand in every way."""
    return {
        "plan": t("This plan"),
        "yearly": t("Best of each year in turn"),
        "ratio": t("List by benefit per cost"),
        "worst": t("Worst first"),
        # then this line is not free of money
        "nothing": t("Decided works only") if decided else t("Without work"),
    }


def mobilisation_cells(frame: pd.DataFrame) -> dict[str, list[str]]:
    """
    Return for each way what it pays for mobilisation, and about how many points it is behind by that.

    Points are hundredths of the benefit of the plan. Empty for a plan that was kept without.
    """
    if "mobilisation" not in frame or frame["mobilisation"].isna().all():
        return {}
    by = frame.groupby("method", sort=False)
    paid, whole = by["mobilisation"].first(), float(by["benefit"].first().get("plan", 0.0))
    behind = behind_by_mobilisation(frame)
    return {
        str(way): [number(paid[way]), number(100 * behind[way] / whole, 1) if way in _USUAL and whole > 0 else "–"]
        for way in paid.index
    }


def unspent(money: pd.Series, budget: float, names: dict[str, str]) -> list[Any]:
    """
    Return which usual ways leave seen more of the budgets unspent than the plan, and why; nothing where none does.

    Parameters
    ----------
    money
        What each way spends in all years. [NT$]
    budget
        Of all years. [NT$]
    names
        From :func:`way_names`.
    """
    if not budget > 0 or "plan" not in money:
        return []
    left = 1.0 - money / budget
    more = [way for way in _USUAL if way in left.index and left[way] > left["plan"] + _SEEN]
    if not more:
        return []
    ways = t(", ").join(
        t("“{way}” {share} % (NT$ {amount})", way=names[way], share=number(100 * left[way], 0),
          amount=number(budget - money[way]))
        for way in more
    )  # fmt: skip
    text = t(
        "Left unspent of the budgets: {ways}; by this plan {own} %. Usual ways do one work a length: once the lengths "
        "that a work suits have had theirs, or the next on the list does not fit into a year, money stays over. This "
        "plan may work on a length again, so not all of its lead is a better choice for the same money.",
        ways=ways,
        own=number(100 * left["plan"], 0),
    )
    return [html.P(text, className="because")]


def poorer(plan: PlanView, names: dict[str, str], poor: dict[str, pd.Series]) -> list[Any]:
    """Return where usual ways leave less of the area poor than the plan, why, and how to ask for that."""
    said = [text for kind, share in poor.items() if (text := _poorer(kind, share, names))]
    if not said:
        return []
    why = (
        t(
            "The plan costs as little as its limits allow; how much of the area is poor counts only where a limit says "
            "so."
        )
        if plan.objective == "cost"
        else t(
            "The plan makes the condition penalty saved in all years, by area and traffic, as large as it can; how "
            "much of the area is poor at the end is not what it seeks."
        )
    )
    way = (
        html.A(t("a limit poor_share in the form below"), href=_LIMITS, className="link")
        if guard.allowed("plan")
        else t("a limit poor_share in a new plan")
    )
    asks = [t("To ask for that: "), way, t(", or "), ui.link(t("a goal among the scenarios"), "/scenarios"), t(".")]
    gap = "" if i18n.language().startswith("zh") else " "
    return [html.P([i18n.sentences(*said, why), gap, *asks], className="because")]


def _poorer(kind: str, share: pd.Series, names: dict[str, str]) -> str:
    """Return the usual way that leaves least of the area poor, where that is seen to be less than by the plan."""
    others = share.reindex([way for way in _USUAL if way in share.index]).dropna()
    own = float(share.get("plan", float("nan")))
    if others.empty or not round(100 * float(others.min()), 1) < round(100 * own, 1):
        return ""
    return t(
        "{measure}: {own} % of the area is poor at the end under the plan, {other} % under “{way}”.",
        measure=measure_label(kind, unit=False),
        own=number(100 * own, 1),
        other=number(100 * float(others.min()), 1),
        way=names[str(others.idxmin())],
    )


def mobilisation_note(plan: PlanView, paid: dict[str, list[str]]) -> list[Any]:
    """Return what the points of mobilisation mean; nothing where works are not joined."""
    if not paid or not len(plan.projects):
        return []
    text = t(
        "Behind by mobilisation: the plan joins works into projects that pay one mobilisation, usual ways pay one for "
        "each work. Told is what they would gain more if they paid only the share of the plan and put the rest into "
        "more works at their own mean gain per NT$; the next works of a list gain less than its mean, so it is rather "
        "less. What remains is choice of works and years."
    )
    return [html.P(text, className="note")]
