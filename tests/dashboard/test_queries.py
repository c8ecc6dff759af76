"""What the pages ask of the store, against plain ways of computing the same."""

import numpy as np
import pandas as pd
import pytest

from dashboard import places, plan_view, queries
from dashboard.context import Context
from dashboard.pages.map import year_options


@pytest.fixture
def context(store, settings, app):
    """Return the context inside a request, as the pages have it."""
    with app.server.test_request_context():
        yield Context(store, settings)


def test_kinds_and_years_are_those_with_values(context, made):
    assert queries.kinds(context)[:3] == ["iri", "rut", "rut_max"]
    assert queries.years(context, "iri") == list(made.YEARS)
    assert queries.forecast_years(context, "iri") == list(range(2025, 2035))
    assert queries.forecast_years(context, "esal") == []


def test_values_stand_in_the_order_of_the_cells(context, made):
    frame = queries.values(context, "iri", 2023)
    assert frame["cell"].tolist() == queries.cells(context)["cell"].tolist()
    plain = made.cell_values().query("kind == 'iri' and year == 2023").set_index("cell")["value"]
    np.testing.assert_allclose(frame["value"], plain.reindex(frame["cell"]))


def test_a_survey_of_a_few_cells_hides_no_other_on_the_map(context, made, monkeypatch):
    frame = queries.history(context)
    part = frame[(frame["year"] == 2024) & frame["cell"].isin(["n1-s-1-020000", "n1-s-1-020100"])]
    late = part.assign(year=2025, iri=9.0, rut=np.nan, iri_surveyed_on=pd.Timestamp(2025, 6, 1))
    monkeypatch.setattr(queries, "history", lambda _: pd.concat([frame, late], ignore_index=True))
    monkeypatch.setattr(queries, "_KEPT", type(queries._KEPT)())
    newest = queries.values(context, "iri", queries.NEWEST)
    assert newest["cell"].tolist() == queries.cells(context)["cell"].tolist()
    assert newest["value"].notna().all()
    assert newest["year"].value_counts().to_dict() == {2024: 238, 2025: 2}
    assert (newest.loc[newest["year"] == 2025, "value"] == 9.0).all()
    # a row without a rut is no news of ruts
    assert set(queries.values(context, "rut", queries.NEWEST)["year"]) == {2024}


def test_the_map_opens_on_the_newest_value_of_each_cell(context):
    options = year_options(context, "iri")
    assert options[0]["items"][0]["value"] == str(queries.NEWEST)
    assert [o["value"] for o in options[1]["items"]] == [str(y) for y in range(2024, 2018, -1)]


def test_the_newest_value_is_that_of_the_last_year(context, made):
    frame = queries.newest(context).set_index("cell")
    plain = made.cell_values().query("kind == 'rut' and year == 2024").set_index("cell")["value"]
    np.testing.assert_allclose(frame["rut"], plain.reindex(frame.index))
    assert set(frame["surveyed_year"]) == {2024}


def test_coverage_is_a_share_of_lane_length(context):
    share = queries.coverage(context)
    assert queries.lane_km(context) == pytest.approx(24.0)
    assert (share.loc["iri"] == 100).all()
    # ten of sixty cells southbound of both lanes carry the one work on record, from its year on
    assert share.loc["age", 2024] == pytest.approx(100 * 20 / 240)
    assert share.loc["age", 2020] == 0


@pytest.mark.parametrize("changed", [(1, 0), (0, 1)], ids=["data", "reports"])
def test_answers_are_kept_until_data_or_reports_change(context, monkeypatch, changed):
    first = queries.history(context)
    assert queries.history(context) is first
    data, pages = queries.runs.versions(context.store)
    monkeypatch.setattr(queries.runs, "versions", lambda _: (data + changed[0], pages + changed[1]))
    assert queries.history(context) is not first


def test_limits_are_in_the_unit_of_the_kind():
    limit = queries.limits("iri")
    assert limit["good_below"] == pytest.approx(95 / 63.36)
    assert limit["poor_above"] == pytest.approx(170 / 63.36)
    assert queries.limits("aadt") is None


@pytest.mark.parametrize(
    ("value", "mark"), [(1.4, "good"), (1.5, "fair"), (2.68, "fair"), (2.7, "poor"), (None, ""), (float("nan"), "")]
)
def test_grades_follow_the_limits(value, mark):
    assert queries.grade("iri", value) == mark
    assert queries.grade("aadt", value) == ""


def test_classes_of_a_kind_without_limits_are_fifths():
    values = pd.Series(np.arange(100.0))
    cuts = queries.breaks("aadt", values)
    counts = np.histogram(values, [-np.inf, *cuts, np.inf])[0]
    assert np.abs(counts - 20).max() <= 1
    assert queries.breaks("aadt", pd.Series([5.0, 5.0])) == []
    assert queries.breaks("aadt", pd.Series([np.nan])) == []


def test_works_and_frames_of_a_place(context):
    cells = queries.cells(context).set_index("cell")
    inside, beside = cells.loc["n1-s-2-020900"], cells.loc["n1-s-2-021000"]
    assert places.works_on(context, inside)["time"].tolist() == [pytest.approx(2021 + 151 / 365.25)]
    assert places.works_on(context, beside).empty
    frames = places.frames_on(context, cells.loc["n1-s-1-020000"])
    assert len(frames) == 13
    judged = frames["not_judged"] == ""
    assert set(frames.loc[judged, "findings_text"]) == {"裂縫 1.5 m"}
    assert frames.loc[~judged, ["frame", "findings_text"]].to_numpy().tolist() == [["f6", ""]]
    assert places.frames_on(context, beside).empty


def test_the_plan_of_a_place(context):
    plan = plan_view.newest(context)
    cells = queries.cells(context).set_index("cell")
    assert plan_view.actions_on(plan, cells.loc["n1-s-1-020000"])["rank"].tolist() == [1]
    assert plan_view.actions_on(plan, cells.loc["n1-n-1-020000"]).empty
    assert plan_view.unit_on(plan, cells.loc["n1-n-2-020000"]) is None
    assert plan_view.why_left(plan, "n1-n-1-020000")["reason_en"] == "Too dear"
    assert plan.budgets.sum() == 80e6
