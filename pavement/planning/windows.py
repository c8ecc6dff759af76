"""Money left over in a few years put to use: what works in these years is chosen anew, again and again."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pavement.planning.choices import Choices
from pavement.planning.exact import branched, core

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
# a window may miss its best by this share of the gap asked for
_WITHIN = 0.05


def windowed(
    choices: Choices, limits: Floats, prices: Floats, taken: Ints, *, bound: float, parameters: dict[str, float]
) -> Ints:
    """
    Return a choice at least as good, after branch and bound in windows of a few rows (years) at a time.

    Parameters
    ----------
    choices, limits, prices
        Strategies, none of whose amounts is below 0, limit of each row and its price.
    taken
        Choice that keeps the limits.
    bound
        Upper bound of the benefit.
    parameters
        ``planning_parameters.csv``: gap, window_rounds, window_rows, window_rows_late, window_columns, window_nodes.

    Notes
    -----
    What a good choice lacks is mostly money left over, a little in each year. The fewer rows count, the easier whole
    amounts fill them: in a window of two or three, strategies may change that use no more of the other rows than what
    stands now. Every other window holds the row with the most worth left; the rest is drawn by a fixed seed.
    """
    p, rng = parameters, np.random.default_rng(0)
    enough, rounds = p["gap"] * abs(bound), int(p["window_rounds"])
    for turn in range(rounds):
        if bound - choices.value(taken) <= enough:
            break
        rows = rng.permutation(choices.rows)
        if turn % 2 == 0:
            left = (limits - choices.usage(taken)) * prices
            rows = np.concatenate([[int(left.argmax())], rows[rows != left.argmax()]])
        size = int(p["window_rows" if 2 * turn < rounds else "window_rows_late"])
        able = _able(choices, taken, rows[:size])
        free = core(choices, prices, taken, slack=np.inf, columns=int(p["window_columns"]), able=able)
        if len(free.numbers):
            found, _, _ = branched(
                choices, limits, free, start=taken, within=_WITHIN * enough, nodes=int(p["window_nodes"])
            )
            taken = found if found is not None and choices.value(found) > choices.value(taken) else taken
    return taken


def _able(choices: Choices, taken: Ints, rows: Ints) -> NDArray[np.bool_]:
    """Return which strategies use no more outside some rows than what is taken of their group does."""
    used = np.column_stack([choices.dense(taken), np.zeros(choices.groups)])
    used[:, rows] = np.inf
    able = np.ones(len(choices.benefit), dtype=bool)
    for slot in range(choices.row.shape[1]):
        able &= choices.amount[:, slot] <= used[choices.group, choices.row[:, slot]]
    return able
