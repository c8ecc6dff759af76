"""The segment table of what is published, made once for each data version."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyarrow as pa

from pavement.condition import segment_table as tables
from pavement.store import published
from pavement.store.database import Store
from pavement.store.runs import data_version

_CONTEXT = ("traffic", "stations", "weather", "layers", "works")


def segment_table(store: Store) -> gpd.GeoDataFrame:
    """
    Return the segment table: one row a cell and year, each kind with its run and quality.

    Made anew when the data version has changed, and kept in the cache folder between.
    """
    file = _cache(store, "segments")
    with _rebuilt_when_damaged(file):
        if file.exists():
            return gpd.read_parquet(file)
    frame = tables.segment_table(cells(store), [published.table(store, "cell_values"), context(store)])
    _keep(frame, file)
    return frame


def cells(store: Store) -> gpd.GeoDataFrame:
    """Return the published cells."""
    return gpd.GeoDataFrame(published.table(store, "cells"))


def context(store: Store) -> pd.DataFrame:
    """Return traffic, climate, structure and history of every cell for the surveyed years, as ``cell_values``."""
    file = _cache(store, "context")
    with _rebuilt_when_damaged(file):
        if file.exists():
            return pd.read_parquet(file)
    sources = {name: published.table(store, name) for name in _CONTEXT}
    found = tables.context_values(cells(store), years=years(store), **sources)
    _keep(found, file)
    return found


def years(store: Store) -> list[int]:
    """Return every year from the first to the last survey."""
    seen = published.table(store, "cell_values", columns=["year"])["year"]
    return list(range(int(seen.min()), int(seen.max()) + 1)) if len(seen) else []


def provenance(store: Store, cell: str) -> pd.DataFrame:
    """Return every value of one cell with year, coverage, quality, method and run, newest first."""
    measured = published.table(store, "cell_values", filters=[("cell", "==", cell)])
    around = context(store)
    around = around[around["cell"] == cell]
    frame = pd.concat([measured, around.astype({c: object for c in around.select_dtypes("category")})])
    return frame.sort_values(["year", "kind"], ascending=[False, True], ignore_index=True)


def _cache(store: Store, name: str) -> Path:
    return store.home / "cache" / f"{name}-{data_version(store):06d}.parquet"


@contextmanager
def _rebuilt_when_damaged(file: Path) -> Iterator[None]:
    """Drop a cached file that cannot be read; it is made again from what is published."""
    try:
        yield
    except (OSError, pa.ArrowException):
        file.unlink(missing_ok=True)


def _keep(frame: pd.DataFrame, file: Path) -> None:
    part = file.with_suffix(".part")
    frame.to_parquet(part, index=False)
    part.replace(file)
    for old in file.parent.glob(f"{file.name.split('-')[0]}-*.parquet"):
        if old < file:
            old.unlink(missing_ok=True)
