"""The structural number that traffic and subgrade ask for, by the flexible design equation of AASHTO 93."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_LEAST, _MOST, _HALVINGS = 0.5, 15.0, 50


def log_traffic(number: Floats, modulus: Floats, *, zr: float, s0: float, loss: float) -> Floats:
    """
    Return the base 10 logarithm of the 80 kN axles that a pavement carries.

    Parameters
    ----------
    number
        Structural number. [in]
    modulus
        Design resilient modulus of the subgrade. [psi]
    zr, s0, loss
        Normal deviate of the reliability, overall standard deviation, loss of serviceability.

    References
    ----------
    AASHTO Guide for Design of Pavement Structures 1993, equation for flexible pavements, from memory.
    """
    served = np.log10(loss / 2.7) / (0.40 + 1094 / (number + 1) ** 5.19)
    return zr * s0 + 9.36 * np.log10(number + 1) - 0.20 + served + 2.32 * np.log10(modulus) - 8.07


def needed_structure(axles: Floats, modulus: Floats, *, zr: float, s0: float, loss: float) -> Floats:
    """
    Return the structural number [in] that carries `axles` of 80 kN on a subgrade.

    Parameters
    ----------
    axles
        80 kN axles of one lane over the design period.
    modulus, zr, s0, loss
        As of :func:`log_traffic`.

    Returns
    -------
    number
        NaN where traffic or modulus is missing or 0, and where more than 15 would be needed.
    """
    known = (axles > 0) & (modulus > 0)
    asked = np.log10(np.where(known, axles, 1.0))
    soil = np.where(known, modulus, 1.0)
    low, high = np.full(len(asked), _LEAST), np.full(len(asked), _MOST)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        short = log_traffic(middle, soil, zr=zr, s0=s0, loss=loss) < asked
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    enough = log_traffic(np.full(len(asked), _MOST), soil, zr=zr, s0=s0, loss=loss) >= asked
    return np.where(known & enough, high, np.nan)
