"""Offsets of survey campaigns, and the noise of a survey, from how each value stands off its neighbours in time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.stats import norm

from models.targets import TARGETS, damage_of, target_of
from pavement.errors import ModelError
from pavement.schema import read_table

Floats = NDArray[np.float64]
CAMPAIGN = "campaign"
COLUMNS = ("target", "campaign", "year", "offset", "se", "taken_out", "units", "why")
TAKEN, WITHIN, FEW = "beyond its error", "within its error", "too few blocks"
_STEPS, _CLOSE = 50, 1e-6
# median absolute deviation of a normal distribution of standard deviation 1
_MAD = float(norm.ppf(0.75))


@dataclass(frozen=True)
class _Middles:
    """Values with a survey before and after: how far each stands off the line between, and who takes part in it."""

    off: Floats
    design: sparse.csr_matrix
    bend: sparse.csr_matrix
    size: Floats
    blocks: NDArray[np.int64]
    campaigns: pd.DataFrame


@cache
def offset_limit(name: str) -> float:
    """Return one number of ``offset_limits.csv``."""
    return float(read_table("offset_limits").set_index("name").loc[name, "value"])


def campaign_offsets(panel: pd.DataFrame, *, target: str, until: float | None = None) -> pd.DataFrame:
    """
    Return by how much each survey campaign read too high or too low.

    Each value is held against the line between the survey before and the one after it, of the same unit and epoch:
    the difference is linear in the offsets, ``o_t - w1 o_before - w2 o_after``, whatever the road did at a steady
    rate; how much it speeds up or slows down is fitted beside them, one bend a family. Robust least squares (Huber)
    gives the offsets; blocks give the standard errors (sandwich). A level common to all campaigns, a steady trend over
    them and an even bend cannot be told from the road itself: the offsets are those with none of these (minimum norm),
    so no deterioration is taken out with them.

    Parameters
    ----------
    panel
        Table ``panel``; its column ``campaign``, where there, says which device or run a survey belongs to, else the
        calendar year does.
    until
        Decimal year of the forecast origin; later surveys are not looked at.

    Returns
    -------
    offsets
        target, campaign, year (mean time), offset and se [unit of the target], taken_out (beyond the limit of
        ``offset_limits.csv``), units (that have surveys of the campaign between others or beside), why.

    Raises
    ------
    ModelError
        The panel does not hold the target.
    """
    found = _middles(panel, target, until)
    if found is None:
        return pd.DataFrame(columns=list(COLUMNS)).astype({"taken_out": bool, "offset": float, "se": float})
    offset, error = _solved(found)
    offset = target_of(target).sign * offset
    table = found.campaigns
    enough = table["blocks"].to_numpy() >= offset_limit("blocks_min")
    # the more campaigns are judged, the more seem to be off by chance
    limit = max(offset_limit("errors"), float(norm.ppf(1 - offset_limit("false_share") / (2 * max(enough.sum(), 1)))))
    beyond = np.abs(offset) > limit * error
    return pd.DataFrame(
        {
            "target": target,
            "campaign": table.index.astype(str),
            "year": table["year"].to_numpy(float),
            "offset": offset,
            "se": error,
            "taken_out": beyond & enough,
            "units": table["units"].to_numpy(),
            "why": np.select([~enough, beyond], [FEW, TAKEN], default=WITHIN),
        }
    )


def without_offsets(
    panel: pd.DataFrame, *, target: str, until: float | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Return the panel with the offsets that are beyond their error taken out of a target, and all offsets found.

    For what is learned from, never for what is judged on; see :func:`campaign_offsets`. Surveys after `until` stay as
    they were measured.
    """
    found = campaign_offsets(panel, target=target, until=until)
    off = _offset_of(campaign_of(panel), found)
    if until is not None:
        off = off.where(panel["time"] <= until, 0.0)
    return panel.assign(**{target: panel[target] - off}), found


def labels_without(pairs: pd.DataFrame, offsets: pd.DataFrame) -> pd.DataFrame:
    """
    Return pairs whose ``increment`` is free of the offsets of both surveys; what was known at the first stays as it is.

    Parameters
    ----------
    pairs
        Pairs of the target of `offsets`, from a panel whose campaigns are calendar years.
    """
    first, later = (_offset_of(pd.Series(_year(pairs[c]), pairs.index), offsets) for c in ("time", "later"))
    # offsets are of the measure, increments of its damage
    sign = target_of(str(offsets["target"].iloc[0])).sign if len(offsets) else 1
    return pairs.assign(increment=pairs["increment"] - sign * later + sign * first)


def survey_noise(panel: pd.DataFrame, *, target: str, until: float | None = None) -> dict[str, float]:
    """
    Return the noise of one survey, estimated beside that of the table.

    Parameters
    ----------
    panel
        Table ``panel``, best without offsets.

    Returns
    -------
    noise
        ``count`` of second differences; ``estimate`` (median absolute deviation of them, scaled) [unit of the target];
        ``table``, that of ``targets.csv``; ``used``, between the two: the table counts as ``prior_count`` of them.
    """
    prior = target_of(target).noise
    found = _middles(panel, target, until)
    if found is None:
        return {"count": 0.0, "estimate": float("nan"), "table": prior, "used": prior}
    count, weight = float(len(found.off)), offset_limit("prior_count")
    estimate = _scale(found.off / found.size)
    used = float(np.sqrt((count * estimate**2 + weight * prior**2) / (count + weight)))
    return {"count": count, "estimate": estimate, "table": prior, "used": used}


def campaign_of(panel: pd.DataFrame) -> pd.Series:
    """Return the campaign of each survey as text: what the panel says, else its calendar year."""
    year = pd.Series(_year(panel["time"]), panel.index)
    if CAMPAIGN not in panel:
        return year
    return panel[CAMPAIGN].astype("str").where(panel[CAMPAIGN].notna(), year)


def _year(time: pd.Series) -> NDArray[np.str_]:
    return np.floor(time.to_numpy(float)).astype(int).astype(str)


def _offset_of(campaign: pd.Series, offsets: pd.DataFrame) -> pd.Series:
    taken = offsets[offsets["taken_out"]].set_index("campaign")["offset"]
    return campaign.map(taken).astype(float).fillna(0.0)


def _middles(panel: pd.DataFrame, target: str, until: float | None) -> _Middles | None:
    """Return every value that has a survey before and after it in its epoch; None where there is none."""
    if target not in panel:
        raise ModelError(f"The panel does not hold {target}.")
    known = panel[target].notna() & (True if until is None else panel["time"] <= until)
    rows = panel[known].assign(**{CAMPAIGN: campaign_of(panel)}).sort_values(["unit", "time"], ignore_index=True)
    keys = [rows["unit"], rows["epoch"]]
    code, names = pd.factorize(rows[CAMPAIGN], sort=True)
    own = rows.groupby(keys, sort=False).ngroup().to_numpy()
    middle = np.flatnonzero((own[1:-1] == own[:-2]) & (own[1:-1] == own[2:])) + 1 if len(rows) > 2 else np.empty(0, int)
    time, value = rows["time"].to_numpy(float), damage_of(rows, target)
    span = time[middle + 1] - time[middle - 1]
    middle, span = middle[span > 0], span[span > 0]
    if not middle.size:
        return None
    before = (time[middle + 1] - time[middle]) / span
    weights = np.column_stack([-before, np.ones(len(middle)), before - 1])
    # an even bend a·t² stands a·h1·h2 below the line over it
    bend = -(time[middle] - time[middle - 1]) * (time[middle + 1] - time[middle])
    family = pd.factorize(rows["family"].iloc[middle])[0]
    at = middle[:, None] + np.array([-1, 0, 1])
    row = np.repeat(np.arange(len(middle)), 3)
    design = sparse.csr_matrix((weights.ravel(), (row, code[at].ravel())), shape=(len(middle), len(names)))
    bends = sparse.csr_matrix((bend, (np.arange(len(middle)), family)))
    off = (weights * value[at]).sum(axis=1)
    size = np.sqrt((weights**2).sum(axis=1))
    used = rows.iloc[np.unique(at)]
    campaigns = used.groupby(CAMPAIGN).agg(
        year=("time", "mean"), units=("unit", "nunique"), blocks=("block", "nunique"), surveys=("unit", "size")
    )
    campaigns = campaigns.reindex(names)
    blocks = pd.factorize(rows["block"].iloc[middle])[0]
    return _kept(_Middles(off, design, bends, size, blocks, campaigns))


def _kept(found: _Middles) -> _Middles:
    """Return the same without campaigns that take part in nothing."""
    there = found.campaigns["units"].notna().to_numpy()
    return _Middles(found.off, found.design[:, there], found.bend, found.size, found.blocks, found.campaigns[there])


def _scale(values: Floats) -> float:
    spread = float(np.median(np.abs(values - np.median(values)))) / _MAD
    # whole millimetres can make half of the differences 0
    return spread if spread > 0 else float(np.mean(np.abs(values)) * np.sqrt(np.pi / 2))


def _solved(found: _Middles) -> tuple[Floats, Floats]:
    """Return offsets and standard errors by iteratively reweighted least squares, each row over its own size."""
    count = found.design.shape[1]
    design = sparse.csr_matrix(sparse.diags(1 / found.size) @ sparse.hstack([found.design, found.bend]))
    wanted = found.off / found.size
    pull = np.zeros((design.shape[1],) * 2)
    pull[:count, :count] = offset_limit("ridge") * np.eye(count) + _no_trend(found.campaigns, len(wanted))
    solution, scale = np.zeros(len(pull)), _scale(wanted) or 1.0
    for _ in range(_STEPS):
        former, left = solution, wanted - design @ solution
        scale = _scale(left) or scale
        weight = np.minimum(1.0, offset_limit("huber") * scale / np.maximum(np.abs(left), 1e-12))
        normal = (design.T @ sparse.diags(weight) @ design).toarray() + pull
        solution = np.linalg.solve(normal, design.T @ (weight * wanted))
        if np.max(np.abs(solution - former)) < _CLOSE * scale:
            break
    return solution[:count], _errors(found.blocks, design, wanted - design @ solution, scale, pull)[:count]


def _no_trend(campaigns: pd.DataFrame, rows: int) -> Floats:
    """Return the pull that leaves the offsets neither level nor trend over their surveys."""
    share = campaigns["surveys"].to_numpy(float) / campaigns["surveys"].sum()
    years = campaigns["year"].to_numpy(float)
    moved = years - share @ years
    forms = np.column_stack([share, share * moved / (np.sqrt(share @ moved**2) or 1.0)])
    return np.asarray(rows * forms @ forms.T)


def _errors(blocks: NDArray[np.int64], design: sparse.csr_matrix, left: Floats, scale: float, pull: Floats) -> Floats:
    """Return standard errors that hold although the rows of a block are not independent (sandwich by block)."""
    limit = offset_limit("huber") * scale
    inside = (np.abs(left) <= limit).astype(float)
    count = int(blocks.max()) + 1
    member = sparse.csr_matrix((np.ones(len(left)), (blocks, np.arange(len(left)))), shape=(count, len(left)))
    scores = (member @ sparse.diags(np.clip(left, -limit, limit)) @ design).toarray()
    # a bend that no year shows leaves a row of zeros
    bread = np.linalg.pinv((design.T @ sparse.diags(inside) @ design).toarray() + pull, hermitian=True)
    spread = bread @ (scores.T @ scores) @ bread * count / max(count - 1, 1)
    return np.asarray(np.sqrt(np.maximum(np.diag(spread), 0.0)))


def published_offsets(panel: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return ``offsets`` of every target of a panel, and its ``noise``, a row a target, without the offsets."""
    offsets, noise = [], []
    for target in [t for t in TARGETS if t in panel]:
        clean, found = without_offsets(panel, target=target)
        offsets.append(found)
        noise.append({"target": target} | survey_noise(clean, target=target))
    filled = [f for f in offsets if len(f)]
    table = pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=list(COLUMNS))
    return {"offsets": table, "noise": pd.DataFrame(noise)}
