"""Kind of surface that decides by which rules a cell is graded, from the material on record."""

from __future__ import annotations

from functools import cache

import pandas as pd

from pavement.schema import read_table

ASPHALT = "asphalt"
SURFACES = (ASPHALT, "jointed", "continuous")


@cache
def _words() -> list[tuple[str, str]]:
    table = read_table("surface_words")
    return list(zip(table["word"].str.casefold(), table["surface"], strict=True))


def surface_types(materials: pd.Series) -> pd.Series:
    """
    Return asphalt, jointed or continuous for material names.

    The first word of ``tables/surface_words.csv`` that a name holds decides; all else counts as asphalt, and so does a
    surface of unknown material: freeways here are paved with it.
    """
    text = materials.astype(object).fillna("").astype(str)
    named = {name: _surface(name.casefold()) for name in text.unique()}
    return text.map(named).astype(str)


def _surface(name: str) -> str:
    return next((surface for word, surface in _words() if word in name), ASPHALT)
