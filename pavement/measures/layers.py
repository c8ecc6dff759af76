"""Layers: thickness sums and the structural number."""

from __future__ import annotations

import pandas as pd

from pavement.schema import read_table

MM_PER_INCH = 25.4


def layer_coefficients() -> pd.DataFrame:
    """Return ``tables/layer_coefficients.csv`` by kind of layer: names, group, coefficient [1/in], drainage [-]."""
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
