"""Imports point down only, and libraries stay in their room."""

import ast
import re
import tomllib
from functools import cache
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


@cache
def tree_of(path: Path) -> ast.Module:
    """Return the code of a file; parsed once for all rules."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports(path: Path) -> frozenset[str]:
    """Return the dotted names a file imports."""
    found: set[str] = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(found)


def module_of(path: Path) -> str:
    """Return the dotted name of a file."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def out_of_place(module: str, name: str) -> bool:
    """Return whether a module imports what lies above it, or a library that has another room."""
    if name.split(".")[0] in LAYERS and room_of(name) not in LAYERS[room_of(module)]:
        return True
    homes = ROOMS.get(name.split(".")[0])
    return homes is not None and not any(module.startswith(h) for h in homes)


def test_there_are_files_to_look_at() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in FILES} == set(TOPS)
    assert len(FILES) > 300


@pytest.mark.parametrize(
    ("module", "name", "wrong"),
    [
        ("pavement.units", "pavement.store.database", True),
        ("pavement.store.runs", "pavement.units", False),
        ("ingest.run", "models.train", True),
        ("models.train", "lightgbm", False),
        ("ingest.run", "lightgbm", True),
        ("dashboard.app", "models.live", False),
    ],
)
def test_the_rules_tell_wrong_from_right(module: str, name: str, wrong: bool) -> None:
    assert out_of_place(module, name) == wrong


def test_imports_point_down() -> None:
    modules = {module_of(path): imports(path) for path in FILES}
    assert [f"{m} imports {n}" for m, names in modules.items() for n in sorted(names) if out_of_place(m, n)] == []


def test_no_import_passes_the_test_above_by() -> None:
    assert [module_of(path) for path in FILES if passes_by(path)] == [], "write imports in full"


def passes_by(path: Path) -> bool:
    """Return whether a file imports relative to itself or by a name made at run time."""
    nodes = list(ast.walk(tree_of(path)))
    if any(isinstance(n, ast.ImportFrom) and n.level for n in nodes):
        return True
    names = {n.id for n in nodes if isinstance(n, ast.Name)} | {n.attr for n in nodes if isinstance(n, ast.Attribute)}
    names |= {i.rsplit(".", 1)[-1] for i in imports(path)}
    return bool(names & {"__import__", "import_module"})


def test_training_stays_out_of_the_product() -> None:
    product = [path for path in FILES if "training" not in path.parts]
    assert [module_of(p) for p in product if any(n.startswith("ingest.imagery.training") for n in imports(p))] == []


def test_no_pickle_reader() -> None:
    """M2: no code path reads a pickle."""
    readers = {"pickle", "joblib", "dill", "cloudpickle", "shelve"}
    assert [module_of(path) for path in FILES if {n.split(".")[0] for n in imports(path)} & readers] == []


def test_a_file_is_one_idea() -> None:
    lines = {module_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}
    assert {module: count for module, count in lines.items() if count > 400} == {}


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
