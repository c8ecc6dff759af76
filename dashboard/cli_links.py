"""Verbs about reports matched with findings: what is proposed, and what people decide."""

from __future__ import annotations

from typing import Annotated

import typer

from dashboard.cli_common import User, opened

_Record = Annotated[str, typer.Argument(help="Record of the report, as the page and export links give it.")]
_Finding = Annotated[str, typer.Argument(help="Finding, as export links gives it.")]
_Decision = Annotated[str, typer.Argument(metavar="DECISION", help="confirmed, rejected, or proposed to take it back.")]


def add_links(app: typer.Typer) -> None:
    """Add the verb ``link``."""
    app.command()(link)


def link(
    record: _Record,
    finding: _Finding,
    decision: _Decision,
    reason: Annotated[str, typer.Option(help="Why; kept in the audit.")] = "",
    user: User = "cli",
) -> None:
    """Say that a report is a finding, or is not: what is rejected is not proposed again."""
    import datetime as dt
    from zoneinfo import ZoneInfo

    from pavement.errors import StoreError
    from pavement.store import link_decisions, reports

    with opened() as (store, settings):
        known = reports.reports(store)
        found = known[known["record"] == record]
        if len(found) != 1:
            raise StoreError(
                f"{len(found)} reports have the record {record}.", cure="Export them: pavement export links."
            )
        today = dt.datetime.now(ZoneInfo(str(settings["timezone"]))).date()
        by = reports.Author(user, today)
        link_decisions.decide(store, str(found["id"].iloc[0]), finding, decision, by=by, reason=reason)
        typer.echo(f"{record}, {finding}: {decision}.")
