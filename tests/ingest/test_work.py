"""Work on a survey that was stopped is gone on with, and nothing of it stays once it is of no use (F16, F19)."""

import os
import time

import cv2
import numpy as np
import pandas as pd
import pytest

from ingest.imagery import shots
from ingest.run import ingest_package
from ingest.work import remove_stale, survey_work
from pavement.errors import Cancelled
from pavement.progress import silent
from pavement.store import checks, published
from pavement.store.database import open_store
from sample_data.frames import CAMERA
from tests.ingest.builders import NETWORK, network_files, package

COUNT = 6
DAY = 86_400.0


def road(seed: int) -> bytes:
    """Return a frame of grain with a dark line that wanders: a straight one is a joint to the network."""
    grain = cv2.GaussianBlur(np.random.default_rng(seed).normal(size=(1000, 1800)).astype(np.float32), (0, 0), 1.2)
    grey = np.clip(110 + 7 * grain / grain.std(), 0, 255).astype(np.uint8)
    down = np.arange(40, 961, 20)
    across = 520 + 60 * seed + 22 * np.sin(down / 70) + 9 * np.sin(down / 23)
    cv2.polylines(grey, [np.column_stack([across, down]).astype(np.int32)], isClosed=False, color=45, thickness=6)
    return cv2.imencode(".jpg", cv2.merge([grey] * 3))[1].tobytes()


@pytest.fixture(scope="module")
def frames():
    return [road(seed) for seed in range(COUNT)]


@pytest.fixture
def sent(frames, tmp_path):
    """Return a package of frames."""
    rows = [f"a{i},frames/{i}.jpg,N1,S,1,{10000 + 2 * i},2.0,2024-03-02T00:30:0{i}+08:00" for i in range(COUNT)]
    files = {f"frames/{i}.jpg": content for i, content in enumerate(frames)}
    files["positions.csv"] = "\n".join(["frame,file,route,direction,lane,measure_m,length_m,taken_at", *rows]) + "\n"
    data = [{"kind": "frames", "files": "frames/*.jpg", "positions": "positions.csv"}]
    return package(tmp_path / "sent", files, data, camera=CAMERA)


@pytest.fixture
def worked(monkeypatch):
    """Return a list that gets a member for each frame that is worked on."""
    plain, seen = shots.quantify_frame, []

    def counted(*given, **how):
        seen.append(1)
        return plain(*given, **how)

    monkeypatch.setattr(shots, "quantify_frame", counted)
    return seen


def stop_after(number):
    def progress(done, total, label):
        if label == "frames" and done == number:
            raise Cancelled

    return progress


def left(settings):
    return list((settings.home / "work").iterdir())


def test_cancelled_ingest_goes_on_and_leaves_nothing_once_published(served, settings, sent, worked):
    with pytest.raises(Cancelled):
        ingest_package(sent, store=served, settings=settings, progress=stop_after(4))
    assert len(worked) == 4
    assert len(left(settings)) == 1
    assert len(published.table(served, "frames")) == 0
    report = ingest_package(sent, store=served, settings=settings)
    assert report.state == "published", report.text()
    assert len(worked) == COUNT
    assert left(settings) == []
    assert len(published.table(served, "frames")) == COUNT
    assert checks.check(served)


def test_what_is_published_is_the_same_with_and_without_a_stop(served, settings, sent, worked):
    """The whole of it: the store knows objects by their bytes, so equal names are equal bytes."""
    with pytest.raises(Cancelled):
        ingest_package(sent, store=served, settings=settings, progress=stop_after(2))
    report = ingest_package(sent, store=served, settings=settings)
    resumed = {name: published.table(served, name) for name in ("frames", "findings", "events")}
    objects = {p.name for p in (settings.home / "objects").rglob("*") if p.is_file()}
    assert report.counts["findings"] == len(resumed["findings"]) > 0
    other = settings.replaced(home=str(settings.home / "other"))
    other.home.mkdir()
    with open_store(other.home, crs=other["crs"]) as store:
        network = package(other.home / "network", network_files(), NETWORK, id="network")
        ingest_package(network, store=store, settings=other)
        ingest_package(sent, store=store, settings=other)
        for name, rows in resumed.items():
            pd.testing.assert_frame_equal(rows, published.table(store, name))
        assert {p.name for p in (other.home / "objects").rglob("*") if p.is_file()} == objects


def test_package_that_is_corrected_keeps_its_good_frames(served, settings, sent, frames, worked):
    with pytest.raises(Cancelled):
        ingest_package(sent, store=served, settings=settings, progress=stop_after(COUNT))
    rows = (sent / "positions.csv").read_text().replace("a3,", "a33,")
    files = {f"frames/{i}.jpg": content for i, content in enumerate([*frames[:5], road(11)])} | {"positions.csv": rows}
    data = [{"kind": "frames", "files": "frames/*.jpg", "positions": "positions.csv"}]
    corrected = package(sent.with_name("corrected"), files, data, camera=CAMERA)
    assert ingest_package(corrected, store=served, settings=settings).state == "published"
    assert len(worked) == COUNT + 1


def test_work_stays_until_it_is_finished(settings):
    with survey_work("a", settings=settings) as work:
        (work.part("frames") / "x").write_text("1")
    with survey_work("b", settings=settings) as other:
        assert other.folder != work.folder
    with survey_work("a", settings=settings) as again:
        assert (again.part("frames") / "x").read_text() == "1"
        again.finish()
    assert left(settings) == []


def test_two_that_work_on_one_survey_have_a_folder_each(settings):
    with survey_work("a", settings=settings) as first:
        (first.part("frames") / "x").write_text("1")
        with survey_work("a", settings=settings) as second:
            (second.part("frames") / "y").write_text("2")
            assert first.folder != second.folder
        assert not second.folder.exists()
        assert (first.part("frames") / "x").exists()


def kept(settings, name, *, age, size=10):
    """Leave work of an age [day] and size [byte]."""
    with survey_work(name, settings=settings) as work:
        (work.part("frames") / "x").write_bytes(b"x" * size)
    then = time.time() - age * DAY
    os.utime(work.folder, (then, then))
    return work.folder


def test_old_work_goes_and_what_is_in_use_stays(settings):
    chosen, patient = settings.replaced(work_days=14), settings.replaced(work_days=100)
    old, new, used = (kept(patient, name, age=age) for name, age in (("old", 15), ("new", 13), ("used", 20)))
    with survey_work("used", settings=patient):
        os.utime(used, (time.time() - 20 * DAY,) * 2)
        assert remove_stale(chosen) == 1
    assert [folder.exists() for folder in (old, new, used)] == [False, True, True]


def test_oldest_work_goes_where_there_is_too_much(settings):
    folders = [kept(settings, str(age), age=age, size=1000) for age in (3, 2, 1)]
    assert remove_stale(settings.replaced(work_limit=2500)) == 1
    assert [folder.exists() for folder in folders] == [False, True, True]


def test_nothing_to_remove_is_no_error(settings):
    assert remove_stale(settings) == 0


def test_refused_survey_leaves_no_empty_folder(served, settings, tmp_path):
    data = [{"kind": "events", "file": "e.csv"}]
    sent = package(tmp_path / "bad", {"e.csv": "nothing\n1\n"}, data)
    assert ingest_package(sent, store=served, settings=settings, progress=silent).state == "refused"
    assert left(settings) == []
