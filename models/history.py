"""What a unit's own surveys said by each of them: slope, rise, and how far the last one stands off the trend."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.neighbours import Seasons
from models.parameters import parameter
from models.targets import TARGETS, damage_of, target_of

Floats = NDArray[np.float64]
# when a target was measured: never a feature
MEASURED = "_time"
# falls that later surveys bear out, so far: of the shared targets, and by target of those that only it knows
SUSPECTS = "suspects"


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
        ``part``, counting the unexplained improvements of the epoch so far; ``suspects``, counting those that later
        surveys bear out (for choosing what to learn from, never a feature); both by the shared targets, and for any
        other by its own as well: ``<target>_suspects``; ``<target>_fresh``, whether the survey measured it;
        ``<target>_slope`` [unit/year], the least-squares slope so far shrunk towards zero by the span it rests on;
        ``<target>_time`` [year], when it was measured; ``<target>_rise``, the change since the part's first survey;
        ``<target>_gap``, the last value less what a filter of the former ones expected of it; ``<target>_beside`` and
        ``<target>_campaign``, how far others surveyed that year stood off theirs.
    """
    frame = panel.sort_values(["unit", "time"], ignore_index=True)
    # numbers group much faster than texts
    epoch = frame.groupby(["unit", "epoch"], sort=False).ngroup()
    present = [t for t in TARGETS if t in frame]
    shared = [t for t in present if target_of(t).shared]
    seen = _falls(frame, epoch, shared, borne_out=False)
    borne_out = _falls(frame, epoch, shared, borne_out=True)
    # likely works that nobody has settled; what speaks for them may lie later, so they are no feature either
    borne_out = borne_out | frame["fell"].eq(True) if "fell" in frame else borne_out
    seasons = Seasons.of(frame)
    counts = {"part": _count(seen, epoch), SUSPECTS: _count(borne_out, epoch)}
    found = _told(frame, shared, _group(epoch, counts["part"]), seasons)
    for target in (t for t in present if t not in shared):
        own = borne_out | _falls(frame, epoch, [target], borne_out=True)
        counts[f"{target}_{SUSPECTS}"] = _count(own, epoch)
        part = _count(seen | _falls(frame, epoch, [target], borne_out=False), epoch)
        found |= _told(frame, [target], _group(epoch, part), seasons)
    # all at once: column by column a frame falls to pieces
    new = pd.DataFrame(counts | {name: values for name, values in found.items() if name not in present})
    return pd.concat([frame.assign(**{t: found[t] for t in present}), new], axis=1)


def _group(epoch: pd.Series, part: pd.Series) -> pd.Series:
    """Return a number for each part of each epoch."""
    return part.groupby([epoch, part], sort=False).ngroup()


def _told(frame: pd.DataFrame, targets: list[str], part: pd.Series, seasons: Seasons) -> dict[str, pd.Series]:
    """Return targets with their histories, which begin anew with each part."""
    found: dict[str, pd.Series] = {}
    carried: dict[str, pd.Series] = {}
    for target in targets:
        sign, damage = target_of(target).sign, pd.Series(damage_of(frame, target), frame.index)
        gap = _gap(frame, target, part)
        told = {f"{target}_{name}": v for name, v in (_trend(frame["time"], damage, part) | {"gap": gap}).items()}
        told |= seasons.stands_off(gap, target=target)
        found[f"{target}_fresh"] = damage.notna()
        carried |= {target: frame[target], f"{target}{MEASURED}": frame["time"].where(damage.notna())}
        # histories are of damage, and told in the sign of the measure
        carried |= {name: sign * values for name, values in told.items()}
    # surveys of two kinds seldom fall on one day: what the last of each said is known too
    known = pd.DataFrame(carried, index=frame.index).groupby(part).ffill()
    return found | {str(name): known[name] for name in known}


def unexplained_falls(panel: pd.DataFrame, *, borne_out: bool) -> pd.Series:
    """
    Return whether any target got better beyond the noise of two surveys without work on record (P9).

    Work that nobody wrote down, or an error; a pair of surveys across it would teach that roads heal.

    Parameters
    ----------
    panel
        Table ``panel``, sorted by unit and time.
    borne_out
        Whether to count only falls from a level seen twice, where seen, that the next survey, where there is one,
        does not take back by half.
    """
    epoch = panel.groupby(["unit", "epoch"], sort=False).ngroup()
    return _falls(panel, epoch, [t for t in TARGETS if t in panel], borne_out=borne_out)


def _falls(panel: pd.DataFrame, epoch: pd.Series, targets: list[str], *, borne_out: bool) -> pd.Series:
    """Return whether the damage of any of some targets fell: a rise of a measure that is worse when it is low."""
    found = pd.Series(False, index=panel.index)
    for target in targets:
        own = pd.Series(damage_of(panel, target), panel.index).dropna()
        by = own.groupby(epoch.loc[own.index])
        limit = target_of(target).drop
        fell = by.shift() - own > limit
        if borne_out:
            before, after = by.shift(2), by.shift(-1)
            fell &= ~(before - own <= limit / 2) & ~(after - own > limit / 2)
        found.loc[own.index] |= fell
    return found


def _count(falls: pd.Series, epoch: pd.Series) -> pd.Series:
    return falls.groupby(epoch).cumsum().astype(int)


def _trend(time: pd.Series, value: pd.Series, part: pd.Series) -> dict[str, pd.Series]:
    """Return slope and rise by running sums; the weight of a slope is span² / (span² + k²)."""
    known = value.notna()
    start = time.where(known).groupby(part).transform("first")
    first = value.groupby(part).transform("first")
    t, rise = (time - start).where(known), value - first
    products = {"t": t, "r": rise, "tt": t * t, "tr": t * rise}
    sums = {name: column.fillna(0).groupby(part).cumsum() for name, column in products.items()}
    n = known.groupby(part).cumsum()
    number = n.where(n > 0)
    spread = sums["tt"] - sums["t"] ** 2 / number
    slope = (sums["tr"] - sums["t"] * sums["r"] / number) / spread.where(spread > 1e-9)
    weight = t**2 / (t**2 + parameter("slope_span") ** 2)
    return {"slope": slope * weight, "rise": rise.where(n > 1)}


def _gap(frame: pd.DataFrame, target: str, part: pd.Series) -> Floats:
    """
    Return how far each damage stands off what a local-level filter of the former ones expected; missing for the first.

    Scalar Kalman filter with drift: the noise of a survey, the yearly wander and the drift are those of the target.
    """
    own, gap = target_of(target), np.full(len(frame), np.nan)
    rows = np.flatnonzero(frame[target].notna().to_numpy())
    code = part.to_numpy()[rows]
    value, time = damage_of(frame, target)[rows], frame["time"].to_numpy(float)[rows]
    rank = pd.Series(code).groupby(code).cumcount().to_numpy()
    noise, wander = own.noise**2, own.wander**2
    level, variance, last = np.zeros((3, int(code.max(initial=-1)) + 1))
    # one step a survey, all units at once
    for step in range(int(rank.max(initial=-1)) + 1):
        here = rank == step
        unit, now, seen = code[here], time[here], value[here]
        if step == 0:
            level[unit], variance[unit], last[unit] = seen, noise, now
            continue
        years = now - last[unit]
        expected = level[unit] + own.drift * years
        spread = variance[unit] + wander * years
        gain = spread / (spread + noise)
        gap[rows[here]] = seen - expected
        level[unit], variance[unit], last[unit] = expected + gain * (seen - expected), (1 - gain) * spread, now
    return gap
