"""What a feature tells of all years at once: of the rate that both halves of an epoch share, and of the next work."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.parameters import parameter

Floats = NDArray[np.float64]
_SURVEYS = 4
_NOTHING, _SURE = 1e-9, 1 - 1e-9


def halves(panel: pd.DataFrame, *, target: str, names: list[str]) -> pd.DataFrame:
    """
    Return the first and the second half of each epoch of four surveys or more, and its features at the first survey.

    Parameters
    ----------
    panel
        Table ``panel``.
    names
        Features.

    Returns
    -------
    halves
        present (value at the first survey), ``rate`` and ``later_rate`` [unit/year] of two halves that share no survey,
        and the features.
    """
    own = panel[panel[target].notna()].sort_values(["unit", "time"], kind="stable")
    by = own.groupby(["unit", "epoch"])["time"]
    rank, count = by.cumcount(), by.transform("size")
    # the places of four surveys: the ends of both halves
    ends = {"a": rank == 0, "b": rank == count // 2 - 1, "c": rank == count // 2, "d": rank == count - 1}
    parts = {k: own[at & (count >= _SURVEYS)].set_index(["unit", "epoch"]) for k, at in ends.items()}
    rates = [
        (parts[y][target] - parts[x][target]) / (parts[y]["time"] - parts[x]["time"])
        for x, y in (("a", "b"), ("c", "d"))
    ]
    return parts["a"][names].assign(present=parts["a"][target], rate=rates[0], later_rate=rates[1])


def told_of_all_years(found: pd.DataFrame, name: str) -> tuple[float, int] | None:
    """
    Return the correlation of both halves given a feature, and the epochs, where it leaves nothing of what they share.

    The halves of a road share its own rate; their surveys err apart. What is known on the day tells a part of that
    rate. A slope or a mean over all years tells all of it, or holds both halves, so that one is high where the other is
    low. None for a feature that does not, or where there are too few epochs to tell.
    """
    own = found[["present", "rate", "later_rate", name]].replace([np.inf, -np.inf], np.nan).dropna()
    if len(own) < parameter("leak_pairs") or own[name].nunique() < 2:
        return None
    plain, given = _together(own, ["present"]), _together(own, ["present", name])
    fall = (np.arctanh(plain) - np.arctanh(given)) * np.sqrt(len(own) - _SURVEYS)
    least = parameter("leak_rate_left") * max(plain, 0.0)
    return (given, len(own)) if fall > parameter("leak_errors") and given < least else None


def _together(own: pd.DataFrame, given: list[str]) -> float:
    """Return the partial correlation of the rates of both halves; 1 where nothing is left of one."""
    known = own[given].to_numpy(float)
    scale = known.std(axis=0)
    design = np.column_stack([np.ones(len(own)), (known - known.mean(axis=0)) / np.where(scale > 0, scale, 1.0)])
    rates = own[["rate", "later_rate"]].to_numpy(float)
    left = rates - design @ np.linalg.lstsq(design, rates, rcond=None)[0]
    size = np.sqrt((left**2).sum(axis=0))
    # roads without any noise: rounding tells nothing
    if (size <= _NOTHING * np.sqrt((rates**2).sum(axis=0))).any():
        return _SURE
    return float(np.clip(left[:, 0] @ left[:, 1] / size.prod(), -_SURE, _SURE))


def told_of_next_work(panel: pd.DataFrame, name: str) -> tuple[float, int] | None:
    """Return by how much a feature explains the years to the last survey before a work, and the rows, where it does."""
    last = panel.groupby(["unit", "epoch"])["time"].transform("max")
    worked = panel["epoch"] < panel.groupby("unit")["epoch"].transform("max")
    own = pd.DataFrame({"x": panel[name], "left": last - panel["time"]})[worked].replace([np.inf, -np.inf], np.nan)
    own = own.dropna()
    if len(own) < parameter("leak_pairs") or own["x"].nunique() < 2 or own["left"].nunique() < 2:
        return None
    explained = float(np.corrcoef(own["x"], own["left"])[0, 1] ** 2)
    return (explained, len(own)) if explained > parameter("leak_share") else None
