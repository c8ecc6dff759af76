"""What a unit's own surveys said by each of them: slope, rise, and how far the last one stands off the trend."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.neighbours import Seasons
from models.parameters import parameter

Floats = NDArray[np.float64]
TARGETS = ("iri", "rut", "crack_percent")
CAMPAIGN = "_campaign"
HISTORY = ("_slope", "_rise", "_gap", "_beside", CAMPAIGN)
# when a target was measured: never a feature
MEASURED = "_time"


def with_history(panel: pd.DataFrame) -> pd.DataFrame:
    """
    Return the panel with what each unit's own history said by that survey; nothing later than a row is used for it.

    Parameters
    ----------
    panel
        Table ``panel``.

    Returns
    -------
    panel
        Sorted by unit and time, each target filled with its last value of the same part, and added to it:
        ``part``, counting the unexplained falls of the epoch so far; ``suspects``, counting those that later surveys
        bear out (for choosing what to learn from, never a feature); ``<target>_fresh``, whether the survey measured it;
        ``<target>_slope`` [unit/year], the least-squares slope so far shrunk towards zero by the span it rests on;
        ``<target>_time`` [year], when it was measured; ``<target>_rise``, the change since the part's first survey;
        ``<target>_gap``, the last value less what a filter of the former ones expected of it; ``<target>_beside`` and
        ``<target>_campaign``, how far others surveyed that year stood off theirs.
    """
    frame = panel.sort_values(["unit", "time"], ignore_index=True)
    # numbers group much faster than texts
    epoch = frame.groupby(["unit", "epoch"], sort=False).ngroup()
    frame["part"] = _count(_falls(frame, epoch, borne_out=False), epoch)
    borne_out = _falls(frame, epoch, borne_out=True)
    # likely works that nobody has settled; what speaks for them may lie later, so they are no feature either
    frame["suspects"] = _count(borne_out | frame["fell"].eq(True) if "fell" in frame else borne_out, epoch)
    part = frame.groupby([epoch, frame["part"]], sort=False).ngroup()
    seasons = Seasons.of(frame)
    for target in (t for t in TARGETS if t in frame):
        frame[f"{target}_fresh"] = frame[target].notna()
        frame[f"{target}{MEASURED}"] = frame["time"].where(frame[target].notna())
        gap = _gap(frame, target, part)
        frame = frame.assign(**_trend(frame, target, part), **{f"{target}_gap": gap})
        frame = frame.assign(**seasons.stands_off(gap, target=target))
    carried = [c for c in frame if c in TARGETS or str(c).endswith((*HISTORY, MEASURED))]
    # surveys of two kinds seldom fall on one day: what the last of each said is known too
    known = frame[carried].groupby(part).ffill()
    return frame.assign(**{c: known[c] for c in carried})


def unexplained_falls(panel: pd.DataFrame, *, borne_out: bool) -> pd.Series:
    """
    Return whether a target fell beyond the noise of two surveys without work on record (P9).

    Work that nobody wrote down, or an error; a pair of surveys across it would teach that roads heal.

    Parameters
    ----------
    panel
        Table ``panel``, sorted by unit and time.
    borne_out
        Whether to count only falls from a level seen twice, where seen, that the next survey, where there is one,
        does not take back by half.
    """
    return _falls(panel, panel.groupby(["unit", "epoch"], sort=False).ngroup(), borne_out=borne_out)


def _falls(panel: pd.DataFrame, epoch: pd.Series, *, borne_out: bool) -> pd.Series:
    found = pd.Series(False, index=panel.index)
    for target in (t for t in TARGETS if t in panel):
        own = panel[target].dropna()
        by = own.groupby(epoch.loc[own.index])
        limit = parameter(f"drop_{target}")
        fell = by.shift() - own > limit
        if borne_out:
            before, after = by.shift(2), by.shift(-1)
            fell &= ~(before - own <= limit / 2) & ~(after - own > limit / 2)
        found.loc[own.index] |= fell
    return found


def _count(falls: pd.Series, epoch: pd.Series) -> pd.Series:
    return falls.groupby(epoch).cumsum().astype(int)


def _trend(frame: pd.DataFrame, target: str, part: pd.Series) -> dict[str, pd.Series]:
    """Return slope and rise by running sums; the weight of a slope is span² / (span² + k²) (deterioration.md 5)."""
    known = frame[target].notna()
    start = frame["time"].where(known).groupby(part).transform("first")
    first = frame[target].groupby(part).transform("first")
    t, rise = (frame["time"] - start).where(known), frame[target] - first
    products = {"t": t, "r": rise, "tt": t * t, "tr": t * rise}
    sums = {name: column.fillna(0).groupby(part).cumsum() for name, column in products.items()}
    n = known.groupby(part).cumsum()
    number = n.where(n > 0)
    spread = sums["tt"] - sums["t"] ** 2 / number
    slope = (sums["tr"] - sums["t"] * sums["r"] / number) / spread.where(spread > 1e-9)
    weight = t**2 / (t**2 + parameter("slope_span") ** 2)
    return {f"{target}_slope": slope * weight, f"{target}_rise": rise.where(n > 1)}


def _gap(frame: pd.DataFrame, target: str, part: pd.Series) -> Floats:
    """
    Return how far each value stands off what a local-level filter of the former ones expected; missing for the first.

    Scalar Kalman filter with drift: the noise of a survey and the yearly wander are rows of the parameters.
    """
    gap = np.full(len(frame), np.nan)
    rows = np.flatnonzero(frame[target].notna().to_numpy())
    code = part.to_numpy()[rows]
    value, time = frame[target].to_numpy(float)[rows], frame["time"].to_numpy(float)[rows]
    rank = pd.Series(code).groupby(code).cumcount().to_numpy()
    noise, wander = parameter(f"noise_{target}") ** 2, parameter(f"wander_{target}") ** 2
    level, variance, last = np.zeros((3, int(code.max(initial=-1)) + 1))
    # one step a survey, all units at once
    for step in range(int(rank.max(initial=-1)) + 1):
        here = rank == step
        unit, now, seen = code[here], time[here], value[here]
        if step == 0:
            level[unit], variance[unit], last[unit] = seen, noise, now
            continue
        years = now - last[unit]
        expected = level[unit] + parameter(f"drift_{target}") * years
        spread = variance[unit] + wander * years
        gain = spread / (spread + noise)
        gap[rows[here]] = seen - expected
        level[unit], variance[unit], last[unit] = expected + gain * (seen - expected), (1 - gain) * spread, now
    return gap
