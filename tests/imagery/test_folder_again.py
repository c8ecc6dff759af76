"""A folder of images measured again: what is finished is not done twice, and nothing of a former call misleads."""

import json

import cv2
import numpy as np
import pandas as pd
import pytest

from ingest.imagery import folder, stream
from ingest.imagery.camera import Camera
from ingest.imagery.folder import quantify_folder
from ingest.imagery.folder_images import view_names
from ingest.imagery.folder_memory import FILE, Memory, recalled, remove_former
from ingest.imagery.shots import read_shot
from pavement.errors import ImageError, SurveyError

from .conftest import as_image, asphalt, with_line

SETTINGS = {"workers": 1, "pixels_limit": 10_000_000}
CAMERA = Camera("downward", 4.0, orientation="apply")


def frame(seed=1, *, height=500):
    line = [(1800.0, 100.0), (1900.0, 1900.0)]
    return as_image(with_line(asphalt(height=height, width=900, seed=seed), line, width_mm=12.0, mm=4.0))


def put(image, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(path.suffix, image)[1].tobytes())


@pytest.fixture
def images(tmp_path):
    """Return a folder of two frames, one below it."""
    put(frame(1), tmp_path / "in" / "a.png")
    put(frame(2), tmp_path / "in" / "below" / "b.png")
    return tmp_path / "in"


@pytest.fixture
def measured(monkeypatch):
    """Return a list that grows by the size of each image that is measured."""
    sizes = []

    def counted(content, **given):
        sizes.append(len(content))
        return original(content, **given)

    original = folder.folder_frame
    monkeypatch.setattr(folder, "folder_frame", counted)
    return sizes


def told(images, out, **given):
    return quantify_folder(images, out=out, **({"camera": CAMERA, "settings": SETTINGS} | given))


def test_a_finished_folder_is_not_measured_again_and_its_files_are_made_whole(images, tmp_path, measured):
    out = tmp_path / "out"
    told(images, out)
    first = {p.name: p.read_bytes() for p in out.glob("*.csv")}
    (out / "overlays" / "a.jpg").unlink()
    (out / "findings.csv").unlink()
    said = told(images, out)
    assert len(measured) == 2
    assert "2 of 2 already done, nothing left to measure." in said
    assert {p.name: p.read_bytes() for p in out.glob("*.csv")} == first
    assert (out / "overlays" / "a.jpg").exists()


def test_an_image_that_cannot_be_opened_is_not_counted_as_measured_again(images, tmp_path, monkeypatch):
    put(frame(3), images / "locked.png")

    def refused(path):
        if path.name == "locked.png":
            raise ImageError(f"{path}: Permission denied.", cure="Check the rights of the file.")
        return read_shot(path)

    monkeypatch.setattr(stream, "read_shot", refused)
    assert "1 rejected" in told(images, tmp_path / "out")
    assert "3 of 3 already done, nothing left to measure." in told(images, tmp_path / "out")


def test_only_an_image_that_changed_or_came_is_measured(images, tmp_path, measured):
    told(images, tmp_path / "out")
    put(frame(7), images / "a.png")
    said = told(images, tmp_path / "out")
    assert len(measured) == 3
    assert "1 of 2 already done, 1 measured now." in said
    assert "Measured again, since" not in said


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"camera": Camera("downward", 3.9, orientation="apply")}, "the camera (mm_per_pixel 4.0 → 3.9)"),
        ({"engine": "learned"}, "the engine (classical"),
        ({"settings": SETTINGS | {"pixels_limit": 9_000_000}}, "the setting pixels_limit"),
    ],
)
def test_what_decides_results_makes_it_measure_again_and_is_named(images, tmp_path, measured, given, why):
    told(images, tmp_path / "out")
    labels = set()
    said = told(images, tmp_path / "out", progress=lambda *told: labels.add(told[2]), **given)
    assert len(measured) == 4
    # and while it works, to who waits longer than thought
    assert labels == {f"images, again since {why.partition(' (')[0]} changed"}
    assert f"Measured again, since it changed after the last call: {why}" in said
    # what was found before is forgotten, and its views with it
    work = tmp_path / "out" / ".work"
    assert len((work / "done.jsonl").read_text(encoding="utf-8").splitlines()) == 2
    assert len(list((work / "views").glob("*/*"))) <= 4


def test_views_of_images_that_are_gone_are_removed_and_nothing_else(images, tmp_path):
    out = tmp_path / "out"
    put(frame(3), images / "c.png")
    told(images, out)
    (out / "overlays" / "mine.jpg").write_bytes(b"someone else's")
    (out / "masks" / "c.png").unlink()
    (out / "masks" / "c.png").write_bytes(b"drawn over by hand")
    (images / "below" / "b.png").rename(images / "d.png")
    (images / "c.png").unlink()
    said = told(images, out)
    assert "Removed 3 file(s) of the last call" in said
    kept = {p.relative_to(out).as_posix() for name in ("overlays", "masks") for p in (out / name).rglob("*")}
    assert kept == {
        *("overlays/a.jpg", "overlays/d.jpg", "overlays/mine.jpg", "masks/a.png", "masks/d.png"),
        "masks/c.png",
    }


@pytest.mark.parametrize("place", ["../precious", "images.csv", "overlays/../../precious"])
def test_no_file_beyond_the_views_is_ever_removed(tmp_path, place):
    from hashlib import sha256

    (tmp_path / "out").mkdir()
    (tmp_path / "precious").write_bytes(b"x")
    (tmp_path / "out" / "images.csv").write_bytes(b"x")
    former = Memory(written={place: sha256(b"x").hexdigest()})
    assert remove_former(former, Memory(), tmp_path / "out") == 0
    assert (tmp_path / "precious").exists()
    assert (tmp_path / "out" / "images.csv").exists()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"decided_by": 3}', '{"decided_by": {}, "written": []}'])
def test_a_memory_that_cannot_be_read_is_none(tmp_path, text):
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    assert recalled(tmp_path) == Memory()


@pytest.mark.parametrize(
    ("names", "stems"),
    [
        (["a.jpg", "b.JPG"], ["a", "b"]),
        (["a.jpg", "a.png"], ["a_jpg", "a_png"]),
        (["a.jpg", "a.png", "a_jpg.png"], ["a_jpg_", "a_png", "a_jpg"]),
        (["x/a.jpg", "a.jpg", "a.b.jpg"], ["x/a", "a", "a.b"]),
    ],
)
def test_views_have_plain_names_and_no_two_the_same(names, stems):
    assert list(view_names(names).values()) == stems


def test_results_may_lie_beside_the_images_but_not_take_their_place(images, tmp_path):
    with pytest.raises(ImageError, match="is the folder of the images"):
        told(images, images)
    # the folder of results may hold that of the images
    assert told(images, tmp_path).startswith("2 image(s): 2 measured")
    assert told(images, images / "out").startswith("2 image(s): 2 measured")


def test_pictures_that_the_camera_does_not_make_are_named(images, tmp_path):
    for name in ("a.tif", "b.TIF", "notes.txt"):
        (images / name).write_bytes(b"x")
    assert "Left out, since the camera does not make them: 2 .tif." in told(images, tmp_path / "out")
    for path in images.rglob("*.png"):
        path.unlink()
    with pytest.raises(ImageError, match=r"holds 2 \.tif file.*kind = \"range\", mm_across"):
        told(images, tmp_path / "out")


def test_images_of_several_sizes_throw_doubt_on_the_scale(images, tmp_path):
    assert "differ in size" not in told(images, tmp_path / "out")
    put(frame(4, height=400), images / "c.png")
    assert "differ in size (2 of 900 x 500, 1 of 900 x 400 pixels)" in told(images, tmp_path / "out")


def test_rows_tell_whole_numbers_reasons_without_the_name_and_a_cure(images, tmp_path):
    put(np.zeros((500, 900, 3), np.uint8), images / "black.png")
    (images / "cut.png").write_bytes((images / "a.png").read_bytes()[:5000])
    said = told(images, tmp_path / "out")
    text = (tmp_path / "out" / "images.csv").read_text(encoding="utf-8-sig")
    table = pd.read_csv(tmp_path / "out" / "images.csv", dtype=str).set_index("image")
    assert table.loc["a.png", ["width_px", "height_px", "pothole_count"]].tolist() == ["900", "500", "0"]
    assert table.loc["cut.png", "reason"] == "is cut short or damaged."
    assert table.loc["black.png", ["reason", "cure"]].tolist() == [
        "too dark",
        "Take the frame again in daylight or with more light.",
    ]
    assert "\ncut.png: is cut short or damaged." in said
    assert "900.0" not in text


def test_a_disk_that_is_full_is_said(images, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    with pytest.raises(SurveyError, match="cannot be written: No space left"):
        told(images, tmp_path / "out")


def test_cells_are_whole_in_geojson_too(images, tmp_path):
    lines = [[(x, 600.0), (x, 1500.0)] for x in (1200.0, 1400.0, 1600.0, 1800.0)]
    lines += [[(1200.0, y), (1800.0, y)] for y in (650.0, 900.0, 1150.0, 1400.0)]
    road = asphalt(height=500, width=900)
    for line in lines:
        road = with_line(road, line, width_mm=12.0, mm=4.0)
    put(as_image(road), images / "net.png")
    told(images, tmp_path / "out")
    shapes = json.loads((tmp_path / "out" / "findings.geojson").read_text(encoding="utf-8"))
    assert {type(f["properties"]["cells"]) for f in shapes["features"]} == {int, type(None)}


def test_i11_a_picture_given_twice_is_named_and_counted_once(images, tmp_path):
    alone = told(images, tmp_path / "alone")
    put(frame(2), images / "again.png")
    put(frame(1), images / "sub" / "again.png")
    said = told(images, tmp_path / "out")
    sums = next(line for line in alone.splitlines() if " m of cracks and " in line)
    assert not sums.startswith("0.0 m")
    assert sums in said.splitlines()
    assert said.startswith("4 image(s): 4 measured")
    pairs = {"below/b.png": "again.png", "sub/again.png": "a.png"}
    assert "counted once below: below/b.png as again.png, sub/again.png as a.png." in said
    assert "counted once" not in alone
    for name in ("images.csv", "findings.csv"):
        table = pd.read_csv(tmp_path / "out" / name, dtype=str, keep_default_na=False)
        assert dict(zip(table["image"], table["same_as"], strict=True)) == {"a.png": "", "again.png": ""} | pairs


def test_black_pictures_are_all_alike_and_no_copies(images, tmp_path):
    for name in ("x", "y"):
        put(np.zeros((500, 900, 3), np.uint8), images / f"{name}.png")
    assert "counted once" not in told(images, tmp_path / "out")
