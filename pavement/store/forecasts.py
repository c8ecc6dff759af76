"""Forecast sets: what the live models said of every cell, and from which data."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pandas as pd
import sqlalchemy as sa

from pavement.errors import StoreError
from pavement.schema import schema
from pavement.store import audit
from pavement.store.database import Store, now, reading, writing
from pavement.store.parquet import put_frame, read_frame, typed
from pavement.store.runs import data_version
from pavement.store.tables import FORECAST_SET


@dataclass(frozen=True)
class ForecastSet:
    """One saved forecast: id, object, models by target, and the data version it rests on."""

    id: int
    object: str
    models: dict[str, str]
    data_version: int
    created_at: str
    created_by: str


def save(
    store: Store,
    frame: pd.DataFrame,
    *,
    models: dict[str, str],
    user: str,
    version: int | None = None,
    refused: dict[str, str] | None = None,
) -> ForecastSet:
    """
    Keep a frame of the table ``forecasts`` as the newest set.

    Parameters
    ----------
    models
        Target → id of the registered model used; targets forecast by curves alone are left out.
    version
        Data version the forecast was made from; the present one when not given.
    refused
        Target → why its live model could not forecast; kept in the audit.

    Raises
    ------
    StoreError
        The frame lacks columns of the schema, or a key stands twice.
    """
    check_key(frame, "forecasts")
    row: dict[str, Any] = {
        "object": put_frame(store, frame, "forecasts"),
        "models": json.dumps(models, sort_keys=True),
        "data_version": data_version(store) if version is None else version,
        "created_at": now(),
        "created_by": user,
    }
    with writing(store) as connection:
        number = connection.execute(sa.insert(FORECAST_SET).values(**row).returning(FORECAST_SET.c.id)).scalar_one()
        detail = {"models": models, "object": row["object"], "data_version": row["data_version"]}
        detail |= {"refused": refused} if refused else {}
        audit.append(connection, user=user, action="forecast", subject=str(number), **detail)
    return _set(row | {"id": number})


def check_key(frame: pd.DataFrame, name: str) -> None:
    """Refuse a frame without the required columns of its schema, or whose key is not one."""
    spec = schema(name)
    if missing := sorted(set(spec.index[spec["required"] == "yes"]) - set(frame.columns)):
        raise StoreError(f"A frame of {name} lacks the columns {missing}.")
    key = spec.index[spec["key"] == "yes"].tolist()
    if frame.duplicated(key).any():
        first = frame.loc[frame.duplicated(key), key].iloc[0].to_dict()
        raise StoreError(f"A frame of {name} holds {first} twice.", cure="Keep one row for each key.")


def _set(row: dict[str, Any]) -> ForecastSet:
    return ForecastSet(**row | {"models": json.loads(row["models"])})


def newest(store: Store) -> ForecastSet | None:
    """Return the newest forecast set, or None."""
    statement = sa.select(FORECAST_SET).order_by(FORECAST_SET.c.id.desc()).limit(1)
    with reading(store) as connection:
        row = connection.execute(statement).mappings().first()
    return None if row is None else _set(dict(row))


def named(store: Store, number: int) -> ForecastSet:
    """Return a forecast set by its number."""
    with reading(store) as connection:
        row = connection.execute(sa.select(FORECAST_SET).where(FORECAST_SET.c.id == number)).mappings().first()
    if row is None:
        raise StoreError(f"There is no forecast {number}.", cure="Make one: pavement forecast.")
    return _set(dict(row))


def frame(store: Store, found: ForecastSet, *, cell: str | None = None) -> pd.DataFrame:
    """Return the rows of a forecast set, or those of one cell."""
    filters = None if cell is None else [("cell", "==", cell)]
    return typed(read_frame(store, found.object, filters=filters), "forecasts", crs=store.crs)


def latest(store: Store, *, cell: str | None = None) -> pd.DataFrame:
    """Return the newest forecasts of every cell, or of one; empty when there are none."""
    found = newest(store)
    if found is None:
        return typed(pd.DataFrame(columns=schema("forecasts").index, dtype=object), "forecasts", crs=store.crs)
    return frame(store, found, cell=cell)


def sets(store: Store) -> list[ForecastSet]:
    """Return every forecast set, the oldest first."""
    with reading(store) as connection:
        rows = connection.execute(sa.select(FORECAST_SET).order_by(FORECAST_SET.c.id)).mappings().all()
    return [_set(dict(row)) for row in rows]


def until(store: Store, found: ForecastSet, *, year: int) -> pd.DataFrame:
    """Return the rows of a forecast set up to a calendar year."""
    return typed(read_frame(store, found.object, filters=[("year", "<=", year)]), "forecasts", crs=store.crs)
