"""Reasons: why this work, why here, why this year, and what the next best would be."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.planning.choices import Choices
from pavement.planning.outlook import Outlook
from pavement.planning.project_margins import Within
from pavement.planning.rollout import Course
from pavement.planning.slots import row_works
from pavement.planning.treatments import Catalogue, Trigger
from pavement.planning.words import LANGUAGES, condition_text, forecast_text, money_text, percent_text, rule_text
from pavement.schema import schema

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_CAUSE = ["cause", "coring", "evidence_zh", "evidence_en"]


@dataclass(frozen=True)
class Evidence:
    """All that reasons are made from: outlook, courses, strategies with their prices, and what was taken."""

    look: Outlook
    course: Course
    strategies: pd.DataFrame
    choices: Choices
    taken: Ints
    prices: pd.Series
    budgets: pd.Series
    catalogue: Catalogue
    # prices of all rows, those of limits beyond the budgets among them
    row_prices: Floats
    objective: str
    causes: pd.DataFrame
    # whether works are joined to projects
    projects: bool = False
    # what each work gains within projects; None where each stands by itself, or lengths are too many
    within: Within | None = None
    # edge of the forecast that the plan is made on
    edge: str = "mean"
    # (R,) what the rows may hold at most, where the room that is left is to be told
    limits: Floats | None = None

    @property
    def limited(self) -> bool:
        """Whether a limit beyond the budgets has a price."""
        return bool((self.row_prices[self.years :] > 0).any())

    @property
    def years(self) -> int:
        """Number of plan years."""
        return len(self.prices)

    def values(self, row: int, step: int, *, planned: bool) -> dict[str, float]:
        """Return the condition of a unit at the start of a year, with the plan or without work."""
        paths = self.course.condition if planned else self.look.untreated
        known = {kind: float(path[row, step]) for kind, path in paths.items()}
        return known | {kind: float(values[row]) for kind, values in self.look.static.items()}

    def start(self, step: int, language: str) -> str:
        """Return of when a condition is told: the surveyed one beside it in a work list is another."""
        return forecast_text(int(self.prices.index[0]) + step, self.edge, language)

    def net(self) -> Floats:
        """
        Return the net gain of each strategy at the prices against no work on its unit, (C,).

        Within projects -inf where no project can hold it; where that was not reckoned, of the unit alone.
        """
        return self.choices.reduced(self.row_prices) if self.within is None else self.within.net()

    def runner_up(self) -> pd.DataFrame:
        """
        Return for each group the best strategy at the prices other than the one taken.

        Columns unit, taken, other (row of strategies, -1 for no work), lead: net gain of the one taken above it.
        """
        c = self.choices
        if c.groups == 0:
            return pd.DataFrame(columns=["taken", "other", "lead"])
        net = self.net()
        chosen = self.taken[self.taken >= 0]
        others = net.copy()
        others[chosen] = -np.inf
        top = np.maximum.reduceat(others, c.first)
        best = c.leading(others, c.reduced(self.row_prices))
        # doing nothing is an alternative too, unless it is what is done or the work is committed
        nothing = (top <= 0) & ~c.forced & (self.taken >= 0)
        other = np.where(nothing | (np.isneginf(top) & (self.taken >= 0)), -1, best)
        own = np.where(self.taken >= 0, net[self.taken], 0.0)
        lead = own - np.where(other >= 0, net[other], 0.0)
        unit = self.strategies["unit"].to_numpy(np.int64)[c.first]
        return pd.DataFrame({"unit": unit, "taken": self.taken, "other": other, "lead": lead}).set_index("unit")


def explained(actions: pd.DataFrame, evidence: Evidence) -> pd.DataFrame:
    """Return actions with their reasons filled in, and without the columns row and step."""
    others = evidence.runner_up().to_dict("index")
    rules = evidence.catalogue.rules
    reasons = {
        language: [
            _reason(a, others[int(a["row"])], rules.get(a["treatment"], []), evidence, language)
            for a in actions.to_dict("records")
        ]
        for language in LANGUAGES
    }
    told = evidence.causes[_CAUSE].iloc[actions["row"].to_numpy(int)].set_index(actions.index)
    extra = [c for c in actions if c not in schema("actions").index]
    return actions.drop(columns=extra).assign(
        **{f"reason_{k}": pd.Series(v, index=actions.index, dtype=str) for k, v in reasons.items()},
        **{c: told[c].astype(str) for c in ("cause", "evidence_zh", "evidence_en")},
        coring=pd.Series(np.where(told["coring"], "yes", "no"), index=actions.index, dtype=str),
    )


def _reason(
    action: dict[Hashable, Any],
    other: dict[str, Any],
    rules: list[list[Trigger]],
    evidence: Evidence,
    language: str,
) -> str:
    row, step, treatment = int(action["row"]), int(action["step"]), str(action["treatment"])
    before = evidence.values(row, step, planned=True)
    rule = rule_text(before, rules, language) or condition_text(before, language)
    name = _name(treatment, evidence, language)
    strategy = evidence.strategies.iloc[int(other["taken"])]
    # without work and next best are of the whole strategy: they stand at its first work
    if int(strategy["first_year"]) == step:
        without = cause_text(evidence.causes.iloc[row], language) + _without(row, evidence, language)
        alternative = _alternative(other, evidence, language)
        if step == evidence.look.earliest[row] or any(v[row] for v in evidence.look.barred.values()):
            without = held_text(row, evidence, language) + without
    else:
        without, alternative = _follows(strategy, evidence, language), ""
    why = _worth(action, evidence, language)
    if language == "zh":
        basis = f"{evidence.start(step, language)}：{rule}" if rule else "無量測資料"
        return f"{basis}，採{name}。{without}{why}{alternative}"
    basis = f"{evidence.start(step, language)}: {rule}" if rule else "Not measured"
    return f"{basis}; hence {_lower_first(name)}. {without}{why}{alternative}".rstrip()


def cause_text(told: pd.Series, language: str) -> str:
    """Return the cause of damage with its evidence as a sentence; "" where nothing speaks for one."""
    if not told["cause"]:
        return ""
    said, evidence = told[f"said_{language}"], told[f"evidence_{language}"]
    return f"{said}（{evidence}）。" if language == "zh" else f"{said} ({evidence}). "


def held_text(row: int, evidence: Evidence, language: str) -> str:
    """Return until when moratoria of works on record and decisions hold a unit, in sentences; "" where none does."""
    return _moratorium_text(row, evidence, language) + _forbidden_text(row, evidence, language)


def _forbidden_text(row: int, evidence: Evidence, language: str) -> str:
    """Return what people forbade on a unit."""
    said, zh = "", language == "zh"
    for name, steps in evidence.look.barred.items():
        step = int(steps[row])
        if not step:
            continue
        year = int(evidence.prices.index[0]) + step
        what = _name(name, evidence, language) if name else ("任何工程" if zh else "work")
        if step >= evidence.years:
            said += (
                f"依人員決定，本計畫不得施作{what}。" if zh else f"By decision no {_lower_first(what)} in this plan. "
            )
        else:
            said += (
                f"依人員決定，{year} 年以前不得施作{what}。"
                if zh
                else f"By decision no {_lower_first(what)} before {year}. "
            )
    return said


def _moratorium_text(row: int, evidence: Evidence, language: str) -> str:
    if not evidence.look.earliest[row]:
        return ""
    year = int(evidence.prices.index[0]) + int(evidence.look.earliest[row])
    return (
        f"既有工程凍結期至 {year - 1} 年底。"
        if language == "zh"
        else f"No work before {year}: moratorium of works on record. "
    )


def _without(row: int, evidence: Evidence, language: str) -> str:
    """Return the condition at the end of the plan without any work; "" where it is not known."""
    end = int(evidence.prices.index[-1])
    later = condition_text(evidence.values(row, evidence.years, planned=False), language)
    if not later:
        return ""
    return f"若不處理，{end} 年底：{later}。" if language == "zh" else f"Without work at the end of {end}: {later}. "


def _follows(strategy: pd.Series, evidence: Evidence, language: str) -> str:
    """Return which work a second one follows."""
    year = int(evidence.prices.index[0]) + int(strategy["first_year"])
    name = _name(str(strategy["first"]), evidence, language)
    if language == "zh":
        return f"接續 {year} 年之{name}；不處理之結果與次佳方案見該項。"
    return f"It follows the work of {year} ({_lower_first(name)}), where no work and the next best are told. "


def _worth(action: dict[Hashable, Any], evidence: Evidence, language: str) -> str:
    """Return what a work gains for its money, or that it was decided beforehand or is done for the limits."""
    ratio, price = float(action["ratio"]), float(action["price"])
    zh = language == "zh"
    if action["status"] == "committed":
        return "已核定之工作，由預算優先支應。" if zh else "Committed work, paid for first. "
    if evidence.objective == "cost":
        return "為符合計畫限制之最低費用所需。" if zh else "Part of the least cost that holds the limits. "
    beside = ""
    if evidence.limited:
        beside = "，並計入其他限制" if zh else ", beside what other limits ask for"
    if zh:
        return f"每元效益 {ratio:.2f}，該年預算門檻 {price:.2f}{beside}。"
    return f"Gain per NT$ {ratio:.2f} against {price:.2f} asked for in that year{beside}. "


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]


def _name(treatment: str, evidence: Evidence, language: str) -> str:
    return str(evidence.catalogue.treatments.loc[treatment, language])


def works_text(number: int, evidence: Evidence, language: str) -> str:
    """Return a strategy in words: ``2028 年薄層罩面、2034 年銑刨加鋪 5 cm（3,200 千元）``."""
    row = evidence.strategies.iloc[number]
    start = int(evidence.prices.index[0])
    works = row_works(row.to_dict())
    cost = money_text(float(row["cost"]), language)
    if language == "zh":
        return "、".join(f"{start + y} 年{_name(t, evidence, language)}" for y, t in works) + f"（{cost}）"
    return ", ".join(f"{_lower_first(_name(t, evidence, language))} in {start + y}" for y, t in works) + f" ({cost})"


def _alternative(other: dict[str, Any], evidence: Evidence, language: str) -> str:
    taken, number, lead = int(other["taken"]), int(other["other"]), float(other["lead"])
    if evidence.objective == "cost":
        return _dearer(number, lead, evidence, language)
    benefit = float(evidence.choices.benefit[taken])
    # what is told to a tenth of a percent
    share = round(lead / benefit, 3) + 0.0 if benefit > 0 else 0.0
    if language == "zh":
        what = works_text(number, evidence, language) if number >= 0 else "不處理"
        if share < 0:
            return f"次佳：{what}，淨效益多 {percent_text(-share, 1)}，惟{_used_up(evidence, language)}。"
        return f"次佳：{what}，扣除預算價格後淨效益少 {percent_text(share, 1)}。"
    what = works_text(number, evidence, language) if number >= 0 else "no work"
    if share < 0:
        return f"Alternative: {what}, {percent_text(-share, 1)} more net gain, but {_used_up(evidence, language)}."
    return f"Next best: {what}, {percent_text(share, 1)} less net gain at the price of money."


def _used_up(evidence: Evidence, language: str) -> str:
    if evidence.within is not None:
        zh = "其專案整個放不進所餘經費或其他限制"
        return zh if language == "zh" else "whole projects with it do not fit into what money or another limit leaves"
    if evidence.projects:
        zh = "與鄰段併案施工、或預算與其他限制使然"
        return zh if language == "zh" else "neighbours are built with it, or money or another limit stands against that"
    if evidence.limited:
        return "預算或其他限制已無餘裕" if language == "zh" else "the money of that year or another limit is used up"
    return "預算已不足" if language == "zh" else "the money of that year is used up"


def _dearer(number: int, lead: float, evidence: Evidence, language: str) -> str:
    """Return the next best where the least cost is sought: how much dearer it holds the same limits."""
    zh = language == "zh"
    what = works_text(number, evidence, language) if number >= 0 else ("不處理" if zh else "no work")
    if lead < 0:
        return (
            f"次佳：{what}，限制無法恰好以此符合。"
            if zh
            else f"Alternative: {what}; whole works did not fit the limits."
        )
    cost = money_text(lead, language)
    return (
        f"次佳：{what}，為符合相同限制須多 {cost}。" if zh else f"Next best: {what}, {cost} dearer for the same limits."
    )
