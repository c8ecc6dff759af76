"""Processes that work on images answer in order, and never outlive the one that started them (C6)."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ingest.imagery.workers import mapped
from pavement.errors import SurveyError

ROOT = Path(__file__).resolve().parents[2]
_PARENT = """
from tests.imagery.test_workers import told
from ingest.imagery.workers import mapped

if __name__ == "__main__":
    for pid in mapped(told, [0.05] * 600, workers=2):
        print(pid, flush=True)
"""


def told(seconds: float) -> int:
    time.sleep(seconds)
    return os.getpid()


def doubled(number: int) -> int:
    return 2 * number


def ended(number: int) -> int:
    if number == 9:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize("workers", [1, 2])
def test_answers_come_in_order(workers):
    assert list(mapped(doubled, range(20), workers=workers)) == list(range(0, 40, 2))


def test_process_that_ends_without_an_answer_is_an_error():
    with pytest.raises(SurveyError, match="without an answer"):
        list(mapped(ended, range(20), workers=2))


@pytest.mark.nightly
def test_task_that_always_ends_its_process_is_lost_alone():
    """C6: its neighbours are worked on again, one by one, and the rest by all processes."""
    assert list(mapped(ended, range(30), workers=2, lost=lambda task: -task)) == [*range(9), -9, *range(10, 30)]


def test_few_tasks_are_taken_before_their_turn():
    taken = []
    tasks = (taken.append(n) or n for n in range(60))
    ahead = [len(taken) - number for number, _ in enumerate(mapped(doubled, tasks, workers=2))]
    # what decides between processes and none is nine tasks
    assert max(ahead) <= 9 + 1


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")
def test_killed_parent_leaves_no_process(tmp_path):
    """C6: SIGKILL gives the parent no chance to stop its pool."""
    script = tmp_path / "parent.py"
    script.write_text(_PARENT, encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    # what the tracker of shared names says of a killed parent is no matter here
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([sys.executable, str(script)], text=True, env=environment, **pipes) as parent:
        pids: set[int] = set()
        while len(pids) < 2:
            pids.add(int(parent.stdout.readline()))
        assert all(alive(pid) for pid in pids)
        parent.kill()
    deadline = time.monotonic() + 10
    while any(alive(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not [pid for pid in pids if alive(pid)]


def _sees_interrupts(_task: int) -> bool:
    return signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, set())


def test_processes_never_see_an_interrupt_and_this_one_still_does():
    """Each would show where it was, below the one line that says that work has stopped."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, set())
    assert not any(mapped(_sees_interrupts, range(12), workers=2))
    assert signal.pthread_sigmask(signal.SIG_BLOCK, set()) == before
    assert signal.SIGINT not in before
