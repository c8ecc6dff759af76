"""First cracks of LTPP sections foretold by site, beside the plain hazard of their family by age.

Run from the root of the project: ``python -m benchmarks.initiation`` (needs ../shared).

Surveys say between which two of them a section cracked. The baseline knows no form: the likeliest hazard of every year
of age, for each family, from the same intervals (Turnbull's estimate, given that sections were sound when first seen).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import rankdata

from benchmarks.deterioration import FAMILIES, SEED, SHARED
from ingest.readers.ltpp import panel
from models import cracking
from models.curves import Curve, curves
from models.evaluate import HORIZONS, nearest
from models.fitting import training_pairs
from models.initiation import CRACKED, uncracked
from models.parameters import parameter

Floats = NDArray[np.float64]
_FOLDS, _STEPS, _FIFTHS = 5, 200, 5


@dataclass(frozen=True)
class Turnbull:
    """The likeliest hazard of each year of age, as a step function. [1/year]"""

    yearly: Floats

    @classmethod
    def of(cls, start: Floats, end: Floats, cracked: NDArray[np.bool_], *, oldest: int = 60) -> Turnbull:
        """
        Return the hazard by which intervals are likeliest, each sound at the age `start` and cracked by `end` or not.

        References
        ----------
        .. [1] Turnbull, "The empirical distribution function with arbitrarily grouped, censored and truncated data",
           1976: self-consistency, here with a hazard that is even within each year of age.
        """
        spent = _spent(start, end, oldest)
        yearly = np.full(oldest, cracked.sum() / max(float(spent.sum()), 1e-9))
        for _ in range(_STEPS):
            passed = np.cumsum(spent * yearly, axis=1)
            before, after = np.exp(-(passed - spent * yearly)), np.exp(-passed)
            gone = np.maximum(1 - after[:, -1:], 1e-12)
            events = np.where(cracked[:, None], (before - after) / gone, 0.0).sum(axis=0)
            # years at risk: all of them where it stayed sound, those before the crack where it did not
            lived = (before - after) / np.maximum(yearly, 1e-12)
            at_risk = np.where(cracked[:, None], (lived - after[:, -1:] * spent) / gone, spent).sum(axis=0)
            yearly = np.where(at_risk > 1e-9, events / np.maximum(at_risk, 1e-9), 0.0)
        return cls(yearly)

    def by(self, start: Floats, end: Floats) -> Floats:
        """Return the probability of a crack by the age `end` of places that are sound at `start`."""
        return -np.expm1(-(_spent(start, end, len(self.yearly)) * self.yearly).sum(axis=1))

    def median(self) -> float:
        """Return the age by which half of all would have cracked; infinite where they never would. [year]"""
        passed = np.cumsum(self.yearly)
        at = int(np.searchsorted(passed, np.log(2)))
        if at == len(passed):
            return np.inf
        return float(at + (np.log(2) - (passed[at - 1] if at else 0.0)) / self.yearly[at])


def _spent(start: Floats, end: Floats, oldest: int) -> Floats:
    """Return how much of each year of age lies between two ages. [year]"""
    year = np.arange(oldest)
    return np.clip(np.minimum(end[:, None], year + 1) - np.maximum(start[:, None], year), 0.0, None)


def sound_pairs(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs that begin sound at a known age, with whether they end cracked."""
    own = pairs[uncracked(pairs) & pairs["age"].notna().to_numpy() & ~pairs["suspected"].to_numpy()]
    return own.assign(
        age=own["age"].clip(lower=0), cracked=own["present"] + own["increment"] > parameter("onset_limit")
    )


def intervals_of(sound: pd.DataFrame) -> pd.DataFrame:
    """Return of each survey the pair with the next one: end to end they are the history of a section."""
    return sound[~sound.duplicated(["unit", "time"])]


def baseline(learn: pd.DataFrame, judge: pd.DataFrame) -> Floats:
    """Return the probability by the hazard of the own family, of all where few sections tell of it."""
    known, found = intervals_of(learn), np.empty(len(judge))
    for family in judge["family"].unique():
        own = known[known["family"] == family]
        own = own if own["block"].nunique() >= parameter("family_blocks_min") else known
        hazard = Turnbull.of(*(own[c].to_numpy(float) for c in ("age", "until")), own["cracked"].to_numpy())
        at = (judge["family"] == family).to_numpy()
        found[at] = hazard.by(*(judge.loc[at, c].to_numpy(float) for c in ("age", "until")))
    return found


def _onset(learn: pd.DataFrame) -> Curve:
    return next(c for c in curves(learn, target=CRACKED) if c.name == cracking.NAME)


def foretold(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return pairs that begin sound with ``said`` and ``plain``, both learned from other sites."""
    sound = sound_pairs(pairs).assign(until=lambda f: f["age"] + f["horizon"])
    blocks = np.random.default_rng(SEED).permutation(np.sort(pairs["block"].unique()))
    fold = dict(zip(blocks, np.arange(len(blocks)) % _FOLDS, strict=True))
    parts = []
    for number in range(_FOLDS):
        held = sound["block"].map(fold) == number
        calm = pairs[(pairs["block"].map(fold) != number) & ~pairs["suspected"]]
        curve, judge = _onset(calm), sound[held]
        table, horizon = curve.coefficients_of(judge), judge["horizon"].to_numpy(float)
        said = cracking.cracked_by(judge, np.arange(len(judge)), horizon, table, names=curve.terms)
        parts.append(judge.assign(said=said, plain=baseline(sound[~held], judge)))
    return pd.concat(parts)


def concordance(said: Floats, cracked: NDArray[np.bool_]) -> float:
    """Return how often, of one place that cracked and one that did not, the former was told the likelier."""
    ranks, n = rankdata(said)[cracked], cracked.sum()
    return float((ranks.sum() - n * (n + 1) / 2) / (n * (len(said) - n)))


def scored(told: pd.DataFrame) -> pd.DataFrame:
    """Return Brier score, concordance and mean probability of both at 1, 3 and 5 years."""
    rows = []
    for horizon in HORIZONS:
        at = told.loc[nearest(told, horizon)]
        cracked = at["cracked"].to_numpy()
        row: dict[str, float] = {"horizon": horizon, "pairs": len(at), "found": float(cracked.mean())}
        for name in ("said", "plain"):
            said = at[name].to_numpy(float)
            row |= {f"{name} mean": said.mean(), f"{name} brier": ((said - cracked) ** 2).mean()}
            row |= {f"{name} concordance": concordance(said, cracked)}
        rows.append(row)
    return pd.DataFrame(rows)


def calibrated(told: pd.DataFrame) -> pd.DataFrame:
    """Return said and found by fifths of what was said, at 1, 3 and 5 years."""
    rows = []
    for horizon in HORIZONS:
        at = told.loc[nearest(told, horizon)]
        fifth = pd.qcut(at["said"].rank(method="first"), _FIFTHS, labels=False)
        by = at.groupby(fifth)[["said", "cracked"]].mean()
        rows.append(
            {"horizon": horizon}
            | {f"fifth {k + 1}": f"{r.said:.2f}/{r.cracked:.2f}" for k, r in enumerate(by.itertuples())}
        )
    return pd.DataFrame(rows)


def survivors(pairs: pd.DataFrame) -> pd.DataFrame:
    """
    Return median ages at first crack three ways, by family.

    ``seen``: of those seen to crack, at the survey that found it, as if nobody had been resurfaced or lost before;
    ``plain``: Turnbull's, for which those count as sound up to their last survey; ``said``: by the hazard, at mean
    covariates. All of them of sections now sound, of which a few were told as cracked before.
    """
    known = intervals_of(sound_pairs(pairs).assign(until=lambda f: f["age"] + f["horizon"]))
    curve, rows = _onset(pairs[~pairs["suspected"]]), []
    ages = np.arange(0.0, 60.0, 0.05)
    for family, own in known.groupby("family"):
        plain = Turnbull.of(own["age"].to_numpy(float), own["until"].to_numpy(float), own["cracked"].to_numpy())
        new = pd.DataFrame({CRACKED: [own[CRACKED].mean()], "age": [0.0], "family": [family]})
        risk = cracking.cracked_by(
            new, np.zeros(len(ages), dtype=int), ages, curve.coefficients_of(new), names=tuple(curve.terms)
        )
        rows.append(
            {
                "family": family,
                "sections": own["unit"].nunique(),
                "seen to crack": int(own["cracked"].sum()),
                "seen": own.loc[own["cracked"], "until"].median(),
                "plain": plain.median(),
                "said": ages[np.searchsorted(risk, 0.5)],
            }
        )
    return pd.DataFrame(rows)


def main() -> None:
    """Run the histories and print every table."""
    if not SHARED.is_dir():
        raise SystemExit("The real histories (../shared/data/deterioration/ltpp) are not here.")
    histories = panel(SHARED)
    own = histories[histories["family"].isin(FAMILIES[CRACKED])]
    pairs = training_pairs(own, target=CRACKED, seed=SEED)
    told = foretold(pairs)
    print(f"{told['unit'].nunique():,} sections seen without cracks, {len(told):,} pairs that begin sound")
    print(scored(told).round(3).to_string(index=False))
    print("\n== said / found by fifths of what was said")
    print(calibrated(told).to_string(index=False))
    print("\n== median age at first crack [year]")
    print(survivors(pairs).round(1).to_string(index=False))


if __name__ == "__main__":
    main()
