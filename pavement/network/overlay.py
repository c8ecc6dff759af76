"""Overlay: events gathered onto cells by length, and two layers cut at the union of their borders."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pavement.schema import measures

# wider than any route [m], so that routes laid end to end on one axis never touch
_APART = 1e8
_KEYS = ["route", "direction", "lane"]
COLUMNS = ["cell", "year", "kind", "value", "coverage", "quality", "method", "surveyed_on"]
_CODED = ["kind", "method", "quality"]
_WORST_FIRST = ("unverified", "estimated", "recorded", "measured")


def gather(events: pd.DataFrame, cells: pd.DataFrame, *, coverage_min: float) -> pd.DataFrame:
    """
    Return values of cells from events on stretches.

    Parameters
    ----------
    events
        Table ``events``; an empty lane stands for every lane; one without a value tells nothing. Zero-length events
        count for the cell that holds their place (at the end of a lane the one that ends there), with next to no
        coverage.
    cells
        Table ``cells``.
    coverage_min
        Share of a cell below which its value is called ``partial``, unless it is unverified or estimated. [-]

    Returns
    -------
    values
        Columns cell, year, kind, value, coverage [-], quality, method, surveyed_on. Means are weighted by the
        length inside the cell; sums take each event's share by length; parts not seen count as unknown, not zero.
    """
    events = events[events["value"].notna()]
    if events.empty or cells.empty:
        return pd.DataFrame({c: [] for c in COLUMNS})
    # words as numbers: a million texts are slow to sort and to copy
    coded = events.astype(dict.fromkeys(_CODED, "category"))
    pieces = _pieces(_on_lanes(coded, cells), cells)
    pieces["year"] = pd.to_datetime(pieces["surveyed_on"]).dt.year
    rule = measures()["gather"]
    pieces["rule"] = pieces["kind"].astype("str").map(rule).fillna("mean").astype("category")
    keys = ["cell", "year", "kind"]
    pieces = pieces.sort_values([*keys, "start"])
    grouped = pieces.groupby(keys, sort=True, observed=True)
    result = _values(grouped)
    covered = covered_length(pieces, keys)
    length = cells.set_index("cell")["to_m"] - cells.set_index("cell")["from_m"]
    share = covered.to_numpy() / length.reindex(covered.index.get_level_values("cell")).to_numpy()
    result["coverage"] = np.clip(share, 0.0, 1.0)
    result["quality"] = _quality(grouped, result["coverage"], coverage_min)
    result["method"] = grouped["method"].first()
    result["surveyed_on"] = grouped["surveyed_on"].max()
    return result.reset_index()[COLUMNS].astype(dict.fromkeys(["cell", *_CODED], events["kind"].dtype))


def _on_lanes(events: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """Return events with a lane each: those without one repeated for every lane of their route."""
    everywhere = events["lane"].fillna("") == ""
    lanes = cells[_KEYS].drop_duplicates()
    spread = events[everywhere].drop(columns="lane").merge(lanes, on=["route", "direction"])
    return pd.concat([events[~everywhere], spread], ignore_index=True)


def _pieces(events: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each overlap of an event with a cell: start, end, weight [m] and share of the event."""
    cells = cells.sort_values([*_KEYS, "from_m"], ignore_index=True)
    groups = pd.MultiIndex.from_frame(cells[_KEYS].drop_duplicates())
    base = groups.get_indexer(pd.MultiIndex.from_frame(cells[_KEYS])) * _APART
    events = events.assign(_group=groups.get_indexer(pd.MultiIndex.from_frame(events[_KEYS].astype(str))))
    events = events[events["_group"] >= 0].reset_index(drop=True)
    low, high = (events["_group"] * _APART + events[c].to_numpy(float) for c in ("from_m", "to_m"))
    starts, ends = ((base + cells[c]).to_numpy() for c in ("from_m", "to_m"))
    first = np.searchsorted(ends, low.to_numpy(), side="right")
    point = (high <= low).to_numpy()
    first = np.where(point & _at_end(low.to_numpy(), first, starts, ends), first - 1, first)
    last = np.searchsorted(starts, high.to_numpy(), side="left") - 1
    last = np.where(point, first, last)
    count = np.clip(last - first + 1, 0, None)
    source = np.repeat(np.arange(len(events)), count)
    target = np.repeat(first, count) + np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    pieces = events.drop(columns=["_group", *_KEYS]).iloc[source].reset_index(drop=True)
    hit = cells[["from_m", "to_m"]].iloc[np.clip(target, 0, len(cells) - 1)].reset_index(drop=True)
    ids = pd.Categorical(cells["cell"], categories=np.sort(cells["cell"].unique()))
    pieces["cell"] = ids[np.clip(target, 0, len(cells) - 1)]
    pieces["start"] = np.maximum(pieces["from_m"], hit["from_m"])
    pieces["end"] = np.minimum(pieces["to_m"], hit["to_m"])
    return _weighted(pieces, hit)


def _at_end(low: np.ndarray, first: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Return which places lie at the very end of a lane, where no cell begins: they are of the one that ends there."""
    before = np.append(ends, np.inf)[first - 1]
    behind = np.append(starts, np.inf)[first]
    return (before == low) & (behind > low)


def _weighted(pieces: pd.DataFrame, hit: pd.DataFrame) -> pd.DataFrame:
    is_point = pieces["to_m"] <= pieces["from_m"]
    inside = (pieces["from_m"] >= hit["from_m"]) & (pieces["from_m"] <= hit["to_m"])
    overlap = pieces["end"] - pieces["start"]
    whole = (pieces["to_m"] - pieces["from_m"]).where(~is_point, 1.0)
    # a point has no length: a micrometre lets it count against other points, never against stretches
    pieces["weight"] = overlap.where(~is_point, 1e-6)
    pieces["share"] = (overlap / whole).where(~is_point, 1.0)
    return pieces[(~is_point & (overlap > 1e-6)) | (is_point & inside)]


def _values(grouped: pd.api.typing.DataFrameGroupBy) -> pd.DataFrame:
    frame = grouped.obj
    keys = ["cell", "year", "kind"]
    work = frame[keys].assign(
        weighted=frame["value"] * frame["weight"], weight=frame["weight"], portion=frame["value"] * frame["share"]
    )
    sums = work.groupby(keys, sort=True, observed=True).sum()
    rule = grouped["rule"].first()
    mean = sums["weighted"] / sums["weight"]
    value = mean.where(rule != "sum", sums["portion"]).where(rule != "max", grouped["value"].max())
    return pd.DataFrame({"value": value})


def covered_length(pieces: pd.DataFrame, keys: list[str]) -> pd.Series:
    """Return the length of the union of pieces [m] in each group; pieces sorted by start within it."""
    reach = pieces.groupby(keys, sort=True, observed=True)["end"].cummax()
    before = reach.groupby([pieces[k] for k in keys], sort=True, observed=True).shift()
    start = np.fmax(pieces["start"], before)
    gained = (pieces["end"] - start).clip(lower=0)
    return gained.groupby([pieces[k] for k in keys], sort=True, observed=True).sum()


def _quality(grouped: pd.api.typing.DataFrameGroupBy, coverage: pd.Series, coverage_min: float) -> pd.Series:
    rank = grouped.obj["quality"].map({q: i for i, q in enumerate(_WORST_FIRST)}).astype(float)
    keys = [grouped.obj[k] for k in ("cell", "year", "kind")]
    worst = rank.groupby(keys, sort=True, observed=True).min().map(dict(enumerate(_WORST_FIRST)))
    # what is doubtful for itself stays so, however much of the cell it covers
    return worst.where((coverage >= coverage_min) | worst.isin(_WORST_FIRST[:2]), "partial")


def union(a: pd.DataFrame, b: pd.DataFrame) -> pd.DataFrame:
    """
    Return two layers cut at the union of their borders.

    Parameters
    ----------
    a, b
        Columns from_m, to_m [m], any of route, direction, lane that both have, and values; each layer's own
        stretches must not overlap.

    Returns
    -------
    pieces
        One row for each piece that at least one layer covers, with the values of both; missing where a layer
        has none, never zero.
    """
    keys = [k for k in _KEYS if k in a.columns and k in b.columns]
    groups = pd.concat([a[keys], b[keys]]).drop_duplicates().reset_index(drop=True) if keys else pd.DataFrame([{}])
    shifted = [layer.assign(_base=_bases(layer, groups, keys)) for layer in (a, b)]
    borders = np.unique(np.concatenate([f["_base"] + f[c] for f in shifted for c in ("from_m", "to_m")]))
    pieces = pd.DataFrame({"_low": borders[:-1], "_high": borders[1:]})
    pieces["_group"] = (pieces["_low"] // _APART).astype(int)
    found = [_covering(pieces, layer) for layer in shifted]
    seen = (found[0] >= 0) | (found[1] >= 0)
    result = pd.DataFrame(
        {"from_m": pieces["_low"] - pieces["_group"] * _APART, "to_m": pieces["_high"] - pieces["_group"] * _APART}
    )
    for key in keys:
        result[key] = groups[key].to_numpy()[pieces["_group"]]
    for layer, at in zip((a, b), found, strict=True):
        values = layer.drop(columns=["from_m", "to_m", *keys]).reset_index(drop=True)
        taken = values.reindex(np.where(at >= 0, at, -1)).reset_index(drop=True)
        result = pd.concat([result, taken], axis=1)
    return result[seen].reset_index(drop=True)


def _bases(layer: pd.DataFrame, groups: pd.DataFrame, keys: list[str]) -> np.ndarray:
    if not keys:
        return np.zeros(len(layer))
    index = pd.MultiIndex.from_frame(groups[keys])
    return index.get_indexer(pd.MultiIndex.from_frame(layer[keys])) * _APART


def _covering(pieces: pd.DataFrame, layer: pd.DataFrame) -> np.ndarray:
    """Return the position of the layer's stretch that covers each piece, or -1."""
    low = (layer["_base"] + layer["from_m"]).to_numpy()
    high = (layer["_base"] + layer["to_m"]).to_numpy()
    order = np.argsort(low)
    at = np.searchsorted(low[order], pieces["_low"].to_numpy() + 1e-6, side="right") - 1
    candidate = order[np.clip(at, 0, None)]
    covers = (at >= 0) & (high[candidate] >= pieces["_high"].to_numpy() - 1e-6)
    return np.where(covers, candidate, -1)
