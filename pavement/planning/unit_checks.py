"""Units and the discount rate of a plan, checked before anything is reckoned from them; what is wrong is named."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pavement.errors import PlanError
from pavement.network.joining import TOUCH
from pavement.planning.economics import parameters

_NEEDED = ["unit", "route", "direction", "lane", "from_m", "to_m", "area_m2"]
# units named in one message
_NAMED = 5


def check_units(units: pd.DataFrame) -> None:
    """
    Refuse units that cannot be planned.

    Parameters
    ----------
    units
        As of :func:`pavement.planning.optimise.plan`.

    Raises
    ------
    PlanError
        A column is missing, a unit stands twice, ends before it begins or has no area, or two lie on each other.
    """
    if missing := sorted(set(_NEEDED) - set(units.columns)):
        raise PlanError(f"The units have no column {missing}.", cure="Make them with pavement.planning.units.units.")
    if units["unit"].duplicated().any():
        twice = units.loc[units["unit"].duplicated(), "unit"].iloc[0]
        raise PlanError(f"Unit {twice!r} stands twice.", cure="Give one row a unit: its newest state.")
    names = units["unit"].astype(str)
    area = units["area_m2"].to_numpy(float)
    _refuse(names[~((area > 0) & np.isfinite(area))], "Units have no area", "Give each unit its area in m2.")
    start, end = units["from_m"].to_numpy(float), units["to_m"].to_numpy(float)
    proper = (start < end) & np.isfinite(start) & np.isfinite(end)
    _refuse(names[~proper], "Units do not begin before they end", "Give each unit from_m below to_m.")
    _refuse(_overlapping(units), "Units lie on each other on one lane", "Give each place of a lane to one unit.")


def _overlapping(units: pd.DataFrame) -> pd.Series:
    """Return units, with that before them, which begin before the end of another of the same lane."""
    place = units[["route", "direction", "lane"]].astype(str)
    lane = place["route"] + "|" + place["direction"] + "|" + place["lane"]
    line = units.assign(line=lane).sort_values(["line", "from_m", "to_m"], ignore_index=True)
    reach = line.groupby("line")["to_m"].cummax()
    # the unit that reaches furthest of those before
    furthest = line["unit"].astype(str).where(line["to_m"] == reach).groupby(line["line"]).ffill()
    before = reach.groupby(line["line"]).shift()
    over = line["from_m"] < before - TOUCH
    return furthest.groupby(line["line"]).shift()[over] + " / " + line.loc[over, "unit"].astype(str)


def _refuse(named: pd.Series, fault: str, cure: str) -> None:
    if len(named):
        shown = ", ".join(named.iloc[:_NAMED]) + (f", … ({len(named)})" if len(named) > _NAMED else "")
        raise PlanError(f"{fault}: {shown}.", cure=cure)


def check_discount_rate(rate: float) -> None:
    """Refuse a discount rate [1/year] that is none, or beyond what ``planning_parameters.csv`` takes for one."""
    p = parameters()
    least, most = p["discount_least"], p["discount_most"]
    if not least <= rate <= most:
        raise PlanError(
            f"A discount rate of {rate:g} a year is outside {least:g} to {most:g}.",
            cure="Give it as a share, such as 0.03 for 3 %.",
        )
