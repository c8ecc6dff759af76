"""The segment table of what is published, made once for each data version."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TypeVar

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import sqlalchemy as sa

from pavement.condition import present_values as present
from pavement.condition import segment_table as tables
from pavement.condition.cell_indices import index_values
from pavement.condition.cell_material import material_values
from pavement.errors import StoreError
from pavement.store import published
from pavement.store.database import Store, reading
from pavement.store.runs import data_version, runs
from pavement.store.tables import RUN

T = TypeVar("T")
_TRIES = 5


def segment_table(store: Store) -> gpd.GeoDataFrame:
    """
    Return the segment table: one row a cell and year, each kind with its run and quality.

    Made anew when the data version or the formulas have changed, and kept in the cache folder between.
    """
    return of_one_version(store, _segment_table)[1]


def _segment_table(store: Store) -> gpd.GeoDataFrame:
    file = _cache(store, "segments")
    kept = _kept(lambda: gpd.read_parquet(file, page_checksum_verification=True), file)
    if kept is not None:
        return kept
    network, values = cells(store), [published.table(store, "cell_values"), _context(store)]
    materials = _materials(store, network, values)
    indices = index_values(network, values, lanes=published.table(store, "lanes"), materials=materials)
    frame = tables.segment_table(network, [*values, indices], materials=materials)
    # the page of a cell asks for those of one cell
    _keep(indices, _cache(store, "indices"))
    _keep(frame, file)
    return frame


def _materials(store: Store, network: gpd.GeoDataFrame, values: list[pd.DataFrame]) -> pd.DataFrame:
    return material_values(network, published.table(store, "layers"), published.table(store, "works"), _years(values))


def _years(values: list[pd.DataFrame]) -> list[int]:
    return sorted({int(y) for frame in values if len(frame) for y in frame["year"].unique()})


def of_one_version(store: Store, make: Callable[[Store], T]) -> tuple[int, T]:
    """
    Return a data version and what `make` gives of it; made again when somebody publishes meanwhile (C3, E6).

    Raises
    ------
    StoreError
        Somebody publishes all the time.
    """
    for _ in range(_TRIES):
        before = data_version(store)
        made = make(store)
        if data_version(store) == before:
            return before, made
    raise StoreError("New data came in again and again while the store was read.", cure="Try again in a minute.")


def cells(store: Store) -> gpd.GeoDataFrame:
    """Return the published cells."""
    return gpd.GeoDataFrame(published.table(store, "cells"))


def _context(store: Store, cell: str | None = None) -> pd.DataFrame:
    file = _cache(store, "context")
    filters = None if cell is None else [("cell", "==", cell)]
    kept = _kept(lambda: pd.read_parquet(file, filters=filters, page_checksum_verification=True), file)
    if kept is None:
        sources = {name: published.table(store, name) for name in tables.CONTEXT}
        kept = tables.context_values(cells(store), years=years(store), **sources)
        _keep(kept, file)
        kept = kept if cell is None else kept[kept["cell"] == cell]
    return kept


def years(store: Store) -> list[int]:
    """Return every year from the first survey to the last survey or count; without surveys, from the first count."""
    seen = published.table(store, "cell_values", columns=["year"])["year"]
    counted = published.table(store, "traffic", columns=["year"])["year"]
    ends = [*([seen.max()] if len(seen) else []), *([counted.max()] if len(counted) else [])]
    first = seen.min() if len(seen) else counted.min()
    return list(range(int(first), int(max(ends)) + 1)) if ends else []


def provenance(store: Store, cell: str) -> pd.DataFrame:
    """
    Return every value of one cell, newest first.

    Returns
    -------
    values
        Rows of the table ``cell_values`` and the condition indices derived from them: its columns, ``run``, and of
        that run ``survey``, ``title`` and ``published_at`` (empty where a value rests on several runs).
    """
    _, parts = of_one_version(store, lambda s: _of_cell(s, cell))
    plain = [p.astype(dict.fromkeys(p.select_dtypes("category").columns, "str")) for p in parts if len(p)]
    frame = pd.concat(plain, ignore_index=True) if plain else parts[0]
    known = runs(store).set_index("run")[["survey", "title", "published_at"]]
    for column in known:
        frame[column] = frame["run"].astype("str").map(known[column].to_dict()).fillna("")
    return frame.sort_values(["year", "kind"], ascending=[False, True], ignore_index=True)


def present_values(store: Store, cell: str) -> pd.DataFrame:
    """Return what stands today of one cell, indexed by kind: rows of :func:`present.present_values`."""
    return of_one_version(store, lambda s: _present(s, cell))[1]


def _present(store: Store, cell: str) -> pd.DataFrame:
    network = cells(store)
    own = network[network["cell"] == cell]
    *values, indices = _of_cell(store, cell)
    found = present.present_values(
        own,
        values,
        indices=indices,
        works=published.table(store, "works"),
        lanes=published.table(store, "lanes"),
        materials=_materials(store, own, values),
    )
    return found.set_index("kind")


def _of_cell(store: Store, cell: str) -> list[pd.DataFrame]:
    only = [("cell", "==", cell)]
    values = [published.table(store, "cell_values", filters=only), _context(store, cell)]
    file = _cache(store, "indices")
    indices = _kept(lambda: pd.read_parquet(file, filters=only, page_checksum_verification=True), file)
    if indices is None:
        network = cells(store)
        own = network[network["cell"] == cell]
        materials = _materials(store, own, values)
        indices = index_values(own, values, lanes=published.table(store, "lanes"), materials=materials)
    return [*values, indices]


def _cache(store: Store, name: str) -> Path:
    """Return the cache file of what is in force: the newest run names it too, as stores may share a version number."""
    with reading(store) as connection:
        newest = connection.execute(sa.select(RUN.c.run).order_by(RUN.c.data_version.desc()).limit(1)).scalar()
    mark = hashlib.sha256(f"{newest} {store.crs} {_formulas()}".encode()).hexdigest()[:12]
    return store.home / "cache" / f"{name}-{data_version(store):06d}-{mark}.parquet"


@cache
def _formulas() -> str:
    """Return a hash of the code and tables that a segment table is made with."""
    digest = hashlib.sha256()
    for folder, kind in (("condition", ".py"), ("measures", ".py"), ("network", ".py"), ("tables", ".csv")):
        for file in sorted(files("pavement").joinpath(folder).iterdir(), key=lambda f: f.name):
            if file.name.endswith(kind):
                digest.update(file.read_bytes())
    return digest.hexdigest()


def _kept(read: Callable[[], T], file: Path) -> T | None:
    """Return a cached frame, or None when there is none; one that cannot be read is dropped and made again."""
    if not file.exists():
        return None
    try:
        return read()
    except (OSError, ValueError, pa.ArrowException):
        file.unlink(missing_ok=True)
        return None


def _keep(frame: pd.DataFrame, file: Path) -> None:
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=".part-")
    os.close(handle)
    try:
        frame.to_parquet(name, index=False, write_page_checksum=True)
        Path(name).replace(file)
    finally:
        Path(name).unlink(missing_ok=True)
    for old in file.parent.glob(f"{file.name.split('-')[0]}-*.parquet"):
        if old != file:
            old.unlink(missing_ok=True)
