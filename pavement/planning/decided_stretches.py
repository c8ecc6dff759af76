"""Stretches that people decided on stay treatment lengths of their own, however the network is cut anew."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.network.joining import in_order, names, runs

_WAY = ["route", "direction", "lane"]
# why a decision finds no place in a plan
NO_LANE, OTHER_ENDS = "no_lane", "other_ends"
SPLIT = "split"


def stretches(decided: pd.DataFrame) -> pd.DataFrame:
    """
    Return the stretches that decisions ask for: one each, two where a length is split.

    Parameters
    ----------
    decided
        Columns kind, route, direction, lane, from_m, to_m, at_m [m].

    Returns
    -------
    frame
        decision (row of `decided`), route, direction, lane, from_m, to_m. [m]
    """
    whole = decided[[*_WAY, "from_m", "to_m"]].assign(decision=np.arange(len(decided)))
    halved = (decided["kind"] == SPLIT).to_numpy()
    at = decided["at_m"].to_numpy(float)[halved]
    halves = [whole[halved].assign(to_m=at), whole[halved].assign(from_m=at)]
    return pd.concat([whole[~halved], *halves]).sort_values(["decision", "from_m"], ignore_index=True)


def owners(wanted: pd.DataFrame, cells: pd.DataFrame) -> tuple[NDArray[np.int64], pd.Series]:
    """
    Return which stretch each cell belongs to, and why stretches found no place.

    Parameters
    ----------
    wanted
        From :func:`stretches`, the latest decision last: where two do not have the same ends, the later one holds.
    cells
        Columns route, direction, lane, from_m, to_m. A cell belongs to the stretch that its middle lies in. [m]

    Returns
    -------
    stretch
        (N,) row of `wanted`, -1 for none.
    why
        For each row of `wanted`: "", ``no_lane`` or ``other_ends``.
    """
    owner = np.full(len(cells), -1, dtype=np.int64)
    why = pd.Series("", index=wanted.index, dtype=object)
    middle = ((cells["from_m"] + cells["to_m"]) / 2).to_numpy(float)
    way = cells[_WAY].astype(str).agg("|".join, axis=1).to_numpy(object)
    for row in reversed(range(len(wanted))):
        asked = wanted.iloc[row]
        inside = way == "|".join(str(asked[c]) for c in _WAY)
        inside &= (middle >= float(asked["from_m"])) & (middle < float(asked["to_m"]))
        held = np.unique(owner[inside])
        if not inside.any():
            why.iloc[row] = NO_LANE
        elif (held == -1).all():
            owner[inside] = row
        elif len(held) > 1 or (owner == held[0]).sum() != inside.sum():
            why.iloc[row] = OTHER_ENDS
    return owner, why


def kept_apart(cells: pd.DataFrame, unit: pd.Series, owner: NDArray[np.int64]) -> pd.Series:
    """
    Return the unit of each cell, with each decided stretch one of its own and what it cut off others left as such.

    Parameters
    ----------
    cells
        Columns route, direction, lane, from_m, to_m. [m]
    unit
        Unit of each cell as the network was cut.
    owner
        From :func:`owners`.
    """
    if not (owner >= 0).any():
        return unit
    order = in_order(cells)
    line = cells.iloc[order]
    own, old = owner[order], pd.factorize(unit.to_numpy(object)[order])[0]
    change = np.diff(runs(line), prepend=-1) != 0
    change |= np.diff(own, prepend=-2) != 0
    change |= (np.diff(old, prepend=-1) != 0) & (own < 0)
    change[:1] = True
    return pd.Series(names(line, np.cumsum(change) - 1)[np.argsort(order)], index=unit.index)


def units_of(wanted: pd.DataFrame, lengths: pd.DataFrame, cells: pd.DataFrame) -> pd.Series:
    """
    Return for each stretch the unit that covers its cells and no others, "" where there is none.

    Parameters
    ----------
    wanted
        From :func:`stretches`.
    lengths
        Table ``treatment_lengths``.
    cells
        As of :func:`owners`.
    """
    found = []
    middle = (cells["from_m"] + cells["to_m"]) / 2
    for asked in wanted.to_dict("records"):
        own = cells[(cells[_WAY].astype(str) == [str(asked[c]) for c in _WAY]).all(axis=1)]
        own = own[(middle.loc[own.index] >= asked["from_m"]) & (middle.loc[own.index] < asked["to_m"])]
        same = (lengths[_WAY].astype(str) == [str(asked[c]) for c in _WAY]).all(axis=1)
        if len(own):
            same &= (lengths["from_m"] == own["from_m"].min()) & (lengths["to_m"] == own["to_m"].max())
        hit = lengths.loc[same, "unit"].tolist() if len(own) else []
        found.append(str(hit[0]) if hit else "")
    return pd.Series(found, index=wanted.index, dtype=object)
