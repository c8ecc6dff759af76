"""The model registry: every version kept, one live version a target."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import sqlalchemy as sa

from pavement.errors import StoreError
from pavement.store import audit, objects
from pavement.store.database import Store, now, reading, writing
from pavement.store.runs import data_version
from pavement.store.tables import LIVE, MODEL


@dataclass(frozen=True)
class ModelVersion:
    """One registered model: id, target, hash of its text, column signature and card."""

    model: str
    target: str
    object: str
    columns: tuple[str, ...]
    card: dict[str, Any]
    created_at: str
    created_by: str
    data_version: int


def register(
    store: Store, target: str, text: str, *, columns: Sequence[str], card: dict[str, Any], user: str
) -> ModelVersion:
    """
    Keep a model's text, its column signature and its card; the same text for a target is kept once.

    The model does not become live by this.
    """
    digest = objects.put(store, text.encode("utf-8"))
    model = f"{target.replace('_', '-')}-{digest[:12]}"
    with reading(store) as connection:
        known = connection.execute(sa.select(MODEL.c.model).where(MODEL.c.model == model)).first()
    if known is None:
        row = {
            "model": model,
            "target": target,
            "object": digest,
            "columns": json.dumps(list(columns)),
            "card": json.dumps(card, ensure_ascii=False, default=str),
            "created_at": now(),
            "created_by": user,
            "data_version": data_version(store),
        }
        with writing(store) as connection:
            connection.execute(sa.insert(MODEL).values(**row))
            audit.append(connection, user=user, action="register", subject=model, sha256=digest)
    return version(store, model)


def version(store: Store, model: str) -> ModelVersion:
    """Return one registered model by id."""
    with reading(store) as connection:
        row = connection.execute(sa.select(MODEL).where(MODEL.c.model == model)).mappings().first()
    if row is None:
        raise StoreError(f"There is no model {model!r}.", cure="See the models page for the registered ones.")
    return _version(dict(row))


def _version(row: dict[str, Any]) -> ModelVersion:
    return ModelVersion(**row | {"columns": tuple(json.loads(row["columns"])), "card": json.loads(row["card"])})


def text(store: Store, model: str) -> str:
    """Return a model's text after checking it against its hash."""
    return objects.read(store, version(store, model).object).decode("utf-8")


def promote(store: Store, target: str, model: str, *, user: str, replaces: str | None = None) -> None:
    """
    Make a registered model the live one of its target.

    Parameters
    ----------
    replaces
        Live model the caller saw; another one by now means that somebody was faster, and nothing is changed.

    Raises
    ------
    StoreError
        The model is unknown, of another target, or the live model has changed meanwhile.
    """
    if version(store, model).target != target:
        raise StoreError(f"{model} is no model of {target}.")
    with writing(store) as connection:
        former = connection.execute(sa.select(LIVE.c.model).where(LIVE.c.target == target)).scalar()
        if replaces is not None and replaces != former:
            raise StoreError(f"{former} became the live model of {target} meanwhile.", cure="Look again, then decide.")
        if former == model:
            return
        connection.execute(sa.delete(LIVE).where(LIVE.c.target == target))
        connection.execute(sa.insert(LIVE).values(target=target, model=model, promoted_at=now(), promoted_by=user))
        audit.append(connection, user=user, action="promote", subject=model, target=target, former=former)


def live(store: Store, target: str) -> ModelVersion | None:
    """Return the live model of a target, or None."""
    with reading(store) as connection:
        model = connection.execute(sa.select(LIVE.c.model).where(LIVE.c.target == target)).scalar()
    return None if model is None else version(store, model)


def versions(store: Store) -> pd.DataFrame:
    """Return every registered model, newest first, with ``live`` true for the live ones."""
    with reading(store) as connection:
        rows = connection.execute(sa.select(MODEL).order_by(MODEL.c.created_at.desc())).mappings().all()
        alive = set(connection.execute(sa.select(LIVE.c.model)).scalars())
    frame = pd.DataFrame(rows, columns=[c.name for c in MODEL.columns])
    return frame.assign(live=frame["model"].isin(alive))
