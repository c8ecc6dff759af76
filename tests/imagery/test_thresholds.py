"""Thresholds set by an agency reach what is told of frames, and stand where it is recorded."""

import json

import cv2
import pytest
from typer.testing import CliRunner

from dashboard.cli import app
from ingest.imagery.camera import Camera
from ingest.imagery.folder import quantify_folder
from ingest.imagery.survey import quantify_frames
from ingest.run import ingest_package
from pavement.errors import SettingsError
from pavement.settings import load_settings
from pavement.store import runs
from sample_data.faulty.images import sound_frame
from sample_data.frames import CAMERA as SAMPLE_CAMERA
from tests.ingest.builders import package
from tests.ingest.conftest import served, served_home, settings, store

from .conftest import as_image, asphalt, wandering, with_line

__all__ = ["served", "served_home", "settings", "store"]
CAMERA = Camera("downward", 4.0)
# no crack is as sure
SURE = {"sure_min_classical": 1.0}


@pytest.fixture(scope="module")
def frames(tmp_path_factory):
    place = tmp_path_factory.mktemp("frames")
    road = with_line(asphalt(height=300, width=500), wandering([(800, 100), (900, 1100)]), width_mm=12.0, mm=4.0)
    cv2.imwrite(str(place / "a.png"), as_image(road))
    return place


def test_they_decide_what_a_survey_tells(frames, positions):
    files, found = {"a.png": frames / "a.png"}, []
    for chosen in ({}, SURE):
        settings = {"workers": 1, "image_parameters": chosen}
        found.append(quantify_frames(positions(["a.png"]), files, CAMERA, settings=settings).findings)
    assert [(f["kind"] == "crack").sum() > 0 for f in found] == [True, False]


def test_they_decide_what_a_folder_tells_and_are_recorded(frames, tmp_path):
    settings = load_settings(environment={"PAVEMENT_HOME": str(tmp_path / "home")}).replaced(workers=1)
    first = quantify_folder(frames, out=tmp_path / "out", camera=CAMERA, settings=settings)
    assert "0.0 m of cracks" not in first
    second = quantify_folder(
        frames, out=tmp_path / "out", camera=CAMERA, settings=settings.replaced(image_parameters=SURE)
    )
    assert "the parameters (sure_min_classical 0.55 → 1" in second
    assert "0.0 m of cracks" in second
    assert "sure_min_classical: 1" in (tmp_path / "out" / "images.csv.txt").read_text(encoding="utf-8")


def test_the_command_line_sets_them_for_one_call(frames, tmp_path, monkeypatch):
    monkeypatch.setenv("PAVEMENT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PAVEMENT_WORKERS", "1")
    call = [
        "quantify",
        str(frames),
        "--mm-per-pixel",
        "4",
        "--engine",
        "classical",
        "--out",
        str(tmp_path / "out"),
        "--threshold",
    ]
    done = CliRunner().invoke(app, [*call, "sure_min_classical=1"])
    assert done.exit_code == 0, done.output
    assert "0.0 m of cracks" in done.output
    with pytest.raises(SettingsError, match="The nearest is sure_min_classical"):
        CliRunner().invoke(app, [*call, "sure_min_clasical=1"], catch_exceptions=False)
    assert CliRunner().invoke(app, [*call, "sure_min_classical"]).exit_code == 2


HEAD = "frame,file,route,direction,lane,measure_m,length_m,taken_at\n"


def test_a_package_is_another_run_with_them_and_the_run_says_so(served, tmp_path, settings):
    data = [{"kind": "frames", "files": "frames/*.jpg", "positions": "positions.csv"}]
    files = {
        "positions.csv": HEAD + "a,frames/a.jpg,N1,S,1,10000,2.0,2024-03-02T00:30:00+08:00\n",
        "frames/a.jpg": sound_frame(),
    }
    folder = package(tmp_path / "p", files, data, camera=SAMPLE_CAMERA)
    plain = ingest_package(folder, store=served, settings=settings)
    other = ingest_package(folder, store=served, settings=settings.replaced(image_parameters=SURE))
    assert (plain.state, other.state) == ("published", "published")
    assert plain.run != other.run
    manifests = runs.runs(served).set_index("run")["manifest"].map(json.loads)
    assert manifests[other.run]["image_parameters"] == SURE
    assert "image_parameters" not in manifests[plain.run]
