"""Leaks: features that know what was only measured later, and places on both sides of a split."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.all_years import halves, told_of_all_years, told_of_next_work
from models.histories import Histories
from models.offsets import survey_noise
from models.panel import CONTEXT
from models.parameters import parameter
from pavement.errors import ModelError

Floats = NDArray[np.float64]
COLUMNS = ("feature", "pairs", "explained", "explained_past", "left_of_level", "left_of_noise", "leak", "tells")
CHANGE, NOISE, ALL_YEARS, WORK = "change", "noise", "all years", "next work"
# mean square below which rounding is all that is left
_NOTHING = 1e-12


def leaks(pairs: pd.DataFrame, panel: pd.DataFrame, *, target: str) -> pd.DataFrame:
    """
    Return the features that explain more of the future than a feature can.

    Survey noise cannot be known beforehand. A feature is a leak where the later value follows from it alone; where it
    leaves less of the change than the noise of one survey; or where
    as it was at the first survey of pairs it explains nearly all of the change to the second, and as it was at the
    second not the change since the first: what is known on the day, such as load, explains both alike, and is only
    named. Pairs to the next survey, to the last one of the epoch and those of each whole horizon are looked at by
    themselves, since a feature may know any of them. Named, and not more, is what leaves nothing of what two halves of
    an epoch share, as a slope over all years does, or tells when the next work comes.

    Parameters
    ----------
    pairs
        From :func:`models.fitting.training_pairs`.
    panel
        The panel they are of.

    Returns
    -------
    leaks
        feature, pairs, explained (share of the change beyond present value and horizon), explained_past (the same of
        the change behind), left_of_level (what the feature alone leaves of the later value, against what the present
        value leaves), left_of_noise (what is left of the change against the noise of one survey), leak, whether
        it is one beyond doubt, and what it tells; one row a suspected feature, its worst pairs.
    """
    names = [c for c in pairs if str(c).startswith("x_") or c in CONTEXT]
    keys = ["unit", "epoch"]
    ends = panel[[*keys, "time", *names]].rename(columns={"time": "later"} | {n: f"_end_{n}" for n in names})
    parts = _parts(pairs.merge(ends, on=[*keys, "later"], how="left"))
    known = survey_noise(panel, target=target)
    noise = known["estimate"] if known["count"] >= parameter("leak_pairs") else 0.0
    found = [_judged(str(name), part, noise) for name in names for part in parts]
    found += _of_all_years(panel, target, [str(n) for n in names])
    table = pd.DataFrame([row for row in found if row], columns=list(COLUMNS))
    ranked = table.sort_values(["leak", "explained"], ascending=False, kind="stable")
    return ranked.drop_duplicates("feature").reset_index(drop=True)


def _of_all_years(panel: pd.DataFrame, target: str, names: list[str]) -> list[dict[str, object]]:
    """Return the rows of features that tell of all years or of the next work; none is refused for it."""
    both = halves(panel, target=target, names=names)
    rows = []
    for name in names:
        for tells, told in ((ALL_YEARS, told_of_all_years(both, name)), (WORK, told_of_next_work(panel, name))):
            if told is not None:
                rows.append({"feature": name, "pairs": told[1], "leak": False, "tells": tells})
    return rows


def refuse_leaks(found: pd.DataFrame, *, columns: dict[str, str]) -> None:
    """
    Refuse features that are leaks beyond doubt.

    Raises
    ------
    ModelError
        There are some; `columns` says how the table calls them.
    """
    if names := [columns.get(f, f) for f in found.loc[found["leak"], "feature"]]:
        raise ModelError(
            f"{', '.join(names)}: tells what was only measured later; scores with it are void.",
            cure="Drop it from the mapping, or give what was known on the day; --allow-leaks judges all the same.",
        )


def refuse_shared(train: Histories, test: Histories, *, same_sites: bool) -> list[str]:
    """
    Refuse to judge on places that were learned from (M6).

    Sites count by the names in the tables, before those that share a unit are joined. A unit counts only inside its
    site, since every site may have a unit 1; a unit without a site counts wherever it lies.

    Returns
    -------
    notes
        How many units bear the same name in other sites.

    Raises
    ------
    ModelError
        A site or unit is in both tables; or, where that is allowed, a survey judged on comes before the last one
        learned from.
    """
    one, other = train.places, test.places
    units = set(one["unit"]) & set(other["unit"])
    loose = set(one.loc[one["site"].isna(), "unit"]) | set(other.loc[other["site"].isna(), "unit"])
    shared = sorted(set(one["site"].dropna()) & set(other["site"].dropna()) | units & loose)
    if not shared:
        said = (
            f"{len(units):,} units of the test have the name of a unit learned from, in another site: taken for others."
        )
        return [said] if units else []
    if not same_sites:
        raise ModelError(
            f"{len(shared):,} sites or units are in both tables, such as {', '.join(map(str, shared[:5]))}.",
            cure="Take them out of one table; or, where the test is of later years, say --same-sites.",
        )
    if (last := float(train.panel["time"].max())) > (first := float(test.panel["time"].min())):
        raise ModelError(
            f"The test begins in {first:.1f}, before the last survey learned from ({last:.1f}), on the same sites.",
            cure="With --same-sites the whole test comes after the training: cut both tables at one year.",
        )
    return []


def _parts(pairs: pd.DataFrame) -> list[pd.DataFrame]:
    first = pairs.sort_values("horizon", kind="stable").drop_duplicates(["unit", "epoch", "time"])
    last = pairs[pairs["later"] == pairs.groupby(["unit", "epoch"])["later"].transform("max")]
    whole = pairs["horizon"].round()
    return [first, last, *(pairs[whole == h] for h in np.unique(whole))]


def _judged(name: str, pairs: pd.DataFrame, noise: float) -> dict[str, object] | None:
    """Return the row of a suspected feature, None for one that is not."""
    own = pairs[pairs[name].notna()]
    if len(own) < parameter("leak_pairs") or own[name].nunique() < 2:
        return None
    x, present = own[name].to_numpy(float), own["present"].to_numpy(float)
    horizon, change = own["horizon"].to_numpy(float), own["increment"].to_numpy(float)
    explained = _explained(x, present, horizon, change)
    plain = _left([present], present + change)
    # on roads that never change the present value leaves nothing to be told
    left = _left([x], present + change) / plain if plain > _NOTHING else 1.0
    level = left < parameter("leak_level")
    rest = _left([present, horizon, x, x * horizon], change) / noise**2 if noise**2 > _NOTHING else np.nan
    beyond = bool(rest < parameter("leak_noise"))
    if explained < parameter("leak_share") and not (level or beyond):
        return None
    ends = own[f"_end_{name}"].to_numpy(float)
    seen = np.isfinite(ends)
    # a feature that is there before a change and never after it knows nothing of the past
    past = np.nan
    if seen.sum() >= parameter("leak_pairs"):
        past = _explained(ends[seen], (present + change)[seen], horizon[seen], -change[seen])
    known = np.isnan(past) or past < parameter("leak_past")
    sure = level or beyond or (explained >= parameter("leak_share") and known)
    tells = NOISE if beyond else CHANGE
    return dict(zip(COLUMNS, (name, len(own), explained, past, left, rest, bool(sure), tells), strict=True))


def _explained(x: Floats, present: Floats, horizon: Floats, change: Floats) -> float:
    """Return the share of a change that a feature, and it times the horizon, explain beyond value and horizon."""
    plain = _left([present, horizon], change)
    return 1 - _left([present, horizon, x, x * horizon], change) / plain if plain > _NOTHING else 0.0


def _left(columns: list[Floats], wanted: Floats) -> float:
    """Return the mean square that a straight line through columns leaves of what is wanted."""
    # standardised, since loads and shares lie powers of ten apart
    design = np.column_stack([np.ones(len(wanted)), *((c - c.mean()) / (c.std() or 1.0) for c in columns)])
    solution, *_ = np.linalg.lstsq(design, wanted, rcond=None)
    return float(np.mean((wanted - design @ solution) ** 2))
