"""The ranked work list of the current plan, with its money by year and its exports."""

from __future__ import annotations

import dash
import pandas as pd
from dash import Input, Output, State, html

from dashboard import grids, guard, i18n, plan_view, queries, ui
from dashboard.context import Context
from dashboard.i18n import number, t
from pavement.network.chainage import DIRECTION_NAMES, posted_measure

PATH, TITLE, ICON, MENU, PERMISSION = "/worklist", "Work list", "worklist", True, "view"


def layout(context: Context) -> html.Div:
    """Return the page."""
    plan = plan_view.newest(context)
    if plan is None:
        return ui.page(t(TITLE), ui.empty(t("No plan has been made yet."), t("Train, forecast and plan first.")))
    if not len(plan.actions):
        why = ui.empty(t("The plan holds no work."), i18n.pick(plan.reason_zh, plan.reason_en))
        return ui.page(t(TITLE), why, note=plan_note(context, plan))
    actions = []
    if guard.allowed("export"):
        actions = [
            ui.download("CSV", f"/export/worklist/{plan.id}.csv"),
            ui.download("Excel", f"/export/worklist/{plan.id}.xlsx"),
            ui.download("GeoPackage", f"/export/worklist/{plan.id}.gpkg"),
        ]
    grid = grids.grid(
        "worklist-grid", columns(), rows(plan.actions), row_id="rank", height="max(320px, calc(100vh - 440px))"
    )
    return ui.page(
        t(TITLE),
        ui.figures(plan_figures(plan)),
        _money(plan),
        html.Div(
            [
                html.Span(id="worklist-sum", **{"aria-live": "polite"}),
                html.Span(t("Click a row to open its segment."), className="note"),
            ],
            className="sum",
        ),
        grid,
        note=plan_note(context, plan),
        actions=actions,
    )


def plan_note(context: Context, plan: plan_view.PlanView) -> str:
    """Return the line that says what a plan is and rests on."""
    text = t(
        "{plan}, made {at} by {name} on data version {version}. Prices are examples, to confirm.",
        plan=plan.id,
        at=i18n.moment(plan.made_at, context.settings["timezone"]),
        name=plan.made_by,
        version=plan.data_version,
    )
    stale = t("Newer data or forecasts have come in since: make the plan again.")
    return f"{text} {stale}" if plan_view.is_stale(context, plan) else text


def million(amount: float) -> str:
    """Return money in millions of NT$."""
    return t("NT$ {amount} million", amount=f"{amount / 1e6:,.1f}")


def plan_figures(plan: plan_view.PlanView) -> list[tuple[str, str, str]]:
    """Return the key figures of a plan."""
    cost, budget = float(plan.actions["cost"].sum()), float(plan.budgets.sum())
    share = f"{100 * cost / budget:.1f} %" if budget > 0 else "–"
    years = f"{plan.budgets.index.min()}–{plan.budgets.index.max()}"
    return [
        (t("Actions"), number(len(plan.actions)), years),
        (t("Cost"), million(cost), t("{share} of the budget", share=share)),
        (t("Budget"), million(budget), years),
        (
            t("Benefit [M points × m² × years]"),
            number(plan.value / 1e6, 2),
            t("at most {bound} is possible: gap {gap}",
              bound=number(plan.bound / 1e6, 2), gap=f"{100 * plan.gap:.3f} %"),
        ),
    ]  # fmt: skip


def _money(plan: plan_view.PlanView) -> html.Div:
    spent = plan.actions.groupby("year")["cost"].agg(["sum", "count"])
    years = list(plan.budgets.index)
    heads = ["", *[str(y) for y in years], t("Total")]
    cost = spent["sum"].reindex(years).fillna(0.0)
    count = spent["count"].reindex(years).fillna(0)
    left = plan.budgets - cost
    lines = [
        [t("Cost [M NT$]"), *[f"{v / 1e6:,.2f}" for v in cost], f"{cost.sum() / 1e6:,.2f}"],
        [t("Budget [M NT$]"), *[f"{v / 1e6:,.2f}" for v in plan.budgets], f"{plan.budgets.sum() / 1e6:,.2f}"],
        [t("Left over [M NT$]"), *[f"{v / 1e6:,.2f}" for v in left], f"{left.sum() / 1e6:,.2f}"],
        [t("Actions"), *[number(v) for v in count], number(count.sum())],
    ]
    return ui.table(heads, lines, numeric=range(1, len(heads)), name="worklist-money")


def rows(actions: pd.DataFrame) -> pd.DataFrame:
    """Return actions as the grid shows them."""
    names = DIRECTION_NAMES[i18n.language()]
    chinese = i18n.language().startswith("zh")
    return pd.DataFrame(
        {
            "rank": actions["rank"].astype(int),
            "unit": actions["unit"],
            "year": actions["year"].astype(int),
            "route": actions["route"].map(i18n.route_label),
            "direction": actions["direction"].map(lambda d: names.get(d, d)),
            "lane": actions["lane"].map(i18n.lane_text),
            "from": actions["from_m"].map(posted_measure),
            "to": actions["to_m"].map(posted_measure),
            "length_m": (actions["to_m"] - actions["from_m"]).round(0),
            "treatment": actions["treatment"].map(i18n.treatment_text),
            "area_m2": actions["area_m2"].round(0),
            "cost": actions["cost"].round(0),
            "benefit": actions["benefit"].round(1),
            "ratio": actions["ratio"].astype(float),
            "status": actions["status"].map(i18n.status_text),
            "reason": actions["reason_zh" if chinese else "reason_en"],
        }
    )


def columns() -> list[dict[str, object]]:
    """Return the columns of the grid."""
    plain = {"valueFormatter": {"function": "params.value"}}
    return [
        grids.number_column("rank", t("Rank"), 0, width=74, pinned="left"),
        {**grids.number_column("year", t("Year"), 0, width=78), **plain},
        grids.text_column("route", t("Route"), width=88),
        grids.text_column("direction", t("Direction"), width=86),
        grids.text_column("lane", t("Lane"), width=92),
        grids.text_column("from", t("From"), width=92),
        grids.text_column("to", t("To"), width=92),
        grids.number_column("length_m", t("Length [m]"), 0, width=96),
        grids.text_column("treatment", t("Treatment"), width=150, tooltipField="treatment"),
        grids.number_column("cost", t("Cost [NT$]"), 0, width=112),
        grids.text_column("reason", t("Reason"), flex=1, minWidth=300, tooltipField="reason"),
        grids.number_column("area_m2", t("Area [m²]"), 0, width=96),
        grids.number_column("benefit", t("Benefit"), 0, width=96),
        grids.number_column("ratio", t("Benefit per cost"), 4, width=104),
        grids.text_column("status", t("Status"), width=84),
    ]


def register(app: dash.Dash, context: Context) -> None:
    """Register the callbacks of the page."""

    @guard.callback(
        app,
        Output("worklist-sum", "children"),
        Input("worklist-grid", "virtualRowData"),
        State("worklist-grid", "id"),
        permission="view",
    )
    def add_up(shown: list[dict[str, object]] | None, _: str) -> str:
        plan = plan_view.newest(context)
        if plan is None or not isinstance(shown, list):
            return ""
        ranks = {row.get("rank") for row in shown if isinstance(row, dict)}
        chosen = plan.actions[plan.actions["rank"].isin(ranks)]
        return t(
            "Shown: {count} of {all} actions, NT$ {cost}",
            count=len(chosen),
            all=len(plan.actions),
            cost=number(float(chosen["cost"].sum())),
        )

    @guard.callback(
        app,
        Output("url", "pathname", allow_duplicate=True),
        Input("worklist-grid", "cellClicked"),
        permission="view",
        prevent_initial_call=True,
    )
    def open_cell(clicked: dict[str, object] | None) -> object:
        plan = plan_view.newest(context)
        if not clicked or plan is None:
            return dash.no_update
        by_rank = plan.actions.set_index(plan.actions["rank"].astype(str))
        action = by_rank.loc[guard.one_of(clicked.get("rowId"), set(by_rank.index))]
        cells = queries.cells(context)
        inside = cells[
            (cells["route"] == action["route"])
            & (cells["direction"] == action["direction"])
            & (cells["lane"] == action["lane"])
            & (cells["from_m"] >= action["from_m"])
        ]
        return f"/segment/{inside['cell'].iloc[0]}" if len(inside) else dash.no_update
