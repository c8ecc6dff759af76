"""Jobs: durable, taken once, stopped when asked, failed with last words (C6)."""

import threading

import pytest

from pavement.errors import Cancelled, StoreError
from pavement.store import jobs
from pavement.store.database import Store, open_store


def test_a_job_from_queue_to_end(store: Store) -> None:
    number = jobs.add(store, "ingest", {"file": "路.zip"}, user="wang")
    claimed = jobs.claim(store, worker=7)
    assert claimed is not None
    assert (claimed.id, claimed.state, claimed.worker, claimed.arguments) == (number, "running", 7, {"file": "路.zip"})
    jobs.reporter(store, number)(3, 10, "frames")
    found = jobs.get(store, number)
    assert found is not None
    assert (found.done, found.total, found.label) == (3, 10, "frames")
    assert jobs.finish(store, number, result={"run": "b"}, message="40 rows")
    ended = jobs.get(store, number)
    assert ended is not None
    assert (ended.state, ended.result, ended.message) == ("done", {"run": "b"}, "40 rows")
    assert jobs.claim(store, worker=7) is None
    assert jobs.jobs(store)["state"].tolist() == ["done"]


def test_jobs_survive_a_restart_and_come_in_order(store: Store) -> None:
    numbers = [jobs.add(store, "plan", {}, user="lin") for _ in range(3)]
    store.close()
    with open_store(store.home) as again:
        claimed = [jobs.claim(again, worker=1) for _ in range(4)]
    assert [job and job.id for job in claimed] == [*numbers, None]


def test_no_job_is_taken_twice(store: Store) -> None:
    for _ in range(20):
        jobs.add(store, "plan", {}, user="lin")
    taken: list[int] = []

    def work(worker: int) -> None:
        while job := jobs.claim(store, worker=worker):
            taken.append(job.id)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == list(range(1, 21))


def test_a_queued_job_is_cancelled_at_once_and_a_running_one_at_its_next_report(store: Store) -> None:
    queued, running = (jobs.add(store, "plan", {}, user="lin") for _ in range(2))
    jobs.cancel(store, queued, user="ho")
    jobs.claim(store, worker=1)
    jobs.cancel(store, running, user="ho")
    states = jobs.jobs(store).set_index("id")["state"]
    assert states.to_dict() == {queued: "cancelled", running: "running"}
    with pytest.raises(Cancelled):
        jobs.progress(store, running, done=1, total=2, label="x")
    assert jobs.finish(store, running, state="cancelled")
    jobs.cancel(store, running)
    assert jobs.jobs(store)["state"].tolist() == ["cancelled"] * 2


def test_c6_a_dead_workers_job_fails_with_last_words_and_its_ghost_cannot_close_it(store: Store) -> None:
    first, second = (jobs.add(store, "plan", {}, user="lin") for _ in range(2))
    jobs.claim(store, worker=1)
    jobs.claim(store, worker=2)
    assert jobs.abandon(store, reason="killed: out of memory", worker=1) == 1
    found = jobs.get(store, first)
    assert found is not None
    assert (found.state, found.message) == ("failed", "killed: out of memory")
    with pytest.raises(Cancelled):
        jobs.progress(store, first, done=1, total=2, label="x")
    assert not jobs.finish(store, first)
    assert jobs.abandon(store, reason="restart") == 1
    assert jobs.get(store, 99) is None
    with pytest.raises(StoreError, match="ends no job"):
        jobs.finish(store, second, state="half")
