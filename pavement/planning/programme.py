"""The selection as a linear programme, in the scale that a solver likes."""

from __future__ import annotations

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array

from pavement.planning.choices import Choices

Floats = NDArray[np.float64]


def solver() -> highspy.Highs:
    """Return a silent solver that gives the same answer every time."""
    highs = highspy.Highs()  # type: ignore[no-untyped-call]
    for name, value in {"output_flag": False, "threads": 1, "random_seed": 0}.items():
        highs.setOptionValue(name, value)
    return highs


def programme(choices: Choices, limits: Floats, *, whole: bool, scale: Floats | None = None) -> highspy.HighsLp:
    """Return the selection as a linear programme, amounts by :func:`row_scale`; `whole` asks for whole strategies."""
    count, groups, rows = len(choices.benefit), choices.groups, choices.rows
    # slots of one row in one strategy come as one entry
    column, slot = np.nonzero(choices.row < rows)
    used = coo_array(
        (choices.amount[column, slot].astype(np.float64), (choices.row[column, slot], column)), shape=(rows, count)
    ).tocsc()
    scale = row_scale(choices, limits) if scale is None else scale
    entries = 1 + np.diff(used.indptr)
    start = np.concatenate([[0], np.cumsum(entries)])
    index, value = np.empty(start[-1], dtype=np.int32), np.ones(start[-1])
    own = np.zeros(start[-1], dtype=bool)
    own[start[:-1]] = True
    index[own], index[~own] = choices.group, groups + used.indices
    value[~own] = used.data / scale[used.indices]
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = count, groups + rows
    lp.col_cost_ = choices.benefit / benefit_scale(choices)
    lp.col_lower_, lp.col_upper_ = np.zeros(count), np.ones(count)
    lp.row_lower_ = np.concatenate([np.where(choices.forced, 1.0, -np.inf), np.full(rows, -np.inf)])
    lp.row_upper_ = np.concatenate([np.ones(groups), limits / scale])
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = start.astype(np.int32), index, value
    if whole:
        lp.integrality_ = [highspy.HighsVarType.kInteger] * count
    return lp


def row_scale(choices: Choices, limits: Floats) -> Floats:
    """Return what amounts of each row are divided by in the solver: the largest of them, (R,)."""
    scale = np.ones(choices.rows + 1)
    np.maximum.at(scale, choices.row.ravel(), np.abs(choices.amount.ravel()))
    return scale[: len(limits)]


def benefit_scale(choices: Choices) -> float:
    """Return what benefits are divided by in the solver, so that its tolerances mean the same at any size."""
    return max(float(np.abs(choices.benefit).max()), 1e-300) / 100
