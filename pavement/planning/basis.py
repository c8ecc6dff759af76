"""What every answer for one outlook shares: units, their outlook, strategies rolled out once, and decided works."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.condition.surface_types import SURFACES
from pavement.errors import PlanError
from pavement.planning.cause import causes, surfaces
from pavement.planning.choices import Choices, choices
from pavement.planning.committed import Committed, committed_rows
from pavement.planning.economics import parameters, traffic_weight
from pavement.planning.forbidden import barred_steps
from pavement.planning.limit_rows import Works
from pavement.planning.moratoria import free_steps
from pavement.planning.outlook import Forecast, Outlook, outlook
from pavement.planning.strategies import strategies
from pavement.planning.treatments import CAUSE, SURFACE, Catalogue
from pavement.planning.unit_checks import check_discount_rate, check_units
from pavement.progress import Progress, silent

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Basis:
    """
    Units with their strategies, ready to be chosen from under any budgets and limits.

    Attributes
    ----------
    units, look, strategies, catalogue
        Units, their outlook, the table of strategies and the treatments.
    choices
        The strategies as arrays, with the budgets of the years as rows.
    years
        Calendar years of the plan.
    committed
        Decided works, or None.
    discount_rate
        Real rate. [1/year]
    causes
        Cause of damage of each unit, from :func:`pavement.planning.cause.causes`.
    """

    units: pd.DataFrame
    look: Outlook
    strategies: pd.DataFrame
    catalogue: Catalogue
    choices: Choices
    years: range
    committed: Committed | None
    discount_rate: float
    causes: pd.DataFrame

    @property
    def works(self) -> Works:
        """What limits are reckoned from."""
        return Works(self.units, self.look, self.strategies, self.catalogue)


def basis(  # noqa: PLR0913
    units: pd.DataFrame,
    *,
    years: range,
    forecast: Forecast,
    catalogue: Catalogue,
    discount_rate: float,
    committed: pd.DataFrame | None = None,
    forbidden: pd.DataFrame | None = None,
    pruned: bool = True,
    progress: Progress = silent,
) -> Basis:
    """
    Return the basis of plans: the outlook of units and their strategies.

    Parameters
    ----------
    units, forecast, catalogue, discount_rate, committed, forbidden
        As of :func:`pavement.planning.optimise.plan`.
    years
        Calendar years of the plan.
    pruned
        Whether strategies that cost more and gain no more are left out; not where more than money is limited.
    progress
        Told how far it is.

    Raises
    ------
    PlanError
        Units, the discount rate or committed work are not what they must be.
    """
    check_units(units)
    check_discount_rate(discount_rate)
    units = units.reset_index(drop=True)
    progress(0, 4, "forecast")
    cause = causes(units)
    look = looked(units, cause, years=years, forecast=forecast, catalogue=catalogue)
    barred = barred_steps(forbidden, units, years=years, catalogue=catalogue)
    look = replace(look, earliest=free_steps(units, first_year=years[0]), barred=barred)
    progress(1, 4, "strategies")
    decided = None
    if committed is not None and len(committed):
        decided = committed_rows(committed, units, first_year=years[0], years=len(years), catalogue=catalogue)
    table = strategies(
        look,
        area=units["area_m2"].to_numpy(float),
        weight=unit_weights(units),
        years=len(years),
        catalogue=catalogue,
        discount_rate=discount_rate,
        committed=decided,
        pruned=pruned,
    )
    options = choices(table, years=len(years))
    return Basis(units, look, table, catalogue, options, years, decided, discount_rate, cause)


def looked(
    units: pd.DataFrame, cause: pd.DataFrame, *, years: range, forecast: Forecast, catalogue: Catalogue
) -> Outlook:
    """Return the outlook of units over the years of a plan and those beyond, their cause and surface told as codes."""
    steps = len(years) + int(parameters()["tail_years"])
    # the cause decides the family of treatments, by the triggers
    coded = units.assign(**{CAUSE: cause["code"], SURFACE: surfaces(units).map(SURFACES.index).astype(float)})
    return outlook(coded, steps=steps, forecast=forecast, catalogue=catalogue)


def unit_weights(units: pd.DataFrame) -> Floats:
    """Return the traffic weight of each unit, 1 where traffic is not known."""
    return traffic_weight(units["aadt"]).to_numpy(float) if "aadt" in units else np.ones(len(units))


def checked_budgets(budgets: pd.Series) -> pd.Series:
    """
    Return budgets as numbers by calendar year.

    Raises
    ------
    PlanError
        They are not one number for each year in turn.
    """
    index = pd.Index(budgets.index)
    in_turn = len(index) >= 1 and (np.diff(index.to_numpy(int)) == 1).all()
    if not in_turn:
        raise PlanError(
            f"{len(index)} budgets do not fit years in turn: {', '.join(str(y) for y in index)}.",
            cure="Give one budget for each calendar year in turn.",
        )
    money = budgets.astype(float)
    if money.isna().any():
        raise PlanError(f"The budget of {money.index[money.isna()][0]} is no number.", cure="Give an amount in NT$.")
    return money.rename("budget")
