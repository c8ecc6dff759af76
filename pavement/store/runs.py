"""Runs: one survey package, published in one transaction or not at all."""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import sqlalchemy as sa

from pavement.errors import FAULT_COLUMNS, StoreError, no_faults
from pavement.schema import schema
from pavement.store import audit, objects
from pavement.store.database import Store, now, reading, writing
from pavement.store.tables import DESCRIBED, FAULT, META, PART, RUN, described


@dataclass(frozen=True)
class RunDraft:
    """A run ready to be published: what it says of itself, its tables by name, and its faults."""

    run: str
    survey: str
    package: str
    title: str = ""
    operator: str = ""
    vehicle: str = ""
    surveyed_on: dt.date | None = None
    manifest: Mapping[str, Any] = field(default_factory=dict)
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    faults: pd.DataFrame = field(default_factory=no_faults)


def publish(store: Store, draft: RunDraft, *, user: str) -> int:
    """
    Publish a run and return the new data version.

    A former run of the same survey is superseded by it. Objects are written first; the transaction makes them visible.

    Raises
    ------
    StoreError
        The run is already published, a table is not described, or the store cannot be written.
    """
    dense, parts = set(described("parquet")), []
    if unknown := sorted(set(draft.tables) - dense - set(DESCRIBED)):
        raise StoreError(f"Tables {unknown} are not described in pavement/tables/tables.csv.")
    for name, frame in draft.tables.items():
        if name in dense and len(frame):
            parts.append({"run": draft.run, "table": name, "object": put_frame(store, frame), "rows": len(frame)})
    counts = {name: len(frame) for name, frame in draft.tables.items()}
    with writing(store) as connection:
        if connection.execute(sa.select(RUN.c.run).where(RUN.c.run == draft.run)).first():
            raise StoreError(f"Run {draft.run[:12]} is already published.")
        former = _former(connection, draft.survey)
        connection.execute(sa.update(RUN).where(RUN.c.run == former).values(state="superseded"))
        connection.execute(sa.insert(RUN).values(**_row(draft, counts, former, user)))
        _insert_records(connection, draft)
        if parts:
            connection.execute(sa.insert(PART), parts)
        audit.append(connection, user=user, action="publish", subject=draft.run, survey=draft.survey, supersedes=former)
        return _raise_version(connection)


def _former(connection: sa.Connection, survey: str) -> str | None:
    statement = sa.select(RUN.c.run).where(RUN.c.survey == survey, RUN.c.state == "published")
    return connection.execute(statement).scalar()


def _row(draft: RunDraft, counts: dict[str, int], former: str | None, user: str) -> dict[str, Any]:
    return {
        **{k: getattr(draft, k) for k in ("run", "survey", "title", "operator", "vehicle", "package", "surveyed_on")},
        "state": "published",
        "supersedes": former,
        "manifest": json.dumps(draft.manifest, default=str, ensure_ascii=False),
        "counts": json.dumps(counts),
        "published_at": now(),
        "published_by": user,
        "faults": len(draft.faults),
    }


def _insert_records(connection: sa.Connection, draft: RunDraft) -> None:
    for name, frame in draft.tables.items():
        if name in DESCRIBED and len(frame):
            rows = [{"run": draft.run, **row} for row in _records(frame, name)]
            connection.execute(sa.insert(DESCRIBED[name]), rows)
    if len(draft.faults):
        faults = draft.faults[list(FAULT_COLUMNS)].astype(object)
        faults = faults.where(faults.notna(), None)
        connection.execute(sa.insert(FAULT), [{"run": draft.run, **row} for row in faults.to_dict("records")])


def _records(frame: pd.DataFrame, name: str) -> list[dict[str, Any]]:
    spec = schema(name)
    columns = {str(c): _plain(frame[c], row["type"]) for c, row in spec.iterrows() if c in frame}
    plain = pd.DataFrame(columns, dtype=object)
    return [{str(k): v for k, v in row.items()} for row in plain.to_dict("records")]


def _plain(column: pd.Series, kind: str) -> list[Any]:
    if kind == "geometry":
        return list(shapely.to_wkb(column.to_numpy()))
    if kind in ("date", "datetime"):
        moments = pd.to_datetime(column)
        return [None if pd.isna(m) else (m.date() if kind == "date" else m.to_pydatetime()) for m in moments]
    cast = {"int": int, "float": float, "bool": bool}.get(kind, str)
    missing: Any = "" if cast is str else None
    return [missing if pd.isna(v) else cast(v) for v in column]


def _raise_version(connection: sa.Connection) -> int:
    version = _version(connection) + 1
    connection.execute(sa.delete(META).where(META.c.name == "data_version"))
    connection.execute(sa.insert(META).values(name="data_version", value=str(version)))
    return version


def _version(connection: sa.Connection) -> int:
    return int(connection.execute(sa.select(META.c.value).where(META.c.name == "data_version")).scalar() or 0)


def data_version(store: Store) -> int:
    """Return the number of publications so far; caches and exports carry it."""
    with reading(store) as connection:
        return _version(connection)


def put_frame(store: Store, frame: pd.DataFrame) -> str:
    """Keep a frame as one Parquet object and return its sha256."""
    plain = pd.DataFrame(frame)
    for column in plain.columns:
        if isinstance(frame, gpd.GeoDataFrame) and column == frame.geometry.name:
            plain = plain.assign(**{column: shapely.to_wkb(frame.geometry.to_numpy())})
    buffer = io.BytesIO()
    plain.to_parquet(buffer, index=False, compression="zstd")
    return objects.put(store, buffer.getvalue())


def has_run(store: Store, run: str) -> bool:
    """Return whether a run was ever published."""
    with reading(store) as connection:
        return connection.execute(sa.select(RUN.c.run).where(RUN.c.run == run)).first() is not None


def runs(store: Store) -> pd.DataFrame:
    """Return every run, newest first."""
    with reading(store) as connection:
        rows = connection.execute(sa.select(RUN).order_by(RUN.c.published_at.desc())).mappings().all()
    return pd.DataFrame(rows, columns=[c.name for c in RUN.columns])


def faults(store: Store, run: str) -> pd.DataFrame:
    """Return the faults listed with a run."""
    with reading(store) as connection:
        rows = connection.execute(sa.select(FAULT).where(FAULT.c.run == run).order_by(FAULT.c.id)).mappings().all()
    frame = pd.DataFrame(rows, columns=[c.name for c in FAULT.columns])[list(FAULT_COLUMNS)]
    return frame.replace({np.nan: None})
