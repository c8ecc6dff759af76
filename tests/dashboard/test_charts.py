"""Charts of a cell: nothing is written over anything else, and zeros make no chart."""

import json

import pandas as pd
import pytest

from dashboard import charts, forecast_card, i18n
from dashboard.pages import quality

NO_FORECAST = pd.DataFrame({"year": [], "value": [], "low": [], "high": []})


def works(*times: float) -> pd.DataFrame:
    """Return works at moments in time, newest first."""
    newest = sorted(times, reverse=True)
    return pd.DataFrame({"time": newest, "label": "Mill and overlay, 5 cm", "number": range(len(newest), 0, -1)})


def values(**by_year: float) -> pd.DataFrame:
    """Return surveyed values: ``values(y2023=0.1)``."""
    return pd.DataFrame({"year": [int(y[1:]) for y in by_year], "value": list(by_year.values())})


def test_works_are_marked_by_numbers_within_the_years_of_the_chart(app):
    with app.server.test_request_context():
        figure = charts.history(
            "rut_max", values(y2018=6.0, y2025=2.0), NO_FORECAST, works(2004.7, 2017.7, 2019.6, 2020.8, 2024.6)
        )
    marks = [a for a in figure.layout.annotations if a.yref == "paper" and a.hovertext]
    assert [a.text for a in marks] == ["5", "4", "3", "2"]
    first, last = figure.layout.xaxis.range
    assert (first, last) == (2017.4, 2025.6)
    assert all(first <= a.x <= last for a in marks)


def test_a_measure_found_nowhere_is_said_in_words(app):
    with app.server.test_request_context():
        i18n.session["language"] = "en"
        nothing = forecast_card.chart_or_zeros("pothole_area", values(y2023=0.0, y2025=0.0), NO_FORECAST, works())
        something = forecast_card.chart_or_zeros("pothole_area", values(y2023=0.0, y2025=0.1), NO_FORECAST, works())
    assert nothing.children == "0.00 m² in every survey: 2023, 2025"
    assert something.figure.data[0].y.tolist() == [0.0, 0.1]


def test_where_the_years_beyond_those_learned_from_begin_is_a_dashed_line(app):
    ahead = pd.DataFrame({"year": [2026, 2027, 2028], "value": 2.0, "low": 1.5, "high": 2.5})
    known = values(y2023=1.8, y2025=1.9)
    with app.server.test_request_context():
        i18n.session["language"] = "en"
        beyond = charts.history("iri", known, ahead.assign(basis=["model", "model", "extrapolated"]), works())
        within = charts.history("iri", known, ahead.assign(basis="model"), works())
    assert [a.x for a in beyond.layout.annotations if a.text == "extrapolated"] == [2027.5]
    assert [s.x0 for s in beyond.layout.shapes if s.x0 == s.x1] == [2027.5]
    assert [a for a in within.layout.annotations if a.text == "extrapolated"] == []


def test_a_forecast_is_told_year_by_year_with_its_interval_and_basis(app):
    ahead = pd.DataFrame({"year": [2025, 2026, 2027], "value": [1.9, 2.0, 2.1], "low": 1.5, "high": 2.5})
    ahead = ahead.assign(origin_year=2025, basis=["model", "model", "extrapolated"], model="m", doubt="biased")
    with app.server.test_request_context():
        i18n.session["language"] = "en"
        block = forecast_card._block("iri", values(y2025=1.9), ahead.assign(kind="iri"), works())
    text = json.dumps(block.children[1], default=lambda c: c.to_plotly_json(), ensure_ascii=False)
    for part in (
        "2.00",
        "1.50 – 2.50",
        "forecast by the live model",
        "extrapolated from 2027",
        "marked by the monitor",
    ):
        assert part in text
    assert '"2025"' in text


def test_the_first_year_of_a_forecast_is_the_survey_where_it_is_that(app):
    """What was surveyed has no interval; a value carried to that year from an earlier survey is still a forecast."""
    ahead = pd.DataFrame({"year": [2025, 2026], "value": [1.9, 2.0], "low": [1.9, 1.5], "high": [1.9, 2.5]})
    ahead = ahead.assign(origin_year=2025, basis="model", model="m")
    with app.server.test_request_context():
        i18n.session["language"] = "en"
        tables = [forecast_card._by_year("iri", ahead, known) for known in (values(y2025=1.9), values(y2024=1.9))]
    surveyed, carried = (json.dumps(one, default=lambda c: c.to_plotly_json(), ensure_ascii=False) for one in tables)
    assert [text.count("forecast by the live model") for text in (surveyed, carried)] == [1, 2]
    assert ["Surveyed" in text for text in (surveyed, carried)] == [True, False]
    assert ["1.90 – 1.90" in text for text in (surveyed, carried)] == [False, False]
    assert "1.50 – 2.50" in surveyed


def test_a_measure_without_a_unit_says_so(app):
    with app.server.test_request_context():
        figure = charts.history("friction_sn", values(y2023=50.0, y2025=48.0), NO_FORECAST, works())
        assert i18n.measure_label("friction_sn") == "抗滑值 SN [–]"
        assert i18n.measure_label("iri") == "國際糙度指標 IRI [m/km]"
    assert [a.text for a in figure.layout.annotations] == ["[–]"]


def test_limits_that_the_agency_sets_stand_in_the_chart(app, monkeypatch):
    monkeypatch.setitem(app.server.config, "GRADE_LIMITS", {"friction_sn": {"good": 65.0, "poor": 35.0}})
    with app.server.test_request_context():
        i18n.session["language"] = "en"
        figure = charts.history("friction_sn", values(y2023=50.0, y2025=48.0), NO_FORECAST, works())
    assert [(a.text, a.y) for a in figure.layout.annotations[:2]] == [("good 65", 65.0), ("poor 35", 35.0)]
    assert figure.layout.yaxis.range[1] > 65


@pytest.mark.parametrize("language", ["zh_TW", "en"])
def test_no_two_columns_of_the_packages_have_the_same_head(app, store, settings, language):
    from dashboard.context import Context

    with app.server.test_request_context():
        i18n.session["language"] = language
        table = quality.run_table(Context(store, settings)).children
    heads = [head.children for head in table.children[0].children.children]
    assert len(heads) == len(set(heads)) == 9


def test_a_reason_is_said_to_be_of_the_treatment_length(signed_in):
    client = signed_in("viewer")
    client.get("/language/en")
    body = {
        "output": "page.children",
        "outputs": {"id": "page", "property": "children"},
        "inputs": [{"id": "url", "property": "pathname", "value": "/segment/n1-s-1-020000"}],
        "changedPropIds": ["url.pathname"],
        "state": [],
    }
    text = json.dumps(client.post("/_dash-update-component", json=body).get_json())
    assert "This cell lies in the treatment length N1 20k+000" in text
    assert "those of the whole length, not of this cell alone" in text


def test_shares_near_zero_are_seen_to_be_near_zero():
    def upper(*shares: float) -> float | None:
        figure = charts.lines({"a": pd.Series(shares, index=[2025, 2026])}, unit="%", least=10.0)
        return None if figure.layout.yaxis.range is None else figure.layout.yaxis.range[1]

    assert upper(0.0, 0.0) == 10.0
    assert upper(0.0, 80.0) is None
