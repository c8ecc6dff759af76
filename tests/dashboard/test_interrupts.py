"""Ctrl+C ends a command in one line and 130, whenever it comes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]


def started(*arguments, workers=2):
    """Start the command line as a terminal does: in a group of processes whose interrupts are not ignored."""
    return subprocess.Popen(
        [sys.executable, "-m", "dashboard", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=os.environ | {"PAVEMENT_WORKERS": str(workers)},
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


def interrupted(process):
    os.killpg(process.pid, signal.SIGINT)
    said, errors = process.communicate(timeout=120)
    return process.returncode, said, errors


@pytest.fixture
def images(tmp_path):
    (tmp_path / "in").mkdir()
    rng = np.random.default_rng(5)
    for number in range(60):
        road = cv2.GaussianBlur(rng.normal(110, 25, (700, 900)).astype(np.float32), (0, 0), 1)
        cv2.imwrite(str(tmp_path / "in" / f"{number}.png"), cv2.merge([np.clip(road, 0, 255).astype(np.uint8)] * 3))
    return tmp_path / "in"


@pytest.mark.parametrize("seconds", [0.15, 0.4, 0.8])
def test_before_anything_has_begun(images, tmp_path, seconds):
    process = started("quantify", images, "--mm-per-pixel", 4, "--out", tmp_path / "out")
    time.sleep(seconds)
    assert interrupted(process) == (130, "", "Stopped; run again to go on.\n")


@pytest.mark.nightly
@pytest.mark.parametrize("workers", [1, 2])
def test_in_the_midst_of_work_and_again_goes_on(images, tmp_path, workers):
    out = tmp_path / "out"
    process = started("quantify", images, "--mm-per-pixel", 4, "--out", out, workers=workers)
    done = out / ".work" / "done.jsonl"
    until = time.monotonic() + 90
    while time.monotonic() < until and not (done.exists() and done.stat().st_size):
        time.sleep(0.05)
    code, said, errors = interrupted(process)
    assert (code, said) == (130, "")
    lines = errors.splitlines()
    assert lines[-1] == "Stopped; run again to go on."
    assert all(line.startswith("images: ") for line in lines[:-1])
    finished = len(done.read_bytes().splitlines())
    assert 0 < finished < 60
    again = started("quantify", images, "--mm-per-pixel", 4, "--out", out)
    said, _ = again.communicate(timeout=120)
    assert f"{finished} of 60 already done, {60 - finished} measured now." in said
