"""What people decided about a plan and its lengths, fitted into the next one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.planning.committed import FIRST, SECOND, THIRD, paired
from pavement.planning.decided_stretches import owners, stretches
from pavement.planning.fitted_decisions import Fitted, fitted
from pavement.planning.treatments import Catalogue
from pavement.store import plan_decisions, plans
from pavement.store.completed_works import on_record
from pavement.store.database import Store

# decided to be done as planned: carried from plan to plan
_BINDING = {"committed": "commit", "locked": "lock"}
# what a work becomes in a plan that holds it by decision
_STATUS = {"commit": "committed", "lock": "locked", "replace": "locked"}
# row version of a status that a plan was made with, while nobody has changed it since
_CARRIED = 1
# a reason that already says in which plan it was given
_OF_A_PLAN = re.compile(r"\(plan-\d+\)$")
_PLACE = ["route", "direction", "lane", "from_m", "to_m"]
ASKED = ["decision", "kind", *_PLACE, "at_m", *FIRST, *SECOND, "code", "reason", "decided_by", "decided_at"]


@dataclass(frozen=True)
class Asked:
    """
    What people decided before the next plan.

    Attributes
    ----------
    plan
        Name of the newest plan, or "".
    table
        Columns ``ASKED``, and ``THIRD`` where a length has three works, the oldest first.
    lost
        How many works of each status are decided on without that anything of it stands for the next plan.
    """

    plan: str
    table: pd.DataFrame
    lost: pd.Series

    def stretches(self) -> pd.DataFrame:
        """Return the stretches that the decisions ask for, the latest last."""
        return stretches(self.table)


@dataclass(frozen=True)
class Decisions:
    """
    Decisions fitted into the next plan.

    Attributes
    ----------
    plan
        Name of the plan before, or "".
    fitted
        Committed and forbidden works, and each decision with its units or why it does not fit.
    lost
        How many works of each status people had decided on that the plan knows nothing of.
    """

    plan: str
    fitted: Fitted
    lost: dict[str, int]

    @property
    def kept(self) -> pd.DataFrame:
        """Works that stand in the plan by decision."""
        return self.fitted.committed

    @property
    def summary(self) -> dict[str, Any]:
        """Return what the next plan keeps of this."""
        unfit = int((self.fitted.table["fits"] == "no").sum())
        works = len(self.kept) + sum(int((self.kept[c] != "").sum()) for c in ("second", "third") if c in self.kept)
        return {"plan": self.plan, "kept": works, "decisions": self.lost, "unfit": unfit}

    def words(self) -> str:
        """Say what the next plan knows of them."""
        said, unfit = "", self.summary["unfit"]
        if len(self.kept):
            said += f" {self.summary['kept']} works decided in {self.plan} stand in it as they were."
        if len(self.fitted.forbidden):
            said += f" Works are forbidden or put off on {self.fitted.forbidden['unit'].nunique()} lengths of it."
        if unfit:
            said += f" {unfit} decisions do not fit it: pavement decisions tells why."
        if self.lost:
            said += (
                f" It does not know the decisions on {sum(self.lost.values())} works of {self.plan}: "
                "look at both before use."
            )
        return said


def asked(store: Store) -> Asked:
    """Return what people decided on the newest plan and on places, that has to do with the next one."""
    standing = plan_decisions.standing(store)
    standing["decision"] = standing["decision"].astype(str)
    standing = standing.assign(mobilisation=float("nan"), second="", second_year=float("nan"))
    standing = standing.assign(second_cost=float("nan"), second_mobilisation=float("nan"))
    former = plans.newest(store)
    if former is None:
        return Asked("", standing[ASKED], pd.Series(dtype=int))
    works = plans.actions(store, former).query("status != 'proposed'").sort_values("year")
    binding = paired(_held(store, former, works))
    # a work that stands by a decision on its place is told by that
    own = standing[standing["kind"].isin(("defer", "forbid", "replace"))][_PLACE].astype(str).agg("|".join, axis=1)
    placed, again = (f[_PLACE].astype(str).agg("|".join, axis=1).isin(own) for f in (works, binding))
    binding = binding[~again]
    told = binding.assign(
        decision=former.plan + " " + binding["unit"],
        kind=binding["status"].map(_BINDING),
        at_m=float("nan"),
        code=binding["status_code"],
        reason=[_with_plan(str(r), former.plan) for r in binding["status_reason"]],
        decided_by=binding["status_by"],
        decided_at=binding["status_at"],
    )
    standing = standing[~_replaced_and_done(store, former.plan, standing)]
    columns = [*ASKED, *(THIRD if THIRD[1] in told else ())]
    parts = [f.reindex(columns=columns) for f in (told, standing) if len(f)]
    table = pd.concat(parts or [standing[ASKED]], ignore_index=True)
    # a later work that the plan added to a decided one is planned anew: neither kept nor lost
    rest = works[~works["unit"].isin(binding["unit"]) & ~placed]
    over = on_record(store, former.plan, rest) & rest["status"].isin((plans.DONE, *_BINDING)).to_numpy(bool)
    rest = rest[~over]
    table = table.sort_values(["decided_at", "decision"], ignore_index=True, kind="stable")
    return Asked(former.plan, table, rest["status"].value_counts())


def _held(store: Store, plan: plans.SavedPlan, works: pd.DataFrame) -> pd.DataFrame:
    """
    Return the works that people decided to be done as planned: one or more of a length.

    A length whose status was carried into the plan and not changed since holds what that plan was made to hold; one
    decided on in the plan holds all works that it has there. Works on record are done.
    """
    key = ["unit", "year"]
    made = plans.frame(store, plan, "actions").set_index(key)["status"]
    by_decision = (made.reindex(pd.MultiIndex.from_frame(works[key])) == "committed").to_numpy(bool)
    carried = works["unit"].isin(works.loc[by_decision, "unit"]) & (works["version"] == _CARRIED)
    held = works["status"].isin(_BINDING) & ~(carried & ~by_decision)
    return works[held & ~on_record(store, plan.plan, works)]


def _replaced_and_done(store: Store, plan: str, standing: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which decisions ask for a work that is on record: the next plan knows it from its history."""
    over = (standing["kind"] == "replace").to_numpy(bool, copy=True)
    over[over] = on_record(store, plan, standing[over].assign(unit=""))
    return over


def _with_plan(reason: str, plan: str) -> str:
    return reason if _OF_A_PLAN.search(reason) else f"{reason} ({plan})"


def decisions(given: Asked, cells: pd.DataFrame, lengths: pd.DataFrame, *, years: range, rules: Catalogue) -> Decisions:
    """
    Return what of the decisions binds the next plan.

    Parameters
    ----------
    given
        From :func:`asked`.
    cells, lengths
        Cells of the network, and treatment lengths of the next plan, made with the stretches of the decisions.
    years, rules
        Its years and treatments.
    """
    why = owners(given.stretches(), cells)[1]
    found = fitted(given.table, why, cells, lengths, years=years, rules=rules)
    lost = {str(status): int(count) for status, count in given.lost.items()}
    unknown = found.table[(found.table["fits"] == "no") & found.table["kind"].isin(("commit", "lock"))]
    for kind, rows in unknown.groupby("kind"):
        status = _STATUS[str(kind)]
        lost[status] = lost.get(status, 0) + len(rows)
    return Decisions(given.plan, found, lost)


def carry(store: Store, given: Decisions, plan: str, *, user: str) -> None:
    """Set the statuses of decided works in the plan made with them, with the reasons and by whom they were given."""
    for row in given.kept.itertuples():
        plans.set_status(
            store, plan, str(row.unit), status=_STATUS[str(row.kind)], reason=str(row.reason), code=str(row.code),
            version=0, user=user, by=str(row.decided_by),
        )  # fmt: skip


def with_costs(given: Decisions, overrides: pd.DataFrame, *, objective: str) -> pd.DataFrame:
    """Return table ``plan_decisions``: each decision with what it costs, at prices summed over its lengths."""
    table = given.fitted.table.reset_index(drop=True)
    by = overrides.assign(cost_change=overrides["cost"] - overrides["free_cost"], solved_cost=-overrides["solved_cost"])
    costs = ["lost", "lost_most", "cost_change", "solved_lost", "solved_cost"]
    pairs = given.fitted.binding.merge(by[["unit", *costs]], on="unit")
    rows = pairs.groupby("row")[costs]
    summed = rows.agg(lambda part: part.sum(skipna=False)).astype(float)
    # each length was freed by itself: without all of them at once more may be gained than their sum
    summed.loc[rows.size() > 1, ["lost_most", "solved_lost", "solved_cost"]] = float("nan")
    return table.join(summed.reindex(table.index)).assign(objective=objective)
