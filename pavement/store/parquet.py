"""Dense tables as Parquet objects, typed by their schema."""

from __future__ import annotations

import io
from functools import reduce
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import shapely

from pavement.errors import StoreError
from pavement.schema import schema, table_names
from pavement.store import objects
from pavement.store.database import Store

Filters = list[tuple[str, str, Any]]
OPERATORS = ("==", "!=", "<", "<=", ">", ">=", "in", "not in")
_NO_SCHEMA = pd.DataFrame({"type": pd.Series(dtype=str)})
_ROW_GROUP = 1 << 17
_ARROW = {
    "text": pa.string(),
    "int": pa.int64(),
    "float": pa.float64(),
    "date": pa.date32(),
    "datetime": pa.timestamp("us", tz="UTC"),
    "bool": pa.bool_(),
    "geometry": pa.binary(),
    "json": pa.string(),
}


def put_frame(store: Store, frame: pd.DataFrame, name: str) -> str:
    """
    Keep a frame as one Parquet object, and return its sha256.

    Columns of the schema are kept in its order and types (absent ones as missing), further columns behind them; a
    column ``run`` is left out because the run that owns the object says it. A name that is no described table has no
    schema, and all columns are kept as they are.
    """
    spec = schema(name).drop(index="run", errors="ignore") if name in table_names() else _NO_SCHEMA
    rest = [c for c in frame.columns if c not in spec.index and c != "run"]
    columns = [*spec.index, *rest]
    arrays = [_array(frame, c, spec["type"].get(c, "")) for c in columns]
    buffer = io.BytesIO()
    pq.write_table(
        pa.table(arrays, names=[str(c) for c in columns]),
        buffer,
        compression="zstd",
        row_group_size=_ROW_GROUP,
        write_page_checksum=True,
    )
    return objects.put(store, buffer.getvalue())


def _array(frame: pd.DataFrame, column: Any, kind: str) -> pa.Array:
    if column not in frame:
        return pa.nulls(len(frame), _ARROW[kind])
    given = frame[column]
    if kind == "geometry":
        return pa.array(shapely.to_wkb(given.to_numpy()), pa.binary())
    if kind in ("date", "datetime"):
        moments = pd.to_datetime(given, utc=kind == "datetime")
        return pa.array(moments, from_pandas=True).cast(_ARROW[kind], safe=False)
    if kind in ("text", "json"):
        given = given.astype(object).where(given.notna(), None)
    if kind == "float":
        given = given.astype(float)
    plain = pa.array(given, type=_ARROW.get(kind), from_pandas=True)
    return plain.cast(plain.type.value_type) if pa.types.is_dictionary(plain.type) else plain


def read_frame(
    store: Store, digest: str, *, columns: list[str] | None = None, filters: Filters | None = None
) -> pd.DataFrame:
    """
    Return the rows of a Parquet object that pass the filters, after checking the object against its name.

    Parameters
    ----------
    columns
        Columns to read, those it does not hold left out; all when not given.
    filters
        Conditions ``(column, operator, value)`` that must all hold; operators as :data:`OPERATORS`.

    Raises
    ------
    StoreError
        The object is missing or damaged.
    """
    file = objects.checked(store, digest, what="Parquet object")
    try:
        held = pq.read_schema(file)
        wanted = held.names if columns is None else [c for c in columns if c in held.names]
        found = pq.read_table(file, columns=wanted, filters=_expression(filters, held))
    except (OSError, pa.ArrowException) as error:
        raise StoreError(f"Parquet object {digest} cannot be read: {error}.", cure=objects.CURE) from error
    return found.to_pandas(date_as_object=False)


def _expression(filters: Filters | None, held: pa.Schema) -> pc.Expression | None:
    conditions = [_condition(*f, held) for f in filters or []]
    return reduce(lambda a, b: a & b, conditions) if conditions else None


def _condition(column: str, operator: str, value: Any, held: pa.Schema) -> pc.Expression:
    check_filter(column, operator, set(held.names))
    field, kind = pc.field(column), held.field(column).type
    if operator in ("in", "not in"):
        chosen = field.isin(pa.array([_scalar(v) for v in value], type=kind))
        return chosen if operator == "in" else ~chosen
    other = pa.scalar(_scalar(value), type=kind)
    compare = {"==": pc.equal, "!=": pc.not_equal, "<": pc.less, "<=": pc.less_equal, ">": pc.greater}
    return compare.get(operator, pc.greater_equal)(field, other)


def _scalar(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def check_filter(column: str, operator: str, known: set[str]) -> None:
    """Refuse a filter on an unknown column or with an unknown operator."""
    if column not in known or operator not in OPERATORS:
        raise StoreError(
            f"No filter {column!r} {operator!r}: the columns are {sorted(known)}.", cure=f"Operators: {OPERATORS}."
        )


def typed(frame: pd.DataFrame, name: str, *, crs: str) -> pd.DataFrame | gpd.GeoDataFrame:
    """Return a frame with the column types of its schema; with a geometry column as a GeoDataFrame in `crs`."""
    kinds = schema(name)["type"]
    shapes = [c for c in frame.columns if kinds.get(c) == "geometry"]
    columns = {c: _typed_column(frame[c], kinds.get(c, "")) for c in frame.columns if c not in shapes}
    plain = pd.DataFrame(columns, index=frame.index)
    if not shapes:
        return plain
    shape = gpd.GeoSeries(shapely.from_wkb(frame[shapes[0]].to_numpy(dtype=object)), index=frame.index, crs=crs)
    return gpd.GeoDataFrame(plain.assign(**{shapes[0]: shape})[list(frame.columns)], geometry=shapes[0])


def _typed_column(column: pd.Series, kind: str) -> pd.Series:
    if kind in ("text", "json"):
        return column.astype("str").where(column.notna(), "")
    if kind == "int":
        whole = column.astype("Int64")
        return whole if whole.isna().any() else whole.astype("int64")
    if kind == "float":
        return column.astype(float)
    if kind == "bool":
        truth = column.astype("boolean")
        return truth if truth.isna().any() else truth.astype(bool)
    if kind == "date":
        return pd.to_datetime(column).astype("datetime64[us]")
    return pd.to_datetime(column, utc=True).astype("datetime64[us, UTC]") if kind == "datetime" else column
