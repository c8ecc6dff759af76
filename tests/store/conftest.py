"""An open store for the tests of this room."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from pavement.store.database import Store, open_store


@pytest.fixture
def store(tmp_path: Path, blank_home: Path) -> Iterator[Store]:
    """Return an empty store in a folder of its own."""
    with open_store(shutil.copytree(blank_home, tmp_path / "home")) as opened:
        yield opened
