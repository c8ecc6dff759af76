"""From the basis of a plan to the problem of projects: sections of its units, and mobilisation apart from costs."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.planning.limit_rows import Rows
from pavement.planning.projects import Crew, Problem, money_rows
from pavement.planning.sections import Sections, sections
from pavement.planning.strategies import Committed
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
    """Return treatments whose costs are those of their area alone."""
    return replace(catalogue, treatments=catalogue.treatments.assign(**{_COLUMN: 0.0}))


def project_problem(
    rows: Rows,
    limits: pd.DataFrame,
    strategies: pd.DataFrame,
    units: pd.DataFrame,
    catalogue: Catalogue,
    rules: ProjectRules,
    *,
    committed: Committed | None,
    first: int,
    years: int,
    worth: float = 0.0,
) -> Problem:
    """
    Return the problem of projects.

    Parameters
    ----------
    rows
        From :func:`pavement.planning.limit_rows.with_rows`, of strategies made :func:`without_mobilisation`.
    limits, strategies, units
        Of the plan.
    catalogue
        Treatments with their mobilisation. [NT$]
    rules
        Rules of projects.
    committed
        Decided works, or None. Of works in one section that were decided for several years, those of other years than
        the first by year and unit are projects of their own.
    first, years
        First calendar year and number of the plan years.
    worth
        Benefit of one NT$ of mobilisation.
    """
    c = rows.choices
    unit = strategies["unit"].to_numpy(np.int64)
    group_unit = unit[c.first]
    made = sections(units, alone=_alone(units, committed))
    price = np.ceil(catalogue.treatments[_COLUMN].astype(float).fillna(0.0)).to_dict() | {"": 0.0}
    mobilisation = np.column_stack(
        [strategies[name].astype(object).map(price).to_numpy(np.float64) for name in ("first", "second")]
    )
    money, kind = money_rows(
        limits, strategies, units, catalogue.treatments["category"], first=first, years=years
    )  # fmt: skip
    area = units["area_m2"].to_numpy(np.float64)[group_unit]
    crew = Crew(rules.least, rules.most, mobilisation, money, kind, area, worth)
    return Problem(c, np.floor(rows.limits), made, made.of_unit[group_unit], crew)


def _alone(units: pd.DataFrame, committed: Committed | None) -> NDArray[np.bool_]:
    """Return units whose decided work lies in another year than the first decided one of their section."""
    apart = np.zeros(len(units), dtype=bool)
    if committed is None or not len(committed.unit):
        return apart
    made: Sections = sections(units)
    table = pd.DataFrame({"unit": committed.unit, "step": committed.step})
    table = table.assign(section=made.of_unit[committed.unit]).sort_values(["section", "step", "unit"])
    lead = table.groupby("section")["step"].transform("first")
    apart[table.loc[table["step"] != lead, "unit"].to_numpy(np.int64)] = True
    return apart
