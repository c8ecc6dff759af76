"""What is known of a length in a plan, and strategies and gains in words of both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pavement.planning.slots import row_works
from pavement.planning.words import money_text

Row = Mapping[Any, Any]


@dataclass(frozen=True)
class Told:
    """A question and its answer in one language."""

    question: str
    answer: str


@dataclass(frozen=True)
class Case:
    """
    What is known of one length in a plan.

    Attributes
    ----------
    considered
        Its rows of :func:`pavement.planning.considered.considered`, the best first.
    margins
        Its row of :func:`pavement.planning.considered.margins`, empty where it has no strategies.
    neighbours
        By where they lie (``before``, ``after``): the same row of the lengths beside it in the lane, where there are.
    override
        Its row of :func:`pavement.planning.override_costs.override_costs`, empty where nobody decided on it.
    names
        Treatment names in the language.
    objective
        ``benefit`` or ``cost``.
    language
        ``zh`` or ``en``.
    """

    considered: pd.DataFrame
    margins: Row
    neighbours: Mapping[str, Row]
    override: Row
    names: Mapping[str, str]
    objective: str
    language: str

    @property
    def zh(self) -> bool:
        """Whether the language is Chinese."""
        return self.language == "zh"

    @property
    def within(self) -> bool:
        """Whether net gains count what projects ask for."""
        return "joining" in self.margins

    def said(self, zh: str, en: str) -> str:
        """Return the text of the language."""
        return zh if self.zh else en


def strategy_text(row: Row, names: Mapping[str, str], language: str) -> str:
    """Return a strategy in words: ``2028 年薄層罩面、2034 年裂縫填封``; without a first work, that nothing is done."""
    works = row_works(row)
    if language == "zh":
        return "、".join(f"{year} 年{names.get(name, name)}" for year, name in works) or "不處理"
    return ", ".join(f"{_lower(names.get(name, name))} in {year}" for year, name in works) or "no work"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def gain_text(value: float, language: str, *, objective: str) -> str:
    """Return a gain in thousands of points x m2 x years, at least cost an amount of money."""
    if objective == "cost":
        return money_text(value, language)
    # what rounds to nothing has no sign
    said = f"{round(value / 1000, 1) + 0.0:,.1f}"
    return f"{said} 千點·m²·年" if language == "zh" else f"{said}k points·m²·years"


def gain_of(value: float, case: Case) -> str:
    """Return a gain in the language and objective of a case."""
    return gain_text(value, case.language, objective=case.objective)


def strategy_of(row: Row, case: Case) -> str:
    """Return a strategy in the language of a case."""
    return strategy_text(row, case.names, case.language)
