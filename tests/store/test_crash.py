"""SIGKILL at any moment: what was acknowledged stays, what was not is absent, the store is whole (C1, M11)."""

import multiprocessing
import random
import signal
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from pavement.store import audit, checks, published, registry, runs
from pavement.store.database import Store, open_store
from tests.store.made import cell_values, draft, works


def publish_without_end(home: Path, turn: int, said: Connection) -> None:
    """Publish, register and promote again and again, saying each time what is done."""
    store = open_store(home)
    for number in range(100_000):
        name = f"{turn}-{number}"
        tables = {"cell_values": cell_values(iri=1 + number / 100), "works": works(work=name)}
        runs.publish(store, draft(name, survey=f"s{number % 7}", **tables), user=name)
        found = registry.register(store, "iri", f"tree {name}", columns=["age"], card={}, user=name)
        registry.promote(store, "iri", found.model, user=name, reason="better")
        said.send(name)


def killed_after(home: Path, turn: int, seconds: float) -> list[str]:
    """Return what a child said it had published before it was killed."""
    # a server forks the children, so that each is at work at once and shares no handle with this process
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, "tests.store.made", "pavement.store.registry", "pavement.store.runs"])
    heard, said = context.Pipe(duplex=False)
    child = context.Process(target=publish_without_end, args=(home, turn, said), daemon=True)
    child.start()
    said.close()
    # every other child is killed wherever it is, opening and migrating included
    names = [heard.recv()] if turn % 2 else []
    child.join(seconds)
    child.kill()
    child.join()
    assert child.exitcode == -signal.SIGKILL
    names += _rest(heard)
    heard.close()
    child.close()
    return names


def _rest(heard: Connection) -> list[str]:
    names = []
    try:
        while True:
            names.append(heard.recv())
    except (EOFError, OSError):
        # a last word cut short was not acknowledged
        return names


def assert_whole(store: Store, acknowledged: list[str]) -> None:
    """Check every promise of the store."""
    assert len(list(checks.check(store))) == 3
    listed = runs.runs(store)
    assert set(acknowledged) <= set(listed["published_by"])
    assert sorted(listed["data_version"]) == list(range(1, runs.data_version(store) + 1))
    in_force = listed[listed["state"] == "published"]
    assert in_force["survey"].is_unique
    assert len(in_force) == listed["survey"].nunique()
    assert set(published.table(store, "works")["run"]) == set(in_force["run"])
    values = published.table(store, "cell_values", columns=["cell"])
    assert values["run"].astype(str).value_counts().to_dict() == dict.fromkeys(in_force["run"], 40)
    live = registry.live(store, "iri")
    assert live is not None or not acknowledged
    assert live is None or registry.text(store, live.model).startswith("tree")
    assert (audit.trail(store)["action"] == "publish").sum() == len(listed)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("kills", [6, pytest.param(20, marks=pytest.mark.nightly)])
def test_c1_kills_while_publishing_and_promoting(tmp_path: Path, kills: int) -> None:
    waits = random.Random(20260101)
    acknowledged: list[str] = []
    for turn in range(kills):
        said = killed_after(tmp_path, turn, waits.uniform(0.0, 0.5))
        acknowledged += said
        with open_store(tmp_path) as store:
            assert_whole(store, acknowledged)
    assert len(acknowledged) >= kills / 2
