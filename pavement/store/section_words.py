"""Homogeneous sections as people read them: kind, direction and rule in one language."""

from __future__ import annotations

import re

import pandas as pd

from pavement.network.chainage import DIRECTION_NAMES
from pavement.schema import measures

# rules as pavement.network.homogeneous_sections writes them, and what they say in Chinese
_RULES = (
    (
        re.compile(r"cda: (\S+) m or longer, means apart at the (\S+) / n level of Welch's t-test"),
        r"累積差異法（CDA）：最短 \1 m，相鄰平均值依 Welch t 檢定於 \2 / n 水準有顯著差異",
    ),
    (
        re.compile(r"pelt: (\S+) m or longer, penalty (\S+) σ² ln n = (\S+)"),
        r"PELT 法：最短 \1 m，懲罰值 \2 σ² ln n = \3",
    ),
)


def sections_in_words(rows: pd.DataFrame, *, language: str) -> pd.DataFrame:
    """Return rows of table ``homogeneous_sections`` with kind, direction and rule in a language."""
    zh = language.startswith("zh")
    names = DIRECTION_NAMES["zh_TW" if zh else "en"]
    kinds = measures()["zh" if zh else "en"].to_dict()
    told = rows.assign(
        kind=rows["kind"].map(kinds).fillna(rows["kind"]),
        direction=rows["direction"].map(names).fillna(rows["direction"]),
    )
    return told.assign(rule=rows["rule"].map(rule_in_chinese)) if zh else told


def rule_in_chinese(rule: str) -> str:
    """Return the rule by which sections were found in Chinese; another rule stays as it is."""
    for known, words in _RULES:
        if known.fullmatch(rule):
            return known.sub(words, rule)
    return rule
