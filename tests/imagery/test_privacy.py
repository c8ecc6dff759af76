"""What is kept of a frame and shown of a photo tells of the road, and of nobody on it or beside it (W12)."""

import cv2
import numpy as np
import pandas as pd
import pytest

from ingest.imagery.camera import Camera
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


@pytest.mark.parametrize("shape", [(64, 900), (900, 64), (33, 40)])
def test_coarse_keeps_size_and_mean_and_loses_what_is_finer_than_a_cell(shape):
    fine = (np.indices(shape).sum(axis=0) % 2 * 200 + 20).astype(np.uint8)
    image = cv2.merge([fine] * 3)
    shown = coarse(image, cells=10)
    assert shown.shape == image.shape
    assert shown.mean() == pytest.approx(120, abs=6)
    assert shown.std() < 8
    assert image.std() > 90
