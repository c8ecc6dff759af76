"""From the basis of a plan to the problem of projects: sections of its units, and mobilisation apart from costs."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.planning.basis import Basis
from pavement.planning.committed import Committed
from pavement.planning.limit_rows import Rows
from pavement.planning.projects import Crew, Problem, money_rows
from pavement.planning.sections import Sections, broken, sections
from pavement.planning.slots import slots
from pavement.planning.strategies import OF_PROJECT
from pavement.planning.treatments import Catalogue

Floats = NDArray[np.float64]
_COLUMN = "mobilisation"


@dataclass(frozen=True)
class ProjectRules:
    """
    Rules of projects.

    Attributes
    ----------
    least, most
        Extent of a project. [m]
    """

    least: float
    most: float


def without_mobilisation(catalogue: Catalogue) -> Catalogue:
    """Return treatments whose costs are those of their area alone; what their project pays is told beside them."""
    own = np.ceil(catalogue.treatments[_COLUMN].astype(float).fillna(0.0))
    return replace(catalogue, treatments=catalogue.treatments.assign(**{OF_PROJECT: own, _COLUMN: 0.0}))


def project_problem(
    rows: Rows, limits: pd.DataFrame, basis: Basis, catalogue: Catalogue, rules: ProjectRules, *, worth: float = 0.0
) -> Problem:
    """
    Return the problem of projects.

    Parameters
    ----------
    rows
        From :func:`pavement.planning.limit_rows.with_rows`.
    limits
        Of the plan.
    basis
        Units and strategies made :func:`without_mobilisation`. Of works in one section that were decided for several
        years, those of other years than the first are projects of their own.
    catalogue
        Treatments with their mobilisation. [NT$]
    rules
        Rules of projects.
    worth
        Benefit of one NT$ of mobilisation.
    """
    c, units, table = rows.choices, basis.units, basis.strategies
    group_unit = table["unit"].to_numpy(np.int64)[c.first]
    made = sections(units, alone=alone(units, basis.committed))
    mobilisation = mobilisations(table, catalogue, basis.committed)
    categories = catalogue.treatments["category"]
    money, kind = money_rows(limits, table, units, categories, years=basis.years)
    area = units["area_m2"].to_numpy(np.float64)[group_unit]
    crew = Crew(rules.least, rules.most, mobilisation, money, kind, area, worth)
    return Problem(c, np.floor(rows.limits), made, made.of_unit[group_unit], crew, made.whole[group_unit])


def mobilisations(strategies: pd.DataFrame, catalogue: Catalogue, committed: Committed | None) -> Floats:
    """Return the mobilisation of all works of strategies, (C, K); 0 where a cost that was given holds it. [NT$]"""
    price = np.ceil(catalogue.treatments[_COLUMN].astype(float).fillna(0.0)).to_dict() | {"": 0.0}
    found = np.column_stack(
        [strategies[slot].astype(object).map(price).to_numpy(np.float64) for slot in slots(strategies)]
    )
    if committed is not None:
        unit = strategies["unit"].to_numpy(np.int64)
        every = {"committed": committed.given, "second_committed": committed.second_given}
        every |= {"third_committed": committed.third_given}
        for slot, (held, given) in enumerate(list(every.items())[: found.shape[1]]):
            own = np.isin(unit, committed.unit[given]) & strategies[held].to_numpy(bool)
            found[own, slot] = 0.0
    return found


def alone(units: pd.DataFrame, committed: Committed | None) -> NDArray[np.bool_]:
    """
    Return units whose works are projects of their own, (N,).

    They lie in a section that no lane runs through, or were decided for other years than the first works decided in
    their section, or for a lane along a part of it.
    """
    apart = np.zeros(len(units), dtype=bool)
    if committed is None or not len(committed.unit):
        return broken(units)
    made: Sections = sections(units)
    own, section = committed.unit, made.of_unit[committed.unit]
    whole, none = made.whole[own], np.iinfo(np.int64).max
    works = np.column_stack([committed.step, committed.second_step, committed.third_step])
    # years of the project of each section: of those that begin as it does, the earliest next year, and so on
    years, like = np.full((works.shape[1], made.count), none), whole
    for slot, year in enumerate(works.T):
        like = like & (year >= 0)
        np.minimum.at(years[slot], section[like], year[like])
        like = like & (year == years[slot][section])
    fits = (works < 0) | (works[:, :, None] == years[:, section].T[:, None, :]).any(axis=2)
    # beside what runs through a part of its section alone no neighbour has to work
    apart[own] = ~whole | ~fits.all(axis=1)
    return broken(units, alone=apart)
