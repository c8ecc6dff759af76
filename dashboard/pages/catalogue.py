"""The treatment catalogue: what may be planned, at which price, with which effect and when; and a new version of it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

import dash
import pandas as pd
from dash import Input, Output, State, dcc, html
from flask import abort
from flask_login import current_user

from dashboard import guard, i18n, ui
from dashboard.context import Context
from dashboard.fault_words import fault_words
from dashboard.i18n import number, t
from dashboard.pages.quality import fault_table
from models.kept_resets import with_resets
from pavement.errors import PlanError, StoreError
from pavement.planning.catalogue_words import rule_words
from pavement.planning.treatments import reset_kinds
from pavement.schema import labels, read_table, schema
from pavement.store import catalogue_changes, catalogues
from pavement.store.catalogues import RESETS, SUPPLIED, KeptCatalogue
from pavement.store.price_words import VERIFIED, price_note

PATH, TITLE, ICON, MENU, PERMISSION = "/catalogue", "Treatments", "catalogue", True, "view"
_NUMBERS = (("mobilisation", 0), ("life", 0), ("moratorium", 0), ("nights_per_km", 1), ("kgco2e_m2", 2))
_MOST_BYTES = 2 * 2**20
# changes of a version that are listed one by one
_CHANGES = 8


def layout(context: Context) -> html.Div:
    """Return the page."""
    kept = catalogues.current(context.store)
    planned = kept.treatments[kept.treatments["planned"] == "yes"]
    sure = int((planned["status"] == VERIFIED).sum())
    figures = [
        (t("Catalogue version"), number(kept.version) if kept.version else t("as supplied"), None),
        (t("Treatments that may be planned"), number(len(planned)), None),
        (t("of them verified by the agency"), number(sure), None),
    ]
    return ui.page(
        t(TITLE),
        ui.figures(figures),
        ui.card(
            t("Prices, life and use"),
            html.Div(_table(planned), className="wrap-heads"),
            wide=True,
            note=t("one lane; NT$ and kgCO2e per m²"),
        ),
        ui.card(t("Condition that a treatment leaves"), html.Div(_levels(planned), className="wrap-heads"), wide=True),
        ui.card(t("When a treatment may be done"), _rules(planned, kept), wide=True),
        ui.card(t("What else a plan rests on"), _rests(context, kept), wide=True),
        ui.card(
            t("Sources of these numbers"),
            _sources(planned),
            wide=True,
            note=t("what stands in brackets is told in full in docs/sources.md"),
        ),
        _form(context, kept) if guard.allowed("plan") else None,
        note=price_note(kept, planned["treatment"], language=i18n.language()) + " " + _made(context, kept),
        actions=_downloads() if guard.allowed("export") else [],
    )


def _made(context: Context, kept: KeptCatalogue) -> str:
    if kept.version == SUPPLIED:
        return t("The tables that come with the product are in force.")
    at = i18n.moment(kept.made_at, context.settings["timezone"])
    return t("Kept by {name} on {at}: {reason}", name=kept.made_by, at=at, reason=kept.reason)


def _downloads() -> list[html.A]:
    return [ui.download(f"{name}.csv", f"/export/catalogue/{name}.csv") for name in catalogues.FILES]


def _table(planned: pd.DataFrame) -> html.Div:
    words = labels("treatments", language=i18n.language())
    heads = [
        t("Treatment"),
        words["category"],
        t("Unit cost, low – middle – high"),
        *(_head(words, c) for c, _ in _NUMBERS),
    ]
    heads += [words[c] for c in ("price_date", "status")]
    names = read_table("work_categories").set_index("category")[i18n.language()[:2]]
    rows = [
        [
            i18n.treatment_text(str(row["treatment"])),
            _unbroken(names[row["category"]]),
            " – ".join(number(row[c]) for c in ("cost_low", "cost_mid", "cost_high")),
            *(number(row[c], digits) for c, digits in _NUMBERS),
            _unbroken(row["price_date"]),
            _status(row["status"]),
        ]
        for row in planned.to_dict("records")
    ]
    return ui.table(heads, rows, numeric=range(2, 3 + len(_NUMBERS)))


def _changed(context: Context, version: int) -> Any:
    """Return what a version changed against the one before, the first changes one by one and the rest counted."""
    changed = catalogue_changes.changes(context.store, version)
    lines = catalogue_changes.change_lines(changed, language=i18n.language())
    told, rest = lines[:_CHANGES], max(0, len(lines) - _CHANGES)
    more = [t("and {count} more changes", count=number(rest))] if rest else []
    return (
        html.Ul([html.Li(line) for line in [*told, *more]], className="parts") if told else t("no number was changed")
    )


def _head(words: Mapping[str, str], column: str) -> str:
    """Return the name of a column, with its unit, years too."""
    # labels leave years without a unit, for most are calendar years
    years = schema("treatments").loc[column, "unit"] == "year"
    return f"{words[column]} [{i18n.pick('年', 'years')}]" if years else words[column]


def _unbroken(text: Any) -> html.Span:
    return html.Span(str(text), className="unbroken")


def _status(status: str) -> Any:
    return ui.badge(i18n.certainty_text(status), "good" if status == VERIFIED else "fair")


def _levels(planned: pd.DataFrame) -> html.Div:
    kinds = reset_kinds()
    heads = [t("Treatment"), *(i18n.measure_label(kind) for kind in kinds)]
    rows = [
        [i18n.treatment_text(str(row["treatment"])), *(_level(row[f"reset_{k}"]) for k in kinds)]
        for row in planned.to_dict("records")
    ]
    return ui.table(heads, rows, numeric=range(1, len(kinds) + 1))


def _level(level: Any) -> str:
    return t("as before") if str(level) == "same" else str(level)


def _rules(planned: pd.DataFrame, kept: KeptCatalogue) -> html.Div:
    said = rule_words(kept.triggers, language=i18n.language()[:2])
    rows = [[i18n.treatment_text(str(name)), said.get(name, "–")] for name in planned["treatment"]]
    return ui.table([t("Treatment"), t("Conditions that must hold together")], rows)


def _rests(context: Context, kept: KeptCatalogue) -> html.Div:
    """Return what else belongs to the catalogue, and whether the version in force holds it."""
    estimated = with_resets(context.store, kept).resets
    by_models = t("as the live models estimate; held once it is given back with rows")
    states = {name: t("not held; as installed") for name in kept.lacks}
    if kept.resets.empty:
        states[RESETS] = by_models if len(estimated) else t("none estimated yet; the levels above count")
    said = t("held by this version") if kept.version else t("as installed")
    rows = [
        [f"{name}.csv", what, number(len(table)), states.get(name, said)]
        for name, what, table in (
            ("penalty", t("what condition counts for"), kept.penalty),
            ("strategy_pairs", t("which works may follow which"), kept.strategy_pairs),
            (RESETS, t("levels after works, as estimated"), estimated),
        )
    ]
    return ui.table([t("Table"), t("Content"), t("Rows"), t("Where they come from")], rows, numeric=[2])


def _sources(planned: pd.DataFrame) -> html.Div:
    words = labels("treatments", language=i18n.language())
    columns = ("price_source", "source", "nights_source", "carbon_source")
    rows = [
        [i18n.treatment_text(str(row["treatment"])), *(row[c] for c in columns)] for row in planned.to_dict("records")
    ]
    return ui.table([t("Treatment"), *(words[c] for c in columns)], rows)


def _form(context: Context, kept: KeptCatalogue) -> html.Section:
    """Return the form that keeps a changed catalogue, and the versions kept before."""
    timezone = context.settings["timezone"]
    lines = [
        [
            number(row["version"]),
            i18n.moment(row["made_at"], timezone),
            row["made_by"],
            row["reason"],
            _changed(context, int(row["version"])),
        ]
        for row in catalogues.versions(context.store).to_dict("records")
    ]
    heads = [t("Catalogue version"), t("Time"), t("Name"), t("Reason"), t("What it changed")]
    former = ui.table(heads, lines) if lines else None
    steps = t(
        "Take the files above, change them in a spreadsheet, and give one or more back. "
        "Everything is checked before it counts; plans made before keep the version that they were made with."
    )
    return ui.card(
        t("Keep a changed catalogue"),
        html.P(steps, className="note basis"),
        dcc.Store(id="catalogue-seen", data=kept.version),
        dcc.Upload(
            t("Drop the changed files here, or click to choose"),
            id="catalogue-files", multiple=True, accept=".csv", max_size=_MOST_BYTES, className="drop small",
        ),
        html.Div(
            [
                dcc.Input(id="catalogue-reason", placeholder=t("Reason"), maxLength=300, className="reason-input"),
                html.Button(t("Check and keep"), id="catalogue-go", className="button", type="button", n_clicks=0),
                html.Span(id="catalogue-named", className="note", **ui.LIVE),
            ],
            className="spaced",
        ),
        html.Div(id="catalogue-said", role="alert"),
        former,
        wide=True,
    )  # fmt: skip


def given_tables(names: Any, contents: Any) -> dict[str, pd.DataFrame]:
    """
    Return the tables among uploaded files by name.

    Raises
    ------
    PlanError
        No file is one of the catalogue, or one cannot be read.
    """
    if not isinstance(names, list) or not isinstance(contents, list) or len(names) != len(contents):
        abort(400)
    found = {}
    for name, content in zip(names, contents, strict=True):
        table = next((known for known in catalogues.FILES if str(name).lower().startswith(known)), None)
        if table is None:
            raise PlanError(f"{str(name)[:80]} is no table of the catalogue.",
                            cure="Give one of the files that the page offers.")  # fmt: skip
        try:
            body = base64.b64decode(str(content).partition(",")[2], validate=True)
        except binascii.Error:
            abort(400)
        found[table] = catalogues.as_text(body, name=f"{table}.csv")
    return found


def kept_version(context: Context, tables: dict[str, pd.DataFrame], reason: str, seen: int, *, user: str) -> int:
    """Keep a catalogue of the tables given, the others as they are, and return its version."""
    return catalogues.keep(context.store, tables, reason=reason, user=user, replaces=seen)


def _faults(error: PlanError | StoreError) -> Any:
    said = html.P(fault_words(str(error)), className="error")
    listed = getattr(error, "faults", None)
    if listed is None or listed.empty:
        return said
    return html.Div([said, ui.low(fault_table(listed))])


def register(app: dash.Dash, context: Context) -> None:
    """Register the callbacks of the page."""

    @guard.callback(
        app,
        Output("catalogue-named", "children"),
        Input("catalogue-files", "filename"),
        permission="plan",
        prevent_initial_call=True,
    )
    def name_files(names: Any) -> str:
        return ", ".join(str(n)[:80] for n in names) if isinstance(names, list) else ""

    @guard.callback(
        app,
        Output("page", "children", allow_duplicate=True),
        Output("catalogue-said", "children"),
        Input("catalogue-go", "n_clicks"),
        State("catalogue-files", "filename"),
        State("catalogue-files", "contents"),
        State("catalogue-reason", "value"),
        State("catalogue-seen", "data"),
        permission="plan",
        prevent_initial_call=True,
    )
    def keep(clicks: int | None, names: Any, contents: Any, reason: Any, seen: Any) -> Any:
        if not clicks:
            return (dash.no_update,) * 2
        if not names:
            return dash.no_update, html.P(t("Choose the files first."), className="error")
        if isinstance(seen, bool) or not isinstance(seen, int):
            abort(400)
        try:
            tables = given_tables(names, contents)
            kept_version(context, tables, str(reason or ""), seen, user=current_user.name)
        except (PlanError, StoreError) as error:
            return dash.no_update, _faults(error)
        return layout(context), ""
