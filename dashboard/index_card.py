"""Condition indices of a cell as a small table: value, grade, and what each rests on."""

from __future__ import annotations

import pandas as pd
from dash import html

from dashboard import i18n, places, queries, ui
from dashboard.context import Context
from dashboard.i18n import measure_label, measure_text, number, t
from dashboard.method_words import method_words
from pavement.condition.cell_pci import PAVEMENT, looked_for
from pavement.condition.good_fair_poor import condition_limits, section_grade
from pavement.condition.indices import graded_indices, index_grade, index_terms, table_indices
from pavement.condition.pci import FULL_SURVEY, UNKNOWN_SCOPE, provenance
from pavement.condition.pci_distresses import known_distresses
from pavement.condition.rci import rci_limits
from pavement.condition.standing_values import index_kinds
from pavement.condition.surface_types import surface_types


def card(context: Context, row: pd.Series) -> html.Section | None:
    """Return each index of a cell from the values that stand today; nothing where none could ever be formed."""
    found = places.present(context, row["cell"])
    kinds = [k for k in index_kinds() if k in found.index]
    lines = _grade_lines(found, _surface(context, row["cell"]))
    lines += [_line(kind, found.loc[kind], found["value"]) for kind in kinds]
    if not lines:
        return _renewed(context, row)
    heads = [t("Index"), t("Value"), t("Grade"), t("Oldest survey"), t("Least coverage [%]")]
    heads.append(t("Quality"))
    table = html.Div(ui.table(heads, lines, numeric=[1, 4]), className="wrap-heads")
    notes = [t("Formulas and limits to confirm; an index of which a part was not measured is a bound.")]
    if "pci" in kinds:
        notes.append(_pci_note(str(found.loc["pci", "method"])))
    return ui.card(t("Condition indices"), table, *[html.P(text, className="note") for text in notes])


def _pci_note(method: str) -> str:
    """Return where the curves of a PCI come from and, unless everything was looked for, what that does to it."""
    curves = t(
        "PCI: the procedure of ASTM D6433 with curves read by others (brandnewbox/pavement_condition_index, MIT), "
        "not the standard's own."
    )
    return curves if FULL_SURVEY in method else f"{curves} {t('What was not looked for cannot lower it.')}"


def _grade_lines(found: pd.DataFrame, surface: str) -> list[list[object]]:
    """Return the grade of 23 CFR 490 of the values that stand as a line, none where they do not tell it."""
    used = found[found.index.isin(condition_limits(surface=surface).index)]
    mark = str(section_grade(used[["value"]].T.astype(float), surface=surface).iloc[0]) if len(used) else ""
    if not mark:
        return []
    names = t(", ").join(
        measure_label(k, unit=False) for k in condition_limits(surface=surface).index if k in used.index
    )
    word = {"good": t("Good"), "fair": t("Fair"), "poor": t("Poor")}[mark]
    cells: list[object] = [_named(t("Good, fair, poor (23 CFR 490)"), names), "–", ui.badge(word, mark)]
    oldest = used.sort_values(["year", "surveyed_on"]).iloc[0]
    return [[*cells, _day(oldest), number(100 * float(used["coverage"].min())), "–"]]


def _day(value: pd.Series) -> html.Span:
    when = value.get("surveyed_on")
    return html.Span(str(when)[:10] if pd.notna(when) else str(int(value["year"])), className="date")


def _surface(context: Context, cell: str) -> str:
    history = queries.history(context)
    own = history[history["cell"] == cell].sort_values("year")
    material = own["surface_material"].iloc[-1] if len(own) and "surface_material" in own else None
    return str(surface_types(pd.Series([material])).iloc[0])


def _renewed(context: Context, row: pd.Series) -> html.Section | None:
    """Return that a work has renewed what the indices rest on; nothing where there never was one."""
    if not places.provenance(context, row["cell"]).index.isin(index_kinds()).any():
        return None
    words = t("A later work has renewed what the indices rest on. The next survey brings them back.")
    return ui.card(t("Condition indices"), ui.empty(words))


def _named(name: str, basis: str, method: str = "") -> html.Div:
    """Return the name of an index with what it rests on below it: a column of its own would be cut off."""
    rests = t("Rests on: {basis}", basis=basis)
    return html.Div([name, html.Div(rests, title=method_words(method), className="note")])


def _line(kind: str, value: pd.Series, measured: pd.Series) -> list[object]:
    grade = ""
    if kind in graded_indices():
        words = index_grade(pd.Series([float(value["value"])]), index=kind, language=i18n.language())
        grade = str(words.iloc[0])
    method = str(value.get("method") or "")
    return [
        _named(measure_label(kind, unit=False), basis_text(kind, measured, method), method),
        measure_text(kind, float(value["value"])),
        grade or "–",
        _day(value),
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
        The values of the cell that stand together with the index, by kind.
    method
        How the value came about; an index that a survey brought says only that.
    """
    if FULL_SURVEY in method:
        return t("full distress survey, measured distress by distress")
    if UNKNOWN_SCOPE in method:
        return t("distress survey; not known what was looked for")
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
