"""The best choice within limits of any kind, where leaving units alone does not keep them: floors, shares, targets."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pavement.errors import PlanError
from pavement.planning.choices import Choices
from pavement.planning.exact import branched, core
from pavement.planning.exchange import exchanged
from pavement.planning.prices import first_guess, improved
from pavement.planning.repair import filled
from pavement.planning.sifting import Relaxed, relaxed, shortfall

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
# a limit that is missed by less, of its largest amount, is missed by the tolerance of the solver only
_MISSED = 1e-6
# cutting-plane steps to prices near enough to sift from
_STEPS = 40
# how much larger each core is than the one in which nothing was found
_WIDER = (1, 4, 16)


class Within(NamedTuple):
    """A choice for each group (-1 none), prices (R,), bound, and how it was found."""

    taken: Ints
    prices: Floats
    bound: float
    status: str


def solved_within(
    choices: Choices,
    limits: Floats,
    *,
    parameters: dict[str, float],
    names: list[str] | None = None,
    per: Floats | None = None,
) -> Within:
    """
    Return the best choice found within limits of any kind, and its bound.

    Parameters
    ----------
    choices, limits
        Strategies, amounts of either sign, and whole limits of either sign.
    parameters
        ``planning_parameters.csv``: exact_nodes, exact_columns, gap, moves, sweeps.
    names
        What each limit is called in an error.
    per
        What one of each row's amounts is in the unit that its name tells; 1 when not given.

    Raises
    ------
    PlanError
        Limits cannot be met; each is named with how far it is missed at least, all together. Or no whole choice that
        keeps them was found, though parts of strategies would.

    Notes
    -----
    First the limits are let go at a price, which shows what cannot be met. Then the linear programme of all strategies
    gives prices and a bound; it splits the strategies of no more units than there are limits. Branch and bound chooses
    whole ones for these and the units nearest to indifferent, and exchanges improve the choice.
    """
    p, named = parameters, names or [f"Limit {n + 1}" for n in range(choices.rows)]
    guess = improved(choices, limits, first_guess(choices), steps=_STEPS)
    met = shortfall(choices, limits, np.zeros(choices.rows), worth=guess)
    _refuse_unmet(met, choices, named, np.ones(choices.rows) if per is None else per)
    best = relaxed(choices, limits, guess, first=met.share)
    found, status = _whole_choice(choices, limits, best, p)
    reduced = choices.reduced(best.prices)
    found = filled(choices, limits, found, reduced)
    found = exchanged(choices, limits, found, reduced, moves=int(p["moves"]), sweeps=int(p["sweeps"]))
    return Within(found, best.prices, best.bound, status)


def _refuse_unmet(met: Relaxed, choices: Choices, names: list[str], per: Floats) -> None:
    largest = np.ones(choices.rows + 1)
    np.maximum.at(largest, choices.row.ravel(), np.abs(choices.amount.ravel()))
    missed = np.flatnonzero(met.short > _MISSED * largest[: choices.rows])
    # what the bound does not prove may be for want of rounds: then the programme itself must say
    if len(missed) and met.bound < -_MISSED:
        by = "; ".join(f"{names[n]} by {amount_text(met.short[n], per[n])}" for n in missed)
        raise PlanError(
            f"Not all limits can be met, whatever is chosen. Missed at least, all together: {by}.",
            cure="Ease these limits, or those that stand against them, or allow other strategies.",
        )


def amount_text(steps: float, per: float) -> str:
    """Return what a limit is missed by, in its own unit."""
    whole = np.ceil(steps - 1e-6) * per
    return f"{whole:,.0f}" if per == 1 else f"{whole:,.4g}"


def _whole_choice(choices: Choices, limits: Floats, best: Relaxed, p: dict[str, float]) -> tuple[Ints, str]:
    """Return whole strategies in place of the shares of the linear programme."""
    order = np.lexsort((-best.share, choices.group))
    most = order[choices.first]
    taken = np.where((best.share[most] > 0.5) | choices.forced, most, -1)
    status = ""
    for wider in _WIDER:
        columns = int(p["exact_columns"]) * wider
        free = core(choices, best.prices, taken, slack=np.inf, columns=columns, share=best.share)
        if not len(free.numbers):
            return free.fixed, "the linear programme is whole"
        within, nodes = p["gap"] * abs(best.bound), int(p["exact_nodes"])
        found, _, status = branched(choices, limits, free, start=None, within=within, nodes=nodes)
        if found is not None:
            return found, status
    raise PlanError(
        "Limits can be met by parts of strategies, but no choice of whole ones was found.",
        cure="Ease the tightest limits a little.",
    )
