"""Projects of a plan: neighbouring works that one crew builds in one closure."""

from __future__ import annotations

import pandas as pd
from dash import html

from dashboard import i18n, ui
from dashboard.i18n import number, t
from dashboard.plan_view import PlanView
from dashboard.signs import posted_column
from pavement.network.chainage import DIRECTION_NAMES

# rows of the card; the export holds all
_MOST = 60


def projects_card(plan: PlanView) -> html.Section | None:
    """Return the list of projects by year; None where each work stands by itself."""
    table = plan.projects
    if not len(table):
        return None
    shown = table.head(_MOST)
    names = DIRECTION_NAMES[i18n.language()]
    chainage = posted_column(shown, "from_m") + " – " + posted_column(shown, "to_m", end="end")
    lines = [_line(row, place, names) for row, place in zip(shown.to_dict("records"), chainage, strict=True)]
    heads = [
        t("Project"), t("Year"), t("Route"), t("Chainage"), t("Lanes with work"), t("Actions"), t("Area [m²]"),
        t("Cost [NT$]"), t("Mobilisation [NT$]"), t("Saved [NT$]"), t("Night shifts"),
    ]  # fmt: skip
    note = t(
        "{count} projects, built in {rows} turns by year; one mobilisation each, NT$ {saved} less than works alone. "
        "Shortest project and prices are examples, to confirm.",
        count=number(table["project"].nunique()),
        rows=number(len(table)),
        saved=number(table["saved"].sum()),
    )
    more = t("The first {shown} of {all} are listed.", shown=len(lines), all=number(len(table)))
    return ui.card(
        t("Projects"),
        # a long list scrolls within the card
        html.Div(ui.low(ui.table(heads, lines, numeric=range(5, len(heads)))), className="wrap-heads"),
        html.P(more, className="note") if len(table) > len(lines) else None,
        note=note,
        wide=True,
    )


def _line(row: dict[str, object], place: str, names: dict[str, str]) -> list[str]:
    direction = str(row["direction"])
    lanes = [lane if lane.isdigit() else i18n.lane_text(lane) for lane in str(row["lanes"]).split(", ")]
    nights = float(str(row["nights"]))
    where = f"{i18n.route_label(str(row['route']))} {names.get(direction, direction)}"
    return [
        _whole(str(row["project"])), i18n.year_text(int(str(row["year"]))), where, place, ", ".join(lanes),
        *[number(float(str(row[c]))) for c in ("works", "area_m2", "cost", "mobilisation", "saved")],
        "–" if pd.isna(nights) else number(nights, 1),
    ]  # fmt: skip


def _whole(text: str) -> str:
    """Return a text that is not broken into lines."""
    return text.replace("-", "\u2011").replace(" ", "\u00a0")
