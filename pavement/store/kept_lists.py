"""Lists that an agency keeps, each as one in force: committed bridge works, and stretches of section offices."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pavement.errors import Fault, StoreError, fault_frame
from pavement.network.routes import unknown_route
from pavement.schema import check, schema
from pavement.store import published, runs
from pavement.store.database import Store, now
from pavement.store.reports import FORM
from pavement.written_text import csv_table

_PAIRS = ("from_m", "to_m", "first_year", "last_year")


@dataclass(frozen=True)
class KeptList:
    """
    A list by the name of its table, of the runs it is kept as, and of the act in the audit.

    No two stretches of an `exclusive` list may lie at one place.
    """

    table: str
    survey: str
    action: str
    exclusive: bool = False

    def read(self, store: Store, file: Path) -> pd.DataFrame:
        """
        Return the table of a CSV file.

        Raises
        ------
        StoreError
            The file cannot be read, or rows of it are wrong; every fault is listed.
        """
        try:
            return self.parsed(store, file.read_bytes(), name=file.name)
        except OSError as error:
            raise StoreError(f"{file.name} cannot be read: {error}.", cure="Give a CSV file in UTF-8.") from error

    def parsed(self, store: Store, content: bytes, *, name: str) -> pd.DataFrame:
        """Return the table of the content of a CSV file; raises as :meth:`read`."""
        try:
            rows = csv_table(content)
        except ValueError as error:
            raise StoreError(f"{name} cannot be read: {error}.", cure="Give a CSV file in UTF-8.") from error
        good, faults = check(rows, self.table, file=name)
        listed = [f for f in (faults, _nonsense(rows, published.table(store, "routes"), name)) if len(f)]
        if self.exclusive and not listed:
            listed = [f for f in (_shared(good, name),) if len(f)]
        faults = pd.concat(listed).sort_values("row", kind="stable", ignore_index=True) if listed else faults
        if len(faults):
            raise StoreError(f"{name} holds {len(faults)} faults.", cure="Mend the rows listed.", faults=faults)
        return good

    def keep(self, store: Store, rows: pd.DataFrame, *, title: str, user: str, today: dt.date) -> None:
        """
        Keep a list as the one in force; the one before is in force no more.

        Parameters
        ----------
        rows
            The table.
        title
            What the list is called, such as the name of its file.
        today
            Day in the agency's time zone.
        """
        said = json.dumps([now(), user, title, rows.astype(str).to_dict("records")], ensure_ascii=False)
        draft = runs.RunDraft(
            run=hashlib.sha256(said.encode()).hexdigest(),
            survey=self.survey,
            package=FORM,
            title=title,
            operator=user,
            surveyed_on=today,
            tables={self.table: rows},
            measured=False,
            action=self.action,
            detail={"rows": len(rows), "title": title},
        )
        runs.publish(store, draft, user=user)

    def kept(self, store: Store) -> pd.DataFrame:
        """Return the list in force; empty where nobody gave one."""
        return published.table(store, self.table)[list(schema(self.table).index)]


BRIDGES = KeptList("bridge_works", "bridge-works", "keep bridge works")
OFFICES = KeptList("plan_offices", "section-offices", "keep section offices", exclusive=True)


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
    number = {c: pd.to_numeric(rows[c], errors="coerce") for c in _PAIRS if c in rows}
    cure = "Check both, and give the smaller one first."
    faults = []
    if {"from_m", "to_m"} <= number.keys():
        wrong = rows.index[number["to_m"] <= number["from_m"]]
        faults += [(row, "to_m", "to_m does not lie behind from_m.") for row in wrong]
    if {"first_year", "last_year"} <= number.keys():
        wrong = rows.index[number["last_year"] < number["first_year"]]
        faults += [(row, "last_year", "last_year lies before first_year.") for row in wrong]
    return [Fault(file, row + 2, c, rows.loc[row, c], "order", said, cure) for row, c, said in faults]


def _shared(rows: pd.DataFrame, file: str) -> pd.DataFrame:
    """Return faults of stretches that reach into an earlier row's."""
    own = rows.reset_index(names="at")
    pairs = own.merge(own, on="route", suffixes=("", "_other"))
    pairs = pairs[(pairs["at_other"] < pairs["at"]) & (pairs["from_m"] < pairs["to_m_other"])]
    pairs = pairs[pairs["from_m_other"] < pairs["to_m"]]
    either = (pairs["direction"] == "") | (pairs["direction_other"] == "")
    pairs = pairs[either | (pairs["direction"] == pairs["direction_other"])].drop_duplicates("at")
    cure = "Give each place of the network to one section office."
    return fault_frame(
        [
            Fault(file, at + 2, "from_m", str(start), "overlap", f"It reaches into that of row {other + 2}.", cure)
            for at, start, other in zip(pairs["at"].astype(int), pairs["from_m"], pairs["at_other"], strict=True)
        ]
    )  # fmt: skip
