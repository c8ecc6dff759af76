"""One place in two surveys: by the command, and on the page of its cell."""

import cv2
import pandas as pd
import pytest
from typer.testing import CliRunner

from dashboard import place_history, queries
from dashboard.cli import app as verbs
from dashboard.cli_history import measure_of
from dashboard.context import Context
from pavement.errors import LocationError


@pytest.fixture
def history(store, settings, tmp_path):  # noqa: ARG001
    def verb(*place):
        out = tmp_path / "out"
        return out, CliRunner().invoke(
            verbs, ["history", *place, "--out", str(out)], env={"PAVEMENT_HOME": str(settings.home)}
        )

    return verb


def test_the_command_writes_both_years_and_the_growth(history):
    out, done = history("N1", "S", "1", "20k+021")
    assert done.exit_code == 0, done.output
    assert "2022-03-05  e2: aligned" in done.output
    growth = pd.read_csv(out / "growth.csv", comment="#")
    assert growth[["frame_then", "frame_now", "state"]].to_numpy().tolist() == [["e2", "f2", "grown"]]
    # the later line is 300 of 256 pixels over 2 m long, the earlier its first half
    metre = 2.0 / 256
    assert growth["length_now_m"].iloc[0] == pytest.approx((180**2 + 240**2) ** 0.5 * metre, rel=0.02)
    assert growth["length_then_m"].iloc[0] == pytest.approx((90**2 + 120**2) ** 0.5 * metre, rel=0.08)
    assert cv2.imread(str(out / "history.png")).shape[1] == 2 * 256 + 12


def test_a_place_without_frames_is_refused_with_its_cure(history):
    _, done = history("N1", "S", "1", "20k+900")
    assert isinstance(done.exception, LocationError)
    assert "No frame of N1 S lane 1 shows 20k+900." in str(done.exception)


@pytest.mark.parametrize("place", [("N1", "N", "1"), ("N9", "S", "1"), ("N1", "S", "4")])
def test_a_lane_without_frames_is_told_from_a_place_without(history, place):
    _, done = history(*place, "20k+021")
    assert isinstance(done.exception, LocationError)
    assert str(done.exception) == (
        f"{place[0]} {place[1]} lane {place[2]} has no frames. "
        "Name a route, direction and lane that have frames: N1 S 1."
    )


@pytest.mark.parametrize(("text", "metres"), [("25k+300", 25_300.0), ("25300", 25_300.0), ("25300.5", 25_300.5)])
def test_places_are_read_as_people_write_them(text, metres):
    assert measure_of(text)[0] == metres


@pytest.mark.parametrize("text", ["", "nan", "inf", "here", "1+2+3"])
def test_what_is_no_place_is_refused_with_how_to_write_one(text):
    with pytest.raises(LocationError) as refused:
        measure_of(text)
    assert refused.value.cure == "Write a measure such as 25k+300 or 25300."


def test_the_page_lists_places_that_two_surveys_show_and_what_grew(app, store, settings):
    context = Context(store, settings)
    cell = queries.cells(context).set_index("cell", drop=False).loc["n1-s-1-020000"]
    with app.server.test_request_context("/?lang=en"):
        places = place_history._places(context, cell)
        shown = str(place_history._content(context, places.iloc[1]))
    assert places["frame"].tolist() == [f"f{at}" for at in range(6)]
    assert set(places["surveys"]) == {2}
    assert "2022-03-05" in shown
    assert "2024-03-05" in shown
    assert "擴展 1 條" in shown
    assert "共同可見範圍" in shown


def test_what_shrank_has_a_minus_sign(app):
    row = {"crack": "a", "state": "gone", "length_then_m": 1.25, "length_now_m": 0.0, "growth_m": -1.25}
    rows = pd.DataFrame([{**row, "width_then_mm": 3.0, "width_now_mm": float("nan")}])
    with app.server.test_request_context():
        assert "\u22121.25" in str(place_history._table(rows))
