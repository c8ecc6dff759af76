"""Faults of images, I1-I15: each is refused or flagged, and never becomes distress."""

from __future__ import annotations

import struct
import tracemalloc
import zlib
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from ingest.imagery.camera import Camera, camera_from_manifest
from ingest.imagery.frames import decode, header, strip_exif
from ingest.imagery.quantify import quantify_frame
from ingest.imagery.survey import quantify_frames
from pavement.errors import ImageError, ManifestError

CAMERA = Camera("downward", 2.0)
SETTINGS = {"workers": 1, "timezone": "Asia/Taipei"}


def road(height: int = 500, width: int = 900, *, seed: int = 3) -> np.ndarray:
    noise = cv2.GaussianBlur(np.random.default_rng(seed).normal(110, 25, (height, width)).astype(np.float32), (0, 0), 1)
    return cv2.merge([noise.astype(np.uint8)] * 3)


def jpeg(image: np.ndarray) -> bytes:
    return cv2.imencode(".jpg", image)[1].tobytes()


def png(image: np.ndarray) -> bytes:
    return cv2.imencode(".png", image)[1].tobytes()


def exif(orientation: int, *, padding: int = 0) -> bytes:
    body = b"Exif\x00\x00" + b"II*\x00" + struct.pack("<IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2 + padding) + body + b"\x00" * padding


def with_segments(data: bytes, segments: bytes) -> bytes:
    return data[:2] + segments + data[2:]


def listed(files: list[str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "frame": [f.split(".")[0] for f in files],
            "file": files,
            "route": "N1",
            "direction": "S",
            "lane": "1",
            "measure_m": [2.0 * i for i in range(len(files))],
            "length_m": 2.0,
            "taken_at": pd.Timestamp("2024-03-02T01:00:00Z"),
        }
    )


def survey(folder: Path, content: dict[str, bytes], *, camera: Camera = CAMERA):
    for name, data in content.items():
        (folder / name).write_bytes(data)
    return quantify_frames(listed(list(content)), {n: folder / n for n in content}, camera, settings=SETTINGS)


@pytest.mark.parametrize("share", [0.02, 0.33, 0.9, 0.999])
@pytest.mark.parametrize("encode", [jpeg, png])
def test_i1_cut_image_is_refused_after_another_was_decoded(share, encode):
    """The tail of a cut JPEG must never be pixels of the image before it (fact 1)."""
    data = encode(road())
    decode(encode(road(seed=4)), name="before")
    with pytest.raises(ImageError, match=r"cut\.jpg: is cut short"):
        decode(data[: int(len(data) * share)], name="cut.jpg")


def test_i1_opencv_is_new_enough_not_to_show_other_images():
    """Before 4.11 a cut JPEG decodes to pixels of the former image."""
    assert tuple(int(p) for p in cv2.__version__.split(".")[:2]) >= (4, 11)


def test_i2_changed_byte_in_png_is_found():
    """PNG carries checksums; JPEG does not: test_damaged_jpegs.py."""
    data = bytearray(png(road()))
    data[len(data) // 2] ^= 0xFF
    with pytest.raises(ImageError, match="damaged"):
        decode(bytes(data), name="x.png")


def header_only(width: int, height: int) -> bytes:
    body = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunk = b"IHDR" + body
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))


def jpeg_header_only(width: int, height: int) -> bytes:
    start = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    size = b"\xff\xc0\x00\x11\x08" + struct.pack(">HH", height, width) + b"\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01"
    scan = b"\xff\xda\x00\x0c\x03\x01\x00\x02\x11\x03\x11\x00\x3f\x00"
    return start + size + scan + b"\x00" * 40 + b"\xff\xd9"


@pytest.mark.parametrize("made", [header_only, jpeg_header_only])
def test_i3_a_huge_image_is_refused_from_its_header(made):
    """Nothing is allocated for its 1.6 billion pixels."""
    data = made(40_000, 40_000)
    assert len(data) < 110
    tracemalloc.start()
    with pytest.raises(ImageError, match="says 40000 x 40000 pixels, over 20000000") as refused:
        decode(data, name="bomb", pixels_limit=20_000_000)
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()
    assert "pixels_limit" in refused.value.cure


@pytest.mark.parametrize("size", [(2_097_152, 10), (1, 1), (0, 0)])
def test_i4_no_camera_has_such_a_size(size):
    """Refused from the header, so the body may be missing."""
    with pytest.raises(ImageError, match=f"says {size[0]} x {size[1]} pixels"):
        decode(header_only(*size), name="strip.png")


def test_i4_size_of_another_camera_is_refused():
    """The manifest says what the camera makes."""
    with pytest.raises(ImageError, match="900 x 500.*1920 x 1080"):
        decode(jpeg(road()), name="x.jpg", size=(1920, 1080))


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        (np.zeros((500, 900, 3), np.uint8), "too dark"),
        (np.full((500, 900, 3), 255, np.uint8), "too bright"),
        (np.full((500, 900, 3), 120, np.uint8), "no contrast"),
        (cv2.GaussianBlur(road(), (0, 0), 12), "no contrast|out of focus"),
        (np.where(np.indices((500, 900))[1][..., None] < 540, 255, road()).astype(np.uint8), "too bright|exposed"),
    ],
)
def test_i5_unusable_frame_has_no_distress(image, reason):
    """Black, white, one colour, out of focus, saturated."""
    result = quantify_frame(image, CAMERA)
    assert not result.usable
    assert any(word in result.reason for word in reason.split("|")), result.reason
    assert result.findings.empty
    assert result.measures == {}
    assert result.area_m2 == 0.0


def test_i5_unusable_frame_lowers_coverage(tmp_path):
    """It measures nothing; its place stays a gap."""
    result = survey(tmp_path, {"a.png": png(road()), "b.png": png(np.zeros((500, 900, 3), np.uint8))})
    assert result.frames.set_index("frame")["usable"].to_dict() == {"a": True, "b": False}
    assert set(result.events["from_m"]) == {0.0}


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_i8_exif_turn_never_happens_by_accident(orientation):
    """Refused unless the manifest says what to do with it."""
    data = with_segments(jpeg(road()), exif(orientation))
    assert header(data, name="x").orientation == orientation
    with pytest.raises(ImageError, match="turned"):
        decode(data, name="x.jpg")
    assert decode(data, name="x.jpg", orientation="ignore").shape == (500, 900, 3)
    turned = decode(data, name="x.jpg", orientation="apply")
    assert turned.shape == ((500, 900, 3) if orientation == 3 else (900, 500, 3))


def test_i9_sixteen_bits_are_not_cut_to_eight():
    """A range image is not an intensity image."""
    with pytest.raises(ImageError, match="16 bits"):
        decode(png(road().astype(np.uint16) * 100), name="range.png")


def test_i9_grey_is_read_and_transparency_refused():
    grey = road()[..., 0]
    np.testing.assert_array_equal(decode(png(grey), name="grey.png")[..., 1], grey)
    with pytest.raises(ImageError, match="transparency"):
        decode(png(cv2.cvtColor(road(), cv2.COLOR_BGR2BGRA)), name="alpha.png")


@pytest.mark.parametrize("scale", [None, 0, -2.0, 200.0, float("nan"), "2"])
def test_i10_scale_missing_or_absurd_is_refused(scale):
    """Without a scale nothing is measured."""
    table = {"kind": "downward"} | ({} if scale is None else {"mm_per_pixel": scale})
    with pytest.raises(ManifestError, match="mm_per_pixel"):
        camera_from_manifest(table)


def marked(offset: int = 0) -> np.ndarray:
    image = road(500, 1100, seed=5 + offset)
    image[:, 60:100] = 230
    image[:, 960:1000] = 230
    return image


@pytest.mark.parametrize("scale", [0.4, 40.0])
def test_i10_scale_ten_times_off_refuses_the_survey(tmp_path, scale):
    """At 4 mm a pixel the lane is 3.6 m wide."""
    frames = {f"{i}.png": png(marked(i)) for i in range(3)}
    assert survey(tmp_path, frames, camera=Camera("downward", 4.0)).faults.empty
    with pytest.raises(ImageError, match="lane between its markings measures"):
        survey(tmp_path, frames, camera=Camera("downward", scale))


def test_i11_frames_given_twice_count_once(tmp_path):
    (tmp_path / "a.png").write_bytes(png(road()))
    twice = pd.concat([listed(["a.png"]), listed(["a.png"]).assign(frame="again"), listed(["a.png"])])
    result = quantify_frames(twice, {"a.png": tmp_path / "a.png"}, CAMERA, settings=SETTINGS)
    assert len(result.frames) == 1
    assert list(result.faults["rule"]) == ["duplicate", "duplicate"]
    assert not result.events.duplicated(["from_m", "kind"]).any()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"GIF89a" + b"\x00" * 99, "GIF"),
        (b"<svg xmlns='x'></svg>", "SVG"),
        (b"<!DOCTYPE html><html></html>", "web page"),
        (b"\x00\x00\x00\x18ftypheic" + b"\x00" * 99, "HEIC"),
        (b"II*\x00" + b"\x00" * 99, "TIFF"),
        (b"PK\x03\x04" + b"\x00" * 99, "zip"),
        (b"nothing at all", "unknown kind"),
    ],
)
def test_i14_other_kinds_are_refused_by_content(data, words):
    """Whatever the name says."""
    with pytest.raises(ImageError, match=words):
        decode(data, name="frame.jpg")


def test_i14_huge_metadata_is_refused():
    """100 segments of 64 kB before the picture."""
    with pytest.raises(ImageError, match="metadata"):
        decode(with_segments(jpeg(road()), exif(1, padding=65_000) * 100), name="x.jpg")


def test_i15_bad_frame_stops_itself_not_the_survey(tmp_path):
    """A rejected record names the frame; the others are measured."""
    good = jpeg(road())
    for name, data in {"a.jpg": good, "b.jpg": good[:-4000]}.items():
        (tmp_path / name).write_bytes(data)
    files = {n: tmp_path / n for n in ("a.jpg", "b.jpg")}
    result = quantify_frames(listed(["a.jpg", "b.jpg", "c.jpg"]), files, CAMERA, settings=SETTINGS)
    assert list(result.frames["frame"]) == ["a"]
    assert list(result.faults["file"]) == ["b.jpg", "c.jpg"]
    assert result.faults["cure"].str.len().min() > 0
    assert set(result.views) == {*result.frames["image"], *result.frames["overlay"]} != set()


def test_i15_decoder_error_is_one_rejected_record(tmp_path, monkeypatch):
    """The decoder of PNG raises cv2.error; that of JPEG: test_damaged_jpegs.py."""

    def broken(*_args):
        raise cv2.error("inside the decoder")

    monkeypatch.setattr("ingest.imagery.frames.cv2.imdecode", broken)
    result = survey(tmp_path, {"a.png": png(road())})
    assert result.frames.empty
    assert list(result.faults["rule"]) == ["image"]


def test_photo_loses_its_exif_and_stands_upright():
    data = strip_exif(with_segments(jpeg(road()), exif(6)))
    assert b"Exif" not in data
    assert decode(data, name="photo").shape == (900, 500, 3)


def test_photo_without_metadata_keeps_its_bytes():
    bare = jpeg(road())
    assert strip_exif(bare) == bare
    once = strip_exif(with_segments(bare, exif(1)))
    assert strip_exif(once) == once


@pytest.mark.parametrize("hide", [
    lambda data: data + b"GPS 25.03 121.56",
    lambda data: data[:-2] + b"\xff\xfe\x00\x0aGPS 25.0" + data[-2:],
    lambda data: data[:2] + b"\xff\xfe\x00\x0aGPS 25.0" + data[2:],
    lambda data: data[:2] + b"\xff\xed\x00\x0aGPS 25.0" + data[2:],
    lambda data: data[:2] + b"\xff\xe0\x00\x0aGPS 25.0" + data[2:],
])  # fmt: skip
def test_nothing_rides_along_in_a_photo(hide):
    hidden = hide(jpeg(road()))
    assert b"GPS" in hidden
    assert b"GPS" not in strip_exif(hidden)
