"""Range images against surfaces drawn in closed form; the truth is synthetic."""

import struct

import cv2
import numpy as np
import pytest

from ingest.imagery.camera import camera_from_manifest
from ingest.imagery.relief import decode_relief
from ingest.imagery.relief_measures import without_edges
from ingest.imagery.relief_quantify import quantify_relief
from ingest.imagery.relief_scale import ReliefScale, relief_scale
from pavement.errors import ImageError, ManifestError

from .conftest import as_image, asphalt, painted
from .relief_roads import LENGTH, SCALE, WIDTH, basin, cap, crossing, groove, road, ruts

TABLE = {"kind": "range", "mm_across": 1.0, "mm_along": 1.0, "mm_per_count": 0.1, "zero": 20_000}


def values(result, kind, method=None):
    chosen = result.measured[result.measured["kind"] == kind]
    return chosen[chosen["method"] == method] if method else chosen


@pytest.mark.parametrize("width", [2.0, 3.0, 6.0])
def test_crack_length_within_3_percent_and_width_within_0_3_mm(width):
    line = crossing()
    found = quantify_relief(groove(road(noise=0.2), line, width=width, depth=8.0), SCALE).frame.findings
    true = np.hypot(*np.diff(np.array(line), axis=0).T).sum() / 1000.0
    assert set(found["kind"]) == {"crack"}
    assert found["length_m"].sum() == pytest.approx(true, rel=0.03)
    assert np.average(found["width_mm"], weights=found["length_m"]) == pytest.approx(width, abs=0.3)


def test_stain_and_paint_without_depth_are_no_crack_and_depth_in_the_dark_is_one():
    tone = painted(asphalt(height=LENGTH, width=WIDTH), mm=1.0, places=(1500.0,))
    cv2.polylines(tone, [np.array([[300, 200], [400, 1300]], np.int32)], False, 40.0, 8)
    plain = quantify_relief(road(), SCALE, intensity=as_image(tone)).frame.findings
    assert plain[plain["kind"] == "crack"].empty
    sunk = groove(road(), [(300, 200), (400, 1300)], width=4.0, depth=6.0)
    both = quantify_relief(sunk, SCALE, intensity=as_image(tone)).frame.findings
    assert both.loc[both["kind"] == "crack", "length_m"].sum() == pytest.approx(1.1, rel=0.05)


@pytest.mark.parametrize("along_mm", [1.0, 5.0])
def test_each_rut_within_half_a_mm_under_1_mm_of_noise(along_mm):
    """Both are narrower than the shortest straightedge, so that all of them and the wire rest on the shoulders."""
    scale = ReliefScale(1.0, along_mm, 0.1)
    result = quantify_relief(ruts(8.0, 14.0) + road(noise=1.0, length=int(1500 / along_mm)), scale)
    told = values(result, "rut").pivot_table(index="method", columns="side", values="value")
    edges = [f"straightedge {length} m" for length in ("1.2", "1.8", "2", "3")]
    assert sorted(told.index) == [*edges, "wire over the lane"]
    np.testing.assert_allclose(told[["left", "right"]], np.tile([8.0, 14.0], (5, 1)), atol=0.5)
    assert result.frame.measures["rut"] == pytest.approx(11.0, abs=0.5)
    assert result.frame.measures["rut_max"] == pytest.approx(14.0, abs=0.5)


@pytest.mark.parametrize(
    ("method", "true"),
    [("straightedge 1.2 m", 6.857), ("straightedge 1.8 m", 10.286), ("straightedge 2 m", 11.429),
     ("straightedge 3 m", 17.143), ("wire over the lane", 20.0)],
)  # fmt: skip
def test_the_length_of_the_straightedge_decides_the_rut_of_a_v(method, true):
    """20 L / 3.5 for a straightedge of length L, 20 by wire; both halves hold the middle."""
    told = values(quantify_relief(basin() + road(noise=1.0), SCALE), "rut", method)
    assert told["value"].to_numpy() == pytest.approx([true, true], abs=0.5)


def test_crossfall_and_the_sensors_motion_change_no_rut():
    x = np.arange(WIDTH) / 1000.0
    lifted = ruts(8.0, 14.0) + road() + (25.0 * x)[None, :] + (10.0 * np.sin(np.arange(LENGTH) / 200.0))[:, None]
    told = values(quantify_relief(lifted.astype(np.float32), SCALE), "rut", "straightedge 2 m")
    assert told["value"].to_numpy() == pytest.approx([8.0, 14.0], abs=0.5)


@pytest.mark.parametrize(("radius", "depth"), [(150.0, 40.0), (250.0, 60.0), (100.0, 25.0)])
def test_pothole_volume_within_5_percent(radius, depth):
    sunk, volume = cap(road(noise=0.5) + basin(8.0), at=(900.0, 700.0), radius=radius, depth=depth)
    result = quantify_relief(sunk, SCALE).frame
    assert result.measures["pothole_count"] == 1
    assert result.measures["pothole_volume"] == pytest.approx(volume, rel=0.05)
    assert result.measures["pothole_depth"] == pytest.approx(depth, abs=1.5)
    assert result.measures["pothole_area"] == pytest.approx(np.pi * radius**2 / 1e6, rel=0.1)
    # the same hole in the table of findings, and nowhere wider than it is across
    (hole,) = result.findings.query("kind == 'pothole'").itertuples()
    assert hole.area_m2 == pytest.approx(result.measures["pothole_area"], rel=1e-6)
    assert hole.width_mm <= hole.width_max_mm <= 1.15 * hole.width_mm


def test_sound_road_measures_nothing_but_its_texture_and_flatness():
    result = quantify_relief(road(noise=0.4), SCALE)
    assert result.frame.findings.empty
    assert result.frame.measures["pothole_count"] == 0
    assert result.frame.measures["rut_max"] < 0.5
    assert not {"drop_off", "faulting", "rut_water"} & set(result.frame.measures)


def test_water_stands_in_each_rut_only_where_the_crossfall_is_known():
    surface = ruts(8.0, 14.0) + road()
    wet = quantify_relief(surface, ReliefScale(1.0, 1.0, 0.1, crossfall_percent=0.0))
    assert "rut_water" not in quantify_relief(surface, SCALE).frame.measures
    assert values(wet, "rut_water").set_index("side")["value"][["left", "right"]].to_numpy() == pytest.approx(
        [8.0, 14.0], abs=0.5
    )
    assert wet.frame.measures["rut_water"] == pytest.approx(14.0, abs=0.5)


def test_texture_is_measured_along_fine_lines_only():
    wave = 1.5 * np.cos(2 * np.pi * (np.arange(LENGTH) % 100 - 49.5) / 10.0)[:, None] + road(noise=0.05)
    assert quantify_relief(wave.astype(np.float32), SCALE).frame.measures["mpd"] == pytest.approx(1.5, rel=0.07)
    coarse = quantify_relief(road(length=300), ReliefScale(1.0, 5.0, 0.1))
    assert "mpd" not in coarse.frame.measures


def test_drop_off_beyond_the_painted_edge():
    tone = painted(asphalt(height=LENGTH, width=4600), mm=1.0, places=(500.0, 4000.0))
    x = np.arange(4600)
    edge = road(width=4600) - np.where(x > 4150, 60.0, 0.0)[None, :].astype(np.float32)
    result = quantify_relief(edge, SCALE, intensity=as_image(tone))
    assert result.frame.measures["drop_off"] == pytest.approx(60.0, abs=3.0)
    # what lies below the edge is no rut
    assert result.frame.measures["rut_max"] < 1.0


def test_what_lies_beyond_a_step_of_the_edge_is_cut_away():
    offsets = np.arange(-40, 41) * 0.05
    profile = np.where(np.abs(offsets) > 1.6, -80.0, 0.0)[None, :]
    kept = without_edges(profile, offsets, step=15.0)[0]
    assert np.isnan(kept[np.abs(offsets) > 1.65]).all()
    assert (kept[np.abs(offsets) < 1.6] == 0).all()


def test_missing_pixels_are_not_bridged_and_too_many_measure_nothing():
    hollow = basin() + road(noise=0.3)
    hollow[:, 1600:1900] = np.nan
    # the lowest part was not seen: what is left of the V is less deep, and is not filled in
    assert quantify_relief(hollow, SCALE).frame.measures["rut_max"] < 11.0
    hollow[:, 800:2900] = np.nan
    unseen = quantify_relief(hollow, SCALE)
    assert (unseen.frame.usable, unseen.frame.reason) == (False, "surface not seen")
    assert unseen.frame.measures == {}


# ---- what a file may be -------------------------------------------------------------------------------------------


def counts(**options):
    heights = np.clip(np.rint(road(length=64, width=96) / 0.1 + 20_000), 1, 65535).astype(np.uint16)
    heights[0, 0] = 0
    return cv2.imencode(options.get("suffix", ".png"), heights)[1].tobytes()


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
def test_heights_are_read_as_stated(suffix):
    read = decode_relief(counts(suffix=suffix), SCALE, name="a")
    assert read.shape == (64, 96)
    assert np.isnan(read[0, 0])
    np.testing.assert_allclose(read[1:], road(length=64, width=96)[1:], atol=0.051)


def test_counts_may_be_distances():
    up = decode_relief(counts(), SCALE, name="a")
    down = decode_relief(counts(), ReliefScale(1.0, 1.0, -0.1, zero=20_000.0), name="a")
    np.testing.assert_allclose(down[1:], -up[1:])


def page(value=7, *, then=0, shape=(64, 64), bits=16):
    """Return a TIFF of one strip, written by hand, whose directory points on to `then`."""
    rows = np.full(shape, value, np.uint16).tobytes()
    tags = [(256, 4, 1, shape[1]), (257, 4, 1, shape[0]), (258, 3, 1, bits), (259, 3, 1, 1), (262, 3, 1, 1),
            (273, 4, 1, 8), (277, 3, 1, 1), (278, 4, 1, shape[0]), (279, 4, 1, len(rows))]  # fmt: skip
    entries = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    head = b"II*\x00" + struct.pack("<I", 8 + len(rows))
    return head + rows + struct.pack("<H", len(tags)) + entries + struct.pack("<I", then)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (cv2.imencode(".png", np.zeros((64, 64), np.uint8))[1].tobytes(), "has 8 bits"),
        (cv2.imencode(".png", np.zeros((64, 64, 3), np.uint16))[1].tobytes(), "in colour"),
        (cv2.imencode(".jpg", np.zeros((64, 64), np.uint8))[1].tobytes(), "is a JPEG"),
        (counts()[:-40], "cut short"),
        (counts(suffix=".tiff")[:2000], "cut short"),
        (page(then=8), "several pages"),
        (page(shape=(64, 64))[:4000], "cut short"),
        (page(value=0), "no pixel was seen"),
        (b"", "is empty"),
        (b"GIF89a" + bytes(64), "a GIF image"),
        (b"II*\x00" + bytes(4), "cut short"),
    ],
)
def test_what_is_no_range_image_is_refused(data, said):
    """I1, I9, I14: another depth, colour, a lossy file, several pages, cut files."""
    with pytest.raises(ImageError, match=said):
        decode_relief(data, SCALE, name="a")


def test_size_is_refused_from_the_header_alone():
    """I3: a small file that says it is huge."""
    with pytest.raises(ImageError, match="over 1000"):
        decode_relief(page(), SCALE, name="a", pixels_limit=1000)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"mm_across": None}, "mm_across"), ({"mm_along": 0}, "mm_along = 0"),
        ({"mm_per_count": 0}, "mm_per_count = 0"),
        ({"mm_per_count": 100}, "mm_per_count = 100"), ({"mm_across": 900}, "mm_across = 900"),
        ({"no_data": 70_000}, "no_data"), ({"no_data": True}, "no_data"), ({"crossfall_percent": 80}, "crossfall"),
        ({"zero": "x"}, "zero"),
    ],
)  # fmt: skip
def test_scale_that_cannot_be_is_refused(change, said):
    """I10: a scale that is missing, zero, or no laser's."""
    with pytest.raises(ManifestError, match=said):
        camera_from_manifest(TABLE | change)


def test_camera_of_kind_range_has_its_scale():
    camera = camera_from_manifest(TABLE | {"mm_along": 5.0, "no_data": -1})
    assert camera.kind == "range"
    assert camera.relief == relief_scale(TABLE | {"mm_along": 5.0, "no_data": -1})
    assert camera.relief.no_data is None
    assert camera.mm_per_pixel == 2.0
