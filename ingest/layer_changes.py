"""Layers that replace those on record: what they make of the structural number of cells, told before publishing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ingest.manifest import Manifest
from ingest.readers.reading import joined
from ingest.staging import Staging
from pavement.condition.cell_structure import structure_values
from pavement.condition.joins import overlaps
from pavement.errors import Fault
from pavement.measures.limits import limit
from pavement.store import published, runs

if TYPE_CHECKING:
    from pavement.store.database import Store

_CURE = (
    "What a survey names, asphalt or base, stands in place of the record: check its thicknesses, or leave out the "
    "layers that it did not see to their lower border."
)


def told_of_weaker(store: Store, ready: Staging, manifest: Manifest) -> Staging:
    """
    Return what will be published, with a note where its layers take much of the structural number of cells.

    Layers of the same survey that are in force count as what is on record, and not as what stays beside the new ones.
    """
    own, known = ready.tables.get("layers"), published.table(store, "layers")
    cells = published.table(store, "cells")
    if own is None or own.empty or known.empty or cells.empty:
        return ready
    met = cells.iloc[np.unique(overlaps(own, cells)["cell"])].reset_index(drop=True)
    surveys = runs.runs(store).set_index("run")["survey"]
    others = known[known["run"].astype(str).map(surveys).ne(manifest.survey).to_numpy()]
    days = pd.to_datetime(own["surveyed_on"]).fillna(pd.to_datetime(own["placed_on"]))
    if days.isna().all() or met.empty:
        return ready
    year = int(days.max().year)
    before = _numbers(met, known, year)
    after = _numbers(met, pd.concat([others, own.assign(run="")], ignore_index=True), year)
    both = pd.DataFrame({"before": before, "after": after}).reindex(met["cell"]).dropna()
    weaker = both[both["after"] < limit("sn_fall") * both["before"]]
    if weaker.empty:
        return ready
    first = weaker.iloc[0]
    message = (
        f"{len(weaker):,} of {len(both):,} cells have less than {limit('sn_fall'):.0%} of their structural number by "
        f"these layers, first {weaker.index[0]}: {first['before']:.2f} → {first['after']:.2f}."
    )
    note = [Fault("manifest.toml", None, "thickness_mm", str(weaker.index[0]), "doubtful", message, _CURE)]
    return replace(ready, faults=joined(ready.faults, note))


def _numbers(cells: pd.DataFrame, layers: pd.DataFrame, year: int) -> pd.Series:
    """Return the structural number of cells by their layers in a year, by cell. [-]"""
    found = structure_values(cells, layers, [year])
    return found[found["kind"] == "sn"].set_index("cell")["value"].astype(float)
