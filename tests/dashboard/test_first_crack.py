"""When a cell without cracks is expected to crack: on its page and in what the forecast says."""

import json

import pandas as pd
import pytest

from dashboard import forecast_card, workflow
from dashboard.fault_words import fault_words
from models.fallback import NAME

KNOWN = pd.DataFrame({"year": [2022, 2024], "value": [0.0, 0.0]})


def own(**more) -> pd.DataFrame:
    """Return ten years of a cell surveyed in 2024 that has even odds of a crack in 2032."""
    years = range(2024, 2035)
    frame = pd.DataFrame({"year": years, "first_crack": [0.065 * (y - 2024) for y in years]})
    told = {"cell": "a", "kind": "crack_percent", "value": 0.0, "low": 0.0, "high": 4.0, "origin_year": 2024}
    return frame.assign(**(told | {"basis": "model", "model": "m", "doubt": "", "outside": ""} | more))


@pytest.fixture
def said(app):
    def told(frame: pd.DataFrame, language: str) -> str:
        with app.server.test_request_context():
            from flask import session

            session["language"] = language
            parts = [*forecast_card._first_crack(frame), forecast_card._by_year("crack_percent", frame, KNOWN)]
            return json.dumps(parts, default=lambda c: c.to_plotly_json(), ensure_ascii=False)

    return told


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("32 % by 2029, 65 % by 2034", "even odds by 2032", "First crack by then", "58 %")),
        ("zh_TW", ("至 2029 年 32 %、至 2034 年 65 %", "2032 年機率過半", "至該年首次開裂", "58 %")),
    ],
)
def test_the_page_tells_the_probability_by_year_and_when_odds_are_even(said, language, words):
    text = said(own(), language)
    for word in words:
        assert word in text, word
    assert "HDM-4" not in text


def test_a_cracked_cell_and_an_older_forecast_have_no_first_crack(said):
    for frame in (own(first_crack=float("nan")), own().drop(columns="first_crack")):
        assert "crack by then" not in said(frame, "en")
        assert "even odds" not in said(frame, "en")


def test_the_default_is_told_as_such_and_odds_beyond_the_forecast_too(said):
    text = said(own(model=NAME, first_crack=0.1), "en")
    assert "by the default of HDM-4, not learned from surveys" in text
    assert "even odds later" in text


def test_the_forecast_says_how_many_cells_are_expected_to_crack():
    two = pd.concat([own(), own(cell="b"), own(cell="c", first_crack=float("nan"))])
    line = workflow._first_cracks(two).strip()
    assert line == "Of 2 cells without cracks about 1 crack by 2029 and 1 by 2034."
    assert fault_words(line, language="zh_TW").startswith("目前無裂縫的 2 個路段中，預期約 1 個至 2029 年開裂")
    assert workflow._first_cracks(own(first_crack=float("nan"))) == ""
