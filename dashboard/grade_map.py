"""The grade of 23 CFR 490 as a measure of the map: good, fair or poor of each cell."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from dashboard import queries, ui
from dashboard.context import Context
from dashboard.i18n import t
from pavement.condition.good_fair_poor import GRADES, graded_kinds, section_grade
from pavement.condition.latest_values import latest_values
from pavement.condition.surface_types import ASPHALT, surface_types

KIND = "condition"


def label() -> str:
    """Return the name of the grade in the present language."""
    return t("Good, fair, poor (23 CFR 490)")


@queries.kept
def years(context: Context) -> list[int]:
    """Return the years in which some cell has a grade. [year]"""
    frame = queries.history(context)
    return sorted(int(y) for y in frame.loc[frame[KIND].isin(GRADES), "year"].unique()) if KIND in frame else []


@queries.kept
def grades(context: Context, year: int) -> pd.DataFrame:
    """
    Return value (0 good, 1 fair, 2 poor, missing without a grade), surveyed_on (the oldest day it rests on) and year.

    Parameters
    ----------
    year
        A year, or ``queries.NEWEST``: the grade of the newest value of each measure that no later work has renewed.

    Returns
    -------
    grades
        One row a cell in the order of :func:`dashboard.queries.cells`.
    """
    frame = queries.history(context)
    if year == queries.NEWEST:
        return _newest(context, frame)
    own = frame[frame["year"] == year].set_index("cell").reindex(queries.cells(context)["cell"])
    found = {"value": _codes(own[KIND]), "surveyed_on": own["condition_surveyed_on"], "year": own["year"]}
    return pd.DataFrame(found).reset_index()


def _newest(context: Context, frame: pd.DataFrame) -> pd.DataFrame:
    order = queries.cells(context)["cell"]
    kinds = [k for k in graded_kinds() if k in frame]
    held = latest_values(frame, queries.table(context, "works"), kinds=kinds).reindex(order)
    asked = {k: queries.values(context, k, queries.NEWEST).set_index("cell") for k in kinds}
    last = frame.sort_values("year").drop_duplicates("cell", keep="last").set_index("cell").reindex(order)
    surface = surface_types(last["surface_material"]) if "surface_material" in last else ASPHALT
    value = _codes(section_grade(held, surface=surface))
    parts = {}
    for name in ("surveyed_on", "year"):
        columns = {k: v[name].where(held[k].notna()) for k, v in asked.items() if name in v}
        parts[name] = pd.DataFrame(columns, index=held.index).min(axis=1)
    return pd.DataFrame({"value": value, **parts}).reset_index()


def _codes(words: pd.Series) -> pd.Series:
    return words.map({word: float(at) for at, word in enumerate(GRADES)}).astype(float)


def described(frame: pd.DataFrame) -> dict[str, Any]:
    """Return label, classes and colours of the grade for the map; ``words`` stand for its values."""
    words = [t("Good"), t("Fair"), t("Poor")]
    return {
        "label": label(),
        "title": label(),
        "unit": "",
        "digits": 0,
        "words": words,
        "breaks": [0.5, 1.5],
        "colours": [ui.GOOD, ui.FAIR, ui.POOR],
        "classes": words,
        "note": t("Of roughness, rut depth or faulting, and area cracked; some limits are to confirm"),
        "quality": [""] * len(frame),
        "values": [None if np.isnan(v) else float(v) for v in frame["value"]],
    }
