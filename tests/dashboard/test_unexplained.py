"""P9, P10: changes that nothing on record explains are listed with their place and what is odd about them."""

import json

import pytest

from dashboard import unexplained
from tests.condition.test_quality import NONE, repaired, segments


@pytest.fixture
def said(app, monkeypatch):
    def card(frame, works):
        monkeypatch.setattr(unexplained.queries, "history", lambda _: frame)
        monkeypatch.setattr(unexplained.queries, "table", lambda _, name: works if name == "works" else NONE)
        monkeypatch.setattr(unexplained.queries, "cells", lambda _: frame.drop_duplicates("cell"))
        monkeypatch.setattr(unexplained, "changes", unexplained.changes.__wrapped__)
        with app.server.test_request_context():
            from flask import session

            session["language"] = "en"
            return json.dumps(unexplained.changes_card(None), default=lambda c: c.to_plotly_json())

    return card


def test_a_fall_without_work_is_listed_with_both_values(said):
    text = said(segments(iri=[2.0, 1.0]), NONE)
    assert "1 value got better without work on record; 0 stayed bad" in text
    assert "2.00 m/km (2020)" in text
    assert "1.00 m/km (2021)" in text
    assert "/segment/a" in text
    assert "unrecorded work or an error" in text


def test_a_work_without_effect_is_listed(said):
    text = said(segments(iri=[2.0, 2.1]), repaired("2020-10-01"))
    assert "0 values got better without work on record; 1 stayed bad" in text
    assert "not carried out here" in text


def test_nothing_odd_is_said_plainly(said):
    assert "Every change of condition is explained." in said(segments(iri=[1.0, 1.1]), NONE)


def test_neighbours_are_one_stretch_with_their_means(said):
    import pandas as pd

    near = segments(iri=[3.0, 1.0]).assign(cell="b", from_m=100.0, to_m=200.0)
    far = segments(iri=[2.5, 1.0]).assign(cell="c", from_m=500.0, to_m=600.0)
    text = said(pd.concat([segments(iri=[2.0, 1.0]), near, far], ignore_index=True), NONE)
    assert "3 values got better" in text
    assert "0k+000 \\u2013 0k+200" in text
    assert "2.50 m/km (2020)" in text
    assert text.count("/segment/") == 2
