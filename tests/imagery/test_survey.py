"""Frames of a survey become tables that pass their schemas, the same with any number of processes."""

import datetime as dt
import hashlib

import cv2
import numpy as np
import pandas as pd
import pytest

from ingest.imagery.camera import Camera
from ingest.imagery.survey import quantify_frames
from pavement.errors import Cancelled
from pavement.schema import check

from .conftest import as_image, asphalt, wavy, with_line

CAMERA = Camera("downward", 4.0)
SETTINGS = {"workers": 1, "timezone": "Asia/Taipei", "pixels_limit": 10_000_000}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("frames")
    for number in range(10):
        road = asphalt(height=500, width=900, seed=number)
        if number % 3 == 0:
            road = with_line(road, wavy(1850), width_mm=12.0, mm=4.0)
        cv2.imwrite(str(place / f"{number:02d}.png"), as_image(road))
    cv2.imwrite(str(place / "10.png"), np.zeros((500, 900, 3), np.uint8))
    return place


@pytest.fixture(scope="module")
def files(folder):
    return {p.name: p for p in sorted(folder.iterdir())}


def test_tables_pass_their_schemas(files, positions):
    result = quantify_frames(positions(list(files)), files, CAMERA, settings=SETTINGS)
    for name in ("frames", "findings", "events"):
        good, faults = check(getattr(result, name), name, file=name)
        assert faults.empty, faults
        assert len(good) == len(getattr(result, name)) > 0
    assert set(result.views) == {*result.frames["image"], *result.frames["overlay"]}
    assert all(hashlib.sha256(view).hexdigest() == name for name, view in result.views.items())
    assert result.views[result.frames["image"][0]][:3] == b"\xff\xd8\xff"


def test_events_lie_where_the_frames_do(files, positions):
    result = quantify_frames(positions(list(files)), files, CAMERA, settings=SETTINGS)
    length = result.events.query("kind == 'crack_length'").set_index("from_m")["value"]
    assert set(length[length > 0.15].index) == {0.0, 6.0, 12.0, 18.0}
    assert 20.0 not in length.index
    assert (result.events["to_m"] - result.events["from_m"]).eq(2.0).all()
    # 20:00 UTC on 31 December is the new year in Taipei
    assert set(result.events["surveyed_on"].dt.date) == {dt.date(2024, 1, 1)}


def test_processes_give_the_same_tables(files, positions):
    one = quantify_frames(positions(list(files)), files, CAMERA, settings=SETTINGS)
    two = quantify_frames(positions(list(files)), files, CAMERA, settings=SETTINGS | {"workers": 2})
    for name in ("frames", "findings", "events", "faults"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(two, name))
    assert one.views == two.views


def test_what_is_kept_in_a_folder_is_what_comes_back_in_memory(files, positions, tmp_path):
    """F16: with a folder, memory does not grow with views and findings."""
    memory = quantify_frames(positions(list(files)), files, CAMERA, settings=SETTINGS)
    placed = quantify_frames(positions(list(files)), files, CAMERA, settings=SETTINGS, work=tmp_path)
    assert {digest: place.read_bytes() for digest, place in placed.views.items()} == memory.views
    for name in ("frames", "findings", "events", "faults"):
        pd.testing.assert_frame_equal(getattr(memory, name), getattr(placed, name))


@pytest.mark.parametrize("workers", [1, 2])
def test_cancel_stops_the_work(files, positions, workers):
    seen = []

    def stop(done, total, label):
        seen.append((done, total, label))
        raise Cancelled

    with pytest.raises(Cancelled):
        quantify_frames(positions(list(files)), files, CAMERA, settings=SETTINGS | {"workers": workers}, progress=stop)
    assert seen == [(1, 11, "frames")]


def test_no_frames_no_rows(positions):
    result = quantify_frames(positions(["a.png"]).iloc[:0], {}, CAMERA, settings=SETTINGS)
    assert result.frames.empty
    assert result.findings.empty
    assert result.events.empty
    assert result.faults.empty
    assert list(result.events.columns) == list(quantify_frames(positions([]), {}, CAMERA, settings=SETTINGS).events)
