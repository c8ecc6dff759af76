"""Reasons of projects: what each work was joined with, what it would be best alone, and what one mobilisation saves."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.planning.choices import Choices
from pavement.planning.words import LANGUAGES, money_text

Floats = NDArray[np.float64]


def with_project_words(works: pd.DataFrame, projects: pd.DataFrame, alone: pd.Series) -> pd.DataFrame:
    """
    Return works with a sentence on their project added to their reasons.

    Parameters
    ----------
    works
        Table ``actions``, reasons filled in.
    projects
        Table ``plan_projects``.
    alone
        By unit: the calendar year in which work would be best on it alone, 0 where none would be.
    """
    if works.empty:
        return works
    table = projects.set_index(["project", "year"])
    same = works.groupby(["project", "year"])["unit"].transform("size").to_numpy()
    saved = table["saved"].reindex(pd.MultiIndex.from_frame(works[["project", "year"]])).to_numpy(float)
    best = alone.reindex(works["unit"]).fillna(0).to_numpy(np.int64)
    first = works.groupby("unit")["year"].transform("min").to_numpy()
    other = _other_years(works, projects)
    rows = list(zip(works["project"], same, saved, best, first, works["status"], other, strict=True))
    told = {}
    for language in LANGUAGES:
        said = [
            _sentence(str(p), int(n), float(s), (int(b), int(f)), str(c), language, own=not o) + _also(o, language)
            for p, n, s, b, f, c, o in rows
        ]
        space = " " if language == "en" else ""
        reason = works[f"reason_{language}"].astype(str) + space + pd.Series(said, index=works.index)
        told[f"reason_{language}"] = reason.str.strip()
    return works.assign(**told)


def _other_years(works: pd.DataFrame, projects: pd.DataFrame) -> list[list[int]]:
    """Return the years in which the project of each work is worked on besides those of its unit, on other lanes."""
    every = projects.groupby("project")["year"].agg(set)
    own = works.groupby(["unit", "project"])["year"].agg(set)
    return [sorted(every[p] - own[u, p]) for u, p in zip(works["unit"], works["project"], strict=True)]


def _also(years: list[int], language: str) -> str:
    if not years:
        return ""
    if language == "zh":
        return f"專案於 {'、'.join(str(y) for y in years)} 年施作其他車道。"
    return f" Other lanes of the project are worked on in {' and '.join(str(y) for y in years)}."


def _sentence(
    project: str, same: int, saved: float, years: tuple[int, int], status: str, language: str, *, own: bool
) -> str:
    zh = language == "zh"
    if same == 1 and not own:
        return f"專案 {project} 當年僅此一項。" if zh else f"It is the only work of project {project} in its year."
    if same == 1:
        return f"自成專案 {project}。" if zh else f"It is project {project} by itself."
    alone = "" if status == "committed" else _alone(*years, language)
    money = money_text(saved, language) if saved > 0 else ""
    if zh:
        less = f"共用一次動員，節省 {money}。" if money else ""
        return f"與另 {same - 1} 項工作併為專案 {project}，同次封閉施工；{alone}{less}".replace("；。", "。")
    less = f" One mobilisation for {same} works saves {money}." if money else ""
    others = f"{same - 1} other work{'s' if same > 2 else ''}"
    return f"Joined with {others} of the same closure as project {project}{alone}.{less}"


def _alone(best: int, first: int, language: str) -> str:
    zh = language == "zh"
    if best == 0:
        return "單獨施作不敷其動員費。" if zh else "; alone it would not be worth its mobilisation"
    if best == first:
        return "單獨施作亦以同年最佳。" if zh else "; alone it would be best in the same year"
    return f"單獨施作以 {best} 年最佳。" if zh else f"; alone it would have been best in {best}"


def best_alone(choices: Choices, prices: Floats, own: Floats, money: Floats, units: pd.Series, first: int) -> pd.Series:
    """
    Return for each unit the calendar year in which work on it alone would be best at the prices, 0 for none.

    Parameters
    ----------
    choices
        Strategies without mobilisation.
    prices
        Prices of the rows.
    own, money
        (C, K) mobilisation of all works done alone, and the price of one NT$ of each.
    units
        (G,) unit of each group.
    first
        First calendar year.
    """
    if choices.groups == 0:
        return pd.Series(dtype=np.int64)
    taken, _ = choices.best(choices.reduced(prices) - (own * money).sum(axis=1))
    year = choices.row[np.maximum(taken, 0), 0].astype(np.int64) + first
    return pd.Series(np.where(taken >= 0, year, 0), index=units.to_numpy(object))


def joined_with(works: pd.DataFrame) -> pd.DataFrame:
    """Return the project of each unit with works, and how many other units it holds: unit, project, others."""
    first = works.sort_values("year", kind="stable").drop_duplicates("unit")
    others = first.groupby("project")["unit"].transform("size") - 1
    return pd.DataFrame({"unit": first["unit"], "project": first["project"], "others": others})
