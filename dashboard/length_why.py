"""Why a treatment length has its work: what was considered, what would change it, and where numbers come from."""

from __future__ import annotations

from typing import Any

import pandas as pd
from dash import html

from dashboard import i18n, places, queries, ui
from dashboard.context import Context
from dashboard.i18n import number, t
from pavement.errors import StoreError
from pavement.planning.slots import row_cost, slots
from pavement.planning.why_case import Case, strategy_text
from pavement.planning.why_words import best_without, why_told
from pavement.store import plan_why, plans

_SHOWN_KINDS = ("iri", "rut", "crack_percent")


def cards(context: Context, plan: plans.SavedPlan, unit: pd.Series) -> list[Any]:
    """Return the cards that tell why."""
    try:
        case = plan_why.case(context.store, plan, unit, language=i18n.language())
    except StoreError:
        text = t(
            "{plan} was made before plans kept what was considered, so why it chose so cannot be told. A plan that is "
            "made again keeps it.",
            plan=plan.plan,
        )
        return [ui.card(t("What was considered"), ui.empty(text))]
    return [
        ui.card(t("What was considered"), *_considered(case), wide=True, note=_left_out(plan, case)),
        ui.card(t("Why, and what would change it"), _answers(case)),
        ui.card(t("Where the numbers come from"), _sources(context, plan, unit, case)),
    ]


def _left_out(plan: plans.SavedPlan, case: Case) -> str:
    """Return what costs, and in a plan that did not reckon it margins, leave out where works are in projects."""
    if case.within:
        return t("costs without mobilisation, which the project pays once; net gains count it")
    joined = bool(plan.summary.get("method", {}).get("projects"))
    return t("costs and margins without mobilisation, which the project pays once") if joined else ""


def _considered(case: Case) -> list[Any]:
    if case.considered.empty and case.override:
        # what people ruled out was perhaps triggered and worth it
        ruled = t("What people decided leaves nothing to choose from in the plan years.")
        return [ui.empty(f"{ruled} {best_without(case)}".strip())]
    if case.considered.empty:
        return [ui.empty(t("No treatment is triggered and gains anything in the plan years."))]
    money = case.objective == "cost"
    scale = 1.0 if money else 1000.0
    lines = []
    for row in case.considered.to_dict("records"):
        mark = ui.badge(t("chosen"), "good") if row["taken"] else ""
        what = strategy_text(row, case.names, case.language)
        cells = [number(row_cost(row)), number(row["benefit"] / 1000, 1)]
        cells += [number(row[name] / scale, 1) for name in _gains(case)]
        lines.append([mark, what[:1].upper() + what[1:], *cells])
    if not case.considered["taken"].any():
        lines.insert(0, [ui.badge(t("chosen"), "good"), t("No work"), "0", "0.0", *("0.0" for _ in _gains(case))])
    unit = "NT$" if money else t("k points·m²·years")
    heads = ["", t("Strategy"), t("Cost [NT$]"), t("Benefit [k]"), t("Price of that money [{unit}]", unit=unit)]
    heads += [t("By its project [{unit}]", unit=unit)] if case.within else []
    heads.append(t("Net gain [{unit}]", unit=unit))
    note = t(
        "The best by net gain, the one chosen and the best of the years beside it. Price of money: what the same NT$ "
        "gain elsewhere in that year. Net gain counts other limits too."
    )
    parts: list[Any] = [html.P(note, className="note basis")]
    if case.within:
        project = t(
            "By its project: what mobilisation and neighbours add or take, against no work here with the neighbours as "
            "is then best. –: no project can hold it."
        )
        parts.append(html.P(project, className="note"))
    return [*parts, ui.table(heads, lines, numeric=list(range(2, len(heads))))]


def _gains(case: Case) -> list[str]:
    return ["money", "joining", "net"] if case.within else ["money", "net"]


def _answers(case: Case) -> Any:
    told = why_told(case)
    if not told:
        return ui.empty(t("Nothing was in question here."))
    return html.Div([part for one in told for part in (html.H3(one.question), html.P(one.answer, className="because"))])


def _sources(context: Context, plan: plans.SavedPlan, unit: pd.Series, case: Case) -> Any:
    """Return prices and lives with their sources, the models of the forecast and the surveys, as links."""
    names = [n for n in pd.unique(case.considered[list(slots(case.considered))].to_numpy(object).ravel()) if n]
    prices = [
        [
            i18n.treatment_text(str(row["treatment"])),
            t("NT$ {price}/m² + {fixed}, {date}", price=number(row["unit_price"]), fixed=number(row["mobilisation"]),
              date=str(row["price_date"])[:10]),
            f"{row['price_source']} · {row['source']}",
            i18n.certainty_text(str(row["status"])),
        ]
        for row in plan_why.sources(context.store, plan, names).to_dict("records")
    ]  # fmt: skip
    heads = [t("Treatment"), t("Price"), t("Source of price and effect"), t("Status")]
    models = [ui.link(name, f"/models/{kind}") for kind, name in sorted(plan.models.items()) if kind in _SHOWN_KINDS]
    beside = [
        (t("Forecast"), _joined(models) or t("ageing curves of the table")),
        (t("Survey runs in force today"), _runs(context, unit)),
    ]
    return html.Div([ui.table(heads, prices) if prices else None, html.Br(), ui.facts(beside)])


def _joined(parts: list[Any]) -> Any:
    return html.Span([piece for part in parts for piece in (part, " ")]) if parts else None


def _runs(context: Context, unit: pd.Series) -> Any:
    """Return links to the runs that the condition of the length rests on, by the values of its first cell."""
    cells = queries.cells(context)
    own = cells[
        (cells["route"] == unit["route"])
        & (cells["direction"] == unit["direction"])
        & (cells["lane"].astype(str) == str(unit["lane"]))
        & (cells["from_m"] >= unit["from_m"])
        & (cells["from_m"] < unit["to_m"])
    ]
    known = queries.run_list(context).set_index("run")["number"]
    found: dict[str, Any] = {}
    for cell in own["cell"].iloc[:1]:
        values = places.provenance(context, str(cell))
        for kind in [k for k in _SHOWN_KINDS if k in values.index]:
            run = str(values.loc[kind, "run"])
            if run in known.index:
                found[run] = ui.link(t("Run {number}", number=known[run]), f"/run/{run}")
        found["cell"] = ui.link(t("values of the first cell"), f"/segment/{cell}")
    return _joined(list(found.values())) or "–"
