"""Forecast sets: what the live models said of every cell, and from which data."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import sqlalchemy as sa

from pavement.store import audit, objects
from pavement.store.database import Store, now, reading, writing
from pavement.store.runs import data_version, put_frame
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


def save(store: Store, frame: pd.DataFrame, *, models: dict[str, str], user: str) -> ForecastSet:
    """Keep a frame of the table ``forecasts`` as the newest set."""
    row: dict[str, Any] = {
        "object": put_frame(store, frame),
        "models": json.dumps(models),
        "data_version": data_version(store),
        "created_at": now(),
        "created_by": user,
    }
    with writing(store) as connection:
        number = connection.execute(sa.insert(FORECAST_SET).values(**row)).inserted_primary_key
        audit.append(connection, user=user, action="forecast", subject=str(number[0] if number else ""), models=models)
    found = newest(store)
    assert found is not None  # noqa: S101  just written
    return found


def newest(store: Store) -> ForecastSet | None:
    """Return the newest forecast set, or None."""
    with reading(store) as connection:
        row = connection.execute(sa.select(FORECAST_SET).order_by(FORECAST_SET.c.id.desc()).limit(1)).mappings().first()
    return None if row is None else ForecastSet(**dict(row) | {"models": json.loads(row["models"])})


def latest(store: Store, *, cell: str | None = None) -> pd.DataFrame:
    """Return the newest forecasts of every cell, or of one; empty when there are none."""
    found = newest(store)
    if found is None:
        return pd.DataFrame(columns=["cell", "year", "kind", "value", "low", "high", "origin_year", "basis", "model"])
    filters = None if cell is None else [("cell", "==", cell)]
    return pq.read_table(objects.path(store, found.object), filters=filters).to_pandas()
