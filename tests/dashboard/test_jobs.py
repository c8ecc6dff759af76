"""The worker: it does what is queued, says why it fails, and its death is noticed."""

import os
import signal
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dashboard import jobs, worker
from pavement.settings import load_settings
from pavement.store import jobs as rows
from pavement.store.database import open_store


@pytest.fixture
def place(tmp_path):
    """Return a fresh store and its settings."""
    settings = load_settings(environment={"PAVEMENT_HOME": str(tmp_path / "home")})
    store = open_store(settings.home)
    (settings.home / "uploads").mkdir(exist_ok=True)
    yield store, settings
    store.close()


def test_a_refused_package_is_reported_and_removed(place):
    store, settings = place
    package = settings.home / "uploads" / "abc.zip"
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("readme.txt", "no manifest here")
    number = jobs.ask(store, "ingest", {"file": "abc.zip", "name": "mine.zip"}, user="data")
    assert worker.work(store, settings, once=True) == 1
    job = jobs.view(store, number)
    assert (job.state, job.outcome, job.name) == ("done", "refused", "mine.zip")
    assert "manifest" in job.message
    assert not package.exists()


def test_w13_an_unexpected_error_shows_a_number_only(place, monkeypatch, caplog):
    store, settings = place

    def broken(*_):
        raise RuntimeError("secret")

    monkeypatch.setattr(worker, "_ingest", broken)
    number = jobs.ask(store, "ingest", {"file": "x", "name": "x"}, user="data")
    worker.work(store, settings, once=True)
    job = jobs.view(store, number)
    assert job.state == "failed"
    assert "secret" not in job.message
    assert job.message.split()[-1].rstrip(".") in caplog.text


def test_a_plan_without_a_forecast_fails_in_words(place):
    store, settings = place
    number = jobs.ask(store, "plan", {"budget": 1e6, "years": 3, "name": "plan"}, user="planner")
    worker.work(store, settings, once=True)
    job = jobs.view(store, number)
    assert job.state == "failed"
    assert "forecast" in job.message


@pytest.mark.parametrize("number", [None, "1", True, -1, 1.5, 10**20, [1], 999])
def test_w8_a_forged_job_number_is_no_job(place, number):
    assert jobs.view(place[0], number) is None


def wait_for(check, *, seconds):
    """Wait until a check holds."""
    until = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < until, "waited too long"
        time.sleep(0.1)


def test_c6_the_death_of_the_worker_fails_its_job_with_its_last_words(place, monkeypatch):
    store, settings = place
    monkeypatch.setattr(jobs, "_WAITS", (60.0,))
    # a fifo nobody writes to keeps the reader of the package waiting until it is killed
    os.mkfifo(settings.home / "uploads" / "stuck.zip")
    number = jobs.ask(store, "ingest", {"file": "stuck.zip", "name": "stuck.zip"}, user="data")
    with jobs.worker(store, settings):
        wait_for(lambda: rows.get(store, number).state != "queued", seconds=60)
        job = rows.get(store, number)
        if job.state == "running":
            os.kill(job.worker, signal.SIGKILL)
            wait_for(lambda: rows.get(store, number).state == "failed", seconds=20)
            assert "SIGKILL" in rows.get(store, number).message
            assert "Last words" in rows.get(store, number).message
        else:
            pytest.fail(f"the job should have hung, but is {job.state}: {job.result}")
    assert rows.get(store, number).state == "failed"


def test_only_one_worker_works_for_a_home(place, monkeypatch):
    store, settings = place
    import fcntl

    for name, value in jobs.environment(settings).items():
        monkeypatch.setenv(name, value)
    with (settings.home / "worker.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        monkeypatch.setattr(signal, "signal", lambda *_: None)
        assert worker.main() == worker.OCCUPIED


def test_a_killed_server_ends_its_worker(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    environment = os.environ | {"PAVEMENT_HOME": str(tmp_path)}
    open_store(tmp_path).close()
    server = subprocess.Popen([sys.executable, "-m", "dashboard.cli", "serve", "--port", port], env=environment)
    try:
        assert soon(lambda: worker_of(tmp_path)), "the worker did not start"
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=60) == 0
        assert soon(lambda: not worker_of(tmp_path)), "the worker outlived the server"
    finally:
        server.kill()
        server.wait()


def test_a_worker_ends_when_the_pages_beside_it_are_gone(tmp_path):
    script = (
        "import subprocess, sys, time; subprocess.Popen([sys.executable, '-m', 'dashboard.worker']); time.sleep(90)"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], env=os.environ | {"PAVEMENT_HOME": str(tmp_path)})
    try:
        # it has asked who its parent is once the store is there and the lock is held
        assert soon(lambda: worker_of(tmp_path) and (tmp_path / "pavement.db").exists()), "the worker did not start"
        time.sleep(2)
    finally:
        parent.kill()
        parent.wait()
    assert soon(lambda: not worker_of(tmp_path)), "the worker outlived its parent"


def worker_of(home: Path) -> list[str]:
    """Return the processes that are workers of a home folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words, given = (process / "cmdline").read_bytes(), (process / "environ").read_bytes()
        except OSError:
            continue
        if b"dashboard.worker" in words and b"-c" not in words.split(b"\0") and str(home).encode() in given:
            found.append(process.name)
    return found


def soon(true: Callable[[], Any], *, seconds: float = 60.0) -> bool:
    """Return whether something comes true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.2)
    return False


def test_a_port_in_use_is_told_before_any_work(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        environment = os.environ | {"PAVEMENT_HOME": str(tmp_path), "PAVEMENT_PORT": str(taken.getsockname()[1])}
        command = [sys.executable, "-m", "dashboard.cli", "demo"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 1
    assert "PAVEMENT_PORT" in done.stderr
    assert "address already in use" in done.stderr
    assert not (tmp_path / "sample").exists()
