"""Structure of cells by year: thickness sums and structural number from layer records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.condition.cell_history import cell_works
from pavement.condition.joins import Labels, long_values, stacked
from pavement.condition.surveyed_layers import GROUPS, SURVEY, groups_seen, surveyed_layers
from pavement.measures.layers import structural_share

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_RECORDED = ("recorded", "sum of layer records")
_ESTIMATED = ("estimated", "AASHTO 1993 on layer records, coefficients to confirm")
_SINCE, _NO_BASE = "works since", "no base on record"
# makes one growing key of cell and year
_YEARS = 10_000


@dataclass(frozen=True)
class _Seen:
    """The layers of one group as surveys saw them: a row a cell and survey, and which of them holds for each year."""

    stacks: pd.DataFrame
    row: Ints

    @property
    def known(self) -> NDArray[np.bool_]:
        return self.row >= 0

    def of(self, column: str) -> Floats:
        """Return a column by cell and year, NaN where nothing is on record."""
        values = np.append(self.stacks[column].to_numpy(float), np.nan)
        return np.asarray(values[self.row])

    def run(self) -> Labels:
        codes, names = pd.factorize(self.stacks["run"])
        return Labels(np.append(codes, -1)[self.row], names.astype(str).tolist())


def structure_values(
    cells: pd.DataFrame, layers: pd.DataFrame, years: Sequence[int], *, works: pd.DataFrame | None = None
) -> pd.DataFrame:
    """
    Return asphalt_mm, base_mm [mm] and sn of cells in long form.

    Each year takes the newest survey of the cell's layers on or before its end, else the oldest one after it. A survey
    that names no base, as of a radar that sees the asphalt only, leaves the base of the survey before it, and one of
    asphalt alone the concrete below; asphalt or base that no survey names are unknown. A survey without a date holds
    for every year before the first dated one. Works since the survey of the asphalt add what they paved and take what
    they milled (``treatments.csv``); such values are of quality ``estimated``.
    """
    stacks = _stacks(cells, layers)
    if stacks.empty:
        return stacked([])
    wanted = np.asarray(years)
    seen = {}
    for group in GROUPS:
        own = stacks[stacks[f"{group}_seen"]].reset_index(drop=True)
        seen[group] = _Seen(own, _newest(own, len(cells), wanted))
    asphalt, base = seen["asphalt"], seen["base"]
    added = np.where(asphalt.known, _added(cells, works, asphalt, wanted), 0.0)
    size = (cells["to_m"] - cells["from_m"]).to_numpy(float)[:, None]

    def values(kind: str, value: Floats, source: _Seen, words: tuple[str, str], *, worked: bool, remark: Ints) -> Any:
        quality, method = words
        late = (added != 0) & worked
        texts = [", and ".join([method, *more]) for more in ((), (_SINCE,), (_NO_BASE,), (_SINCE, _NO_BASE))]
        return long_values(
            cells,
            years,
            kind,
            value,
            coverage=np.where(source.known, np.clip(source.of("length") / size, 0, 1), 0.0),
            quality=np.where(late, "estimated", quality),
            run=source.run(),
            method=Labels((late + 2 * remark).astype(np.int8), texts),
        )

    nothing = np.zeros(added.shape, dtype=np.int64)
    thick = np.maximum(asphalt.of("asphalt_mm") + added, 0.0)
    shares = np.stack([seen[g].of(f"{g}_sn") for g in GROUPS])
    number = np.where(np.isnan(shares).all(axis=0), np.nan, np.nansum(shares, axis=0)) + added * _asphalt_share()
    either = _Seen(stacks, _newest(stacks, len(cells), wanted))
    return stacked(
        [
            values("asphalt_mm", thick, asphalt, _RECORDED, worked=True, remark=nothing),
            values("base_mm", base.of("base_mm"), base, _RECORDED, worked=False, remark=nothing),
            values("sn", np.maximum(number, 0.0), either, _ESTIMATED, worked=True, remark=1 - base.known),
        ]
    )


def _asphalt_share() -> float:
    """Return what a millimetre of asphalt adds to the structural number. [1/mm]"""
    return float(structural_share(pd.DataFrame({"kind": ["asphalt"], "thickness_mm": [1.0]})).iloc[0])


def _added(cells: pd.DataFrame, works: pd.DataFrame | None, asphalt: _Seen, years: Ints) -> Floats:
    """Return the asphalt that works added to each cell from its survey to the end of each year. [mm]"""
    if works is None or works.empty:
        return np.zeros(asphalt.row.shape)
    done = cell_works(cells, works)
    keys = (done["cell"] * _YEARS + done["completed"]).to_numpy(float)
    total = np.concatenate([[0.0], done["net_mm"].cumsum().to_numpy(float)])
    every = np.arange(len(cells))[:, None] * float(_YEARS)
    surveyed = np.nan_to_num(asphalt.of("day"))
    # the year ends before the first day of the next; half a day in years
    until = np.maximum(years[None, :] + 1.0 - 0.5 / 366, surveyed)
    # works of the cells before cancel out in the difference
    last, first = (np.searchsorted(keys, every + when, side="right") for when in (until, surveyed))
    return np.asarray(total[last] - total[first])


def _stacks(cells: pd.DataFrame, layers: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each cell and survey year, sorted: sums by group, which groups it saw, length [m], run, day."""
    work = surveyed_layers(cells, layers)
    if work.empty:
        return work
    share = structural_share(work)
    sums = {}
    for name in GROUPS:
        of = work["group"] == name
        sums[f"{name}_mm"] = work["thickness_mm"].where(of, 0.0) * work["weight"]
        sums[f"{name}_sn"] = share.where(of, 0.0) * work["weight"]
    grouped = work.assign(**sums).groupby(SURVEY)
    frame = grouped[list(sums)].sum(min_count=1)
    frame = frame.assign(length=grouped["covered"].first(), run=grouped["run"].last(), day=grouped["day"].max())
    return frame.join(groups_seen(work).add_suffix("_seen")).reset_index()


def _newest(stacks: pd.DataFrame, count: int, years: Ints) -> Ints:
    """Return the row of `stacks` that holds for each cell and year, -1 where the cell has none."""
    cell = stacks["cell"].to_numpy()
    key = cell * _YEARS + stacks["survey"].to_numpy()
    every = np.arange(count)[:, None]
    newest = np.searchsorted(key, every * _YEARS + years[None, :], side="right") - 1
    row = np.maximum(newest, np.searchsorted(cell, every, side="left"))
    own = (row < len(cell)) & (np.append(cell, -1)[np.minimum(row, len(cell))] == every)
    return np.where(own, row, -1)
