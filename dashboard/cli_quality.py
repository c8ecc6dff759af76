"""Verbs about the quality of runs: what was checked, and what becomes of a run that is held."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dashboard.cli_common import Language, User, opened

if TYPE_CHECKING:
    import pandas as pd

    from pavement.store.database import Store

_Run = Annotated[str, typer.Argument(help="Run id or its start, as the report and the quality page give it.")]
_Reason = Annotated[str, typer.Option(help="Why; kept in the audit.")]


def add_quality(app: typer.Typer) -> None:
    """Add the verbs ``quality``, ``release`` and ``reject``."""
    app.command()(quality)
    app.command()(release)
    app.command()(reject)


# what the pages say of a verdict and of a state, in English; their catalogue has the rest
_VERDICTS = {"ok": "in order", "doubt": "doubtful", "hold": "not to be trusted", "not judged": "not judged"}
_STATES = {"published": "in force"}


def quality(
    run: _Run,
    out: Annotated[Path | None, typer.Option(help="File to write: .json or .csv.")] = None,
    language: Language = "zh_TW",
    notes: Annotated[bool, typer.Option("--notes", help="List every fault and note of the run too.")] = False,
) -> None:
    """Show the checks of a run as it was received, or write them to a file."""
    from pavement.store.quality_export import quality_export, run_row

    with opened() as (store, _):
        if out is not None:
            typer.echo(f"Written: {quality_export(store, run, out, language=language)}")
            return
        row = run_row(store, run)
        for line in [*_checks(store, row, language), *(_notes(store, row["run"], language) if notes else [])]:
            typer.echo(line)


def _checks(store: Store, row: pd.Series, language: str) -> list[str]:
    """Return the state of a run and its checks as lines in one language."""
    from dashboard.i18n import catalogue
    from pavement.store import runs
    from pavement.store.quality_export import quality_words

    known = catalogue(language)

    def told(text: str, words: dict[str, str]) -> str:
        said = words.get(text, text)
        return known.get(said, said)

    lines = [f"{row['run'][:12]} {row['title']}: {told(row['state'], _STATES)}"]
    for check in quality_words(runs.quality(store, row["run"]), language=language).to_dict("records"):
        verdict = told(check["verdict"], _VERDICTS)
        few = ""
        if isinstance(check["needed"], int):
            text = told("too few ({count} of {needed})", {})
            few = "  " + text.format(count=check["count"], needed=check["needed"])
        lines.append(f"  {verdict:<17}  {check['value']:10.3f} {check['unit']:<5}  {check['what']}{few}")
    return lines


def _notes(store: Store, run: str, language: str) -> list[str]:
    """Return every fault and note of a run, a line each, in one language."""
    from dashboard.fault_words import fault_words
    from ingest.report import fault_line
    from pavement.store import runs

    told = runs.faults(store, run).to_dict("records")
    words = [{c: fault_words(f[c], language=language) for c in ("message", "cure")} for f in told]
    return [f"  {fault_line(fault | said)}" for fault, said in zip(told, words, strict=True)]


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
