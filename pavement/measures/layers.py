"""Layers: thickness sums and the structural number."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.measures.limits import limit
from pavement.schema import read_table

MM_PER_INCH = 25.4


def layer_coefficients() -> pd.DataFrame:
    """Return ``tables/layer_coefficients.csv`` by kind of layer: group, coefficient [1/in], drainage [-]."""
    return read_table("layer_coefficients").set_index("kind")


def structural_share(layers: pd.DataFrame) -> pd.Series:
    """
    Return what each layer adds to the structural number, ``a m D`` with D in inches. [-]

    Parameters
    ----------
    layers
        Columns kind, thickness_mm [mm]; a kind without a coefficient gives NaN.

    References
    ----------
    .. [1] AASHTO Guide for Design of Pavement Structures, 1993, part II, equation 2.1.2.
    """
    table = layer_coefficients()
    strength = layers["kind"].map(table["coefficient"] * table["drainage"])
    return (strength * layers["thickness_mm"] / MM_PER_INCH).rename("structural_share")


def structural_number(layers: pd.DataFrame) -> float:
    """
    Return the structural number of one stack of layers. [-]

    Examples
    --------
    >>> import pandas as pd
    >>> stack = pd.DataFrame({"kind": ["asphalt", "granular_base"], "thickness_mm": [101.6, 203.2]})
    >>> round(structural_number(stack), 2)
    2.88
    """
    return float(structural_share(layers).sum(skipna=False))


def thickness(layers: pd.DataFrame, *, group: str) -> float:
    """Return the summed thickness [mm] of the layers of a group (``asphalt``, ``base``, ``concrete``) in one stack."""
    groups = layers["kind"].map(layer_coefficients()["group"])
    return float(layers.loc[groups == group, "thickness_mm"].sum())


def crossing(tops: NDArray[np.float64], bottoms: NDArray[np.float64]) -> NDArray[np.bool_]:
    """
    Return which stacks cannot be: a layer without thickness or one that begins above the end of its upper one (T21).

    Parameters
    ----------
    tops, bottoms
        Depth of each layer from the surface, shape (n, layers), from the surface down; NaN where there is none. [mm]
    """
    thin = (bottoms <= tops).any(axis=1)
    above = (tops[:, 1:] < bottoms[:, :-1] - 1e-6).any(axis=1)
    return np.logical_or(thin, above)


def core_disagrees(recorded: NDArray[np.float64], core: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return where a core [mm] differs by more than 15 % from the recorded thickness [mm]: not to be used (T21)."""
    return np.abs(recorded - core) > limit("layer_core_difference") * core


def radar_thickness(travel_time: float, permittivity: float) -> float:
    """
    Return the thickness [mm] of a layer from two-way radar travel time [ns] and relative permittivity [-].

    Examples
    --------
    >>> round(radar_thickness(2.0, 6.0), 1)
    122.4
    """
    return 299.792458 * travel_time / (2 * float(np.sqrt(permittivity)))
