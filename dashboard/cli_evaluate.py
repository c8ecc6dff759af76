"""``pavement evaluate``: how well the forecast does on a plain table of histories, without a store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dashboard.cli_common import EXITS, Language, progress_bar, tell_faults
from dashboard.cli_targets import TARGET_HELP, known_target
from dashboard.interrupts import work_begins

if TYPE_CHECKING:
    from models.histories import Histories
    from models.history_mapping import Mapping

HELP = "\n\n".join(
    (
        "Judge the forecast on a plain table of histories and print the figures as JSON, without a store.",
        "By site (on sites not learned from) and forward in time; or learned from one table and judged on another "
        "(--train A --test B). Always beside persistence and every curve. Mapping and JSON: docs/forecasts.md.",
    )
)


# each option is one of the command
def evaluate(  # noqa: PLR0913
    mapping: Annotated[Path, typer.Option(help="TOML that says which column is what: docs/forecasts.md.")],
    history: Annotated[
        Path | None, typer.Argument(help="Table of histories: .csv, .tsv or .parquet, packed or not.")
    ] = None,
    target: Annotated[str, typer.Option(help=f"What the value is: {TARGET_HELP.lower()}.")] = "iri",
    train: Annotated[Path | None, typer.Option(help="Table to learn from, with --test and without HISTORY.")] = None,
    test: Annotated[Path | None, typer.Option(help="Table to judge on; it shares no site with --train.")] = None,
    same_sites: Annotated[
        bool,
        typer.Option("--same-sites", help="Let both tables share sites, where the test is later than all training."),
    ] = False,
    border: Annotated[
        float | None,
        typer.Option(help="Year that parts learning from judging forward in time; two thirds of the pairs without it."),
    ] = None,
    horizons: Annotated[str, typer.Option(help="Years ahead that are judged.")] = "1,3,5",
    seed: Annotated[int, typer.Option(help="Seed of every random choice; the same gives the same JSON.", min=0)] = 1,
    allow_leaks: Annotated[
        bool,
        typer.Option("--allow-leaks", help="Judge with features that know the future all the same; notes name them."),
    ] = False,
    out: Annotated[Path | None, typer.Option(help="File to write the JSON to as well.")] = None,
    card: Annotated[Path | None, typer.Option(help="Folder for a card of the figures: Markdown and charts.")] = None,
    language: Language = "zh_TW",
) -> None:
    """Judge the forecast on a table of histories."""
    _check_tables(history, train, test, border=border, same_sites=same_sites)
    known_target(target)
    years = _horizons(horizons)
    work_begins()
    from models.history_mapping import mapping_from_file

    # mapping and tables are read before the libraries of learning, so that what is wrong with them is told at once
    columns = mapping_from_file(mapping)
    _make_folders(out, card)
    first = _histories((history or train), columns, target)
    second = None if test is None else _histories(test, columns, target, first)

    from models.evaluation_card import write_card
    from models.evaluation_report import Choices, as_json, evaluated, evaluated_apart

    choices = Choices(target, seed, years, border, allow_leaks, same_sites)
    with progress_bar() as progress:
        if second is None:
            report = evaluated(first, columns, choices, progress=progress)
        else:
            report = evaluated_apart(first, second, columns, choices, progress=progress)
    text = as_json(report)
    if out is not None:
        out.write_text(text + "\n", encoding="utf-8")
    if card is not None:
        write_card(report, card, language=language)
    typer.echo(text)


def _make_folders(out: Path | None, card: Path | None) -> None:
    """Make what is written to before the minutes of work, not after."""
    try:
        for folder in (out.parent if out else None, card):
            if folder is not None:
                folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise typer.BadParameter(f"{error.filename} cannot be a folder: {error.strerror}.") from error
    if out is not None and out.is_dir():
        raise typer.BadParameter(f"--out {out} is a folder: name a file.")


def _check_tables(
    history: Path | None, train: Path | None, test: Path | None, *, border: float | None, same_sites: bool
) -> None:
    if (train is None) != (test is None):
        raise typer.BadParameter("--train and --test go together.")
    if (history is None) == (train is None):
        raise typer.BadParameter("give one table HISTORY, or --train A --test B.")
    if train is not None and border is not None:
        raise typer.BadParameter("--border is of one table HISTORY; --train and --test part by themselves.")
    if train is None and same_sites:
        raise typer.BadParameter("--same-sites is of --train and --test.")


def _horizons(text: str) -> tuple[float, ...]:
    from models.parameters import parameter

    try:
        found = tuple(float(part) for part in text.split(","))
    except ValueError as error:
        raise typer.BadParameter(f"--horizons {text!r}: write years such as 1,3,5.") from error
    low, high = parameter("horizon_min"), parameter("horizon_max")
    if not all(low <= h <= high for h in found) or len(set(found)) < len(found):
        raise typer.BadParameter(f"--horizons {text!r}: each once and between {low:g} and {high:g} years.")
    return found


def _histories(path: Path | None, mapping: Mapping, target: str, learned: Histories | None = None) -> Histories:
    from models.histories import histories

    # --train, --test or HISTORY: one is there by now
    found = histories(path or Path(), mapping, target=target, levels=None if learned is None else learned.levels)
    tell_faults(found.faults)
    for warning in found.warnings:
        typer.secho(f"Warning: {found.counts['file']}: {warning}", fg="yellow", err=True)
    return found


def add_evaluate(app: typer.Typer) -> None:
    """Add the verb to a command line."""
    app.command(help=HELP, epilog=EXITS)(evaluate)
