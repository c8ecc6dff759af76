"""Committed bridge works: read from a file, kept as the list in force, and asked for by the check list of plans."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from pathlib import Path

import pandas as pd

from pavement.errors import Fault, StoreError, fault_frame
from pavement.network.routes import unknown_route
from pavement.schema import check, schema
from pavement.store import published, runs
from pavement.store.database import Store, now
from pavement.store.reports import FORM
from pavement.written_text import csv_table

TABLE, ACTION = "bridge_works", "keep bridge works"


def read(store: Store, file: Path) -> pd.DataFrame:
    """
    Return the table ``bridge_works`` of a CSV file.

    Raises
    ------
    StoreError
        The file cannot be read, or rows of it are wrong; every fault is listed.
    """
    try:
        return parsed(store, file.read_bytes(), name=file.name)
    except OSError as error:
        raise StoreError(f"{file.name} cannot be read: {error}.", cure="Give a CSV file in UTF-8.") from error


def parsed(store: Store, content: bytes, *, name: str) -> pd.DataFrame:
    """Return the table ``bridge_works`` of the content of a CSV file; raises as :func:`read`."""
    try:
        rows = csv_table(content)
    except ValueError as error:
        raise StoreError(f"{name} cannot be read: {error}.", cure="Give a CSV file in UTF-8.") from error
    good, faults = check(rows, TABLE, file=name)
    listed = [f for f in (faults, _nonsense(rows, published.table(store, "routes"), name)) if len(f)]
    faults = pd.concat(listed).sort_values("row", kind="stable", ignore_index=True) if listed else faults
    if len(faults):
        raise StoreError(f"{name} holds {len(faults)} faults.", cure="Mend the rows listed.", faults=faults)
    return good


def _nonsense(rows: pd.DataFrame, routes: pd.DataFrame, file: str) -> pd.DataFrame:
    """Return faults of rows whose values each could be but not together, or not on this network."""
    route, way = (rows.get(c, pd.Series("", index=rows.index)).str.strip() for c in ("route", "direction"))
    ways = routes["route"].astype(str) + " " + routes["direction"].astype(str)
    known = sorted(set(routes["route"].astype(str)))
    faults = []
    for row in rows.index[~route.isin(known) & (route != "")]:
        missing = unknown_route(route[row], known)
        faults.append(Fault(file, row + 2, "route", route[row], "unknown route", missing.message, missing.cure))
    cure = "Leave it empty for both."
    for row in rows.index[route.isin(known) & way.isin(list("NSEW")) & ~(route + " " + way).isin(ways)]:
        said = f"{route[row]} has no direction {way[row]}."
        faults.append(Fault(file, row + 2, "direction", way[row], "unknown direction", said, cure))
    return fault_frame([*faults, *_out_of_order(rows, file)])


def _out_of_order(rows: pd.DataFrame, file: str) -> list[Fault]:
    """Return faults of stretches without length and of works that end before they begin."""
    start, end, first, last = (
        pd.to_numeric(rows[c], errors="coerce") for c in ("from_m", "to_m", "first_year", "last_year")
    )
    cure = "Check both, and give the smaller one first."
    stretch = [(row, "to_m", "to_m does not lie behind from_m.") for row in rows.index[end <= start]]
    years = [(row, "last_year", "last_year lies before first_year.") for row in rows.index[last < first]]
    return [Fault(file, row + 2, c, rows.loc[row, c], "order", said, cure) for row, c, said in stretch + years]


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
