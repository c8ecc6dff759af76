"""``pavement stability``: in how many draws of the forecast the works of the newest plan stay."""

from __future__ import annotations

from typing import Annotated

import typer

from dashboard.cli_common import EXITS, User, opened, progress_bar


def _enough(draws: int) -> int:
    """Refuse too few draws before the plan is made and kept."""
    if draws:
        from models.draws import require_enough

        require_enough(draws)
    return draws


_HELP = "Draws of the forecast in which to plan again: 10 or more, 0 for none."
PlanDraws = Annotated[int, typer.Option(help=_HELP, min=0, callback=_enough)]


def stability(
    draws: Annotated[int, typer.Option(help="Draws of the forecast in which to plan again: 10 or more.", min=1)] = 20,
    user: User = "cli",
) -> None:
    """Plan again in draws of the forecast, and keep with the newest plan in how many of them each work stays."""
    from dashboard import plan_draws

    with opened() as (store, settings), progress_bar() as progress:
        typer.echo(plan_draws.add_draws(store, settings, draws=draws, user=user, progress=progress))


def add_stability(app: typer.Typer) -> None:
    """Add the verb to a command line."""
    app.command(epilog=EXITS)(stability)
