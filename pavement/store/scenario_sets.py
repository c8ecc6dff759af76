"""Sets of scenarios answered side by side: kept with who asked, when, and the forecast they rest on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import sqlalchemy as sa

from pavement.errors import StoreError
from pavement.store import audit, forecasts
from pavement.store.database import Store, now, reading, writing
from pavement.store.parquet import put_frame, read_frame
from pavement.store.runs import data_version
from pavement.store.tables import FORECAST_SET, SCENARIO_SET

# the described tables that a set holds
TABLES = ("scenario_summary", "scenario_years", "scenario_condition", "scenario_mix", "scenario_limits")


@dataclass(frozen=True)
class ScenarioSet:
    """One kept set: its tables by name, what was asked, and the data and forecast it rests on."""

    id: int
    set: str
    objects: dict[str, str]
    summary: dict[str, Any]
    data_version: int
    forecast_set: int | None
    created_at: str
    created_by: str


def save(
    store: Store, frames: Mapping[str, pd.DataFrame], *, summary: dict[str, Any], forecast_set: int | None, user: str
) -> ScenarioSet:
    """
    Keep a set of scenarios and return it with its id, such as ``scenarios-0001``.

    Parameters
    ----------
    frames
        Each of :data:`TABLES`.
    summary
        What was asked and the settings, as JSON would hold them.
    forecast_set
        Forecast it was answered on.

    Raises
    ------
    StoreError
        A table is missing, or the forecast set is unknown.
    """
    if missing := sorted(set(TABLES) - set(frames)):
        raise StoreError(f"A set of scenarios needs the tables {missing}.")
    kept = {name: put_frame(store, frames[name], name) for name in TABLES}
    basis = None if forecast_set is None else forecasts.named(store, forecast_set)
    with writing(store) as connection:
        number = (connection.execute(sa.select(sa.func.max(SCENARIO_SET.c.id))).scalar() or 0) + 1
        row = {
            "id": number,
            "set": f"scenarios-{number:04d}",
            "objects": json.dumps(kept, sort_keys=True),
            "summary": json.dumps(summary, ensure_ascii=False, sort_keys=True, default=str),
            "data_version": basis.data_version if basis else data_version(store),
            "forecast_set": forecast_set,
            "created_at": now(),
            "created_by": user,
        }
        connection.execute(sa.insert(SCENARIO_SET).values(**row))
        audit.append(
            connection, user=user, action="scenarios", subject=str(row["set"]), objects=kept, forecast_set=forecast_set
        )
    return _kept(row)


def _kept(row: dict[str, Any]) -> ScenarioSet:
    return ScenarioSet(**row | {k: json.loads(row[k]) for k in ("objects", "summary")})


def newest(store: Store) -> ScenarioSet | None:
    """Return the newest set, or None."""
    with reading(store) as connection:
        row = connection.execute(sa.select(SCENARIO_SET).order_by(SCENARIO_SET.c.id.desc()).limit(1)).mappings().first()
    return None if row is None else _kept(dict(row))


def named(store: Store, name: str) -> ScenarioSet:
    """Return a set by its id, such as ``scenarios-0001``."""
    with reading(store) as connection:
        row = connection.execute(sa.select(SCENARIO_SET).where(SCENARIO_SET.c.set == name)).mappings().first()
    if row is None:
        raise StoreError(f"There is no set of scenarios {name!r}.", cure="Make one: pavement scenarios FILE --keep.")
    return _kept(dict(row))


def listing(store: Store, *, limit: int = 50) -> pd.DataFrame:
    """Return the newest sets, newest first: set, created_at, created_by, forecast_set."""
    columns = [SCENARIO_SET.c[name] for name in ("set", "created_at", "created_by", "forecast_set")]
    with reading(store) as connection:
        rows = connection.execute(sa.select(*columns).order_by(SCENARIO_SET.c.id.desc()).limit(limit)).all()
    return pd.DataFrame(rows, columns=[c.name for c in columns])


def frame(store: Store, kept: ScenarioSet, name: str) -> pd.DataFrame:
    """Return one of the tables of a set."""
    if name not in kept.objects:
        raise StoreError(f"{kept.set} holds no {name!r}; it holds {sorted(kept.objects)}.")
    return read_frame(store, kept.objects[name])


def is_stale(store: Store, kept: ScenarioSet) -> bool:
    """Return whether data or forecasts newer than those of the set have come in."""
    with reading(store) as connection:
        newer = connection.execute(sa.select(sa.func.max(FORECAST_SET.c.id))).scalar()
    return kept.data_version < data_version(store) or (newer or 0) > (kept.forecast_set or 0)
