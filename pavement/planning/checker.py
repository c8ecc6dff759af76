"""A plan added up anew from the tables it was made of, in exact decimals and without the solver's arrays."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd

COLUMNS = ("limit", "found", "most", "message")


def breaches(
    plan: pd.DataFrame, strategies: pd.DataFrame, limits: pd.Series, *, value: float | None = None
) -> pd.DataFrame:
    """
    Return what a plan breaks: limit, found, most, message; empty when it holds.

    Parameters
    ----------
    plan
        unit, strategy: what is taken; units left alone have no row or an empty strategy.
    strategies
        unit, strategy, benefit and a column of each limit; those taken are enough.
    limits
        Largest sum of each column, by its name.
    value
        Benefit that the plan is said to have.
    """
    taken = plan[plan["strategy"].notna() & (plan["strategy"] != "")]
    found: list[tuple[str, object, object, str]] = []
    for unit, count in taken["unit"].value_counts(sort=False).items():
        if count > 1:
            found.append(("unit", count, 1, f"Unit {unit} has {count} strategies."))
    known = taken[["unit", "strategy"]].merge(strategies, on=["unit", "strategy"], how="left", indicator=True)
    for lost in known[known["_merge"] == "left_only"].itertuples():
        found.append(("strategy", lost.strategy, "", f"Unit {lost.unit} has no strategy {lost.strategy}."))
    known = known[known["_merge"] == "both"]
    used = sums(known, list(limits.index))
    for name, most in limits.items():
        if np.isfinite(most) and used[name] > Decimal(repr(float(most))):
            over = used[name] - Decimal(repr(float(most)))
            found.append((str(name), float(used[name]), most, f"{name} is passed by {over:,}."))
    if value is not None:
        total = float(known["benefit"].sum())
        if abs(total - value) > 1e-9 * max(1.0, float(known["benefit"].abs().sum())):
            found.append(("benefit", total, value, f"The benefit is {total:g}, not {value:g}."))
    return pd.DataFrame(found, columns=list(COLUMNS))


def sums(taken: pd.DataFrame, columns: list[str]) -> dict[str, Decimal]:
    """Return the exact decimal sum of each column of the strategies taken."""
    long = taken[columns].reset_index(drop=True).melt(var_name="limit", value_name="amount")
    long = long[long["amount"] != 0]
    exact = long["amount"].astype(float).map(lambda x: Decimal(repr(x))).astype(object)
    total = exact.groupby(long["limit"].to_numpy()).agg(lambda s: sum(s, Decimal(0)))
    return {name: total.get(name, Decimal(0)) for name in columns}
