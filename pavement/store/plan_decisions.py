"""Decisions of people that bind the plans to come: works put off, forbidden or replaced, lengths split and joined."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import sqlalchemy as sa

from pavement.errors import StoreError
from pavement.store import audit, catalogues, plans, segments
from pavement.store.database import Store, now, reading, writing
from pavement.store.tables import PLAN_DECISION

# what each kind makes of the status of the works on the length; splitting and joining leave it as it is
STATUS = {
    "propose": "proposed",
    "commit": "committed",
    "lock": "locked",
    "defer": "deferred",
    "forbid": "rejected",
    "replace": "replaced",
}
KINDS = (*STATUS, "split", "join")
# kept for the plans to come; the others are statuses of one plan, which carries them into the next
STANDING = ("defer", "forbid", "replace", "split", "join")
_WORKS = ("defer", "forbid", "replace")
BEFORE, AFTER = "before", "after"
_WAY = ["route", "direction", "lane"]


@dataclass(frozen=True)
class Decision:
    """
    What a person decided about a treatment length.

    Attributes
    ----------
    kind
        ``propose`` (take back), ``commit``, ``lock``, ``defer`` (no work before `year`), ``forbid`` (none, or none of
        `treatment`), ``replace`` (by `treatment` in `year` at `cost`), ``split`` (at `at_m`), ``join`` (`side`).
    reason, code
        In words; kind of reason, of ``decision_reasons.csv``.
    year, treatment, cost, at_m
        As the kind asks for: calendar year, id of the treatment, NT$ (None: the price of the catalogue), m.
    side
        Of a join: the neighbour ``before`` or ``after`` by chainage.
    """

    kind: str
    reason: str
    code: str
    year: int | None = None
    treatment: str = ""
    cost: float | None = None
    at_m: float | None = None
    side: str = ""


def _check_standing(store: Store, plan: str, unit: str, *, has_work: bool) -> None:
    """Refuse to hold a work that is not there, or that no plan to come would know of."""
    if not has_work:
        raise StoreError(f"{plan} has no action on {unit!r}.", cure="Replace: give treatment and year.")
    newest = plans.newest(store)
    if newest is not None and newest.plan != plan:
        raise StoreError(
            f"{plan} is not the newest plan: what is committed or locked in it would bind no plan to come.",
            cure=f"Decide in {newest.plan}, or replace: give treatment and year.",
        )


def decide(store: Store, plan: str, unit: str, said: Decision, *, version: int, user: str) -> int:
    """
    Keep a decision on a treatment length of a plan, set the status of its works, and return the number it stands under.

    What was decided before on works of the same stretch stands no more; 0 is returned where nothing stands.

    Parameters
    ----------
    version
        Row version the person saw in :func:`pavement.store.plans.actions`, 0 where the length has no work.

    Raises
    ------
    StoreError
        The decision is not what it must be, the length is not of the plan, somebody changed it meanwhile, or the plan
        is approved.
    """
    saved = plans.named(store, plan)
    lengths = plans.frame(store, saved, "treatment_lengths")
    found = lengths[lengths["unit"] == unit]
    if found.empty:
        raise StoreError(f"{plan} has no treatment length {unit!r}.", cure="Load the page again.")
    place = found.iloc[0].to_dict()
    _check(store, said)
    plans.require_code(said.code, unit)
    place |= _ends(store, place, lengths, said)
    _check_year(saved, said)
    works = plans.frame(store, saved, "actions").query("unit == @unit")
    _check_later(saved, said, works)
    has_work = not works.empty
    if said.kind in ("commit", "lock"):
        _check_standing(store, plan, unit, has_work=has_work)
    kept: list[int] = []

    def keep(connection: sa.Connection) -> None:
        _supersede(connection, place, said, user=user)
        if said.kind in STANDING:
            kept.append(_insert(connection, plan, place, said, user=user))

    if has_work and said.kind in STATUS:
        told = {"status": STATUS[said.kind], "reason": said.reason, "code": said.code}
        plans.set_status(store, plan, unit, **told, version=version, user=user, beside=keep)
    else:
        with writing(store) as connection:
            keep(connection)
            if said.kind not in STANDING:
                audit.append(connection, user=user, action="decide", subject=plan, unit=unit, kind=said.kind,
                             reason=said.reason, code=said.code)  # fmt: skip
    return kept[0] if kept else 0


def _check(store: Store, said: Decision) -> None:
    if said.kind not in KINDS:
        raise StoreError(f"{said.kind!r} is no decision.", cure=f"Use one of {', '.join(KINDS)}.")
    if not said.reason.strip():
        raise StoreError("No reason is given for the decision.", cure="Write one sentence; the audit keeps it.")
    known = catalogues.current(store).treatments.query("planned == 'yes'")["treatment"].tolist()
    if said.kind in ("replace", "forbid") and said.treatment and said.treatment not in known:
        raise StoreError(
            f"{said.treatment!r} is no treatment that may be planned.", cure=f"Use one of {', '.join(known)}."
        )
    if said.kind == "replace" and not said.treatment:
        raise StoreError("No treatment is given to replace the work.", cure="Choose a treatment.")
    if said.kind in ("defer", "replace") and said.year is None:
        raise StoreError("No year is given for the decision.", cure="Give a calendar year.")
    if said.cost is not None and not 0 <= said.cost < 1e12:
        raise StoreError(f"A cost of {said.cost} cannot be.", cure="Give NT$, 0 or more, or leave it empty.")


def _check_year(plan: plans.SavedPlan, said: Decision) -> None:
    years = sorted(int(y) for y in plan.summary.get("budgets", {}))
    if said.kind not in ("defer", "replace") or not years or said.year is None:
        return
    # put off to the year after the plan means beyond it
    last = years[-1] + (1 if said.kind == "defer" else 0)
    if not years[0] <= said.year <= last:
        cure = f"Use {years[0]} to {years[-1]}."
        if said.kind == "defer":
            cure = f"Use {years[0]} to {years[-1]}, or {last}, the year after the plan, for no work in this plan."
        raise StoreError(f"{said.year} is no year of {plan.plan}.", cure=cure)


def _check_later(plan: plans.SavedPlan, said: Decision, works: pd.DataFrame) -> None:
    """Refuse to put work off to a year in which it could be done anyway: nothing would change."""
    years = [int(y) for y in plan.summary.get("budgets", {})]
    if said.kind != "defer" or said.year is None or not years:
        return
    start = min(years) if works.empty else int(works["year"].min())
    if said.year <= start:
        what = "the plan begins" if works.empty else "the work is planned"
        raise StoreError(
            f"No work before {said.year} puts nothing off, since {what} in {start}.", cure=f"Give {start + 1} or later."
        )


def _ends(store: Store, place: Mapping[Any, Any], lengths: pd.DataFrame, said: Decision) -> dict[str, float]:
    """Return the ends of the stretch that a decision is on, and check where it splits or joins."""
    if said.kind == "split":
        _check_split(store, place, said.at_m)
    if said.kind != "join":
        return {}
    if said.side not in (BEFORE, AFTER):
        raise StoreError(f"{said.side!r} is no side to join.", cure=f"Say {BEFORE} or {AFTER}.")
    own, other = ("from_m", "to_m") if said.side == BEFORE else ("to_m", "from_m")
    same = (lengths[_WAY].astype(str) == [str(place[c]) for c in _WAY]).all(axis=1)
    near = lengths[same & ((lengths[other] - float(place[own])).abs() < 1.0)]
    if near.empty:
        raise StoreError(
            f"No treatment length of the lane lies {said.side} {place['unit']}.", cure="Join the other side."
        )
    return {own: float(near[own].iloc[0])}


def _check_split(store: Store, place: Mapping[Any, Any], at: float | None) -> None:
    cells = segments.cells(store)
    own = cells[(cells[_WAY].astype(str) == [str(place[c]) for c in _WAY]).all(axis=1)]
    middle = (own["from_m"] + own["to_m"]) / 2
    own = middle[(middle >= place["from_m"]) & (middle < place["to_m"])]
    if at is None or not ((own < at).any() and (own >= at).any()):
        raise StoreError(
            f"{place['unit']} cannot be split at {at}.",
            cure=f"Give a chainage that leaves a cell on both sides, {place['from_m']:.0f} to {place['to_m']:.0f} m.",
        )


def _insert(connection: sa.Connection, plan: str, place: Mapping[Any, Any], said: Decision, *, user: str) -> int:
    number = (connection.execute(sa.select(sa.func.max(PLAN_DECISION.c.id))).scalar() or 0) + 1
    asks = {
        "year": said.year if said.kind in ("defer", "replace") else None,
        "treatment": said.treatment if said.kind in ("forbid", "replace") else "",
        "cost": said.cost if said.kind == "replace" else None,
        "at_m": said.at_m if said.kind == "split" else None,
    }
    where = {c: str(place[c]) for c in _WAY} | {c: float(place[c]) for c in ("from_m", "to_m")}
    row = where | asks | {"kind": said.kind, "code": said.code, "reason": said.reason.strip()}
    row |= {"decided_at": now(), "decided_by": user, "withdrawn_at": "", "withdrawn_by": "", "withdrawn_reason": ""}
    unit = str(place["unit"])
    connection.execute(sa.insert(PLAN_DECISION).values(id=number, plan=plan, unit=unit, **row))
    audit.append(connection, user=user, action="decide", subject=plan, decision=number, unit=unit, kind=said.kind,
                 reason=row["reason"], code=said.code, **where, **asks)  # fmt: skip
    return number


def _supersede(connection: sa.Connection, place: Mapping[Any, Any], said: Decision, *, user: str) -> None:
    """Withdraw what stood on works of the same stretch, or between the ends of a length that is split or joined."""
    t = PLAN_DECISION.c
    same = (t.route == str(place["route"])) & (t.direction == str(place["direction"])) & (t.lane == str(place["lane"]))
    same &= t.withdrawn_at == ""
    if said.kind in STATUS:
        same &= t.kind.in_(_WORKS) & (t.from_m == float(place["from_m"])) & (t.to_m == float(place["to_m"]))
        if said.kind == "forbid" and said.treatment:
            # forbidding one treatment leaves others forbidden, and the length put off
            same &= (t.kind != "defer") & (t.treatment == said.treatment)
        elif said.kind != "propose":
            same &= (t.kind != "forbid") | t.treatment.in_(("", said.treatment))
    else:
        # of two cuts of one stretch the later holds
        same &= t.kind.in_(("split", "join")) & (t.from_m < float(place["to_m"])) & (t.to_m > float(place["from_m"]))
        same &= (t.from_m >= float(place["from_m"])) & (t.to_m <= float(place["to_m"]))
    for number in connection.execute(sa.select(t.id).where(same)).scalars().all():
        _close(connection, int(number), reason="decided anew", user=user)


def _close(connection: sa.Connection, number: int, *, reason: str, user: str) -> None:
    end = {"withdrawn_at": now(), "withdrawn_by": user, "withdrawn_reason": reason}
    connection.execute(sa.update(PLAN_DECISION).where(PLAN_DECISION.c.id == number).values(**end))
    audit.append(connection, user=user, action="withdraw decision", subject=str(number), reason=reason)


def withdraw(store: Store, number: int, *, reason: str, user: str) -> None:
    """
    Take a decision back: it does not bind the plans to come.

    Raises
    ------
    StoreError
        There is none of that number that stands, or no reason.
    """
    if not reason.strip():
        raise StoreError("No reason is given for the decision.", cure="Write one sentence; the audit keeps it.")
    with writing(store) as connection:
        held = sa.select(PLAN_DECISION.c.id).where(
            (PLAN_DECISION.c.id == number) & (PLAN_DECISION.c.withdrawn_at == "")
        )
        if connection.execute(held).first() is None:
            raise StoreError(f"No decision {number} stands.", cure="See which do: pavement decisions.")
        _close(connection, number, reason=reason.strip(), user=user)


def ended_since(store: Store, before: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of an earlier :func:`standing` that stand no more, such as a split under a later join."""
    return before[~before["decision"].isin(standing(store)["decision"])]


def standing(store: Store) -> pd.DataFrame:
    """Return the decisions that stand, the oldest first: columns of the table ``plan_decisions`` that people gave."""
    statement = sa.select(PLAN_DECISION).where(PLAN_DECISION.c.withdrawn_at == "").order_by(PLAN_DECISION.c.id)
    with reading(store) as connection:
        rows = connection.execute(statement).all()
    frame = pd.DataFrame(rows, columns=[c.name for c in PLAN_DECISION.columns])
    frame = frame.drop(columns=["withdrawn_at", "withdrawn_by", "withdrawn_reason"]).rename(columns={"id": "decision"})
    return frame.astype({"year": "Int64", "cost": float, "at_m": float, "from_m": float, "to_m": float})
