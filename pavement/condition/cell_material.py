"""Material of cells by year: what lies at the surface and under the asphalt, from layer and work records."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.condition.cell_history import cell_works, decimal_year
from pavement.condition.joins import overlaps, source_runs
from pavement.measures.layers import layer_coefficients
from pavement.measures.limits import limit

COLUMNS = ("surface_material", "base_material")
_SURFACES = ("asphalt", "concrete")
# makes one growing key of cell and decimal year
_YEARS = 10_000.0
_EVENT = ["cell", "day", "material", "run"]


def material_values(
    cells: pd.DataFrame, layers: pd.DataFrame, works: pd.DataFrame, years: Sequence[int]
) -> pd.DataFrame:
    """
    Return the material of cells at the end of each year.

    Parameters
    ----------
    cells, layers, works
        Tables of those names; an empty lane counts for every lane.
    years
        Years wanted.

    Returns
    -------
    materials
        cell, year, surface_material, base_material, and for each ``<column>_run`` and ``<column>_quality``; text as
        recorded, empty where it is not known. A layer record holds from its survey, and before it back to the last
        work; a work that lays a new surface replaces the surface by its own material, unknown where its record does
        not say.
    """
    groups = layers["kind"].map(layer_coefficients()["group"]).where(~layers["kind"].isin(_SURFACES), "surface")
    found = [_layered(cells, layers[groups == "surface"]), _worked(cells, works)]
    surface = pd.concat([f for f in found if len(f)] or found[:1])
    # of one day the work comes last: it lies on top
    surface = surface.sort_values(["cell", "day", "laid"], ignore_index=True)
    base = _layered(cells, layers[groups == "base"])
    wanted = sorted({int(year) for year in years})
    frame = pd.DataFrame(
        {
            "cell": np.repeat(cells["cell"].astype(str).to_numpy(), len(wanted)),
            "year": np.tile(np.asarray(wanted, dtype=np.int64), len(cells)),
        }
    )
    for name, events in zip(COLUMNS, (surface, base), strict=True):
        row = _standing(events, len(cells), np.asarray(wanted, dtype=float) + 1)
        for column, ending in (("material", ""), ("run", "_run")):
            words = np.append(events[column].fillna("").astype(str).to_numpy(object), "")
            frame[f"{name}{ending}"] = words[row].ravel()
        frame[f"{name}_quality"] = np.where(frame[name] != "", "recorded", "")
    return frame


def _layered(cells: pd.DataFrame, layers: pd.DataFrame) -> pd.DataFrame:
    """Return the uppermost layer of each cell and survey, as events sorted by cell and day."""
    if layers.empty:
        return pd.DataFrame(columns=[*_EVENT, "laid"])
    joined = overlaps(layers, cells)
    rows = layers.iloc[joined["stretch"].to_numpy()].reset_index(drop=True)
    dated = pd.to_datetime(rows["surveyed_on"]).fillna(pd.to_datetime(rows["placed_on"]))
    size = (cells["to_m"] - cells["from_m"]).to_numpy(float)
    frame = joined.assign(
        day=np.where(dated.notna(), decimal_year(dated), 0.0),
        material=rows["material"],
        run=source_runs(rows).to_numpy(),
        layer=rows["layer"].astype(int),
        share=joined["length"] / size[joined["cell"].to_numpy()],
        laid=False,
    )
    upper = frame[frame["share"] >= limit("work_share")].sort_values(["cell", "day", "layer"])
    return upper.drop_duplicates(["cell", "day"])[[*_EVENT, "laid"]].reset_index(drop=True)


def _worked(cells: pd.DataFrame, works: pd.DataFrame) -> pd.DataFrame:
    if works.empty:
        return pd.DataFrame(columns=[*_EVENT, "laid"])
    return cell_works(cells, works).rename(columns={"completed": "day"}).assign(laid=True)[[*_EVENT, "laid"]]


def _standing(events: pd.DataFrame, count: int, ends: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the row of `events`, sorted by cell and day, standing at each end of year; the row after all for none."""
    cell, day = events["cell"].to_numpy(np.int64), events["day"].to_numpy(float)
    every = np.arange(count)[:, None]
    last = np.searchsorted(cell * _YEARS + day, every * _YEARS + ends[None, :], side="left") - 1
    first = np.broadcast_to(np.searchsorted(cell, every, side="left"), last.shape)
    mine, laid = np.append(cell, -1), np.append(events["laid"].to_numpy(bool), True)
    # before the first event of a cell its first record holds, unless that is a work
    row = np.where(last >= first, last, first)
    known = (mine[np.minimum(row, len(cell))] == every) & ((last >= first) | ~laid[np.minimum(row, len(cell))])
    return np.where(known, row, len(cell))
