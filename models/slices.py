"""Slices: how a forecast does on parts of what it is judged on, by family, load, age, climate and present value."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.evaluate import nearest
from models.fitting import Judged
from models.histories import OWN
from models.skill import FORECAST, figures

_CLIMATE = re.compile("freez|frost|temp|rain|precip|heat|thaw")
THIRDS, FIFTHS = ("low", "middle", "high"), ("1", "2", "3", "4", "5")


def slices(judged: Judged, widths: pd.DataFrame, *, horizons: Sequence[float], seed: int) -> dict[str, Any]:
    """
    Return the model's own figures by part of the pairs: family, thirds of load, age and climate, fifths of value.

    Parameters
    ----------
    judged, widths
        As of :func:`models.skill.figures`.
    horizons
        Years ahead. [year]
    seed
        Of the draws of sites.

    Returns
    -------
    slices
        By kind, part and horizon, the figures of :func:`models.skill.figures`.
    """
    found: dict[str, Any] = {}
    places = {horizon: positions(judged, horizon) for horizon in horizons}
    for name, part in _parts(judged.pairs).items():
        whole = part.to_numpy()
        found[name] = {}
        for label in sorted(part.dropna().unique(), key=lambda one: _order(str(one))):
            rows = {}
            for horizon, at in places.items():
                own = at[whole[at] == label]
                rows[key(horizon)] = figures(judged, widths, own, seed=seed)[FORECAST]
            found[name][str(label)] = rows
    return found


def positions(judged: Judged, horizon: float) -> NDArray[np.int64]:
    """Return the positions of the pairs that count at a horizon; see :func:`models.evaluate.nearest`."""
    return judged.pairs.index.get_indexer(nearest(judged.pairs, horizon))


def key(horizon: float) -> str:
    """Return how a report calls a horizon."""
    return f"{horizon:g}"


def _order(label: str) -> tuple[int, str]:
    return (THIRDS.index(label) if label in THIRDS else 0, label)


def _parts(pairs: pd.DataFrame) -> dict[str, pd.Series]:
    named = {"family": pairs["family"].astype(object)}
    climate = [str(c) for c in pairs if _CLIMATE.search(str(c).lower()) and pairs[c].notna().any()]
    columns = {"load": "esal", "age": "age"} | {c.removeprefix(OWN): c for c in climate}
    thirds = {n: _ranked(pairs[c], THIRDS) for n, c in columns.items() if c in pairs}
    return named | thirds | {"present": _ranked(pairs["present"], FIFTHS)}


def _ranked(values: pd.Series, labels: Sequence[str]) -> pd.Series:
    """Return which part of the distribution each value lies in; parts of equal values become one."""
    known = values.dropna()
    borders = np.unique(known.quantile(np.arange(1, len(labels)) / len(labels))) if len(known) else np.empty(0)
    place = np.searchsorted(borders, values.to_numpy(float), side="left")
    return pd.Series(np.array(labels, dtype=object)[place], values.index).where(values.notna(), None)
