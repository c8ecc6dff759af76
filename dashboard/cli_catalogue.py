"""``pavement catalogue``: the agency's own treatment catalogue, taken out, changed, checked and kept as a version."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dashboard.cli_common import EXITS, User, Verbs, opened
from pavement.errors import PlanError

if TYPE_CHECKING:
    import pandas as pd

Folder = Annotated[
    Path, typer.Argument(help="Folder of the tables: treatments.csv, triggers.csv and what else is to change.")
]
catalogue_app = typer.Typer(
    cls=Verbs,
    epilog=EXITS,
    no_args_is_help=True,
    help="Treatments that may be planned: prices, effects, rules. Take them out, change them, keep them.",
)


@catalogue_app.command()
def take(folder: Folder) -> None:
    """
    Write the catalogue in force as CSV files, to be changed in a spreadsheet.

    treatments.csv and triggers.csv; penalty.csv, what condition counts for; strategy_pairs.csv, which works may follow
    which; resets.csv, the levels after works that were estimated. Kept with rows, resets.csv holds those levels until
    another version; kept without rows, the live models tell them.
    """
    from models.kept_resets import with_resets
    from pavement.store import catalogues
    from pavement.store.files import whole

    with opened() as (store, _):
        kept = with_resets(store, catalogues.current(store))
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in kept.tables.items():
        with whole(folder / f"{name}.csv") as part:
            part.write_bytes(catalogues.csv(table))
    typer.echo(f"Catalogue {_name(kept.version)}: {', '.join(f'{name}.csv' for name in kept.tables)} in {folder}.")


@catalogue_app.command()
def check(folder: Folder) -> None:
    """Check a changed catalogue, every fault at once; nothing is kept."""
    from pavement.store import catalogues

    given = _tables(folder)
    with opened() as (store, _):
        catalogues.checked(catalogues.current(store).tables | given)
    typer.echo("The catalogue is whole.")


@catalogue_app.command()
def keep(
    folder: Folder,
    reason: Annotated[str, typer.Option(help="Why the numbers changed; kept in the audit.")],
    replaces: Annotated[
        int | None, typer.Option(help="Version that was changed; refused where another was kept since.")
    ] = None,
    user: User = "cli",
) -> None:
    """Keep a changed catalogue as a new version; plans are made with it from then on."""
    from pavement.store import catalogues

    given = _tables(folder)
    with opened() as (store, _):
        before = catalogues.current(store).version if replaces is None else replaces
        version = catalogues.keep(store, given, reason=reason, user=user, replaces=before)
    typer.echo(f"Catalogue version {version} is in force. Make the plan again: pavement plan.")


@catalogue_app.command()
def history() -> None:
    """List the versions that were kept, the newest first, with what each changed."""
    from pavement.store import catalogue_changes, catalogues

    with opened() as (store, _):
        found = catalogues.versions(store)
        changed = {v: catalogue_changes.changes(store, int(v)) for v in found["version"]}
        lacking = {v: catalogues.kept_version(store, int(v)).lacks for v in found["version"]}
    for row in found.to_dict("records"):
        typer.echo(f"{row['version']}  {row['made_at']}  {row['made_by']}: {row['reason']}")
        for line in catalogue_changes.change_lines(changed[row["version"]], language="en"):
            typer.echo(f"    {line}")
        if lacks := lacking[row["version"]]:
            typer.echo(f"    {', '.join(f'{name}.csv' for name in lacks)}: not held; as installed.")
    if found.empty:
        typer.echo("The tables that come with the product are in force.")


def _name(version: int) -> str:
    return f"version {version}" if version else "as supplied"


def _tables(folder: Path) -> dict[str, pd.DataFrame]:
    """Return the tables of a folder; of those that a version need not hold, what is not there stays as it is."""
    from pavement.store import catalogues

    found = {}
    for name in catalogues.FILES:
        file = folder / f"{name}.csv"
        if file.is_file():
            found[name] = catalogues.as_text(file.read_bytes(), name=file.name)
        elif name in catalogues.NEEDED:
            raise PlanError(f"{folder} holds no {name}.csv.", cure="Write all with: pavement catalogue take.")
    return found
