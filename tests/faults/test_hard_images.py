"""Rows of the list of image faults case by case: I1, I5, I6, I7, I9, I11, I12, I13, I14."""

import struct
import tracemalloc
import zlib

import cv2
import numpy as np
import pandas as pd
import pytest

from ingest.imagery.camera import Camera
from ingest.imagery.frames import decode
from ingest.imagery.quantify import quantify_frame
from ingest.imagery.survey import quantify_frames
from ingest.run import ingest_package
from pavement.errors import ImageError
from pavement.store import published
from sample_data.spoilt_views import spoilt
from tests.imagery.conftest import asphalt
from tests.ingest.builders import package

from .test_images import CAMERA, SETTINGS, jpeg, listed, marked, png, road, with_segments

DOWN = Camera("downward", 2.5)


def smooth_road(seed=2):
    noise = np.random.default_rng(seed).normal(size=(1080, 1760)).astype(np.float32)
    noise = cv2.GaussianBlur(noise, (0, 0), 1.2)
    return 110.0 + 7.0 * noise / noise.std()


def bgr(view):
    return cv2.merge([np.clip(view, 0, 255).astype(np.uint8)] * 3)


@pytest.mark.parametrize("share", [0.33, 0.9, 0.999])
def test_i1_a_cut_jpeg_never_shows_pixels_of_another_road(share):
    """Another, bright road is decoded again and again before; the cut one is refused each time."""
    other, data = jpeg(np.full((500, 900, 3), 255, np.uint8)), jpeg(road())
    for _ in range(5):
        assert decode(other, name="other.jpg").min() == 255
        with pytest.raises(ImageError, match="cut short"):
            decode(data[: int(len(data) * share)], name="cut.jpg")
    # whole again, it shows its own pixels
    assert decode(data, name="whole.jpg").mean() < 130


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        (np.zeros((500, 900, 3), np.uint8), "too dark"),
        (np.full((500, 900, 3), 255, np.uint8), "too bright"),
        (np.full((500, 900, 3), (40, 90, 160), np.uint8), "no contrast"),
        (np.where(np.indices((500, 900))[1][..., None] < 420, 255, road()).astype(np.uint8), "badly exposed"),
        (cv2.GaussianBlur(road(), (0, 0), 9), "no contrast"),
    ],
    ids=["black", "white", "one colour", "saturated", "out of focus"],
)
def test_i5_no_distress(image, reason):
    result = quantify_frame(image, CAMERA)
    assert result.reason in (reason, "out of focus")
    assert result.findings.empty
    assert not result.mask.any()
    assert result.area_m2 == 0.0


@pytest.mark.parametrize("engine", ["classical", "learned"])
@pytest.mark.parametrize(
    "kind", ["puddles", "wet_film", "tree_shade", "snow", "leaves", "night", "vehicle", "lens_dirt"]
)
def test_i6_what_hides_the_road_is_no_crack(kind, engine):
    """On a road without cracks nothing that lies over it becomes one, and the area seen is smaller or none."""
    image = bgr(smooth_road())
    whole = quantify_frame(image, DOWN, engine=engine)
    assert whole.findings.empty
    for seed in range(3):
        shown, _ = spoilt(image, image, kind, mm_per_pixel=2.5, rng=np.random.default_rng(seed))
        result = quantify_frame(shown, DOWN, engine=engine)
        cracks = result.findings[result.findings["kind"] == "crack"]
        assert cracks.empty, (seed, cracks["length_m"].tolist())
        # a vehicle may hide no more than a tenth, all others a fifth and more
        assert result.area_m2 < (0.92 if kind == "vehicle" else 0.82) * whole.area_m2, seed


@pytest.mark.parametrize("engine", ["classical", "learned"])
def test_i6_a_crack_beside_water_is_still_told(engine):
    """Only what runs along a rim is left out, so a crack that leads away from a puddle stays."""
    y, x = np.indices((1080, 1760)) * 2.5
    view = smooth_road()
    view[np.abs(x - 2200.0 - 30.0 * np.sin(y / 100.0)) < 6.0] *= 0.45
    image = bgr(view)
    puddle = cv2.GaussianBlur((np.hypot(x - 2200.0, y) < 700.0).astype(np.float32), (0, 0), 1.0)[..., None]
    shown = (image * (1 - puddle) + 205 * puddle).astype(np.uint8)
    dry, wet = (quantify_frame(i, DOWN, engine=engine) for i in (image, shown))
    length, left = (r.findings.query("kind == 'crack'")["length_m"].sum() for r in (dry, wet))
    assert wet.area_m2 < 0.97 * dry.area_m2
    # 2.7 m down, of which the puddle hides 0.7 m
    assert length == pytest.approx(2.82, rel=0.05)
    assert 0.65 * length < left < 0.8 * length


def banded(*, across, width_mm, share, x0=1500.0, wave=0.0):
    """Return a road with a straight or wavy band of another tone through it."""
    y, x = np.indices((1080, 1760)) * 2.5
    along, off = (x, y) if across else (y, x)
    view = smooth_road()
    view[np.abs(off - x0 - wave * np.sin(along / 300.0)) < width_mm / 2] *= share
    return view


CASES = {
    "painted line": ({"across": False, "width_mm": 150.0, "share": 2.0}, "marking"),
    "joint": ({"across": True, "width_mm": 12.0, "share": 0.4}, "joint"),
    "sealed crack": ({"across": False, "width_mm": 60.0, "share": 0.5, "wave": 60.0}, "sealed_crack"),
    "tar strip": ({"across": False, "width_mm": 100.0, "share": 0.5, "wave": 30.0}, "sealed_crack"),
    "expansion joint": ({"across": True, "width_mm": 120.0, "share": 0.35}, "expansion_joint"),
}


@pytest.mark.parametrize("engine", ["classical", "learned"])
@pytest.mark.parametrize("name", CASES)
def test_i7_bands_are_named_and_no_cracks(name, engine):
    shape, kind = CASES[name]
    found = quantify_frame(bgr(banded(**shape)), DOWN, engine=engine).findings
    assert kind in set(found["kind"])
    assert found.loc[found["kind"] == "crack", "length_m"].sum() < 0.3


@pytest.mark.parametrize("engine", ["classical", "learned"])
def test_i7_manhole_and_patch_are_named_and_no_cracks(engine):
    y, x = np.indices((1080, 1760)) * 2.5
    view = smooth_road()
    far = np.hypot(x - 1200, y - 1300)
    view[far < 330] *= 0.6
    view[(far >= 330) & (far < 350)] *= 0.4
    view[(x > 2600) & (x < 3400) & (y > 900) & (y < 1600)] *= 0.75
    found = quantify_frame(bgr(view), DOWN, engine=engine).findings
    assert {"manhole", "patch"} <= set(found["kind"])
    assert not set(found["kind"]) & {"crack", "pothole"}


@pytest.mark.parametrize("engine", ["classical", "learned"])
def test_i7_a_seal_and_a_patch_on_a_real_road_add_no_cracks(shared, engine):
    image = cv2.imread(str(shared / "data/cracks/nha12d_dev/images/APVD_05.jpg"))
    y, x = np.indices(image.shape[:2]) * 2.5
    over = np.ones(image.shape[:2])
    over[np.abs(x - 1500 - 60 * np.sin(y / 300)) < 35] = 0.45
    over[(x > 1900) & (x < 2500) & (y > 600) & (y < 1300)] *= 0.75
    plain = quantify_frame(image, DOWN, engine=engine).mask
    mask = quantify_frame((image * over[..., None]).astype(np.uint8), DOWN, engine=engine).mask
    known = cv2.dilate(plain.astype(np.uint8), np.ones((15, 15), np.uint8)) > 0
    assert not (mask & ~known & (cv2.dilate((over < 1).astype(np.uint8), np.ones((31, 31), np.uint8)) > 0)).any()


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def plain_png(pixels, *, colour, palette=None):
    """Return a PNG of a colour type (3: palette, 4: grey and alpha) of pixels, shape (height, width, bytes)."""
    head = struct.pack(">IIBBBBB", pixels.shape[1], pixels.shape[0], 8, colour, 0, 0, 0)
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    parts = [chunk(b"IHDR", head), *([chunk(b"PLTE", palette.tobytes())] if palette is not None else [])]
    return b"\x89PNG\r\n\x1a\n" + b"".join([*parts, chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")])


def with_fourth_colour(data):
    """Return a JPEG whose header tells of four colours, as CMYK does."""
    at = data.index(b"\xff\xc0")
    assert data[at + 9] == 3
    return (
        data[: at + 2]
        + b"\x00\x14"
        + data[at + 4 : at + 9]
        + b"\x04"
        + data[at + 10 : at + 19]
        + b"\x04\x11\x00"
        + data[at + 19 :]
    )


GREYS = road()[..., 0]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (with_fourth_colour(jpeg(road())), "4 colour channels"),
        (png(GREYS.astype(np.uint16) * 200), "16 bits"),
        (png(cv2.cvtColor(road(), cv2.COLOR_BGR2BGRA)), "transparency"),
        (plain_png(np.dstack([GREYS, GREYS]), colour=4), "transparency"),
        (cv2.imencodemulti(".tiff", [road(), road()])[1].tobytes(), "TIFF"),
    ],
    ids=["CMYK", "16-bit", "alpha", "grey and alpha", "multi-page TIFF"],
)
def test_i9_kinds_of_pixels_are_refused(data, words):
    with pytest.raises(ImageError, match=words):
        decode(data, name="x")


def test_i9_grey_and_palette_are_converted_as_stated():
    for data in (jpeg(GREYS), png(GREYS)):
        out = decode(data, name="grey")
        assert (out == out[..., :1]).all()
    colours = np.random.default_rng(1).integers(0, 256, (32, 3), dtype=np.uint8)
    index = (GREYS // 8).astype(np.uint8)
    out = decode(plain_png(index[..., None], colour=3, palette=colours), name="palette.png")
    np.testing.assert_array_equal(out[..., ::-1], colours[index])


def test_i11_missing_doubled_and_mixed_up_frames(tmp_path):
    """A gap stays a gap, an overlap counts once, and the order of the list changes nothing."""
    names = [f"{i}.png" for i in range(6)]
    for i, name in enumerate(names):
        (tmp_path / name).write_bytes(png(road(seed=i)))
    rows = listed(names)
    # frame 3 is not there, frame 1 begins half way in frame 0
    rows = rows[rows["file"] != "3.png"].assign(measure_m=[0.0, 1.0, 4.0, 8.0, 10.0]).reset_index(drop=True)
    files = {name: tmp_path / name for name in names}
    straight = quantify_frames(rows, files, CAMERA, settings=SETTINGS).events
    mixed = quantify_frames(rows.iloc[[3, 0, 4, 2, 1]].reset_index(drop=True), files, CAMERA, settings=SETTINGS).events
    spans = straight[["from_m", "to_m"]].drop_duplicates().sort_values("from_m").to_numpy()
    np.testing.assert_allclose(spans, [[0, 1.5], [1.5, 3], [4, 6], [8, 10], [10, 12]])
    keys = ["from_m", "kind"]
    pd.testing.assert_frame_equal(
        straight.sort_values(keys, ignore_index=True), mixed.sort_values(keys, ignore_index=True)
    )


HEAD = "frame,file,route,direction,lane,measure_m,length_m,taken_at\n"


def test_i12_a_package_of_a_camera_on_its_side_is_refused_with_the_cure(served, settings, tmp_path):
    """What the user gets: nothing of the run is published, why, and what to do."""
    frames = {f"frames/{n}.png": png(np.ascontiguousarray(marked(n).transpose(1, 0, 2))) for n in range(3)}
    rows = [f"{n},frames/{n}.png,N1,S,1,{10000 + 2 * n},2.0,2024-03-02T00:30:0{n}+08:00" for n in range(3)]
    data = [{"kind": "frames", "files": "frames/*.png", "positions": "positions.csv"}]
    files = {"positions.csv": HEAD + "\n".join(rows) + "\n", **frames}
    camera = {"kind": "downward", "mm_per_pixel": 4.0}
    report = ingest_package(package(tmp_path / "p", files, data, camera=camera), store=served, settings=settings)
    assert report.state == "refused"
    assert "run across the whole image in 3 of 3 frames" in report.text()
    assert "Turn the images by a quarter so that their top is ahead" in report.text()
    assert published.table(served, "frames").empty
    assert published.table(served, "cell_values").empty


def test_i13_a_hole_on_the_border_of_two_frames_counts_once_with_its_whole_area(tmp_path):
    """Each frame shows half of it."""
    view = asphalt(height=1000, width=900, seed=4)
    rows, columns = np.indices(view.shape)
    view[np.hypot(rows - 500.0, columns - 400.0) < 40.0] *= 0.5
    names = {"a.png": view[500:], "b.png": view[:500]}
    for name, part in names.items():
        (tmp_path / name).write_bytes(png(bgr(part)))
    files = {name: tmp_path / name for name in names}
    result = quantify_frames(listed(list(files)), files, Camera("downward", 4.0), settings=SETTINGS)
    assert (result.findings["kind"] == "pothole").sum() == 2
    sums = result.events.groupby("kind")["value"].sum()
    assert sums["pothole_count"] == 1
    assert sums["pothole_area"] == pytest.approx(np.pi * 0.16**2, rel=0.15)


def many_segments(count):
    body = b"\xff\xe2" + struct.pack(">H", 65_535) + b"\x00" * 65_533
    return body * count


def test_i14_a_hundred_megabytes_of_metadata_are_not_read():
    data = with_segments(jpeg(road()), many_segments(1600))
    assert len(data) > 100_000_000
    tracemalloc.start()
    with pytest.raises(ImageError, match="metadata"):
        decode(data, name="x.jpg")
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"GIF89a" + b"\x00" * 99, "GIF"),
        (b"<svg xmlns='x'></svg>", "SVG"),
        (b"\x00\x00\x00\x18ftypheic" + b"\x00" * 99, "HEIC"),
    ],
    ids=["GIF", "SVG", "HEIC"],
)
def test_i14_other_kinds(data, words):
    with pytest.raises(ImageError, match=words):
        decode(data, name="x.jpg")
