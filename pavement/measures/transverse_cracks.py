"""Transverse cracks of a stretch, counted: those that cross the lane, and those that cross a part of it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from pavement.measures.limits import limit

# farther than any stretch is long or wide [m], so that those laid beside one another never touch
_APART = 1e6


def transverse_cracks(inside: pd.DataFrame, stretches: pd.DataFrame) -> pd.DataFrame:
    """
    Return how many transverse cracks cross a stretch: over 75 % of the lane's width, and 25-75 %. [-]

    A crack that is found in pieces, of which one begins where another ends, is one crack.

    Parameters
    ----------
    inside
        Parts within their stretches, as :func:`pavement.measures.cracking.within` returns; a crack that reaches over
        several stretches counts in the one that holds most of it.
    stretches
        Stretches with their `width` [m].

    Returns
    -------
    counts
        Indexed as `stretches`: transverse_complete, transverse_incomplete.

    References
    ----------
    .. [1] Pavemetrics' simplified AASHTO classes; shares in ``tables/measure_limits.csv``.
    """
    across = inside[inside["type"].to_numpy() == "transverse"]
    across = across.assign(piece=_joined(across, gap=limit("crack_gap")))
    length = across.groupby(["piece", "stretch"])["length"].sum().reset_index().sort_values("length", kind="stable")
    home = length.drop_duplicates("piece", keep="last").set_index("piece")["stretch"]
    ends = across.assign(low=across[["x0", "x1"]].min(axis=1), high=across[["x0", "x1"]].max(axis=1)).groupby("piece")
    share = (ends["high"].max() - ends["low"].min()) / home.map(stretches["width"])
    full, part = limit("transverse_complete"), limit("transverse_incomplete")
    groups = {"transverse_complete": share > full, "transverse_incomplete": (share >= part) & (share <= full)}
    counts = {kind: home[is_one].value_counts().reindex(stretches.index) for kind, is_one in groups.items()}
    return pd.DataFrame(counts, index=stretches.index).fillna(0.0)


def _joined(across: pd.DataFrame, *, gap: float) -> NDArray[np.int64]:
    """Return a number for the crack of each part: pieces of which one ends where another begins are one."""
    piece = pd.factorize(across["piece"])[0].astype(np.int64)
    if not len(piece):
        return piece
    ends = np.concatenate([across[[f"x{end}", f"y{end}"]].to_numpy(float) for end in (0, 1)])
    row = np.tile(np.arange(len(across)), 2)
    # pieces lie in several stretches, whose places are told from the start of each
    place = pd.factorize(across["stretch"])[0]
    runs = pd.DataFrame({"piece": piece[row], "stretch": place[row], "x": ends[:, 0], "y": ends[:, 1]})
    by_run = runs.groupby(["piece", "stretch"])["x"]
    left, right = runs.loc[by_run.idxmin()], runs.loc[by_run.idxmax()]
    near = cKDTree(_apart(right)).sparse_distance_matrix(cKDTree(_apart(left)), gap, output_type="ndarray")
    pairs = right["piece"].to_numpy()[near["i"]], left["piece"].to_numpy()[near["j"]]
    size = int(piece.max()) + 1
    links = coo_array((np.ones(len(near), bool), pairs), shape=(size, size))
    return connected_components(links, directed=False)[1].astype(np.int64)[piece]


def _apart(ends: pd.DataFrame) -> NDArray[np.float64]:
    """Return ends with the stretches laid far from one another."""
    return np.column_stack([ends["x"].to_numpy() + _APART * ends["stretch"].to_numpy(), ends["y"].to_numpy()])
