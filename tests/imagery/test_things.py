"""Things of the road that are no cracks, against drawn ones of known size (synthetic) and real frames (I6, I7)."""

import json

import cv2
import numpy as np
import pytest

from ingest.imagery.camera import Camera
from ingest.imagery.drawing import COLOURS
from ingest.imagery.folder import quantify_folder
from ingest.imagery.outlines import CLOSED
from ingest.imagery.quantify import quantify_frame
from ingest.imagery.things import pixels, sides
from pavement.schema import schema

from .conftest import as_image, asphalt, line_length, painted, wandering, wavy, with_line

MM = 2.5
CAMERA = Camera("downward", MM)


def road(seed=2):
    return asphalt(height=1200, width=1760, seed=seed)


def places(view):
    """Return x and y [mm] of the pixels of a view."""
    y, x = np.indices(view.shape) * MM
    return x, y


def boxed(view, x0, y0, x1, y1, *, share):
    x, y = places(view)
    view[(x >= x0) & (x < x1) & (y >= y0) & (y < y1)] *= share
    return view


def findings(view):
    return quantify_frame(as_image(view), CAMERA).findings


def only(view, kind):
    """Return the one finding of a kind, when nothing else but markings is found."""
    found = findings(view)
    assert set(found["kind"]) - {"marking"} == {kind}, found[["kind", "length_m", "area_m2"]]
    (row,) = found[found["kind"] == kind].itertuples()
    assert 0.0 < row.confidence <= 1.0
    return row


def smoothed(view, where):
    """Return a view with 0.15 of its grain within a mask."""
    return np.where(where, view.mean() + 0.15 * (view - view.mean()), view)


@pytest.mark.parametrize("seed", range(4))
def test_sound_asphalt_has_none_of_them(seed):
    """The grain drawn here may give a trace of a crack."""
    assert not set(findings(road(seed))["kind"]) - {"crack"}


@pytest.mark.parametrize("width", [100.0, 150.0, 200.0])
@pytest.mark.parametrize("bright", [1.5, 2.0])
def test_markings_are_as_wide_as_their_paint(width, bright):
    """What is told of paint does not hold the rim that keeps cracks away from it; 10 mm is a pixel of the mask."""
    view = road()
    for place in (403.0, 3998.0):
        view = with_line(view, [(place, -100.0), (place, 3100.0)], width_mm=width, mm=MM, share=bright)
    found = findings(view)
    assert found["kind"].tolist() == ["marking", "marking"]
    np.testing.assert_allclose(found["area_m2"], 3.0 * width / 1000.0, atol=3.0 * 0.006)
    np.testing.assert_allclose(found["length_m"], 3.0, rtol=0.02)
    np.testing.assert_allclose(found["width_mm"], width, atol=15)


def test_a_reflector_in_a_dark_body_is_a_stud():
    view = boxed(road(), 2960, 1460, 3160, 1600, share=0.55)
    view = boxed(view, 3010, 1500, 3110, 1560, share=4.5)
    stud = only(view, "stud")
    assert stud.length_m == pytest.approx(0.10, abs=0.03)
    assert stud.width_mm == pytest.approx(60, abs=25)
    x, y = np.mean(json.loads(stud.outline)[0], axis=0) * 4400 / 900
    assert (x, y) == (pytest.approx(3060, abs=15), pytest.approx(1530, abs=15))


def test_a_bright_stone_without_a_body_is_no_stud():
    assert findings(boxed(road(), 3010, 1500, 3110, 1560, share=2.0)).empty


@pytest.mark.parametrize("share", [0.6, 1.3])
def test_a_round_cover_is_a_manhole_and_neither_pothole_nor_crack(share):
    view = road()
    x, y = places(view)
    far = np.hypot(x - 2200, y - 1500)
    view[far < 330] *= share
    view[(far >= 330) & (far < 350)] *= 0.4
    result = quantify_frame(as_image(view), CAMERA)
    found = result.findings[result.findings["kind"] == "manhole"]
    assert len(found) == 1
    assert found["area_m2"].iloc[0] == pytest.approx(np.pi * 0.34**2, rel=0.15)
    assert not set(result.findings["kind"]) & {"crack", "pothole"}


@pytest.mark.parametrize("turn", [0.0, 20.0])
def test_a_square_of_new_asphalt_is_a_patch(turn):
    view = road()
    corners = cv2.boxPoints(((880, 600), (320, 192), turn)).astype(np.int32)
    inside = cv2.fillPoly(np.zeros(view.shape, np.uint8), [corners], 1) > 0
    view[inside] *= 0.75
    patch = only(view, "patch")
    assert patch.area_m2 == pytest.approx(0.8 * 0.48, rel=0.12)
    assert patch.length_m == pytest.approx(0.8, rel=0.08)
    assert patch.width_mm == pytest.approx(480, rel=0.1)


def test_a_crack_in_a_patch_stays_a_crack():
    view = boxed(road(), 1600, 500, 2800, 2500, share=0.75)
    crack = wandering([(2200.0, 300.0), (2250.0, 2700.0)])
    found = findings(with_line(view, crack, width_mm=10.0, mm=MM))
    assert "patch" in set(found["kind"])
    assert found.loc[found["kind"] == "crack", "length_m"].sum() == pytest.approx(line_length(crack), rel=0.1)


def test_a_round_hole_is_a_pothole_and_no_patch():
    view = road()
    x, y = places(view)
    view[np.hypot(x - 2200, y - 1500) < 180] *= 0.5
    assert only(view, "pothole").area_m2 == pytest.approx(np.pi * 0.18**2, rel=0.12)


def test_a_shadow_keeps_the_grain_of_the_road():
    """I6."""
    view = road()
    x, y = places(view)
    view[(x + 0.5 * y < 1800) & (y > 600)] *= 0.45
    shadow = only(view, "shadow")
    corners = np.array([(0, 600), (1500, 600), (300, 3000), (0, 3000)]) / 1000.0
    along, up = corners.T
    area = abs(np.dot(along, np.roll(up, 1)) - np.dot(up, np.roll(along, 1))) / 2
    assert shadow.area_m2 == pytest.approx(area, rel=0.06)


def test_a_dark_place_without_a_border_is_a_stain():
    view = road()
    x, y = places(view)
    view *= 1 - 0.35 * np.exp(-((x - 2200) ** 2 + (y - 1500) ** 2) / (2 * 200.0**2))
    stain = only(view, "stain")
    # 0.1 to 0.2 darker than the road: within 1.06 to 1.58 sigma
    assert np.pi * (1.0 * 0.2) ** 2 < stain.area_m2 < np.pi * (1.65 * 0.2) ** 2


def test_coarse_texture_is_ravelling():
    view = road()
    x, y = places(view)
    where = (x > 1200) & (x < 2400) & (y > 900) & (y < 2100)
    view = np.where(where, view.mean() + 3.0 * (view - view.mean()), view)
    found = findings(view)
    (ravelled,) = found[found["kind"] == "ravelling"].itertuples()
    assert ravelled.area_m2 == pytest.approx(1.44, rel=0.3)
    # one measure of texture is no proof
    assert ravelled.confidence <= 0.5


def test_smooth_dark_strip_is_bleeding():
    view = road()
    x, y = places(view)
    far = np.abs(x - 1400) - 350
    # without a sharp border
    view = smoothed(view, far < 0) * (1 - 0.2 / (1 + np.exp(np.clip(far / 60, -50, 50))))
    found = findings(view)
    (bled,) = found[found["kind"] == "bleeding"].itertuples()
    assert bled.area_m2 == pytest.approx(0.7 * 3.0, rel=0.35)
    assert bled.confidence <= 0.5


def test_none_of_them_changes_what_a_crack_measures():
    """I7."""
    crack = wavy(1500.0)
    view = boxed(with_line(road(), crack, width_mm=10.0, mm=MM), 2600, 400, 3400, 1000, share=0.75)
    view = painted(view, mm=MM, places=(400.0, 4000.0))
    result = quantify_frame(as_image(view), CAMERA)
    assert {"crack", "patch", "marking"} == set(result.findings["kind"])
    assert result.measures["crack_length"] * result.area_m2 == pytest.approx(line_length(crack), rel=0.06)
    assert result.measures["pothole_count"] == 0


def test_every_kind_has_a_colour_and_is_allowed_by_the_schema():
    allowed = set(schema("findings").loc["kind", "allowed"].split("|"))
    assert set(COLOURS) - {"longitudinal", "transverse", "pattern"} | {"crack"} == allowed
    assert set(CLOSED) < allowed


def test_pixels_and_sides_of_an_outline():
    mask = np.zeros((40, 60), np.uint8)
    mask[5:15, 10:40] = 1
    mask[15:20, 10:18] = 1
    (outline,), _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    assert pixels(outline[:, 0]) == pytest.approx(mask.sum(), abs=2)
    assert sides(outline[:, 0]) == (pytest.approx(15), pytest.approx(30))


def test_quantify_writes_them_with_polygons(tmp_path):
    view = boxed(painted(road(), mm=MM, places=(400.0, 4000.0)), 2000, 1000, 2600, 1600, share=0.75)
    cv2.imwrite(str(tmp_path / "a.png"), as_image(view))
    quantify_folder(tmp_path / "a.png", out=tmp_path / "out", camera=CAMERA, settings={"workers": 1})
    told = json.loads((tmp_path / "out" / "findings.geojson").read_text(encoding="utf-8"))["features"]
    patch = next(f for f in told if f["properties"]["kind"] == "patch")
    ring = np.array(patch["geometry"]["coordinates"][0])
    # right of the left edge, ahead of the lower edge of a view of 3 m
    np.testing.assert_allclose([ring.min(axis=0), ring.max(axis=0)], [(2.0, 1.4), (2.6, 2.0)], atol=0.04)
    assert patch["properties"]["area_m2"] == pytest.approx(0.36, rel=0.1)


def test_studs_and_patches_of_real_frames(shared):
    """Counted by eye: 8 studs with a bright reflector; small dark patches where studs were; none in these others."""
    images = shared / "data/cracks/nha12d_dev/images"
    with_studs = {"APVD_06": 2, "CPVD_05": 1, "CPVD_06": 1, "CPVD_11": 1, "CPVD_14": 1, "CPVD_20": 1, "CPVD_21": 1}
    for name in (*with_studs, "CPVD_03", "CPVD_15", "CPVD_16", "APVD_05"):
        kinds = quantify_frame(cv2.imread(str(images / f"{name}.jpg")), Camera("downward", 2.5)).findings["kind"]
        assert (kinds == "stud").sum() == with_studs.get(name, 0), name
        assert ("patch" in set(kinds)) == (name in ("CPVD_03", "CPVD_15")) or name == "CPVD_11", name


def test_beside_a_shadow_nothing_is_taken_for_a_patch():
    """I6: the shade of a tree has islands."""
    view = road()
    x, y = places(view)
    view[(x + 0.5 * y < 1800) & (y > 600)] *= 0.45
    view = boxed(view, 2600, 1000, 3000, 1400, share=0.75)
    assert "patch" not in set(findings(view)["kind"])
    assert "shadow" in set(findings(view)["kind"])
