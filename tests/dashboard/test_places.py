"""Which value of a cell stands, and what is newer than it."""

import pandas as pd
import pytest

from dashboard import places
from dashboard.context import Context
from dashboard.pages import segment
from pavement.store import segments


def value(day, number, coverage, kind="rut"):
    row = {"kind": kind, "value": number, "coverage": coverage, "quality": "measured", "method": "", "run": "b" * 64}
    return row | {"surveyed_on": day, "year": pd.Timestamp(day).year}


@pytest.fixture
def context(store, settings, monkeypatch):
    """Return a context whose every cell has the same values."""
    rows = [
        *[value("2023-06-01", 7.0, 1.0), value("2024-03-05", 8.0, 1.0), value("2024-04-20", 9.3, 0.6)],
        *[value("2023-06-01", 1.0, 1.0, "iri"), value("2024-03-05", 2.0, 0.3, "iri")],
    ]
    monkeypatch.setattr(segments, "provenance", lambda *_: pd.DataFrame(rows))
    return Context(store, settings)


def test_in_the_newest_year_the_value_of_most_of_the_cell_stands(context):
    found = places.provenance(context, "made-up-1")
    assert found["value"].to_dict() == {"rut": 8.0, "iri": 2.0}


def test_what_was_surveyed_after_it_is_newer(context):
    found = places.newer(context, "made-up-2")
    assert found["value"].to_dict() == {"rut": 9.3}


@pytest.mark.parametrize(
    ("language", "words"), [("en", "newer, over 60 m of 100 m"), ("zh_TW", "較新，涵蓋 100 m 中的 60 m")]
)
def test_the_page_tells_it_below_the_value_that_stands(app, context, monkeypatch, language, words):
    monkeypatch.setattr("dashboard.i18n.language", lambda: language)
    row = pd.Series({"cell": f"made-up-{language}", "from_m": 20_000.0, "to_m": 20_100.0})
    with app.server.test_request_context():
        text = str(segment._values(context, row))
    assert text.count(words) == 1
    assert text.index("8.0 mm") < text.index(words) < text.index("9.3 mm") < text.index("2024-04-20")
