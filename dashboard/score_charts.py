"""Charts of the scores that the card of a model keeps: skill and coverage by years ahead, as in an evaluation."""

from __future__ import annotations

import base64

import pandas as pd
from dash import html

from dashboard import i18n
from dashboard.i18n import t
from models.charts_as_svg import Axes, Series, chart
from models.explain import feature_label
from models.fitting import AHEAD
from models.skill import FORECAST, PERSISTENCE
from pavement.schema import read_table

# what the words of an evaluation call the splits of a card
_SPLITS = {"by site": "by_site", "forward in time": "forward"}


def competitor(name: str) -> str:
    """Return the name of a competitor in the present language."""
    names = {PERSISTENCE: t("no change"), FORECAST: t("this model"), "LightGBM": "LightGBM"}
    return names.get(name) or feature_label(name, language=i18n.language())


def score_charts(scores: pd.DataFrame, *, level: float) -> html.Details | None:
    """
    Return the charts of scores: skill by horizon, a chart a split, and coverage by horizon.

    Parameters
    ----------
    scores
        From :func:`models.evaluate.scores`, as a card keeps them.
    level
        Share that the interval should hold.
    """
    if not len(scores):
        return None
    drawn = [_skill(own, str(split)) for split, own in scores.groupby("split", sort=False)]
    drawn.append(_coverage(scores, level=level))
    summary = html.Summary(t("Charts of skill and coverage by years ahead"))
    return html.Details([summary, html.Div([_picture(*one) for one in drawn], className="score-charts")])


def _skill(scores: pd.DataFrame, split: str) -> tuple[str, str]:
    """Return title and chart of the skill of every competitor; nothing changes is the level of no skill."""
    # one order and so one colour in every chart; what is not judged in each of them comes last
    names = sorted(scores["model"].unique(), key=lambda name: (name != FORECAST, name == AHEAD, name))
    series = [_line(competitor(str(name)), scores[scores["model"] == name], "skill") for name in names]
    title = f"{word('skill')}: {split_word(split)}"
    return title, chart(series, Axes(title, word("horizon"), word("skill"), level=0.0))


def _coverage(scores: pd.DataFrame, *, level: float) -> tuple[str, str]:
    """Return title and chart of the share inside the interval by split, over all and in the worst fifth."""
    own = scores[scores["model"] == FORECAST]
    series = []
    for split, part in own.groupby("split", sort=False):
        name = split_word(str(split))
        series.append(_line(name, part, "coverage"))
        if "worst_fifth" in part:
            series.append(_line(f"{name} {t('in the worst fifth')}", part, "worst_fifth"))
    title = f"{t('Share inside the interval')} ({100 * level:.0f} %)"
    return title, chart(series, Axes(title, word("horizon"), t("Share inside the interval"), level=level))


def _line(name: str, scores: pd.DataFrame, column: str) -> Series:
    values = [None if pd.isna(v) else float(v) for v in scores[column]]
    return Series(name, [float(h) for h in scores["horizon"]], values)


def _picture(title: str, svg: str) -> html.Img:
    data = base64.b64encode(svg.encode()).decode()
    return html.Img(src=f"data:image/svg+xml;base64,{data}", alt=title)


def split_word(split: str) -> str:
    """Return the name of a split of a card in the present language."""
    return word(_SPLITS.get(split, split))


def word(term: str) -> str:
    """Return a term of an evaluation in the present language; a feature by its name, another text as it is."""
    words = read_table("evaluation_terms").set_index("term")
    return i18n.pick(str(words.loc[term, "zh"]), str(words.loc[term, "en"])) if term in words.index else _feature(term)


def _feature(term: str) -> str:
    return feature_label(term, language=i18n.language())
