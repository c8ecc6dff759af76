"""The course of condition after a treatment: reset to a level, then growth as forecast."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.planning.outlook import Outlook, Path
from pavement.planning.penalty import Curves, falls, penalty, penalty_curves
from pavement.planning.treatments import reset_kinds

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Course:
    """Condition by kind, (N, H + 1) at the start of year t, with the surface age there [year] and what it counts."""

    condition: Path
    age: Floats
    curves: Curves = field(default_factory=penalty_curves)

    def rows(self, rows: Ints) -> Course:
        """Return the course of some of the units."""
        return Course({k: v[rows] for k, v in self.condition.items()}, self.age[rows], self.curves)


def untreated(look: Outlook) -> Course:
    """Return the course without any work."""
    return Course(dict(look.untreated), look.age[:, None] + np.arange(look.steps + 1.0), look.curves)


def treated(
    course: Course, look: Outlook, treatment: pd.Series, *, step: int | Ints, rows: Ints | None = None
) -> Course:
    """
    Return a course after one treatment at the start of year `step`; up to and including that moment it is unchanged.

    Parameters
    ----------
    course
        Course before.
    look
        Outlook of the units.
    treatment
        Row of the catalogue, named by the treatment.
    step
        Year of work, 0 for the first; one for all rows of the course, or one each.
    rows
        Row of `look` that each row of the course is of, so that one unit may stand there often; when not given, all
        rows in turn.

    Notes
    -----
    A renewed surface starts at the level of the catalogue, never above the value before, and grows as forecast for a
    new surface; a share of the old cracks comes back over the life (reflection). Work that does not renew the surface
    leaves the growth as it was; it can hold cracking still for some years, and what it mends of a kind that is not
    forecast is back after its life. Growth after the work is multiplied by its later rate: 1, unless the table says
    otherwise or works on record showed it.
    """
    renews = bool(treatment["resets_age"])
    count, columns = course.age.shape
    at = np.broadcast_to(np.asarray(step, dtype=np.int64), count)[:, None]
    since = np.arange(columns) - at
    later = since > 0
    own = np.arange(count) if rows is None else rows
    place = own[:, None] * columns + np.maximum(since, 0)
    condition = {}
    for kind, path in course.condition.items():
        level = float(treatment[f"reset_{kind}"]) if kind in reset_kinds() else np.nan
        before = np.take_along_axis(path, at, axis=1)
        start = before if np.isnan(level) else better(before, level, kind)
        rate = float(treatment.get(f"rate_{kind}", 1.0))
        after = path
        if renews:
            grown = look.renewed[str(treatment.name)].get(kind)
            after = start + (0.0 if grown is None else rate * grown.take(place))
        elif not np.isnan(level) or rate != 1:
            forecast = any(kind in grown for grown in look.renewed.values())
            life = int(treatment["life"])
            after = start + rate * (path - before) if forecast else np.where(since > life, path, start)
        if kind == "crack_percent" and (renews or treatment["crack_delay"] > 0):
            after = _cracks(np.where(later, after, path), before, treatment, since, renews=renews)
        # what the work leaves as it was is not copied
        condition[kind] = path if after is path else np.where(later, after, path)
    return Course(condition, np.where(later, since, course.age) if renews else course.age, course.curves)


def better(before: Floats, level: float, kind: str) -> Floats:
    """Return the level that work leaves, never worse than the value before."""
    return np.maximum(before, level) if falls(kind) else np.minimum(before, level)


def _cracks(values: Floats, before: Floats, treatment: pd.Series, since: Ints, *, renews: bool) -> Floats:
    """Return cracking after the treatment with reflection or delay, at most 100 %."""
    if renews:
        back = float(treatment["reflection"]) * np.minimum(1.0, since / float(treatment["life"]))
        return np.minimum(100.0, values + before * back)
    delayed = np.clip(since, 0, int(treatment["crack_delay"]))
    at = np.arange(values.shape[1]) - delayed
    return np.take_along_axis(values, at, axis=1)


def course_penalty(course: Course, *, after: int = 0) -> Floats:
    """Return the condition penalty at the ends of the years from year `after` on, (N, H - after). [0-100]"""
    return penalty({kind: path[:, after + 1 :] for kind, path in course.condition.items()}, course.curves)
