"""A long table is published and read back as the same rows, whatever its batches (T14)."""

import pandas as pd
import pytest

from pavement.errors import StoreError
from pavement.store import published, runs
from pavement.store.batches import Batches, one_batch
from pavement.store.database import Store, reading
from pavement.store.tables import PART
from tests.store.made import cell_values, draft


def batches_of(frame: pd.DataFrame, size: int) -> Batches:
    return Batches(lambda: (frame.iloc[i : i + size] for i in range(0, max(len(frame), 1), size)), len(frame))


@pytest.fixture
def rows() -> pd.DataFrame:
    return pd.DataFrame({"key": [f"k{i}" for i in range(7)], "value": range(7)})


def test_long_table_comes_back_as_one(store: Store) -> None:
    frame = pd.concat([cell_values()] * 3, ignore_index=True)
    size = len(cell_values())
    whole, long = draft("a"), draft("b")
    runs.publish(store, runs.RunDraft(**{**vars(whole), "tables": {"cell_values": frame}}), user="wang")
    first = published.table(store, "cell_values", filters=[("run", "==", "a" * 64)])
    runs.publish(store, runs.RunDraft(**{**vars(long), "long": {"cell_values": batches_of(frame, size)}}), user="wang")
    second = published.table(store, "cell_values", filters=[("run", "==", "b" * 64)])
    pd.testing.assert_frame_equal(first.drop(columns="run"), second.drop(columns="run"))
    with reading(store) as connection:
        parts = connection.execute(PART.select().where(PART.c.run == "b" * 64)).all()
    assert [part.rows for part in parts] == [size] * 3
    assert runs.runs(store).set_index("run").loc["b" * 64, "counts"] == f'{{"cell_values": {len(frame)}}}'


def test_empty_batches_become_no_object(store: Store) -> None:
    empty = one_batch(cell_values()[:0])
    runs.publish(store, runs.RunDraft(**{**vars(draft("e")), "long": {"cell_values": empty}}), user="wang")
    with reading(store) as connection:
        assert connection.execute(PART.select()).all() == []


def test_long_table_that_is_not_dense_is_refused(store: Store) -> None:
    wrong = runs.RunDraft(**{**vars(draft("w")), "long": {"works": one_batch(cell_values())}})
    with pytest.raises(StoreError, match="no tables of a run"):
        runs.publish(store, wrong, user="wang")


def test_batches_can_be_read_again(rows: pd.DataFrame) -> None:
    long = batches_of(rows, 3)
    assert [len(part) for part in long] == [len(part) for part in long] == [3, 3, 1]
    pd.testing.assert_frame_equal(long.frame(), rows)


def test_rows_with_a_key_that_came_before_are_left_out(rows: pd.DataFrame) -> None:
    one, two = batches_of(rows[:5], 2), batches_of(rows[3:], 2)
    again = one.values_of("key") & two.values_of("key")
    assert again == {"k3", "k4"}
    joined = one.followed_by(two.without("key", again))
    assert len(joined) == 7
    assert joined.frame()["key"].tolist() == rows["key"].tolist()
