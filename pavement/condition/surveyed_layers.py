"""Layer records met with cells: which survey saw which layer of a cell, and how thick over how much of it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pavement.condition.cell_history import decimal_year
from pavement.condition.joins import overlaps, source_runs
from pavement.measures.layers import layer_coefficients
from pavement.network.overlay import covered_length

GROUPS = ("asphalt", "concrete", "base")
SURVEY = ["cell", "survey"]


def surveyed_layers(cells: pd.DataFrame, layers: pd.DataFrame) -> pd.DataFrame:
    """
    Return one row for each layer record that meets a cell.

    Parameters
    ----------
    cells, layers
        Tables of those names; an empty lane counts for every lane.

    Returns
    -------
    surveyed
        cell (position), survey (year, 0 where undated), start, end, length (of the overlap) [m], day (decimal year, 0
        where undated), layer, kind, material, group, thickness_mm [mm], placed (decimal year), run, covered (length of
        the cell that the survey saw) [m], and weight: the share by which a record counts in its layer of the cell. A
        layer that is missing on a part of the cell counts there as none, one that stands twice counts once.
    """
    joined = overlaps(layers, cells)
    rows = layers.iloc[joined["stretch"].to_numpy()].reset_index(drop=True)
    placed = pd.to_datetime(rows["placed_on"])
    dated = pd.to_datetime(rows["surveyed_on"]).fillna(placed)
    work = joined[["cell", "start", "length"]].assign(
        end=joined["start"] + joined["length"],
        survey=dated.dt.year.fillna(0).astype(int),
        day=np.where(dated.notna(), decimal_year(dated), 0.0),
        layer=rows["layer"].astype(int),
        kind=rows["kind"],
        material=rows.get("material", ""),
        group=rows["kind"].map(layer_coefficients()["group"]),
        thickness_mm=rows["thickness_mm"].astype(float),
        placed=decimal_year(placed),
        run=source_runs(rows).to_numpy(),
    )
    work = work.sort_values([*SURVEY, "start"], ignore_index=True)
    if work.empty:
        return work.assign(covered=pd.Series(dtype=float), weight=pd.Series(dtype=float))
    seen = covered_length(work, SURVEY)
    covered = pd.MultiIndex.from_frame(work[SURVEY]).map(seen).to_numpy(float)
    own = work.groupby([*SURVEY, "layer"])["length"].transform("sum")
    return work.assign(covered=covered, weight=work["length"] / np.maximum(own, covered))


def groups_seen(surveyed: pd.DataFrame) -> pd.DataFrame:
    """
    Return which groups of layers each survey of a cell tells of, by cell and survey: columns of :data:`GROUPS`.

    A survey that names no base, as of a radar that sees the asphalt only, tells nothing of the base, and one of asphalt
    alone nothing of the concrete below.
    """
    named = {g: (surveyed["group"] == g).groupby([surveyed[k] for k in SURVEY]).any() for g in GROUPS}
    bound = named["asphalt"] | named["concrete"]
    return pd.DataFrame(
        {"asphalt": bound, "concrete": named["concrete"] | (bound & named["base"]), "base": named["base"]}
    )
