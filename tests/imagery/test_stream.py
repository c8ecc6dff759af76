"""Frames are worked on once, however often the work is stopped, and give what they give without a stop (F16, F19)."""

import os
import signal
import subprocess
import sys
import tracemalloc
from pathlib import Path

import cv2
import pandas as pd
import pytest

from ingest.imagery import shots, survey
from ingest.imagery.camera import Camera
from ingest.imagery.journal import FILE, Journal
from ingest.imagery.parameters import parameters
from ingest.imagery.survey import quantify_frames
from pavement.errors import Cancelled
from pavement.progress import silent

from .conftest import as_image, asphalt, painted, wandering, with_line

ROOT = Path(__file__).resolve().parents[2]
CAMERA = Camera("downward", 4.0)
SETTINGS = {"workers": 1, "timezone": "Asia/Taipei", "pixels_limit": 10_000_000}
TABLES = ("frames", "findings", "events", "faults")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Return twelve frames, some with a crack, and one that is cut short."""
    place = tmp_path_factory.mktemp("frames")
    for number in range(12):
        road = asphalt(height=300, width=500, seed=number)
        if number % 3 == 0:
            road = with_line(road, [(800, 100), (900, 1100)], width_mm=12.0, mm=4.0)
        cv2.imwrite(str(place / f"{number:02d}.png"), as_image(road))
    cut = place / "05.png"
    cut.write_bytes(cut.read_bytes()[:2000])
    return {p.name: p for p in sorted(place.iterdir())}


@pytest.fixture
def quantified(files, positions, monkeypatch):
    """Return a function that quantifies the frames and gives the result and how many frames were worked on."""
    plain, seen = shots.quantify_frame, []

    def counted(image, camera, **how):
        seen.append(image.shape)
        return plain(image, camera, **how)

    monkeypatch.setattr(shots, "quantify_frame", counted)

    def quantified(work, progress=silent, camera=CAMERA, **how):
        seen.clear()
        settings = SETTINGS | {key: how.pop(key) for key in ("crack_engine", "workers") if key in how}
        chosen = how.pop("files", files)
        try:
            result = quantify_frames(
                positions(list(chosen)), chosen, camera, settings=settings, progress=progress, work=work, **how
            )
        except Cancelled:
            result = None
        return result, len(seen)

    return quantified


def stop_after(number):
    def progress(done, total, label):
        if done == number:
            raise Cancelled

    return progress


def assert_same(one, two):
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(one, name), getattr(two, name))
    assert {d: p.read_bytes() for d, p in one.views.items()} == {d: p.read_bytes() for d, p in two.views.items()}


def test_stopped_work_goes_on_where_it_was(quantified, tmp_path):
    whole, count = quantified(tmp_path / "whole")
    assert count == 11
    counts = [quantified(tmp_path / "work", progress=stop_after(n))[1] for n in (3, 4, 9)]
    resumed, last = quantified(tmp_path / "work")
    # the frame that was finished when the work was stopped is written down already
    assert counts == [3, 1, 4]
    assert sum(counts) + last == 11
    assert_same(whole, resumed)


def test_second_call_does_nothing_again(quantified, tmp_path):
    first, _ = quantified(tmp_path)
    again, count = quantified(tmp_path)
    assert count == 0
    assert_same(first, again)


def test_damaged_line_and_view_are_done_again(quantified, tmp_path):
    whole, _ = quantified(tmp_path / "whole")
    work = tmp_path / "work"
    quantified(work)
    lines = (work / FILE).read_bytes().splitlines(keepends=True)
    (work / FILE).write_bytes(b"".join([lines[0][:50] + b"\n", *lines[1:]]))
    view = min(p for p in (work / "views").rglob("*") if p.is_file())
    view.write_bytes(b"not a view")
    again, count = quantified(work)
    assert 1 <= count <= 2
    assert_same(whole, again)


@pytest.mark.parametrize(
    "other",
    [
        {"camera": Camera("downward", 4.5)},
        {"crack_engine": "learned"},
        {"values": {**parameters(), "ridge_high": 9.0}},
    ],
    ids=["camera", "engine", "parameter"],
)
def test_what_was_made_otherwise_is_not_taken(quantified, tmp_path, other):
    quantified(tmp_path)
    assert quantified(tmp_path, **other)[1] == 11


def test_corrected_survey_takes_the_frames_that_are_the_same(quantified, files, tmp_path):
    quantified(tmp_path / "work")
    more = tmp_path / "05.png"
    cv2.imwrite(str(more), as_image(asphalt(height=300, width=500, seed=5)))
    result, count = quantified(tmp_path / "work", files=files | {"05.png": more})
    assert count == 1
    assert result.faults.empty


def test_frame_sent_twice_under_two_names_is_worked_on_and_counted_once(quantified, files, tmp_path):
    result, count = quantified(tmp_path, files={"a.png": files["00.png"], "b.png": files["00.png"]})
    assert count == 1
    assert len(result.views) == 2
    assert set(result.findings["frame"]) == {"a"}
    assert result.faults[["value", "rule"]].to_numpy().tolist() == [["b", "duplicate"]]
    assert set(result.findings["finding"].str[:5]) == {"a-000"}


def test_name_in_a_fault_is_that_of_the_frame(quantified, files, tmp_path):
    copy = tmp_path / "copy.png"
    copy.write_bytes(files["05.png"].read_bytes())
    result, _ = quantified(tmp_path / "work", files={"05.png": files["05.png"], "copy.png": copy})
    assert [m.split(":")[0] for m in result.faults["message"]] == ["05.png", "copy.png"]


def test_workers_write_down_the_same(quantified, tmp_path):
    assert_same(quantified(tmp_path / "one")[0], quantified(tmp_path / "two", workers=2)[0])
    lines = [sorted((tmp_path / name / FILE).read_bytes().splitlines()) for name in ("one", "two")]
    assert lines[0] == lines[1]


_KILLED = """
import sys
import tracemalloc
from pathlib import Path
import pandas as pd
from ingest.imagery.camera import Camera
from ingest.imagery.survey import quantify_frames

if __name__ == "__main__":
    files = {p.name: p for p in sorted(Path(sys.argv[1]).iterdir())}
    listed = pd.read_csv(sys.argv[2], dtype={"lane": str, "frame": str})
    quantify_frames(
        listed, files, Camera("downward", 4.0), settings={"workers": int(sys.argv[4]), "pixels_limit": 10_000_000},
        progress=lambda done, total, label: print(done, flush=True), work=Path(sys.argv[3]),
    )
"""


@pytest.mark.parametrize("workers", [pytest.param(1, marks=pytest.mark.nightly), 2])
def test_killed_program_keeps_what_was_finished(quantified, files, positions, tmp_path, workers):
    """F19, C6: SIGKILL gives no chance to close anything."""
    positions(list(files)).to_csv(tmp_path / "listed.csv", index=False)
    script = tmp_path / "killed.py"
    script.write_text(_KILLED, encoding="utf-8")
    work = tmp_path / "work"
    command = [sys.executable, script, next(iter(files.values())).parent, tmp_path / "listed.csv", work, workers]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([*map(str, command)], text=True, env=os.environ | {"PYTHONPATH": str(ROOT)}, **pipes) as run:
        while int(run.stdout.readline()) < 4:
            pass
        run.send_signal(signal.SIGKILL)
    with Journal(work) as journal:
        before = len(journal)
    assert before >= 4
    resumed, count = quantified(work)
    assert count <= 12 - before
    assert_same(quantified(tmp_path / "whole")[0], resumed)


def test_findings_are_read_batch_by_batch(quantified, tmp_path, monkeypatch):
    monkeypatch.setattr("ingest.imagery.survey_tables._BATCH", 5)
    result, _ = quantified(tmp_path)
    parts = list(result.batches)
    monkeypatch.setattr("ingest.imagery.survey_tables._BATCH", 1000)
    (whole,) = result.batches
    assert len(parts) == 3
    assert len(result.batches) == len(whole) > 0
    filled = [part for part in parts if len(part)]
    pd.testing.assert_frame_equal(pd.concat(filled, ignore_index=True), whole)


_PEAK = """
import resource, sys
from pathlib import Path
from ingest.imagery.camera import Camera
from ingest.imagery.folder import quantify_folder

quantify_folder(Path(sys.argv[1]), out=Path(sys.argv[2]), camera=Camera("downward", 4.0), settings={"workers": 1})
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
"""


def peak_of_a_folder(place, count):
    """Return the most memory [byte] that a process takes for a folder of small frames with a crack each."""
    (place / "in").mkdir(parents=True)
    road = with_line(asphalt(height=250, width=450), wandering([(300, 100), (1500, 900)]), width_mm=12.0, mm=4.0)
    image = as_image(road)
    for number in range(count):
        image[0, 0] = number % 256, number // 256, 0
        cv2.imwrite(str(place / "in" / f"{number:04d}.png"), image)
    command = [sys.executable, "-c", _PEAK, str(place / "in"), str(place / "out")]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return int(done.stdout.split()[-1])


def test_memory_does_not_grow_with_the_frames(tmp_path):
    """F16: what is kept of a frame is its rows and names, not its 340 kB of pixels, mask and overlay."""
    few, many = (peak_of_a_folder(tmp_path / str(count), count) for count in (20, 60))
    # 40 kB when this was written
    assert (many - few) / 40 < 80e3


def full_of_cracks():
    """Return what is written down of a frame of 1.2 m with eleven cracks between its lines."""
    road = painted(asphalt(height=300, width=1000), mm=4.0, places=(320.0, 3900.0))
    for place in range(500, 3600, 300):
        road = with_line(road, wandering([(place, 30), (place + 60, 1170)]), width_mm=12.0, mm=4.0)
    content = cv2.imencode(".png", as_image(road))[1].tobytes()
    return survey.survey_frame(content, camera=CAMERA, values=parameters(), pixels_limit=10_000_000, engine="classical")


@pytest.mark.nightly
def test_memory_does_not_grow_with_the_cracks_of_a_survey(positions, tmp_path, monkeypatch):
    """F16: cracks are measured by stretches; all stretches at a time once took half a megabyte a frame like these."""
    record, views = full_of_cracks()
    assert sum(row[0] == "crack" for row in record["findings"]) == 11
    # the pixels were looked at once; all frames are the same picture, which is not what is tested here
    monkeypatch.setattr(survey, "survey_frame", lambda *_, **__: (record, views))
    monkeypatch.setattr(survey, "check_way", lambda *_, **__: None)
    peaks = {}
    # the first fills what is kept of tables
    for count in (5, 120, 300):
        files = {f"{number:04d}.txt": tmp_path / f"{number:04d}.txt" for number in range(count)}
        for name, path in files.items():
            path.write_text(name)
        listed = positions(list(files))
        listed = listed.assign(measure_m=listed["measure_m"] * 0.6, length_m=1.2)
        tracemalloc.start()
        result = quantify_frames(listed, files, CAMERA, settings=SETTINGS, work=tmp_path / str(count))
        peaks[count] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert len(result.frames) == count
    assert (peaks[300] - peaks[120]) / 180 < 80e3
