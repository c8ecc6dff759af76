"""Decided work: one work of a unit, or two or three in turn, that every strategy of the unit holds."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.errors import PlanError
from pavement.planning.treatments import Catalogue

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
# columns of a decided work, of the second of several, and of a third
FIRST = ("year", "treatment", "cost", "mobilisation")
SECOND = ("second_year", "second", "second_cost", "second_mobilisation")
THIRD = ("third_year", "third", "third_cost", "third_mobilisation")


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
        The same of the second work of several; -1, "", 0 and False where one work alone is decided.
    third_step, third, third_cost, third_given
        The same of a third work.
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
    third_step: Ints
    third: NDArray[np.object_]
    third_cost: Floats
    third_given: Bools

    def some(self, keep: Bools) -> Committed:
        """Return some of the works."""
        return Committed(**{f.name: getattr(self, f.name)[keep] for f in fields(self)})

    def spent(self, years: int) -> Floats:
        """Return the money of each year of the plan. [NT$]"""
        step = np.concatenate([self.step, self.second_step, self.third_step])
        cost = np.concatenate([self.cost, self.second_cost, self.third_cost])
        return np.asarray(np.bincount(step[step >= 0], cost[step >= 0], minlength=years), dtype=np.float64)


def paired(works: pd.DataFrame) -> pd.DataFrame:
    """
    Return works as a row a unit: the earliest in the columns ``FIRST``, the next in ``SECOND``, a third in ``THIRD``.

    Parameters
    ----------
    works
        unit, year, treatment, cost and, if known, mobilisation; three of a unit at most. Where no unit has three, there
        are no columns ``THIRD``.
    """
    line = works.assign(mobilisation=works.get("mobilisation", np.nan)).sort_values(["unit", "year"], kind="stable")
    turn = line.groupby("unit").cumcount()
    found = line[turn == 0].drop(columns=[*SECOND, *THIRD], errors="ignore")
    for number, names in enumerate((SECOND, THIRD), start=1):
        if number == 1 or (turn == number).any():
            later = line.loc[turn == number, ["unit", *FIRST]].rename(columns=dict(zip(FIRST, names, strict=True)))
            found = found.merge(later, on="unit", how="left")
            found[names[1]] = _text(found[names[1]])
    return found


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
        people gave the cost. With the columns ``SECOND`` and ``THIRD`` the works after it, "" for none.
    units, first_year, years, catalogue
        As the plan has them.

    Raises
    ------
    PlanError
        A unit, year or treatment is not the plan's, a unit stands twice, or a cost is below 0.
    """
    given = committed.reindex(columns=["unit", *FIRST, *SECOND, *THIRD]).reset_index(drop=True)
    row = pd.Series(np.arange(len(units)), index=units["unit"]).reindex(given["unit"])
    step = given["year"].to_numpy(int) - first_year
    _refuse_units(given, row.isna().to_numpy())
    _refuse_works(given, FIRST[:3], first_year, years, catalogue)
    rows = row.to_numpy(np.int64)
    area = units["area_m2"].to_numpy(float)[rows]
    cost, typed = _costs(given, FIRST, area, catalogue)
    own = (rows, step.astype(np.int64), given["treatment"].to_numpy(object), cost, typed)
    later: list[Any] = []
    for names in (SECOND, THIRD):
        found = _later(given, names, area, step, first_year=first_year, years=years, catalogue=catalogue)
        later, step = [*later, *found], found[0]
    return Committed(*own, *later)


def _later(  # noqa: PLR0913
    given: pd.DataFrame,
    names: tuple[str, ...],
    area: Floats,
    before: Ints,
    *,
    first_year: int,
    years: int,
    catalogue: Catalogue,
) -> tuple[Ints, NDArray[np.object_], Floats, Bools]:
    """Return step, treatment, cost and whether people gave it, of the works after others; -1, "", 0, False for none."""
    treatment = _text(given[names[1]])
    there = (treatment != "").to_numpy()
    own = given.assign(**{names[1]: treatment})[there]
    step = np.full(len(given), -1, dtype=np.int64)
    step[there] = own[names[0]].astype(float).fillna(-1).to_numpy() - first_year
    _refuse_works(own, names[:3], first_year, years, catalogue)
    _refuse(
        given.assign(**{names[1]: treatment})[there & ((step <= before) | (before < 0))], names[:2],
        "A decided work of a unit is not in a later year than the one before it",
        "Give the works of a unit in the order of their years.",
    )  # fmt: skip
    cost, typed = np.zeros(len(given)), np.zeros(len(given), dtype=bool)
    cost[there], typed[there] = _costs(own, names, area[there], catalogue)
    return step, treatment.to_numpy(object), cost, typed


def _refuse_units(given: pd.DataFrame, unknown: Bools) -> None:
    """Refuse works on units that the plan does not have, and several rows of one unit."""
    _refuse(
        given[unknown], FIRST[:2], "Committed work on units that the plan does not have",
        "Name the units as the plan does.",
    )  # fmt: skip
    _refuse(
        given[given["unit"].duplicated(keep=False)], FIRST[:2], "Committed work of one unit in several rows",
        "Give a unit one row: one work, or two or three in turn.",
    )  # fmt: skip


def _refuse_works(
    given: pd.DataFrame, named: tuple[str, ...], first_year: int, years: int, catalogue: Catalogue
) -> None:
    """Refuse treatments that the catalogue does not have, years beyond the plan, and costs that are none."""
    year, treatment, cost = given[named[0]].astype(float), given[named[1]], given[named[2]].astype(float)
    unknown, last_year = ~treatment.isin(catalogue.treatments.index), first_year + years - 1
    _refuse(
        given[unknown], named, "Committed work of treatments that the catalogue does not have",
        "Name treatments of the catalogue, or add them to it.",
    )  # fmt: skip
    _refuse(
        given[~year.between(first_year, last_year)], named, "Committed work in years that the plan does not have",
        f"The years of the plan are {first_year} to {last_year}.",
    )  # fmt: skip
    _refuse(
        given[(cost < 0) | np.isinf(cost)], named, "Committed work has a cost below 0 or without end",
        "Give the cost in NT$, or leave it empty for the price of the catalogue.",
    )  # fmt: skip


def _refuse(wrong: pd.DataFrame, named: tuple[str, ...], fault: str, cure: str) -> None:
    """Refuse works for one fault, each of them named."""
    if wrong.empty:
        return
    year, treatment = wrong[named[0]].astype(float), wrong[named[1]]
    # unit, year and treatment need no words between them, which would be of one language
    works = zip(wrong["unit"], year, treatment, strict=True)
    told = [" ".join([str(u), *([f"{y:.0f}"] if y == y else []), str(t)]) for u, y, t in works]
    raise PlanError(f"{fault}: {', '.join(told)}.", cure=cure)


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
