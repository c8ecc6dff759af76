"""Objects: written once, checked when read, never half there (F15, F20, W5)."""

import hashlib
import os
from pathlib import Path

import pandas as pd
import pytest

from pavement.errors import StoreError
from pavement.store import objects, published, runs
from pavement.store.database import Store, reading
from pavement.store.tables import PART
from tests.store.made import cell_values, draft


def test_bytes_and_files_are_kept_once(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "frame.jpg"
    file.write_bytes(b"pixels" * 1000)
    digest = objects.put(store, file)
    assert digest == objects.put(store, file.read_bytes()) == hashlib.sha256(file.read_bytes()).hexdigest()
    assert objects.read(store, digest) == file.read_bytes()
    kept = [p for p in (store.home / "objects").rglob("*") if p.is_file()]
    assert kept == [objects.path(store, digest)]


def test_an_object_there_is_not_written_again(store: Store) -> None:
    digest = objects.put(store, b"x")
    before = objects.path(store, digest).stat()
    objects.put(store, b"x")
    assert objects.path(store, digest).stat().st_mtime_ns == before.st_mtime_ns
    assert objects.path(store, digest).stat().st_ino == before.st_ino


def damage(file: Path, how: str) -> None:
    """Cut a file, flip one bit in its middle, or take it away."""
    content = bytearray(file.read_bytes())
    file.unlink()
    if how == "cut":
        file.write_bytes(content[: len(content) // 2])
    if how == "flipped":
        content[len(content) // 2] ^= 1
        file.write_bytes(content)


@pytest.mark.parametrize("how", ["cut", "flipped", "gone"])
def test_f20_a_damaged_object_is_named_and_heals_when_kept_again(store: Store, how: str) -> None:
    digest = objects.put(store, b"0123456789")
    damage(objects.path(store, digest), how)
    with pytest.raises(StoreError, match=f"Object {digest} is (damaged|missing).*backup"):
        objects.read(store, digest)
    objects.put(store, b"0123456789")
    assert objects.read(store, digest) == b"0123456789"


@pytest.mark.parametrize("how", ["cut", "flipped", "gone"])
def test_f20_a_damaged_part_is_named_and_other_tables_still_read(store: Store, how: str) -> None:
    runs.publish(store, draft("b", cell_values=cell_values()), user="wang")
    with reading(store) as connection:
        digest = connection.execute(PART.select()).one().object
    damage(objects.path(store, digest), how)
    for filters in (None, [("cell", "==", "nowhere")]):
        with pytest.raises(StoreError, match=f"Parquet object {digest} is (damaged|missing)"):
            published.table(store, "cell_values", columns=["value"], filters=filters)
    assert len(runs.runs(store)) == 1
    assert published.table(store, "works").empty


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_f15_a_full_disk_leaves_no_half_object(store: Store, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os if call == "fsync" else Path, call, fail)
    with pytest.raises(StoreError, match="No space left on device.*Check disk space"):
        runs.publish(store, draft("b", cell_values=cell_values()), user="wang")
    monkeypatch.undo()
    assert [p for p in (store.home / "objects").rglob("*") if p.is_file()] == []
    assert runs.data_version(store) == 0


@pytest.mark.parametrize(
    "name", ["", "../../etc/passwd", "a" * 63, "A" * 64, "a" * 64 + "\n", "a" * 32 + "/" + "a" * 31]
)
def test_w5_only_hashes_name_objects(store: Store, name: str) -> None:
    with pytest.raises(StoreError, match="is no sha256"):
        objects.path(store, name)


def test_same_rows_make_the_same_object(store: Store) -> None:
    first = draft("b", cell_values=cell_values())
    runs.publish(store, first, user="wang")
    runs.publish(store, draft("c", cell_values=pd.DataFrame(cell_values())), user="wang")
    with reading(store) as connection:
        rows = connection.execute(PART.select()).all()
    assert len({row.object for row in rows}) == 1
    assert len(rows) == 2
