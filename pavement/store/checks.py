"""Checks of a whole store: database, objects, audit chain."""

from __future__ import annotations

import json
from collections.abc import Iterator

import sqlalchemy as sa

from pavement.errors import StoreError
from pavement.store import audit, objects, published, registry
from pavement.store.database import Store, reading
from pavement.store.tables import FORECAST_SET, MODEL, PART, PLAN, SCENARIO_SET

_SHOWN = 5
# columns of published tables that name objects
_PICTURES = {"frames": ("image", "overlay"), "distress": ("photo", "repair_photo")}
_DIGEST = r"[0-9a-f]{64}"


def check(store: Store) -> Iterator[str]:
    """
    Yield one line for each check passed.

    Raises
    ------
    StoreError
        After every check, if any failed: all that is damaged, with the cure.
    """
    faults = []
    for look in (_database, _objects, _trail):
        said, wrong = look(store)
        faults.extend(wrong)
        if not wrong:
            yield said
    if faults:
        raise StoreError(" ".join(faults), cure="Compare with the last backup and restore from it.")


def _database(store: Store) -> tuple[str, list[str]]:
    if store.engine.dialect.name != "sqlite":
        return f"database: reached ({store.engine.dialect.name} checks itself)", []
    with reading(store) as connection:
        found = list(connection.exec_driver_sql("PRAGMA integrity_check(5)").scalars())
        orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    wrong = [] if found == ["ok"] else [f"The database is damaged: {'; '.join(found)}."]
    return "database: whole", wrong + [f"{len(orphans)} rows name rows that are not there." for _ in orphans[:1]]


def _objects(store: Store) -> tuple[str, list[str]]:
    named = referenced(store)
    lost = damaged(store, named)
    shown = ", ".join(lost[:_SHOWN]) + (" …" if len(lost) > _SHOWN else "")
    return f"objects: {len(named)} whole", [f"{len(lost)} objects are missing or damaged: {shown}."] if lost else []


def _trail(store: Store) -> tuple[str, list[str]]:
    broken = audit.first_broken(store)
    wrong = [] if broken is None else [f"The audit trail is broken at row {broken}."]
    return f"audit trail: {len(audit.trail(store))} rows in one chain, head {audit.head(store)[:12]}", wrong


def damaged(store: Store, names: set[str]) -> list[str]:
    """Return the objects among those named that are missing or not what their name says, in order."""
    return [digest for digest in sorted(names) if not objects.is_whole(store, digest)]


def referenced(store: Store) -> set[str]:
    """Return the hash of every object that the store names, of superseded runs too."""
    with reading(store) as connection:
        columns = (PART.c.object, MODEL.c.object, FORECAST_SET.c.object)
        names = {str(d) for c in columns for d in connection.execute(sa.select(c)).scalars()}
        plans = connection.execute(sa.select(PLAN.c.objects)).scalars().all()
        sets = connection.execute(sa.select(SCENARIO_SET.c.objects)).scalars().all()
        cards = connection.execute(sa.select(MODEL.c.card)).scalars().all()
    read = [json.loads(text) for text in cards]
    # the places that candidates are compared on, and the cards that newer ones replaced
    names |= {digest for card in read if (digest := card.get("test_places", {}).get("sha256"))}
    names |= {former["sha256"] for card in read for former in card.get(registry.FORMER, [])}
    names |= {digest for text in [*plans, *sets] for digest in json.loads(text).values()}
    lost = set(damaged(store, names))
    return names | (_pictures(store) if not lost else set())


def _pictures(store: Store) -> set[str]:
    found: set[str] = set()
    for table, columns in _PICTURES.items():
        rows = published.table(store, table, columns=list(columns))
        for column in columns:
            text = rows[column].astype("str")
            found |= set(text[text.str.fullmatch(_DIGEST)])
    return found
