"""Quantities of works: asphalt, milling, crack length and potholes, as a contract lists them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pavement.schema import read_table

_OF_TREATMENT = ("pave_mm", "mill_mm")
_DENSITY = "crack_length"


def work_quantities(actions: pd.DataFrame, values: pd.DataFrame, treatments: pd.DataFrame) -> pd.DataFrame:
    """
    Return the quantities of works, missing where a treatment has none or nothing was measured.

    Parameters
    ----------
    actions
        Columns treatment, area_m2 [m2].
    values
        In the order of actions: crack_length [m/m2] and pothole_area [m2] of the length; a column may be lacking.
    treatments
        As ``treatments.csv``, for the thicknesses.

    Returns
    -------
    quantities
        A column a row of ``work_quantities.csv``, named by its unit: asphalt_t [t], milled_m3 [m3], sealed_m [m],
        pothole_m2 [m2].

    Notes
    -----
    Thickness [mm] × area [m2] × factor, the factor of asphalt being its density / 1000. Waste is not counted.
    """
    catalogue = treatments.set_index("treatment")
    area = actions["area_m2"].to_numpy(float)
    columns = {}
    for row in read_table("work_quantities").to_dict("records"):
        source = str(row["from"])
        if source in _OF_TREATMENT:
            amount = actions["treatment"].map(catalogue[source].astype(float)).to_numpy(float) * area
            amount = np.where(amount > 0, amount, np.nan)
        else:
            measured = values[source].to_numpy(float) if source in values else np.full(len(actions), np.nan)
            wanted = actions["treatment"].isin(str(row["treatments"]).split("|")).to_numpy()
            amount = np.where(wanted, measured * (area if source == _DENSITY else 1.0), np.nan)
        columns[str(row["quantity"])] = amount * float(row["factor"])
    return pd.DataFrame(columns, index=actions.index)
