"""Cells resurfaced after their last survey: what is known of them is the work, no longer the survey."""

from __future__ import annotations

import numpy as np
import pandas as pd

from models.history import MEASURED
from models.resets import SAME, default_resets, treatments_with
from models.targets import HISTORY, TARGETS
from pavement.condition.cell_history import cell_works


def renewed_states(
    states: pd.DataFrame,
    cells: pd.DataFrame,
    works: pd.DataFrame,
    *,
    panel: pd.DataFrame | None = None,
    treatments: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """
    Return states in which the last surfacing work replaces the survey before it.

    Parameters
    ----------
    states
        From :func:`models.panel.last_states`: unit (cell), time of the last survey, condition and context.
    cells, works
        Tables of those names; an empty lane counts for every lane.
    panel
        Table ``panel`` that the states are of: says which kinds a unit has ever had measured.
    treatments
        From :func:`models.resets.treatments_with`; that of the defaults when not given.

    Returns
    -------
    states
        Where a work that lays a new surface was completed after `time`: its day as `time`, age 0, the next epoch, the
        condition that the treatments say it leaves (a kind not known before stays unknown), and no history of the
        old surface. A kind last measured before the work, when another was measured after it, is as the work left it
        on its day. The others as they were. Thickness and structural number are those on record.
    """
    if states.empty or works.empty:
        return states
    done = cell_works(cells, works)
    done["unit"] = cells["cell"].astype(str).to_numpy()[done["cell"].to_numpy()]
    last = done.sort_values("completed").drop_duplicates("unit", keep="last").set_index("unit")
    completed = last["completed"].reindex(states["unit"]).to_numpy(float)
    late = completed > states["time"].to_numpy(float)
    ever = _ever(states, panel)
    table = treatments_with(default_resets()) if treatments is None else treatments
    left = table.set_index("treatment").reindex(last["treatment"].reindex(states["unit"]))
    changed: dict[str, object] = {"time": np.where(late, completed, states["time"])}
    for kind in [t for t in TARGETS if t in states]:
        level = left[f"reset_{kind}"]
        known = np.isfinite(completed) & level.ne(SAME).to_numpy()
        known &= np.where(late, states[kind].notna() | ever[kind], states[kind].isna() & ever[kind])
        changed[kind] = np.where(known, pd.to_numeric(level, errors="coerce").to_numpy(float), states[kind])
        if f"{kind}{MEASURED}" in states:
            changed[f"{kind}{MEASURED}"] = np.where(known, completed, states[f"{kind}{MEASURED}"])
    for column in states:
        if str(column).endswith(HISTORY):
            changed[str(column)] = states[column].where(~late)
    if "age" in states:
        changed["age"] = states["age"].where(~late, 0.0)
    if "epoch" in states:
        changed["epoch"] = states["epoch"] + late
    return states.assign(**changed)


def _ever(states: pd.DataFrame, panel: pd.DataFrame | None) -> pd.DataFrame:
    """Return whether each target of each state was measured at all, on this surface or one before."""
    kinds = [t for t in TARGETS if t in states]
    if panel is None:
        return states[kinds].notna()
    return panel.groupby("unit")[kinds].count().reindex(states["unit"]).set_axis(states.index).gt(0)
