"""Cumulative difference: borders of homogeneous sections as AASHTO 1993, Appendix J, finds them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def cumulative_difference(value: Floats, length: Floats) -> Floats:
    """
    Return the cumulative difference at the end of each piece.

    Parameters
    ----------
    value
        Mean value of each piece; NaN where nothing is known, which counts as a piece of length 0.
    length
        Length of each piece. [m]

    Returns
    -------
    z
        ``Z_x = Σ a_i - (A_T / L_p) x`` with ``a_i`` the value times the length. [unit of value · m]

    References
    ----------
    .. [1] AASHTO, "Guide for Design of Pavement Structures", 1993, Appendix J.
    """
    known = np.where(np.isnan(value), 0.0, length)
    area = np.nan_to_num(value) * known
    whole = known.sum()
    return np.cumsum(area) - (area.sum() / whole if whole > 0 else 0.0) * np.cumsum(known)


def slope_borders(value: Floats, length: Floats) -> NDArray[np.intp]:
    """Return where sections begin, the first one's 0 included: pieces behind which the slope of Z changes its sign."""
    z = cumulative_difference(value, length)
    step = np.diff(z, prepend=0.0)
    scale = np.abs(z).max(initial=0.0)
    sign = np.where(np.abs(step) <= 1e-9 * scale, 0.0, np.sign(step))
    # a piece on the mean, or unknown, goes on with the section before it; the first ones with the one behind them
    at = np.flatnonzero(sign)
    if len(at) == 0:
        return np.array([0])
    held = sign[at[np.clip(np.searchsorted(at, np.arange(len(sign)), side="right") - 1, 0, None)]]
    return np.flatnonzero(np.diff(held, prepend=np.nan) != 0)
