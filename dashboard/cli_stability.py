"""``pavement stability``: in how many draws of the forecast the works of the newest plan stay."""

from __future__ import annotations

from typing import Annotated

import typer

from dashboard.cli_common import EXITS, User, opened, progress_bar


def stability(
    draws: Annotated[int, typer.Option(help="Draws of the forecast in which to plan again.", min=1)] = 20,
    user: User = "cli",
) -> None:
    """Plan again in draws of the forecast, and keep with the newest plan in how many of them each work stays."""
    from dashboard import plan_draws

    with opened() as (store, settings), progress_bar() as progress:
        typer.echo(plan_draws.add_draws(store, settings, draws=draws, user=user, progress=progress))


def add_stability(app: typer.Typer) -> None:
    """Add the verb to a command line."""
    app.command(epilog=EXITS)(stability)
