"""Why nothing is done on a length: people, moratoria, its price, other limits, its project, or no room left."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.planning.explain import Evidence, held_text, works_text
from pavement.planning.words import condition_text, money_text, percent_text

# less than what money is told in [NT$]
_LITTLE = 500.0


def left_alone(units: pd.DataFrame, evidence: Evidence, missing: NDArray[np.bool_]) -> pd.DataFrame:
    """
    Return the units without work and why: unit, reason_zh, reason_en.

    Parameters
    ----------
    units
        Units of the plan.
    evidence
        Of the plan.
    missing
        Units that could not be planned; they are not listed here.
    """
    others = evidence.runner_up()
    acting = others.index[others["taken"] >= 0].to_numpy()
    rows = np.setdiff1d(np.flatnonzero(~missing), acting)
    known = others.to_dict("index")
    room = _room(evidence)
    words = {
        language: [
            held_text(row, evidence, language) + _why_not(row, known.get(row), evidence, room, language)
            for row in rows.tolist()
        ]
        for language in ("zh", "en")
    }
    return pd.DataFrame(
        {
            "unit": units["unit"].to_numpy(object)[rows],
            "reason_zh": pd.Series(words["zh"], dtype=str),
            "reason_en": pd.Series(words["en"], dtype=str),
        }
    )


def cheaper_text(share: float, language: str) -> str:
    """Return to which share of its cost a work must fall to be chosen; what rounds to all of it is a little less."""
    zh = language == "zh"
    if round(share, 2) >= 1:
        return "費用略降即會入選" if zh else "a little less than all of its cost would do"
    percent = percent_text(share)
    return f"費用降至 {percent} 才會入選" if zh else f"it would need {percent} of its cost"


def _room(evidence: Evidence) -> NDArray[np.float64] | None:
    """Return what the plan leaves of each limit; None where projects pay mobilisation beside."""
    if evidence.limits is None or evidence.projects or not evidence.choices.groups:
        return None
    return np.asarray(evidence.limits - evidence.choices.usage(evidence.taken))


def _why_not(
    row: int,
    best: dict[Hashable, Any] | None,
    evidence: Evidence,
    room: NDArray[np.float64] | None,
    language: str,
) -> str:
    zh = language == "zh"
    now = ("{}：{}" if zh else "{}: {}").format(
        evidence.start(0, language), condition_text(evidence.values(row, 0, planned=False), language)
    )
    if best is None:
        return _nothing(row, now, evidence, language)
    number, lead = int(best["other"]), float(best["lead"])
    what = works_text(number, evidence, language)
    if evidence.within is not None and (np.isinf(lead) or not (evidence.limited or evidence.objective == "cost")):
        return _not_in_project(what, number, lead, evidence, language) + now + ("。" if zh else ".")
    if evidence.objective == "cost":
        why = _dearer(lead, evidence, language)
    elif evidence.limited or evidence.projects:
        why = _not_for_limits(number, lead, evidence, room, language)
    else:
        why = _not_for_money(number, lead, evidence, language)
    return f"最佳方案：{what}，{why}。{now}。" if zh else f"Best: {what}; {why}. {now}."


def _nothing(row: int, now: str, evidence: Evidence, language: str) -> str:
    """Return that a length has no strategies; what people or moratoria keep from it was perhaps worth it."""
    zh = language == "zh"
    end = int(evidence.prices.index[-1])
    later = condition_text(evidence.values(row, evidence.years, planned=False), language)
    basis = f"{now}；{end} 年底預測：{later}。" if zh else f"{now}; end of {end}: {later}."
    look = evidence.look
    steps = {name: int(v[row]) for name, v in look.barred.items()}
    if max(int(look.earliest[row]), steps.get("", 0)) >= evidence.years:
        return basis
    if look.earliest[row] or any(steps.values()):
        other = "此外沒有工法達到條件且有效益。" if zh else "Nothing else is triggered and gains anything in the plan. "
        return other + basis
    if zh:
        return f"計畫期內沒有工法達到條件且有效益。{basis}"
    return f"No treatment is triggered and gains anything in the plan years. {basis}"


def _not_in_project(what: str, number: int, lead: float, evidence: Evidence, language: str) -> str:
    """Return why no work within a project is done where money alone is limited, or where no project can hold any."""
    zh = language == "zh"
    if np.isinf(lead):
        if zh:
            return f"單獨最佳方案：{what}，惟無專案可納入：鄰段於該年無可行工程，或長度不足。"
        return f"Best by itself: {what}; no project can hold it: no work on its neighbours in those years. "
    if lead < 0:
        if zh:
            return f"最佳方案：{what}，併入專案已達門檻，惟整個專案放不進所餘經費。"
        return f"Best: {what}; worth it within a project, but whole projects do not fit into the money left. "
    share = _share(number, lead, evidence)
    if share <= 0:
        if zh:
            return f"最佳方案：{what}，計入專案動員與鄰段後，即使不計本身費用亦未達預算門檻。"
        return f"Best: {what}; with what its project asks for not worth it even free of its own cost. "
    needed = cheaper_text(share, language)
    if zh:
        return f"最佳方案：{what}，計入專案動員與鄰段後低於預算門檻；{needed}。"
    return f"Best: {what}; within a project below the price of money: {needed}. "


def _paid(number: int, evidence: Evidence) -> float:
    """Return what the costs of a strategy are worth at the prices of money."""
    use = evidence.choices.dense(np.array([number]))[0, : evidence.years]
    return float(use @ evidence.row_prices[: evidence.years])


def _share(number: int, lead: float, evidence: Evidence) -> float:
    """Return the share of its cost at which a strategy is as good as none; 0 or less where no cost is low enough."""
    money = _paid(number, evidence)
    return 1 - lead / money if money > 0 else 0.0


def _not_for_money(number: int, lead: float, evidence: Evidence, language: str) -> str:
    """Return why a work is not done where the budgets alone are limited."""
    zh = language == "zh"
    strategy = evidence.strategies.iloc[number]
    worth = float(strategy["benefit"]) / float(strategy["cost"])
    if lead < 0:
        if zh:
            return f"每元效益 {worth:.2f} 已達門檻，惟該年預算餘額不足"
        return f"gain per NT$ {worth:.2f} is enough, but the money left that year is not"
    dear = float(strategy["benefit"]) + lead
    needed = cheaper_text(float(strategy["benefit"]) / dear if dear > 0 else 0.0, language)
    if zh:
        return f"每元效益 {worth:.2f} 低於預算門檻；{needed}"
    return f"gain per NT$ {worth:.2f} is below the price of money; {needed}"


def _not_for_limits(
    number: int, lead: float, evidence: Evidence, room: NDArray[np.float64] | None, language: str
) -> str:
    """Return which of money, other limits and the project stands against a work, as far as it was reckoned."""
    zh = language == "zh"
    alone = float(evidence.choices.reduced(evidence.row_prices)[number])
    if alone < 0 < lead:
        return _below_prices(number, lead, alone, evidence, language)
    if evidence.within is not None and lead > 0:
        return (
            "單獨計達門檻，惟計入專案動員與鄰段後不值得"
            if zh
            else "worth it by itself, but not with what mobilisation and neighbours of its project ask for"
        )
    if evidence.within is not None:
        return (
            "併入專案已達門檻，惟整個專案放不進所餘經費或其他限制"
            if zh
            else "worth it within a project, but whole projects do not fit into what money or other limits leave"
        )
    if evidence.projects:
        return (
            "單獨計達門檻；未入選係因專案動員、鄰段配合或已無餘裕，單元數過多未逐一計算"
            if zh
            else "worth it by itself; whether mobilisation, its neighbours or no room left stands against it was not "
            "reckoned for so many lengths"
        )
    return f"{'已達門檻，惟' if zh else 'worth it, but '}{_no_room(number, evidence, room, language)}"


def _below_prices(number: int, lead: float, alone: float, evidence: Evidence, language: str) -> str:
    """Return that a work is not worth its price, that of money or that of other limits."""
    zh = language == "zh"
    beside = float(evidence.choices.benefit[number]) - _paid(number, evidence)
    share = _share(number, lead if evidence.within is not None else -alone, evidence)
    needed = cheaper_text(share, language) if share > 0 else ""
    if beside >= 0:
        why = "就經費而言達門檻，計入其他限制後不值得" if zh else "worth its money, but not what other limits ask for"
    elif evidence.limited:
        why = "低於預算門檻，計入其他限制亦然" if zh else "below the price of money, also with other limits counted"
    else:
        why = "不計專案動員已低於預算門檻" if zh else "below the price of money even without mobilisation"
    none = "即使不計費用亦然" if zh else "even free of cost"
    return f"{why}{'；' if zh else '; '}{needed or none}"


def _no_room(number: int, evidence: Evidence, room: NDArray[np.float64] | None, language: str) -> str:
    """Return which budget or limit the plan leaves too little of for a work that is worth its prices."""
    zh = language == "zh"
    if room is None:
        return "預算或其他限制已無餘裕" if zh else "no room is left in budgets or another limit"
    short = np.flatnonzero(evidence.choices.dense(np.array([number]))[0] > room)
    years = [str(int(evidence.prices.index[n])) for n in short if n < evidence.years]
    said = []
    if years:
        said.append(f" {'、'.join(years)} 年預算餘額不足" if zh else f"too little money is left in {', '.join(years)}")
    if len(years) < len(short):
        said.append("另一限制已無餘裕" if zh else "another limit leaves no room")
    if not said:
        return "搜尋所得之計畫未納入，原因不明" if zh else "the plan found does without it, and nothing tells why"
    return ("且" if zh else " and ").join(said)


def _dearer(lead: float, evidence: Evidence, language: str) -> str:
    """Return why a work is not done where the least cost is sought."""
    zh = language == "zh"
    unknown = evidence.projects and evidence.within is None
    if lead < 0 and unknown:
        return (
            "單獨計值得；動員與鄰段之影響未逐一計算"
            if zh
            else "worth it by itself; what mobilisation and neighbours ask for was not reckoned for so many lengths"
        )
    if lead < 0:
        return "值得，惟整項工程無法恰好符合限制" if zh else "worth it, but whole works meet the limits without it"
    if lead < _LITTLE:
        return "為符合限制所需費用相當" if zh else "as dear for the same limits"
    cost = money_text(lead, language)
    return f"為符合相同限制須多 {cost}" if zh else f"{cost} dearer for the same limits"
