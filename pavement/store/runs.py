"""Runs: one survey package, published in one transaction or not at all."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import shapely
import sqlalchemy as sa

from pavement.errors import FAULT_COLUMNS, StoreError, no_faults
from pavement.schema import schema
from pavement.store import audit
from pavement.store.batches import Batches
from pavement.store.database import Store, now, reading, writing
from pavement.store.parquet import put_frame, typed
from pavement.store.remade_traffic import remake
from pavement.store.tables import DENSE, DESCRIBED, FAULT, META, PART, RUN

PUBLISHED, HELD = "published", "held"
QUALITY = "run_quality"
DATA_VERSION, PAGE_VERSION = "data_version", "page_version"


@dataclass(frozen=True)
class RunDraft:
    """
    A run ready to be published: what it says of itself, its tables by name, its faults, its long dense tables.

    Attributes
    ----------
    network
        Runs whose network its places lie on; empty for a network itself, and where all places count as of the network
        in force.
    quality
        Rows of table ``run_quality``.
    state
        ``published``, or ``held``: kept, but read by nobody until somebody releases it.
    measured
        Whether it changes measured data; a report of distress does not, so that no cache is made anew for it.
    follows
        Run that this one goes on from; refused when another has come between.
    action, detail
        What the audit says of it beside the run itself.
    """

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
    long: Mapping[str, Batches] = field(default_factory=dict)
    network: str = ""
    quality: pd.DataFrame = field(default_factory=pd.DataFrame)
    state: str = "published"
    measured: bool = True
    follows: str = ""
    action: str = "publish"
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def counts(self) -> dict[str, int]:
        """Rows by table."""
        return {name: len(rows) for name, rows in (*self.tables.items(), *self.long.items())}


def publish(store: Store, draft: RunDraft, *, user: str) -> int:
    """
    Publish a run and return the new data version.

    A former run of the same survey is superseded by it: kept, but no longer read. Objects are written first; one
    transaction makes rows, parts, faults, the audit row and the new data version visible together. A held run
    supersedes nothing and leaves the data version as it is.

    Parameters
    ----------
    draft
        What is published; frames follow ``pavement/tables/schema``, further columns are kept in dense tables only.
    user
        Who publishes, for the audit.

    Raises
    ------
    StoreError
        The run was published before, a table is not one of a run, another run has come between, or the store cannot be
        written.
    """
    if unknown := sorted(set(draft.tables) - set(DENSE) - set(DESCRIBED) | set(draft.long) - set(DENSE)):
        raise StoreError(f"Tables {unknown} are no tables of a run.", cure="See pavement/tables/tables.csv.")
    parts = [
        {"run": draft.run, "table": name, "object": put_frame(store, frame, name), "rows": len(frame)}
        for name, frame in _dense(draft)
        if len(frame)
    ]
    with writing(store) as connection:
        if connection.execute(sa.select(RUN.c.run).where(RUN.c.run == draft.run)).first():
            raise StoreError(f"Run {draft.run[:12]} was published before.", cure="Nothing needs to be done.")
        version = raise_version(connection) if draft.measured and draft.state == PUBLISHED else _version(connection)
        raise_version(connection, PAGE_VERSION)
        former = _former(connection, draft.survey) if draft.state == PUBLISHED else None
        _require_follows(connection, draft, former)
        connection.execute(sa.update(RUN).where(RUN.c.run == former).values(state="superseded"))
        connection.execute(sa.insert(RUN).values(**_row(draft, former, user), data_version=version))
        _insert_records(connection, draft)
        if parts:
            connection.execute(sa.insert(PART), parts)
        if draft.state == PUBLISHED:
            remake(connection, store, [draft.run, former], known=former is None)
        audit.append(
            connection,
            user=user,
            action=draft.action,
            subject=draft.run,
            survey=draft.survey,
            supersedes=former,
            data_version=version,
            **draft.detail,
        )
    return version


def _dense(draft: RunDraft) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the frames that become Parquet objects; of a long table several."""
    yield from ((name, frame) for name, frame in draft.tables.items() if name in DENSE)
    yield from ((name, frame) for name, batches in draft.long.items() for frame in batches)


def _former(connection: sa.Connection, survey: str) -> str | None:
    statement = sa.select(RUN.c.run).where(RUN.c.survey == survey, RUN.c.state == PUBLISHED)
    return connection.execute(statement).scalar()


def _require_follows(connection: sa.Connection, draft: RunDraft, former: str | None) -> None:
    if not draft.follows:
        return
    state = connection.execute(sa.select(RUN.c.state).where(RUN.c.run == draft.follows)).scalar()
    if state != PUBLISHED or former not in (None, draft.follows):
        raise StoreError("Somebody changed this report meanwhile.", cure="Load its page again, then decide.")


def _row(draft: RunDraft, former: str | None, user: str) -> dict[str, Any]:
    return {
        **{
            k: getattr(draft, k)
            for k in ("run", "survey", "title", "operator", "vehicle", "package", "surveyed_on", "network")
        },
        "state": draft.state,
        "supersedes": former,
        "manifest": json.dumps(draft.manifest, default=str, ensure_ascii=False),
        "counts": json.dumps(draft.counts),
        "published_at": now(),
        "published_by": user,
        "faults": len(draft.faults),
    }


def _insert_records(connection: sa.Connection, draft: RunDraft) -> None:
    for name, frame in (*draft.tables.items(), (QUALITY, draft.quality)):
        if name in DESCRIBED and len(frame):
            rows = [{"run": draft.run, **row} for row in _records(frame, name)]
            connection.execute(sa.insert(DESCRIBED[name]), rows)
    if len(draft.faults):
        rows = [{"run": draft.run, **fault} for fault in _fault_records(draft.faults)]
        connection.execute(sa.insert(FAULT), rows)


def _fault_records(faults: pd.DataFrame) -> list[dict[str, Any]]:
    texts = {c: ["" if pd.isna(v) else str(v) for v in faults[c]] for c in FAULT_COLUMNS if c != "row"}
    rows = [None if pd.isna(v) else int(v) for v in faults["row"]]
    return [
        dict(zip(FAULT_COLUMNS, values, strict=True))
        for values in zip(texts["file"], rows, *list(texts.values())[1:], strict=True)
    ]


def _records(frame: pd.DataFrame, name: str) -> list[dict[str, Any]]:
    spec = schema(name)
    columns = {str(c): _plain(frame[c], row["type"]) for c, row in spec.iterrows() if c in frame}
    plain = pd.DataFrame(columns, dtype=object)
    return [{str(k): v for k, v in row.items()} for row in plain.to_dict("records")]


def _plain(column: pd.Series, kind: str) -> list[Any]:
    if kind == "geometry":
        return list(shapely.to_wkb(column.to_numpy()))
    if kind == "date":
        return [None if pd.isna(m) else m.date() for m in pd.to_datetime(column)]
    if kind == "datetime":
        moments = pd.to_datetime(column, utc=True)
        return [None if pd.isna(m) else m.to_pydatetime().replace(tzinfo=None) for m in moments]
    cast = {"int": int, "float": float, "bool": bool}.get(kind, str)
    missing: Any = "" if cast is str else None
    return [missing if pd.isna(v) else cast(v) for v in column]


def raise_version(connection: sa.Connection, name: str = DATA_VERSION) -> int:
    """Return the next data version, or another number of that kind, counted inside the caller's write transaction."""
    version = _version(connection, name) + 1
    changed = connection.execute(sa.update(META).where(META.c.name == name).values(value=str(version)))
    if not changed.rowcount:
        connection.execute(sa.insert(META).values(name=name, value=str(version)))
    return version


def _version(connection: sa.Connection, name: str = DATA_VERSION) -> int:
    return int(connection.execute(sa.select(META.c.value).where(META.c.name == name)).scalar() or 0)


def data_version(store: Store) -> int:
    """Return the number of publications so far; caches and exports carry it."""
    with reading(store) as connection:
        return _version(connection)


def versions(store: Store) -> tuple[int, int]:
    """Return the data version, and the number of runs that came in, those too that change no measured data."""
    with reading(store) as connection:
        return _version(connection), _version(connection, PAGE_VERSION)


def quality(store: Store, run: str) -> pd.DataFrame:
    """Return the checks of a run as it was received, rows of table ``run_quality``, whatever its state."""
    source = DESCRIBED[QUALITY]
    columns = [str(c) for c in schema(QUALITY).index]
    statement = sa.select(*(source.c[c] for c in columns)).where(source.c.run == run).order_by(source.c.id)
    with reading(store) as connection:
        rows = connection.execute(statement).all()
    return typed(pd.DataFrame(rows, columns=columns), QUALITY, crs=store.crs)


def has_run(store: Store, run: str) -> bool:
    """Return whether a run was ever published."""
    with reading(store) as connection:
        return connection.execute(sa.select(RUN.c.run).where(RUN.c.run == run)).first() is not None


def runs(store: Store) -> pd.DataFrame:
    """Return every run, newest first, superseded ones too; ``state`` says which is in force."""
    with reading(store) as connection:
        rows = connection.execute(sa.select(RUN).order_by(RUN.c.data_version.desc())).all()
    frame = pd.DataFrame(rows, columns=[c.name for c in RUN.columns])
    return frame.assign(surveyed_on=pd.to_datetime(frame["surveyed_on"]))


def faults(store: Store, run: str) -> pd.DataFrame:
    """Return the faults listed with a run, columns as :data:`pavement.errors.FAULT_COLUMNS`."""
    with reading(store) as connection:
        rows = connection.execute(
            sa.select(*(FAULT.c[c] for c in FAULT_COLUMNS)).where(FAULT.c.run == run).order_by(FAULT.c.id)
        ).all()
    return pd.DataFrame(rows, columns=list(FAULT_COLUMNS)).astype({"row": "Int64"})
