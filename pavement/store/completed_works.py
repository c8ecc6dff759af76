"""Works of a plan that are done: each becomes a work on record, from which histories and models learn."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.condition.joins import overlaps
from pavement.errors import StoreError
from pavement.planning.economics import parameters
from pavement.store import catalogues, plans, published, runs
from pavement.store.database import Store, now
from pavement.store.reports import FORM

ACTION, SOURCE = "complete work", "plan"


@dataclass(frozen=True)
class Completion:
    """
    What is known of a work that is done.

    Attributes
    ----------
    completed_on
        Day of completion.
    contractor, contract
        As in the contract; may be empty.
    cost
        Actual cost, None where not settled. [NT$]
    code
        Kind of reason, of ``decision_reasons.csv``.
    """

    completed_on: dt.date
    contractor: str = ""
    contract: str = ""
    cost: float | None = None
    code: str = "completed"


def work_id(plan: str, unit: str, year: int) -> str:
    """Return the id on record of a work of a plan, which leads back to it."""
    return f"{plan}-{unit}-{year}"


def on_record(store: Store, plan: str, works: pd.DataFrame) -> NDArray[np.bool_]:
    """
    Return which works of a plan, or asked for by decisions, are done by the record, whichever plan they were of.

    Parameters
    ----------
    plan
        Name of the plan that the works are of.
    works
        unit, route, direction, lane, from_m, to_m [m], year, treatment.

    Notes
    -----
    Done is a work that was completed under its own name, and one over whose larger part a completed work of any plan
    lies: one done in its year or planned for it, whatever the treatment, or the same treatment no more than
    ``near_years`` off.
    """
    done = published.table(store, "works")
    done = done[(done["source"].astype(str) == SOURCE) & done["completed_on"].notna()].reset_index(drop=True)
    found = np.zeros(len(works), dtype=bool)
    if done.empty or works.empty:
        return found
    names = done["work"].astype(str)
    own = [work_id(plan, str(u), int(y)) for u, y in zip(works["unit"], works["year"], strict=True)]
    asked, record = works.reset_index(drop=True), names.str.extract(r"-(\d{4})$")[0].astype(float).to_numpy()
    length = (asked["to_m"] - asked["from_m"]).to_numpy(float)
    # a place at a time: works of a lane may lie over each other
    for row in range(len(asked)):
        both = overlaps(done, asked.iloc[[row]])
        shared = both.groupby("stretch")["length"].sum().reindex(done.index, fill_value=0.0).to_numpy()
        year = int(asked.loc[row, "year"])
        off = np.fmin(abs(done["completed_on"].dt.year.to_numpy(float) - year), abs(record - year))
        near = (done["treatment"] == asked.loc[row, "treatment"]).to_numpy() & (off <= parameters()["near_years"])
        found[row] = ((shared > length[row] / 2) & (near | (off == 0))).any()
    return found | np.isin(own, names)


def complete(
    store: Store, plan: str, rank: int, done: Completion, *, reason: str, version: int, user: str, today: dt.date
) -> str:
    """
    Put a work of a plan on record as done, and return its id there.

    The status of its treatment length becomes ``done`` with the last of its works.

    Parameters
    ----------
    rank
        Of the work in the plan.
    done
        What is known of it.
    reason
        In the person's words, for the audit.
    version
        Row version the person saw in :func:`pavement.store.plans.actions`.
    today
        Day in the agency's time zone after which nothing can be completed.

    Raises
    ------
    StoreError
        No such plan or work, no reason, an unknown code, a day in the future, a cost below 0, completed before, or
        changed meanwhile.
    """
    actions = plans.actions(store, plan)
    found = actions[actions["rank"] == rank]
    if found.empty:
        raise StoreError(f"{plan} has no work of rank {rank}.", cure=f"Ranks run from 1 to {len(actions)}.")
    action = found.iloc[0]
    plans.require_code(done.code, str(action["unit"]))
    _require(done, reason, action, version=version, today=today)
    known = set(published.table(store, "works", columns=["work"])["work"].astype(str))
    name = work_id(plan, str(action["unit"]), int(action["year"]))
    if name in known:
        raise StoreError(f"{name} is on record as completed.", cure="Withdraw that run first if it is wrong.")
    laid = catalogues.of_plan(store, plans.named(store, plan)).treatments.set_index("treatment")["pave_mm"]
    row = _row(action, name, done, f"{user}: {reason.strip()}", laid)
    _publish(store, row, plan=plan, reason=reason.strip(), code=done.code, user=user)
    own = actions[actions["unit"] == action["unit"]]
    left = {work_id(plan, str(u), int(y)) for u, y in zip(own["unit"], own["year"], strict=True)} - known - {name}
    if not left:
        unit = str(action["unit"])
        plans.set_status(
            store, plan, unit, status=plans.DONE, reason=reason, code=done.code, version=version, user=user
        )
    return name


def _require(done: Completion, reason: str, action: pd.Series, *, version: int, today: dt.date) -> None:
    if not reason.strip():
        raise StoreError("A completion needs a note.", cure="Say in a few words how it is known.")
    if done.completed_on > today:
        raise StoreError(f"{done.completed_on} lies in the future.", cure="Check year and calendar.")
    if done.cost is not None and not done.cost >= 0:
        raise StoreError(f"A cost of {done.cost} cannot be.", cure="Give NT$, 0 or more, or leave it empty.")
    if int(action["version"]) != version:
        raise StoreError(f"{action['unit']} was changed meanwhile.", cure="Look again, then decide.")


def _row(action: pd.Series, name: str, done: Completion, note: str, laid: pd.Series) -> pd.DataFrame:
    thickness = float(laid.get(action["treatment"], 0.0))
    row = {
        "work": name,
        **{c: action[c] for c in ("route", "direction", "lane", "from_m", "to_m", "treatment")},
        "completed_on": pd.Timestamp(done.completed_on),
        "contract": done.contract,
        "contractor": done.contractor,
        # as planned: what was built is known from cores or radar
        "thickness_mm": thickness if thickness > 0 else None,
        "note": note,
        "source": SOURCE,
        "cost": done.cost,
    }
    return pd.DataFrame([row]).astype({"cost": float, "thickness_mm": float})


def _publish(store: Store, row: pd.DataFrame, *, plan: str, reason: str, code: str, user: str) -> None:
    moment, name = now(), str(row["work"].iloc[0])
    said = json.dumps([moment, user, reason, row.astype(str).to_dict("records")], ensure_ascii=False)
    draft = runs.RunDraft(
        run=hashlib.sha256(said.encode()).hexdigest(),
        survey=f"completed-{name}",
        package=FORM,
        title=f"{name} done",
        operator=user,
        surveyed_on=row["completed_on"].iloc[0].date(),
        tables={"works": row},
        action=ACTION,
        detail={"plan": plan, "work": name, "reason": reason, "code": code},
    )
    runs.publish(store, draft, user=user)
