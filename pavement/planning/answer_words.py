"""What an answer is worth, in words: how near the best it is proven to be, and which years asked for nothing."""

from __future__ import annotations

import pandas as pd

from pavement.planning.limit_rows import CONDITION
from pavement.planning.limits import LEAST

# a gap that is only float [-]
_HAIR = 1e-9


def proof_words(gap: float, *, projects: bool, objective: str, language: str) -> str:
    """
    Return how near the best an answer is proven to be, as a sentence.

    Parameters
    ----------
    gap
        Between answer and proven bound, as a share of the bound. [-]
    projects
        Whether works join into projects.
    objective
        ``benefit`` or ``cost``.
    language
        ``zh…`` or ``en``.

    Notes
    -----
    A search that ended by itself has found the best of the projects or strategies that it looked at. Of all that there
    are only the bound tells.
    """
    share, zh, cost = f"{100 * gap:.3f} %", language.startswith("zh"), objective == "cost"
    what = "plan of projects" if projects else "plan"
    if gap <= _HAIR:
        if zh:
            better = "費用更低" if cost else "更佳"
            return f"已證明為最佳：以所考慮之方案，沒有{better}之{'專案' if projects else ''}計畫。"
        better = "costs less" if cost else "is better"
        return f"It is proven best: no {what} made of the strategies considered {better}."
    if zh:
        best, end = ("費用最低", "可能之最低費用") if cost else ("最佳", "可能之上限")
        return f"此為所找到{best}之{'專案' if projects else ''}計畫，已證明與{end}相差不超過 {share}。"
    best, end = ("cheapest", "the least that any must cost") if cost else ("best", "the most that any can reach")
    return f"It is the {best} {what} found, proven to lie within {share} of {end}."


def asks(limits: pd.DataFrame) -> pd.Series:
    """Return which limits ask for work: those on the condition, and floors."""
    found: pd.Series = limits["kind"].isin(CONDITION) | (limits["side"] == LEAST)
    return found


def unasked_words(limits: pd.DataFrame, years: range, *, objective: str, language: str) -> str:
    """
    Return a warning where least cost was asked nothing in the last years, as sentences; "" where it was, or at most.

    Parameters
    ----------
    limits
        kind, side and year of each limit.
    years
        Calendar years of the plan.
    """
    if objective != "cost" or limits.empty or not len(years):
        return ""
    asked = limits.loc[asks(limits), "year"]
    last = int(asked.max()) if len(asked) else years[0] - 1
    if last >= years[-1]:
        return ""
    first, end = last + 1, years[-1]
    if language.startswith("zh"):
        return (
            f"{last} 年之後未要求任何目標：費用最低之解於 {first} 至 {end} 年僅保留已決定之工程，狀況可能自此轉差。"
            "如需一併維持，請將限制之年度留空（即每年）或逐年填列。"
        )
    return (
        f"Nothing was asked after {last}: at least cost only decided works are done in {first} to {end}, and the "
        "condition may fall from then on. To hold those years too, leave the year of the limit empty, which means "
        "every year, or give each."
    )
