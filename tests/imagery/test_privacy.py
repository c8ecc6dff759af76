"""What is kept of a frame and shown of a photo tells of the road, and of nobody on it or beside it (W12)."""

import cv2
import numpy as np
import pandas as pd
import pytest

from ingest.imagery.camera import Camera, top_view
from ingest.imagery.folder import quantify_folder
from ingest.imagery.parameters import parameters
from ingest.imagery.privacy import blurred_photo, coarse
from ingest.imagery.quantify import quantify_frame
from ingest.imagery.survey import quantify_frames

from .conftest import as_image, asphalt

# the window is 3 m by 4 m of road, on the frame a trapezium well below its upper half
FORWARD = Camera(
    "forward",
    5.0,
    (1000, 800),
    image_points=((150.0, 760.0), (850.0, 760.0), (380.0, 480.0), (620.0, 480.0)),
    road_points=((-1.5, 0.0), (1.5, 0.0), (-1.5, 4.0), (1.5, 4.0)),
    near_m=0.0,
    far_m=4.0,
    left_m=-1.5,
    right_m=1.5,
)
SETTINGS = {"workers": 1, "timezone": "Asia/Taipei", "crack_engine": "classical"}
MAGENTA = (255, 0, 255)


def frame():
    """Return a forward frame, all of it magenta but the road in the window and 3 px about it."""
    road = as_image(asphalt(height=800, width=1000))
    image = np.full_like(road, MAGENTA)
    corners = np.array(FORWARD.image_points, np.int32)[[0, 1, 3, 2]]
    window = cv2.fillPoly(np.zeros(road.shape[:2], np.uint8), [corners], 1)
    window = cv2.dilate(window, np.ones((7, 7), np.uint8)) > 0
    image[window] = road[window]
    return image


def magenta(image):
    """Return the pixels that are nothing like asphalt."""
    return int(((image[..., 0].astype(int) + image[..., 2] - 2 * image[..., 1].astype(int)) > 40).sum())


def letters(word, *, height=120):
    """Return a number plate as it fills a third of a photo, one character next to the other."""
    plate = np.full((height, 400, 3), 235, np.uint8)
    cv2.putText(plate, word, (10, height - 30), cv2.FONT_HERSHEY_SIMPLEX, 2.6, (20, 20, 20), 9, cv2.LINE_AA)
    photo = np.full((900, 1200, 3), 120, np.uint8)
    photo[400 : 400 + height, 400:800] = plate
    return photo


def test_w12_view_of_a_forward_frame_shows_its_road_window_only():
    image = frame()
    assert magenta(image) > image.shape[0] * image.shape[1] / 2
    result = quantify_frame(image, FORWARD)
    assert magenta(result.image) == 0
    drawn = (result.overlay != result.image).any(axis=2)
    assert drawn.mean() < 0.1
    assert magenta(np.where(drawn[..., None], 0, result.overlay)) == 0


def test_w12_nothing_is_kept_of_a_frame_but_its_views_without_exif(tmp_path):
    path = tmp_path / "f1.jpg"
    data = cv2.imencode(".jpg", frame())[1].tobytes()
    exif = b"Exif\x00\x00" + b"MM\x00*\x00\x00\x00\x08\x00\x00" + b"GPS 25.03 121.56"
    path.write_bytes(data[:2] + b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif + data[2:])
    listed = pd.DataFrame(
        [{"frame": "f1", "file": "f1.jpg", "route": "N1", "direction": "S", "lane": "1", "measure_m": 100.0,
          "length_m": 4.0, "taken_at": pd.Timestamp(2025, 4, 1, tz="UTC")}]
    )  # fmt: skip
    work = tmp_path / "work"
    result = quantify_frames(listed, {"f1.jpg": path}, FORWARD, settings=SETTINGS, work=work)
    assert set(result.views) == {*result.frames["image"], *result.frames["overlay"]}
    kept = [p.read_bytes() for p in work.rglob("*") if p.is_file()]
    assert kept
    assert not any(b"GPS" in content or b"Exif" in content for content in kept)
    view = result.views[result.frames["image"].iloc[0]].read_bytes()
    assert magenta(cv2.imdecode(np.frombuffer(view, np.uint8), cv2.IMREAD_COLOR)) == 0
    # findings are drawn in colours of their own; what else is kept is no picture
    assert [c for c in kept if c[:3] == b"\xff\xd8\xff" and c != view] == [
        result.views[result.frames["overlay"].iloc[0]].read_bytes()
    ]


def test_w12_nothing_but_the_road_is_written_beside_a_folder_of_frames(tmp_path):
    (tmp_path / "in").mkdir()
    cv2.imwrite(str(tmp_path / "in" / "f1.png"), frame())
    out = tmp_path / "out"
    quantify_folder(tmp_path / "in", out=out, camera=FORWARD, settings=SETTINGS)
    overlay = cv2.imread(str(out / "overlays" / "f1.jpg"))
    # the legend lies below
    assert overlay.shape[1:] == (600, 3), "the window from above, not the frame"
    assert 800 < overlay.shape[0] < 900
    # findings are drawn in colours of their own, on less than a tenth of it
    assert magenta(overlay) < overlay.size / 3 / 10
    assert set(np.unique(cv2.imread(str(out / "masks" / "f1.png"), cv2.IMREAD_UNCHANGED))) <= {0, 255}
    pictures = {p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file() and cv2.haveImageReader(str(p))}
    remembered = {p for p in pictures if p.startswith(".work/")}
    assert pictures - remembered == {"overlays/f1.jpg", "masks/f1.png"}
    # what is remembered for the next call are the same two, not the frame
    assert {(out / p).read_bytes() for p in remembered} == {(out / p).read_bytes() for p in pictures - remembered}


def test_w12_a_plate_on_a_blurred_photo_reads_the_same_whatever_stood_on_it():
    """The blurs of different plates differ by less than the noise of a camera, the plates themselves by far more."""
    words = ("ABC-1234", "XYZ-5678", "BRQ-8053")
    plates = [letters(word) for word in words]
    values = parameters()
    blurred = [
        cv2.imdecode(
            np.frombuffer(blurred_photo(cv2.imencode(".jpg", p)[1].tobytes(), values=values), np.uint8), 1
        ).astype(float)
        for p in plates
    ]
    assert max(blurred[0].shape) == values["photo_width"]
    for other, other_blurred in zip(plates[1:], blurred[1:], strict=True):
        assert np.abs(plates[0].astype(float) - other).max() > 200
        assert np.abs(blurred[0] - other_blurred).max() < 40


PAINT = {
    "white": (225, 228, 226),
    "silver": (150, 148, 146),
    "grey as the road": (112, 110, 110),
    "black": (28, 26, 26),
    "red": (50, 45, 170),
    "blue": (150, 90, 40),
}
# left, upper edge, width and height in pixels of 5 mm
VEHICLE = (140, 60, 320, 260)


def with_vehicle(road, paint, word):
    """Return a road from above with the back of a vehicle, its window and its plate, and where that plate is."""
    view, (x, y, width, height) = road.copy(), VEHICLE
    shine = np.linspace(0.88, 1.1, height)[:, None, None] * np.linspace(0.93, 1.06, width)[None, :, None]
    view[y : y + height, x : x + width] = np.clip(shine * np.array(paint), 0, 255)
    view[y + 30 : y + 110, x + 40 : x + width - 40] = (40, 36, 32)
    plate = np.full((32, 84, 3), 235, np.uint8)
    cv2.putText(plate, word, (4, 23), cv2.FONT_HERSHEY_SIMPLEX, 0.52, (20, 20, 20), 2, cv2.LINE_AA)
    rows, columns = slice(y + 190, y + 222), slice(x + 118, x + 202)
    view[rows, columns] = plate
    return view, (rows, columns)


def as_taken(view):
    """Return the frame of the forward camera on which the road window looks like a view from above."""
    return cv2.warpPerspective(view, np.linalg.inv(FORWARD.homography), FORWARD.size, flags=cv2.INTER_CUBIC)


@pytest.mark.parametrize("paint", PAINT)
@pytest.mark.parametrize("camera", ["downward", "forward"])
def test_w12_a_plate_on_a_vehicle_in_the_road_window_cannot_be_read(paint, camera):
    """The kept views of two plates differ by less than the noise of a camera; where no vehicle is the road stays."""
    road = as_image(asphalt(height=800, width=600))
    seen_by, taken = (FORWARD, as_taken) if camera == "forward" else (Camera("downward", 5.0), lambda view: view)
    kept, plain = [], []
    for word in ("ABC123", "XW5880"):
        view, plate = with_vehicle(road, PAINT[paint], word)
        result = quantify_frame(taken(view), seen_by)
        kept.append(result.image.astype(int))
        plain.append(top_view(taken(view), seen_by).image.astype(int))
        assert result.usable
        assert np.array_equal(result.overlay[plate], result.image[plate]), "no line is drawn along letters"
    assert np.abs(plain[0] - plain[1])[plate].max() > 120, "the plates would be told apart without the blur"
    assert np.abs(kept[0] - kept[1])[plate].max() <= 10
    # no stroke of a letter, 10 mm wide, stands out from what is around it
    (before, after) = (np.abs(v - cv2.blur(v.astype(np.float32), (9, 9)))[plate].max() for v in (plain[0], kept[0]))
    assert before > 60
    assert after < 10
    beside = np.ones(road.shape[:2], bool)
    x, y, width, height = VEHICLE
    beside[: y + height + 120, x - 120 : x + width + 120] = False
    assert beside.mean() > 0.4
    assert np.array_equal(kept[0][beside], plain[0][beside])


def test_w12_a_frame_that_is_not_looked_at_is_kept_coarse():
    """Refused for its light: whether a vehicle is in it is not known."""
    dark = (as_image(asphalt(height=500, width=900)) * 0.1).astype(np.uint8)
    cv2.putText(dark, "ABC123", (300, 300), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (255, 255, 255), 2)
    result = quantify_frame(dark, Camera("downward", 4.0))
    assert result.reason == "too dark"
    assert dark.max() == 255
    assert result.image.max() < 100


def test_w12_a_road_without_vehicle_is_kept_as_it_is():
    road = as_image(asphalt(height=500, width=900))
    assert np.array_equal(quantify_frame(road, Camera("downward", 4.0)).image, road)


@pytest.mark.parametrize("shape", [(64, 900), (900, 64), (33, 40)])
def test_coarse_keeps_size_and_mean_and_loses_what_is_finer_than_a_cell(shape):
    fine = (np.indices(shape).sum(axis=0) % 2 * 200 + 20).astype(np.uint8)
    image = cv2.merge([fine] * 3)
    shown = coarse(image, cells=10)
    assert shown.shape == image.shape
    assert shown.mean() == pytest.approx(120, abs=6)
    assert shown.std() < 8
    assert image.std() > 90
