"""The audit trail: append-only, chained, and honest about what it cannot tell (C11, C12, C13)."""

import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest
import sqlalchemy as sa

from pavement.store import audit, database
from pavement.store.database import DATABASE, Store, writing
from pavement.store.tables import AUDIT


def append(store: Store, count: int = 5) -> None:
    """Append rows of some user."""
    with writing(store) as connection:
        for number in range(count):
            audit.append(connection, user="王", action="test", subject=str(number), note="路面", number=number)


@pytest.mark.parametrize("statement", [sa.update(AUDIT).values(user="x"), sa.delete(AUDIT)], ids=["update", "delete"])
def test_c11_the_database_refuses_to_change_rows(store: Store, statement: sa.Executable) -> None:
    append(store)
    with pytest.raises(sa.exc.IntegrityError, match="append-only"), writing(store) as connection:
        connection.execute(statement)
    assert audit.first_broken(store) is None
    assert len(audit.trail(store)) == 5


def tamper(store: Store, *statements: str) -> None:
    """Change the trail behind the program's back, the triggers taken off."""
    with closing(sqlite3.connect(store.home / DATABASE)) as connection, connection:
        for name in ("audit_no_UPDATE", "audit_no_DELETE"):
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)


@pytest.mark.parametrize(
    ("statements", "broken"),
    [
        (["UPDATE audit SET user = 'x' WHERE sequence = 3"], 3),
        (["UPDATE audit SET at = '1999' WHERE sequence = 1"], 1),
        (["UPDATE audit SET detail = '{}' WHERE sequence = 5"], 5),
        (["DELETE FROM audit WHERE sequence = 2"], 2),
        (["DELETE FROM audit WHERE sequence = 1"], 1),
        (["DELETE FROM audit WHERE sequence = 2", "UPDATE audit SET sequence = sequence - 1 WHERE sequence > 2"], 2),
        ([f"UPDATE audit SET sequence = {a} WHERE sequence = {b}" for a, b in ((9, 2), (2, 3), (3, 9))], 2),
    ],
)
def test_c11_the_first_broken_row_is_named(store: Store, statements: list[str], broken: int) -> None:
    append(store)
    tamper(store, *statements)
    assert audit.first_broken(store) == broken


def test_c12_a_tail_cut_off_shows_by_a_head_noted_elsewhere(store: Store) -> None:
    append(store)
    noted = audit.head(store)
    assert audit.holds(store, noted)
    tamper(store, "DELETE FROM audit WHERE sequence = 5")
    assert audit.first_broken(store) is None
    assert not audit.holds(store, noted)


def test_c13_a_clock_set_back_does_not_change_the_order(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    clock: Callable[[], str] = iter(["2026-01-02", "2026-01-01"]).__next__
    monkeypatch.setattr(audit, "now", clock)
    append(store, 2)
    assert audit.trail(store)["at"].tolist() == ["2026-01-02", "2026-01-01"]
    assert audit.first_broken(store) is None


def test_an_empty_trail_is_whole(store: Store) -> None:
    assert audit.first_broken(store) is None
    assert audit.head(store) == audit.START
    assert audit.trail(store).columns.tolist() == [c.name for c in AUDIT.columns]
    assert database.now() < "3"
