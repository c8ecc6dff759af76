"""Values that stand: of each cell, year and kind the one that covers most, laid out as columns."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.condition.survey_day import ENDING
from pavement.schema import measured_kinds, measures

# makes one growing key of cell and year
YEARS = 10_000
# group of kinds that rest on other kinds of their row: how much of the cell and by what method stands beside them
INDEX_GROUP = "index"
_TEXTS = ("run", "quality")


def keys_of(values: pd.DataFrame, index: pd.Index) -> NDArray[np.int64]:
    """Return one growing number for cell and year of each value; cells by their place in `index`."""
    cell = values["cell"]
    if isinstance(cell.dtype, pd.CategoricalDtype):
        position = index.get_indexer(cell.cat.categories.astype(str))[cell.cat.codes.to_numpy()]
    else:
        position = index.get_indexer(cell)
    return position.astype(np.int64) * YEARS + values["year"].to_numpy(dtype=np.int64)


def kinds_of(frames: Sequence[pd.DataFrame]) -> list[str]:
    """Return every listed kind, and those that only the values have."""
    listed = measured_kinds()
    return [*listed, *sorted(kinds_in(frames) - set(listed))]


def kinds_in(frames: Sequence[pd.DataFrame]) -> set[str]:
    """Return the kinds that values have."""
    return {str(k) for f in frames for k in f["kind"].unique()}


@cache
def index_kinds() -> tuple[str, ...]:
    """Return the kinds that are condition indices."""
    groups = measures()["group"]
    return tuple(groups.index[groups == INDEX_GROUP])


def chosen_values(frames: Sequence[pd.DataFrame], keys: Sequence[NDArray[np.int64]], kind: str) -> pd.DataFrame:
    """
    Return the value that stands for each cell and year of a kind.

    Returns
    -------
    chosen
        Columns key, value, coverage, run, quality, method, surveyed_on.
    """
    parts = [_of_kind(f, k, kind) for f, k in zip(frames, keys, strict=True) if (f["kind"] == kind).any()]
    if not parts:
        return no_values()
    found = pd.concat(parts)
    found = found.sort_values(["key", "coverage", "surveyed_on"], kind="stable", na_position="first")
    return found.drop_duplicates("key", keep="last")


_KEPT = ["value", "coverage", "run", "quality", "method"]
_NO_VALUES = pd.DataFrame({c: [] for c in ("kind", "surveyed_on", *_KEPT)})


def no_values() -> pd.DataFrame:
    """Return what :func:`chosen_values` gives of a kind that nobody measured: most kinds of a small store."""
    return _none().copy()


@cache
def _none() -> pd.DataFrame:
    return _of_kind(_NO_VALUES, np.empty(0, dtype=np.int64), "")


def _of_kind(values: pd.DataFrame, keys: NDArray[np.int64], kind: str) -> pd.DataFrame:
    of = (values["kind"] == kind).to_numpy(bool)
    part = values.loc[of].reindex(columns=_KEPT)
    dates = pd.to_datetime(values.loc[of, "surveyed_on"]).to_numpy("datetime64[s]")
    return part.assign(key=keys[of], surveyed_on=dates).reset_index(drop=True)


def columns_of(
    kind: str, chosen: pd.DataFrame, rows: NDArray[np.int64], *, basis: bool = False, dated: bool = False
) -> dict[str, object]:
    """
    Return the columns of a kind for the cells and years of `rows`.

    Parameters
    ----------
    chosen
        As of :func:`chosen_values`.
    rows
        Growing keys of cell and year; all of `chosen` among them.
    basis
        Also ``<kind>_coverage`` and ``<kind>_method``.
    dated
        ``<kind>_surveyed_on`` even where no value has a day.
    """
    texts = (*_TEXTS, "method") if basis else _TEXTS
    if chosen.empty:
        return _empty_columns(kind, texts, len(rows), basis=basis, dated=dated)
    at = np.searchsorted(rows, chosen["key"])
    columns: dict[str, object] = {kind: _numbers(chosen["value"], at, len(rows))}
    for name in texts:
        codes, words = pd.factorize(chosen[name].astype(object))
        grid = np.full(len(rows), -1, dtype=np.int32)
        grid[at] = codes
        columns[f"{kind}_{name}"] = pd.Categorical.from_codes(grid, categories=pd.Index(words, dtype=str))
    if basis:
        columns[f"{kind}_coverage"] = _numbers(chosen["coverage"], at, len(rows))
    if dated or chosen["surveyed_on"].notna().any():
        days = np.full(len(rows), np.datetime64("NaT", "s"))
        days[at] = chosen["surveyed_on"].to_numpy("datetime64[s]")
        columns[f"{kind}{ENDING}"] = days
    return columns


def _empty_columns(kind: str, texts: Sequence[str], count: int, *, basis: bool, dated: bool) -> dict[str, object]:
    nothing = pd.Categorical.from_codes(np.full(count, -1, dtype=np.int32), categories=pd.Index([], dtype=str))
    columns: dict[str, object] = {kind: np.full(count, np.nan)}
    columns |= {f"{kind}_{name}": nothing for name in texts}
    if basis:
        columns[f"{kind}_coverage"] = np.full(count, np.nan)
    if dated:
        columns[f"{kind}{ENDING}"] = np.full(count, np.datetime64("NaT", "s"))
    return columns


def _numbers(values: pd.Series, at: NDArray[np.int64], count: int) -> NDArray[np.float64]:
    grid = np.full(count, np.nan)
    grid[at] = values.to_numpy(float)
    return grid


def standing(cells: pd.DataFrame, values: Sequence[pd.DataFrame], *, kinds: Sequence[str]) -> pd.DataFrame:
    """
    Return the standing values of some kinds beside each other.

    Returns
    -------
    table
        One row for each cell and year with any of them: at (place in `cells`), year, and for each kind ``<kind>``,
        ``<kind>_run``, ``<kind>_quality``, ``<kind>_method``, ``<kind>_coverage`` and ``<kind>_surveyed_on``.
    """
    index = pd.Index(cells["cell"].astype(str))
    frames = [f[f["kind"].isin(kinds) & f["cell"].isin(index)] for f in values if len(f)]
    keys = [keys_of(f, index) for f in frames]
    rows = np.unique(np.concatenate([np.empty(0, dtype=np.int64), *keys]))
    columns: dict[str, object] = {"at": rows // YEARS, "year": rows % YEARS}
    present = kinds_in(frames)
    for kind in kinds:
        chosen = chosen_values(frames, keys, kind) if kind in present else no_values()
        columns |= columns_of(kind, chosen, rows, basis=True, dated=True)
    return pd.DataFrame(columns)
