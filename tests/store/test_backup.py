"""Backup while in use, restore elsewhere, and the checks of a whole store (C9, C12)."""

import json
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest

from pavement.errors import StoreError
from pavement.store import audit, checks, forecasts, objects, plans, published, runs
from pavement.store.backup import NOTE, backup, restore
from pavement.store.database import DATABASE, Store, open_store
from tests.store.made import actions, cell_values, draft, forecast, network, treatment_lengths, works


@pytest.fixture
def filled(store: Store) -> Store:
    """Return a store with rows, objects, a forecast and a plan."""
    runs.publish(store, network(), user="wang")
    runs.publish(store, draft("b", cell_values=cell_values(), works=works()), user="wang")
    found = forecasts.save(store, forecast(), models={}, user="lin")
    frames = {"actions": actions(), "treatment_lengths": treatment_lengths()}
    plans.save(store, frames, summary={}, forecast_set=found.id, user="lin")
    return store


def test_c9_a_restored_store_equals(filled: Store, tmp_path: Path) -> None:
    backup(filled, tmp_path / "copy")
    assert sorted(p.name for p in (tmp_path / "copy").iterdir()) == [NOTE, "objects", DATABASE]
    restore(tmp_path / "copy", tmp_path / "elsewhere")
    with open_store(tmp_path / "elsewhere") as other:
        for name in ("cells", "works", "cell_values"):
            pd.testing.assert_frame_equal(published.table(other, name), published.table(filled, name))
        pd.testing.assert_frame_equal(plans.actions(other, "plan-0001"), plans.actions(filled, "plan-0001"))
        assert audit.head(other) == audit.head(filled)
        assert len(list(checks.check(other))) == 3


def test_c9_backup_while_others_publish(filled: Store, tmp_path: Path) -> None:
    stop = threading.Event()

    def publish() -> None:
        number = 0
        while not stop.is_set():
            runs.publish(filled, draft(f"n{number}", cell_values=cell_values(iri=number)), user="wang")
            number += 1

    thread = threading.Thread(target=publish)
    thread.start()
    try:
        for number in range(3):
            backup(filled, tmp_path / f"copy{number}")
    finally:
        stop.set()
        thread.join()
    for number in range(3):
        restore(tmp_path / f"copy{number}", tmp_path / f"home{number}")
        with open_store(tmp_path / f"home{number}") as other:
            count = runs.data_version(other)
            assert len(runs.runs(other)) == count
            assert len(published.table(other, "cell_values")) == 40 * (count - 1)


def test_nothing_is_overwritten(filled: Store, tmp_path: Path) -> None:
    backup(filled, tmp_path / "copy")
    with pytest.raises(StoreError, match="not empty"):
        backup(filled, tmp_path / "copy")
    with pytest.raises(StoreError, match="already holds a store"):
        restore(tmp_path / "copy", filled.home)
    with pytest.raises(StoreError, match=f"holds no {DATABASE}"):
        restore(tmp_path, tmp_path / "new")


def lost_object(folder: Path) -> None:
    next(p for p in (folder / "objects").rglob("*") if p.is_file()).unlink()


def lost_note(folder: Path) -> None:
    (folder / NOTE).unlink()


def cut_trail(folder: Path) -> None:
    with closing(sqlite3.connect(folder / DATABASE)) as connection, connection:
        connection.execute("DROP TRIGGER audit_no_DELETE")
        connection.execute("DELETE FROM audit WHERE sequence = (SELECT max(sequence) FROM audit)")


def damaged_database(folder: Path) -> None:
    with (folder / DATABASE).open("r+b") as stream:
        stream.seek(20_000)
        stream.write(b"\xff" * 9000)


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (lost_object, "objects are missing or damaged"),
        (lost_note, "no readable backup.json"),
        (cut_trail, "does not end where its note says"),
        (damaged_database, "is damaged"),
    ],
)
def test_a_damaged_backup_is_refused_and_the_home_left_alone(filled: Store, tmp_path: Path, harm, words: str) -> None:
    backup(filled, tmp_path / "copy")
    harm(tmp_path / "copy")
    with pytest.raises(StoreError, match=words):
        restore(tmp_path / "copy", tmp_path / "new")
    assert not (tmp_path / "new").exists()
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".part")]


def test_a_store_with_a_damaged_object_says_so_when_backed_up(filled: Store, tmp_path: Path) -> None:
    lost_object(filled.home)
    with pytest.raises(StoreError, match="1 objects are missing or damaged, the first is"):
        backup(filled, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_a_failed_copy_leaves_no_half_backup(filled: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("shutil.copytree", fail)
    with pytest.raises(StoreError, match="disk full"):
        backup(filled, tmp_path / "copy")
    assert not [p for p in tmp_path.iterdir() if p.name != "home"]


def test_the_note_names_the_head_of_the_trail(filled: Store, tmp_path: Path) -> None:
    backup(filled, tmp_path / "copy")
    note = json.loads((tmp_path / "copy" / NOTE).read_text())
    assert (note["audit_head"], note["data_version"]) == (audit.head(filled), 2)
    assert audit.holds(filled, note["audit_head"])


def test_checks_name_everything_that_is_damaged(filled: Store) -> None:
    assert [line.split(":")[0] for line in checks.check(filled)] == ["database", "objects", "audit trail"]
    lost_object(filled.home)
    with closing(sqlite3.connect(filled.home / DATABASE)) as connection, connection:
        connection.execute("DROP TRIGGER audit_no_UPDATE")
        connection.execute("UPDATE audit SET user = 'x' WHERE sequence = 2")
    with pytest.raises(StoreError, match=r"1 objects are missing or damaged: \w{64}\. .* broken at row 2"):
        list(checks.check(filled))


def test_pictures_of_published_frames_are_checked(store: Store) -> None:
    image = objects.put(store, b"pixels")
    place = {"route": "N1", "direction": "S", "lane": "1", "measure_m": 25_000.0, "length_m": 4.0}
    taken = {"frame": "f1", "taken_at": pd.Timestamp("2024-03-02T01:00Z"), "file": "f1.jpg", "image": image}
    runs.publish(store, draft("f", frames=pd.DataFrame([place | taken])), user="wang")
    assert image in checks.referenced(store)
    objects.path(store, image).unlink()
    with pytest.raises(StoreError, match=image):
        list(checks.check(store))
