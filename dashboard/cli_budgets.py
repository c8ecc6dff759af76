"""``pavement budgets``: what the agency spent in former years, entered and shown beside the plan."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dashboard.cli_common import EXITS, User, opened

if TYPE_CHECKING:
    import pandas as pd

    from pavement.store.database import Store
    from pavement.store.plans import SavedPlan

budgets_app = typer.Typer(help="Budgets of former years, beside which a plan is seen.", no_args_is_help=True)


@budgets_app.command(epilog=EXITS)
def history(
    file: Annotated[Path | None, typer.Argument(help="CSV, table budget_history; none: show what is entered.")] = None,
    user: User = "cli",
) -> None:
    """Enter the budgets of former years in the place of those before, and show them beside the newest plan."""
    from dashboard.policy_files import text_table
    from pavement.planning.budget_history import budget_history
    from pavement.store import budget_history as kept

    with opened() as (store, _):
        if file is not None:
            found = budget_history(text_table(file), file=file.name)
            kept.enter(store, found, user=user)
            typer.echo(f"{len(found)} years entered.")
        for line in history_lines(store):
            typer.echo(line)


@budgets_app.command(epilog=EXITS)
def example(out: Annotated[Path, typer.Argument(help="CSV to write.")]) -> None:
    """Write the figures that were found in public as a file to check, complete and enter; nothing is entered."""
    from pavement.planning.budget_history import example_history
    from pavement.store.files import whole

    with whole(out) as part:
        part.write_text(example_history().to_csv(index=False, lineterminator="\n"), encoding="utf-8-sig")
    typer.echo(f"Written: {out}. Fill in lane_km, then: pavement budgets history {out}")


def history_lines(store: Store) -> list[str]:
    """Return the budgets entered, and the newest plan beside them, a line each."""
    from pavement.store import budget_history as kept

    lines = [
        f"{row.year}: NT$ {row.amount:,.0f}{'' if row.lane_km != row.lane_km else f' on {row.lane_km:,.1f} lane-km'} "
        f"({row.source}; {row.status})"
        for row in kept.history(store).itertuples()
    ]
    return lines + beside_lines(store)


def beside_lines(store: Store) -> list[str]:
    """Return what the newest plan spends beside what was spent in former years, a line each."""
    from pavement.planning.budget_history import beside_history, lane_km
    from pavement.store import budget_history as kept
    from pavement.store import plans

    entered, plan = kept.history(store), plans.newest(store)
    if plan is None:
        return ["There is no plan to compare."]
    spent = plan_spent(store, plan)
    length = lane_km(plans.frame(store, plan, "treatment_lengths"))
    lines = [
        f"{plan.plan} spends NT$ {spent.mean():,.0f} a year on {length:,.1f} lane-km: "
        f"NT$ {spent.mean() / length:,.0f} a lane-km."
    ]
    if not len(entered):
        return [*lines, "No budgets of former years are entered, so nothing is compared."]
    found = beside_history(spent, length, entered)
    if (found["verdict"] == "unknown").all():
        return [*lines, "They cannot be compared: the lane length of the network of former years is not known."]
    return lines + [
        f"{row.measure}: {row.plan:,.0f} beside {row.history:,.0f}, ratio {row.ratio:.2f}, {row.verdict} "
        f"{'the range ' if row.verdict != 'unknown' else ''}{row.low:g} to {row.high:g} (example)"
        for row in found.itertuples()
    ]


def plan_spent(store: Store, plan: SavedPlan) -> pd.Series:
    """Return the cost of a plan by calendar year, 0 where nothing is done. [NT$]"""
    from pavement.store import plans

    spent = plans.frame(store, plan, "actions").groupby("year")["cost"].sum()
    return spent.reindex(sorted(int(year) for year in plan.summary["budgets"])).fillna(0.0)
