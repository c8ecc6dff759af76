"""The ranked work list of the current plan, with its money by year and its exports."""

from __future__ import annotations

import re

import dash
import pandas as pd
from dash import Input, Output, State, dcc, html

from dashboard import decision_form, grids, guard, i18n, plan_list, plan_view, ui
from dashboard.context import Context
from dashboard.decision_words import status_line
from dashboard.exports import chosen_ranks
from dashboard.i18n import number, t
from dashboard.signs import posted_column
from dashboard.stays import stay_note, with_stay_column, with_stays
from pavement.network.chainage import DIRECTION_NAMES
from pavement.planning.answer_words import proof_words, unasked_words
from pavement.store import plans
from pavement.store.plan_report import has_pdf
from pavement.store.price_words import plan_prices

PATH, TITLE, ICON, MENU, PERMISSION = "/worklist", "Work list", "worklist", True, "view"
CHOICE = True
# as written by pavement.planning.explain, and what the browser sends when the filters leave nothing
_TRIGGER_ENDS = re.compile(r"; hence |，採")
_NO_ROWS = "none"


def layout(context: Context, name: str = "") -> html.Div:
    """Return the page of the plan of that name, else of the newest; an older one is only to be read."""
    plan = plan_view.chosen(context, name)
    if plan is None:
        return ui.page(t(TITLE), ui.empty(t("No plan has been made yet."), t("Train, forecast and plan first.")))
    if not len(plan.actions):
        why = ui.empty(t("The plan holds no work."), i18n.pick(plan.reason_zh, plan.reason_en))
        return ui.page(t(TITLE), why, note=plan_note(context, plan))
    form = decision_form.form(context, plan) if plan_view.is_newest(context, plan) else None
    heads, shown = with_stay_column(columns(), plan), with_stays(rows(plan.actions), plan)
    grid = grids.grid("worklist-grid", heads, shown, row_id="rank", height="max(480px, calc(100vh - 440px))")
    return ui.page(
        t(TITLE),
        dcc.Store(id="worklist-plan", data=plan.id),
        plan_list.older(context, plan, PATH),
        ui.figures(plan_figures(plan)),
        *answer_notes(plan),
        _money(plan),
        html.Div(
            [
                html.Span(id="worklist-sum", **ui.LIVE),
                html.Span(
                    t("Click a row for its reasons. Filters: a number finds at least that, 24k+500 the works there."),
                    className="note",
                ),
            ],
            className="sum",
        ),
        grid,
        ui.card(t("Decide"), form, note=t("on a work by its rank; its own page has the same form")) if form else None,
        note=" ".join(line for line in (plan_note(context, plan), stay_note(plan)) if line),
        actions=[_exports(plan), *_reports(plan)],
    )


def _exports(plan: plan_view.PlanView) -> html.Form:
    """Return the form that sends the ranks shown in the grid and gets them as a file."""
    formats = {"CSV": "csv", "Excel": "xlsx", "GeoPackage": "gpkg"} if guard.allowed("export") else {}
    buttons = [ui.submit(text, f"/export/worklist/{plan.id}.{suffix}") for text, suffix in formats.items()]
    return html.Form(
        [
            dcc.Input(type="hidden", id="worklist-ranks", name="ranks", value=""),
            html.Fieldset(buttons, id="worklist-exports", className="actions"),
        ],
        method="POST",
    )


def _reports(plan: plan_view.PlanView) -> list[html.A]:
    """Return the links to the report of the plan: a page to print, and a PDF where it can be made here."""
    if not guard.allowed("export"):
        return []
    texts = {"html": t("Report")} | ({"pdf": t("Report as PDF")} if has_pdf() else {})
    return [ui.download(text, f"/export/report/{plan.id}.{suffix}") for suffix, text in texts.items()]


def plan_note(context: Context, plan: plan_view.PlanView) -> str:
    """Return the line that says what a plan is and rests on."""
    text = t(
        "{plan}, made {at} by {name} on data version {version}. {prices}",
        plan=plan.id,
        at=i18n.moment(plan.made_at, context.settings["timezone"]),
        name=plan.made_by,
        version=plan.data_version,
        prices=plan_prices(context.store, plans.named(context.store, plan.id), language=i18n.language()),
    )
    if plan.forgotten:
        text += " " + t(
            "It does not know the decisions on {count} works of {plan}.",
            count=number(sum(plan.forgotten.values())),
            plan=plan.former,
        )
    return f"{text} {plan_view.stale_words(context, plan)}".rstrip()


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
        (t("Cost"), million(cost), f"NT$ {number(cost)} · {t('{share} of the budget', share=share)}"),
        (t("Budget"), million(budget), f"NT$ {number(budget)} · {years}"),
        _found(plan),
    ]  # fmt: skip


def _found(plan: plan_view.PlanView) -> tuple[str, str, str]:
    """Return the figure of what the plan sought, with its proof."""
    gap = f"{100 * plan.gap:.3f} %"
    if plan.objective == "cost":
        least = t("at least {bound} is needed for the limits: gap {gap}", bound=million(plan.bound), gap=gap)
        return (t("Least cost that holds the limits"), million(plan.value), least)
    return (
            t("Benefit [M points × m² × years]"),
            number(plan.value / 1e6, 2),
            t("at most {bound} is possible: gap {gap}",
              bound=number(plan.bound / 1e6, 2), gap=gap),
    )  # fmt: skip


def answer_notes(plan: plan_view.PlanView) -> list[html.P]:
    """Return how near the best the plan is proven to be, and at least cost which years asked for nothing."""
    told = {"objective": plan.objective, "language": i18n.language()}
    proof = html.P(proof_words(plan.gap, projects=len(plan.projects) > 0, **told), className="note told")
    years = range(int(plan.budgets.index.min()), int(plan.budgets.index.max()) + 1)
    unasked = unasked_words(plan.limits, years, **told)
    return [proof, html.P(unasked, className="state-failed")] if unasked else [proof]


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
    reasons = actions["reason_zh" if i18n.language().startswith("zh") else "reason_en"]
    places = {"from_m": posted_column(actions, "from_m"), "to_m": posted_column(actions, "to_m", end="end")}
    return pd.DataFrame(
        {
            "rank": actions["rank"].astype(int),
            "unit": actions["unit"],
            "year": actions["year"].astype(int),
            "route": actions["route"].map(i18n.route_label),
            "lane": actions["direction"].map(lambda d: names.get(d, d)) + " " + actions["lane"].map(i18n.lane_text),
            "from_m": actions["from_m"],
            "to_m": actions["to_m"],
            "chainage": places["from_m"] + " – " + places["to_m"],
            "length_m": (actions["to_m"] - actions["from_m"]).round(0),
            "project": actions["project"].fillna("") if "project" in actions else "",
            "treatment": actions["treatment"].map(i18n.treatment_text),
            "area_m2": actions["area_m2"].round(0),
            "cost": actions["cost"].round(0),
            "benefit": (actions["benefit"] / 1000).round(1),
            "ratio": actions["ratio"].astype(float),
            "status": pd.Series(
                [status_line(a) for a in actions.to_dict("records")], index=actions.index, dtype=object
            ),
            "cause": actions["cause"].fillna("").map(i18n.cause_text),
            "evidence": actions["evidence_zh" if i18n.language().startswith("zh") else "evidence_en"],
            "trigger": reasons.map(trigger_text),
            "reason": reasons,
        }
    )


def trigger_text(reason: str) -> str:
    """Return the part of a reason that says what triggers the work; what follows it stands in other columns."""
    return _TRIGGER_ENDS.split(reason, maxsplit=1)[0]


def columns() -> list[dict[str, object]]:
    """Return the columns of the grid: narrow enough for a window of 1440 pixels, with no word cut."""
    plain = {"valueFormatter": {"function": "params.value"}}
    chainage = {"function": "params.data.chainage"}
    return [
        grids.number_column("rank", t("Rank"), 0, width=52, pinned="left", filterParams=grids.EQUAL),
        {**grids.number_column("year", t("Year"), 0, width=56, filterParams=grids.EQUAL), **plain},
        grids.text_column("route", t("Route"), width=84),
        grids.wrapped(grids.text_column("lane", t("Direction, lane"), flex=12, minWidth=106, maxWidth=144)),
        grids.wrapped(
            grids.text_column(
                "from_m", t("Chainage"), flex=13, minWidth=86, maxWidth=150, valueFormatter=chainage,
                filterValueGetter=chainage, filterParams={"textMatcher": {"function": "within(params)"}},
            )
        ),
        grids.number_column("length_m", t("Length [m]"), 0, width=66),
        grids.wrapped(grids.text_column("project", t("Project"), flex=10, minWidth=92, maxWidth=130)),
        grids.wrapped(grids.text_column("treatment", t("Treatment"), flex=11, minWidth=112)),
        grids.number_column("cost", t("Cost [NT$]"), 0, width=98),
        grids.wrapped(
            grids.text_column(
                "trigger", t("Reason"), flex=50, minWidth=156, tooltipField="reason",
                headerTooltip=t("What triggers the work. Point at a row for the whole reason."),
            )
        ),
        grids.wrapped(
            grids.text_column(
                "cause", t("Cause"), width=84, tooltipField="evidence",
                headerTooltip=t("Where the damage comes from. Point at a row for the evidence."),
            )
        ),
        grids.number_column(
            "ratio", t("per NT$"), 2, width=62, headerTooltip=t("Benefit per cost [points × m² × years per NT$]")
        ),
        grids.wrapped(grids.text_column("status", t("Status"), width=116, tooltipField="status")),
    ]  # fmt: skip


def sum_text(plan: plan_view.PlanView, ranks: object) -> str:
    """Return how many works the grid shows and what they cost, and how many an export would hold."""
    known = set(plan.actions["rank"])
    wanted = [] if ranks == _NO_ROWS else chosen_ranks(ranks, known)
    chosen = plan.actions[plan.actions["rank"].isin(wanted)]
    counts = {"count": number(len(chosen)), "all": number(len(known))}
    shown = t("Shown: {count} of {all} actions, NT$ {cost}.", cost=number(float(chosen["cost"].sum())), **counts)
    if not guard.allowed("export"):
        return shown
    if not len(chosen):
        return f"{shown} {t('There is nothing to export.')}"
    if len(chosen) == len(known):
        return f"{shown} {t('Exports hold all {all}, in the order shown.', **counts)}"
    return f"{shown} {t('Exports hold the filtered {count} of {all}, in the order shown.', **counts)}"


def register(app: dash.Dash, context: Context) -> None:
    """Register the callbacks of the page."""
    app.clientside_callback(
        dash.ClientsideFunction("pavement_shell", "shown"),
        Output("worklist-ranks", "value"),
        Output("worklist-exports", "disabled"),
        Input("worklist-grid", "virtualRowData"),
    )

    @guard.callback(
        app,
        Output("worklist-sum", "children"),
        Input("worklist-ranks", "value"),
        State("worklist-plan", "data"),
        permission="view",
    )
    def add_up(ranks: object, of: object) -> str:
        plan = _meant(context, of)
        return "" if plan is None or not ranks else sum_text(plan, ranks)

    @guard.callback(
        app,
        Output("url", "pathname", allow_duplicate=True),
        Input("worklist-grid", "cellClicked"),
        State("worklist-plan", "data"),
        permission="view",
        prevent_initial_call=True,
    )
    def open_length(clicked: dict[str, object] | None, of: object) -> object:
        plan = _meant(context, of)
        if not clicked or plan is None:
            return dash.no_update
        by_rank = plan.actions.set_index(plan.actions["rank"].astype(str))
        action = by_rank.loc[guard.one_of(clicked.get("rowId"), set(by_rank.index))]
        return plan_list.length_path(context, plan, str(action["unit"]))


def _meant(context: Context, name: object) -> plan_view.PlanView | None:
    """Return the plan that a page shows; a forged name is a 400."""
    return plan_view.chosen(context, str(guard.one_of(name, set(plan_view.ids(context)))))
