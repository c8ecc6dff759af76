"""Reports of distress by people: written down, planned, repaired; each step a run that follows the former."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pavement.condition.distress_life import FIELDS, PLANNED, REPAIRED, REPORTED, life_states
from pavement.condition.distress_links import distress_links
from pavement.errors import StoreError
from pavement.schema import check, schema
from pavement.store import audit, objects, published, runs
from pavement.store.database import Store, now

TABLE = "distress"
# the package of a run that a person wrote on a page
FORM = "form"
ACTIONS = {REPORTED: "report distress", PLANNED: "plan repair", REPAIRED: "repair distress"}
_KEYS = ["record", "route", "direction"]


@dataclass(frozen=True)
class Author:
    """Who says something, and the day in the agency's time zone after which nothing can have been seen or done."""

    user: str
    today: dt.date


def report_id(record: str, route: str, direction: str) -> str:
    """Return the id of a record in addresses: records of the agency have names of any form."""
    return hashlib.sha256("\x1f".join((record, route, direction)).encode()).hexdigest()[:16]


def reports(store: Store) -> pd.DataFrame:
    """Return every distress on record with its ``id`` and ``state``, the last reported first."""
    rows = published.table(store, TABLE)
    ids = [report_id(*row) for row in rows[_KEYS].astype(str).itertuples(index=False)]
    told = rows.assign(id=pd.Series(ids, index=rows.index, dtype="str"), state=life_states(rows))
    return told.sort_values("reported_on", ascending=False, na_position="last", kind="stable", ignore_index=True)


def links(store: Store) -> pd.DataFrame:
    """Return the findings in frames that reports may mean, rows of table ``distress_links``."""
    rows = published.table(store, TABLE)
    columns = ["finding", "frame", "route", "direction", "lane", "measure_m", "kind"]
    findings = published.table(store, "findings", columns=columns)
    frames = published.table(store, "frames", columns=["frame", "taken_at"])
    return distress_links(rows, findings, frames, published.table(store, "link_decisions"))


def report(store: Store, fields: Mapping[str, Any], *, photo: bytes | None, by: Author) -> str:
    """
    Write a new report down and return its id.

    Parameters
    ----------
    fields
        Columns of table ``distress``: at least route, direction, measure_m [m], description.
    photo
        Upright JPEG without EXIF.
    by
        Who reports, for the audit.

    Raises
    ------
    StoreError
        A field is missing or wrong; the message says which.
    """
    moment = now()
    given = {"reported_on": by.today.isoformat()} | dict(fields)
    said = json.dumps([moment, by.user, given], default=str, ensure_ascii=False)
    # numbered by the day that people have: in the night that of UTC is another one
    record = f"R{by.today:%Y%m%d}-{hashlib.sha256(said.encode()).hexdigest()[:8]}"
    row = _checked(given | {"record": record, "photo": _kept(store, photo)}, today=by.today)
    _publish(store, row, state=REPORTED, by=by, reason="", moment=moment)
    return report_id(record, str(row["route"].iloc[0]), str(row["direction"].iloc[0]))


def step(
    store: Store,
    key: str,
    state: str,
    fields: Mapping[str, Any],
    *,
    seen: str,
    reason: str,
    by: Author,
    photo: bytes | None = None,
) -> None:
    """
    Say that a repair is planned or done.

    Parameters
    ----------
    key
        Id of the record as :func:`reports` gives it.
    state
        ``planned`` or ``repaired``.
    fields
        What the step fills in, of :data:`pavement.condition.distress_life.FIELDS`.
    seen
        Run of the record that the person saw.
    reason, by
        Why, and who says so, for the audit.
    photo
        Of the repair: upright JPEG without EXIF.

    Raises
    ------
    StoreError
        No such record, changed meanwhile, a field missing or wrong, or no reason.
    """
    if state not in (PLANNED, REPAIRED):
        raise StoreError(f"{state!r} is no step of a distress.", cure=f"Say {PLANNED} or {REPAIRED}.")
    if not reason.strip():
        raise StoreError("A step of a distress needs a note.", cure="Say in a few words what was decided or done.")
    known = reports(store)
    found = known[known["id"] == key]
    if found.empty:
        raise StoreError("There is no such distress on record.", cure="Choose one from the list of reports.")
    if found["run"].iloc[0] != seen:
        raise StoreError("Somebody changed this report meanwhile.", cure="Load its page again, then decide.")
    former = {c: found[c].iloc[0] for c in schema(TABLE).index}
    wanted = {c: v for c, v in fields.items() if c in FIELDS[state] and str(v or "").strip()}
    if photo is not None and state == REPAIRED:
        wanted["repair_photo"] = _kept(store, photo)
    row = _checked(former | wanted, today=by.today)
    if life_states(row).iloc[0] != state:
        cure = "Give a date or a method." if state == PLANNED else "Give the day of the repair or how it was done."
        raise StoreError(f"Nothing says that it is {state}.", cure=cure)
    _publish(store, row, state=state, by=by, reason=reason.strip(), moment=now(), former=seen)


def life(store: Store, record: pd.Series) -> pd.DataFrame:
    """Return who reported, planned and repaired a distress on the pages: at, user, state, reason; oldest first."""
    trail = audit.trail(store)
    mine = trail[trail["action"].isin(ACTIONS.values())]
    details = [json.loads(text) for text in mine["detail"]]
    key = {c: record[c] for c in _KEYS}
    rows = [
        {"at": row.at, "user": row.user, "state": detail["state"], "reason": detail["reason"]}
        for row, detail in zip(mine.itertuples(), details, strict=True)
        if {c: detail.get(c) for c in _KEYS} == key
    ]
    return pd.DataFrame(rows, columns=["at", "user", "state", "reason"])


def _kept(store: Store, photo: bytes | None) -> str:
    return objects.put(store, photo) if photo else ""


def _checked(fields: Mapping[str, Any], *, today: dt.date) -> pd.DataFrame:
    """Return a record as one typed row, or raise with what is wrong with it."""
    spec = schema(TABLE)
    texts = {str(c): fields.get(str(c)) for c in spec.index}
    frame = pd.DataFrame([texts], dtype=object)
    dates = spec.index[spec["type"] == "date"]
    frame[dates] = frame[dates].map(lambda d: str(d)[:10] if pd.notna(d) and d != "" else "")
    good, faults = check(frame, TABLE, file="form")
    if len(faults):
        first = faults.iloc[0]
        raise StoreError(first["message"], cure=first["cure"])
    day = {c: good[c].iloc[0] for c in ("reported_on", "repaired_on")}
    late = [c for c, value in day.items() if pd.notna(value) and value > pd.Timestamp(today)]
    if late:
        raise StoreError(f"{late[0]} lies in the future.", cure="Check year and calendar.")
    if pd.notna(day["reported_on"]) and pd.notna(day["repaired_on"]) and day["repaired_on"] < day["reported_on"]:
        raise StoreError("Repaired before it was reported.", cure="Check both dates.")
    return good.reset_index(drop=True)


def _publish(
    store: Store, row: pd.DataFrame, *, state: str, by: Author, reason: str, moment: str, former: str = ""
) -> None:
    record = row.iloc[0]
    key = {c: str(record[c]) for c in _KEYS}
    said = json.dumps([moment, by.user, reason, row.astype(str).to_dict("records")], ensure_ascii=False)
    runs.publish(
        store,
        runs.RunDraft(
            run=hashlib.sha256(said.encode()).hexdigest(),
            survey=f"report-{report_id(*key.values())}",
            package=FORM,
            title=f"{key['record']} {state}",
            operator=by.user,
            surveyed_on=by.today,
            tables={TABLE: row},
            measured=False,
            follows=former,
            action=ACTIONS[state],
            detail=key | {"state": state, "reason": reason, "former": former},
        ),
        user=by.user,
    )
