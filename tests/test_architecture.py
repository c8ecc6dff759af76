"""Imports point down only, and libraries stay in their room."""

import ast
import re
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from pavement.settings import SETTINGS

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
    "simplejpeg": {"ingest"},
    "lightgbm": {"models"},
    "sklearn": {"models"},
    "dash": {"dashboard"},
    "flask": {"dashboard"},
    "sqlalchemy": {"pavement.store"},
    "alembic": {"pavement.store"},
    "highspy": {"pavement.planning"},
    "torch": {"ingest.imagery.training"},
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
def test_no_import_passes_the_test_above_by(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert not [n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.level], "write imports in full"
    names = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    names |= {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
    assert not ({*names, *(i.rsplit(".", 1)[-1] for i in imports(path))} & {"__import__", "import_module"})


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_training_stays_out_of_the_product(path: Path) -> None:
    inside = "training" in path.parts
    assert inside or not [name for name in imports(path) if name.startswith("ingest.imagery.training")]


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_pickle_reader(path: Path) -> None:
    """M2: no code path reads a pickle."""
    assert not {n.split(".")[0] for n in imports(path)} & {"pickle", "joblib", "dill", "cloudpickle", "shelve"}


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_file_is_one_idea(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


# openpyxl uses it by itself where it is installed, against bombs in XML
BESIDE = {"defusedxml"}


def test_every_package_that_is_needed_is_imported() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = {re.split(r"[<>=\[;]", line)[0].strip().lower() for line in project["dependencies"]}
    homes = packages_distributions()
    tops = {name.split(".")[0] for path in FILES for name in imports(path)}
    imported = {home.lower().replace("_", "-") for top in tops for home in homes.get(top, [])}
    assert needed - imported - BESIDE == set()


def test_every_setting_is_read() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in FILES if path.name != "settings.py")
    assert [s.name for s in SETTINGS if f'"{s.name}"' not in code and f"settings.{s.name}" not in code] == []
