"""The treatment catalogue in words: each treatment with its numbers, and when it may be done."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pavement.planning.treatments import CAUSE, in_own_units, kinds
from pavement.planning.words import limits_text
from pavement.schema import read_table
from pavement.units import unit_sign


def rule_words(triggers: pd.DataFrame, *, language: str) -> pd.Series:
    """
    Return the rules of each treatment as text, by treatment: conditions that hold together, alternatives set apart.

    Parameters
    ----------
    triggers
        As ``triggers.csv``.
    language
        ``zh`` or ``en``.
    """
    names = kinds()[language]
    causes = read_table("causes")
    comma, apart = ("、", "；或 ") if language == "zh" else (", ", "; or ")
    # shown in the unit of the kind, whatever the table is written in
    own = in_own_units(triggers)
    rows = own.assign(low=own["at_least"].fillna(-np.inf), high=own["below"].fillna(np.inf))
    said = [
        _cause(row, causes, language) if row["kind"] == CAUSE else _limit(row, names, language)
        for row in rows.to_dict("records")
    ]
    together = rows.assign(said=said).groupby(["treatment", "rule"], sort=True)["said"].agg(comma.join)
    return together.groupby("treatment").agg(apart.join)


def _limit(row: dict[str, object], names: pd.Series, language: str) -> str:
    limits = limits_text(float(str(row["low"])), float(str(row["high"])))
    sign = unit_sign(str(row["unit"]), language=language)
    return f"{names[str(row['kind'])]} {limits} {sign}".rstrip()


def _cause(row: dict[str, object], causes: pd.DataFrame, language: str) -> str:
    code = causes["code"].astype(float)
    inside = causes[(code >= float(str(row["low"]))) & (code < float(str(row["high"])))]
    names = ("／" if language == "zh" else " / ").join(inside[language])
    return f"成因：{names}" if language == "zh" else f"cause: {names}"
