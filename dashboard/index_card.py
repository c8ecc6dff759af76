"""Condition indices of a cell as a small table: value, grade, and what each rests on."""

from __future__ import annotations

import pandas as pd
from dash import html

from dashboard import i18n, places, queries, ui
from dashboard.context import Context
from dashboard.i18n import measure_label, measure_text, number, t
from dashboard.method_words import method_words
from pavement.condition.cell_pci import PAVEMENT, looked_for
from pavement.condition.good_fair_poor import condition_limits
from pavement.condition.indices import graded_indices, index_grade, index_terms, table_indices
from pavement.condition.pci import provenance
from pavement.condition.pci_distresses import known_distresses
from pavement.condition.rci import rci_limits
from pavement.condition.standing_values import index_kinds
from pavement.condition.surface_types import surface_types


def card(context: Context, row: pd.Series) -> html.Section | None:
    """Return the newest value of each index of a cell; nothing where none could be formed."""
    found = places.provenance(context, row["cell"])
    kinds = [k for k in index_kinds() if k in found.index]
    history = queries.history(context)
    own = history[history["cell"] == row["cell"]].set_index("year").sort_index()
    lines = _grade_lines(own)
    lines += [_line(kind, found.loc[kind], own.loc[int(found.loc[kind, "year"])]) for kind in kinds]
    if not lines:
        return None
    heads = [t("Index"), t("Value"), t("Grade"), t("Oldest survey"), t("Least coverage [%]")]
    heads.append(t("Quality"))
    table = html.Div(ui.table(heads, lines, numeric=[1, 4]), className="wrap-heads")
    notes = [t("Formulas and limits to confirm; an index of which a part was not measured is a bound.")]
    if "pci" in kinds:
        notes.append(
            t(
                "PCI: the procedure of ASTM D6433 with curves read by others (brandnewbox/pavement_condition_index, "
                "MIT), not the standard's own; what was not looked for cannot lower it."
            )
        )
    return ui.card(t("Condition indices"), table, *[html.P(text, className="note") for text in notes])


def _grade_lines(own: pd.DataFrame) -> list[list[object]]:
    """Return the newest grade of 23 CFR 490 as a line, none where no year could be graded."""
    graded = own[own["condition"].fillna("").astype(str) != ""]
    if graded.empty:
        return []
    last = graded.iloc[-1]
    day = last["condition_surveyed_on"]
    used = [k for k in condition_limits(surface=_surface(last)).index if pd.notna(last.get(k))]
    word = {"good": t("Good"), "fair": t("Fair"), "poor": t("Poor")}[str(last["condition"])]
    names = t(", ").join(measure_label(k, unit=False) for k in used)
    cells: list[object] = [
        _named(t("Good, fair, poor (23 CFR 490)"), names),
        "–",
        ui.badge(word, str(last["condition"])),
    ]
    when = str(day)[:10] if pd.notna(day) else str(last.name)
    return [[*cells, when, number(100 * float(last["condition_coverage"])), "–"]]


def _named(name: str, basis: str, method: str = "") -> html.Div:
    """Return the name of an index with what it rests on below it: a column of its own would be cut off."""
    rests = t("Rests on: {basis}", basis=basis)
    return html.Div([name, html.Div(rests, title=method_words(method), className="note")])


def _surface(measured: pd.Series) -> str:
    return str(surface_types(pd.Series([measured.get("surface_material")])).iloc[0])


def _line(kind: str, value: pd.Series, measured: pd.Series) -> list[object]:
    grade = ""
    if kind in graded_indices():
        words = index_grade(pd.Series([float(value["value"])]), index=kind, language=i18n.language())
        grade = str(words.iloc[0])
    day = value.get("surveyed_on")
    method = str(value.get("method") or "")
    return [
        _named(measure_label(kind, unit=False), basis_text(kind, measured, method), method),
        measure_text(kind, float(value["value"])),
        grade or "–",
        str(day)[:10] if pd.notna(day) else str(int(value["year"])),
        number(100 * float(value["coverage"])),
        ui.quality_text(str(value.get("quality") or "")),
    ]


def basis_text(kind: str, measured: pd.Series, method: str) -> str:
    """
    Return what an index rests on, in the present language.

    Parameters
    ----------
    kind
        An index.
    measured
        The cell's row of the segment table in the year of the index.
    method
        How the value came about; an index that a survey brought says only that.
    """
    if kind == "pci" and provenance() in method:
        known = known_distresses(PAVEMENT)
        looked = looked_for(pd.DataFrame([measured])).iloc[0]
        names = [i18n.pick(known.loc[d, "zh"], known.loc[d, "en"]) for d, was in looked.items() if was]
        words = {"count": len(names), "all": len(known), "names": t(", ").join(names)}
        return t("looked for {count} of {all} distresses: {names}", **words)
    kinds = _inputs(kind)
    used = [k for k in kinds if pd.notna(measured.get(k))]
    if not kinds or "from" not in method:
        return method_words(method) or t("as recorded")
    words = {"count": len(used), "all": len(kinds), "names": t(", ").join(measure_label(k, unit=False) for k in used)}
    return t("{count} of {all} measures: {names}", **words)


def _inputs(kind: str) -> list[str]:
    if kind == "rci":
        return rci_limits().index.tolist()
    return index_terms(kind)["kind"].unique().tolist() if kind in table_indices() else []
