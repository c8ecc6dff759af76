"""Clocks of camera, GPS and odometer apart or stepping (D5): estimated, shown, and beyond the limit not published."""

import numpy as np
import pandas as pd
import pytest

from ingest.run import ingest_package
from pavement.store import published, runs
from pavement.store.quality_export import quality_export
from tests.ingest.builders import package
from tests.measures.test_clock_offset import drive

from .test_images import jpeg, road

START = pd.Timestamp("2024-03-02T01:00:00Z")
EVERY = 5


@pytest.fixture(scope="module")
def photos():
    return [jpeg(road(height=300, seed=n)) for n in range(70)]


def survey(folder, photos, *, odometer="triggers", **changes):
    """Write a package of frames 25 m apart on N1 southbound whose places have a clock of their own."""
    time, distance, place = (v[::EVERY][: len(photos)] for v in drive(length=2000, noise=0.3, **changes))
    lines = [
        f"{n:03}.jpg,N1,S,1,{10_000 + p:.2f},1,{d:.2f},{(START + pd.Timedelta(t, unit='s')).isoformat()}"
        for n, (t, d, p) in enumerate(zip(time, distance, place, strict=True))
    ]
    header = "file,route,direction,lane,measure_m,length_m,odometer_m,taken_at"
    files = {f"frames/{n:03}.jpg": photo for n, photo in enumerate(photos)}
    files["positions.csv"] = "\n".join([header, *lines]) + "\n"
    data = [{"kind": "frames", "files": "frames/**", "positions": "positions.csv", "options": {"odometer": odometer}}]
    return package(folder, files, data, camera={"kind": "downward", "mm_per_pixel": 2.0})


def test_d5_an_offset_is_shown_and_corrected(served, settings, tmp_path, photos):
    """D5: 1.5 s are 30 m; the run is published with its places moved back, and the check says what was found."""
    report = ingest_package(survey(tmp_path / "p", photos, offset=1.5), store=served, settings=settings)
    assert report.state == "published", report.text()
    assert "corrected." in report.text()
    checks = runs.quality(served, report.run).set_index("check")
    assert checks.loc["clock_offset", "value"] == pytest.approx(1.5, abs=0.1)
    assert checks.loc["clock_offset", ["unit", "verdict"]].tolist() == ["s", "doubt"]
    assert checks.loc["clock_step", "verdict"] == "ok"
    _, _, truth = drive(length=2000, noise=0.0)
    places = published.table(served, "frames").sort_values("measure_m")["measure_m"].to_numpy(float)
    assert np.abs(places - 10_000 - truth[::EVERY][: len(photos)]).max() < 3
    told = quality_export(served, report.run, tmp_path / "q.csv", language="zh_TW").read_text(encoding="utf-8")
    assert "時鐘差：定位相對於里程計" in told


@pytest.mark.parametrize("changes", [{"offset": 3.0}, {"step": 3.0}], ids=str)
def test_d5_beyond_the_limit_the_run_is_held(served, settings, tmp_path, photos, changes):
    """D5: at 3 s the frames stand 60 m off, so nobody sees them until somebody decides."""
    report = ingest_package(survey(tmp_path / "p", photos, **changes), store=served, settings=settings)
    assert report.state == "held", report.text()
    assert "clock_" in report.message
    assert published.table(served, "frames").empty
