"""Verbs about changes that no record explains: their list, and the answer of a person (P9, P10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dashboard.cli_common import User, opened
from pavement.errors import StoreError

if TYPE_CHECKING:
    import pandas as pd

    from pavement.store.database import Store


def add_settle(app: typer.Typer) -> None:
    """Add the verbs ``unexplained`` and ``settle``."""
    app.command()(unexplained)
    app.command()(settle)


def unexplained(as_json: Annotated[bool, typer.Option("--json", help="Write everything as JSON.")] = False) -> None:
    """List changes of condition that no record explains, by stretch, with what speaks for work and the answer."""
    with opened() as (store, _):
        found = _stretches(_changes(store))
        if as_json:
            typer.echo(found.to_json(orient="records", force_ascii=False, indent=1, date_format="iso"))
            return
        for row in found.to_dict("records"):
            place = f"{row['route']} {row['direction']} lane {row['lane']} {row['from_m']:.0f}-{row['to_m']:.0f} m"
            then, now = (f"{row[v]:.2f} ({row[y]})" for v, y in (("before", "before_year"), ("value", "year")))
            change = f"{row['kind']} {then} to {now}"
            held = "held back from training" if row["likely"] else "taken for noise"
            moved = f"; work {row['work']} a year off?" if row["work"] else ""
            told = f" [{row['answer']}]" if row["answer"] else ""
            typer.echo(f"{row['stretch']:>4}  {place}: {change}, {row['finding']}; {held}{moved}{told}")
        if found.empty:
            typer.echo("Every change of condition is explained.")


def settle(
    number: Annotated[int, typer.Argument(help="Number in the list of pavement unexplained.")],
    answer: Annotated[
        str,
        typer.Option(help="work done, work moved, this survey wrong, survey before wrong or leave."),
    ],
    reason: Annotated[str, typer.Option(help="How it is known; kept in the audit.")],
    day: Annotated[str, typer.Option(help="Day on which the work was completed, if known.")] = "",
    user: User = "cli",
) -> None:
    """Answer an unexplained change; the answer decides whether models learn from it."""
    from pavement.dates import parse_date
    from pavement.store import settlements

    with opened() as (store, _):
        found = _changes(store)
        rows = found[found["stretch"] == number]
        if rows.empty:
            raise StoreError(f"There is no unexplained change {number}.", cure="See pavement unexplained.")
        completed = parse_date(day) if day else None
        settlements.settle(store, rows, answer=answer, reason=reason, user=user, day=completed)
        typer.echo(f"Kept: {answer}, {len(rows)} cell(s).")


def _changes(store: Store) -> pd.DataFrame:
    from pavement.condition.change_evidence import change_evidence
    from pavement.condition.settled_changes import with_answers
    from pavement.store import published, segments
    from pavement.store.settlements import settlements

    found = change_evidence(segments.segment_table(store), published.table(store, "works"))
    return with_answers(found, settlements(store))


def _stretches(found: pd.DataFrame) -> pd.DataFrame:
    first = found.groupby("stretch", as_index=False).first()
    by = found.groupby("stretch")
    means = {c: by[c].mean().to_numpy() for c in ("before", "value")}
    told = first.assign(to_m=by["to_m"].max().to_numpy(), cells=by.size().to_numpy(), **means)
    return told.astype({"year": int, "before_year": int, "lane": str})
