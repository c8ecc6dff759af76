"""What the agency spent on resurfacing in former years, as people entered it."""

from __future__ import annotations

import pandas as pd
import sqlalchemy as sa

from pavement.store import audit
from pavement.store.database import Store, now, reading, writing
from pavement.store.tables import BUDGET_HISTORY

COLUMNS = ("year", "amount", "lane_km", "source", "status")


def enter(store: Store, history: pd.DataFrame, *, user: str) -> None:
    """
    Put a history in the place of the one before; who, when and both of them are kept in the audit.

    Parameters
    ----------
    history
        From :func:`pavement.planning.budget_history.budget_history`; empty to take the former one out.
    """
    moment = now()
    rows = [
        {**{c: (None if pd.isna(row[c]) else row[c]) for c in COLUMNS}, "entered_at": moment, "entered_by": user}
        for row in history.astype(object).to_dict("records")
    ]
    with writing(store) as connection:
        former = [dict(row) for row in connection.execute(_ordered()).mappings()]
        connection.execute(sa.delete(BUDGET_HISTORY))
        if rows:
            connection.execute(sa.insert(BUDGET_HISTORY), rows)
        audit.append(connection, user=user, action="budget history", subject="budget_history", rows=rows, former=former)


def history(store: Store) -> pd.DataFrame:
    """Return the history by year: year, amount [NT$], lane_km [km], source, status, entered_at, entered_by."""
    with reading(store) as connection:
        rows = connection.execute(_ordered()).all()
    names = [c.name for c in BUDGET_HISTORY.columns]
    return pd.DataFrame(rows, columns=names).astype({"amount": float, "lane_km": float})


def _ordered() -> sa.Select[tuple[object, ...]]:
    return sa.select(BUDGET_HISTORY).order_by(BUDGET_HISTORY.c.year)
