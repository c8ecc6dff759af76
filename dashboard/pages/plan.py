"""The plan as a whole: condition with and without it, money by year, and a new plan for those who may."""

from __future__ import annotations

import dash
import pandas as pd
from dash import dcc, html

from dashboard import (
    charts,
    decisions_card,
    guard,
    i18n,
    plan_approval,
    plan_beside,
    plan_form,
    plan_history,
    plan_list,
    plan_projects,
    plan_view,
    ui,
)
from dashboard.context import Context
from dashboard.i18n import measure_label, number, t, unit_text
from dashboard.pages.worklist import answer_notes, plan_figures, plan_note

PATH, TITLE, ICON, MENU, PERMISSION = "/plan", "Plan summary", "plan", True, "view"
CHOICE = True
_MOST_LISTED = 100
_PLACE = ("route", "direction", "lane", "from_m", "to_m")
# axes of shares reach at least this far [%]
_LEAST_SHARE = 10.0
# a mean over less of the area than this says so
_NEARLY_ALL = 0.95
_LEAST_KNOWN = 0.01


def layout(context: Context, name: str = "") -> html.Div:
    """Return the page of the plan of that name, else of the newest; an older one is only to be read."""
    plan = plan_view.chosen(context, name)
    maker = plan_form.card(context) if guard.allowed("plan") else None
    if plan is None:
        return ui.page(t(TITLE), maker, ui.empty(t("No plan has been made yet."), t("Train, forecast and plan first.")))
    return ui.page(
        t(TITLE),
        plan_list.older(context, plan, PATH),
        ui.figures(plan_figures(plan)),
        *answer_notes(plan),
        _condition(plan),
        plan_projects.projects_card(plan),
        plan_beside.baselines_card(plan),
        plan_beside.limits_card(plan),
        html.Div([_money(plan), _left(plan), _without_work(plan)], className="halves"),
        plan_history.card(context, plan) if plan_view.is_newest(context, plan) else None,
        decisions_card.card(context, plan),
        plan_approval.card(context, plan),
        maker,
        plan_list.card(context, plan),
        note=plan_note(context, plan),
        actions=[plan_form.link()] if maker else [],
    )


def _condition(plan: plan_view.PlanView) -> html.Section:
    frame = plan.condition
    title = t("Condition of the network with the plan and without work")
    if not len(frame):
        return ui.card(title, ui.empty(t("The plan on record holds no condition by year.")))
    known = frame.groupby("kind", sort=False)["known_share"].first() if "known_share" in frame else {}
    # what nobody measured has no course to show
    shown = [kind for kind in frame["kind"].unique() if known.get(kind, 1.0) >= _LEAST_KNOWN]
    shown = [kind for kind in shown if _changes(frame[frame["kind"] == kind])]
    boxes = [box for kind in shown for box in _kind_boxes(frame[frame["kind"] == kind], str(kind))]
    note = t("by pavement area, at the end of each year; the first point is the start")
    basis = t(
        "Each treatment length counts as a whole, at the mean of its cells: without work the means here are those of "
        "the map a year later. Whether a length is poor is judged by that mean, on the map cell by cell, so shares of "
        "poor area differ."
    )
    return ui.card(title, html.P(basis, className="note basis"), html.Div(boxes, className="charts"), note=note)


def _changes(frame: pd.DataFrame) -> bool:
    """Return whether a kind has a course: what no model forecasts stands at the level of its last survey."""
    bare = frame.loc[frame["scenario"] == "nothing", "mean"]
    judged = "poor_share" in frame and frame["poor_share"].notna().any()
    return judged or bare.max() != bare.min()


def _kind_boxes(frame: pd.DataFrame, kind: str) -> list[html.Div]:
    if kind not in i18n.measures().index:
        return []
    row = i18n.measures().loc[kind]
    boxes = [(measure_label(kind), "mean", unit_text(str(row["unit"])), int(row["digits"]), 1.0, 0.0)]
    if "poor_share" in frame and frame["poor_share"].notna().any():
        boxes.append((t("{measure}: share of area that is poor", measure=measure_label(kind, unit=False)),
                      "poor_share", "%", 1, 100.0, _LEAST_SHARE))  # fmt: skip
    known = float(frame["known_share"].iloc[0]) if "known_share" in frame else 1.0
    beside = t("known on {share} % of the area", share=number(100 * known, 1)) if known < _NEARLY_ALL else ""
    return [
        html.Div(
            [
                html.H3([title, html.Span(beside, className="note")]),
                dcc.Graph(
                    figure=charts.lines(
                        _by_scenario(frame, column, scale), unit=unit, digits=digits, height=230, least=least
                    ),
                    config=charts.CONFIG,
                    style={"height": "230px"},
                ),
            ]
        )
        for title, column, unit, digits, scale, least in boxes
    ]


def _by_scenario(frame: pd.DataFrame, column: str, scale: float) -> dict[str, pd.Series]:
    names = {"plan": t("With the plan"), "nothing": t("Without work")}
    return {
        text: frame[frame["scenario"] == scenario].set_index("year")[column].sort_index() * scale
        for scenario, text in names.items()
    }


def _money(plan: plan_view.PlanView) -> html.Section:
    spent = plan.actions.groupby("year")["cost"].sum().reindex(plan.budgets.index).fillna(0.0)
    figure = charts.money(spent, plan.budgets)
    lines = [
        [i18n.year_text(int(y)), number(spent[y]), number(plan.budgets[y]), number(plan.budgets[y] - spent[y])]
        for y in plan.budgets.index
    ]
    heads = [t("Year"), t("Cost [NT$]"), t("Budget [NT$]"), t("Left over [NT$]")]
    return ui.card(
        t("Money by year"),
        dcc.Graph(figure=figure, config=charts.CONFIG, style={"height": "260px"}),
        ui.table(heads, lines, numeric=[1, 2, 3]),
    )


def _without_work(plan: plan_view.PlanView) -> html.Section | None:
    """Return the treatment lengths without work and why: first those that could not be planned, which may be bad."""
    frames = [f for f in (plan.unplanned, plan.left) if len(f) and "unit" in f]
    if not frames:
        return None
    named = pd.concat(frames).merge(plan.units[["unit", *_PLACE]], on="unit")
    lines = [
        [i18n.place(*(row[c] for c in _PLACE)), i18n.pick(row["reason_zh"], row["reason_en"])]
        for row in named.head(_MOST_LISTED).to_dict("records")
    ]
    more = t("The first {shown} of {all} are listed.", shown=len(lines), all=number(len(named)))
    return ui.card(
        t("Treatment lengths without work"),
        ui.table([t("Treatment length"), t("Reason")], lines),
        html.P(more, className="note") if len(named) > len(lines) else None,
        wide=True,
    )


def _left(plan: plan_view.PlanView) -> html.Section:
    by_treatment = plan.actions.groupby("treatment").agg(
        count=("unit", "size"), area=("area_m2", "sum"), cost=("cost", "sum")
    )
    lines = [
        [i18n.treatment_text(str(name)), number(row["count"]), number(row["area"]), number(row["cost"])]
        for name, row in by_treatment.sort_values("cost", ascending=False).iterrows()
    ]
    heads = [t("Treatment"), t("Actions"), t("Area [m²]"), t("Cost [NT$]")]
    facts = [
        (t("Treatment lengths"), number(len(plan.units))),
        (t("with work"), number(plan.actions["unit"].nunique())),
        (t("without work"), number(len(plan.left)) if "unit" in plan.left else "–"),
        (t("could not be planned"), number(len(plan.unplanned))),
    ]
    return ui.card(t("Work by treatment"), ui.table(heads, lines, numeric=[1, 2, 3]), html.Br(), ui.facts(facts))


def register(app: dash.Dash, context: Context) -> None:
    """Register the callbacks of the page."""
    plan_approval.register(app, context, layout)
    plan_form.register(app, context)
    plan_history.register(app, context)
