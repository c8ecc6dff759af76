"""What every verb of the command line shares: the store of the settings in force, progress bars, the user's name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from dashboard.interrupts import work_begins
from pavement.errors import Cancelled, StoreError
from pavement.progress import Progress, in_lines
from pavement.settings import Settings, load_settings

if TYPE_CHECKING:
    import pandas as pd

    from pavement.store.database import Store

LANGUAGES = ("zh_TW", "en")
# forecast, but not by a live model that was refused
CURVE_INSTEAD = 3
_OF_ONE_KIND = ["file", "column", "rule", "message", "cure"]
_SHOWN = 10
EXITS = (
    "Exit: 0 done; 1 not done, the line on stderr says why and what to do (of quantify: no image could be read; or, "
    "its files written, the lane cannot be that wide or frames lie on their side); 2 the command was written wrongly; "
    "130 stopped by Ctrl+C."
)


class Verbs(TyperGroup):
    """Verbs whose interrupts come through to :func:`dashboard.cli.main`, which says what it means that they stopped."""

    def invoke(self, ctx: Any) -> Any:
        """Run the verb that was named."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as stop:
            raise Cancelled from stop


def _language(text: str) -> str:
    if text not in LANGUAGES:
        raise typer.BadParameter(f"{text!r}: write {' or '.join(LANGUAGES)}.")
    return text


Language = Annotated[str, typer.Option(help=f"{' or '.join(LANGUAGES)}.", callback=_language)]
Code = Annotated[
    str, typer.Option(help="Kind of reason, needed: budget, coordination, field_check, policy, weather, traffic, …")
]
User = Annotated[str, typer.Option(help="Name written into the audit trail.")]


@contextmanager
def opened(*, make: bool = False) -> Iterator[tuple[Store, Settings]]:
    """
    Open the store of the settings in force, and close it again.

    Parameters
    ----------
    make
        Make the store where there is none; else that is an error, since a mistyped home would look like lost data.
    """
    from pavement.store.database import DATABASE, open_store

    settings = load_settings()
    if not (make or settings["database"] or (settings.home / DATABASE).exists()):
        raise StoreError(
            f"There is no store in {settings.home}.", cure="Check PAVEMENT_HOME, or make one there: pavement init."
        )
    work_begins()
    store = open_store(settings.home, url=settings["database"], crs=settings["crs"])
    try:
        yield store, settings
    finally:
        store.close()


def tell_faults(faults: pd.DataFrame, *, refused: bool = False) -> None:
    """
    Say on stderr what is wrong: each kind of fault once with its cure in full, and the first rows of it.

    Parameters
    ----------
    faults
        What was left out of what was done; what it was refused for where nothing was done.
    refused
        Whether nothing was done.
    """
    if faults.empty:
        return
    lines = [f"{'Faults' if refused else 'Left out'} ({len(faults):,}):"]
    for (file, column, rule, message, cure), own in faults.astype(object).fillna("").groupby(_OF_ONE_KIND, sort=False):
        rows = [f"row {row} {value!r}" if row != "" else repr(value) for row, value in own[["row", "value"]].to_numpy()]
        more = f" and {len(rows) - _SHOWN:,} more" if len(rows) > _SHOWN else ""
        lines += [f"- {file}, {column} ({rule}), {len(own):,}: {message} {cure}", f"  {', '.join(rows[:_SHOWN])}{more}"]
    typer.echo("\n".join(lines), err=True)


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """Show progress as bars on a terminal, and as a line now and then elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield in_lines(lambda line: typer.echo(line, err=True))
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bars:
        tasks: dict[str, TaskID] = {}

        def report(done: int, total: int, label: str) -> None:
            task = tasks.get(label)
            if task is None or bars.tasks[bars.task_ids.index(task)].finished and done < total:
                task = tasks[label] = bars.add_task(label, total=total)
            bars.update(task, completed=done, total=total)

        yield report
