"""Fixtures that every room shares."""

import shutil
from pathlib import Path

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
