"""Condition indices of cells by year, each with the oldest survey, least coverage and worst quality it rests on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.condition.cell_pci import looked_for, measured_pci, pci_kinds, scope_text
from pavement.condition.indices import index_status, index_terms, table_index, table_indices
from pavement.condition.joins import COLUMNS, QUALITIES, overlaps, stacked
from pavement.condition.rci import condition_indicator, rci_limits
from pavement.condition.standing_values import index_kinds, keys_of, standing
from pavement.condition.surface_types import ASPHALT, surface_types
from pavement.measures.limits import limit
from pavement.schema import measured_kinds

Floats = NDArray[np.float64]

# from the firmest to the weakest
_RANKS = ["measured", "recorded", "partial", "estimated", "unverified"]


@dataclass(frozen=True)
class Derived:
    """Values of one index by row, the kinds each rests on, what its method says, and whether parts were left out."""

    kind: str
    value: pd.Series
    used: pd.DataFrame
    method: pd.Series
    bounded: bool


def index_values(
    cells: pd.DataFrame,
    values: Sequence[pd.DataFrame],
    *,
    lanes: pd.DataFrame | None = None,
    materials: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """
    Return the condition indices of cells as rows of ``cell_values``.

    Parameters
    ----------
    cells
        Table ``cells``.
    values
        Frames of the form of ``cell_values``. An index that they hold already is not derived again for that cell and
        year: a recorded one stands.
    lanes
        Table ``lanes``, for the area of a cell; lanes of ``lane_width_usual`` without it.
    materials
        From :func:`pavement.condition.cell_material.material_values`; all asphalt without it. The indices are those of
        asphalt: concrete has none.

    Returns
    -------
    indices
        Columns of ``cell_values``: coverage is the least, surveyed_on the oldest and quality the worst among the
        measures of that year that the index rests on (a PCI or RCI of which not every part was looked for is
        ``partial``), method says formula, status and scope, run every run that it rests on.
    """
    table = standing(cells, values, kinds=_inputs())
    table = table[_asphalt(cells, table, materials)].reset_index(drop=True)
    if table.empty:
        return stacked([])
    widths = cell_widths(cells, lanes)
    makers: dict[str, Callable[[str], Derived]] = {
        "pci": partial(_pci, table=table, cells=cells, widths=widths),
        "rci": partial(_rci, table=table),
    }
    makers |= {index: partial(_by_table, table=table) for index in _tabled()}
    made = [makers[kind](kind) for kind in index_kinds() if kind in makers]
    return stacked([_rows(cells, table, d, _recorded(cells, values, d.kind)) for d in made])


def _tabled() -> list[str]:
    """Return the indices with a formula and a row in the table of measures, which gives them label and digits."""
    return [i for i in table_indices() if i in measured_kinds()]


def _inputs() -> list[str]:
    tables = [k for index in _tabled() for k in index_terms(index)["kind"]]
    wanted = {*tables, *pci_kinds(), *rci_limits().index}
    return [k for k in measured_kinds() if k in wanted]


def cell_widths(cells: pd.DataFrame, lanes: pd.DataFrame | None) -> Floats:
    """Return the width of each cell's lane: that of the lane over most of it, else the usual one. [m]"""
    widths = np.full(len(cells), limit("lane_width_usual"))
    if lanes is None or lanes.empty:
        return widths
    joined = overlaps(lanes, cells).sort_values("length", kind="stable")
    widths[joined["cell"].to_numpy()] = lanes["width_m"].to_numpy(float)[joined["stretch"].to_numpy()]
    return widths


def _asphalt(cells: pd.DataFrame, table: pd.DataFrame, materials: pd.DataFrame | None) -> pd.Series:
    if materials is None or materials.empty or table.empty:
        return pd.Series(True, index=table.index)
    keys = pd.DataFrame({"cell": cells["cell"].astype(str).to_numpy()[table["at"]], "year": table["year"].to_numpy()})
    named = keys.merge(materials[["cell", "year", "surface_material"]], on=["cell", "year"], how="left")
    return pd.Series((surface_types(named["surface_material"]) == ASPHALT).to_numpy(), index=table.index)


def _pci(kind: str, table: pd.DataFrame, cells: pd.DataFrame, widths: Floats) -> Derived:
    length = (cells["to_m"] - cells["from_m"]).to_numpy(float)[table["at"]]
    share = table["pothole_count_coverage"].fillna(1.0).to_numpy(float)
    found = measured_pci(table, seen=length * widths[table["at"]] * share)
    looked = looked_for(table)
    names = looked.columns.tolist()
    method = _texts(
        looked.assign(clamped=found["clamped"]),
        lambda on: scope_text([n for n, was in zip(names, on, strict=False) if was], clamped=bool(on[-1])),
    )
    used = table[pci_kinds()].notna()
    return Derived(kind, found["pci"], used, method, bounded=True)


def _rci(kind: str, table: pd.DataFrame) -> Derived:
    limits = rci_limits()
    used = table[limits.index.tolist()].notna()
    parts = limits["part"].unique().tolist()
    seen = used.T.groupby(limits["part"]).any().T[parts]

    def text(on: Sequence[bool]) -> str:
        known = [p for p, was in zip(parts, on, strict=True) if was]
        said = f"a lower bound from {len(known)} of {len(parts)}: {', '.join(known)}"
        return f"SCANNER-style RCI, limits to confirm; {said}"

    return Derived(kind, condition_indicator(table), used, _texts(seen, text), bounded=True)


def _by_table(kind: str, table: pd.DataFrame) -> Derived:
    needed = index_terms(kind)["kind"].unique().tolist()
    used = table[needed].notna()
    status = index_status(kind)

    def text(on: Sequence[bool]) -> str:
        known = [k for k, was in zip(needed, on, strict=True) if was]
        return f"formula of index_terms.csv, {status}; from {len(known)} of {len(needed)}: {', '.join(known)}"

    return Derived(kind, table_index(table, index=kind), used, _texts(used, text), bounded=False)


def _texts(flags: pd.DataFrame, text: Callable[[Sequence[bool]], str]) -> pd.Series:
    """Return a text for each row of flags, written once for each set of them."""
    sets, at = np.unique(flags.to_numpy(bool), axis=0, return_inverse=True)
    words = pd.Categorical.from_codes(at.ravel(), categories=pd.Index(range(len(sets))))
    names = [text(row.tolist()) for row in sets]
    # two sets of flags may say the same
    return pd.Series(pd.Categorical(pd.Series(words).map(dict(enumerate(names))).astype(str)), index=flags.index)


def _recorded(cells: pd.DataFrame, values: Sequence[pd.DataFrame], kind: str) -> NDArray[np.int64]:
    """Return the keys of cells and years that have an index already."""
    index = pd.Index(cells["cell"].astype(str))
    frames = [f[(f["kind"] == kind).to_numpy(bool)] for f in values if len(f)]
    return np.concatenate([np.empty(0, dtype=np.int64), *[keys_of(f, index) for f in frames]])


def _rows(cells: pd.DataFrame, table: pd.DataFrame, made: Derived, recorded: NDArray[np.int64]) -> pd.DataFrame:
    where = pd.DataFrame({"cell": cells["cell"].astype(str).to_numpy()[table["at"]], "year": table["year"].to_numpy()})
    again = np.isin(keys_of(where, pd.Index(cells["cell"].astype(str))), recorded)
    kept = made.value.notna().to_numpy() & ~again
    rows, used = table[kept], made.used[kept]
    kinds = used.columns.tolist()
    listed = list(measured_kinds())
    frame = {
        "cell": pd.Categorical(where["cell"][kept]),
        "year": where["year"][kept].to_numpy(np.int16),
        "kind": pd.Categorical.from_codes(np.full(kept.sum(), listed.index(made.kind), dtype=np.int8), listed),
        "value": made.value[kept].to_numpy(float),
        "coverage": rows[[f"{k}_coverage" for k in kinds]].set_axis(kinds, axis=1).where(used).min(axis=1).to_numpy(),
        "quality": _worst(rows, used, bounded=made.bounded),
        "method": pd.Categorical(made.method[kept].astype(str)),
        "surveyed_on": _oldest(rows, used),
        "run": pd.Categorical(_runs(rows, used)),
    }
    return pd.DataFrame(frame)[COLUMNS]


def _worst(rows: pd.DataFrame, used: pd.DataFrame, *, bounded: bool) -> pd.Categorical:
    worst = np.full(len(rows), _RANKS.index("partial") if bounded else 0)
    for kind in used:
        rank = pd.Index(_RANKS).get_indexer(rows[f"{kind}_quality"].astype(object))
        worst = np.where(used[kind], np.maximum(worst, rank), worst)
    return pd.Categorical.from_codes(pd.Index(QUALITIES).get_indexer(pd.Index(_RANKS))[worst], categories=QUALITIES)


def _oldest(rows: pd.DataFrame, used: pd.DataFrame) -> NDArray[np.datetime64]:
    days = rows[[f"{k}_surveyed_on" for k in used]].set_axis(used.columns, axis=1)
    return days.where(used).min(axis=1).to_numpy("datetime64[s]")


def _runs(rows: pd.DataFrame, used: pd.DataFrame) -> NDArray[np.object_]:
    """Return the runs that each row rests on, joined by spaces; written once for each set of them."""
    codes = np.full(used.shape, -1, dtype=np.int64)
    names: dict[str, int] = {}
    for at, kind in enumerate(used):
        column = rows[f"{kind}_run"].astype(object).where(used[kind], "").fillna("").astype(str)
        own, words = pd.factorize(column)
        codes[:, at] = np.array([names.setdefault(w, len(names)) for w in words], dtype=np.int64)[own]
    listed = list(names)
    sets, at_set = np.unique(codes, axis=0, return_inverse=True)
    words = [" ".join(sorted({listed[c] for c in row} - {""})) for row in sets]
    return np.array(words, dtype=object)[at_set.ravel()]
