"""Range images as a survey and as a folder: from counts to ruts and potholes of cells; the truth is drawn."""

import hashlib

import cv2
import numpy as np
import pandas as pd
import pytest

from ingest.imagery.camera import camera_from_file
from ingest.imagery.folder import quantify_folder
from ingest.run import ingest_package
from pavement.errors import ImageError
from pavement.progress import silent
from pavement.schema import check
from pavement.store import published
from tests.ingest.builders import package

CAMERA = {"kind": "range", "mm_across": 2.0, "mm_along": 5.0, "mm_per_count": 0.1, "zero": 30_000}
COUNT = 5
WIDTH, LINES = 1750, 400


def heights(seed):
    """Return a V of 20 mm over 3.5 m with grain; the middle frame has a hole of 300 mm and 50 mm deep."""
    x = (np.arange(WIDTH) + 0.5) * 0.002 - 1.75
    road = 20.0 * np.abs(x) / 1.75 - 20.0 + np.random.default_rng(seed).normal(0, 0.5, (LINES, WIDTH))
    if seed == 2:
        y = (np.arange(LINES) + 0.5) * 0.005 - 1.0
        away = np.hypot(x[None, :] + 0.9, y[:, None])
        road -= 50.0 * np.clip(1 - (away / 0.15) ** 2, 0, None)
    return np.rint(road / 0.1 + 30_000).astype(np.uint16)


def tone(seed):
    grain = np.random.default_rng(seed + 50).normal(110, 7, (LINES, WIDTH))
    return np.clip(cv2.GaussianBlur(grain, (0, 0), 1.2), 0, 255).astype(np.uint8)


@pytest.fixture
def sent(tmp_path):
    rows = [f"r{i},range/{i}.tif,N1,S,1,{10_000 + 2 * i},2.0,2024-03-02T00:30:0{i}+08:00" for i in range(COUNT)]
    files = {f"range/{i}.tif": cv2.imencode(".tif", heights(i))[1].tobytes() for i in range(COUNT)}
    files |= {f"range/intensity/{i}.png": cv2.imencode(".png", tone(i))[1].tobytes() for i in range(COUNT)}
    files["positions.csv"] = "\n".join(["frame,file,route,direction,lane,measure_m,length_m,taken_at", *rows]) + "\n"
    data = [{"kind": "frames", "files": "range/**", "positions": "positions.csv"}]

    def made(**change):
        return package(tmp_path / "sent", files | change.pop("files", {}), data, camera=CAMERA | change)

    return made


def test_ruts_and_potholes_of_range_images_reach_the_cells(served, settings, sent):
    report = ingest_package(sent(), store=served, settings=settings, progress=silent, user="t")
    assert report.state == "published", report.text()
    assert len(report.rejected) == 0
    events = published.table(served, "events")
    rut = events[events["kind"] == "rut"]
    assert len(rut) == COUNT
    # 20 mm deep over 3.5 m: 11.429 by the straightedge of 2.0 m
    assert rut["value"].median() == pytest.approx(11.43, abs=0.5)
    assert set(events.loc[events["kind"].isin(["rut", "rut_max"]), "method"]) == {"straightedge 2 m"}
    assert events.loc[events["kind"] == "pothole_count", "value"].sum() == 1
    volume = events.loc[events["kind"] == "pothole_volume", "value"].sum()
    # a paraboloid holds half its cylinder
    assert volume == pytest.approx(np.pi * 0.15**2 * 0.05 / 2, rel=0.05)
    assert len(published.table(served, "frames")) == COUNT


EDGES = {f"straightedge {length:g} m": 20.0 * length / 3.5 for length in (1.2, 1.8, 2.0, 3.0)}


def test_ruts_of_each_wheel_path_are_kept_by_every_method_and_the_cell_has_the_agencys(served, settings, sent):
    """A V of 20 mm over 3.5 m: 20 L / 3.5 by a straightedge of length L, 20 by the wire."""
    report = ingest_package(sent(), store=served, settings=settings, progress=silent, user="t")
    ruts = published.table(served, "wheel_path_ruts")
    assert report.counts["wheel_path_ruts"] == len(ruts) == COUNT * 2 * (len(EDGES) + 1)
    for side in ("left", "right"):
        found = ruts[ruts["side"] == side].groupby("method")["rut_mm"].median()
        assert found.to_dict() == pytest.approx(EDGES | {"wire over the lane": 20.0}, abs=0.5)
    good, faults = check(ruts, "wheel_path_ruts", file="ruts")
    assert faults.empty
    assert len(good) == len(ruts)
    values = published.table(served, "cell_values").set_index("kind")
    assert values.loc["rut", "value"] == pytest.approx(EDGES["straightedge 2 m"], abs=0.5)
    assert values.loc["rut", "method"] == "straightedge 2 m"


def test_findings_carry_the_hash_of_their_frame_and_one_name_a_thing(served, settings, sent):
    package_of = sent()
    ingest_package(package_of, store=served, settings=settings, progress=silent, user="t")
    files = {f"r{i}": hashlib.sha256((package_of / f"range/{i}.tif").read_bytes()).hexdigest() for i in range(COUNT)}
    frames = published.table(served, "frames").set_index("frame")
    assert frames["sha256"].to_dict() == files
    findings = published.table(served, "findings")
    assert (findings["sha256"] == findings["frame"].map(files)).all()
    hole = findings[findings["kind"] == "pothole"]
    assert hole["thing"].tolist() == hole["finding"].tolist()
    assert len(hole) == 1


def test_image_that_is_no_range_image_is_one_rejected_record(served, settings, sent):
    """I9, I15: eight bits where sixteen are claimed; the others are kept."""
    eight = cv2.imencode(".tif", np.zeros((LINES, WIDTH), np.uint8))[1].tobytes()
    report = ingest_package(
        sent(files={"range/1.tif": eight}), store=served, settings=settings, progress=silent, user="t"
    )
    assert report.state == "published"
    assert report.rejected["message"].str.contains("range/1.tif: has 8 bits a pixel").sum() == 1
    assert len(published.table(served, "frames")) == COUNT - 1


def test_intensity_of_another_size_is_one_rejected_record(served, settings, sent):
    small = cv2.imencode(".png", tone(1)[:300])[1].tobytes()
    package_of = sent(files={"range/intensity/1.png": small})
    report = ingest_package(package_of, store=served, settings=settings, progress=silent, user="t")
    assert report.rejected["message"].str.contains("its intensity has 1750 x 300 pixels").sum() == 1


def test_scale_of_zero_refuses_the_survey(served, settings, sent):
    """I10."""
    report = ingest_package(sent(mm_per_count=0), store=served, settings=settings, progress=silent, user="t")
    assert report.state == "refused"
    assert "mm_per_count = 0" in report.text()


def test_a_folder_of_range_images_is_measured_without_a_store(tmp_path):
    images = tmp_path / "in"
    (images / "intensity").mkdir(parents=True)
    for i in (1, 2):
        cv2.imwrite(str(images / f"{i}.png"), heights(i))
        cv2.imwrite(str(images / "intensity" / f"{i}.png"), tone(i))
    (tmp_path / "laser.toml").write_text("\n".join(f"{k} = {v!r}" for k, v in CAMERA.items()).replace("'", '"'))
    camera = camera_from_file(tmp_path / "laser.toml")
    quantify_folder(images, out=tmp_path / "out", camera=camera, settings={"workers": 1})
    table = pd.read_csv(tmp_path / "out" / "images.csv", comment="#").set_index("image")
    assert table["state"].tolist() == ["measured", "measured"]
    assert table["pothole_count"].tolist() == [0, 1]
    measures = pd.read_csv(tmp_path / "out" / "measures.csv", comment="#")
    wire = measures[(measures["kind"] == "rut") & (measures["method"] == "wire over the lane")]
    assert wire["value"].median() == pytest.approx(20.0, abs=0.5)
    mask = cv2.imread(str(tmp_path / "out" / "masks" / "1.png"), cv2.IMREAD_UNCHANGED)
    assert mask.shape == (LINES, WIDTH)


def test_a_folder_of_photographs_is_no_range_survey(tmp_path):
    (tmp_path / "in").mkdir()
    cv2.imwrite(str(tmp_path / "in" / "a.png"), tone(1))
    (tmp_path / "laser.toml").write_text("\n".join(f"{k} = {v!r}" for k, v in CAMERA.items()).replace("'", '"'))
    with pytest.raises(ImageError, match="has 8 bits a pixel"):
        quantify_folder(
            tmp_path / "in", out=tmp_path / "out", camera=camera_from_file(tmp_path / "laser.toml"), settings={}
        )
