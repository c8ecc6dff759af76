"""The course of condition after a treatment: reset to a level, then growth as forecast."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.planning.outlook import Outlook, Path
from pavement.planning.penalty import falls, penalty
from pavement.planning.treatments import reset_kinds

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Course:
    """Condition by kind, (N, H + 1) at the start of year t, with the surface age there. [year]"""

    condition: Path
    age: Floats

    def rows(self, rows: NDArray[np.int64]) -> Course:
        """Return the course of some of the units."""
        return Course({k: v[rows] for k, v in self.condition.items()}, self.age[rows])


def untreated(look: Outlook) -> Course:
    """Return the course without any work."""
    return Course(dict(look.untreated), look.age[:, None] + np.arange(look.steps + 1.0))


def treated(course: Course, look: Outlook, treatment: pd.Series, *, step: int) -> Course:
    """
    Return a course after one treatment at the start of year `step`; up to and including that moment it is unchanged.

    Parameters
    ----------
    course
        Course before.
    look
        Outlook of the same units.
    treatment
        Row of the catalogue, named by the treatment.
    step
        Year of work, 0 for the first.

    Notes
    -----
    A renewed surface starts at the level of the catalogue, never above the value before, and grows as forecast for a
    new surface; a share of the old cracks comes back over the life (reflection). Work that does not renew the surface
    leaves the growth as it was; it can hold cracking still for some years, and what it mends of a kind that is not
    forecast is back after its life. Growth after the work is multiplied by its later rate: 1, unless the table says
    otherwise or works on record showed it.
    """
    renews = bool(treatment["resets_age"])
    condition = {}
    for kind, path in course.condition.items():
        level = float(treatment[f"reset_{kind}"]) if kind in reset_kinds() else np.nan
        values = path.copy()
        before = path[:, step : step + 1]
        start = before if np.isnan(level) else better(before, level, kind)
        rate = float(treatment.get(f"rate_{kind}", 1.0))
        if renews:
            grown = _growth(look, str(treatment.name), kind, steps=path.shape[1] - 1 - step)
            values[:, step + 1 :] = start + rate * grown
        elif not np.isnan(level) or rate != 1:
            values[:, step + 1 :] = _mended(path, start, look, kind, step=step, life=int(treatment["life"]), rate=rate)
        if kind == "crack_percent":
            values[:, step + 1 :] = _cracks(values, before, treatment, step=step, renews=renews)
        condition[kind] = values
    age = course.age.copy()
    if renews:
        age[:, step + 1 :] = np.arange(1.0, age.shape[1] - step)
    return Course(condition, age)


def better(before: Floats, level: float, kind: str) -> Floats:
    """Return the level that work leaves, never worse than the value before."""
    return np.maximum(before, level) if falls(kind) else np.minimum(before, level)


def _growth(look: Outlook, treatment: str, kind: str, *, steps: int) -> Floats | float:
    grown = look.renewed[treatment].get(kind)
    return 0.0 if grown is None else grown[:, 1 : steps + 1]


def _mended(
    path: Floats, start: Floats, look: Outlook, kind: str, *, step: int, life: int, rate: float = 1.0
) -> Floats:
    """Return the values after mending: the old growth from the new level, or the old path again after the life."""
    if any(kind in grown for grown in look.renewed.values()):
        return start + rate * (path[:, step + 1 :] - path[:, step : step + 1])
    back = np.arange(step + 1, path.shape[1]) > step + life
    return np.where(back, path[:, step + 1 :], start)


def _cracks(values: Floats, before: Floats, treatment: pd.Series, *, step: int, renews: bool) -> Floats:
    """Return cracking after the treatment with reflection or delay, at most 100 %."""
    later = np.arange(step + 1, values.shape[1])
    if renews:
        back = float(treatment["reflection"]) * np.minimum(1.0, (later - step) / float(treatment["life"]))
        return np.minimum(100.0, values[:, step + 1 :] + before * back)
    delay = int(treatment["crack_delay"])
    return values[:, np.maximum(step, later - delay)]


def course_penalty(course: Course, *, after: int = 0) -> Floats:
    """Return the condition penalty at the ends of the years from year `after` on, (N, H - after). [0-100]"""
    return penalty({kind: path[:, after + 1 :] for kind, path in course.condition.items()})
