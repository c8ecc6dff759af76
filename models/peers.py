"""Peers: what places of the same surface family, of like age and load, did in training, and what is high among them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.boosted import FAMILY, HORIZON
from models.fitting import CLEANED
from models.mixing import EVERY
from models.parameters import parameter

Floats = NDArray[np.float64]
_THIRDS = (1 / 3, 1 / 2, 2 / 3)
_LOADS = ("esal", "aadtt")
_DIGITS = 6


@dataclass(frozen=True)
class Peers:
    """
    What the peers of one state were like.

    Attributes
    ----------
    family
        Surface family that they share, empty for all families together.
    alike
        Whether they share the third of age and of load too; else too few did.
    rate
        Median yearly damage without work, in the unit of the target a year.
    pairs
        Pairs of surveys behind the rate.
    thirds
        Of each feature the lower third, the median and the upper third in the family.
    """

    family: str
    alike: bool
    rate: float
    pairs: int
    thirds: dict[str, tuple[float, float, float]] = field(default_factory=dict)

    def level(self, feature: str, value: float) -> str:
        """Return whether a value is ``high`` or ``low`` among the peers; empty in between and where it is unknown."""
        if feature not in self.thirds or not np.isfinite(value):
            return ""
        low, _, high = self.thirds[feature]
        return "high" if value > high else "low" if value < low else ""

    def typical(self, states: pd.DataFrame) -> pd.DataFrame:
        """Return states like the given ones, each known feature at the median of the peers."""
        known = {c: middle for c, (_, middle, _) in self.thirds.items() if c in states}
        return states.assign(**known)


def peers_card(pairs: pd.DataFrame, *, columns: tuple[str, ...]) -> dict[str, Any]:
    """
    Return what a card keeps of the peers: by family (and "" for all) thirds of each feature, and rates.

    Rates are medians of the yearly change over pairs without work, without the offsets of surveys where those are
    known: under "" of the family, and under ``third of age/third of load`` where both are known.

    Parameters
    ----------
    pairs
        Pairs learned from; those across a suspected work do not count.
    columns
        Features of the model.
    """
    calm = pairs[~pairs["suspected"].astype(bool)]
    counts = calm["family"].astype(str).value_counts()
    families = counts.index[counts >= parameter("family_pairs_min")]
    parts = {EVERY: calm} | {str(f): calm[calm["family"].astype(str) == f] for f in families}
    wanted = [c for c in columns if c in calm and c != HORIZON and not c.startswith(FAMILY)]
    return {family: _of_family(part, wanted) for family, part in parts.items()}


def _of_family(part: pd.DataFrame, columns: list[str]) -> dict[str, Any]:
    found = part[columns].astype(float).quantile(list(_THIRDS)).dropna(axis=1)
    thirds = {str(c): [round(float(v), _DIGITS) for v in found[c]] for c in found}
    change = part[CLEANED] if CLEANED in part else part["increment"]
    rate = change / part[HORIZON]
    rates = {"": _median(rate)} if len(part) else {}
    load = next((c for c in _LOADS if c in thirds), "")
    if load and "age" in thirds:
        key = _third(part["age"], thirds["age"]) + "/" + _third(part[load], thirds[load])
        known = part["age"].notna() & part[load].notna()
        rates |= {str(k): _median(own) for k, own in rate[known].groupby(key[known])}
    return {"thirds": thirds, "rates": rates}


def _median(rate: pd.Series) -> list[float]:
    return [round(float(rate.median()), _DIGITS), len(rate)]


def _third(values: pd.Series, thirds: list[float]) -> pd.Series:
    return pd.Series(
        np.select([values < thirds[0], values > thirds[2]], ["low", "high"], "middle"), index=values.index, dtype=object
    )


def peers_of(card: dict[str, Any], state: pd.DataFrame) -> Peers | None:
    """
    Return the peers of one state by what a card keeps of them; None where the card keeps nothing.

    Parameters
    ----------
    card
        Card of a model; ``peers`` is from :func:`peers_card`.
    state
        One row.
    """
    kept = card.get("peers", {})
    own = str(state["family"].iloc[0]) if "family" in state else EVERY
    family = own if own in kept else EVERY
    if family not in kept or not kept[family]["rates"]:
        return None
    thirds, rates = kept[family]["thirds"], kept[family]["rates"]
    load = next((c for c in _LOADS if c in thirds), "")
    rate, alike = rates[""], False
    if len(rates) > 1 and load in state and "age" in state and state[["age", load]].notna().all(axis=None):
        key = f"{_third(state['age'], thirds['age']).iloc[0]}/{_third(state[load], thirds[load]).iloc[0]}"
        if key in rates and rates[key][1] >= parameter("peers_pairs_min"):
            rate, alike = rates[key], True
    held = {c: (float(low), float(middle), float(high)) for c, (low, middle, high) in thirds.items()}
    return Peers(family, alike, float(rate[0]), int(rate[1]), held)
