"""The form in which people decide on a work or a treatment length, shared by the work list and the page of a length."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import dash
import dash_mantine_components as dmc
import pandas as pd
from dash import Input, Output, State, dcc, html
from flask import abort
from flask_login import current_user

from dashboard import guard, i18n, plan_view
from dashboard.context import Context
from dashboard.decision_words import code_text, kind_text, what_text
from dashboard.fault_words import fault_words
from dashboard.i18n import t
from dashboard.report_form import field, today
from pavement.dates import parse_date
from pavement.errors import PavementError, StoreError
from pavement.store import catalogues, completed_works, plan_decisions, plan_why, plans
from pavement.store.plan_decisions import KINDS, Decision

COMPLETE = "complete"
# the kind of reason of what is done
COMPLETED = "completed"
# which fields each kind of decision asks for, beside the reason
_ASKS = {
    "year": ("defer", "replace"),
    "treatment": ("replace", "forbid"),
    "cost": ("replace", COMPLETE),
    "at": ("split",),
    "side": ("join",),
    "day": (COMPLETE,),
    "contractor": (COMPLETE,),
    "contract": (COMPLETE,),
}
_FIELDS = ("rank", "kind", "code", "reason", *_ASKS)
_MOST_TEXT = 500


def form(context: Context, plan: plan_view.PlanView, unit: str = "") -> html.Div | None:
    """Return the form: on a treatment length, or on a work named by its rank; None for who may not decide."""
    if not guard.allowed("plan"):
        return None
    works = plan.actions if not unit else plan.actions[plan.actions["unit"] == unit]
    changed = works[works["version"] > 0] if "version" in works else works.iloc[:0]
    # the row versions that the person saw: who decides on a page that is behind is told
    seen = {str(r): int(v) for r, v in zip(changed["rank"], changed["version"], strict=True)} if len(changed) else {}
    ranks = [int(r) for r in works["rank"]]
    about = dcc.Store(id="decide-about", data={"plan": plan.id, "unit": unit, "seen": seen})
    fields = [
        about,
        _wrapped("rank", t("Rank of the work"), _rank(ranks, fixed=bool(unit)), hidden=bool(unit) and len(ranks) < 2),
        field(t("Decision"), dmc.Select(id="decide-kind", data=_kinds(works=bool(ranks)), size="sm")),
        *_asked(context, plan),
        field(t("Kind of reason"), dmc.Select(id="decide-code", data=_codes(), size="sm")),
        field(t("Reason in words"), dcc.Textarea(id="decide-reason", maxLength=_MOST_TEXT, rows=2)),
        html.Button(t("Keep the decision"), id="decide-go", className="button main", type="button", n_clicks=0),
        html.P("", id="decide-said", className="error", role="alert"),
    ]
    return html.Div(fields, className="report-form")


def _rank(ranks: list[int], *, fixed: bool) -> dcc.Input:
    return dcc.Input(id="decide-rank", type="number", min=1, step=1, value=ranks[0] if fixed and ranks else None)


def _kinds(*, works: bool) -> list[dict[str, str]]:
    """Return the decisions that may be taken; a length without work can be neither committed nor completed."""
    kinds = [*KINDS, COMPLETE] if works else [k for k in KINDS if k not in ("commit", "lock")]
    return [{"value": kind, "label": kind_text(kind)} for kind in kinds]


def _codes() -> list[dict[str, str]]:
    return [{"value": str(code), "label": code_text(str(code))} for code in i18n.named_table("decision_reasons").index]


def _asked(context: Context, plan: plan_view.PlanView) -> list[html.Div]:
    """Return the fields that only some decisions ask for, hidden until one is chosen."""
    years = [int(y) for y in plan.budgets.index]
    options = [{"value": str(y), "label": i18n.year_text(y)} for y in [*years, years[-1] + 1]] if years else []
    known = catalogues.current(context.store).treatments.query("planned == 'yes'")["treatment"]
    names = [{"value": str(n), "label": i18n.treatment_text(str(n))} for n in known]
    sides = [
        {"value": "before", "label": t("the one before, by chainage")},
        {"value": "after", "label": t("the one after")},
    ]
    parts = {
        "year": (t("Year"), dmc.Select(id="decide-year", data=options, size="sm")),
        "treatment": (t("Treatment (to forbid all work leave it empty)"),
                      dmc.Select(id="decide-treatment", data=names, clearable=True, size="sm")),
        "cost": (t("Cost [NT$]"), dcc.Input(id="decide-cost", type="number", min=0)),
        "at": (t("Chainage"), dcc.Input(id="decide-at", placeholder="25k+300", maxLength=40)),
        "side": (t("Neighbour to join"), dmc.Select(id="decide-side", data=sides, size="sm")),
        "day": (t("Completed on"), dcc.Input(id="decide-day", placeholder="2026-03-02, 115/03/02", maxLength=20)),
        "contractor": (t("Contractor"), dcc.Input(id="decide-contractor", maxLength=200)),
        "contract": (t("Contract"), dcc.Input(id="decide-contract", maxLength=200)),
    }  # fmt: skip
    return [_wrapped(name, label, part, hidden=True) for name, (label, part) in parts.items()]


def _wrapped(name: str, label: str, part: Any, *, hidden: bool) -> html.Div:
    return html.Div(field(label, part), id=f"decide-box-{name}", style={"display": "none"} if hidden else {})


def keep(context: Context, about: Any, given: dict[str, Any], *, user: str) -> str:
    """Keep a decision that a person gave and return "", or what is in the way; a forged request is a 400."""
    if not isinstance(about, dict) or not isinstance(about.get("seen"), dict):
        abort(400)
    plan = guard.one_of(about.get("plan"), set(plan_view.ids(context)))
    if any(isinstance(v, list | dict | bool) for v in given.values()):
        abort(400)
    kind = given["kind"]
    if kind is None:
        return t("Choose a decision.")
    guard.one_of(kind, {*KINDS, COMPLETE})
    if not given["code"]:
        return t("Choose a kind of reason.")
    try:
        works = plans.actions(context.store, plan)
        unit, rank = _meant(works, about, given["rank"], by_rank=kind == COMPLETE)
        seen = [int(about["seen"].get(str(r), 0)) for r in works.loc[works["unit"] == unit, "rank"]]
        version = max(seen, default=0)
        if kind == COMPLETE:
            _complete(context, plan, rank, given, version=version, user=user)
        else:
            said = _decision(context, plan, unit, given)
            plan_decisions.decide(context.store, plan, unit, said, version=version, user=user)
    except PavementError as error:
        return fault_words(str(error))
    except ValueError:
        abort(400)
    return ""


def _meant(works: pd.DataFrame, about: dict[str, Any], rank: Any, *, by_rank: bool) -> tuple[str, int]:
    """Return the treatment length and the rank that a person means."""
    unit = about.get("unit")
    if unit and not by_rank:
        return str(unit), 0
    found = works[works["rank"] == rank] if isinstance(rank, int) else works.iloc[:0]
    if unit:
        found = found[found["unit"] == unit]
    if found.empty:
        raise StoreError(f"There is no work of rank {rank}.", cure="See the list for the ranks.")
    return str(found["unit"].iloc[0]), int(found["rank"].iloc[0])


def _decision(context: Context, plan: str, unit: str, given: dict[str, Any]) -> Decision:
    kind, at = str(given["kind"]), None
    if kind == "split":
        place = plan_why.unit_named(context.store, plans.named(context.store, plan), unit)
        at = plan_why.measure_in(context.store, place, str(given["at"] or ""))
    year = int(given["year"]) if kind in _ASKS["year"] and given["year"] else None
    treatment = str(given["treatment"] or "") if kind in _ASKS["treatment"] else ""
    cost = float(given["cost"]) if kind == "replace" and given["cost"] not in (None, "") else None
    return Decision(
        kind, str(given["reason"] or "")[:_MOST_TEXT], str(given["code"] or ""), year, treatment, cost, at,
        str(given["side"] or "") if kind == "join" else "",
    )  # fmt: skip


def _complete(context: Context, plan: str, rank: int, given: dict[str, Any], *, version: int, user: str) -> None:
    """Put a work on record as done."""
    cost = float(given["cost"]) if given["cost"] not in (None, "") else None
    done = completed_works.Completion(
        parse_date(str(given["day"] or "")),
        contractor=str(given["contractor"] or ""),
        contract=str(given["contract"] or ""),
        cost=cost,
        code=str(given["code"]),
    )
    reason, now = str(given["reason"] or ""), today(context)
    completed_works.complete(context.store, plan, rank, done, reason=reason, version=version, user=user, today=now)


def shown(kind: Any) -> list[dict[str, str]]:
    """Return the styles of the fields that only some decisions ask for."""
    return [{} if kind in kinds else {"display": "none"} for kinds in _ASKS.values()]


def code_shown(kind: Any, code: Any) -> Any:
    """Return the kind of reason that stands in the form once a kind of decision is chosen: a completion has its own."""
    if kind == COMPLETE:
        return code or COMPLETED
    return None if code == COMPLETED else code


def confirmed(page: Any, kind: str, ended: pd.DataFrame | None = None) -> Any:
    """
    Return a page made anew that says, beside its form, which kind of decision was kept and when it tells.

    Parameters
    ----------
    page
        With the line of the form in it, or without.
    kind
        Of what was decided.
    ended
        Earlier decisions that stand no more for it; each is named.
    """
    if "decide-said" in list(page):
        line = page["decide-said"]
        what = kind_text(kind)
        # what is done is done: it waits for no plan
        line.children = (
            t("Kept: {what}.", what=what)
            if kind == COMPLETE
            else t("Kept: {what}. It binds the next plan: make a new plan to see what follows from it.", what=what)
        )
        line.children += "".join(_ended(row) for row in ended.to_dict("records")) if ended is not None else ""
        line.className = "state-done"
    return page


def _ended(row: dict[Any, Any]) -> str:
    place = i18n.place(*(row[c] for c in ("route", "direction", "lane", "from_m", "to_m")))
    return " " + t("It takes the place of decision {number}, which stands no more: {place}, {what}.",
                   number=row["decision"], place=place, what=what_text(row))  # fmt: skip


def register(app: dash.Dash, context: Context, layouts: dict[bool, Callable[..., Any]]) -> None:
    """
    Register the callbacks of the form.

    Parameters
    ----------
    layouts
        What makes the page anew after a decision: that of the work list, and under True that of a length by its unit.
    """

    @guard.callback(
        app,
        *[Output(f"decide-box-{name}", "style") for name in _ASKS],
        Output("decide-code", "value"),
        Input("decide-kind", "value"),
        State("decide-code", "value"),
        permission="plan",
    )
    def fields(kind: Any, code: Any) -> list[Any]:
        return [*shown(kind if isinstance(kind, str) else None), code_shown(kind, code)]

    @guard.callback(
        app,
        Output("page", "children", allow_duplicate=True),
        Output("decide-said", "children"),
        Output("decide-said", "className"),
        Input("decide-go", "n_clicks"),
        State("decide-about", "data"),
        *[State(f"decide-{name}", "value") for name in _FIELDS],
        permission="plan",
        prevent_initial_call=True,
    )
    def go(clicks: int | None, about: Any, *values: Any) -> Any:
        if not clicks:
            return (dash.no_update,) * 3
        before = plan_decisions.standing(context.store)
        said = keep(context, about, dict(zip(_FIELDS, values, strict=True)), user=current_user.name)
        if said:
            # the line may be green still from what was kept before
            return dash.no_update, said, "error"
        unit = about.get("unit")
        page = layouts[True](context, unit) if unit else layouts[False](context)
        ended = plan_decisions.ended_since(context.store, before)
        return confirmed(page, str(values[_FIELDS.index("kind")]), ended), dash.no_update, dash.no_update
