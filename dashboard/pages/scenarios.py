"""Scenarios side by side: condition with bands, backlog, carbon, users, the frontier of budgets, and goals."""

from __future__ import annotations

from typing import Any

import dash
import dash_mantine_components as dmc
import pandas as pd
from dash import Input, Output, State, dcc, html

from dashboard import guard, i18n, missed_limits, scenario_form, ui
from dashboard.context import Context
from dashboard.i18n import measure_label, number, t, unit_text
from dashboard.plan_beside import limit_line
from dashboard.scenario_charts import frontier, over_years, stacked
from dashboard.scenario_view import ScenarioView, by_name, view, word
from pavement.planning.limits import MOST
from pavement.planning.scenarios import NOTHING
from pavement.store import scenario_sets
from pavement.store.interval_words import interval_words, level_of_set

PATH, TITLE, ICON, MENU, PERMISSION = "/scenarios", "Scenarios", "scenarios", True, "view"
# one page for all sets: the newest, or that behind the slash
CHOICE = True
_PENALTY = "penalty"
_LISTED = 12


def layout(context: Context, name: str = "") -> html.Div:
    """Return the page."""
    found = view(context, name)
    maker = scenario_form.card(context) if guard.allowed("plan") else None
    if found is None:
        hint = t("Ask for some below, or by pavement scenarios FILE --keep.") if maker else ""
        return ui.page(t(TITLE), ui.empty(t("No scenarios have been answered yet."), hint), maker)
    return ui.page(
        t(TITLE),
        _summary(found),
        _goals(found),
        _frontier(found),
        _condition(context, found),
        _by_year(found),
        _mix(found),
        _limits(found),
        maker,
        _others(context, found),
        note=_note(context, found),
        actions=_files(found) if guard.allowed("export") else [],
    )


def _note(context: Context, found: ScenarioView) -> str:
    kept = found.kept
    text = t(
        "{name}, asked by {person} at {at}, on forecast {forecast} of data version {version}. Prices are examples, "
        "to confirm.",
        name=kept.set,
        person=kept.created_by,
        at=i18n.moment(kept.created_at, context.settings["timezone"]),
        forecast="–" if kept.forecast_set is None else kept.forecast_set,
        version=kept.data_version,
    )
    stale = t("Newer data or forecasts have come in since: ask again.")
    return f"{text} {stale}" if scenario_sets.is_stale(context.store, kept) else text


def _files(found: ScenarioView) -> list[Any]:
    at = f"/export/scenarios/{found.kept.set}"
    return [ui.download("xlsx", f"{at}.xlsx"), ui.download("CSV (zip)", f"{at}.zip")]


def _summary(found: ScenarioView) -> html.Section:
    last = found.years[found.years["year"] == found.last].set_index("scenario")
    end = found.condition[found.condition["year"] == found.last]
    mean = end[end["kind"] == _PENALTY].set_index("scenario")["mean"]
    kind = found.worst()
    poor = end[end["kind"] == kind].set_index("scenario")["poor_share"]
    users = found.years.groupby("scenario")["user_cost"].sum(min_count=1)
    facts = found.summary.set_index("scenario")
    years = found.years["year"].nunique()
    lines = []
    for name in [*found.names("scenario"), *found.names("frontier"), *found.names("goal"), NOTHING]:
        row = facts.loc[name] if name in facts.index else pd.Series(dtype=object)
        spent, carbon = float(row.get("spent", 0.0)), float(row.get("carbon", 0.0))
        lines.append([
            word(name), _kind_text(str(row.get("kind", ""))), _million(row.get("budget", 0.0), years),
            _million(spent, years), number(row.get("works", 0)), number(row.get("projects")),
            number(mean.get(name), 1), number(100 * poor[name], 1) if name in poor else "–",
            number(last.loc[name, "backlog"] / 1e6, 1), number(carbon / 1000, 0), number(users[name] / 1e6, 1),
        ])  # fmt: skip
    heads = [
        t("Scenario"), t("Kind of question"), t("Budget a year [million NT$]"), t("Spent a year [million NT$]"),
        t("Actions"), t("Projects"), t("Mean condition penalty"),
        t("{measure}: poor [% of area]", measure=measure_label(kind, unit=False)), t("Backlog [million NT$]"),
        t("Carbon [tCO2e]"), t("Added user cost, all years [million NT$]"),
    ]  # fmt: skip
    table = ui.table(heads, lines, numeric=range(2, len(heads)))
    note = t("condition and backlog at the end of {year}", year=i18n.year_text(found.last))
    return ui.card(t("Side by side"), html.P(_chosen(found), className="note basis"),
                   html.Div(table, className="wrapped"), _of_less(found),
                   *_unasked(found, "scenario"), _unanswered(found),
                   note=note, wide=True)  # fmt: skip


def _chosen(found: ScenarioView) -> str:
    """Say whether projects or single works were chosen."""
    if found.joined:
        return t(
            "Works join into projects, as in the plan: each project pays one mobilisation a year of work, shared among "
            "its works. In the backlog, neighbouring lengths that are due share one too."
        )
    return t(
        "Each work stands by itself, with a mobilisation of its own. A plan of projects has other numbers: to compare "
        "with it, set plan_projects to yes and ask again."
    )


def _of_less(found: ScenarioView) -> html.Ul | None:
    """Return the questions whose answer is the plan of less money, because the search found none better."""
    rows = found.of_less()
    if not len(rows):
        return None
    told = [
        t("{name}: the plan of {less} stands, which fits and is worth more than what was found for more money.",
          name=word(name), less=word(less))
        for name, less in rows[["scenario", "plan_of"]].astype(str).itertuples(index=False)
    ]  # fmt: skip
    return html.Ul([html.Li(text) for text in told], className="parts")


def _unanswered(found: ScenarioView) -> html.Div | None:
    """Return the questions that have no answer, and why: which limits cannot be met, and by how much."""
    rows = found.unanswered()
    if not len(rows):
        return None
    told = [
        html.Li(
            [html.Strong(word(str(row.scenario))), ": ", *missed_limits.said(str(row.why))], className="state-failed"
        )
        for row in rows.itertuples()
    ]
    return html.Div([html.H3(t("Without an answer")), html.Ul(told, className="parts")])


def _kind_text(kind: str) -> html.Span:
    text = {"scenario": t("Scenario"), "frontier": t("Frontier"), "goal": t("Goal")}.get(kind, "–")
    return html.Span(text, className="unbroken")


def _million(amount: float | None, years: int) -> str:
    return number(None if amount is None else float(amount) / 1e6 / years, 1)


def _goals(found: ScenarioView) -> html.Section | None:
    rows = found.summary[(found.summary["kind"] == "goal") & (found.summary["why"].fillna("") == "")]
    if not len(rows):
        return None
    # sets of before this was told do not hold it
    decided = rows.reindex(columns=["decided"])["decided"]
    lines = [
        [str(row.scenario), *_asked(found.limits[found.limits["scenario"] == row.scenario]), number(row.value),
         number(decided[row.Index]), number(row.bound), f"{100 * row.gap:.2f} %"]
        for row in rows.itertuples()
    ]  # fmt: skip
    heads = [t("Goal"), t("Asked"), t("Reached"), t("Least cost found [NT$]"), t("Of it decided works [NT$]"),
             t("Proven least [NT$]"), t("Gap")]  # fmt: skip
    note = t("least cost of all years together; no plan made of the treatments offered costs less than the proven one")
    table = ui.table(heads, lines, numeric=[3, 4, 5, 6])
    return ui.card(t("What a goal costs"), table, *_unasked(found, "goal"), note=note, wide=True)


def _unasked(found: ScenarioView, kind: str) -> list[html.P]:
    """Return a warning for each answer of least cost whose last years asked for nothing."""
    told = found.unasked(i18n.language())
    return [html.P([html.Strong(name), t(": "), told[name]], className="state-failed") for name in found.names(kind)
            if name in told]  # fmt: skip


def _asked(held: pd.DataFrame) -> list[str]:
    """Return what a goal asks, over its years, and what is reached in the year that is nearest to it."""
    first, last = held.iloc[0], held.iloc[-1]
    _, what, year, _, sign, limit, unit, *_ = limit_line(first)
    years = year if len(held) == 1 else f"{int(first['year'])}–{int(last['year'])}"
    nearest = held.loc[held["used"].idxmax()] if first["side"] == MOST else held.loc[held["used"].idxmin()]
    return [f"{what} {years} {sign} {limit} {unit}", f"{limit_line(nearest)[3]} {unit}".strip()]


def _frontier(found: ScenarioView) -> html.Section | None:
    names = [*found.names("frontier"), *found.names("goal")]
    first = found.names("scenario")[:1]
    if len(names) < 2:
        return None
    facts = found.summary.set_index("scenario")
    years = found.years["year"].nunique()
    end = found.condition[found.condition["year"] == found.last]
    boxes, worst = [], found.worst()
    for kind, column, scale, unit, title in (
        (_PENALTY, "mean", 1.0, i18n.NO_UNIT, t("Mean condition penalty")),
        (
            worst,
            "poor_share",
            100.0,
            "%",
            t("{measure}: share of area that is poor", measure=measure_label(worst, unit=False)),
        ),
    ):
        value = end[end["kind"] == kind].set_index("scenario")[column] * scale
        rows = [
            (word(n), "frontier" if n == NOTHING else str(facts.loc[n, "kind"]),
             0.0 if n == NOTHING else float(facts.loc[n, "spent"]) / 1e6 / years, float(value[n]))
            for n in [NOTHING, *first, *names]
            if n in value and value[n] == value[n]
        ]  # fmt: skip
        points = pd.DataFrame(rows, columns=["scenario", "kind", "money", "value"]).sort_values("money")
        if len(points):
            boxes.append(frontier(points, unit=unit, title=title))
    note = t("at the end of {year}, over the money spent in a year; what is spent may be less than the budget",
             year=i18n.year_text(found.last))  # fmt: skip
    return ui.card(t("Budget and condition"), html.Div(boxes, className="charts pairs"), note=note, wide=True)


def _level(context: Context, found: ScenarioView) -> float:
    """Return the level of the intervals that the bands end at."""
    return level_of_set(context.store, found.kept.forecast_set, usual=float(context.settings["interval"]))


def _condition(context: Context, found: ScenarioView) -> html.Section:
    names, level = found.shown(), _level(context, found)
    choice = dmc.Select(
        id="scenario-band", label=t("Band of"), value=names[0], size="xs", w=260, allowDeselect=False,
        data=[{"value": name, "label": word(name)} for name in names],
    )  # fmt: skip
    basis = t(
        "The band is what the same works leave where every length comes out at the better, or every one at the worse, "
        "end of its {level} % interval (the mean of the ends of its cells). It has no probability of its own: if the "
        "intervals hold, the network lies inside at least about {level} % of the time, and just {level} % only if all "
        "cells erred to one side together.",
        level=f"{100 * level:g}",
    )
    return ui.card(
        t("Condition over the years"),
        html.P(i18n.sentences(basis, interval_words(level, language=i18n.language())), className="note basis"),
        choice,
        dcc.Store(id="scenario-set", data=found.kept.set),
        html.Div(condition_charts(found, names[0], level), id="scenario-condition", className="charts pairs"),
        note=t("by pavement area, at the end of each year; the first point is the start"),
        wide=True,
    )


def condition_charts(found: ScenarioView, band: str, level: float) -> list[html.Div]:
    """Return the charts of mean and shares of each kind, with the band of one scenario at the ends of a level."""
    names = found.shown()
    boxes = []
    for kind in found.kinds():
        rows = found.condition[found.condition["kind"] == kind]
        if kind == _PENALTY:
            parts = [(t("Mean condition penalty"), "mean", i18n.NO_UNIT, 1, 1.0)]
        elif kind in i18n.measures().index:
            row = i18n.measures().loc[kind]
            label = measure_label(str(kind), unit=False)
            unit = unit_text(str(row["unit"])) or i18n.NO_UNIT
            parts = [(t("{measure}: mean", measure=label), "mean", unit, int(row["digits"]), 1.0)]
            if rows["poor_share"].notna().any():
                parts += [
                    (t("{measure}: share of area that is poor", measure=label), "poor_share", "%", 1, 100.0),
                    (t("{measure}: share of area that is good", measure=label), "good_share", "%", 1, 100.0),
                ]
        else:
            continue
        boxes += [
            over_years(
                title, by_name(rows, names, column, scale=scale), unit=unit, digits=digits,
                band=_band(rows, band, column, scale, level),
            )
            for title, column, unit, digits, scale in parts
        ]  # fmt: skip
    return boxes


def _band(
    rows: pd.DataFrame, name: str, column: str, scale: float, level: float
) -> tuple[str, pd.Series, pd.Series] | None:
    own = rows[rows["scenario"] == name].set_index("year").sort_index()
    low, high = own[f"{column}_low"] * scale, own[f"{column}_high"] * scale
    told = t("{name} ({level} % ends)", name=word(name), level=f"{100 * level:g}")
    return None if low.isna().all() else (told, low, high)


def _by_year(found: ScenarioView) -> html.Section:
    names = found.shown()
    million, tonne = t("M NT$"), "tCO2e"
    known = found.years["user_known"].dropna()
    share = number(100 * float(known.min()), 0) if len(known) else "0"
    grown = found.years["user_grown"].dropna() if "user_grown" in found.years else known[:0]
    rises = number(100 * float(grown.min()), 0) if len(grown) else "0"
    asked = [name for name in names if name != NOTHING]
    boxes = [
        over_years(t("Spent"), by_name(found.years, asked, "spent", scale=1e-6), unit=million, digits=1),
        over_years(t("Backlog at the end of the year"), by_name(found.years, names, "backlog", scale=1e-6),
                   unit=million, digits=1),
        over_years(t("Carbon"), by_name(found.years, asked, "carbon", scale=1e-3), unit=tonne, digits=0),
        over_years(t("Added user cost"), by_name(found.years, names, "user_cost", scale=1e-6), unit=million, digits=2,
                   beside=t("traffic known on {share} % of the lane length, its growth on {rises} %", share=share,
                            rises=rises)),
    ]  # fmt: skip
    basis = t(
        "Backlog: all triggered work that is undone, at the price of today. User cost: what roughness adds to fuel, "
        "tyres and repair of the vehicles of each year (user_cost.csv): the relation is published, the cost of a "
        "kilometre is to confirm. Traffic grows as its counting places did, else by traffic_growth.csv; without a "
        "counting place it stays that of today. Where traffic is unknown nothing is counted."
    )
    return ui.card(t("Money, backlog, carbon and users"), html.P(basis, className="note basis"),
                   html.Div(boxes, className="charts pairs"), wide=True)  # fmt: skip


def _mix(found: ScenarioView) -> html.Section | None:
    names = [name for name in found.shown() if name in set(found.mix["scenario"])]
    if not names:
        return None
    table = found.mix.pivot_table(index="treatment", columns="scenario", values="cost", aggfunc="sum")
    table = table.reindex(columns=names).fillna(0.0) / 1e6
    order = table.sum(axis=1).sort_values(ascending=False).index
    parts = {i18n.treatment_text(str(name)): table.loc[name] for name in order if table.loc[name].sum() > 0}
    return ui.card(t("Treatment mix"), stacked(t("Cost by treatment, all years"), parts, unit=t("M NT$")), wide=True)


def _limits(found: ScenarioView) -> html.Section | None:
    rows = found.limits
    if not len(rows):
        return None
    heads = [t("Scenario"), t("Plan limit"), t("What is limited"), t("Year"), t("Used"), "", t("Limit value"),
             t("Unit"), t("Price of the limit"), t("Holds back")]  # fmt: skip
    lines = [[str(row["scenario"]), *limit_line(row)] for _, row in rows.iterrows()]
    table = ui.low(ui.table(heads, lines, numeric=[4, 6, 8]))
    return ui.card(t("Limits of the scenarios"), table, wide=True)


def _others(context: Context, found: ScenarioView) -> html.Section | None:
    rows = scenario_sets.listing(context.store, limit=_LISTED)
    others = rows[rows["set"] != found.kept.set]
    if not len(others):
        return None
    zone = context.settings["timezone"]
    lines = [
        [ui.link(str(row.set), f"{PATH}/{row.set}"), i18n.moment(str(row.created_at), zone), str(row.created_by)]
        for row in others.itertuples()
    ]
    return ui.card(t("Other sets of scenarios"), ui.table([t("Set"), t("When"), t("By")], lines))


def register(app: dash.Dash, context: Context) -> None:
    """Register the callbacks of the page."""

    @guard.callback(
        app,
        Output("scenario-condition", "children"),
        Input("scenario-band", "value"),
        State("scenario-set", "data"),
        permission="view",
        prevent_initial_call=True,
    )
    def show_band(band: Any, name: Any) -> list[html.Div]:
        found = view(context, guard.checked_id(name))
        if found is None:
            return []
        return condition_charts(found, str(guard.one_of(band, found.shown())), _level(context, found))

    scenario_form.register(app, context)
