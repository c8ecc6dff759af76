"""Decided work: one work of a unit, or the two of a pair, that every strategy of the unit holds."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.errors import PlanError
from pavement.planning.treatments import Catalogue

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
# columns of a decided work, and those of the second of a pair
FIRST = ("year", "treatment", "cost", "mobilisation")
SECOND = ("second_year", "second", "second_cost", "second_mobilisation")


@dataclass(frozen=True)
class Committed:
    """
    Decided works, a unit once.

    Attributes
    ----------
    unit
        Row of the unit.
    step, treatment, cost, given
        Year of the plan, treatment, cost [NT$], and whether people gave that cost.
    second_step, second, second_cost, second_given
        The same of the second work of a pair; -1, "", 0 and False where one work alone is decided.
    """

    unit: Ints
    step: Ints
    treatment: NDArray[np.object_]
    cost: Floats
    given: Bools
    second_step: Ints
    second: NDArray[np.object_]
    second_cost: Floats
    second_given: Bools

    def some(self, keep: Bools) -> Committed:
        """Return some of the works."""
        return Committed(**{f.name: getattr(self, f.name)[keep] for f in fields(self)})

    def spent(self, years: int) -> Floats:
        """Return the money of each year of the plan. [NT$]"""
        pair = self.second_step >= 0
        step, cost = np.append(self.step, self.second_step[pair]), np.append(self.cost, self.second_cost[pair])
        return np.asarray(np.bincount(step, cost, minlength=years), dtype=np.float64)


def paired(works: pd.DataFrame) -> pd.DataFrame:
    """
    Return works as a row a unit: the earlier of two in the columns ``FIRST``, the later in ``SECOND``.

    Parameters
    ----------
    works
        unit, year, treatment, cost and, if known, mobilisation; two of a unit at most.
    """
    line = works.assign(mobilisation=works.get("mobilisation", np.nan)).sort_values(["unit", "year"], kind="stable")
    again = line["unit"].duplicated()
    second = line.loc[again, ["unit", *FIRST]].rename(columns=dict(zip(FIRST, SECOND, strict=True)))
    found = line[~again].drop(columns=list(SECOND), errors="ignore").merge(second, on="unit", how="left")
    return found.assign(second=_text(found["second"]))


def _text(names: pd.Series) -> pd.Series:
    return names.astype(object).where(names.notna(), "")


def committed_rows(
    committed: pd.DataFrame, units: pd.DataFrame, *, first_year: int, years: int, catalogue: Catalogue
) -> Committed:
    """
    Return decided work by row of its unit.

    Parameters
    ----------
    committed
        Columns unit, year (calendar), treatment and, optionally, cost [NT$]; the catalogue's price counts elsewhere.
        ``mobilisation`` is the share in that of a project which the cost holds: it is reckoned anew; none or 0 where
        people gave the cost. With the columns ``SECOND`` the second work of a pair, "" for none.
    units, first_year, years, catalogue
        As the plan has them.

    Raises
    ------
    PlanError
        A unit, year or treatment is not the plan's, or a unit stands twice.
    """
    given = committed.reindex(columns=["unit", *FIRST, *SECOND]).reset_index(drop=True)
    given["second"] = _text(given["second"])
    row = pd.Series(np.arange(len(units)), index=units["unit"]).reindex(given["unit"])
    step = given["year"].to_numpy(int) - first_year
    pair = (given["second"] != "").to_numpy()
    second_step = np.where(pair, given["second_year"].astype(float).fillna(-1).to_numpy() - first_year, -1)
    known = given["treatment"].isin(catalogue.treatments.index).to_numpy()
    bad = row.isna().to_numpy() | (step < 0) | (step >= years) | ~known
    bad |= given["unit"].duplicated(keep=False).to_numpy()
    _refuse(given[bad], "year", "treatment", first_year, years)
    unfit = pair & ~((second_step > step) & (second_step < years) & given["second"].isin(catalogue.treatments.index))
    _refuse(given[unfit], "second_year", "second", first_year, years)
    rows = row.to_numpy(np.int64)
    area = units["area_m2"].to_numpy(float)[rows]
    cost, typed = _costs(given, FIRST, area, catalogue)
    second_cost, second_typed = _costs(given[pair], SECOND, area[pair], catalogue)
    both = np.zeros(len(rows)), np.zeros(len(rows), dtype=bool)
    both[0][pair], both[1][pair] = second_cost, second_typed
    first = (rows, step.astype(np.int64), given["treatment"].to_numpy(object), cost, typed)
    return Committed(*first, second_step.astype(np.int64), given["second"].to_numpy(object), *both)


def _refuse(wrong: pd.DataFrame, year: str, treatment: str, first_year: int, years: int) -> None:
    if len(wrong):
        row, last_year = wrong.iloc[0], first_year + years - 1
        raise PlanError(
            f"Committed work {row[treatment]!r} on {row['unit']!r} in {row[year]:.0f} does not fit the plan.",
            cure=f"One work or one pair a unit, a treatment of the catalogue, {first_year} to {last_year}.",
        )


def _costs(given: pd.DataFrame, columns: tuple[str, ...], area: Floats, catalogue: Catalogue) -> tuple[Floats, Bools]:
    """Return the cost of works, and whether it is what people typed."""
    _, treatment, money, share = (given[c] for c in columns)
    prices = catalogue.treatments.loc[treatment, ["cost_mid", "mobilisation"]].to_numpy(float)
    priced = np.ceil(area * prices[:, 0] + prices[:, 1] - 1e-6)
    cost, part = money.to_numpy(float), share.to_numpy(float)
    # of a work out of a project its share in the mobilisation is reckoned anew; what people typed stands
    bare = part > 0
    own = np.ceil(cost + np.where(bare, prices[:, 1] - part, 0.0) - 1e-6)
    return np.where(np.isnan(cost), priced, own), ~np.isnan(cost) & ~bare
