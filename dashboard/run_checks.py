"""The checks of a run on its page: what was judged, against which limit, and the gate of a run that is held."""

from __future__ import annotations

from typing import Any

import dash
import pandas as pd
from dash import Input, Output, State, ctx, dcc, html
from flask_login import current_user

from dashboard import guard, i18n, queries, ui
from dashboard.context import Context
from dashboard.fault_words import fault_words
from dashboard.i18n import measure_label, number, t, unit_text
from pavement.condition.run_quality import DOUBT, HOLD, NOT_JUDGED, OK
from pavement.errors import StoreError
from pavement.schema import read_table
from pavement.store import runs
from pavement.store.quality_export import quality_words
from pavement.store.withdrawal import reject, release

_LOOKS = {OK: "good", DOUBT: "fair", HOLD: "poor"}
_GATES = {"release": release, "reject": reject}


def verdict_text(verdict: str) -> str:
    """Return a verdict in the present language."""
    words = {
        OK: t("in order"),
        DOUBT: t("doubtful"),
        HOLD: t("not to be trusted"),
        NOT_JUDGED: t("too little to judge"),
    }
    return words.get(verdict, verdict)


def card(context: Context, run: str) -> html.Section | None:
    """Return the checks of a run, those that hold or doubt first; nothing for a run without values of cells."""
    checks = runs.quality(context.store, run)
    if checks.empty:
        return None
    order = checks["verdict"].map({HOLD: 0, DOUBT: 1, OK: 2, NOT_JUDGED: 3})
    unjudged = int((checks["verdict"] == NOT_JUDGED).sum())
    told = quality_words(checks, language=i18n.language()).assign(order=order).sort_values("order", kind="stable")
    heads = [t("Check"), t("Measure"), t("Verdict"), t("Value"), t("Doubtful"), t("Held"), t("Judged on")]
    table = ui.table(heads, [_line(row) for row in told.to_dict("records")], numeric=[3, 4, 5, 6])
    doubts = int(checks["verdict"].isin([DOUBT, HOLD]).sum())
    note = t(
        "{count} of {judged} checks judged are not in order, {unjudged} not judged",
        count=doubts, judged=len(checks) - unjudged, unjudged=unjudged,
    )  # fmt: skip
    links = html.Div(
        [ui.download(suffix.upper(), f"/export/quality/{run}.{suffix}") for suffix in ("csv", "json")],
        className="spaced",
    )
    drift = _drift(context, run)
    return ui.card(
        t("Quality of the run"), table, drift, links if guard.allowed("export") else None, note=note, wide=True
    )


def _line(row: dict[str, Any]) -> list[Any]:
    digits, sign = _digits(row["check"], row["kind"]), unit_text(row["unit"])
    words = read_table("run_checks").set_index(["check", "kind"])["zh" if i18n.language().startswith("zh") else "en"]
    value = f"{number(row['value'], digits)} {sign}".strip()
    limits = [number(row[c], digits) for c in ("doubt", "hold")]
    return [
        words.get((row["check"], row["kind"]), row["check"]),
        measure_label(row["kind"], unit=False) if row["kind"] else "–",
        ui.badge(verdict_text(row["verdict"]), _LOOKS.get(row["verdict"], "")),
        value,
        *limits,
        number(row["count"])
        if pd.isna(row["needed"])
        else t("too few ({count} of {needed})", count=number(row["count"]), needed=number(row["needed"])),
    ]


def _digits(check: str, kind: str) -> int:
    digits = read_table("run_checks").set_index(["check", "kind"])["digits"]
    return int(digits.get((check, kind), 2))


def _drift(context: Context, run: str) -> html.Div | None:
    """Return the deviations on reference sections of all runs of the same vehicle, in order of their days."""
    known = queries.run_list(context).set_index("run")
    mine = known[known["vehicle"] == known.loc[run, "vehicle"]].sort_values("surveyed_on")
    parts = [runs.quality(context.store, other).assign(run=other) for other in mine.index]
    found = pd.concat(parts, ignore_index=True)
    found = found[found["check"] == "reference"]
    if found.empty or run not in set(found["run"]):
        return None
    lines = [
        [
            str(known.loc[row["run"], "surveyed_on"])[:10],
            ui.link(known.loc[row["run"], "title"] or row["run"][:8], f"/run/{row['run']}"),
            measure_label(row["kind"], unit=False),
            f"{number(row['value'], _digits('reference', row['kind']))} {unit_text(row['unit'])}".strip(),
            ui.badge(verdict_text(row["verdict"]), _LOOKS.get(row["verdict"], "")),
        ]
        for row in found.to_dict("records")
    ]
    heads = [t("Surveyed on"), t("Package"), t("Measure"), t("Deviation"), t("Verdict")]
    title = html.H3(t("Drift of the instrument: deviation on reference sections, all runs of {vehicle}",
                      vehicle=known.loc[run, "vehicle"] or "–"))  # fmt: skip
    return html.Div([title, ui.table(heads, lines, numeric=[3])])


def gate(run: str, state: str) -> html.Section | None:
    """Return what is said of a held run and, for those who may, the box that releases or rejects it."""
    if state != runs.HELD:
        return None
    text = t("This run is held: a check says that its data cannot be trusted. None of its values is shown anywhere.")
    if not guard.allowed("release"):
        return ui.card(t("Held, not published"), html.P(text, className="reason"), wide=True)
    return ui.card(
        t("Held, not published"),
        html.P(text, className="reason"),
        html.Div(
            [
                dcc.Input(id="gate-reason", placeholder=t("Reason"), maxLength=300, className="reason-input"),
                html.Button(t("Release"), id="gate-release", className="button", type="button"),
                html.Button(t("Reject"), id="gate-reject", className="button", type="button"),
                dcc.Store(id="gate-run", data=run),
            ],
            className="spaced",
        ),
        html.P("", id="gate-said", className="error", role="alert"),
        wide=True,
    )


def register(app: dash.Dash, context: Context, layout: Any) -> None:
    """Register the callback of the gate; ``layout`` makes the page of the run anew."""

    @guard.callback(
        app,
        Output("page", "children", allow_duplicate=True),
        Output("gate-said", "children"),
        Output("data-version", "children", allow_duplicate=True),
        Input("gate-release", "n_clicks"),
        Input("gate-reject", "n_clicks"),
        State("gate-reason", "value"),
        State("gate-run", "data"),
        permission="release",
        prevent_initial_call=True,
    )
    def decided(released: int | None, rejected: int | None, reason: str | None, run: str) -> Any:
        if not (released or rejected):
            return (dash.no_update,) * 3
        act = str(guard.one_of(str(ctx.triggered_id).removeprefix("gate-"), _GATES))
        guard.one_of(run, set(queries.run_list(context)["run"]))
        try:
            _GATES[act](context.store, run, user=current_user.name, reason=reason or "")
        except StoreError as error:
            return dash.no_update, fault_words(str(error)), dash.no_update
        return layout(context, run), "", t("Data version {number}", number=queries.version(context))
