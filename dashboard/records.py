"""What the agency's own records say of a place: road basics, distress reported and how it was repaired."""

from __future__ import annotations

from typing import Any

import pandas as pd
from dash import html

from dashboard import i18n, media, places, queries, ui
from dashboard.context import Context
from dashboard.i18n import number, t
from dashboard.report_form import state_badge
from pavement.condition.distress_life import life_states
from pavement.schema import labels, schema
from pavement.store.reports import report_id

_PLACE = ("route", "direction", "lane", "from_m", "to_m", "run")
_PHOTOS = ("photo", "repair_photo")
_SHOWN = 50


def road_card(context: Context, row: pd.Series) -> html.Section | None:
    """Return the road basics of a cell (width, form, lanes …); nothing when no record covers it."""
    found = places.on_place(queries.table(context, "sections").assign(lane=""), row)
    if not len(found):
        return None
    words, kinds = labels("sections", language=i18n.language()), schema("sections")["type"]
    record = found.iloc[0]
    shown = [c for c in found if c not in _PLACE and c in words and pd.notna(record[c]) and str(record[c])]
    pairs = [(words[c], _text(record[c], str(kinds[c]))) for c in shown]
    return ui.card(t("Road"), ui.facts(pairs), note=t("from the agency's records"))


def distress_card(context: Context, row: pd.Series) -> html.Section | None:
    """Return the distress and repairs on record in a cell, newest first; nothing when there are none."""
    found = places.distress_on(context, row)
    if not len(found):
        return None
    words = labels("distress", language=i18n.language())
    columns = [c for c in words if c in found and c not in (*_PLACE, "measure_m", *_PHOTOS)]
    used = [c for c in columns if found[c].notna().any() and found[c].astype(str).str.strip().ne("").any()]
    kinds = schema("distress")["type"]
    shown = found.head(_SHOWN).assign(state=life_states(found))
    lines = [
        [_state(record), *[_text(record[c], str(kinds[c])) for c in used], _photos(record, words)]
        for record in shown.to_dict("records")
    ]
    heads = [t("State"), *[words[c] for c in used], t("Photos")]
    note = t("{count} on record", count=number(len(found)))
    table = html.Div([ui.table(heads, lines), _said_of_photos(context, found)], className="wrap-heads")
    return ui.card(t("Distress and repairs on record"), table, note=note)


def _state(record: dict[str, Any]) -> Any:
    """Return the state of a report, a link to its page."""
    key = report_id(*(str(record[c]) for c in ("record", "route", "direction")))
    return ui.link(state_badge(record["state"]), f"/report/{key}")


def _said_of_photos(context: Context, found: pd.DataFrame) -> html.P | None:
    named = any(isinstance(name, str) and name for column in _PHOTOS for name in found[column])
    if not named or not media.photos_blurred(context):
        return None
    return html.P(t("Photos are blurred for your role: people and number plates may be on them."), className="note")


def _text(value: Any, kind: str) -> str:
    if pd.isna(value):
        return ""
    if kind == "date":
        return str(value)[:10]
    return f"{value:,.1f}" if kind == "float" else str(value)


def _photos(record: dict[str, Any], words: dict[str, str]) -> list[Any]:
    """Return the photos of a report and of its repair, each a link to the whole picture."""
    return [
        html.A(
            html.Img(src=f"/image/{record[column]}", alt=words[column], className="photo"),
            href=f"/image/{record[column]}",
            target="_blank",
            title=words[column],
        )
        for column in _PHOTOS
        if isinstance(record.get(column), str) and record[column]
    ]
