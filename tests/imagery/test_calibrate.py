"""The camera of forward frames from roads drawn through a camera that is known: errors in metres on the road."""

import tomllib

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from dashboard.cli import app
from ingest.imagery.calibrate import Known, calibrate
from ingest.imagery.camera import camera_from_file, camera_from_manifest
from ingest.imagery.parameters import parameters
from pavement.errors import ImageError

VALUES = parameters()
# six frames of BR-290, 5 m apart by their names
SECTION, FIRST = "290RS150131", 17090
SIZE, FOCAL, HIGH, PITCH = (1280, 800), 1100.0, 2.2, np.radians(14.0)
LANE, LEFT = 3.5, -1.9
MM, LONG, WIDE = 20.0, 60.0, 16.0
LANE_ONLY = Known(lane_width_m=LANE, dash_m=4.0, gap_m=6.0)


def to_frame():
    """Return road (right, ahead of the camera's foot) [m] → pixel of the frame, shape (3, 3)."""
    down = np.array([[1, 0, 0], [0, -np.sin(PITCH), HIGH * np.cos(PITCH)], [0, np.cos(PITCH), HIGH * np.sin(PITCH)]])
    lens = np.array([[FOCAL, 0, SIZE[0] / 2], [0, FOCAL, SIZE[1] / 2], [0, 0, 1]])
    return lens @ down


def moved(matrix, points):
    return cv2.perspectiveTransform(np.array(points, float)[None], matrix)[0]


def nearest():
    """Return how far ahead of the camera's foot the lowest row of the frame is. [m]"""
    return moved(np.linalg.inv(to_frame()), [(SIZE[0] / 2, SIZE[1] - 1)])[0, 1]


def frame(*, start=0.0, dash=4.0, gap=6.0, left=LEFT, paint=220.0, seed=1):
    """Draw the road from `start` m on: its left line broken, its right one not; `gap` 0 is a line without gaps."""
    rows, columns = round((LONG + 60) * 1000 / MM), round(WIDE * 1000 / MM)
    road = 100 + 9 * cv2.GaussianBlur(np.random.default_rng(seed).normal(size=(rows, columns)), (0, 0), 1.5) / 0.19
    ahead = np.arange(rows)[:, None] * MM / 1000
    right = np.arange(columns)[None, :] * MM / 1000 - WIDE / 2
    painted = np.abs(right - left - LANE) < 0.08
    road[np.broadcast_to(painted, road.shape) | ((np.abs(right - left) < 0.08) & (ahead % (dash + gap) < dash))] = paint
    cut = road[round(start * 1000 / MM) :][: round(LONG * 1000 / MM)]
    onto = np.array([[MM / 1000, 0, -WIDE / 2], [0, MM / 1000, 0], [0, 0, 1]])
    image = cv2.warpPerspective(np.clip(cut, 0, 255).astype(np.uint8), to_frame() @ onto, SIZE, flags=cv2.INTER_LINEAR)
    return cv2.merge([image] * 3)


@pytest.fixture
def written(tmp_path):
    def write(frames):
        paths = [tmp_path / f"{number}.png" for number in range(len(frames))]
        for path, image in zip(paths, frames, strict=True):
            cv2.imwrite(str(path), image)
        return paths

    return write


def on_road(table, pixels):
    """Return where a camera puts pixels on the road: right of it, ahead of its lowest row. [m]"""
    camera = camera_from_manifest(table)
    told = moved(camera.homography, pixels) * camera.metres_per_pixel
    return np.column_stack([told[:, 0] + camera.left_m, camera.far_m - told[:, 1]])


def error_m(table, *, ahead=10.0):
    """Return how far off places `ahead` of the lowest row of the frame, 1.5 m to both sides, are told. [m]"""
    places = np.array([(-1.5, ahead), (1.5, ahead)])
    return np.hypot(*(on_road(table, moved(to_frame(), places + (0, nearest()))) - places).T).max()


def made(paths, known, **how):
    return calibrate(paths, known, **({"ahead_m": 5.0, "mm_per_pixel": 5.0, "values": VALUES} | how))


@pytest.mark.parametrize("count", [1, 4])
def test_lane_width_and_a_broken_line_give_the_camera(written, count):
    found = made(written([frame(start=2.3 * n, seed=n) for n in range(count)]), LANE_ONLY)
    assert error_m(found.table) < 0.15
    assert error_m(found.table, ahead=4.0) < 0.06
    assert f"in {count} of {count} frame(s)" in found.said[0]
    assert "of 4 m and 6 m" in found.said[1]
    assert found.said[2].startswith("Check: the lane measures 3.5")
    assert found.picture.shape[0] == SIZE[1]


def test_the_way_between_frames_gives_the_camera_without_dashes(written):
    found = made(written([frame(start=5.0 * n, gap=0.0) for n in range(4)]), Known(lane_width_m=LANE, spacing_m=5.0))
    assert error_m(found.table) < 0.15
    assert "3 pair(s) of frames 5 m apart" in found.said[1]


def test_a_frame_without_a_line_of_its_own_is_left_out(written):
    """Where the right line is missing the next lane's is nearest: a lane of 7 m, told apart by the other frames."""
    frames = [frame(start=2.0 * n, seed=n) for n in range(4)]
    wide = frame(start=1.0)
    # the line from the lane's right side to that of the next lane
    ends = moved(to_frame(), [(LEFT + 2 * LANE, nearest() - 1.0), (LEFT + 2 * LANE, 40.0)])
    road = frame(start=1.0, paint=100.0)
    left_half = np.arange(SIZE[0]) < SIZE[0] / 2
    road[:, left_half] = wide[:, left_half]
    cv2.line(road, *(tuple(int(v) for v in p) for p in np.round(ends)), (220, 220, 220), 16)
    found = made(written([*frames, road]), LANE_ONLY)
    assert "in 4 of 5 frame(s)" in found.said[0]
    assert error_m(found.table) < 0.2


def marks_of(places, *, wrong=1.0):
    pixels = moved(to_frame(), np.array(places) + (0, nearest()))
    return tuple((x, y, right * wrong, ahead) for (x, y), (right, ahead) in zip(pixels, places, strict=True))


PLACES = [(-2.5, 0.5), (2.5, 0.5), (-2.5, 12.0), (2.5, 12.0), (0.0, 6.0)]


def test_marks_give_the_camera(written):
    found = made(written([frame()]), Known(marks=marks_of(PLACES)))
    assert error_m(found.table) < 0.02
    assert (found.table["near_m"], found.table["far_m"]) == (0.5, 12.0)
    assert "From 5 marks; the worst lies 0.00 m" in found.said[0]
    assert "the lane measures 3.5" in found.said[1]


def test_a_mark_that_is_wrong_shows_in_what_is_said(written):
    marks = [*marks_of(PLACES[:4]), (*marks_of(PLACES[4:])[0][:2], 0.0, 8.0)]
    assert "the worst lies 0.00" not in made(written([frame()]), Known(marks=tuple(marks))).said[0]


@pytest.mark.parametrize(
    ("frames", "known", "words", "cure"),
    [
        ([frame(paint=100.0)], LANE_ONLY, "None of 1 frame(s) shows both lines of the lane", "--mark x,y=X,Y"),
        ([frame(gap=0.0)], LANE_ONLY, "No two dashes of a broken line, 4 m and a gap of 6 m", "--spacing"),
        ([frame(dash=3.0, gap=7.0, start=7.5)], LANE_ONLY, "No two dashes of a broken line", "--dashes 4+6"),
        ([frame()], Known(lane_width_m=36.0), "said to be 36 m wide", "--lane-width"),
        ([frame()], Known(lane_width_m=LANE, spacing_m=5.0), "Of 0 pair(s)", "order of travel"),
        ([frame(), frame(seed=5)[:400]], LANE_ONLY, "The frames have 2 sizes", "one camera"),
        ([frame()], Known(marks=marks_of(PLACES[:3])), "3 mark(s) tell no camera", "at least 4 marks"),
        ([frame()], Known(marks=marks_of([(0.0, y) for y in (1.0, 3.0, 6.0, 9.0)])), "lie in a line", "--mark"),
        ([frame()], Known(marks=marks_of(PLACES, wrong=2.0)), "the lane measures 7.0", "in metres"),
    ],
    ids=["no lines", "no gaps", "other dashes", "absurd width", "one frame", "sizes", "three", "in a line", "wrong"],
)
def test_what_tells_no_camera_is_refused_with_the_cure(written, frames, known, words, cure):
    with pytest.raises(ImageError) as refused:
        made(written(frames), known)
    assert words in refused.value.message
    assert cure in refused.value.cure


def test_the_command_writes_a_camera_that_is_read_and_its_picture(written, tmp_path, monkeypatch):
    monkeypatch.setenv("PAVEMENT_HOME", str(tmp_path / "home"))
    (path,) = written([frame()])
    out = tmp_path / "cameras" / "van.toml"
    call = ["calibrate", str(path), "--out", str(out)]
    done = CliRunner().invoke(app, [*call, "--lane-width", "3.5", "--ahead", "6"])
    assert done.exit_code == 0, done.output
    camera = camera_from_file(out)
    assert (camera.size, camera.far_m, camera.mm_per_pixel) == (SIZE, 6.0, 5.0)
    assert "# Check: the lane measures" in out.read_text(encoding="utf-8")
    assert cv2.imread(str(out.with_suffix(".png"))).shape[0] == SIZE[1]
    by_marks = [word for x, y, right, ahead in marks_of(PLACES) for word in ("--mark", f"{x},{y}={right},{ahead}")]
    assert CliRunner().invoke(app, [*call, *by_marks]).exit_code == 0
    assert error_m(tomllib.loads(out.read_text(encoding="utf-8"))) < 0.02


@pytest.mark.parametrize(
    "more",
    [[], ["--lane-width", "3.5", "--dashes", "4"], ["--mark", "1,2=3"], ["--lane-width", "3.5", "--out", "a.png"]],
)
def test_a_command_that_is_written_wrongly_ends_with_2(written, tmp_path, more):
    (path,) = written([frame()])
    assert CliRunner().invoke(app, ["calibrate", str(path), "--out", str(tmp_path / "c.toml"), *more]).exit_code == 2
    assert not (tmp_path / "c.toml").exists()


def test_a_path_that_is_not_there_is_named(tmp_path):
    done = CliRunner().invoke(
        app, ["calibrate", "/nowhere/a.jpg", "--out", str(tmp_path / "c.toml"), "--lane-width", "3"]
    )
    assert done.exit_code == 2
    assert "/nowhere/a.jpg: there is no such" in done.output


@pytest.mark.real
def test_real_frames_of_br_290_agree_with_the_camera_from_their_lane_masks(shared):
    folder = shared / "data/cracks/brazil_hdv_rs/images"
    paths = [next(folder.glob(f"*{SECTION}_{index}.jpg")) for index in range(FIRST, FIRST + 30, 5)]
    found = made(paths, Known(lane_width_m=3.6, spacing_m=5.0))
    assert "5 of 5 pair(s)" in found.said[1]
    pixels = [(300.0, 600.0), (800.0, 600.0), (450.0, 250.0), (750.0, 250.0)]
    told, masks = on_road(found.table, pixels), on_road(BY_MASKS, pixels)
    assert np.abs(told[2:, 1] / masks[2:, 1] - 1).max() < 0.12
    assert np.abs(np.diff(told, axis=0)[::2, 0] / np.diff(masks, axis=0)[::2, 0] - 1).max() < 0.08


@pytest.mark.real
def test_real_frames_that_do_not_follow_each_other_are_refused(shared):
    paths = sorted((shared / "data/cracks/brazil_hdv_rs/images").glob("*290RS070691*.jpg"))
    with pytest.raises(ImageError, match="not all frames are 5 m from the one before"):
        made(paths, Known(lane_width_m=3.6, spacing_m=5.0))


# of benchmarks.brazil_camera, from the masks of the lane, which ends at the inner edges of its lines
BY_MASKS = {"kind": "forward", "mm_per_pixel": 5.0, "near_m": 0.0, "far_m": 5.0, "left_m": -2.81, "right_m": 2.19,
            "image_points": [[193.34, 639.0], [1017.04, 639.0], [467.25, 146.64], [743.12, 146.64]],
            "road_points": [[-1.5, 0.0], [1.5, 0.0], [-1.5, 10.0], [1.5, 10.0]]}  # fmt: skip
