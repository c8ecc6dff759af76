"""An open store for the tests of this room."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pavement.store.database import Store, open_store


@pytest.fixture
def store(tmp_path: Path, blank_home: Path) -> Iterator[Store]:
    """Return an empty store in a folder of its own."""
    with open_store(shutil.copytree(blank_home, tmp_path / "home")) as opened:
        yield opened


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Callable[[Store], None]], Path]:
    """Return a function that gives the home of a store filled by a function, which runs once."""
    made: dict[Callable[[Store], None], Path] = {}

    def home_of(fill: Callable[[Store], None]) -> Path:
        if fill not in made:
            made[fill] = tmp_path_factory.mktemp("filled") / "home"
            with open_store(made[fill]) as opened:
                fill(opened)
        return made[fill]

    return home_of
