"""What range images show that is no crack (I7), told by depth alone and with their intensity (synthetic)."""

import cv2
import numpy as np
import pytest

from ingest.imagery.engines import engine_name
from ingest.imagery.folder_tables import finding_table
from ingest.imagery.parameters import parameters
from ingest.imagery.relief_cracks import grooves
from ingest.imagery.relief_quantify import quantify_relief

from .conftest import as_image, asphalt, painted, wandering, with_line
from .relief_roads import LENGTH, SCALE, WIDTH, basin, boxed, cap, groove, places, rimmed, road, stony

BOX = (1000, 300, 2200, 1100)
SLANTED = [(1000.0, -10.0), (1400.0, 1510.0)]


def tone():
    return asphalt(height=LENGTH, width=WIDTH)


def shown(heights, view=None, engine="classical"):
    intensity = None if view is None else as_image(view)
    return quantify_relief(heights.astype(np.float32), SCALE, intensity=intensity, engine=engine).frame


def only(result, kind):
    """Return the one finding, which is of a kind; nothing is counted as a crack or pothole."""
    assert result.findings["kind"].tolist() == [kind], result.findings[["kind", "length_m", "area_m2"]]
    assert result.measures["crack_length"] == result.measures["pothole_count"] == 0
    return result.findings.iloc[0]


@pytest.mark.parametrize(("width", "depth"), [(12.0, 8.0), (20.0, 10.0)])
def test_the_rim_of_a_manhole_is_a_manhole(width, depth):
    """I7, by depth alone and with an intensity that does not show it."""
    heights = rimmed(road(), width=width, depth=depth)
    for found in (only(shown(heights), "manhole"), only(shown(heights, tone()), "manhole")):
        assert found["area_m2"] == pytest.approx(np.pi * 0.33**2, rel=0.1)
        assert np.isnan(found["confidence"])


def test_the_rim_of_a_manhole_that_the_border_cuts_is_a_manhole():
    """I7."""
    only(shown(rimmed(road(), width=15.0, depth=10.0, at=(1750.0, 100.0))), "manhole")


def test_a_sunk_cover_is_a_manhole_and_no_rut():
    """I7."""
    x, y = places()
    result = shown(road() - 8.0 * (np.hypot(x - 2625, y - 750) < 330))
    only(result, "manhole")
    assert result.measures["rut_max"] < 0.5


def test_a_manhole_that_intensity_shows_too_is_told_once():
    """I7: the engine of the survey tells it, with its confidence."""
    x, y = places()
    far = np.hypot(x - 1750, y - 750)
    view = tone() * np.where(far < 330, 0.6, 1.0) * np.where(np.abs(far - 340) < 10, 0.5, 1.0)
    found = only(shown(rimmed(road(), width=20.0, depth=10.0), view), "manhole")
    assert found["engine"] == ""
    assert 0.5 < found["confidence"] <= 1.0


@pytest.mark.parametrize("step", [-3.0, -4.0, 4.0, -16.0])
def test_a_sunk_or_raised_patch_is_a_patch(step):
    """I7: its edges are no cracks, and it is no pothole; drawn 1.2 by 0.8 m."""
    found = only(shown(boxed(road(), step, BOX)), "patch")
    assert found["area_m2"] == pytest.approx(0.96, rel=0.05)
    assert (found["length_m"], found["width_mm"]) == (pytest.approx(1.2, abs=0.03), pytest.approx(800, abs=30))


@pytest.mark.parametrize("share", [1.0, 0.75])
def test_a_patch_with_intensity_is_told_once(share):
    """I7: whether the intensity shows it or not."""
    view = tone()
    view[300:1100, 1000:2200] *= share
    found = only(shown(boxed(road(), -4.0, BOX), view), "patch")
    assert found["area_m2"] == pytest.approx(0.96, rel=0.05)


@pytest.mark.parametrize("box", [(1000, 200, 2200, 1450), (1000, -1, 2200, 900), (600, -1, 1200, 1600)])
def test_a_patch_over_most_of_the_lines_or_beyond_them_is_a_patch(box):
    """I7: where it is the usual height of its columns."""
    x, y = places()
    area = ((x >= box[0]) & (x < box[2]) & (y >= box[1]) & (y < box[3])).sum() / 1e6
    assert only(shown(boxed(road(), -5.0, box)), "patch")["area_m2"] == pytest.approx(area, rel=0.05)


def test_a_turned_patch_in_a_hollow_road_is_a_patch():
    """I7."""
    corners = cv2.boxPoints(((1500, 700), (1000, 500), 20)).astype(np.int32)
    inside = cv2.fillPoly(np.zeros((LENGTH, WIDTH), np.uint8), [corners], 1)
    found = only(shown(road(noise=1.0) + basin() - 5.0 * inside), "patch")
    assert found["area_m2"] == pytest.approx(0.5, rel=0.05)


def test_a_hole_in_a_patch_stays_a_hole_of_its_own_depth():
    sunk, volume = cap(boxed(road(), -6.0, BOX), at=(1500.0, 700.0), radius=150.0, depth=40.0)
    result = shown(sunk)
    assert sorted(result.findings["kind"]) == ["patch", "pothole"]
    assert result.measures["pothole_volume"] == pytest.approx(volume, rel=0.07)
    assert result.measures["pothole_depth"] == pytest.approx(40.0, abs=2.0)


@pytest.mark.parametrize(
    ("step", "from_x"), [(10.0, 3000), (120.0, 3200), (-60.0, 3100)], ids=["overlay", "kerb", "drop"]
)
def test_the_edge_of_what_goes_on_beyond_the_view_is_nothing(step, from_x):
    x, _ = places()
    result = shown(road() + step * (x > from_x))
    assert result.findings.empty
    assert result.measures["pothole_count"] == 0


@pytest.mark.parametrize(("width", "degrees"), [(100.0, 0.0), (100.0, 2.0), (200.0, 2.0)])
def test_an_expansion_joint_is_none_of_the_others(width, degrees):
    """I7."""
    x, y = places()
    away = y - 750 - (x - 1750) * np.tan(np.radians(degrees))
    found = only(shown(road() - 25.0 * (np.abs(away) < width / 2)), "expansion_joint")
    assert found["length_m"] == pytest.approx(3.5, rel=0.01)
    assert found["width_mm"] == pytest.approx(width, abs=35.0)


@pytest.mark.parametrize("size", [3.0, 5.0, 8.0])
def test_gaps_between_coarse_stones_are_no_cracks_but_a_crack_in_them_is_one(size):
    assert shown(stony(size=size)).findings.empty
    line = wandering([(-10.0, 700.0), (3510.0, 800.0)])
    found = shown(groove(stony(size=size), line, width=8.0, depth=12.0)).findings
    assert set(found["kind"]) == {"crack"}
    assert found["length_m"].sum() == pytest.approx(3.58, rel=0.04)


def test_rails_whose_grooves_are_deep_are_no_cracks():
    """I7."""
    x, _ = places()
    assert "crack" not in set(shown(road() - 40.0 * (np.abs(np.abs(x - 1750) - 535) < 25)).findings["kind"])


@pytest.mark.parametrize("lift", [-2.0, 0.0, 2.0])
def test_a_sealed_crack_of_the_intensity_is_told_whether_it_lies_lower_or_higher(lift):
    """I7: tar strips and sealed cracks."""
    line = wandering(SLANTED)
    heights = road() + (groove(road(), line, width=60.0, depth=1.0) - road()) * -lift
    found = only(shown(heights, with_line(tone(), line, width_mm=60, mm=1.0, share=0.4)), "sealed_crack")
    assert found["length_m"] == pytest.approx(1.56, rel=0.03)
    assert found["width_mm"] == pytest.approx(60.0, abs=8.0)


def test_markings_of_the_intensity_are_told():
    """I7: painted lines."""
    view = painted(tone(), mm=1.0, places=(300.0, 3300.0))
    assert shown(road(), view).findings["kind"].tolist() == ["marking", "marking"]


def test_an_edge_is_no_groove_and_a_groove_is_as_deep_as_it_is():
    local = np.zeros((60, 120), np.float32)
    local[:, 40:] = -8.0
    local[:, 80:82] -= 6.0
    deep = grooves(local, mm_per_pixel=5.0, values=parameters())
    assert deep[:, :78].max() == 0.0
    assert deep[30, 80] == pytest.approx(6.0)


# ---- who tells it, and how sure that is ----------------------------------------------------------------------------


@pytest.mark.parametrize("view", [None, "dark"])
def test_a_crack_of_the_depth_names_the_depth_and_claims_no_confidence(view):
    """The learned engine never sees heights; no confidence was fitted to them."""
    line = wandering(SLANTED)
    seen = None if view is None else with_line(tone(), line, width_mm=6, mm=1.0)
    (found,) = shown(groove(road(), line, width=6.0, depth=8.0), seen, "learned").findings.to_dict("records")
    assert (found["kind"], found["engine"]) == ("crack", "depth 1")
    assert np.isnan(found["confidence"])


def test_a_crack_of_the_intensity_with_a_trace_of_depth_is_that_of_the_engine():
    line = wandering(SLANTED)
    view = with_line(tone(), line, width_mm=6, mm=1.0)
    (found,) = shown(groove(road(), line, width=4.0, depth=2.0), view, "learned").findings.to_dict("records")
    assert (found["kind"], found["engine"]) == ("crack", "")
    assert 0.9 < found["confidence"] <= 1.0


def test_potholes_by_depth_claim_no_confidence():
    sunk, _ = cap(road(), at=(900.0, 700.0), radius=150.0, depth=40.0)
    (found,) = shown(sunk).findings.to_dict("records")
    assert (found["kind"], found["engine"]) == ("pothole", "depth 1")
    assert np.isnan(found["confidence"])


def test_files_name_the_depth_or_else_the_engine_of_the_survey():
    class Told:
        @staticmethod
        def record(_):
            line = wandering(SLANTED)
            found = shown(groove(road(), line, width=6.0, depth=8.0), painted(tone(), mm=1.0, places=(3300.0,)))
            rows = found.findings.assign(on_road="[]").astype(object).to_numpy().tolist()
            return {"error": None, "row": {"sha256": "a"}, "findings": rows}

    (table,) = finding_table({"1.png": "k"}, Told(), engine=engine_name("learned"))
    assert dict(zip(table["kind"], table["engine"], strict=True)) == {
        "crack": "depth 1",
        "marking": engine_name("learned"),
    }
