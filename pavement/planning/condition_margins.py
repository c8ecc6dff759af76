"""How much worse or better a unit's condition must be for another strategy to be its best, by rolling it out anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.planning.basis import Basis, unit_weights
from pavement.planning.choices import choices
from pavement.planning.economics import parameters
from pavement.planning.outlook import Outlook
from pavement.planning.penalty import falls
from pavement.planning.project_margins import Within
from pavement.planning.project_problem import mobilisations
from pavement.planning.slots import SLOTS, of_slots, slots
from pavement.planning.strategies import strategies
from pavement.planning.treatments import Catalogue

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
# net gain of each of a table of strategies
Net = Callable[[pd.DataFrame], Floats]


def condition_margins(ready: Basis, net: Net, *, pruned: bool = True) -> pd.DataFrame:
    """
    Return by unit how much worse and better its condition must be for another strategy to be its best.

    Parameters
    ----------
    ready
        Basis of the plan.
    net
        Net gain of strategies at the prices of the plan: :func:`alone`, or within projects :func:`joined`.
    pruned
        As of :func:`pavement.planning.strategies.strategies`.

    Returns
    -------
    frame
        unit and the columns of :func:`nearest_change`, years as calendar years. Empty where the network has more units
        than ``why_units``: each shift rolls every unit out anew.

    Notes
    -----
    All forecast values of a unit are shifted by one share together, in steps of ``shift_step`` up to ``shift_most``;
    structure, age and what work leaves behind stay as they are, and so do prices and the condition of other units.
    """
    p = parameters()
    if not 0 < len(ready.units) <= p["why_units"]:
        return pd.DataFrame({"unit": pd.Series(dtype=object)})
    count = round(p["shift_most"] / p["shift_step"])
    shifts = [sign * p["shift_step"] * n for n in range(1, count + 1) for sign in (1, -1)]
    forced = np.empty(0, dtype=np.int64) if ready.committed is None else ready.committed.unit
    found = {s: _best_at(ready, s, net, forced, pruned) for s in [0.0, *shifts]}
    frame = nearest_change({s: found[s] for s in shifts}, found[0.0])
    start = ready.years[0]
    for column in [c for c in frame if str(c).endswith("_year")]:
        step = frame[column].astype(float)
        frame[column] = (step + start).where(step >= 0)
    names = [c for c in frame if str(c).endswith(tuple(f"_{slot}" for slot in SLOTS))]
    return frame.astype(dict.fromkeys(names, str)).assign(unit=ready.units["unit"].to_numpy(object))


def alone(prices: Floats) -> Net:
    """Return the net gain of units each by itself, at a price of money by plan year. [benefit per NT$]"""
    return lambda table: choices(table, years=len(prices)).reduced(prices)


def joined(within: Within, ready: Basis, catalogue: Catalogue) -> Net:
    """
    Return the net gain of units within projects, the others as they are.

    Parameters
    ----------
    within
        At the prices of the plan.
    ready
        Basis of the plan.
    catalogue
        Treatments with mobilisation.
    """
    c = within.ways.problem.choices
    group = np.full(len(ready.units), -1)
    group[ready.strategies["unit"].to_numpy(np.int64)[c.first]] = np.arange(c.groups)

    def net(table: pd.DataFrame) -> Floats:
        reduced = choices(table, years=len(ready.years)).reduced(within.prices[: len(ready.years)])
        own = group[table["unit"].to_numpy(np.int64)]
        years = table[of_slots(table, "year")].to_numpy(np.int64)
        gains = within.gains(own, years, mobilisations(table, catalogue, ready.committed), reduced)
        # a unit that had nothing to choose from has no place in projects
        return np.where(own >= 0, gains, -np.inf)

    return net


def _best_at(ready: Basis, shift: float, net: Net, forced: Ints, pruned: bool) -> pd.DataFrame:
    table = strategies(
        shifted(ready.look, shift),
        area=ready.units["area_m2"].to_numpy(float),
        weight=unit_weights(ready.units),
        years=len(ready.years),
        catalogue=ready.catalogue,
        discount_rate=ready.discount_rate,
        committed=ready.committed,
        pruned=pruned,
    )
    return best_of(table, net(table), count=len(ready.units), forced=forced)


def shifted(look: Outlook, shift: float) -> Outlook:
    """Return an outlook with every forecast value worse by a share, better where it is below 0."""
    paths = {k: v * ((1 - shift) if falls(k) else (1 + shift)) for k, v in look.untreated.items()}
    return replace(look, untreated=paths)


def nearest_change(shifted: dict[float, pd.DataFrame], base: pd.DataFrame) -> pd.DataFrame:
    """
    Return for each unit the smallest shift of its condition, worse and better, that makes another strategy the best.

    Parameters
    ----------
    shifted
        By shift, above 0 for worse: the best strategy of each unit, treatments and years of its works, by row of the
        unit; "" and -1 for no work.
    base
        The same without a shift.

    Returns
    -------
    frame
        worse, better [share, missing where none of the shifts changes it], and what is then the best: worse_first,
        worse_first_year … better_second_year, in long plans of a third work too.
    """
    frame = pd.DataFrame(index=base.index)
    for name, sign in (("worse", 1.0), ("better", -1.0)):
        frame[name] = np.nan
        told = base.rename(columns=lambda c, n=name: f"{n}_{c}").astype(object)
        for shift in sorted((s for s in shifted if s * sign > 0), key=abs):
            now = shifted[shift].reindex(base.index)
            new = (now.to_numpy(object) != base.to_numpy(object)).any(axis=1) & frame[name].isna().to_numpy()
            frame.loc[new, name] = abs(shift)
            told.loc[new] = now.to_numpy(object)[new]
        frame = pd.concat([frame, told], axis=1)
    return frame


def best_of(strategies: pd.DataFrame, net: Floats, *, count: int, forced: Ints) -> pd.DataFrame:
    """
    Return the best strategy of each of `count` units by its net gain, no work ("" and -1) where none gains.

    Parameters
    ----------
    strategies
        In the order of units.
    net
        Net gain of each.
    count
        Number of units.
    forced
        Rows of units on which work is decided.
    """
    none = {slot: {slot: "", f"{slot}_year": -1} for slot in slots(strategies)}
    named = [c for own in none.values() for c in own]
    frame = pd.DataFrame({c: v for own in none.values() for c, v in own.items()}, index=range(count)).astype(object)
    if not len(strategies):
        return frame
    unit = strategies["unit"].to_numpy(np.int64)
    order = np.lexsort((np.arange(len(net)), -net, unit))
    top = order[np.concatenate([[True], np.diff(unit[order]) != 0])]
    top = top[(net[top] > 0) | np.isin(unit[top], forced)]
    frame.loc[unit[top], named] = strategies[named].iloc[top].astype(object).to_numpy()
    return frame
