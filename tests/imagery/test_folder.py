"""A folder of frames becomes tables, overlays and masks; a bad image becomes a row."""

import json

import cv2
import numpy as np
import pandas as pd
import pytest

from ingest.imagery.camera import Camera, unscaled_camera
from ingest.imagery.folder import IMAGE_COLUMNS, quantify_folder
from pavement.errors import ImageError, SettingsError, SurveyError

from .conftest import as_image, asphalt, line_length, with_line

CAMERA = Camera("downward", 4.0, orientation="apply")
SETTINGS = {"workers": 1, "pixels_limit": 10_000_000}
LINE = [(1800.0, 100.0), (1900.0, 1900.0)]


@pytest.fixture
def images(tmp_path):
    """Return a folder: a cracked frame, a sound one below it, a black one, one cut short and a page."""
    place = tmp_path / "images"
    (place / "子").mkdir(parents=True)
    road = asphalt(height=500, width=900)
    cracked = cv2.imencode(".jpg", as_image(with_line(road, LINE, width_mm=12.0, mm=4.0)))[1].tobytes()
    (place / "a.JPG").write_bytes(cracked)
    (place / "cut.jpg").write_bytes(cracked[: len(cracked) * 9 // 10])
    (place / "子" / "=b.png").write_bytes(cv2.imencode(".png", as_image(road))[1].tobytes())
    (place / "black.png").write_bytes(cv2.imencode(".png", np.zeros((500, 900, 3), np.uint8))[1].tobytes())
    (place / "page.png").write_text("<html></html>", encoding="utf-8")
    (place / "notes.txt").write_text("not an image", encoding="utf-8")
    return place


def quantified(images, out, **settings):
    said = quantify_folder(images, out=out, camera=CAMERA, settings=SETTINGS | settings)
    return said, pd.read_csv(out / "images.csv").set_index("image")


def test_one_row_an_image_whatever_it_is(images, tmp_path):
    """I1, I5, F12, E1: one bad image stops nothing; a name is no formula."""
    said, table = quantified(images, tmp_path / "out")
    assert table["state"].to_dict() == {
        "a.JPG": "measured",
        "black.png": "unusable",
        "cut.jpg": "rejected",
        "page.png": "rejected",
        "子/=b.png": "measured",
    }
    assert table.loc[["black.png", "cut.jpg", "page.png"], "reason"].notna().all()
    assert table.loc[["cut.jpg", "page.png"], "cure"].str.len().gt(10).all()
    assert list(table.reset_index().columns) == list(IMAGE_COLUMNS)
    assert said.startswith("5 image(s): 2 measured, 1 unusable, 2 rejected.")


def test_lengths_are_metres_and_width_is_millimetres(images, tmp_path):
    _, table = quantified(images, tmp_path / "out")
    row = table.loc["a.JPG"]
    assert row["crack_length_m"] == row["crack_longitudinal_m"] == pytest.approx(line_length(LINE), rel=0.05)
    assert row["area_m2"] == pytest.approx(3.6 * 2.0)
    assert row["crack_width_mm"] == pytest.approx(12.0, abs=2.0)
    # at 4 mm a pixel the grain of a sound drawn road gives traces: 0.4 m a frame in twelve, 0.9 m at most
    assert table.loc["子/=b.png", "crack_length_m"] < 1.0
    found = pd.read_csv(tmp_path / "out" / "findings.csv")
    assert found.loc[found["image"] == "a.JPG", "length_m"].sum() == pytest.approx(row["crack_length_m"], abs=0.01)


def test_outlines_are_in_pixels_of_the_image_however_fine_it_is(tmp_path):
    road = with_line(asphalt(height=1800, width=3200), LINE, width_mm=12.0, mm=1.0)
    (tmp_path / "fine.png").write_bytes(cv2.imencode(".png", as_image(road))[1].tobytes())
    quantify_folder(tmp_path / "fine.png", out=tmp_path / "out", camera=Camera("downward", 1.0), settings=SETTINGS)
    found = pd.read_csv(tmp_path / "out" / "findings.csv")
    longest = found.sort_values("length_m").iloc[-1]
    x, y = np.concatenate([np.array(line) for line in json.loads(longest["outline"])]).T
    expected = np.interp(y, [p[1] for p in LINE], [p[0] for p in LINE])
    assert np.abs(x - expected).max() < 25
    assert y.max() - y.min() > 1200


def test_overlay_and_mask_of_each_image_that_could_be_read(images, tmp_path):
    out = tmp_path / "out"
    _, table = quantified(images, out)
    for place in [*table["overlay"].dropna(), *table["mask"].dropna()]:
        assert cv2.imdecode(np.fromfile(out / place, np.uint8), cv2.IMREAD_COLOR) is not None
    assert table["overlay"].notna().tolist() == table["state"].ne("rejected").tolist()
    mask = cv2.imdecode(np.fromfile(out / table.loc["a.JPG", "mask"], np.uint8), cv2.IMREAD_GRAYSCALE)
    assert mask.shape == (500, 900)
    # the line runs from pixel 450 to 475
    assert np.flatnonzero(mask.any(axis=0)).mean() == pytest.approx(462, abs=4)


def test_results_inside_the_folder_are_not_taken_for_images(images):
    _, first = quantified(images, images / "out")
    said, again = quantified(images, images / "out")
    pd.testing.assert_frame_equal(first, again)
    assert said.splitlines()[:2] == [
        "5 image(s): 2 measured, 1 unusable, 2 rejected.",
        "5 of 5 already done, nothing left to measure.",
    ]


def test_processes_give_the_same_rows_and_progress_is_told(images, tmp_path):
    for number in range(6):
        (images / f"more{number}.JPG").write_bytes((images / "a.JPG").read_bytes())
    seen = []
    _, one = quantified(images, tmp_path / "one")
    quantify_folder(
        images,
        out=tmp_path / "two",
        camera=CAMERA,
        settings=SETTINGS | {"workers": 2},
        progress=lambda *step: seen.append(step),
    )
    pd.testing.assert_frame_equal(one, pd.read_csv(tmp_path / "two" / "images.csv").set_index("image"))
    assert seen == [(n, 11, "images") for n in range(1, 12)]


def test_a_single_image(images, tmp_path):
    assert list(quantified(images / "a.JPG", tmp_path / "out")[1].index) == ["a.JPG"]


def test_scale_that_makes_the_lane_absurd_is_said(tmp_path):
    """I10: ten times off."""
    road = asphalt(height=500, width=900)
    road[:, 60:100] = road[:, 800:840] = 235.0
    (tmp_path / "in").mkdir()
    cv2.imwrite(str(tmp_path / "in" / "a.png"), as_image(road))
    assert "Check the scale" not in quantified(tmp_path / "in", tmp_path / "true")[0]
    said = quantify_folder(tmp_path / "in", out=tmp_path / "off", camera=Camera("downward", 1.0), settings=SETTINGS)
    assert "Check the scale" in said


def test_what_cannot_be_done_at_all_is_an_error_with_its_cure(images, tmp_path):
    with pytest.raises(ImageError, match="does not exist"):
        quantify_folder(tmp_path / "none", out=tmp_path / "out", camera=Camera("downward", 2.0), settings=SETTINGS)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ImageError, match="holds no image"):
        quantify_folder(tmp_path / "empty", out=tmp_path / "out", camera=Camera("downward", 2.0), settings=SETTINGS)
    with pytest.raises(SettingsError, match="Engine 'magic' is not known"):
        quantify_folder(images, out=tmp_path / "out", camera=CAMERA, settings=SETTINGS, engine="magic")
    (tmp_path / "file").write_text("")
    with pytest.raises(SurveyError, match="cannot be written"):
        quantify_folder(images, out=tmp_path / "file", camera=CAMERA, settings=SETTINGS)


def test_real_frames_of_a_survey_vehicle(shared, tmp_path):
    """Real asphalt frames 1920 px wide: a lane of about 3.65 m fixes the scale; all have a crack in their masks."""
    real = shared / "data/cracks/nha12d_dev"
    (tmp_path / "in").mkdir()
    for number in (1, 2, 6):
        name = f"APVD_{number:02d}.jpg"
        (tmp_path / "in" / name).symlink_to(real / "images" / name)
    quantify_folder(tmp_path / "in", out=tmp_path / "out", camera=Camera("downward", 2.4), settings=SETTINGS)
    table = pd.read_csv(tmp_path / "out" / "images.csv")
    assert table["state"].eq("measured").all()
    assert table["crack_length_m"].between(1.0, 6.0).all()
    assert table["lane_width_m"].between(3.2, 3.8).all()


def test_without_a_scale_there_are_shares_and_no_millimetres(images, tmp_path):
    """I10: what is not known is not told."""
    bent, out = [(1800.0, 100.0), (2000.0, 1000.0), (1800.0, 1900.0)], tmp_path / "out"
    road = with_line(asphalt(height=500, width=900), bent, width_mm=12.0, mm=4.0)
    (images / "a.JPG").write_bytes(cv2.imencode(".jpg", as_image(road))[1].tobytes())
    said = quantify_folder(images, out=out, camera=unscaled_camera(), settings=SETTINGS)
    assert "No scale is known" in said
    assert "taken to show 3 m across" in said
    assert " m of cracks" not in said
    table = pd.read_csv(out / "images.csv").set_index("image")
    told = table.loc["a.JPG"].dropna()
    assert not [name for name in told.index if name.endswith(("_m", "_mm", "_m2", "_percent", "_count"))]
    # 12 mm of width over 1.84 m, on 7.2 m2; the mask reaches a pixel beyond either edge
    true = 100 * 0.012 * line_length(bent) / 7.2
    assert true < told["crack_share"] < 2.5 * true
    found = pd.read_csv(out / "findings.csv")
    assert len(found[found["kind"] == "crack"]) > 0
    assert found[["length_m", "width_mm", "area_m2", "offset_m", "zone", "severity"]].isna().all(axis=None)
    assert pd.read_csv(out / "zones.csv").empty
    shapes = json.loads((out / "findings.geojson").read_text(encoding="utf-8"))
    assert shapes["coordinates"].startswith("no scale known")
    first = np.concatenate([np.array(line) for line in shapes["features"][0]["geometry"]["coordinates"]])
    # pixels 450 to 500 of 900
    assert [first[:, 0].min(), first[:, 0].max()] == pytest.approx([0.5, 0.556], abs=0.02)


def test_i10_without_a_scale_close_views_of_real_cracks_are_told_all_the_same(shared, tmp_path):
    """Views of a metre: with the width of a lane half of what was told was grain, and half of the cracks seals."""
    real = shared / "data/cracks/cfd"
    (tmp_path / "in").mkdir()
    names = ["008", "040", "072", "104"]
    for name in names:
        (tmp_path / "in" / f"{name}.jpg").symlink_to(real / "images" / f"{name}.jpg")
    quantify_folder(tmp_path / "in", out=tmp_path / "out", camera=unscaled_camera(), settings=SETTINGS)
    right = told = found = drawn = 0
    for name in names:
        true, mine = (
            cv2.imread(str(place), cv2.IMREAD_GRAYSCALE) > 0
            for place in (real / "masks" / f"{name}.png", tmp_path / "out" / "masks" / f"{name}.png")
        )
        near_true, near_mine = (cv2.dilate(m.astype(np.uint8), np.ones((11, 11), np.uint8)) > 0 for m in (true, mine))
        right, told = right + (mine & near_true).sum(), told + mine.sum()
        found, drawn = found + (true & near_mine).sum(), drawn + true.sum()
    assert right > 0.75 * told
    assert found > 0.75 * drawn
    assert pd.read_csv(tmp_path / "out" / "findings.csv")["kind"].ne("sealed_crack").all()


def test_i6_what_lies_over_the_road_is_named_with_its_area(tmp_path):
    road = as_image(asphalt(height=500, width=900))
    road[150:350, 300:550] = 252
    dark = (as_image(asphalt(height=500, width=900)) * 0.1).astype(np.uint8)
    (tmp_path / "in").mkdir()
    for name, image in (("snow.png", road), ("dark.png", dark)):
        (tmp_path / "in" / name).write_bytes(cv2.imencode(".png", image)[1].tobytes())
    said = quantify_folder(tmp_path / "in", out=tmp_path / "out", camera=CAMERA, settings=SETTINGS)
    assert "dark.png: too dark. Take the frame again in daylight or with more light." in said
    row = pd.read_csv(tmp_path / "out" / "images.csv").set_index("image").loc["snow.png"]
    assert row["hidden_by"].split(", ")[0] in {"snow on the road", "water on the road", "road covered"}
    # 0.8 m by 1.0 m, and what of its border cannot be judged
    assert 0.75 < row["hidden_m2"] < 1.3
    assert row["area_m2"] == pytest.approx(3.6 * 2.0 - row["hidden_m2"], abs=0.25)
