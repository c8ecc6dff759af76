"""``pavement scenarios``: budgets and policies side by side on the newest forecast."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dashboard.cli_common import EXITS, User, opened, progress_bar

if TYPE_CHECKING:
    from pavement.planning.scenarios import Compared

TABLES = ("summary", "years", "condition", "mix", "limits")
HELP = "\n\n".join(
    (
        "Answer scenarios, a frontier of budgets and goals on the newest forecast, and print them as JSON.",
        "FILE is TOML: [[scenario]] name, annual_budget or budgets (CSV), limits (CSV), objective; [frontier] "
        "annual_budgets; [[goal]] name, kind, scope, year, at_most or at_least, unit: what holding it costs at least. "
        "Nothing is kept in the store without --keep, which the page of the scenarios shows: docs/plans.md.",
    )
)


def scenarios(
    file: Annotated[Path, typer.Argument(help="Scenarios (.toml).")],
    years: Annotated[int | None, typer.Option(help="Years to plan.", min=1)] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for a CSV of each table, beside the JSON.")] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep them in the store, for the page of the scenarios.")
    ] = False,
    user: User = "cli",
) -> None:
    """Answer scenarios."""
    from dashboard import scenario_runs
    from pavement.planning.scenarios import unasked_by_name

    with opened() as (store, settings), progress_bar() as progress:
        chosen = settings if years is None else settings.replaced(plan_years=years)
        found = scenario_runs.answered_file(store, chosen, file, progress=progress, keep_for=user if keep else "")
    if out is not None:
        _written(found, out)
    tables = {name: json.loads(getattr(found, name).to_json(orient="records")) for name in TABLES}
    warned = unasked_by_name(found.summary, found.limits, found.years, language="en")
    tables["warnings"] = [f"{name}: {text}" for name, text in warned.items()]
    typer.echo(json.dumps(tables, ensure_ascii=False, indent=1))


def _written(found: Compared, out: Path) -> None:
    """Write a CSV of each table; names that people gave cannot be taken for a formula."""
    from pavement.store.files import safe_text, whole

    out.mkdir(parents=True, exist_ok=True)
    for name in TABLES:
        table = getattr(found, name)
        if "scenario" in table:
            table = table.assign(scenario=table["scenario"].astype(str).map(safe_text))
        with whole(out / f"{name}.csv") as part:
            part.write_text(table.to_csv(index=False, lineterminator="\n"), encoding="utf-8")


def add_scenarios(app: typer.Typer) -> None:
    """Add the verb to a command line."""
    app.command(help=HELP, epilog=EXITS)(scenarios)
