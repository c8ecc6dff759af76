"""What a plan on record tells of one of its lengths: what was considered, and what is around it."""

from __future__ import annotations

from typing import Any

import pandas as pd

from pavement.errors import StoreError
from pavement.network.chainage import Chainage, parse
from pavement.network.chainage_equations import measures_of_posted
from pavement.planning.why_case import Case
from pavement.store import catalogues, plans, published
from pavement.store.database import Store

_WAY = ["route", "direction", "lane"]
# ends of neighbours may differ by rounding [m]
_TOUCH = 1.0


def unit_named(store: Store, plan: plans.SavedPlan, text: str, *, lane: str = "") -> pd.Series:
    """
    Return the treatment length that a person means: its id, the rank of one of its works, or a place in it.

    Parameters
    ----------
    text
        ``n1-s-2-025300-026100``, ``12`` or ``N1 25k+300 S``.
    lane
        Lane of a place; the first from the inside where not given.

    Raises
    ------
    StoreError
        Nothing of the plan is meant by it.
    LocationError
        It is no place.
    """
    lengths = plans.frame(store, plan, "treatment_lengths")
    if text.isdigit():
        works = plans.frame(store, plan, "actions").set_index("rank")
        if int(text) not in works.index:
            raise StoreError(f"{plan.plan} has no work of rank {text}.", cure=f"Ranks run from 1 to {len(works)}.")
        text = str(works.loc[int(text), "unit"])
    found = lengths[lengths["unit"] == text]
    if found.empty:
        found = _at(store, lengths, parse(text), lane).sort_values(_WAY)
    if found.empty:
        raise StoreError(
            f"{plan.plan} has no treatment length at {text!r}.", cure="Give a treatment length of the plan."
        )
    return found.iloc[0]


def _at(store: Store, lengths: pd.DataFrame, at: Chainage, lane: str) -> pd.DataFrame:
    """Return the lengths at a posted place."""
    own = lengths[(lengths["route"] == at.route) & lengths["direction"].eq(at.direction or lengths["direction"])]
    own = own[own["lane"].astype(str).eq(lane) | (lane == "")]
    ways = own[_WAY[:2]].drop_duplicates().assign(posted=at.measure, piece=at.piece).reset_index(drop=True)
    found = measures_of_posted(ways, published.table(store, "chainage"))
    places = ways.loc[found["row"], _WAY[:2]].reset_index(drop=True).assign(measure=found["measure"].to_numpy())
    both = own.merge(places, on=_WAY[:2])
    return both[(both["from_m"] <= both["measure"]) & (both["measure"] < both["to_m"])].drop(columns="measure")


def measure_in(store: Store, unit: pd.Series, text: str) -> float:
    """
    Return the measure of a posted chainage such as ``25k+300`` within a treatment length. [m]

    Raises
    ------
    StoreError
        It does not lie in it.
    LocationError
        It is no chainage.
    """
    at = parse(text)
    place = pd.DataFrame([{**unit[_WAY[:2]], "posted": at.measure, "piece": at.piece}])
    found = measures_of_posted(place, published.table(store, "chainage"))["measure"]
    inside = found[(found > unit["from_m"]) & (found < unit["to_m"])]
    if inside.empty:
        raise StoreError(f"{text} does not lie in {unit['unit']}.", cure="Give a chainage between its ends.")
    return float(inside.iloc[0])


def case(store: Store, plan: plans.SavedPlan, unit: pd.Series, *, language: str) -> Case:
    """
    Return what the plan tells of one of its lengths.

    Parameters
    ----------
    unit
        Row of its treatment lengths.
    language
        ``zh…`` or ``en``.

    Raises
    ------
    StoreError
        The plan was made before such things were kept.
    """
    if {"considered", "margins", "overrides"} - set(plan.objects):
        raise StoreError(f"{plan.plan} does not keep what was considered.", cure="Make the plan again.")
    considered, margins = (plans.frame(store, plan, name) for name in ("considered", "margins"))
    lengths = plans.frame(store, plan, "treatment_lengths")
    by_unit = margins.set_index("unit")
    lane = lengths[(lengths[_WAY].astype(str) == [str(unit[c]) for c in _WAY]).all(axis=1)]
    ends = {
        "before": lane[(lane["to_m"] - unit["from_m"]).abs() < _TOUCH],
        "after": lane[(lane["from_m"] - unit["to_m"]).abs() < _TOUCH],
    }
    language = "zh" if language.startswith("zh") else "en"
    return Case(
        considered=considered[considered["unit"] == unit["unit"]].reset_index(drop=True),
        margins=_row(by_unit, str(unit["unit"])),
        neighbours={side: _row(by_unit, str(rows["unit"].iloc[0])) for side, rows in ends.items() if len(rows)},
        override=_row(plans.frame(store, plan, "overrides").set_index("unit"), str(unit["unit"])),
        names=catalogues.of_plan(store, plan).treatments.set_index("treatment")[language].to_dict(),
        objective=str(plan.summary.get("method", {}).get("objective", "benefit")),
        language=language,
    )


def _row(frame: pd.DataFrame, unit: str) -> dict[Any, Any]:
    return frame.loc[unit].to_dict() if unit in frame.index else {}


def sources(store: Store, plan: plans.SavedPlan, treatments: list[str]) -> pd.DataFrame:
    """Return what the numbers of treatments rest on, one row each, with ``unit_price`` [NT$/m2]."""
    rows = catalogues.of_plan(store, plan).treatments.set_index("treatment").reindex(treatments)
    columns = {"cost_mid": "unit_price"}
    wanted = ["cost_mid", "mobilisation", "price_date", "price_source", "life", "moratorium", "source", "status"]
    return rows[wanted].rename(columns=columns).rename_axis("treatment").reset_index()


def overrides_of(store: Store, plan: plans.SavedPlan) -> pd.DataFrame:
    """Return the decisions that a plan was made with, table ``plan_decisions``; empty for one made before."""
    return plans.frame(store, plan, "plan_decisions") if "plan_decisions" in plan.objects else pd.DataFrame()
