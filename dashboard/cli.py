"""The command line: every verb of the product, each with ``--help``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dashboard.cli_approve import add_approve
from dashboard.cli_budgets import budgets_app
from dashboard.cli_calibrate import add_calibrate
from dashboard.cli_catalogue import catalogue_app
from dashboard.cli_common import CURVE_INSTEAD, EXITS, User, Verbs, opened, progress_bar, tell_faults
from dashboard.cli_decide import add_decide
from dashboard.cli_evaluate import add_evaluate
from dashboard.cli_export import add_export
from dashboard.cli_links import add_links
from dashboard.cli_models import add_models
from dashboard.cli_monitor import add_monitor
from dashboard.cli_optimise import add_optimise
from dashboard.cli_quality import add_quality
from dashboard.cli_quantify import add_quantify
from dashboard.cli_scenarios import add_scenarios
from dashboard.cli_settle import add_settle
from dashboard.cli_stability import PlanDraws, add_stability
from dashboard.cli_targets import TARGET_HELP, asked_targets
from dashboard.cli_users import users_app
from dashboard.interrupts import AGAIN, EXIT, ignore_further, work_begins
from pavement.errors import Cancelled, PavementError
from pavement.progress import named
from pavement.settings import Settings, load_settings

if TYPE_CHECKING:
    from pavement.store.database import Store

app = typer.Typer(
    cls=Verbs,
    epilog=EXITS,
    help="Decision support for freeway pavements: survey package in, ranked work list out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(users_app, name="users")
app.add_typer(catalogue_app, name="catalogue")
app.add_typer(budgets_app, name="budgets")


@app.command()
def init() -> None:
    """Make the home folder and an empty store."""
    with opened(make=True) as (store, settings):
        typer.echo(f"Store ready in {settings.home} (data version {_version(store)}).")


def _version(store: Store) -> int:
    from pavement.store.runs import data_version

    return data_version(store)


@app.command()
def demo(
    serve_pages: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve the pages at the end.")] = True,
    size: Annotated[
        str, typer.Option(help="demo (30 km), medium (6 km) or small (2 km, too short to train on).")
    ] = "demo",
) -> None:
    """Make the sample freeway, ingest it, train, forecast, plan, compare scenarios and serve."""
    from dashboard.app import require_free
    from dashboard.demo import demo as steps

    with opened(make=True) as (store, settings):
        if serve_pages:
            # known before the minutes of work, not after
            require_free(settings["host"], settings["port"])
        with progress_bar() as progress:
            for line in steps(store, settings, size=size, progress=progress):
                typer.echo(line)
        if serve_pages:
            _serve(store, settings)


@app.command()
def ingest(
    packages: Annotated[list[Path], typer.Argument(help="Package folders or zips.")],
    every: Annotated[bool, typer.Option("--all", help="List every fault and note, not the first ten alone.")] = False,
    user: User = "cli",
) -> None:
    """Ingest survey packages; a refused one leaves the store as it was, a held one waits to be released."""
    from ingest.run import ingest_package

    refused, kept = [], []
    with opened() as (store, settings):
        for path in packages:
            with progress_bar() as progress:
                # of several packages each line says whose it is
                of_one = named(progress, path.stem)
                report = ingest_package(path, store=store, settings=settings, progress=of_one, user=user)
            whole = every or report.state == "refused"
            typer.echo(report.text(most=len(report.faults)) if whole else report.text())
            if report.state == "refused":
                refused.append(str(path))
            if report.state == "held":
                kept.append(report.run[:12])
        if len(kept) + len(refused) < len(packages):
            from dashboard.workflow import after_survey

            for line in after_survey(store, settings, user=user):
                typer.echo(line)
    if kept:
        typer.secho(f"Held, not published: {', '.join(kept)}", fg="red", err=True)
    if refused:
        typer.secho(f"{len(refused)} of {len(packages)} package(s) refused: {', '.join(refused)}", fg="red", err=True)
    if refused or kept:
        raise typer.Exit(1)


@app.command()
def withdraw(
    run: Annotated[str, typer.Argument(help="Run id or its start, as the report and the quality page give it.")],
    reason: Annotated[str, typer.Option(help="Why; kept in the audit.")],
    user: User = "cli",
) -> None:
    """Take a published run out of force; what it had replaced is in force again."""
    from pavement.store import withdrawal

    with opened() as (store, _):
        former = withdrawal.withdraw(store, run, user=user, reason=reason)
        typer.echo(
            f"Withdrawn. {f'Run {former[:12]} is in force again.' if former else 'Nothing stands in its place.'}"
        )


@app.command()
def reinstate(
    run: Annotated[str, typer.Argument(help="Id or its start of a run that was withdrawn.")],
    reason: Annotated[str, typer.Option(help="Why; kept in the audit.")],
    user: User = "cli",
) -> None:
    """Put a withdrawn run back in force."""
    from pavement.store import withdrawal

    with opened() as (store, _):
        former = withdrawal.reinstate(store, run, user=user, reason=reason)
        typer.echo(f"In force again. {f'Run {former[:12]} is superseded.' if former else ''}".rstrip())


add_quantify(app)
add_calibrate(app)
add_quality(app)
add_evaluate(app)
add_export(app)
add_monitor(app)
add_settle(app)
add_links(app)
add_optimise(app)
add_approve(app)
add_decide(app)
add_scenarios(app)
add_stability(app)


@app.command()
def history(
    route: Annotated[str, typer.Argument(help="Route id, such as N1.")],
    direction: Annotated[str, typer.Argument(help="N, S, E or W.")],
    lane: Annotated[str, typer.Argument(help="Lane, such as 2.")],
    measure: Annotated[str, typer.Argument(help="Place on the lane, such as 25k+300 or 25300 [m].")],
    out: Annotated[Path, typer.Option(help="Folder for history.png and growth.csv.")],
) -> None:
    """Lay the frames of a place over one another, survey by survey, and measure how its cracks grew."""
    from dashboard.cli_history import write_history

    with opened() as (store, _):
        for line in write_history(store, out, place=(route, direction, lane, measure)):
            typer.echo(line)


@app.command()
def train(
    target: Annotated[str, typer.Option(help=f"{TARGET_HELP}, or all.")] = "all",
    promote_now: Annotated[
        bool, typer.Option("--promote", help="Make each candidate live unless it forecasts worse than the live model.")
    ] = False,
    reason: Annotated[str, typer.Option(help="Why it goes live; kept in the audit.")] = "promoted as trained",
    user: User = "cli",
) -> None:
    """Train candidates on the published history and print how they compare."""
    from dashboard import workflow

    targets = asked_targets(target)
    with opened() as (store, settings), progress_bar() as progress:
        why = reason if promote_now else ""
        for line in workflow.train(store, settings, targets=targets, promote=why, user=user, progress=progress):
            typer.echo(line)


add_models(app)


@app.command(epilog=f"{EXITS} {CURVE_INSTEAD} forecast, but a live model was refused: the ageing curve stood in.")
def forecast(
    actions: Annotated[
        Path | None, typer.Option(help="Works planned on cells (.csv: cell, year, treatment); kept nowhere.")
    ] = None,
    draws: Annotated[int, typer.Option(help="Futures a cell to draw, 0 for none.", min=0)] = 0,
    neighbours: Annotated[bool, typer.Option("--neighbours", help="Draw cells of one kilometre together.")] = False,
    out: Annotated[Path | None, typer.Option(help="Folder for the forecast of works and the draws.")] = None,
    user: User = "cli",
) -> None:
    """Forecast every cell with the live models; with works, as those would leave them."""
    from dashboard import plan_forecast, workflow

    with opened() as (store, settings), progress_bar() as progress:
        if actions is None and out is None and not draws:
            typer.echo(workflow.forecast(store, settings, user=user, progress=progress))
            _warn_of_refused(workflow.refused_models(store))
            return
        how = plan_forecast.Wanted(actions, draws, out, neighbours=neighbours)
        for line in plan_forecast.forecast_plan(store, settings, how, progress=progress):
            typer.echo(line)
        _warn_of_refused(workflow.refused_models(store))


def _warn_of_refused(lines: list[str]) -> None:
    """Say on stderr which live models did not forecast, and end with a code of its own, so that scripts see it."""
    for line in lines:
        typer.secho(f"Warning: {line}", fg="yellow", err=True)
    if lines:
        raise typer.Exit(CURVE_INSTEAD)


@app.command()
def plan(
    budget: Annotated[float | None, typer.Option(help="Budget of every year [NT$].", min=0)] = None,
    years: Annotated[int | None, typer.Option(help="Years to plan.", min=1)] = None,
    keep_empty: Annotated[
        bool, typer.Option("--keep-empty", help="Make the plan the current one even if it holds no works.")
    ] = False,
    limits: Annotated[Path | None, typer.Option(help="Limits beside the budgets (.csv, table plan_limits).")] = None,
    budgets: Annotated[Path | None, typer.Option(help="Budget of each year [NT$] (.csv: budget, year).")] = None,
    objective: Annotated[str, typer.Option(help="benefit, or cost: the least that holds the limits.")] = "",
    draws: PlanDraws = 0,
    user: User = "cli",
) -> None:
    """Choose treatments, places and years within the yearly budgets and limits."""
    from dashboard import plan_draws, workflow
    from dashboard.cli_budgets import beside_lines

    with opened() as (store, settings), progress_bar() as progress:
        chosen = settings.replaced(
            annual_budget=settings["annual_budget"] if budget is None else budget,
            plan_years=settings["plan_years"] if years is None else years,
            plan_limits=settings["plan_limits"] if limits is None else str(limits),
            plan_budgets=_budget_file(settings, budget, budgets),
            plan_objective=objective or settings["plan_objective"],
        )
        typer.echo(workflow.make_plan(store, chosen, user=user, progress=progress, keep_empty=keep_empty))
        for line in beside_lines(store):
            typer.echo(line)
        if draws:
            typer.echo(plan_draws.add_draws(store, chosen, draws=draws, user=user, progress=progress))


def _budget_file(settings: Settings, budget: float | None, budgets: Path | None) -> str:
    """Return the file of budgets: what is asked for on the command line stands before the settings."""
    if budgets is not None:
        return str(budgets)
    return "" if budget is not None else str(settings["plan_budgets"])


@app.command()
def serve(port: Annotated[int | None, typer.Option(help="Port; default by setting.")] = None) -> None:
    """Serve the pages on the loopback address."""
    with opened() as (store, settings):
        _serve(store, settings if port is None else settings.replaced(port=port))


def _serve(store: Store, settings: Settings) -> None:
    from dashboard.app import require_free
    from dashboard.app import serve as serve_pages

    require_free(settings["host"], settings["port"])
    typer.echo(f"Pages: http://{settings['host']}:{settings['port']}/  (stop with Ctrl+C)")
    serve_pages(store, settings)


@app.command()
def check() -> None:
    """Check the store: database integrity, objects by hash, audit chain."""
    from pavement.store import checks

    with opened() as (store, _):
        for line in checks.check(store):
            typer.echo(line)


@app.command()
def backup(out: Annotated[Path, typer.Argument(help="Folder to write the copy to.")]) -> None:
    """Copy the store, also while it is in use."""
    from pavement.store import backup as backups

    with opened() as (store, _):
        backups.backup(store, out)
        typer.echo(f"Written: {out}")


@app.command()
def restore(source: Annotated[Path, typer.Argument(help="Folder made by backup.")]) -> None:
    """Restore a copy into an empty home folder."""
    from pavement.store import backup as backups

    settings = load_settings()
    work_begins()
    backups.restore(source, settings.home)
    typer.echo(f"Restored into {settings.home}.")


def main() -> None:
    """Run the command line; an error is one line with its cure, and a non-zero exit."""
    try:
        # the name that people type, however the program was started
        app(prog_name="pavement")
    except PavementError as error:
        typer.secho(f"Error: {error}", fg="red", err=True)
        tell_faults(error.faults, refused=True)
        sys.exit(1)
    except (Cancelled, KeyboardInterrupt) as stop:
        ignore_further()
        typer.secho(str(stop) or "Stopped; nothing half-done was published.", fg="yellow", err=True)
        sys.exit(EXIT)
    except SystemExit as end:
        if end.code == EXIT:
            # between two verbs' own words: nothing has begun
            typer.secho(AGAIN, fg="yellow", err=True)
        raise


if __name__ == "__main__":
    main()
