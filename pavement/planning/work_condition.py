"""Condition of the places of works: as last surveyed, and as forecast for the year of the work."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pavement.condition.joins import overlaps
from pavement.schema import measures

KINDS = ("iri", "rut", "crack_percent")
_ENDS = {"value": "then", "low": "low", "high": "high"}


def cells_of_works(actions: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each cell of each work: action (position), cell (name), length on it [m]."""
    joined = overlaps(actions, cells)
    names = cells["cell"].astype(str).to_numpy()[joined["cell"].to_numpy(np.int64)]
    return pd.DataFrame({"action": joined["stretch"].to_numpy(np.int64), "cell": names, "length": joined["length"]})


def condition_now(own: pd.DataFrame, values: pd.DataFrame, *, count: int) -> pd.DataFrame:
    """
    Return the values of the places of works: mean by length, and the sum of what is counted by cell.

    Parameters
    ----------
    own
        From :func:`cells_of_works`.
    values
        Indexed by cell, a column a kind.
    count
        Number of works.
    """
    at = own["action"].to_numpy()
    gather = measures()["gather"]
    columns = {}
    for kind in values:
        value = own["cell"].map(values[kind]).to_numpy(float)
        if gather.get(str(kind)) == "sum":
            columns[str(kind)] = pd.Series(value).groupby(at).sum(min_count=1)
        else:
            columns[str(kind)] = weighted(value, own["length"].to_numpy(float), at)
    return pd.DataFrame(columns, index=range(count))


def condition_then(own: pd.DataFrame, actions: pd.DataFrame, ahead: pd.DataFrame) -> pd.DataFrame:
    """
    Return the forecast of the places of works for the year of each, if nothing is done before.

    Parameters
    ----------
    own
        From :func:`cells_of_works`.
    actions
        Columns year and later: a work after an earlier one of its unit has none, the forecast does not know that work.
    ahead
        Table ``forecasts``.

    Returns
    -------
    frame
        A row a work: ``iri_then``, ``iri_low``, ``iri_high`` …, each the mean over its cells by length. The mean of the
        ends is wider than the interval of the mean, since cells do not err all alike.
    """
    rows = own.assign(year=actions["year"].to_numpy(int)[own["action"]])
    rows = rows[~actions["later"].to_numpy(bool)[rows["action"]]]
    columns = {}
    for kind in KINDS:
        found = rows.merge(ahead.loc[ahead["kind"] == kind, ["cell", "year", *_ENDS]], on=["cell", "year"])
        for source, end in _ENDS.items():
            columns[f"{kind}_{end}"] = weighted(
                found[source].to_numpy(float), found["length"].to_numpy(float), found["action"].to_numpy()
            )
    return pd.DataFrame(columns, index=range(len(actions)))


def later_works(actions: pd.DataFrame) -> pd.Series:
    """Return which works follow an earlier one of their unit in the plan."""
    return actions.groupby("unit")["year"].rank(method="first").gt(1)


def weighted(value: np.ndarray, length: np.ndarray, at: np.ndarray) -> pd.Series:
    """Return the mean of values by length for each position; what is not known does not count."""
    known = ~np.isnan(value)
    sums = pd.DataFrame({"value": np.where(known, value * length, 0.0), "length": np.where(known, length, 0.0)})
    total = sums.groupby(at).sum()
    return total["value"] / total["length"].where(total["length"] > 0)
