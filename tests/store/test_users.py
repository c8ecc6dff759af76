"""People: slow hashes, roles of a table, no secret anywhere else (W9, W15)."""

import time

import pytest

from pavement.errors import StoreError
from pavement.store import audit, users
from pavement.store.database import DATABASE, Store

PASSWORD = "the road is long and 夜 is short"


@pytest.fixture
def peopled(store: Store) -> Store:
    """Return a store with a planner and an administrator."""
    users.add(store, "lin", password=PASSWORD, role="planner")
    users.add(store, "root", password=PASSWORD, role="admin")
    return store


def test_only_the_right_password_lets_in(peopled: Store) -> None:
    assert users.verified(peopled, "lin", password=PASSWORD) == users.User("lin", "planner")
    for name, password in (("lin", PASSWORD + " "), ("lin", ""), ("nobody", PASSWORD), ("LIN", PASSWORD)):
        assert users.verified(peopled, name, password=password) is None


def test_two_people_with_one_password_have_different_hashes(peopled: Store) -> None:
    content = (peopled.home / DATABASE).read_bytes() + (peopled.home / f"{DATABASE}-wal").read_bytes()
    found = {content[at : at + 200] for at in range(len(content)) if content.startswith(b"scrypt$16384$8$5$", at)}
    assert len({text.split(b"$")[4] for text in found}) == 2


def test_w9_guessing_is_slow_and_tells_nothing_about_names(peopled: Store) -> None:
    def seconds(name: str) -> float:
        start = time.perf_counter()
        users.verified(peopled, name, password="wrong")
        return time.perf_counter() - start

    known, unknown = (min(seconds(name) for _ in range(3)) for name in ("lin", "nobody"))
    assert known > 0.02
    assert 0.3 < known / unknown < 3


def test_w15_no_password_in_database_or_audit(peopled: Store) -> None:
    users.set_password(peopled, "lin", password="another long one", by="lin")
    peopled.close()
    for file in peopled.home.rglob("*"):
        content = file.read_bytes() if file.is_file() else b""
        assert PASSWORD.encode() not in content
        assert b"another long one" not in content
    assert not audit.trail(peopled)["detail"].str.contains("scrypt").any()
    assert users.verified(peopled, "lin", password="another long one") is not None


@pytest.mark.parametrize("name", ["", "A", "x", "a b", "../x", "a" * 41, "林", "-x"])
def test_names_that_cannot_be_are_refused(store: Store, name: str) -> None:
    with pytest.raises(StoreError, match="cannot be a name"):
        users.add(store, name, password=PASSWORD)


def test_short_password_unknown_role_and_taken_name_are_refused(peopled: Store) -> None:
    with pytest.raises(StoreError, match="has 5 characters"):
        users.add(peopled, "wu", password="short")
    with pytest.raises(StoreError, match="no role 'king'. Use one of viewer, planner, data, admin"):
        users.add(peopled, "wu", password=PASSWORD, role="king")
    with pytest.raises(StoreError, match="already a user"):
        users.add(peopled, "lin", password=PASSWORD)
    assert users.listing(peopled)["name"].tolist() == ["lin", "root"]


def test_somebody_kept_out_stays_out(peopled: Store) -> None:
    users.set_active(peopled, "lin", active=False, by="root")
    assert users.verified(peopled, "lin", password=PASSWORD) is None
    assert users.get(peopled, "lin") is None
    users.set_active(peopled, "lin", active=True, by="root")
    assert users.get(peopled, "lin") == users.User("lin", "planner")
    assert audit.trail(peopled)["action"].tolist() == ["add user", "add user", "deactivate", "activate"]


def test_the_last_administrator_stays(peopled: Store) -> None:
    with pytest.raises(StoreError, match="last administrator"):
        users.set_active(peopled, "root", active=False, by="root")
    with pytest.raises(StoreError, match="last administrator"):
        users.set_role(peopled, "root", role="viewer", by="root")
    users.set_role(peopled, "lin", role="admin", by="root")
    users.set_role(peopled, "root", role="viewer", by="lin")
    assert users.get(peopled, "root") == users.User("root", "viewer")
    with pytest.raises(StoreError, match="no user 'wu'"):
        users.set_role(peopled, "wu", role="viewer", by="lin")
