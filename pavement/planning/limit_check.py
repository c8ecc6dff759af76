"""Limits checked anew from works and condition, without the solver's arrays: what is used of each, or a refusal."""

from __future__ import annotations

import pandas as pd

from pavement.errors import PlanError
from pavement.planning.limits import LEAST, PENALTY, limit_kinds
from pavement.planning.treatments import Catalogue

# what floating-point sums may differ by, as a share
_ROUNDING = 1e-9


def checked(
    limits: pd.DataFrame,
    works: pd.DataFrame,
    condition: pd.DataFrame,
    units: pd.DataFrame,
    catalogue: Catalogue,
    money: pd.Series,
) -> pd.DataFrame:
    """
    Return limits with the column ``used``.

    Parameters
    ----------
    limits
        From :func:`pavement.planning.limits.plan_limits`.
    works
        unit, year, treatment, cost.
    condition
        From :func:`pavement.planning.course.network_condition`.
    units, catalogue
        Of the plan.
    money
        Budgets by calendar year. [NT$]

    Raises
    ------
    PlanError
        A limit or a budget is not held, which must never happen.
    """
    own = units[["unit", "from_m", "to_m"]].assign(office=units.get("office", ""))
    table = catalogue.treatments
    known = [c for c in ("category", "nights_per_km", "kgco2e_m2") if c in table]
    named = works[["unit", "year", "treatment", "cost", "area_m2"]].merge(own, on="unit")
    named = named.merge(table[known].rename_axis("treatment").reset_index(), on="treatment", how="left")
    used = [_used(row, named, condition) for row in limits.to_dict("records")]
    held = limits.assign(used=pd.Series(used, index=limits.index, dtype=float))
    _refuse_broken(held)
    spent = works.groupby("year")["cost"].sum()
    over = (spent - money.reindex(spent.index).clip(lower=0)).clip(lower=0)
    if (over > 0).any():
        raise PlanError(f"The plan found exceeds the budget of {over.idxmax()}.", cure=_NEVER)
    return held


_NEVER = "Report this with the inputs: it must never happen."


def _used(limit: dict[str, object], works: pd.DataFrame, condition: pd.DataFrame) -> float:
    """Return what a plan uses of a limit, in its unit."""
    kind, scope = str(limit["kind"]), str(limit["scope"])
    if kind in ("poor_share", "mean_condition"):
        rows = condition[(condition["year"] == limit["year"]) & (condition["kind"] == (scope or PENALTY))]
        return float(rows["poor_share"].iloc[0] * 100) if kind == "poor_share" else float(rows["mean"].iloc[0])
    rows = works[works["year"] == limit["year"]]
    if scope:
        rows = rows[rows[str(limit_kinds().loc[kind, "scope"])] == scope]
    column = str(limit_kinds().loc[kind, "per_work"])
    if column == "nights_per_km":
        return float((rows["nights_per_km"] * (rows["to_m"] - rows["from_m"]) / 1000).sum())
    if column == "kgco2e_m2":
        return float((rows["kgco2e_m2"] * rows["area_m2"]).sum())
    return float(rows["cost"].sum())


def _refuse_broken(held: pd.DataFrame) -> None:
    room = _ROUNDING * held["limit"].abs().clip(lower=1.0)
    floor = held["side"] == LEAST
    broken = (floor & (held["used"] < held["limit"] - room)) | (~floor & (held["used"] > held["limit"] + room))
    if broken.any():
        row = held[broken].iloc[0]
        raise PlanError(
            f"The plan breaks {row['id']} of {row['year']}: {row['side']} {row['limit']:,g}, not {row['used']:,g}.",
            cure=_NEVER,
        )
