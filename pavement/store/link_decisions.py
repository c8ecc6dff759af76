"""What people say of reports matched with findings: that one is the other, or is not."""

from __future__ import annotations

import hashlib
import json

import pandas as pd

from pavement.condition.distress_links import CONFIRMED, PROPOSED, REJECTED, candidates
from pavement.errors import StoreError
from pavement.store import published, reports, runs
from pavement.store.database import Store, now
from pavement.store.reports import FORM, Author

TABLE = "link_decisions"
ACTIONS = {CONFIRMED: "confirm link", REJECTED: "reject link", PROPOSED: "reopen link"}
_KEYS = ["record", "route", "direction"]


def decided(store: Store) -> pd.DataFrame:
    """Return the last decision on each pair of report and finding, rows of table ``link_decisions``."""
    return published.table(store, TABLE)


def decide(store: Store, key: str, finding: str, decision: str, *, by: Author, reason: str = "") -> None:
    """
    Say whether a report is a finding; the name of who says so goes into the audit.

    Parameters
    ----------
    key
        Id of the record as :func:`pavement.store.reports.reports` gives it.
    finding
        Id of the finding.
    decision
        ``confirmed``, ``rejected`` (never proposed again), or ``proposed`` to take either back.

    Raises
    ------
    StoreError
        Another word, no such report, a finding that the report cannot mean, or the same was said before.
    """
    if decision not in ACTIONS:
        raise StoreError(f"{decision!r} is no decision.", cure=f"Say {CONFIRMED}, {REJECTED} or {PROPOSED}.")
    known = reports.reports(store)
    found = known[known["id"] == key]
    if found.empty:
        raise StoreError("There is no such distress on record.", cure="Choose one from the list of reports.")
    if finding not in _possible(store, found):
        raise StoreError(
            f"The report cannot mean the finding {finding}.",
            cure="Choose one of the findings on the page of the report.",
        )
    pair = {c: str(found[c].iloc[0]) for c in _KEYS} | {"finding": finding}
    if _standing(store, pair) == decision:
        raise StoreError("This was decided before.", cure="Load its page again.")
    moment = now()
    row = pair | {"decision": decision, "reason": reason.strip(), "decided_on": by.today, "decided_by": by.user}
    said = json.dumps([moment, row], ensure_ascii=False, default=str)
    runs.publish(
        store,
        runs.RunDraft(
            run=hashlib.sha256(said.encode()).hexdigest(),
            survey=f"link-{hashlib.sha256(json.dumps(pair).encode()).hexdigest()[:16]}",
            package=FORM,
            title=f"{pair['record']} {decision}",
            operator=by.user,
            surveyed_on=by.today,
            tables={TABLE: pd.DataFrame([row]).astype({"decided_on": "datetime64[s]"})},
            measured=False,
            action=ACTIONS[decision],
            detail=pair | {"reason": reason.strip()},
        ),
        user=by.user,
    )


def _possible(store: Store, record: pd.DataFrame) -> set[str]:
    """Return the findings that a report may mean, whatever was decided."""
    findings = published.table(
        store, "findings", columns=["finding", "frame", "route", "direction", "lane", "measure_m", "kind"]
    )
    frames = published.table(store, "frames", columns=["frame", "taken_at"])
    return set(candidates(record.drop(columns=["id", "state"]), findings, frames)["finding"].astype(str))


def _standing(store: Store, pair: dict[str, str]) -> str:
    rows = decided(store)
    same = (rows["record"] == pair["record"]) & (rows["finding"] == pair["finding"])
    return str(rows.loc[same, "decision"].iloc[-1]) if same.any() else PROPOSED
