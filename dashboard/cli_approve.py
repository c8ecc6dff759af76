"""Verbs about decisions on a plan: of its works, its check list, its approval, and works that are done."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dashboard.cli_common import Code, User, opened
from pavement.errors import StoreError

if TYPE_CHECKING:
    import pandas as pd

    from pavement.store.database import Store
    from pavement.store.plans import SavedPlan

Bridges = Annotated[Path | None, typer.Option(help="Committed bridge works (.csv), in place of the list that is kept.")]


def add_approve(app: typer.Typer) -> None:
    """Add the verbs ``status``, ``checklist``, ``approve``, ``complete``, ``bridges`` and ``offices``."""
    app.command()(status)
    app.command()(checklist)
    app.command()(approve)
    app.command()(complete)
    app.command()(bridges)
    app.command()(offices)


def status(
    rank: Annotated[int, typer.Argument(help="Rank in the work list.")],
    chosen: Annotated[str, typer.Argument(metavar="STATUS", help="proposed, committed, deferred, locked or rejected.")],
    reason: Annotated[str, typer.Option(help="Why; kept in the audit and shown in the work list.")],
    code: Code = "",
    made: Annotated[str, typer.Option("--plan", help="Plan; the newest when not given.")] = "",
    user: User = "cli",
) -> None:
    """Set what people decided about a work of a plan; all works of its treatment length take it."""
    from pavement.store import plans

    with opened() as (store, _):
        found = plans.named(store, made) if made else plans.newest(store)
        if found is None:
            raise StoreError("There is no plan yet.", cure="Make one: pavement plan.")
        works = plans.actions(store, found).set_index("rank")
        if rank not in works.index:
            raise StoreError(f"{found.plan} has no work of rank {rank}.", cure=f"Ranks run from 1 to {len(works)}.")
        row = works.loc[rank]
        if chosen == plans.DONE:
            raise StoreError(
                "A work that is done is put on record with its day, so that plans and training know of it.",
                cure="Say its rank and --day: pavement complete.",
            )
        _decide(store, found.plan, row, chosen, reason=reason, code=code, user=user)
        typer.echo(f"{found.plan}, {row['unit']}: {row['status']} → {chosen}.")


def _decide(store: Store, plan: str, row: pd.Series, chosen: str, *, reason: str, code: str, user: str) -> None:
    """Decide by the word of a status; what is deferred waits for the next year."""
    from pavement.store.plan_decisions import STATUS, Decision, decide

    kinds = {status: kind for kind, status in STATUS.items() if kind != "replace"}
    if chosen not in kinds:
        raise StoreError(f"{chosen!r} is no status of an action.", cure=f"Use one of {', '.join(kinds)}.")
    year = int(row["year"]) + 1 if kinds[chosen] == "defer" else None
    said = Decision(kinds[chosen], reason, code, year)
    decide(store, plan, str(row["unit"]), said, version=int(row["version"]), user=user)


def checklist(
    made: Annotated[str, typer.Option("--plan", help="Plan; the newest when not given.")] = "",
    bridges: Bridges = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write everything as JSON.")] = False,
) -> None:
    """List what is to be looked at before a plan is approved, the gravest first."""
    with opened() as (store, _):
        plan, found = _reviewed(store, made, bridges)
        if as_json:
            typer.echo(found.to_json(orient="records", force_ascii=False, indent=1))
            return
        for row in found.to_dict("records"):
            place = f"{row['route']} {row['direction']} lane {row['lane']} {row['from_m']:.0f}-{row['to_m']:.0f} m"
            year = f"{int(row['year'])}" if row["year"] is not None and row["year"] == row["year"] else "    "
            typer.echo(f"{row['severity']:<5}  {year}  {place}: {row['en']}")
        typer.echo(f"{plan.plan}: {_counts_text(_counts(found))}")


def approve(
    plan: Annotated[str, typer.Argument(help="Plan, such as plan-0001.")],
    reason: Annotated[str, typer.Option(help="Why; kept in the audit.")],
    seen: Annotated[
        bool, typer.Option("--seen", help="The check list was read; needed where it finds what must not stay so.")
    ] = False,
    bridges: Bridges = None,
    user: User = "cli",
) -> None:
    """Approve a plan: it is frozen, and only that works are done can still be said."""
    from pavement.store import plans

    with opened() as (store, _):
        plans.require_reason(plan, reason)
        _, found = _reviewed(store, plan, bridges)
        counts = _counts(found)
        if counts.get("stop") and not seen:
            raise StoreError(
                f"The check list of {plan} holds {_counts_text(counts)}.",
                cure="Read it (pavement checklist), mend the plan, or approve it all the same with --seen.",
            )
        plans.approve(store, plan, reason=reason, checks=counts, user=user)
        typer.echo(f"{plan} is approved. Its check list: {_counts_text(counts)}.")


def complete(  # noqa: PLR0913
    rank: Annotated[int, typer.Argument(help="Rank in the work list.")],
    day: Annotated[str, typer.Option(help="Day of completion.")],
    reason: Annotated[str, typer.Option(help="How it is known; kept in the audit.")],
    code: Code = "completed",
    contractor: Annotated[str, typer.Option(help="Firm that did the work.")] = "",
    contract: Annotated[str, typer.Option(help="Number or title of the contract.")] = "",
    cost: Annotated[float | None, typer.Option(help="Actual cost [NT$].", min=0)] = None,
    made: Annotated[str, typer.Option("--plan", help="Plan; the newest when not given.")] = "",
    user: User = "cli",
) -> None:
    """Put a work of a plan on record as done: histories, ages and training know it from then on."""
    import datetime as dt
    from zoneinfo import ZoneInfo

    from pavement.dates import parse_date
    from pavement.store import completed_works, plans

    with opened() as (store, settings):
        plan = plans.named(store, made) if made else plans.newest(store)
        if plan is None:
            raise StoreError("There is no plan yet.", cure="Make one: pavement plan.")
        works = plans.actions(store, plan).set_index("rank")
        version = int(works["version"].get(rank, 0))
        completed = parse_date(day)
        done = completed_works.Completion(completed, contractor=contractor, contract=contract, cost=cost, code=code)
        today = dt.datetime.now(ZoneInfo(settings["timezone"])).date()
        name = completed_works.complete(
            store, plan.plan, rank, done, reason=reason, version=version, user=user, today=today
        )
        typer.echo(f"On record: {name}, completed on {completed}.")


def bridges(
    file: Annotated[Path, typer.Argument(help="Table of .csv: route, direction, from_m, to_m, first_year, last_year.")],
    user: User = "cli",
) -> None:
    """Keep the list of committed bridge works that the check list asks for; it takes the place of the one before."""
    typer.echo(f"{_kept('BRIDGES', file, user)} bridge works are kept.")


def offices(
    file: Annotated[
        Path, typer.Argument(help="Table of .csv: route, direction (empty for both), from_m, to_m, office.")
    ],
    user: User = "cli",
) -> None:
    """Keep the stretches of section offices, for limits by office and projects; they take the place of those before."""
    typer.echo(f"{_kept('OFFICES', file, user)} stretches of section offices are kept.")


def _kept(name: str, file: Path, user: str) -> int:
    """Keep the list of a file as the one in force and return its number of rows."""
    import datetime as dt
    from zoneinfo import ZoneInfo

    from pavement.store import kept_lists

    kept: kept_lists.KeptList = getattr(kept_lists, name)
    with opened() as (store, settings):
        rows = kept.read(store, file)
        today = dt.datetime.now(ZoneInfo(settings["timezone"])).date()
        kept.keep(store, rows, title=file.name, user=user, today=today)
    return len(rows)


def _reviewed(store: Store, name: str, bridges: Path | None) -> tuple[SavedPlan, pd.DataFrame]:
    from pavement.store import plans
    from pavement.store.kept_lists import BRIDGES
    from pavement.store.plan_review import review

    plan = plans.named(store, name) if name else plans.newest(store)
    if plan is None:
        raise StoreError("There is no plan yet.", cure="Make one: pavement plan.")
    return plan, review(store, plan, bridges=None if bridges is None else BRIDGES.read(store, bridges))


def _counts(found: pd.DataFrame) -> dict[str, int]:
    return {str(k): int(v) for k, v in found["severity"].value_counts().items()} if len(found) else {}


def _counts_text(counts: dict[str, int]) -> str:
    return ", ".join(f"{counts.get(name, 0)} {name}" for name in ("stop", "doubt", "look"))
