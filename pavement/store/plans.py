"""Plans: treatment lengths, actions, what they cost and what they rest on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import sqlalchemy as sa

from pavement.errors import StoreError
from pavement.store import audit, objects
from pavement.store.database import Store, now, reading, writing
from pavement.store.runs import data_version, put_frame
from pavement.store.tables import PLAN


@dataclass(frozen=True)
class SavedPlan:
    """One saved plan: id, objects of its frames by name, summary, and what it rests on."""

    id: int
    plan: str
    objects: dict[str, str]
    summary: dict[str, Any]
    data_version: int
    forecast_set: int | None
    created_at: str
    created_by: str


def save(
    store: Store, frames: Mapping[str, pd.DataFrame], *, summary: dict[str, Any], forecast_set: int | None, user: str
) -> SavedPlan:
    """
    Keep a plan.

    Parameters
    ----------
    frames
        At least ``actions`` and ``treatment_lengths``; further frames (condition, spend, unplanned) by name.
    summary
        Budgets, value, bound, gap and settings, as JSON would hold them.
    """
    version = data_version(store)
    kept = {name: put_frame(store, frame) for name, frame in frames.items()}
    with writing(store) as connection:
        number = (connection.execute(sa.select(sa.func.max(PLAN.c.id))).scalar() or 0) + 1
        row = {
            "id": number,
            "plan": f"plan-{number:04d}",
            "objects": json.dumps(kept),
            "summary": json.dumps(summary, ensure_ascii=False, default=str),
            "data_version": version,
            "forecast_set": forecast_set,
            "created_at": now(),
            "created_by": user,
        }
        connection.execute(sa.insert(PLAN).values(**row))
        audit.append(connection, user=user, action="plan", subject=row["plan"], objects=kept)
    return named(store, row["plan"])


def named(store: Store, plan: str) -> SavedPlan:
    """Return a plan by its id, such as ``plan-0001``."""
    with reading(store) as connection:
        row = connection.execute(sa.select(PLAN).where(PLAN.c.plan == plan)).mappings().first()
    if row is None:
        raise StoreError(f"There is no plan {plan!r}.", cure="Make one: pavement plan.")
    return _saved(dict(row))


def _saved(row: dict[str, Any]) -> SavedPlan:
    return SavedPlan(**row | {"objects": json.loads(row["objects"]), "summary": json.loads(row["summary"])})


def newest(store: Store) -> SavedPlan | None:
    """Return the newest plan, or None."""
    with reading(store) as connection:
        row = connection.execute(sa.select(PLAN).order_by(PLAN.c.id.desc()).limit(1)).mappings().first()
    return None if row is None else _saved(dict(row))


def frame(store: Store, plan: SavedPlan, name: str) -> pd.DataFrame:
    """Return one of a plan's frames, such as ``actions``."""
    if name not in plan.objects:
        raise StoreError(f"{plan.plan} holds no {name!r}; it holds {sorted(plan.objects)}.")
    return pq.read_table(objects.path(store, plan.objects[name])).to_pandas()


def plans(store: Store) -> pd.DataFrame:
    """Return every plan, newest first."""
    with reading(store) as connection:
        rows = connection.execute(sa.select(PLAN).order_by(PLAN.c.id.desc())).mappings().all()
    return pd.DataFrame(rows, columns=[c.name for c in PLAN.columns])
