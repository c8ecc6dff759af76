"""The made range survey is read as it was drawn, by a folder and by a store (synthetic)."""

import contextlib

import pandas as pd
import pytest

from ingest.imagery.camera import camera_from_file
from ingest.imagery.folder import quantify_folder
from ingest.run import ingest_package
from pavement.progress import silent
from pavement.store import published
from pavement.store.database import open_store
from sample_data.range_images import write_range_survey
from tests.ingest.builders import settings_at


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return write_range_survey(tmp_path_factory.mktemp("made") / "range", seed=1, frames=6)


def test_a_folder_of_it_tells_what_was_drawn(made, tmp_path):
    camera = camera_from_file(made.parent / "camera.toml")
    quantify_folder(made / "range", out=tmp_path, camera=camera, settings={"workers": 1})
    truth = pd.read_csv(made.parent / "truth.csv", dtype={"image": str}).set_index("image")
    found = pd.read_csv(tmp_path / "images.csv", comment="#").set_index("image")
    assert found["crack_length_m"].sum() == pytest.approx(truth["crack_m"].sum(), rel=0.03)
    assert found["pothole_count"].sum() == (truth["pothole_m3"] > 0).sum() == 1
    measures = pd.read_csv(tmp_path / "measures.csv", comment="#")
    wire = measures[(measures["kind"] == "rut") & (measures["method"] == "wire over the lane")]
    for side in ("left", "right"):
        drawn = truth[f"rut_{side}_mm"].to_numpy()
        # a wire rests on the shoulders of the hollows, which have a depth of their own
        assert wire.loc[wire["side"] == side, "value"].to_numpy() == pytest.approx(drawn, abs=0.8)


def test_a_store_of_the_small_freeway_takes_it(made, small, tmp_path):
    settings = settings_at(tmp_path)
    with contextlib.closing(open_store(tmp_path, url="", crs=settings["crs"])) as store:
        for package in (small / "00-network", made):
            report = ingest_package(package, store=store, settings=settings, progress=silent, user="t")
            assert report.state == "published", report.text()
            assert len(report.rejected) == 0
        assert len(published.table(store, "frames")) == 6
        events = published.table(store, "events")
    assert {"rut", "crack_length", "pothole_volume"} <= set(events["kind"])
