"""Charts of the scores of a card: drawn from its figures, named in both languages."""

import base64
import re

import pandas as pd
import pytest

from dashboard import i18n
from dashboard.score_charts import score_charts

_MODELS = {"persistence": 0.0, "HDM-4 line": 0.2, "forecast ahead": 0.39, "forecast": 0.4}


def scores() -> pd.DataFrame:
    """Return scores of two splits at 1 and 5 years as a card keeps them."""
    rows = [
        {"split": split, "horizon": h, "model": m, "skill": s, "coverage": 0.91, "worst_fifth": 0.84}
        for split in ("by site", "forward in time")
        for h in (1, 5)
        for m, s in _MODELS.items()
    ]
    frame = pd.DataFrame(rows)
    frame.loc[frame["model"] != "forecast", ["coverage", "worst_fifth"]] = None
    return frame


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", ("this model", "HDM-4 line", "no change")), ("zh_TW", ("HDM-4 公式線", "本模型（未來年份的配比）"))],
)
def test_skill_and_coverage_are_drawn_beside_no_change_and_the_hdm_line(app, language, words):
    with app.server.test_request_context():
        i18n.session["language"] = language
        details = score_charts(scores(), level=0.9)
    pictures = details.children[1].children
    texts = [base64.b64decode(p.src.partition("base64,")[2]).decode() for p in pictures]
    assert len(texts) == 3
    for word in words:
        assert all(word in text for text in texts[:2]), word
    # four competitors at two horizons and their keys; two splits with their worst fifth
    assert [len(re.findall("<circle", text)) for text in texts] == [12, 12, 12]
    assert all(p.alt in text for p, text in zip(pictures, texts, strict=True))


def test_a_model_without_scores_has_no_charts(app):
    with app.server.test_request_context():
        assert score_charts(pd.DataFrame(), level=0.9) is None
