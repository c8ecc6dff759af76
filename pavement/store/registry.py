"""The model registry: every version kept, one live version a target."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import sqlalchemy as sa

from pavement.errors import ModelError, StoreError
from pavement.store import audit, objects
from pavement.store.database import Store, now, reading, writing
from pavement.store.runs import data_version
from pavement.store.tables import AUDIT, LIVE, MODEL

# what of a card forecasts are made with: nothing of it changes under a live model without approval
USED = ("resets", "memory")
# of a card: the cards that it has replaced, oldest first
FORMER = "former_cards"


@dataclass(frozen=True)
class ModelVersion:
    """One registered model: id, target, hash of its text, column signature and card."""

    model: str
    target: str
    object: str
    columns: tuple[Any, ...]
    card: dict[str, Any]
    created_at: str
    created_by: str
    data_version: int


def register(
    store: Store, target: str, text: str, *, columns: Sequence[Any], card: dict[str, Any], user: str
) -> ModelVersion:
    """
    Keep a model's text, its column signature and its card; the model does not become live by this.

    Parameters
    ----------
    text
        Model as text, such as LightGBM writes it; never a pickle.
    columns
        Names of the model's inputs in order, or anything JSON holds that describes them.
    card
        What the model was learnt from and how well it does.

    Returns
    -------
    version
        The version kept. The very same text for the same target is kept once, with the card of its last training; the
        former card becomes an object of the store that ``former_cards`` names with who made it, when and for which
        data. While the model is live, what forecasts are made with (``resets``, ``memory``) stays as it was approved.
    """
    if not text.strip():
        raise StoreError(f"The model text of {target} is empty.", cure="Train it again.")
    row: dict[str, Any] = {
        "model": "",
        "target": target,
        "object": objects.put(store, text.encode("utf-8")),
        "columns": json.dumps(list(columns), ensure_ascii=False),
        "card": _card_text(card),
        "created_at": now(),
        "created_by": user,
        "data_version": data_version(store),
    }
    row["model"] = f"{target.replace('_', '-')}-{row['object'][:12]}"
    with writing(store) as connection:
        held = connection.execute(sa.select(MODEL).where(MODEL.c.model == row["model"])).mappings().first()
        if held is None:
            connection.execute(sa.insert(MODEL).values(**row))
            _registered(connection, row, user)
        elif (renewed := _renewed(store, connection, dict(held), card)) is not None:
            row |= {"columns": held["columns"], "card": renewed}
            connection.execute(sa.update(MODEL).where(MODEL.c.model == row["model"]).values(card=renewed))
            _registered(connection, row, user)
    return version(store, str(row["model"]))


def _registered(connection: sa.Connection, row: Mapping[str, Any], user: str) -> None:
    detail = _proof(row) | {"data_version": row["data_version"]}
    audit.append(connection, user=user, action="register", subject=str(row["model"]), **detail)


def _renewed(store: Store, connection: sa.Connection, held: dict[str, Any], card: dict[str, Any]) -> str | None:
    """Return the card of a model trained once more, None where it says what the one held says."""
    former = json.loads(held["card"])
    is_live = sa.select(LIVE.c.model).where(LIVE.c.model == held["model"])
    used = {k: former[k] for k in USED if k in former} if connection.execute(is_live).first() else {}
    renewed = json.loads(_card_text(card | used))
    if renewed == {name: value for name, value in former.items() if name != FORMER}:
        return None
    made = _made(connection, held["model"])
    kept = {"sha256": objects.put(store, held["card"].encode("utf-8"))} | made
    return _card_text(renewed | {FORMER: [*former.get(FORMER, []), kept]})


def _made(connection: sa.Connection, model: str) -> dict[str, Any]:
    """Return who made the card of a model, when, and for which data."""
    row = connection.execute(_registrations(model).limit(1)).mappings().first()
    if row is None:
        return {}
    return {"at": str(row["at"]), "by": row["user"], "data_version": json.loads(row["detail"]).get("data_version")}


def _registrations(model: str) -> sa.Select[Any]:
    """Select the registrations of a model from the audit, the last first."""
    own = sa.select(AUDIT).where(AUDIT.c.action == "register", AUDIT.c.subject == model)
    return own.order_by(AUDIT.c.sequence.desc())


def _card_text(card: dict[str, Any]) -> str:
    return json.dumps(card, ensure_ascii=False, sort_keys=True, default=str)


def version(store: Store, model: str) -> ModelVersion:
    """Return one registered model by id."""
    with reading(store) as connection:
        row = connection.execute(sa.select(MODEL).where(MODEL.c.model == model)).mappings().first()
    if row is None:
        raise StoreError(f"There is no model {model!r}.", cure="See the models page for the registered ones.")
    return ModelVersion(**dict(row) | {"columns": tuple(json.loads(row["columns"])), "card": json.loads(row["card"])})


def text(store: Store, model: str) -> str:
    """
    Return a model's text after checking it against its hash, so that no parser meets a damaged one.

    Raises
    ------
    ModelError
        The text is missing or not what was registered.
    """
    found = version(store, model)
    if not _as_registered(store, found):
        raise ModelError(f"Model {model} cannot be used: it is not what was registered.", cure=objects.CURE)
    try:
        return objects.read(store, found.object).decode("utf-8")
    except StoreError as error:
        raise ModelError(f"Model {model} cannot be used: {error.message}", cure=error.cure) from error


def _as_registered(store: Store, found: ModelVersion) -> bool:
    """Return whether the last registration in the audit, a chain whole up to there, is of this text and card."""
    with reading(store) as connection:
        row = connection.execute(sa.select(MODEL).where(MODEL.c.model == found.model)).mappings().one()
    # a former registration speaks for a card that a newer one replaced
    details = audit.vouched(store, action="register", subject=found.model)[-1:]
    return any({**detail, **_proof(dict(row))} == detail for detail in details)


def _proof(row: Mapping[str, Any]) -> dict[str, str]:
    """Return what the audit holds of a registration, so that nothing of it can be changed afterwards."""
    card = hashlib.sha256(f"{row['columns']}\n{row['card']}".encode()).hexdigest()
    return {"target": row["target"], "sha256": row["object"], "card": card}


def promote(
    store: Store,
    target: str,
    model: str,
    *,
    user: str,
    reason: str,
    replaces: str | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """
    Make a registered model the live one of its target; the former stays registered.

    Parameters
    ----------
    user
        Who answers for it; the audit names them.
    reason
        Why; kept in the audit and beside the live model.
    detail
        What else the audit is to hold, such as how the model compared.
    replaces
        Live model the caller saw, ``""`` for none; another one by now means that somebody was faster, and nothing is
        changed.

    Raises
    ------
    StoreError
        The model is unknown, damaged or of another target, nobody is named, no reason is given, or the live model has
        changed meanwhile.
    """
    _named(model, user, reason)
    _put_live(store, target, model, action="promote", replaces=replaces, user=user, reason=reason, **(detail or {}))


def rollback(store: Store, target: str, *, user: str, reason: str, replaces: str | None = None) -> str:
    """
    Make the model live again that was live before the present one, and return its id; again goes further back.

    Parameters
    ----------
    replaces
        As of :func:`promote`, so that two who want to be rid of one model do not go back two steps.

    Raises
    ------
    StoreError
        Nothing was live before, that model is damaged, nobody is named, no reason is given, or the live model has
        changed meanwhile.
    """
    _named(f"the former model of {target}", user, reason)
    live, before = live_models(store).get(target, ""), _stack(store, target)
    refuse_overtaken(target, live, replaces)
    before = before[:-1] if before and before[-1] == live else before
    if not before:
        raise StoreError(
            f"No model of {target} was live before.", cure="Promote one of those that pavement models list names."
        )
    _put_live(store, target, before[-1], action="rollback", replaces=live, user=user, reason=reason)
    return before[-1]


def refuse_overtaken(target: str, live: str, seen: str | None) -> None:
    """Refuse where another model is live by now than the one that a person saw (``""`` for none; None asks nothing)."""
    if seen is not None and seen != live:
        raise StoreError(
            f"{live or 'No model'} became the live model of {target} meanwhile.", cure="Look again, then decide."
        )


def _stack(store: Store, target: str) -> list[str]:
    """Return the models that were made live one upon another: a rollback takes the upper one off."""
    actions = ("promote", "rollback")
    statement = sa.select(AUDIT).where(AUDIT.c.action.in_(actions)).order_by(AUDIT.c.sequence)
    stack: list[str] = []
    with reading(store) as connection:
        for row in connection.execute(statement).mappings():
            if json.loads(row["detail"]).get("target") != target:
                continue
            if row["action"] == "promote":
                stack.append(row["subject"])
            else:
                while stack and stack[-1] != row["subject"]:
                    stack.pop()
    return stack


def _named(model: str, user: str, reason: str) -> None:
    if not user.strip():
        raise StoreError(f"Nobody is named who makes {model} live.", cure="Name the person who approves it.")
    if not reason.strip():
        raise StoreError(f"No reason is given to make {model} live.", cure="Say why; the audit keeps it.")


def _put_live(
    store: Store, target: str, model: str, *, action: str, replaces: str | None, user: str, reason: str, **detail: Any
) -> None:
    found = version(store, model)
    if found.target != target:
        raise StoreError(f"{model} is a model of {found.target}, not of {target}.")
    objects.checked(store, found.object, what=f"Text of model {model}, object")
    if not _as_registered(store, found):
        raise StoreError(f"Model {model} cannot be used: it is not what was registered.", cure=objects.CURE)
    with writing(store) as connection:
        former = connection.execute(sa.select(LIVE.c.model).where(LIVE.c.target == target)).scalar()
        refuse_overtaken(target, former or "", replaces)
        if former == model:
            return
        row = {"model": model, "promoted_at": now(), "promoted_by": user, "reason": reason.strip()}
        if former is None:
            connection.execute(sa.insert(LIVE).values(target=target, **row))
        else:
            connection.execute(sa.update(LIVE).where(LIVE.c.target == target).values(**row))
        more = {"target": target, "former": former, "reason": reason.strip(), **detail}
        audit.append(connection, user=user, action=action, subject=model, **more)


def withdraw(store: Store, target: str, *, user: str, reason: str) -> None:
    """Leave a target without a live model; forecasts fall back to curves until one is promoted."""
    if not reason.strip():
        raise StoreError(f"No reason is given to leave {target} without a model.", cure="Say why; the audit keeps it.")
    with writing(store) as connection:
        former = connection.execute(sa.select(LIVE.c.model).where(LIVE.c.target == target)).scalar()
        if former is None:
            raise StoreError(f"{target} has no live model.")
        connection.execute(sa.delete(LIVE).where(LIVE.c.target == target))
        audit.append(connection, user=user, action="withdraw", subject=former, target=target, reason=reason)


def live(store: Store, target: str) -> ModelVersion | None:
    """Return the live model of a target, or None."""
    model = live_models(store).get(target)
    return None if model is None else version(store, model)


def live_models(store: Store) -> dict[str, str]:
    """Return target → id of its live model."""
    with reading(store) as connection:
        rows = connection.execute(sa.select(LIVE.c.target, LIVE.c.model).order_by(LIVE.c.target)).all()
    return {target: model for target, model in rows}  # noqa: C416  rows are not plain tuples


def versions(store: Store, target: str | None = None) -> pd.DataFrame:
    """Return registered models, newest first, with ``live`` and who made it so, when and why; card as JSON text."""
    promoted = [LIVE.c.promoted_at, LIVE.c.promoted_by, LIVE.c.reason]
    joined = MODEL.outerjoin(LIVE, LIVE.c.model == MODEL.c.model)
    statement = sa.select(MODEL, *promoted).select_from(joined).order_by(MODEL.c.created_at.desc(), MODEL.c.model)
    if target is not None:
        statement = statement.where(MODEL.c.target == target)
    with reading(store) as connection:
        rows = connection.execute(statement).all()
    frame = pd.DataFrame(rows, columns=[c.name for c in [*MODEL.columns, *promoted]])
    return frame.assign(live=frame["promoted_at"].notna())
