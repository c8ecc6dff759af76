"""Committed bridge works: read from a file, kept as the list in force, and asked for by the check list of plans."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
from pathlib import Path

import pandas as pd

from pavement.errors import StoreError
from pavement.schema import check, schema
from pavement.store import published, runs
from pavement.store.database import Store, now
from pavement.store.reports import FORM

TABLE, ACTION = "bridge_works", "keep bridge works"


def read(file: Path) -> pd.DataFrame:
    """
    Return the table ``bridge_works`` of a CSV file.

    Raises
    ------
    StoreError
        The file cannot be read, or rows of it are wrong; every fault is listed.
    """
    try:
        return parsed(file.read_bytes(), name=file.name)
    except OSError as error:
        raise StoreError(f"{file.name} cannot be read: {error}.", cure="Give a CSV file in UTF-8.") from error


def parsed(content: bytes, *, name: str) -> pd.DataFrame:
    """Return the table ``bridge_works`` of the content of a CSV file; raises as :func:`read`."""
    try:
        rows = pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except ValueError as error:
        raise StoreError(f"{name} cannot be read: {error}.", cure="Give a CSV file in UTF-8.") from error
    good, faults = check(rows, TABLE, file=name)
    if len(faults):
        raise StoreError(f"{name} holds {len(faults)} faults.", cure="Mend the rows listed.", faults=faults)
    return good


def keep(store: Store, works: pd.DataFrame, *, title: str, user: str, today: dt.date) -> None:
    """
    Keep a list of bridge works as the one in force; the one before is in force no more.

    Parameters
    ----------
    works
        Table ``bridge_works``.
    title
        What the list is called, such as the name of its file.
    today
        Day in the agency's time zone.
    """
    said = json.dumps([now(), user, title, works.astype(str).to_dict("records")], ensure_ascii=False)
    draft = runs.RunDraft(
        run=hashlib.sha256(said.encode()).hexdigest(),
        survey="bridge-works",
        package=FORM,
        title=title,
        operator=user,
        surveyed_on=today,
        tables={TABLE: works},
        measured=False,
        action=ACTION,
        detail={"rows": len(works), "title": title},
    )
    runs.publish(store, draft, user=user)


def kept(store: Store) -> pd.DataFrame:
    """Return the list of bridge works in force; empty where nobody gave one."""
    return published.table(store, TABLE)[list(schema(TABLE).index)]
