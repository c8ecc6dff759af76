"""The condition of the network by year, under a plan and without work."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.condition.good_fair_poor import condition_limits
from pavement.planning.outlook import Outlook
from pavement.planning.penalty import penalty
from pavement.planning.rollout import Course, treated, untreated
from pavement.planning.slots import slots
from pavement.planning.treatments import Catalogue

Floats = NDArray[np.float64]


def chosen_course(look: Outlook, chosen: pd.DataFrame, *, catalogue: Catalogue) -> Course:
    """
    Return the course of all units with the strategies chosen, one row a unit at most.

    Parameters
    ----------
    look
        Outlook of the units.
    chosen
        Rows of :func:`pavement.planning.strategies.strategies`.
    catalogue
        Treatments.
    """
    plain = untreated(look)
    condition, age = {k: v.copy() for k, v in plain.condition.items()}, plain.age.copy()
    works = list(slots(chosen))
    for names, group in chosen.groupby(works, observed=True):
        rows = group["unit"].to_numpy(np.int64)
        course = plain.rows(rows)
        for slot, name in zip(works, names, strict=True):
            if name:
                step = group[f"{slot}_year"].to_numpy(np.int64)
                course = treated(course, look, catalogue.treatments.loc[name], step=step, rows=rows)
        for kind, path in course.condition.items():
            condition[kind][rows] = path
        age[rows] = course.age
    return Course(condition, age, look.curves)


def network_condition(courses: dict[str, Course], area: Floats, *, first_year: int, years: int) -> pd.DataFrame:
    """
    Return mean condition and shares of good and poor area, by year, scenario and kind.

    Parameters
    ----------
    courses
        Course by the name of its scenario.
    area
        Area of each unit. [m2]
    first_year, years
        Calendar year of the first plan year, and their number. The year before the first holds the condition at the
        start; each other year the condition at its end.

    Returns
    -------
    frame
        year, scenario, kind, mean, good_share, poor_share, known_share [0-1]; kind ``penalty`` is the condition
        penalty and has neither good nor poor. Units of unknown condition do not count; ``known_share`` is the share
        of the area that does.
    """
    limits = condition_limits()
    frames = []
    for scenario, course in courses.items():
        paths = course.condition | {"penalty": penalty(course.condition, course.curves)}
        for kind, path in paths.items():
            shown = path[:, : years + 1]
            known = ~np.isnan(shown)
            weight = known * area[:, None]
            total = weight.sum(axis=0)
            shares = {"mean": np.nansum(np.where(known, shown, 0.0) * weight, axis=0)}
            if kind in limits.index:
                good, poor = float(limits.loc[kind, "good_below"]), float(limits.loc[kind, "poor_above"])
                shares |= {
                    "good_share": (weight * (shown < good)).sum(axis=0),
                    "poor_share": (weight * (shown > poor)).sum(axis=0),
                }
            part_of = {
                k: np.divide(v, total, out=np.full(years + 1, np.nan), where=total > 0) for k, v in shares.items()
            }
            part_of["known_share"] = total / area.sum() if len(area) else np.full(years + 1, np.nan)
            at = np.arange(first_year - 1, first_year + years)
            frames.append(pd.DataFrame({"year": at, "scenario": scenario, "kind": kind, **part_of}))
    columns = ["year", "scenario", "kind", "mean", "good_share", "poor_share", "known_share"]
    return pd.concat(frames, ignore_index=True).reindex(columns=columns)
