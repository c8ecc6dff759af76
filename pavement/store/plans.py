"""Plans: the ranked work list with what it rests on, and what people decided about each action."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import sqlalchemy as sa

from pavement.errors import StoreError
from pavement.schema import read_table, schema
from pavement.store import audit, forecasts
from pavement.store.database import Store, now, reading, writing
from pavement.store.parquet import put_frame, read_frame, typed
from pavement.store.runs import data_version
from pavement.store.tables import ACTION_STATUS, FORECAST_SET, NOT_OF_RUNS, PLAN, PLAN_APPROVAL

DONE = "done"


@dataclass(frozen=True)
class SavedPlan:
    """One saved plan: its frames by name, its summary, its models, and the data and forecast it rests on."""

    id: int
    plan: str
    objects: dict[str, str]
    summary: dict[str, Any]
    models: dict[str, str]
    data_version: int
    forecast_set: int | None
    created_at: str
    created_by: str


def save(
    store: Store, frames: Mapping[str, pd.DataFrame], *, summary: dict[str, Any], forecast_set: int | None, user: str
) -> SavedPlan:
    """
    Keep a plan.

    Parameters
    ----------
    frames
        At least ``actions`` and ``treatment_lengths``; further frames (condition, spend, unplanned) by name. The column
        ``plan`` of actions is filled with the id given here.
    summary
        Budgets, value, bound, gap and settings, as JSON would hold them.
    forecast_set
        Forecast the plan was made from; its data version and model ids become the plan's.

    Returns
    -------
    plan
        The plan as kept, with its id such as ``plan-0001``.

    Raises
    ------
    StoreError
        A frame is missing or breaks its schema, or the forecast set is unknown.
    """
    if missing := sorted({"actions", "treatment_lengths"} - set(frames)):
        raise StoreError(f"A plan needs the frames {missing}.")
    forecasts.check_key(frames["actions"].assign(plan=""), "actions")
    kept = {name: put_frame(store, frame, name) for name, frame in frames.items() if name != "actions"}
    basis = None if forecast_set is None else forecasts.named(store, forecast_set)
    with writing(store) as connection:
        number = (connection.execute(sa.select(sa.func.max(PLAN.c.id))).scalar() or 0) + 1
        plan = f"plan-{number:04d}"
        kept["actions"] = put_frame(store, frames["actions"].assign(plan=plan), "actions")
        row = {
            "id": number,
            "plan": plan,
            "objects": json.dumps(kept, sort_keys=True),
            "summary": json.dumps(summary, ensure_ascii=False, sort_keys=True, default=str),
            "models": json.dumps(basis.models if basis else {}, sort_keys=True),
            "data_version": basis.data_version if basis else data_version(store),
            "forecast_set": forecast_set,
            "created_at": now(),
            "created_by": user,
        }
        connection.execute(sa.insert(PLAN).values(**row))
        audit.append(connection, user=user, action="plan", subject=plan, objects=kept, forecast_set=forecast_set)
    return _saved(row)


def _saved(row: dict[str, Any]) -> SavedPlan:
    return SavedPlan(**row | {k: json.loads(row[k]) for k in ("objects", "summary", "models")})


def named(store: Store, plan: str) -> SavedPlan:
    """Return a plan by its id, such as ``plan-0001``."""
    with reading(store) as connection:
        row = connection.execute(sa.select(PLAN).where(PLAN.c.plan == plan)).mappings().first()
    if row is None:
        raise StoreError(f"There is no plan {plan!r}.", cure="Make one: pavement plan.")
    return _saved(dict(row))


def newest(store: Store) -> SavedPlan | None:
    """Return the newest plan, or None."""
    with reading(store) as connection:
        row = connection.execute(sa.select(PLAN).order_by(PLAN.c.id.desc()).limit(1)).mappings().first()
    return None if row is None else _saved(dict(row))


def frame(store: Store, plan: SavedPlan | str, name: str) -> pd.DataFrame:
    """Return one of a plan's frames, such as ``actions``, as it was saved."""
    plan = named(store, plan) if isinstance(plan, str) else plan
    if name not in plan.objects:
        raise StoreError(f"{plan.plan} holds no {name!r}; it holds {sorted(plan.objects)}.")
    found = read_frame(store, plan.objects[name])
    return typed(found, name, crs=store.crs) if name in NOT_OF_RUNS else found


def add_frame(store: Store, plan: SavedPlan, name: str, frame: pd.DataFrame, *, user: str, **detail: int) -> None:
    """
    Keep one more frame with a plan, in place of a former one of that name; the plan itself does not change.

    Parameters
    ----------
    detail
        What the audit is told beside the hash.
    """
    digest = put_frame(store, frame, name)
    mine = PLAN.c.plan == plan.plan
    with writing(store) as connection:
        held = json.loads(connection.execute(sa.select(PLAN.c.objects).where(mine)).scalar_one())
        kept = json.dumps(held | {name: digest}, sort_keys=True)
        connection.execute(sa.update(PLAN).where(mine).values(objects=kept))
        audit.append(connection, user=user, action=f"add {name}", subject=plan.plan, object=digest, **detail)


def actions(store: Store, plan: SavedPlan | str) -> pd.DataFrame:
    """
    Return the actions of a plan as they stand now.

    Returns
    -------
    actions
        Columns of the table ``actions`` by rank, ``status`` as people last set it, and beside it ``status_reason``,
        ``status_code`` (of ``decision_reasons.csv``), ``status_by``, ``status_at`` and ``version``, the row version to
        give back when changing it (0 while nobody has).
    """
    plan = named(store, plan) if isinstance(plan, str) else plan
    made = frame(store, plan, "actions")
    statement = sa.select(ACTION_STATUS).where(ACTION_STATUS.c.plan == plan.plan)
    with reading(store) as connection:
        rows = connection.execute(statement).all()
    held = {row.unit: row for row in rows}
    given = [(unit, status, held.get(unit)) for unit, status in zip(made["unit"], made["status"], strict=True)]
    changed = {
        "status": pd.Series([h.status if h else status for _, status, h in given], index=made.index, dtype="str"),
        "status_reason": pd.Series([h.reason if h else "" for *_, h in given], index=made.index, dtype="str"),
        "status_code": pd.Series([h.code if h else "" for *_, h in given], index=made.index, dtype="str"),
        "status_by": pd.Series([h.changed_by if h else "" for *_, h in given], index=made.index, dtype="str"),
        "status_at": pd.Series([h.changed_at if h else "" for *_, h in given], index=made.index, dtype="str"),
        "version": pd.Series([h.version if h else 0 for *_, h in given], index=made.index, dtype="int64"),
    }
    return made.assign(**changed).sort_values("rank", ignore_index=True)


def set_status(  # noqa: PLR0913
    store: Store,
    plan: str,
    unit: str,
    *,
    status: str,
    reason: str,
    code: str,
    version: int,
    user: str,
    by: str = "",
    beside: Callable[[sa.Connection], None] | None = None,
) -> int:
    """
    Set what people decided about an action, and return its new row version.

    Parameters
    ----------
    reason, code
        Why, and its kind, of ``decision_reasons.csv``; a change without either is refused.
    version
        Row version the caller saw in :func:`actions`.
    by
        Who decided, where that is not the user who writes it down: as a plan carries decisions on, old ones without a
        kind of reason too.
    beside
        What is written together with it, or not at all.

    Raises
    ------
    StoreError
        Unknown plan, unit, status or code, no reason or code, somebody changed the action meanwhile, or the plan is
        approved and the change is not that the work is done.
    """
    allowed = schema("actions").loc["status", "allowed"].split("|")
    if status not in allowed:
        raise StoreError(f"{status!r} is no status of an action.", cure=f"Use one of {', '.join(allowed)}.")
    if code or not by:
        require_code(code, unit)
    if not reason.strip():
        raise StoreError(f"No reason is given for {unit}.", cure="Write one sentence; the audit keeps it.")
    if not frame(store, plan, "actions")["unit"].eq(unit).any():
        raise StoreError(f"{plan} has no action on {unit!r}.")
    if status != DONE and approval(store, plan) is not None:
        raise StoreError(f"{plan} is approved and stands as it is.", cure="Decide in a new plan.")
    row = {
        "status": status,
        "reason": reason,
        "code": code,
        "version": version + 1,
        "changed_at": now(),
        "changed_by": by or user,
    }
    mine = (ACTION_STATUS.c.plan == plan) & (ACTION_STATUS.c.unit == unit)
    with writing(store) as connection:
        held = connection.execute(sa.select(ACTION_STATUS).where(mine)).mappings().first()
        if (held["version"] if held else 0) != version:
            found = f"{held['status']} by {held['changed_by']}: {held['reason']}" if held else "proposed"
            raise StoreError(f"{unit} was changed meanwhile: it is {found}.", cure="Look again, then decide.")
        if held is None:
            connection.execute(sa.insert(ACTION_STATUS).values(plan=plan, unit=unit, **row))
        else:
            connection.execute(sa.update(ACTION_STATUS).where(mine).values(**row))
        detail = {"unit": unit, "status": status, "reason": reason, "former": held["status"] if held else None}
        detail |= {"code": code} if code else {}
        detail |= {"by": by} if by else {}
        audit.append(connection, user=user, action="set status", subject=plan, **detail)
        if beside is not None:
            beside(connection)
    return version + 1


def require_code(code: str, unit: str) -> None:
    """Refuse a decision on a treatment length whose kind of reason is not of ``decision_reasons.csv``."""
    known = read_table("decision_reasons")["code"].tolist()
    if code not in known:
        said = f"{code!r} is no kind of reason." if code else f"No kind of reason is given for {unit}."
        raise StoreError(said, cure=f"Use one of {', '.join(known)}.")


@dataclass(frozen=True)
class Approval:
    """Who approved a plan, when and why, and how many findings of each severity the check list held then."""

    reason: str
    checks: dict[str, int]
    approved_at: str
    approved_by: str


def approval(store: Store, plan: str) -> Approval | None:
    """Return the approval of a plan, or None while there is none."""
    statement = sa.select(PLAN_APPROVAL).where(PLAN_APPROVAL.c.plan == plan)
    with reading(store) as connection:
        row = connection.execute(statement).mappings().first()
    if row is None:
        return None
    return Approval(**{k: row[k] for k in ("reason", "approved_at", "approved_by")}, checks=json.loads(row["checks"]))


def require_reason(plan: str, reason: str) -> None:
    """Refuse the approval of a plan without a reason."""
    if not reason.strip():
        raise StoreError(
            f"No reason is given for the approval of {plan}.", cure="Write one sentence; the audit keeps it."
        )


def approve(store: Store, plan: str, *, reason: str, checks: Mapping[str, int], user: str) -> None:
    """
    Freeze a plan: its decisions stand, and only that works are done can still be said.

    Parameters
    ----------
    reason
        Why; an approval without a reason is refused.
    checks
        Findings of the check list by severity, as the person who approves saw them.

    Raises
    ------
    StoreError
        Unknown plan, no reason, or approved before.
    """
    named(store, plan)
    require_reason(plan, reason)
    row = {"reason": reason.strip(), "approved_at": now(), "approved_by": user}
    with writing(store) as connection:
        held = connection.execute(sa.select(PLAN_APPROVAL).where(PLAN_APPROVAL.c.plan == plan)).mappings().first()
        if held is not None:
            raise StoreError(f"{plan} was approved by {held['approved_by']}.", cure="Nothing needs to be done.")
        seen = json.dumps(dict(checks), sort_keys=True)
        connection.execute(sa.insert(PLAN_APPROVAL).values(plan=plan, checks=seen, **row))
        audit.append(connection, user=user, action="approve plan", subject=plan, reason=row["reason"], checks=seen)


def plans(store: Store) -> pd.DataFrame:
    """Return every plan, newest first; objects, summary and models as JSON text."""
    with reading(store) as connection:
        rows = connection.execute(sa.select(PLAN).order_by(PLAN.c.id.desc())).all()
    return pd.DataFrame(rows, columns=[c.name for c in PLAN.columns])


def listing(store: Store, *, limit: int | None = None) -> pd.DataFrame:
    """
    Return what tells plans apart, the newest first.

    Parameters
    ----------
    limit
        So many of the newest; all when None.

    Returns
    -------
    plans
        ``plan``, ``made_at``, ``made_by``, ``works``, ``budget`` of all years [NT$], ``gap`` as a share, and
        ``approved_at``, ``approved_by`` and ``approval_reason``, empty for a plan that nobody approved.
    """
    rows = []
    for plan in plans(store)["plan"].iloc[:limit]:
        saved, held = named(store, str(plan)), approval(store, str(plan))
        rows.append(
            {
                "plan": saved.plan,
                "made_at": saved.created_at,
                "made_by": saved.created_by,
                "works": len(frame(store, saved, "actions")),
                "budget": float(sum(saved.summary.get("budgets", {}).values())),
                "gap": float(saved.summary.get("gap", float("nan"))),
                "approved_at": held.approved_at if held else "",
                "approved_by": held.approved_by if held else "",
                "approval_reason": held.reason if held else "",
            }
        )
    columns = ["plan", "made_at", "made_by", "works", "budget", "gap", "approved_at", "approved_by", "approval_reason"]
    return pd.DataFrame(rows, columns=columns)


def is_stale(store: Store, plan: SavedPlan) -> bool:
    """Return whether data or forecasts newer than those of the plan have come in."""
    with reading(store) as connection:
        newer = connection.execute(sa.select(sa.func.max(FORECAST_SET.c.id))).scalar()
    return plan.data_version < data_version(store) or (newer or 0) > (plan.forecast_set or 0)
