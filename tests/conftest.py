"""Fixtures that every room shares."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of real data beside the project, or skip."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("needs the shared data beside the project (../shared), which is absent")
    return folder


@pytest.fixture(scope="session")
def blank_home(tmp_path_factory) -> Path:
    """Return the home of an empty store; to copy it takes less than to make one."""
    from pavement.store.database import open_store

    home = tmp_path_factory.mktemp("blank") / "home"
    open_store(home).close()
    return home


@pytest.fixture(scope="session")
def filled_home(tmp_path_factory) -> Callable[[Callable[[Any], None]], Path]:
    """Return a function that gives the home of a store filled by a function, which runs once: tests copy it."""
    from pavement.store.database import open_store

    made: dict[str, Path] = {}

    def home_of(fill: Callable[[Any], None]) -> Path:
        # rooms that load the same file by themselves hold the same function twice
        name = f"{fill.__code__.co_filename}:{fill.__name__}"
        if name not in made:
            made[name] = tmp_path_factory.mktemp("filled") / "home"
            with open_store(made[name]) as opened:
                fill(opened)
        return made[name]

    return home_of


@pytest.fixture(scope="session")
def chromium():
    """Return Chromium, or skip with a clear line when there is none."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("browser tests need Debian's chromium (apt-get install chromium), which is absent")
    sync = pytest.importorskip("playwright.sync_api", reason="browser tests need playwright, which is absent")
    with sync.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()
