"""A cluster gives byte for byte what the processes of this machine give, and survives the death of its workers."""

import os
import signal
import sys
import time
import warnings
from contextlib import contextmanager

import cv2
import pandas as pd
import pytest

from ingest.imagery import stream
from ingest.imagery.camera import Camera
from ingest.imagery.cluster import clustered
from ingest.imagery.folder import quantify_folder
from ingest.imagery.journal import FILE
from ingest.imagery.survey import quantify_frames
from pavement.errors import Cancelled, SettingsError, SurveyError

from .conftest import as_image, asphalt, wandering, with_line

dask = pytest.importorskip("dask", reason="needs the extra cluster")
distributed = pytest.importorskip("distributed", reason="needs the extra cluster")

CAMERA = Camera("downward", 4.0)
SETTINGS = {"workers": 2, "timezone": "Asia/Taipei"}


@contextmanager
def two_processes():
    """Give a cluster of two processes on this machine."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0", silence_logs=50
        ) as cluster:
            yield cluster


@pytest.fixture(scope="module")
def scheduler():
    """Return the address of a cluster."""
    with two_processes() as cluster:
        yield cluster.scheduler_address


@pytest.fixture
def mortal():
    """Return the address of a cluster of its own, which starts a worker anew where even its watcher is gone."""
    # the watcher of dask gives up where a worker dies while it is started; the fewer deaths before blame, the better
    with dask.config.set({"distributed.scheduler.allowed-failures": 1}), two_processes() as cluster:
        cluster.adapt(minimum=2, maximum=2, interval="500ms")
        yield cluster.scheduler_address


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    place = tmp_path_factory.mktemp("frames")
    for number in range(14):
        road = asphalt(height=300, width=500, seed=number)
        if number % 2 == 0:
            # straight lines are joints to the network
            road = with_line(road, wandering([(800, 100), (900, 1100)]), width_mm=12.0, mm=4.0)
        cv2.imwrite(str(place / f"{number:02d}.png"), as_image(road))
    (place / "03.png").write_bytes((place / "03.png").read_bytes()[:2000])
    return {p.name: p for p in sorted(place.iterdir())}


def doubled(number):
    return 2 * number


def deadly(number):
    if number == 5:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def deadly_once(task):
    number, mark = task
    if number == 5 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def never(task):
    raise AssertionError(task)


@pytest.mark.parametrize("engine", ["classical", pytest.param("learned", marks=pytest.mark.nightly)])
def test_cluster_gives_byte_for_byte_what_processes_give(files, positions, scheduler, tmp_path, engine):
    results = {}
    for name, more in {"processes": {}, "cluster": {"scheduler": scheduler}}.items():
        settings = SETTINGS | more | {"crack_engine": engine}
        results[name] = quantify_frames(positions(list(files)), files, CAMERA, settings=settings, work=tmp_path / name)
    one, two = results.values()
    cracked = set(one.findings.loc[one.findings["kind"] == "crack", "frame"])
    assert cracked >= {f"{number:02d}" for number in range(0, 14, 2)}
    for table in ("frames", "findings", "events", "faults"):
        pd.testing.assert_frame_equal(getattr(one, table), getattr(two, table))
    assert {d: p.read_bytes() for d, p in one.views.items()} == {d: p.read_bytes() for d, p in two.views.items()}
    lines = [(tmp_path / name / FILE).read_bytes() for name in results]
    assert lines[0] == lines[1]


def stop_after(number):
    def progress(done, total, label):
        if done == number:
            raise Cancelled

    return progress


@pytest.mark.nightly
def test_stopped_work_on_a_cluster_goes_on_without_doing_a_frame_twice(
    files, positions, scheduler, tmp_path, monkeypatch
):
    """C6: what was finished before the stop stays as it is; only the rest is sent to the cluster."""
    sent = []
    plain = stream.clustered

    def counted(job, frames, **how):
        return plain(job, (sent.append(frame.key) or frame for frame in frames), **how)

    monkeypatch.setattr(stream, "clustered", counted)
    how = {"settings": SETTINGS | {"scheduler": scheduler}}
    whole = quantify_frames(positions(list(files)), files, CAMERA, work=tmp_path / "whole", **how)
    assert len(set(sent)) == len(sent) == 14
    sent.clear()
    with pytest.raises(Cancelled):
        quantify_frames(positions(list(files)), files, CAMERA, work=tmp_path / "work", progress=stop_after(5), **how)
    line = (tmp_path / "work" / FILE).read_bytes()
    assert line.count(b"\n") == 5
    finished = [key for key in sent if key.encode() in line]
    assert len(finished) == 5
    sent.clear()
    resumed = quantify_frames(positions(list(files)), files, CAMERA, work=tmp_path / "work", **how)
    assert len(sent) == len(set(sent)) == 9
    assert not set(sent) & set(finished)
    for table in ("frames", "findings", "events", "faults"):
        pd.testing.assert_frame_equal(getattr(whole, table), getattr(resumed, table))
    assert {d: p.read_bytes() for d, p in whole.views.items()} == {d: p.read_bytes() for d, p in resumed.views.items()}
    assert (tmp_path / "work" / FILE).read_bytes() == (tmp_path / "whole" / FILE).read_bytes()


@pytest.mark.nightly
def test_folder_on_a_cluster(files, scheduler, tmp_path):
    source = next(iter(files.values())).parent
    for name, more in {"processes": {}, "cluster": {"scheduler": scheduler}}.items():
        quantify_folder(source, out=tmp_path / name, camera=CAMERA, settings=SETTINGS | more)
    every = {p.relative_to(tmp_path / "processes") for p in (tmp_path / "processes").rglob("*") if p.is_file()}
    # what is remembered of it is in the order in which frames were finished
    made = {path for path in every if path.parts[0] != ".work"}
    assert len(made) == 2 * 13 + 7
    for path in made:
        assert (tmp_path / "processes" / path).read_bytes() == (tmp_path / "cluster" / path).read_bytes()


def test_answers_come_in_order_and_few_tasks_are_on_their_way(scheduler):
    taken = []
    tasks = (taken.append(n) or n for n in range(60))
    ahead = [(len(taken), answer) for answer in clustered(doubled, tasks, scheduler=scheduler, lost=never)]
    assert [answer for _, answer in ahead] == list(range(0, 120, 2))
    # four a thread of two workers
    assert max(count - number for number, (count, _) in enumerate(ahead)) <= 8


@pytest.mark.nightly
def test_task_whose_worker_died_is_done_by_another(mortal, tmp_path):
    tasks = [(number, tmp_path / "died") for number in range(10)]
    assert list(clustered(deadly_once, tasks, scheduler=mortal, lost=never)) == list(range(10))
    assert (tmp_path / "died").exists()


@pytest.mark.nightly
def test_task_that_always_ends_its_worker_is_lost_alone(mortal):
    answers = list(clustered(deadly, range(10), scheduler=mortal, lost=lambda task: -task, patience=240.0))
    assert answers == [0, 1, 2, 3, 4, -5, 6, 7, 8, 9]


def test_lost_frame_is_one_rejected_record(files, positions, scheduler, tmp_path, monkeypatch):
    monkeypatch.setattr(stream, "clustered", lambda _, frames, **how: (how["lost"](frame) for frame in frames))
    chosen = {"00.png": files["00.png"]}
    settings = SETTINGS | {"scheduler": scheduler}
    result = quantify_frames(positions(list(chosen)), chosen, CAMERA, settings=settings)
    assert result.frames.empty
    assert result.faults["message"].tolist() == ["00.png: ended the process that worked on it, twice."]


def test_workers_of_another_version_are_refused(files, positions, scheduler, monkeypatch):
    monkeypatch.setattr(stream, "program", lambda: "another")
    with pytest.raises(SurveyError, match="another version"):
        quantify_frames(positions(list(files)), files, CAMERA, settings=SETTINGS | {"scheduler": scheduler})


def test_scheduler_that_does_not_answer_is_an_error_with_its_cure():
    with pytest.raises(SurveyError, match="does not answer") as refused:
        list(clustered(doubled, range(3), scheduler="tcp://127.0.0.1:9", lost=never, patience=1.0))
    assert "setting scheduler" in refused.value.cure


def test_cluster_without_workers_is_an_error():
    begun = time.monotonic()
    with distributed.LocalCluster(n_workers=0, processes=False, dashboard_address=":0", silence_logs=50) as empty:
        answers = clustered(doubled, range(3), scheduler=empty.scheduler_address, lost=never, patience=1.0)
        with pytest.raises(SurveyError, match="no worker"):
            next(answers)
    assert time.monotonic() - begun < 60


def test_without_the_extra_the_cure_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(SettingsError, match="not installed") as refused:
        list(clustered(doubled, range(3), scheduler="tcp://127.0.0.1:9", lost=never))
    assert "extra cluster" in refused.value.cure
