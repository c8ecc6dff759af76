"""Scores of registered models as tables: all measures at a glance, one model in full, and by part of the network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from dash import html

from dashboard import i18n, ui
from dashboard.i18n import measure_label, number, t
from dashboard.score_charts import competitor, split_word, word
from models.monitor import monitor_limit
from models.skill import FORECAST
from models.slices import THIRDS

SPLITS = ("by site", "forward in time")
# what an engineer would draw, the first that was judged
_LINES = ("HDM-4 line", "family rate")


def summary(cards: Mapping[str, dict[str, Any]], models: Mapping[str, str], *, chosen: str, path: str) -> html.Div:
    """
    Return a row a measure: its live model, its skill beside the line of an engineer, and the share inside.

    Parameters
    ----------
    cards, models
        Card and id of the live model of each measure; empty where none is.
    chosen
        Measure that is shown below.
    path
        Path of the page of a measure, before its name.
    """
    heads = [t("Measure"), t("Live model"), *[split_word(split) for split in SPLITS]]
    rows = []
    for target, card in cards.items():
        scores = pd.DataFrame(card.get("scores", []))
        name = measure_label(target, unit=False)
        link = ui.link(html.B(name) if target == chosen else name, f"{path}{target}")
        model = html.Code(models[target]) if target in models else t("none")
        skill = [_skills(scores, split) for split in SPLITS]
        rows.append([link, model, *skill])
    return html.Div(ui.table(heads, rows), className="wrap-heads glance")


def _skills(scores: pd.DataFrame, split: str) -> Any:
    """Return the skill of the forecast by horizon, under it that of the line, and the share inside the interval."""
    own = scores[scores["split"] == split] if len(scores) else scores
    if not len(own):
        return "–"
    line = next((name for name in _LINES if name in set(own["model"])), None)
    said: list[Any] = [html.B(_by_horizon(own, FORECAST, "skill"))]
    if line:
        said.append(html.Span(f"{competitor(line)} {_by_horizon(own, line, 'skill')}", className="note newer"))
    if "coverage" in own:
        inside = _by_horizon(own, FORECAST, "coverage", percent=True)
        said.append(html.Span(f"{t('Inside')} {inside}", className="note newer"))
    return said


def _by_horizon(scores: pd.DataFrame, model: str, column: str, *, percent: bool = False) -> str:
    values = scores[scores["model"] == model].sort_values("horizon")[column]
    told = ["–" if pd.isna(v) else f"{100 * v:.0f}" if percent else f"{v:.2f}" for v in values]
    return " / ".join(told) + (" %" if percent and told else "")


def skill_table(scores: pd.DataFrame) -> html.Div:
    """Return the skill of every competitor: a row each, a column a split and horizon, each with a bar."""
    if not len(scores):
        return ui.empty(t("This model has no scores on record."))
    wide = scores.pivot_table(index="model", columns=["split", "horizon"], values="skill", sort=False)
    columns = sorted(wide.columns, key=lambda c: (SPLITS.index(c[0]) if c[0] in SPLITS else len(SPLITS), c[1]))
    order = wide[columns[-1]].sort_values(ascending=False, na_position="last").index
    rows = [
        [_strong(str(name)), *["" if pd.isna(v) else bar(float(v), f"{v:.2f}") for v in wide.loc[name, columns]]]
        for name in order
    ]
    heads = [t("Forecast by"), *[_ahead(horizon) for _, horizon in columns]]
    groups = [(split, sum(c[0] == split for c in columns)) for split in dict.fromkeys(c[0] for c in columns)]
    above = html.Tr([html.Th(""), *[html.Th(split_word(s), colSpan=count, className="over") for s, count in groups]])
    return _grouped(above, heads, rows)


def _grouped(above: html.Tr, heads: list[str], rows: list[list[Any]]) -> html.Div:
    head = html.Thead([above, html.Tr([html.Th(h) for h in heads])])
    body = html.Tbody([html.Tr([html.Td(cell) for cell in row]) for row in rows])
    return html.Div(html.Table([head, body], className="plain"), className="table-wrap bars")


def _strong(name: str) -> Any:
    return html.B(competitor(name)) if name == FORECAST else competitor(name)


def _ahead(horizon: float) -> str:
    return t("{years} y", years=f"{horizon:g}")


def bar(share: float, said: str, *, kind: str = "") -> html.Div:
    """Return a number beside a bar from 0 to 1; below 0 there is none."""
    width = f"{100 * min(max(share, 0.0), 1.0):.0f}%"
    return html.Div(
        [html.Span(said), html.Div(html.I(style={"width": width}), className="track")], className=f"mini {kind}"
    )


def interval_table(scores: pd.DataFrame, target: str, *, level: float) -> html.Div | None:
    """Return how often the interval of the forecast holds, over all and in the worst fifth, and how wide it is."""
    own = scores[scores["model"] == FORECAST] if len(scores) else scores
    if not len(own) or "coverage" not in own:
        return None
    digits, sign = (
        int(i18n.measures().loc[target, "digits"]) + 1,
        i18n.unit_text(str(i18n.measures().loc[target, "unit"])),
    )
    rows = [
        [
            f"{split_word(str(row['split']))}, {_ahead(row['horizon'])}",
            number(row["pairs"]),
            number(row["rmse"], digits),
            _held(row.get("coverage"), level),
            _held(row.get("worst_fifth"), level),
            "" if pd.isna(row.get("width")) else number(row["width"], digits),
        ]
        for row in own.to_dict("records")
    ]
    heads = [
        t("Forecast"), t("Pairs"), t("Root mean square error [{unit}]", unit=sign), t("Share inside the interval"),
        t("in the worst fifth"), t("Mean width [{unit}]", unit=sign),
    ]  # fmt: skip
    return html.Div(ui.table(heads, rows, numeric=[1, 2, 5]), className="wrap-heads bars")


def _held(share: Any, level: float) -> Any:
    """Return a share inside the interval with its bar, marked where it misses the nominal one."""
    if share is None or pd.isna(share):
        return ""
    return bar(
        float(share), f"{100 * share:.0f} %", kind="" if share >= level - monitor_limit("coverage_near") else "off"
    )


def slice_table(slices: Mapping[str, Any], *, level: float) -> html.Div:
    """Return skill, share inside and pairs of the forecast by part of what it was judged on, a row a part."""
    # what is the same everywhere parts nothing
    kinds = {k: slices[k] for k in sorted(slices, key=_rank) if len(slices[k]) > (k != "family")}
    if not kinds:
        return ui.empty(t("This model has no scores by part of the network on record; train it again for them."))
    horizons = list(next(iter(next(iter(kinds.values())).values())))
    columns = [t("Skill"), t("Inside"), t("Pairs")]
    above = html.Tr([html.Th(""), *[html.Th(_ahead(float(h)), colSpan=3, className="over") for h in horizons]])
    head = html.Thead([above, html.Tr([html.Th(t("Part")), *[html.Th(c) for _ in horizons for c in columns]])])
    body: list[html.Tr] = []
    for kind, parts in kinds.items():
        body.append(html.Tr(html.Th(_capital(word(kind)), colSpan=1 + 3 * len(horizons), className="group")))
        body += [_slice_row(part, parts[part], horizons, level) for part in sorted(parts, key=_place)]
    table = html.Div(html.Table([head, html.Tbody(body)], className="plain"), className="table-wrap bars")
    return ui.low(table)


def _rank(kind: str) -> tuple[int, str]:
    """Return the place of a kind of slice: climate stands between the named ones."""
    return ({"family": 0, "load": 1, "age": 2, "present": 4}.get(kind, 3), kind)


def _place(part: str) -> tuple[int, str]:
    return (THIRDS.index(part) if part in THIRDS else len(THIRDS), part)


def _slice_row(part: str, of: Mapping[str, Any], horizons: list[str], level: float) -> html.Tr:
    cells: list[Any] = [html.Td(word(part))]
    for horizon in horizons:
        figures = of.get(horizon, {})
        skill = figures.get("skill")
        cells.append(html.Td("–" if skill is None else bar(skill, f"{skill:.2f}")))
        cells.append(html.Td(_held(figures.get("coverage_90"), level) or "–"))
        cells.append(html.Td(number(figures.get("n")), className="num"))
    return html.Tr(cells)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def every_score(frame: pd.DataFrame, target: str) -> html.Div:
    """Return the scores as a table: a row for each split, horizon and competitor; the forecast in use stands out."""
    if not len(frame):
        return ui.empty(t("This model has no scores on record."))
    sign = i18n.unit_text(str(i18n.measures().loc[target, "unit"]))
    heads = [
        t("Forecast by"), t("Pairs"), t("Root mean square error [{unit}]", unit=sign),
        t("Mean error [{unit}]", unit=sign), t("Skill over no change"), t("Share inside the interval"),
        t("in the worst fifth"), t("Mean width [{unit}]", unit=sign),
    ]  # fmt: skip
    body: list[Any] = []
    for (split, horizon), group in frame.groupby(["split", "horizon"], sort=False):
        words = {
            "by site": t("{years}-year forecast, on sections never seen", years=f"{horizon:g}"),
            "forward in time": t("{years}-year forecast, on later years never seen", years=f"{horizon:g}"),
        }
        body.append(html.Tr(html.Th(words.get(str(split), str(split)), colSpan=len(heads)), className="group"))
        body.extend(_score_row(row, target) for row in group.to_dict("records"))
    head = html.Thead(html.Tr([html.Th(h, className="num" if i else "") for i, h in enumerate(heads)]))
    return html.Div(html.Table([head, html.Tbody(body)], className="plain"), className="table-wrap wrap-heads")


def _score_row(row: dict[str, Any], target: str) -> html.Tr:
    """Return the scores of one competitor, errors with a digit more than the measure is shown with."""
    digits = int(i18n.measures().loc[target, "digits"]) + 1
    shares: list[Any] = [row.get("coverage"), row.get("worst_fifth")]
    cells = [
        competitor(str(row["model"])),
        number(row["pairs"]),
        number(row["rmse"], digits),
        number(row["mae"], digits),
        f"{row['skill']:.2f}",
        *["" if pd.isna(share) else f"{100 * float(share):.0f} %" for share in shares],
        "" if pd.isna(row.get("width")) else number(row["width"], digits),
    ]
    own = row["model"] == "forecast"
    return html.Tr([html.Td(html.B(c) if own else c, className="num" if i else "") for i, c in enumerate(cells)])
