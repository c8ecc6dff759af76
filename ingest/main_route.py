"""What is read of an overlap, or past the joint of a ring, put where the cells of the road are kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from ingest.network import Network
from ingest.readers.reading import Reading
from pavement.network.route_overlaps import on_main
from pavement.schema import schema
from pavement.store.batches import Batches
from pavement.store.route_versions import is_placed

# a gantry is named by the route that it counts on
_OWN_NUMBER = ("gantries",)
# keys of records, and keys that say where they lie
_PLACE = ("route", "direction", "lane", "from_m", "to_m", "measure_m")


def kept_on_main(reading: Reading, network: Network | None) -> Reading:
    """
    Return what an entry gives with every place on the main route of its road, so that no road counts twice.

    Readers look at the whole drive by the number that was written; only then it is cut where an overlap begins or ends.
    """
    if network is None or network.carries.empty:
        return reading
    tables = {name: placed_on_main(rows, name, network) for name, rows in reading.tables.items()}
    long = {name: _batches(rows, name, network) for name, rows in reading.long.items()}
    return replace(reading, tables=tables, long=long)


def placed_on_main(rows: pd.DataFrame, name: str, network: Network) -> pd.DataFrame:
    """Return rows of a table with every place on the main route of its road."""
    if not is_placed(name) or name in _OWN_NUMBER:
        return rows
    spec = schema(name)
    ids = [str(c) for c in spec.index[(spec["key"] == "yes") & (spec["type"] == "text")] if c not in _PLACE]
    # what names a record comes first: of traffic the counter, not the class of vehicles
    return on_main(rows, network.carries, ids=ids[:1], extent="length_m" if name == "frames" else "")


def _batches(rows: Batches, name: str, network: Network) -> Batches:
    def read() -> Iterator[pd.DataFrame]:
        for part in rows:
            yield placed_on_main(part, name, network)

    return Batches(read, sum(len(part) for part in read())) if is_placed(name) else rows
