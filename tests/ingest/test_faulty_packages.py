"""Every broken package of the sample gives its clear error, and a refused one leaves the store as it was."""

import hashlib
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from dashboard.fault_words import fault_words
from ingest.run import ingest_package
from pavement.store.database import open_store
from sample_data.faulty import FAULTS, KNOWN
from sample_data.generate import generate
from tests.ingest.builders import settings_at

# what its tests share takes long to make: one process makes it
pytestmark = pytest.mark.xdist_group("faulty packages")


@pytest.fixture(scope="module")
def freeway(tmp_path_factory):
    """Return a store with the network and records of the small sample, and its settings."""
    folder = tmp_path_factory.mktemp("freeway")
    settings = settings_at(folder / "home")
    store = open_store(settings.home, url="", crs=settings["crs"])
    for path in generate(folder / "sample", seed=1, size="small")[:2]:
        assert ingest_package(path, store=store, settings=settings).state == "published"
    yield store, settings
    store.close()


def whole(home: Path) -> dict[str, str]:
    """Return every file of a store by content; the database by what it says."""
    kept = {
        p.relative_to(home).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(home.rglob("*"))
        if p.is_file() and "pavement.db" not in p.name
    }
    with closing(sqlite3.connect(home / "pavement.db")) as database:
        says = hashlib.sha256("\n".join(database.iterdump()).encode()).hexdigest()
    return kept | {"database": says, "quarantine": str(sorted((home / "quarantine").iterdir()))}


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_broken_package(name, freeway, tmp_path):
    store, settings = freeway
    before = whole(settings.home)
    report = ingest_package(FAULTS[name](tmp_path), store=store, settings=settings)
    known = KNOWN[name]
    told = " ".join([report.message, *report.faults[["file", "message", "cure"]].to_numpy().ravel()])
    assert report.state == known.state, report.text()
    assert known.words.casefold() in told.casefold(), report.text()
    said = [t for t in [report.message, *report.faults[["rule", "message", "cure"]].to_numpy().ravel()] if t]
    assert [t for t in said if not re.search("[\u4e00-\u9fff]", fault_words(t, language="zh_TW"))] == []
    if known.state == "refused":
        assert report.message
        assert whole(settings.home) == before
    assert list((settings.home / "quarantine").iterdir()) == []
