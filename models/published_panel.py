"""The panel of what is published, as people have settled what was odd in it."""

from __future__ import annotations

import pandas as pd

from models.panel import panel_from_segments
from pavement.store import published, segments
from pavement.store.database import Store
from pavement.store.runs import runs
from pavement.store.settlements import settlements


def published_panel(store: Store) -> pd.DataFrame:
    """
    Return the table ``panel`` of the network: values called errors are left out, open changes are marked.

    The vehicle that a survey package names is the device of its values.
    """
    works = published.table(store, "works")
    devices = dict(runs(store)[["run", "vehicle"]].fillna("").itertuples(index=False))
    return panel_from_segments(segments.segment_table(store), works, settled=settlements(store), devices=devices)
