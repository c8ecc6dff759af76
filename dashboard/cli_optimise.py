"""``pavement optimise``: the best choice of anybody's own strategies within yearly budgets, without a store."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dashboard.cli_common import EXITS
from dashboard.interrupts import work_begins
from pavement.errors import PlanError

if TYPE_CHECKING:
    import pandas as pd

    from pavement.planning.instance import Floats, Instance
    from pavement.planning.solution import Solution

HELP = "\n\n".join(
    (
        "Choose a strategy for each unit, with the most benefit within yearly budgets, and print figures as JSON.",
        "STRATEGIES holds a row for each unit and strategy: unit, strategy, benefit, cost_1 … cost_T [NT$]. At most "
        "one strategy of a unit is taken. A unit with a strategy free of cost takes exactly one of its rows, so that "
        "doing nothing can have a benefit of its own, also below 0; a unit without one may be left alone, for 0.",
        "The JSON tells value, proven bound and gap; the plan is added up anew from the file before it is written: "
        "docs/plans.md.",
    )
)


def optimise(
    strategies: Annotated[Path, typer.Argument(help="Table of strategies: .parquet, .csv or .csv.gz.")],
    budgets: Annotated[
        Path, typer.Option(help="CSV with a row for each year in turn: budget [NT$] and, if wanted, year.")
    ],
    out: Annotated[Path, typer.Option(help="Plan to write, a row for each unit: .parquet, .csv or .csv.gz.")],
    gap: Annotated[
        float | None,
        typer.Option(
            help="Proven gap at which the search stops, as a share; else planning_parameters.csv.", min=0, max=1
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the sample that prices of a large network start from.", min=0)] = 0,
) -> None:
    """Choose strategies within yearly budgets."""
    from dashboard import instance_files
    from pavement.planning.economics import parameters

    begin = time.perf_counter()
    instance_files.table_format(out)
    if not out.parent.is_dir():
        raise PlanError(f"There is no folder {out.parent}.", cure="Name a file in a folder that exists.")
    work_begins()
    file = instance_files.StrategyFile(strategies)
    money = instance_files.budgets(budgets, years=len(file.costs))
    made = file.read()
    asked: dict[str, float] = {"seed": seed} | ({} if gap is None else {"gap": gap})
    limits = made.limits(money.to_numpy(float))
    answer = _solved(made, limits, parameters() | asked)
    plan = _plan(file, made, answer)
    spent = _checked(plan, file.costs, money, answer)
    instance_files.write_plan(plan, out)
    report = _report(made, answer, money, spent) | {
        "seconds": round(time.perf_counter() - begin, 2),
        "peak_memory_mb": _peak_memory(),
    }
    typer.echo(json.dumps(report, ensure_ascii=False, indent=1, allow_nan=False))


def _solved(made: Instance, limits: Floats, parameters: dict[str, float]) -> Solution:
    """Return the answer of the strategies that the budgets can pay, numbered as in the whole instance."""
    from dataclasses import replace

    import numpy as np

    from pavement.planning.solution import solved

    able = made.payable(limits)
    if able.all():
        answer = solved(made.choices, limits, parameters=parameters)
        return replace(answer, bound=made.bound(answer.bound, answer.prices, limits))
    part, numbers = made.choices.some(able)
    answer = solved(part, limits, parameters=parameters)
    own = numbers[answer.taken[answer.taken >= 0]]
    taken = np.full(made.choices.groups, -1)
    taken[made.choices.group[own]] = own
    bound = replace(made, choices=part).bound(answer.bound, answer.prices, limits) if part.groups else answer.bound
    return replace(answer, taken=taken, bound=bound)


def _plan(file: Any, made: Instance, answer: Solution) -> pd.DataFrame:
    """Return a row a unit, those taken as the file has them."""
    import numpy as np
    import pandas as pd

    taken = answer.taken[answer.taken >= 0]
    lines = made.line[taken].astype(np.int64)
    rows = file.rows(np.sort(lines)).set_axis(np.sort(lines))
    acting = np.flatnonzero(answer.taken >= 0)
    rows = rows.loc[lines].set_axis(acting).reindex(np.arange(len(made.units)))
    rows["unit"] = made.units
    rows["strategy"] = rows["strategy"].fillna("").astype(str)
    numbers = ["benefit", *file.costs]
    return rows.assign(**rows[numbers].apply(pd.to_numeric).astype(float).fillna(0.0))


def _checked(plan: pd.DataFrame, costs: list[str], money: pd.Series, answer: Solution) -> list[float]:
    """Return what is spent each year, added up anew; a plan that breaks a limit is not written."""
    import pandas as pd

    from pavement.planning.checker import breaches, sums

    taken = plan[plan["strategy"] != ""]
    broken = breaches(plan, taken, pd.Series(money.to_numpy(float), index=costs), value=answer.value)
    if len(broken):
        raise PlanError(
            f"The plan found does not hold: {' '.join(broken['message'])}",
            cure="Report this with the inputs: it must never happen.",
        )
    return [float(total) for total in sums(taken, costs).values()]


def _report(made: Instance, answer: Solution, money: pd.Series, spent: list[float]) -> dict[str, Any]:
    from pavement.planning.answer_words import proof_words

    years = [str(year) for year in money.index]
    acting = answer.taken[answer.taken >= 0]
    paid = made.choices.amount[acting].any(axis=1)
    report: dict[str, Any] = {
        "value": answer.value,
        "bound": answer.bound,
        "gap": answer.gap,
        "status": proof_words(answer.gap, projects=False, objective="benefit", language="en"),
        "search": answer.status,
        "units": len(made.units),
        "strategies": len(made.line),
        "units_with_cost": int(paid.sum()),
        "budget": dict(zip(years, money.tolist(), strict=True)),
        "spent": dict(zip(years, spent, strict=True)),
        "price": dict(zip(years, (answer.prices * made.parts).tolist(), strict=True)),
    }
    if not paid.any():
        report["reason"] = _why_nothing(made, money)
    return report


def _why_nothing(made: Instance, money: pd.Series) -> str:
    """Return why no unit has work that costs anything."""
    total = made.choices.amount.sum(axis=1)
    if not (total > 0).any():
        return "No strategy costs anything."
    least = float(total[total > 0].min()) / made.parts
    return (
        f"No strategy with a cost fits into budgets of up to NT$ {money.max():,.0f} a year and gains anything; "
        f"the cheapest costs NT$ {least:,.2f}."
    )


def _peak_memory() -> float | None:
    """Return the most memory that this process has held [MB]; nothing where the system does not tell."""
    try:
        import resource
    except ImportError:
        return None
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(most / (1e6 if sys.platform == "darwin" else 1e3), 1)


def add_optimise(app: typer.Typer) -> None:
    """Add the verb to a command line."""
    app.command(help=HELP, epilog=EXITS)(optimise)
