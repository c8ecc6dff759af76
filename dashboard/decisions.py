"""What people decided about the works of a plan, carried into the next one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pavement.store import plans
from pavement.store.database import Store

# decided to be done, as planned; the others say what is not to be planned, or is over
_BINDING = ("committed", "locked")
# a reason that already says in which plan it was given
_OF_A_PLAN = re.compile(r"\(plan-\d+\)$")
_COLUMNS = ["unit", "year", "treatment", "cost"]


@dataclass(frozen=True)
class Decisions:
    """
    Decisions on the newest plan.

    Attributes
    ----------
    plan
        Its name, or "".
    kept
        Works that stand in the next plan too: unit, year, treatment, cost, status, status_reason; one a unit.
    lost
        How many other works of each status people had decided on.
    """

    plan: str
    kept: pd.DataFrame
    lost: dict[str, int]

    @property
    def summary(self) -> dict[str, Any]:
        """Return what the next plan keeps of this."""
        return {"plan": self.plan, "kept": len(self.kept), "decisions": self.lost}

    def words(self) -> str:
        """Say what the next plan knows of them."""
        said = ""
        if len(self.kept):
            said += f" {len(self.kept)} works decided in {self.plan} stand in it as they were."
        if self.lost:
            said += (
                f" It does not know the decisions on {sum(self.lost.values())} works of {self.plan}: "
                "look at both before use."
            )
        return said


def decisions(store: Store, lengths: pd.DataFrame, *, first: int, years: int) -> Decisions:
    """
    Return what of the decisions on the newest plan binds the next one.

    Parameters
    ----------
    lengths
        Treatment lengths of the next plan, column unit.
    first, years
        First year of the next plan, and their number.
    """
    former = plans.newest(store)
    if former is None:
        return Decisions("", pd.DataFrame(columns=[*_COLUMNS, "status", "status_reason"]), {})
    decided = plans.actions(store, former).query("status != 'proposed'").sort_values("year")
    fits = decided["unit"].isin(lengths["unit"]) & decided["year"].between(first, first + years - 1)
    binding = decided[decided["status"].isin(_BINDING) & fits].drop_duplicates("unit")
    # later works of the same length are planned anew from the decided one on: they are neither kept nor lost
    rest = decided[~decided["unit"].isin(binding["unit"])]
    lost = rest["status"].value_counts()
    kept = binding[[*_COLUMNS, "status", "status_reason"]].reset_index(drop=True)
    return Decisions(former.plan, kept, {str(status): int(count) for status, count in lost.items()})


def carry(store: Store, given: Decisions, plan: str, *, user: str) -> None:
    """Set the statuses of kept works in the plan that was made with them, with the reasons that were given."""
    for row in given.kept.itertuples():
        reason = str(row.status_reason)
        if not _OF_A_PLAN.search(reason):
            reason = f"{reason} ({given.plan})"
        plans.set_status(store, plan, str(row.unit), status=str(row.status), reason=reason, version=0, user=user)
