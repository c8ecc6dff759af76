"""
What a third work on a length brings to plans of twenty years, and what it takes: 300 and 1 000 made lengths.

``python -m benchmarks.third_works [units ...]`` prints a line of JSON a size; seeds are fixed. Each length by itself at
three budgets, without and with third works, and where few with those after pairs that others beat too; and in projects.
"""

from __future__ import annotations

import json
import resource
import sys
import time

import numpy as np
import pandas as pd

from benchmarks.plan_networks import lines
from benchmarks.projects import FIRST, PER_UNIT, RATE, network, problem_of
from pavement.planning.basis import Basis, basis
from pavement.planning.choices import choices
from pavement.planning.economics import parameters
from pavement.planning.limits import no_limits
from pavement.planning.project_margins import within_projects
from pavement.planning.project_master import solved_projects
from pavement.planning.project_problem import without_mobilisation
from pavement.planning.project_ways import Ways
from pavement.planning.slots import SLOTS
from pavement.planning.solution import solved
from pavement.planning.treatments import Catalogue, catalogue

YEARS = 20
# beyond so many units the strategies that nothing was left out of are not chosen from
FEW = 300


def made(units: pd.DataFrame, treatments: Catalogue, *, pruned: bool = True) -> Basis:
    """Return strategies of units over twenty years."""
    return basis(
        units, years=range(FIRST, FIRST + YEARS), forecast=lines, catalogue=treatments, discount_rate=RATE,
        pruned=pruned,
    )  # fmt: skip


def of_two(table: pd.DataFrame) -> pd.DataFrame:
    """Return the strategies of one or two works, as a plan without third works has them."""
    third = [c for c in table if str(c).startswith(SLOTS[2])]
    return table[table[SLOTS[2]] == ""].drop(columns=third)


def told(table: pd.DataFrame, budget: float) -> dict[str, float]:
    """Return value and bound of the best choice found in a budget a year [NT$], and seconds of a processor."""
    begin = time.process_time()
    answer = solved(choices(table, years=YEARS), np.full(YEARS, budget), parameters=parameters())
    return {"value": answer.value, "bound": answer.bound, "processor s": round(time.process_time() - begin, 1)}


def in_projects(ready: Basis, money: pd.Series, *, why: bool) -> dict[str, float]:
    """Return the same of projects, and the seconds that net gains within them take, 0 without `why`."""
    problem, names, per = problem_of(ready, money, no_limits())
    begin = time.process_time()
    answer = solved_projects(problem, parameters=parameters(), names=names, per=per)
    seconds, begin = time.process_time() - begin, time.process_time()
    if why:
        within_projects(Ways(problem), answer.prices)
    return {
        "value": answer.value,
        "bound": answer.bound,
        "processor s": round(seconds, 1),
        "why s": round(time.process_time() - begin, 1),
        "peak GB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2),
    }


def measured(count: int) -> dict[str, object]:
    """Return what is measured on `count` units."""
    units, begin = network(count), time.process_time()
    table = made(units, catalogue()).strategies
    found: dict[str, object] = {"units": count, "roll-out processor s": round(time.process_time() - begin, 1)}
    for name, own in {"two": of_two(table), "three": table}.items():
        size = own.groupby("unit").size().reindex(range(count), fill_value=0)
        found[f"strategies, {name}"] = {"median": float(size.median()), "mean": round(float(size.mean()), 1)}
    every = made(units, catalogue(), pruned=False).strategies if count <= FEW else None
    for each in (PER_UNIT / 4, PER_UNIT / 2, PER_UNIT):
        of = {"two": of_two(table), "three": table} | ({} if every is None else {"nothing left out": every})
        found[f"alone, {each:,.0f} a unit and year"] = {name: told(own, each * count) for name, own in of.items()}
    del table, every
    money = pd.Series(PER_UNIT * count, index=range(FIRST, FIRST + YEARS))
    ready = made(units, without_mobilisation(catalogue()))
    two = of_two(ready.strategies)
    short = Basis(**{**vars(ready), "strategies": two, "choices": choices(two, years=YEARS)})
    found["projects, two"] = in_projects(short, money, why=count <= FEW * 4)
    found["projects, three"] = in_projects(ready, money, why=count <= FEW * 4)
    return found


def main() -> None:
    for size in [int(s) for s in sys.argv[1:]] or [FEW, 1000]:
        print(json.dumps(measured(size)), flush=True)


if __name__ == "__main__":
    main()
