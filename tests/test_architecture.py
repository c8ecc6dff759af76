"""Imports point down only, and libraries stay in their room."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LAYERS = {
    "pavement": {"pavement"},
    "pavement.store": {"pavement", "pavement.store"},
    "ingest": {"pavement", "pavement.store", "ingest"},
    "models": {"pavement", "pavement.store", "models"},
    "dashboard": {"pavement", "pavement.store", "ingest", "models", "dashboard", "sample_data"},
    "sample_data": {"pavement", "sample_data"},
}
ROOMS = {
    "cv2": {"ingest", "sample_data"},
    "lightgbm": {"models"},
    "sklearn": {"models"},
    "dash": {"dashboard"},
    "flask": {"dashboard"},
    "sqlalchemy": {"pavement.store"},
    "alembic": {"pavement.store"},
    "highspy": {"pavement.planning"},
}
TOPS = ("pavement", "ingest", "models", "dashboard", "sample_data")
FILES = sorted(p for top in TOPS for p in (ROOT / top).rglob("*.py"))


def room_of(module: str) -> str:
    """Return the layer a dotted module name lies in."""
    return "pavement.store" if module.startswith("pavement.store") else module.split(".")[0]


def imports(path: Path) -> set[str]:
    """Return the dotted names a file imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_down(path: Path) -> None:
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    room = room_of(module)
    for name in imports(path):
        if name.split(".")[0] in LAYERS:
            assert room_of(name) in LAYERS[room], f"{module} must not import {name}"
        homes = ROOMS.get(name.split(".")[0])
        assert homes is None or any(module.startswith(h) for h in homes), f"{name} has no place in {module}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_pickle_reader(path: Path) -> None:
    """M2: no code path reads a pickle."""
    assert not {n.split(".")[0] for n in imports(path)} & {"pickle", "joblib", "dill", "cloudpickle", "shelve"}


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_file_is_one_idea(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400
