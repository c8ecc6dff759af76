"""Beside a plan: what usual ways to plan make of the same money, and what it uses of each limit."""

from __future__ import annotations

import pandas as pd
from dash import html

from dashboard import baseline_words, ui
from dashboard.i18n import measure_label, measures, number, t, unit_text, year_text
from dashboard.missed_limits import kind_text, scope_text
from dashboard.plan_view import PlanView
from pavement.planning.limits import LEAST

# a limit is told to hold the plan back where its price is above 0 and no more than this share of it is left
_NEAR = 0.01


def baselines_card(plan: PlanView) -> html.Section | None:
    """Return the table of the plan beside its baselines at the end of its years; None for a plan without them."""
    frame = plan.baselines
    if not len(frame):
        return None
    last = frame[frame["year"] == frame["year"].max()]
    kinds = [
        k
        for k in last["kind"].unique()
        if k in measures().index and last.loc[last["kind"] == k, "poor_share"].notna().any()
    ]
    mean = last[last["kind"] == "penalty"].set_index("method")["mean"]
    money = frame.drop_duplicates(["method", "year"]).groupby("method")["spent"].sum()
    benefit = last.drop_duplicates("method").set_index("method")["benefit"]
    names = baseline_words.way_names(decided=money.get("nothing", 0.0) > 0)
    paid = baseline_words.mobilisation_cells(frame)
    poor = {kind: last[last["kind"] == kind].set_index("method")["poor_share"] for kind in kinds}
    whole = float(benefit.get("plan", 0.0))
    lines = [
        [
            text,
            number(100 * float(benefit[name]) / whole, 1) if whole > 0 else "–",
            number(money[name]),
            *paid.get(name, []),
            number(mean[name], 2),
            *[number(100 * poor[kind][name], 1) for kind in kinds],
        ]
        for name, text in names.items()
        if name in benefit.index
    ]
    heads = [t("Way to plan"), t("Benefit [% of the plan]"), t("Cost [NT$]")]
    heads += [t("Of it mobilisation [NT$]"), t("Behind by mobilisation, about [points]")] if paid else []
    heads += [t("Mean condition penalty")]
    heads += [t("{measure}: poor [% of area]", measure=measure_label(kind, unit=False)) for kind in kinds]
    note = (
        t(
            "the same lengths and budgets; condition at the end of the plan; other limits bind this plan only; usual "
            "ways choose single works, each with a mobilisation of its own, and do not join them into projects"
        )
        if len(plan.projects)
        else t("the same strategies and budgets; condition at the end of the plan; other limits bind this plan only")
    )
    table = html.Div(ui.table(heads, lines, numeric=range(1, len(heads))), className="wrap-heads")
    why = baseline_words.unspent(money, float(plan.budgets.sum()), names)
    why += [*baseline_words.poorer(plan, names, poor), *baseline_words.mobilisation_note(plan, paid)]
    return ui.card(t("Beside usual ways to plan"), table, *why, note=note, wide=True)


def limits_card(plan: PlanView) -> html.Section | None:
    """Return the table of limits and what the plan uses of each; None where nothing but money is limited."""
    if not len(plan.limits):
        return None
    lines = [limit_line(row) for _, row in plan.limits.iterrows()]
    heads = [
        t("Plan limit"),
        t("What is limited"),
        t("Year"),
        t("Used"),
        "",
        t("Limit value"),
        t("Unit"),
        t("Price of the limit"),
        t("Holds back"),
    ]
    note = t("price: what one more unit of the limit would bring, in benefit, or in NT$ at least cost")
    return ui.card(t("Limits of the plan"), ui.table(heads, lines, numeric=[3, 5, 7]), note=note, wide=True)


def limit_line(row: pd.Series) -> list[str]:
    """Return a limit as the cells of a row: id, what, year, used, sign, limit, unit, price, whether it holds back."""
    what, scope = kind_text(str(row["kind"])), scope_text(str(row["scope"]))
    sign = "≥" if row["side"] == LEAST else "≤"
    digits = 0 if abs(row["limit"]) >= 1000 else 2
    return [
        str(row["id"]), f"{what} {scope}".strip(), year_text(int(row["year"])), number(row["used"], digits), sign,
        number(row["limit"], digits), unit_text(str(row["unit"])), *price_cells(row),
    ]  # fmt: skip


def price_cells(row: pd.Series) -> list[str]:
    """Return the price of a limit, and whether it holds the plan back."""
    price = row.get("price")
    if price is None or pd.isna(price):
        return ["–", "–"]
    near = abs(row["used"] - row["limit"]) <= _NEAR * abs(row["limit"])
    if not price > 0:
        return ["0", t("used up, but more would bring nothing") if near else t("no")]
    said = t("yes") if near else t("by its price; whole works leave room")
    return [f"{price:.3g}", said]
