"""What readers see: rows of published runs that no later run supersedes, each record once."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import pandas as pd
import sqlalchemy as sa

from pavement.errors import StoreError
from pavement.schema import record_keys, schema
from pavement.store import remade_traffic
from pavement.store.database import Store, reading
from pavement.store.parquet import Filters, check_filter, read_frame, typed
from pavement.store.route_versions import (
    FormerVersions,
    at_places_of_today,
    cell_values_of_today,
    former_versions,
    is_placed,
)
from pavement.store.tables import DENSE, DESCRIBED, PART, REMADE, RUN


def table(
    store: Store, name: str, *, columns: list[str] | None = None, filters: Filters | None = None
) -> pd.DataFrame | gpd.GeoDataFrame:
    """
    Return the published rows of a described table, with the run of each.

    Where surveys hold the same record (the keys of tables that say ``later_stands``), the one published last is given.
    What was located on a former version of its route lies where the crosswalk carries it, or is left out (G10).

    Parameters
    ----------
    name
        Table in ``pavement/tables/tables.csv``.
    columns
        Columns to read; all when not given. ``run`` is always there, as the last one.
    filters
        Conditions ``(column, operator, value)``, all of which must hold; operators ``==``, ``!=``, ``<``, ``<=``,
        ``>``, ``>=``, ``in``, ``not in``. ``run`` may be filtered too.

    Returns
    -------
    rows
        Columns typed by the schema, dates as naive days, moments in UTC; a GeoDataFrame in the store's CRS when a
        geometry column is read. In dense tables ``run`` is categorical.

    Raises
    ------
    StoreError
        Unknown table or column, or a part that is missing or damaged; the message names it.
    """
    spec = schema(name) if name in DENSE or name in DESCRIBED else None
    if spec is None:
        raise StoreError(f"No published table {name!r}.", cure=f"Published are {sorted([*DENSE, *DESCRIBED])}.")
    wanted = None if columns is None else [c for c in columns if c != "run"]
    former = former_versions(store) if is_placed(name) or name == "cell_values" else None
    if former is not None:
        return _of_today(store, name, former, wanted, filters or [])
    keys = record_keys(name)
    read = _rows if name in DESCRIBED else _parts
    asked = wanted if wanted is None else [*wanted, *[k for k in keys if k not in wanted]]
    rows = read(store, name, asked, filters or [])
    if keys:
        rows = rows.drop_duplicates(keys, keep="last", ignore_index=True)
    return typed(rows if wanted is None else rows[[*wanted, "run"]], name, crs=store.crs)


def _of_today(
    store: Store, name: str, former: FormerVersions, wanted: list[str] | None, filters: Filters
) -> pd.DataFrame | gpd.GeoDataFrame:
    """Return a table whose rows of former route versions lie at their places of today; read whole, then filtered."""
    rows = (_rows if name in DESCRIBED else _parts)(store, name, None, [])
    if name == "cell_values":
        events = at_places_of_today(_parts(store, "events", None, []), former)
        rows = cell_values_of_today(rows, events, _rows(store, "cells", None, []), former, store)
    else:
        rows = at_places_of_today(rows, former)
    if keys := record_keys(name):
        # pieces of one record stay together: those of the run that brought it last
        order = pd.Series(pd.factorize(rows["run"].astype("str"))[0], index=rows.index)
        rows = rows[order == order.groupby([rows[k].astype("str") for k in keys]).transform("max")]
    frame = typed(rows.reset_index(drop=True), name, crs=store.crs)
    for column, operator, value in filters:
        check_filter(column, operator, set(frame.columns))
        frame = frame[_holds(frame[column], operator, value)]
    frame = frame.reset_index(drop=True)
    return frame if wanted is None else frame[[*wanted, "run"]]


def _holds(column: pd.Series, operator: str, value: Any) -> pd.Series:
    if operator in ("in", "not in"):
        return column.isin(list(value)) == (operator == "in")
    compare = {"==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}
    plain = column.astype("str") if column.dtype == "category" else column
    return getattr(plain, compare[operator])(value)


def _rows(store: Store, name: str, wanted: list[str] | None, filters: Filters) -> pd.DataFrame:
    source = DESCRIBED[name]
    chosen = [str(c) for c in schema(name).index] if wanted is None else wanted
    if unknown := sorted(set(chosen) - set(source.c.keys())):
        raise StoreError(f"{name} has no column {unknown}.", cure=f"It has {list(schema(name).index)}.")
    statement = sa.select(*(source.c[c] for c in [*chosen, "run"])).join(RUN, RUN.c.run == source.c.run)
    statement = statement.where(RUN.c.state == "published", *_conditions(source, filters))
    statement = statement.order_by(RUN.c.data_version, source.c.id)
    with reading(store) as connection:
        rows = connection.execute(statement).all()
    frame = pd.DataFrame(rows, columns=[*chosen, "run"])
    return remade_traffic.standing(store, frame, _conditions(REMADE, filters)) if name == "traffic" else frame


def _conditions(source: sa.Table, filters: Filters) -> list[sa.ColumnElement[bool]]:
    for column, operator, _ in filters:
        check_filter(column, operator, set(source.c.keys()) - {"id"})
    return [_condition(source.c[column], operator, value) for column, operator, value in filters]


def _condition(column: sa.Column[Any], operator: str, value: Any) -> sa.ColumnElement[bool]:
    if operator in ("in", "not in"):
        return column.in_(list(value)) if operator == "in" else column.not_in(list(value))
    compare = {
        "==": column.__eq__,
        "!=": column.__ne__,
        "<": column.__lt__,
        "<=": column.__le__,
        ">": column.__gt__,
        ">=": column.__ge__,
    }
    return compare[operator](value)


def _parts(store: Store, name: str, wanted: list[str] | None, filters: Filters) -> pd.DataFrame:
    of_run = [f for f in filters if f[0] == "run"]
    statement = sa.select(PART.c.run, PART.c.object).join(RUN, RUN.c.run == PART.c.run)
    statement = statement.where(PART.c.table == name, RUN.c.state == "published", *_conditions(PART, of_run))
    with reading(store) as connection:
        parts = connection.execute(statement.order_by(RUN.c.data_version, PART.c.id)).all()
    within = [f for f in filters if f[0] != "run"]
    described = [str(c) for c in schema(name).index if c != "run"]
    # one dictionary for all parts: text of 64 letters on each of a million rows would be the largest column
    runs = list(dict.fromkeys(run for run, _ in parts))
    frames = [_part(store, digest, wanted, within, described=described) for _, digest in parts]
    frames = [f.assign(run=_of_run(len(f), run, runs)) for f, (run, _) in zip(frames, parts, strict=True)]
    filled = [f for f in frames if len(f)] or frames[:1]
    if filled:
        return pd.concat(filled, ignore_index=True)
    columns = described if wanted is None else wanted
    return pd.DataFrame({c: pd.Series(dtype=object) for c in columns} | {"run": pd.Categorical([], categories=[])})


def _of_run(rows: int, run: str, runs: list[str]) -> pd.Categorical:
    return pd.Categorical.from_codes([runs.index(run)] * rows, categories=pd.Index(runs, dtype="str"))


def _part(
    store: Store, digest: str, wanted: list[str] | None, filters: Filters, *, described: list[str]
) -> pd.DataFrame:
    """Return one object's rows; a column that was described only after it was kept is missing in all of them."""
    frame = read_frame(store, digest, columns=wanted, filters=filters)
    asked = [*described, *(c for c in frame.columns if c not in described)] if wanted is None else wanted
    missing = [c for c in asked if c not in frame.columns]
    if unknown := sorted(set(missing) - set(described)):
        raise StoreError(f"Parquet object {digest} has no column {unknown}.", cure=f"It has {list(frame.columns)}.")
    return frame.assign(**dict.fromkeys(missing, None))[asked] if missing else frame[asked]
