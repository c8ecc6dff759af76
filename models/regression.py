"""Rate regression: the yearly rate as a sum of terms, and what the last survey stood off as a part that falls back."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.directions import Way, directions, held_solution
from models.parameters import parameter
from models.targets import TARGETS, as_learned

Floats = NDArray[np.float64]
NAME = "rate regression"
# terms that no column holds; with one of the columns after them they make up the signature
_ONE, _ROOT, _TRAFFIC = "1", "root", "traffic"
_LOG = "log "
# a survey that stands off its trend falls back at once and not year by year
_AT_ONCE = ("_gap", "_beside", "_campaign")
_STEPS = 40


def terms(pairs: pd.DataFrame, *, target: str, columns: list[str]) -> tuple[str, ...]:
    """Return the terms that pairs with these feature columns can carry: those with more than one value."""
    own = [c for c in columns if c.startswith(f"{target}_") and not c.endswith("_rise")]
    others = [c for c in columns if c in TARGETS or not any(c.startswith(f"{t}_") for t in TARGETS)]
    # families have base rates of their own and the horizon multiplies every term
    wanted = [c for c in dict.fromkeys([target, *own, *others]) if c in pairs and c != "horizon"]
    wanted = [c for c in wanted if pairs[c].max() > pairs[c].min()]
    logs = [f"{_LOG}{c}" for c in ("esal", "aadtt") if c in wanted]
    traffic = [_TRAFFIC] if {"esal", "sn"} <= set(wanted) else []
    return (_ONE, _ROOT, *wanted, *logs, *traffic)


def regression(pairs: pd.DataFrame, *, names: tuple[str, ...], target: str = "") -> dict[str, tuple[float, ...]]:
    """
    Return mean, scale and coefficient of each term, one after the other, by family; "" stands for every family.

    Robust ridge regression of the change over the root of the horizon: the error of a change grows about as that root.
    Families differ by their base rate alone, so that one with few pairs borrows the rest. No term works against the
    direction that `features.csv` allows its feature.

    Parameters
    ----------
    pairs
        Pairs with the terms' columns, horizon, increment, later and family.
    names
        From :func:`terms`.
    target
        What is forecast: `features.csv` says for which targets a feature has no direction.
    """
    raw = _raw(pairs, names)
    middle, scale = _scales(raw, names)
    horizon = pairs["horizon"].to_numpy(float)
    design = _design(raw, middle, scale, names, horizon)
    counts = pairs["family"].value_counts()
    families = [str(f) for f in counts.index[counts >= parameter("family_pairs_min")]][1:]
    own = [(pairs["family"] == f).to_numpy(float) * horizon for f in families]
    ways = [*(_way(name, target) for name in names), *((-np.inf, np.inf) for _ in families)]
    found = _robust_ridge(np.column_stack([design, *own]), pairs, horizon, ways=ways)
    shift = dict(zip(families, found[len(names) :], strict=True))
    both = {"": 0.0} | shift
    first = names.index(_ONE)
    return {
        f: _flat(middle, scale, found[: len(names)] + s * (np.arange(len(names)) == first)) for f, s in both.items()
    }


def change(states: pd.DataFrame, horizon: Floats, table: Floats, *, names: tuple[str, ...]) -> Floats:
    """Return the change after `horizon` [year], `table` holding the coefficients of each row's family."""
    return np.asarray(parts(states, horizon, table, names=names).sum(axis=1), dtype=float)


def parts(states: pd.DataFrame, horizon: Floats, table: Floats, *, names: tuple[str, ...]) -> Floats:
    """Return what each term adds to the change, against the mean of what was learned from; one column a term."""
    middle, scale, weight = table[:, 0::3], table[:, 1::3], table[:, 2::3]
    design = _design(_raw(states, names), middle, scale, names, np.broadcast_to(horizon, len(states)))
    return np.asarray(design * weight, dtype=float)


def feature_of(name: str) -> str:
    """Return the feature that a term is made of, empty for a constant; the traffic term is chiefly of the load."""
    if name in (_ONE, _ROOT):
        return ""
    return "esal" if name == _TRAFFIC else name.removeprefix(_LOG)


def _way(name: str, target: str) -> Way:
    """Return the least and the greatest coefficient that the direction of a term's feature allows."""
    # the traffic term rises with load and falls with strength
    moved = {"esal": 1, "sn": -1} if name == _TRAFFIC else {feature_of(name): 1}
    ways = [effect * way for effect, way in zip(moved.values(), directions(list(moved), target=target), strict=True)]
    return (0.0 if 1 in ways else -np.inf, 0.0 if -1 in ways else np.inf)


def _raw(frame: pd.DataFrame, names: tuple[str, ...]) -> Floats:
    columns = [_term(frame, name) for name in names]
    return np.column_stack(columns) if columns else np.empty((len(frame), 0))


def _term(frame: pd.DataFrame, name: str) -> Floats:
    if name in (_ONE, _ROOT):
        return np.ones(len(frame))
    if name == _TRAFFIC:
        return _traffic(frame)
    if name.startswith(_LOG):
        return np.log1p(np.maximum(_column(frame, name.removeprefix(_LOG)), 0.0))
    return _column(frame, name)


def _column(frame: pd.DataFrame, name: str) -> Floats:
    if name not in frame:
        return np.full(len(frame), np.nan)
    values = as_learned(frame[[name]].to_numpy(dtype=float, na_value=np.nan), [name])[:, 0]
    return np.where(np.isfinite(values), values, np.nan)


def _traffic(frame: pd.DataFrame) -> Floats:
    """Return the traffic term of the HDM-4 line [m/km/year], cut where thin records would let it run away."""
    strength = (1 + np.clip(_column(frame, "sn"), 1.5, 12)) ** parameter("hdm_power")
    growth = np.exp(parameter("hdm_m") * np.nan_to_num(_column(frame, "age")))
    traffic = parameter("hdm_a") * growth * strength * _column(frame, "esal") / 1e6
    return np.minimum(traffic, parameter("regression_traffic"))


def _scales(raw: Floats, names: tuple[str, ...]) -> tuple[Floats, Floats]:
    """Return the mean and spread by which each term is measured; what falls back at once is measured from zero."""
    at_zero = np.array([n in (_ONE, _ROOT) or n.endswith(_AT_ONCE) for n in names])
    middle = np.where(at_zero, 0.0, np.nan_to_num(np.nanmean(raw, axis=0)))
    spread = np.sqrt(np.nanmean((raw - middle) ** 2, axis=0))
    return middle, np.where(spread > 0, spread, 1.0)


def _design(raw: Floats, middle: Floats, scale: Floats, names: tuple[str, ...], horizon: Floats) -> Floats:
    """Return the terms of a change; an unknown value counts as the mean, one far outside as the edge of the known."""
    widest = parameter("regression_edge")
    known = np.nan_to_num(np.clip((raw - middle) / scale, -widest, widest))
    years = np.column_stack([_years(name, horizon) for name in names])
    return known * years


def _years(name: str, horizon: Floats) -> Floats:
    if name == _ROOT:
        return np.sqrt(horizon)
    return np.ones(len(horizon)) if name.endswith(_AT_ONCE) else horizon


def _robust_ridge(design: Floats, pairs: pd.DataFrame, horizon: Floats, *, ways: list[Way]) -> Floats:
    """Return coefficients by least squares reweighted for a Huber loss, recent pairs counting more."""
    root = np.sqrt(horizon)
    rows, aim = design / root[:, None], pairs["increment"].to_numpy(float) / root
    cut = float(np.quantile(np.abs(aim - np.median(aim)), parameter("huber_share"))) or 1.0
    given = recency(pairs)
    given = given / given.sum()
    size = np.sqrt((rows**2).mean(axis=0))
    size = np.where(size > 0, size, 1.0)
    rows = rows / size
    pull = np.full(rows.shape[1], parameter("regression_pull"))
    pull[0] = 0.0
    found, weight = np.zeros(rows.shape[1]), given
    for _ in range(_STEPS):
        normal = (rows * weight[:, None]).T @ rows + np.diag(pull + 1e-9)
        right = (rows * weight[:, None]).T @ aim
        before, found = found, held_solution(np.linalg.solve(normal, right), normal, right, ways)
        if np.abs(found - before).max() < 1e-7:
            break
        weight = given * np.minimum(1.0, cut / np.maximum(np.abs(aim - rows @ found), 1e-12))
    return np.asarray(found / size, dtype=float)


def recency(pairs: pd.DataFrame) -> Floats:
    """Return weights that halve for every ``recency`` years before the newest survey: devices and rates change."""
    ago = pairs["later"].max() - pairs["later"].to_numpy(float)
    return np.asarray(0.5 ** (ago / parameter("recency")), dtype=float)


def _flat(middle: Floats, scale: Floats, weight: Floats) -> tuple[float, ...]:
    return tuple(float(v) for v in np.column_stack([middle, scale, weight]).ravel())
