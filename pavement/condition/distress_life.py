"""The life of a distress on record: reported, planned, repaired; and what each step needs."""

from __future__ import annotations

import numpy as np
import pandas as pd

REPORTED, PLANNED, REPAIRED = "reported", "planned", "repaired"
STATES = (REPORTED, PLANNED, REPAIRED)
# what is filled in at each step
FIELDS = {
    REPORTED: ("description", "source", "reported_on", "photo"),
    PLANNED: ("planned_on", "planned_method"),
    REPAIRED: ("repaired_on", "contractor", "repair_method", "repair_note", "repair_photo"),
}


def life_states(records: pd.DataFrame) -> pd.Series:
    """Return the state of each row of table ``distress``: what is filled in tells it."""
    done = records["repaired_on"].notna() | _filled(records["repair_method"])
    planned = records["planned_on"].notna() | _filled(records["planned_method"])
    states = np.select([done, planned], [REPAIRED, PLANNED], default=REPORTED)
    return pd.Series(states, index=records.index, dtype="str")


def _filled(texts: pd.Series) -> pd.Series:
    return texts.astype(object).where(texts.notna(), "").astype(str).str.strip() != ""
