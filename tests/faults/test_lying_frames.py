"""Frames that do not lie as they should (I12): on their side, upside down, numbered against travel."""

import cv2
import numpy as np
import pandas as pd
import pytest

from ingest.imagery.camera import Camera, camera_from_manifest, top_view
from ingest.imagery.drawing import view
from ingest.imagery.folder import quantify_folder
from ingest.imagery.parameters import parameters
from ingest.imagery.quantify import quantify_frame
from ingest.imagery.survey import quantify_frames
from ingest.imagery.travel_way import check_way, overlapping_pairs
from ingest.imagery.turned import check_turned
from pavement.errors import ImageError
from tests.imagery.conftest import as_image, asphalt

CAMERA = Camera("downward", 4.0)
SETTINGS = {"workers": 1, "timezone": "Asia/Taipei"}
VALUES = parameters()
# a frame is 2 m long, the next one begins 1 m further ahead
COUNT, STEP, LENGTH = 7, 250, 500


def upright(count=COUNT, *, step=STEP, bars=()):
    """Return frames of one road from above, the first at its beginning, with lines and with stop bars in some."""
    height = LENGTH + step * (count - 1)
    fine, coarse = (asphalt(height=height, width=1100, seed=s, spread=9.0) for s in (1, 51))
    road = fine + 4 * cv2.GaussianBlur(coarse - 110.0, (0, 0), 3.0)
    road[:, 60:100] = road[:, 960:1000] = 230.0
    frames = []
    for number in range(count):
        low = height - number * step
        frame = road[low - LENGTH : low].copy()
        if number in bars:
            frame[200:240] = 230.0
        frames.append(as_image(frame))
    return frames


def on_side(frame):
    return np.ascontiguousarray(np.rot90(frame))


def upside_down(frame):
    return np.ascontiguousarray(frame[::-1, ::-1])


def survey(folder, frames, *, sense=1, step_m=1.0):
    """Return a survey of frames, the first of which is driven over first."""
    files = {}
    for number, frame in enumerate(frames):
        files[f"{number}.png"] = folder / f"{number}.png"
        cv2.imwrite(str(files[f"{number}.png"]), frame)
    listed = pd.DataFrame(
        {
            "frame": [str(n) for n in range(len(frames))],
            "file": list(files),
            "route": "N1",
            "direction": "S",
            "lane": "1",
            "measure_m": [100.0 + sense * step_m * n for n in range(len(frames))],
            "length_m": 2.0,
            "taken_at": pd.Timestamp("2024-03-02T01:00:00Z"),
            "sense": sense,
        }
    )
    return quantify_frames(listed, files, CAMERA, settings=SETTINGS)


@pytest.mark.parametrize("sense", [1, -1])
def test_i12_frames_that_lie_as_they_should_are_taken(tmp_path, sense):
    result = survey(tmp_path, upright(), sense=sense)
    assert result.faults.empty
    assert set(result.markings) == {"along"}
    assert len(overlapping_pairs(result.frames.assign(sense=sense), values=VALUES)) == COUNT - 1


@pytest.mark.parametrize("turn", [1, 3])
def test_i12_a_camera_on_its_side_is_refused_with_the_cure(tmp_path, turn):
    frames = [np.ascontiguousarray(np.rot90(frame, turn)) for frame in upright(4)]
    with pytest.raises(ImageError, match="run across the whole image in 4 of 4 frames, and along it in 0") as refused:
        survey(tmp_path, frames)
    assert "Turn the images by a quarter" in refused.value.cure


def test_i12_a_folder_on_its_side_fails_but_its_files_are_written(tmp_path):
    (tmp_path / "in").mkdir()
    for number, frame in enumerate(upright(3)):
        cv2.imwrite(str(tmp_path / "in" / f"{number}.png"), on_side(frame))
    with pytest.raises(ImageError, match="on its side"):
        quantify_folder(tmp_path / "in", out=tmp_path / "out", camera=CAMERA, settings=SETTINGS)
    assert pd.read_csv(tmp_path / "out" / "images.csv")["markings"].tolist() == ["across"] * 3


def test_i12_stop_bars_refuse_no_frames(tmp_path):
    assert set(survey(tmp_path, upright(4, step=LENGTH, bars=(0, 1, 2, 3)), step_m=2.0).markings) == {"along"}


def ways(**count):
    return np.array([way for way, number in count.items() for _ in range(number)] + [""] * 10)


@pytest.mark.parametrize(
    "markings",
    [ways(across=2), ways(across=8, along=3), ways(along=30), ways(), np.r_[ways(across=3), [""] * 20]],
    ids=["two frames", "some along", "all along", "none", "a few of many"],
)
def test_i12_lines_across_in_a_few_frames_refuse_nothing(markings):
    check_turned(markings, VALUES)


def test_i12_lines_across_in_most_frames_with_lines_refuse_them():
    with pytest.raises(ImageError, match="in 8 of 20 frames, and along it in 2"):
        check_turned(ways(across=8, along=2), VALUES)


@pytest.mark.parametrize("sense", [1, -1])
def test_i12_upside_down_is_refused_where_frames_overlap(tmp_path, sense):
    frames = [upside_down(frame) for frame in upright()]
    with pytest.raises(ImageError, match="In 6 of 6 pairs of frames that overlap, such as 0 and 1") as refused:
        survey(tmp_path, frames, sense=sense)
    assert "upside down, or their positions run against travel" in refused.value.message
    assert "top is ahead" in refused.value.cure


def test_i12_frames_numbered_backwards_are_refused(tmp_path):
    with pytest.raises(ImageError, match="positions run against travel"):
        survey(tmp_path, upright()[::-1])


def test_i12_upside_down_is_not_told_without_overlap(tmp_path):
    frames = [upside_down(frame) for frame in upright(step=LENGTH)]
    assert survey(tmp_path, frames, step_m=2.0).faults.empty


def test_i12_frames_of_other_roads_tell_no_way(tmp_path):
    """What the positions say to overlap and does not is no reason to turn the images."""
    frames = [as_image(asphalt(height=LENGTH, width=1100, seed=s)) for s in range(COUNT)]
    assert survey(tmp_path, [upside_down(frame) for frame in frames]).faults.empty


BR290 = {"kind": "forward", "mm_per_pixel": 5.0, "near_m": 0.0, "far_m": 10.0, "left_m": -2.81, "right_m": 2.19,
         "image_points": [[193.34, 639.0], [1017.04, 639.0], [467.25, 146.64], [743.12, 146.64]],
         "road_points": [[-1.5, 0.0], [1.5, 0.0], [-1.5, 10.0], [1.5, 10.0]]}  # fmt: skip


@pytest.fixture(scope="module")
def real_views(shared):
    """Return BR-290 from above, 10 m of road every 5 m: table of frames and views, travel upwards."""
    camera = camera_from_manifest(BR290)
    rows, views = [], {}
    for path in sorted((shared / "data/cracks/brazil_hdv_rs/images").glob("*290RS2940*.jpg")):
        index = int(path.stem.rsplit("_", 1)[1])
        seen = view(top_view(cv2.imread(str(path)), camera).image, width=int(VALUES["view_width"]))
        views[path.stem] = seen
        rows.append((path.stem, "290", "S", "1", float(index), 10.0, path.stem, 5000.0 / 900, True, 1))
    columns = ["frame", "route", "direction", "lane", "measure_m", "length_m", "image", "view_mm", "usable", "sense"]
    return pd.DataFrame(rows, columns=columns), views


def as_jpeg(views, turn):
    return {name: cv2.imencode(".jpg", turn(seen))[1].tobytes() for name, seen in views.items()}


@pytest.mark.real
def test_i12_real_frames_tell_which_way_is_ahead(real_views):
    frames, views = real_views
    assert len(overlapping_pairs(frames, values=VALUES)) == 20
    check_way(frames, as_jpeg(views, np.ascontiguousarray), values=VALUES)
    with pytest.raises(ImageError, match="upside down"):
        check_way(frames, as_jpeg(views, upside_down), values=VALUES)


@pytest.mark.real
def test_i12_real_frames_are_refused_on_their_side_only(shared):
    files = sorted((shared / "data/cracks/nha12d_dev/images").glob("*.jpg"))[::4]
    camera = Camera("downward", 2.4)
    straight, turned = (
        np.array([quantify_frame(turn(cv2.imread(str(f))), camera).markings for f in files])
        for turn in (np.ascontiguousarray, on_side)
    )
    check_turned(straight, VALUES)
    with pytest.raises(ImageError, match="on its side"):
        check_turned(turned, VALUES)
