"""What readers see: rows of published runs that no later run supersedes."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
import sqlalchemy as sa

from pavement.errors import StoreError
from pavement.schema import schema
from pavement.store import objects
from pavement.store.database import Store, reading
from pavement.store.tables import DESCRIBED, PART, RUN

Filters = list[tuple[str, str, Any]]


def table(
    store: Store, name: str, *, columns: list[str] | None = None, filters: Filters | None = None
) -> pd.DataFrame | gpd.GeoDataFrame:
    """
    Return the published rows of a described table, with the run of each.

    Parameters
    ----------
    name
        Table in ``pavement/tables/tables.csv``.
    columns
        Columns to read; all when not given. ``run`` is always there.
    filters
        Conditions ``(column, "==" | "in" | ">=" | "<=", value)``, all of which must hold.

    Raises
    ------
    StoreError
        A part is missing or damaged; the message names it.
    """
    wanted = list(schema(name).index) if columns is None else [c for c in columns if c != "run"]
    frame = _rows(store, name, filters) if name in DESCRIBED else _parts(store, name, wanted, filters)
    frame = frame.reindex(columns=[*[c for c in wanted if c != "run"], "run"])
    return _typed(frame, name, crs=store.crs)


def _rows(store: Store, name: str, filters: Filters | None) -> pd.DataFrame:
    source = DESCRIBED[name]
    statement = sa.select(source).join(RUN, RUN.c.run == source.c.run).where(RUN.c.state == "published")
    for column, operator, value in filters or []:
        statement = statement.where(_condition(source.c[column], operator, value))
    with reading(store) as connection:
        rows = connection.execute(statement.order_by(source.c.id)).mappings().all()
    return pd.DataFrame(rows, columns=[c.name for c in source.columns])


def _condition(column: sa.Column[Any], operator: str, value: Any) -> sa.ColumnElement[bool]:
    if operator == "in":
        return column.in_(list(value))
    return {"==": column == value, ">=": column >= value, "<=": column <= value}[operator]


def _parts(store: Store, name: str, wanted: list[str], filters: Filters | None) -> pd.DataFrame:
    statement = sa.select(PART.c.run, PART.c.object).join(RUN, RUN.c.run == PART.c.run)
    statement = statement.where(PART.c.table == name, RUN.c.state == "published").order_by(PART.c.id)
    with reading(store) as connection:
        parts = connection.execute(statement).all()
    frames = [_part(store, digest, wanted, filters).assign(run=run) for run, digest in parts]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=[*wanted, "run"])


def _part(store: Store, digest: str, wanted: list[str], filters: Filters | None) -> pd.DataFrame:
    file = objects.path(store, digest)
    try:
        held = pq.read_schema(file).names
        return pq.read_table(file, columns=[c for c in wanted if c in held], filters=filters or None).to_pandas()
    except (OSError, pa.ArrowException) as error:
        raise StoreError(
            f"Object {digest} is missing or damaged: {error}.",
            cure="Restore the last backup, or ingest its package again.",
        ) from error


def _typed(frame: pd.DataFrame, name: str, *, crs: str) -> pd.DataFrame | gpd.GeoDataFrame:
    for column, row in schema(name).iterrows():
        if column not in frame:
            continue
        if row["type"] == "date":
            frame[column] = pd.to_datetime(frame[column])
        elif row["type"] == "text":
            frame[column] = frame[column].fillna("").astype(str)
        elif row["type"] == "float":
            frame[column] = frame[column].astype(float)
        elif row["type"] == "geometry":
            frame[column] = shapely.from_wkb(frame[column].to_numpy(dtype=object))
            frame = gpd.GeoDataFrame(frame, geometry=str(column), crs=crs)
    return frame
