"""How firmly a plan stands: in how many futures of the forecast each of its works would be planned again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.errors import PlanError
from pavement.planning.basis import Basis, unit_weights
from pavement.planning.choices import choices
from pavement.planning.economics import parameters
from pavement.planning.outlook import Path
from pavement.planning.strategies import strategies
from pavement.progress import Progress, silent

Bools = NDArray[np.bool_]
_KEY = ["unit", "year", "treatment"]


@dataclass(frozen=True)
class Stability:
    """
    How often works would be planned again.

    Attributes
    ----------
    works
        unit, year, treatment, draws (futures in which limits can be met), stays (the same work in the same year),
        stays_near (within ``near_years``), stays_unit (any work on the unit), and again: whether it is found once
        more on the forecast that the plan was made from.
    unmet
        Futures in which the limits cannot be met, whatever is done.
    """

    works: pd.DataFrame
    unmet: int


def stability(
    basis: Basis,
    works: pd.DataFrame,
    *,
    planned: Callable[[Basis], pd.DataFrame],
    futures: Iterable[Path],
    count: int,
    pruned: bool = True,
    progress: Progress = silent,
) -> Stability:
    """
    Return in how many futures each work of a plan would be planned again.

    Parameters
    ----------
    basis
        Units, outlook and strategies that the plan was made from.
    works
        Its works: unit, year, treatment.
    planned
        Works that are chosen from a basis, as those of the plan were; up to a wider gap, for speed.
    futures
        By kind, condition of the units without work, (N, H + 1), one after the other; NaN where nothing is drawn, which
        stays as the outlook has it.
    count
        How many there are.
    pruned
        As of :func:`pavement.planning.basis.basis`.
    progress
        Told which future is planned.

    Raises
    ------
    PlanError
        The limits cannot be met in any future.

    Notes
    -----
    For each future strategies are rolled out anew and chosen at prices found anew, within the same budgets and limits.
    Where the search stops at a wider gap than that of the plan, ``again`` tells what that alone changes.
    Not drawn: levels that works leave and growth of new surfaces, prices, and kinds without a forecast.
    """
    counted, met, refused = np.zeros((len(works), 3), dtype=np.int64), 0, None

    progress(0, count + 1, "draws")
    again = found_again(works, planned(basis))[:, 0]
    for number, future in enumerate(futures, start=1):
        progress(number, count + 1, "draws")
        try:
            counted += found_again(works, planned(redrawn(basis, future, pruned=pruned)))
            met += 1
        except PlanError as error:
            refused = error
    if refused is not None and not met:
        raise refused
    progress(count + 1, count + 1, "draws")
    table = works[_KEY].reset_index(drop=True).assign(draws=met)
    table[["stays", "stays_near", "stays_unit"]] = counted
    return Stability(table.assign(again=again), count - met)


def redrawn(basis: Basis, future: Path, *, pruned: bool) -> Basis:
    """Return a basis whose units age without work as a future says, with the strategies rolled out from there."""
    untreated = {}
    for kind, path in basis.look.untreated.items():
        drawn = future.get(kind, np.full_like(path, np.nan))
        # one year that is not drawn would make a jump: such a unit keeps its whole path
        gone = (~np.isfinite(drawn) | ~np.isfinite(path)).sum(axis=1, keepdims=True) > 0
        untreated[kind] = np.where(gone, path, drawn)
    look = replace(basis.look, untreated=untreated)
    table = strategies(
        look,
        area=basis.units["area_m2"].to_numpy(float),
        weight=unit_weights(basis.units),
        years=len(basis.years),
        catalogue=basis.catalogue,
        discount_rate=basis.discount_rate,
        committed=basis.committed,
        pruned=pruned,
    )
    return replace(basis, look=look, strategies=table, choices=choices(table, years=len(basis.years)))


def found_again(works: pd.DataFrame, found: pd.DataFrame) -> Bools:
    """Return for each work whether another plan holds the same, the same in a near year, any on its unit, (n, 3)."""
    known, near = pd.MultiIndex.from_frame(found[_KEY]), int(parameters()["near_years"])
    shifts = sorted(range(-near, near + 1), key=abs)
    at = [pd.MultiIndex.from_frame(works[_KEY].assign(year=works["year"] + shift)).isin(known) for shift in shifts]
    return np.column_stack([at[0], np.any(at, axis=0), works["unit"].isin(found["unit"])])
