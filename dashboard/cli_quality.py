"""Verbs about the quality of runs: what was checked, and what becomes of a run that is held."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dashboard.cli_common import Language, User, opened

_Run = Annotated[str, typer.Argument(help="Run id or its start, as the report and the quality page give it.")]
_Reason = Annotated[str, typer.Option(help="Why; kept in the audit.")]


def add_quality(app: typer.Typer) -> None:
    """Add the verbs ``quality``, ``release`` and ``reject``."""
    app.command()(quality)
    app.command()(release)
    app.command()(reject)


def quality(
    run: _Run,
    out: Annotated[Path | None, typer.Option(help="File to write: .json or .csv.")] = None,
    language: Language = "zh_TW",
) -> None:
    """Show the checks of a run as it was received, or write them to a file."""
    from pavement.store import runs
    from pavement.store.quality_export import quality_export, quality_words, run_row

    with opened() as (store, _):
        if out is not None:
            typer.echo(f"Written: {quality_export(store, run, out, language=language)}")
            return
        row = run_row(store, run)
        typer.echo(f"{row['run'][:12]} {row['title']}: {row['state']}")
        for check in quality_words(runs.quality(store, row["run"]), language=language).to_dict("records"):
            typer.echo(f"  {check['verdict']:<10}  {check['value']:10.3f} {check['unit']:<5}  {check['what']}")


def release(run: _Run, reason: _Reason, user: User = "cli") -> None:
    """Publish a run that is held, for its data can be trusted in spite of its checks."""
    from pavement.store import withdrawal

    with opened() as (store, _):
        former = withdrawal.release(store, run, user=user, reason=reason)
        typer.echo(f"Published. {f'Run {former[:12]} is superseded.' if former else ''}".rstrip())


def reject(run: _Run, reason: _Reason, user: User = "cli") -> None:
    """Set a held run aside for good."""
    from pavement.store import withdrawal

    with opened() as (store, _):
        withdrawal.reject(store, run, user=user, reason=reason)
        typer.echo("Rejected; nothing of it is shown.")
