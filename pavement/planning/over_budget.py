"""Decided work that alone exceeds a budget, with the works that do."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pavement.errors import PlanError
from pavement.network.chainage import posted_measure
from pavement.planning.basis import Basis
from pavement.planning.committed import Committed

# works named of each year: more hide which one to look at
_NAMED = 3


def refuse_over_budget(basis: Basis, money: pd.Series) -> None:
    """
    Refuse decided work that alone exceeds a budget, with each such year and its dearest works.

    Parameters
    ----------
    basis
        The basis of the plan.
    money
        Budgets by calendar year. [NT$]

    Raises
    ------
    PlanError
        A budget is exceeded.
    """
    if basis.committed is None:
        return
    short = basis.committed.spent(len(money)) - np.maximum(0.0, np.floor(money.to_numpy(float)))
    if not (short > 0).any():
        return
    works = _works(basis.committed)
    said = [
        f"Committed work exceeds the budget of {money.index[step]} by {short[step]:,.0f} NT$. "
        f"The dearest works decided for {money.index[step]}: {_named(works[works['step'] == step], basis.units)}."
        for step in np.flatnonzero(short > 0)
    ]
    raise PlanError(" ".join(said), cure="Raise that budget, or move or release committed work.")


def _works(committed: Committed) -> pd.DataFrame:
    """Return decided works one by one: unit, step, treatment, cost."""
    turns = (
        (committed.step, committed.treatment, committed.cost),
        (committed.second_step, committed.second, committed.second_cost),
        (committed.third_step, committed.third, committed.third_cost),
    )
    parts = [pd.DataFrame({"unit": committed.unit, "step": s, "treatment": t, "cost": c}) for s, t, c in turns]
    return pd.concat(parts, ignore_index=True)


def _named(works: pd.DataFrame, units: pd.DataFrame) -> str:
    """Return the dearest works by place, treatment and cost, without words of a language."""
    dearest = works.sort_values("cost", ascending=False, kind="stable").head(_NAMED)
    places = units.iloc[dearest["unit"].to_numpy(np.int64)].to_dict("records")
    named = [
        f"{p['route']} {p['direction']} {p['lane']} {posted_measure(p['from_m'])}~{posted_measure(p['to_m'])} "
        f"{w['treatment']} NT$ {w['cost']:,.0f}"
        for p, w in zip(places, dearest.to_dict("records"), strict=True)
    ]
    return "; ".join([*named, "…"] if len(works) > _NAMED else named)
