"""Offsets of survey campaigns, and the noise of a survey, from how each value stands off its neighbours in time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.stats import norm

from models.campaigns import campaign_of, campaigns_of_pairs, device_of
from models.targets import TARGETS, damage_of, target_of
from pavement.errors import ModelError
from pavement.schema import read_table

Floats = NDArray[np.float64]
CAMPAIGN = "campaign"
COLUMNS = ("target", "campaign", "device", "year", "offset", "se", "taken_out", "units", "why")
TAKEN, WITHIN, FEW = "beyond its error", "within its error", "too few blocks"
_STEPS, _CLOSE = 50, 1e-6
# median absolute deviation of a normal distribution of standard deviation 1
_MAD = float(norm.ppf(0.75))


@dataclass(frozen=True)
class _Middles:
    """
    Values with a survey before and after: how far each stands off the line between, and who takes part in it.

    `devices` has a row a campaign and a column a device, none where all surveys are of one device.
    """

    off: Floats
    design: sparse.csr_matrix
    bend: sparse.csr_matrix
    size: Floats
    blocks: NDArray[np.int64]
    campaigns: pd.DataFrame
    devices: Floats


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
    so no deterioration is taken out with them. Where several devices are told, an offset is that of the device and that
    of its year, which is shrunk towards none: what changed when the device changed is then an offset although it is a
    trend too.

    Parameters
    ----------
    panel
        Table ``panel``; a campaign is a calendar year, and with the columns ``<target>_device`` a year of a device.
    until
        Decimal year of the forecast origin; later surveys are not looked at.

    Returns
    -------
    offsets
        target, campaign, device (empty where not told), year (mean time), offset and se [unit of the target],
        taken_out (beyond the limit of ``offset_limits.csv``), units (that have surveys of the campaign between others
        or beside), why.

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
            "device": table["device"].to_numpy(),
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
    off = _offset_of(campaign_of(panel, target=target), found)
    if until is not None:
        off = off.where(panel["time"] <= until, 0.0)
    return panel.assign(**{target: panel[target] - off}), found


def labels_without(pairs: pd.DataFrame, offsets: pd.DataFrame) -> pd.DataFrame:
    """
    Return pairs whose ``increment`` is free of the offsets of both surveys; what was known at the first stays as it is.

    Parameters
    ----------
    pairs
        Pairs of the target of `offsets`.
    """
    if offsets.empty:
        return pairs
    target = str(offsets["target"].iloc[0])
    first, later = (_offset_of(campaign, offsets) for campaign in campaigns_of_pairs(pairs, target=target))
    # offsets are of the measure, increments of its damage
    sign = target_of(target).sign
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


def _offset_of(campaign: pd.Series, offsets: pd.DataFrame) -> pd.Series:
    taken = offsets[offsets["taken_out"]].set_index("campaign")["offset"]
    return campaign.map(taken).astype(float).fillna(0.0)


def _middles(panel: pd.DataFrame, target: str, until: float | None) -> _Middles | None:
    """Return every value that has a survey before and after it in its epoch; None where there is none."""
    if target not in panel:
        raise ModelError(f"The panel does not hold {target}.")
    known = panel[target].notna() & (True if until is None else panel["time"] <= until)
    campaign, device = campaign_of(panel, target=target), device_of(panel, target=target)
    rows = (
        panel[known].assign(**{CAMPAIGN: campaign, "device": device}).sort_values(["unit", "time"], ignore_index=True)
    )
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
        device=("device", "first"),
        year=("time", "mean"),
        units=("unit", "nunique"),
        blocks=("block", "nunique"),
        surveys=("unit", "size"),
    )
    campaigns = campaigns.reindex(names)
    blocks = pd.factorize(rows["block"].iloc[middle])[0]
    return _kept(_Middles(off, design, bends, size, blocks, campaigns, np.empty((len(names), 0))))


def _kept(found: _Middles) -> _Middles:
    """Return the same without campaigns that take part in nothing, and with the devices of the others."""
    there = found.campaigns["units"].notna().to_numpy()
    campaigns = found.campaigns[there]
    code, names = pd.factorize(campaigns["device"])
    devices = np.eye(len(names))[code] if len(names) > 1 else np.empty((len(campaigns), 0))
    return replace(found, design=found.design[:, there], campaigns=campaigns, devices=devices)


def _scale(values: Floats) -> float:
    spread = float(np.median(np.abs(values - np.median(values)))) / _MAD
    # whole millimetres can make half of the differences 0
    return spread if spread > 0 else float(np.mean(np.abs(values)) * np.sqrt(np.pi / 2))


def _solved(found: _Middles) -> tuple[Floats, Floats]:
    """Return offsets and standard errors by iteratively reweighted least squares, each row over its own size."""
    parts = [found.design, sparse.csr_matrix(found.design @ found.devices), found.bend]
    design = sparse.csr_matrix(sparse.diags(1 / found.size) @ sparse.hstack(parts))
    wanted = found.off / found.size
    pull = _pull(found)
    solution, scale = np.zeros(len(pull)), _scale(wanted) or 1.0
    for _ in range(_STEPS):
        former, left = solution, wanted - design @ solution
        scale = _scale(left) or scale
        weight = np.minimum(1.0, offset_limit("huber") * scale / np.maximum(np.abs(left), 1e-12))
        normal = (design.T @ sparse.diags(weight) @ design).toarray() + pull
        solution = np.linalg.solve(normal, design.T @ (weight * wanted))
        if np.max(np.abs(solution - former)) < _CLOSE * scale:
            break
    # the offset of a campaign is its own and that of its device
    count = found.design.shape[1]
    both = np.column_stack([np.eye(count), found.devices, np.zeros((count, found.bend.shape[1]))])
    spread = _spread(found.blocks, design, wanted - design @ solution, scale, pull)
    error = np.sqrt(np.maximum(np.diag(both @ spread @ both.T), 0.0))
    return np.asarray(both @ solution, dtype=float), np.asarray(error, dtype=float)


def _pull(found: _Middles) -> Floats:
    """Return the pull towards no offset: what the surveys leave open is none, a trend only where no device says so."""
    count, devices = found.devices.shape
    rows, several = len(found.off), devices > 0
    pull = np.zeros((count + devices + found.bend.shape[1],) * 2)
    own = offset_limit("year_pull" if several else "ridge")
    pull[:count, :count] = own * np.eye(count) + _no_trend(found.campaigns, rows)
    if several:
        share = found.devices.T @ _share(found.campaigns)
        level = rows * np.outer(share, share)
        pull[count : count + devices, count : count + devices] = offset_limit("device_pull") * np.eye(devices) + level
    return pull


def _share(campaigns: pd.DataFrame) -> Floats:
    return np.asarray(campaigns["surveys"].to_numpy(float) / campaigns["surveys"].sum())


def _no_trend(campaigns: pd.DataFrame, rows: int) -> Floats:
    """Return the pull that leaves the offsets neither level nor trend over their surveys."""
    share = _share(campaigns)
    years = campaigns["year"].to_numpy(float)
    moved = years - share @ years
    forms = np.column_stack([share, share * moved / (np.sqrt(share @ moved**2) or 1.0)])
    return np.asarray(rows * forms @ forms.T)


def _spread(blocks: NDArray[np.int64], design: sparse.csr_matrix, left: Floats, scale: float, pull: Floats) -> Floats:
    """Return a covariance that holds although the rows of a block are not independent (sandwich by block)."""
    limit = offset_limit("huber") * scale
    inside = (np.abs(left) <= limit).astype(float)
    count = int(blocks.max()) + 1
    member = sparse.csr_matrix((np.ones(len(left)), (blocks, np.arange(len(left)))), shape=(count, len(left)))
    scores = (member @ sparse.diags(np.clip(left, -limit, limit)) @ design).toarray()
    # a bend that no year shows leaves a row of zeros
    bread = np.linalg.pinv((design.T @ sparse.diags(inside) @ design).toarray() + pull, hermitian=True)
    return np.asarray(bread @ (scores.T @ scores) @ bread * count / max(count - 1, 1))


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
