"""M11: SIGKILL at each step of registration, promotion and rollback leaves the old model live and no half one."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pavement.store import audit, checks, registry
from pavement.store.database import open_store

ROOT = Path(__file__).resolve().parents[2]
# kills its own process before or after one function of the store has run
CHILD = """
import os, signal, sys
from pathlib import Path
from pavement.store import audit, objects, registry
from pavement.store.database import open_store
home, verb, point, model = sys.argv[1:]
module, name, when = point.split(" ")
room = {"audit": audit, "objects": objects}[module]
kept = getattr(room, name)
def run(*args, **named):
    found = kept(*args, **named) if when == "after" else None
    os.kill(os.getpid(), signal.SIGKILL)
store = open_store(Path(home))
setattr(room, name, run)
if verb == "register":
    registry.register(store, "iri", "tree of the third", columns=["age"], card={}, user="chen")
elif verb == "promote":
    registry.promote(store, "iri", model, user="chen", reason="better")
else:
    registry.rollback(store, "iri", user="chen", reason="worse")
"""
POINTS = [
    ("register", "objects put after"),
    ("promote", "audit append after"),
    ("rollback", "audit append before"),
]
FURTHER = [
    ("register", "objects put before"),
    ("register", "objects _copy after"),
    ("register", "audit append before"),
    ("register", "audit append after"),
    ("promote", "objects checked after"),
    ("promote", "audit append before"),
    ("rollback", "audit append after"),
]


@pytest.mark.parametrize(("verb", "point"), [*POINTS, *(pytest.param(*p, marks=pytest.mark.nightly) for p in FURTHER)])
def test_m11_killed_at_any_step_the_old_model_stays_live(tmp_path: Path, verb: str, point: str) -> None:
    with open_store(tmp_path) as store:
        first, second, third = (
            registry.register(store, "iri", text, columns=["age"], card={}, user="lin").model for text in "abc"
        )
        for model in (first, second):
            registry.promote(store, "iri", model, user="lin", reason="first")
    command = [sys.executable, "-c", CHILD, str(tmp_path), verb, point, third]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    with open_store(tmp_path) as store:
        assert len(list(checks.check(store))) == 3
        live = registry.live(store, "iri")
        assert live is not None
        assert (live.model, registry.text(store, live.model)) == (second, "b")
        assert set(registry.versions(store)["model"]) == {first, second, third}
        assert len(audit.trail(store)) == 5
        # the same step again, whole
        again = registry.register(store, "iri", "tree of the third", columns=["age"], card={}, user="chen").model
        registry.promote(store, "iri", again, user="chen", reason="better")
        assert registry.text(store, again) == "tree of the third"
        assert registry.rollback(store, "iri", user="chen", reason="worse") == second
