"""Yearly averages of counters made anew from their days in force, when a run that held some of them comes or goes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import sqlalchemy as sa

from pavement.measures import annual_average as averages
from pavement.measures.gantry_days import usable_days
from pavement.measures.limits import limit
from pavement.schema import schema
from pavement.store.database import Store, reading
from pavement.store.parquet import read_frame
from pavement.store.tables import DESCRIBED, PART, REMADE, RUN

DAYS, TRAFFIC = "gantry_days", "traffic"
REMADE_NOTE = "made again from the days in force"
_KEY = ["counter", "year"]
_PLACE = ["route", "direction", "from_m", "to_m"]


def remake(connection: sa.Connection, store: Store, runs: Sequence[str | None], *, known: bool = False) -> int:
    """
    Make the averages of all counters and years anew that have days in `runs`, inside the caller's transaction.

    What runs brought stays as it is; what is made here stands in its place for readers. A counter whose days no longer
    suffice has no average.

    Parameters
    ----------
    runs
        Runs that have come in force or gone out of it.
    known
        Whether only averages that were made anew before are: enough for a run that adds days, whose own averages were
        made from all of them.

    Returns
    -------
    count
        Counters and years made anew.
    """
    keys = _keys(_days(connection, store, RUN.c.run.in_([r for r in runs if r])))
    if known and len(keys):
        before = pd.DataFrame(connection.execute(sa.select(*(REMADE.c[c] for c in _KEY))).all(), columns=_KEY)
        keys = keys.merge(before.drop_duplicates(), on=_KEY)
    if keys.empty:
        return 0
    rows = _rows_of(keys, _days(connection, store, RUN.c.state == "published"), _places(connection))
    mine = [REMADE.c[c] == sa.bindparam(f"of_{c}") for c in _KEY]
    connection.execute(sa.delete(REMADE).where(*mine), keys.add_prefix("of_").to_dict("records"))
    if rows:
        connection.execute(sa.insert(REMADE), rows)
    return len(keys)


def _days(connection: sa.Connection, store: Store, which: sa.ColumnElement[bool]) -> pd.DataFrame:
    """Return the days of runs, those published last at the end, with year and run."""
    statement = sa.select(PART.c.run, PART.c.object).join(RUN, RUN.c.run == PART.c.run)
    parts = connection.execute(statement.where(PART.c.table == DAYS, which).order_by(RUN.c.data_version, PART.c.id))
    frames = [read_frame(store, digest).assign(run=run) for run, digest in parts.all()]
    empty = pd.DataFrame({str(c): [] for c in [*schema(DAYS).index, "run"]})
    days = pd.concat(frames, ignore_index=True) if frames else empty
    days = days.assign(day=pd.to_datetime(days["day"]))
    days["year"] = days["day"].dt.year.astype("int64")
    return days.astype(dict.fromkeys(("counter", "vehicle_class", "run"), "str"))


def _keys(days: pd.DataFrame) -> pd.DataFrame:
    return days[_KEY].drop_duplicates().reset_index(drop=True)


def _places(connection: sa.Connection) -> pd.DataFrame:
    """Return where each counter stood in each year, as its last average says, in force before others."""
    source = DESCRIBED[TRAFFIC]
    wanted = [*_KEY, *_PLACE, "quality", "method"]
    counted = sa.select(PART.c.run).where(PART.c.table == DAYS)
    statement = sa.select(*(source.c[c] for c in wanted)).join(RUN, RUN.c.run == source.c.run)
    statement = statement.where(source.c.run.in_(counted))
    rows = connection.execute(statement.order_by(RUN.c.state == "published", RUN.c.data_version, source.c.id)).all()
    places = pd.DataFrame(rows, columns=wanted).drop_duplicates(_KEY, keep="last")
    return places.rename(columns={"quality": "was", "method": "said"})


def _rows_of(keys: pd.DataFrame, days: pd.DataFrame, places: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows that stand for keys; of a key without an average one without a count, so that nothing stands."""
    mine = days.merge(keys, on=_KEY)
    last = mine.drop_duplicates(_KEY, keep="last")[[*_KEY, "run"]]
    once = mine.drop_duplicates(["counter", "day", "vehicle_class"], keep="last").drop(columns=["year", "run"])
    whole = usable_days(once, least=limit("gantry_day_coverage"))
    width = {str(c): None for c in [*schema(TRAFFIC).index, "run"]}
    if whole.empty:
        return [width | row for row in _plain(last)]
    found = averages.annual_average(whole)
    found = found[averages.enough(found)].astype({"counter": "str", "vehicle_class": "str"})
    known = found.merge(places, on=_KEY).merge(last, on=_KEY)
    rule = known["said"].str.rsplit("; ", n=1).str[-1]
    method = averages.method_of(known) + ", " + REMADE_NOTE + "; " + rule
    quality = averages.quality_of(known).where(known["was"] != "unverified", "unverified")
    rows = known.assign(method=method, quality=quality)[[str(c) for c in schema(TRAFFIC).index] + ["run"]]
    without = last[~pd.MultiIndex.from_frame(last[_KEY]).isin(pd.MultiIndex.from_frame(rows[_KEY]))]
    return [width | row for row in (*_plain(rows), *_plain(without))]


def _plain(rows: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(k): v for k, v in row.items()} for row in rows.to_dict("records")]


def standing(store: Store, rows: pd.DataFrame, conditions: Sequence[sa.ColumnElement[bool]]) -> pd.DataFrame:
    """
    Return rows of ``traffic`` in force, with averages made anew in the place of those that their runs brought.

    Parameters
    ----------
    rows
        Rows as their runs brought them, keys and ``run`` among their columns, in the order of publication.
    conditions
        Conditions on the columns of averages made anew that are asked for.
    """
    with reading(store) as connection:
        every = connection.execute(sa.select(*(REMADE.c[c] for c in _KEY)).distinct()).all()
        if not every:
            return rows
        own = sa.select(*(REMADE.c[c] for c in rows.columns)).join(RUN, RUN.c.run == REMADE.c.run)
        own = own.where(RUN.c.state == "published", REMADE.c.aadt.is_not(None), *conditions)
        anew = pd.DataFrame(connection.execute(own.order_by(REMADE.c.id)).all(), columns=rows.columns)
        counted = set(connection.execute(sa.select(PART.c.run).where(PART.c.table == DAYS)).scalars())
        order = {run: at for run, at in connection.execute(sa.select(RUN.c.run, RUN.c.data_version))}  # noqa: C416
    old = pd.MultiIndex.from_frame(rows[_KEY].astype({"year": "int64"})).isin(pd.MultiIndex.from_tuples(every))
    kept = rows[~(old & rows["run"].isin(counted).to_numpy())]
    both = pd.concat([p for p in (kept, anew) if len(p)] or [kept], ignore_index=True)
    return both.iloc[both["run"].map(order).argsort(kind="stable")].reset_index(drop=True)
