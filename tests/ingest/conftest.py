"""A store with the small network in it."""

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
def store(settings: Settings) -> Iterator[Store]:
    opened = open_store(settings.home, url="", crs=settings["crs"])
    yield opened
    opened.close()


@pytest.fixture
def served(store: Store, settings: Settings, tmp_path: Path) -> Store:
    """Return a store that holds the small network."""
    report = ingest_package(
        package(tmp_path / "network", network_files(), NETWORK, id="network"), store=store, settings=settings
    )
    assert report.state == "published", report.text()
    return store
