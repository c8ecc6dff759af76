"""A store with the small network in it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.run import ingest_package
from pavement.settings import Settings
from pavement.store.database import Store, open_store
from tests.ingest.builders import NETWORK, network_files, package, settings_at


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_at(tmp_path / "home")


@pytest.fixture
def store(settings: Settings, blank_home: Path) -> Iterator[Store]:
    shutil.copytree(blank_home, settings.home, dirs_exist_ok=True)
    opened = open_store(settings.home, url="", crs=settings["crs"])
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def served_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the home of a store that holds the small network; to copy it takes less than to take the package in."""
    folder = tmp_path_factory.mktemp("served")
    settings = settings_at(folder / "home")
    with open_store(settings.home, url="", crs=settings["crs"]) as opened:
        report = ingest_package(
            package(folder / "network", network_files(), NETWORK, id="network"), store=opened, settings=settings
        )
    assert report.state == "published", report.text()
    return settings.home


@pytest.fixture
def served(store: Store, served_home: Path) -> Store:
    """Return a store that holds the small network."""
    # without open connections its files may be replaced
    store.close()
    shutil.copytree(served_home, store.home, dirs_exist_ok=True)
    return store
