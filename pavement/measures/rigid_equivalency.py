"""Axle load equivalency on rigid pavements."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pavement.measures.traffic import axle_groups_in_kip, check_terminal

_MM_PER_INCH = 25.4


def load_equivalency_rigid(
    load: ArrayLike, *, axles: ArrayLike, slab: ArrayLike, terminal: float = 2.5
) -> NDArray[np.float64]:
    """
    Return how many passes of an 80 kN single axle do the damage of one axle group on a rigid pavement. [-]

    The formula is from memory and was not checked against the printed tables: to confirm.

    Parameters
    ----------
    load
        Load on the whole axle group. [kN]
    axles
        Axles in the group: 1 single, 2 tandem, 3 tridem.
    slab
        Thickness of the slab. [mm]
    terminal
        Serviceability at which the pavement is worn out. [-]

    Notes
    -----
    ``log10(1/LEF) = 4.62 log10(19) - 4.62 log10(Lx + L2) + 3.28 log10(L2) + Gt/bx - Gt/b18`` with
    ``Gt = log10((4.5 - pt)/3.0)`` and ``b = 1.0 + 3.63 (Lx + L2)^5.20 / ((D + 1)^8.46 L2^3.52)``, loads in kip and
    slabs in inches.

    References
    ----------
    .. [1] AASHTO Guide for Design of Pavement Structures, 1993, appendix D; from memory, unverified.

    Examples
    --------
    >>> from pavement.measures.traffic import KN_PER_KIP
    >>> round(float(load_equivalency_rigid(30 * KN_PER_KIP, axles=1, slab=9 * 25.4)), 2)
    8.28
    """
    kip, group = axle_groups_in_kip(load, axles=axles)
    check_terminal(terminal, new=4.5)
    inches = np.asarray(slab, dtype=float) / _MM_PER_INCH
    loss = np.log10((4.5 - terminal) / (4.5 - 1.5))

    def curvature(weight: NDArray[np.float64] | float, number: NDArray[np.float64] | float) -> NDArray[np.float64]:
        return 1.0 + 3.63 * (weight + number) ** 5.20 / ((inches + 1) ** 8.46 * number**3.52)

    exponent = (
        4.62 * np.log10(19.0)
        - 4.62 * np.log10(kip + group)
        + 3.28 * np.log10(group)
        + loss / curvature(kip, group)
        - loss / curvature(18.0, 1.0)
    )
    return np.where(kip == 0, 0.0, 10.0**-exponent)
