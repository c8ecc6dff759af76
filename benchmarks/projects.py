"""
Gap, time and memory of plans of projects: 1 000 and 10 000 units on made chains of three-lane sections.

``python -m benchmarks.projects [units ...]`` prints a line of JSON a size, each size in a process of its own; seeds are
fixed. Forty limits (a floor and a cap of money of four section offices in each of five years) and a target of poor area
stand beside ten budgets. The checker of the product then looks at the tables of works and projects, as with each plan,
and every limit is added up anew from the tables of works and of roughness.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.plan_networks import lines
from pavement.condition.good_fair_poor import condition_limits
from pavement.planning.basis import Basis, basis
from pavement.planning.course import chosen_course
from pavement.planning.economics import parameters
from pavement.planning.limit_rows import with_rows
from pavement.planning.limits import no_limits, plan_limits
from pavement.planning.project_answer import project_table, project_works
from pavement.planning.project_check import project_faults
from pavement.planning.project_master import Found, solved_projects
from pavement.planning.project_problem import ProjectRules, project_problem, without_mobilisation
from pavement.planning.projects import Problem
from pavement.planning.treatments import catalogue

YEARS, FIRST, RATE, LANES = 10, 2027, 0.03, 3
PER_UNIT = 200_000.0
RULES = ProjectRules(least=1000.0, most=5000.0)


def network(count: int, *, seed: int = 20260101) -> pd.DataFrame:
    """Return made units: three lanes a section, twenty-five sections a chain, lanes alike and yet not the same."""
    rng = np.random.default_rng(seed)
    sections = -(-count // LANES)
    length = rng.integers(5, 21, sections) * 100.0
    route = np.arange(sections) // 100
    end = pd.Series(length).groupby(route).cumsum().to_numpy()

    def lanes(values: np.ndarray, spread: float) -> np.ndarray:
        return np.repeat(values, LANES)[:count] * rng.lognormal(0, spread, count)

    section = np.repeat(np.arange(sections), LANES)[:count]
    lane = np.tile(np.arange(1, LANES + 1), sections)[:count].astype(str)
    office = np.array(["A", "B", "C", "D"])[(np.arange(sections) // 25) % 4]
    return pd.DataFrame(
        {
            "unit": [f"u{s:05d}-{k}" for s, k in zip(section, lane, strict=True)],
            "route": [f"N{r}" for r in route[section]],
            "direction": "S",
            "lane": lane,
            "from_m": (end - length)[section],
            "to_m": end[section],
            "office": office[section],
            "area_m2": length[section] * 3.65,
            "iri": lanes(rng.lognormal(0.35, 0.3, sections), 0.2),
            "rut": lanes(rng.gamma(3, 1.6, sections), 0.3),
            "crack_percent": lanes(rng.gamma(1, 5, sections), 0.4).clip(0, 90),
            "pothole_area": np.where(rng.random(count) < 0.1, rng.random(count), 0.0),
            "age": np.repeat(rng.integers(1, 16, sections), LANES)[:count].astype(float),
            "sn": rng.normal(5.5, 0.8, count),
            "aadt": np.repeat(rng.lognormal(10.4, 0.5, sections), LANES)[:count],
            "growth": lanes(rng.lognormal(0, 0.3, sections), 0.2),
        }
    )


def made_basis(units: pd.DataFrame, *, pruned: bool) -> Basis:
    """Return strategies of units without mobilisation, pruned where money alone is limited."""
    return basis(
        units, years=range(FIRST, FIRST + YEARS), forecast=lines, catalogue=without_mobilisation(catalogue()),
        discount_rate=RATE, pruned=pruned,
    )  # fmt: skip


def problem_of(ready: Basis, money: pd.Series, limits: pd.DataFrame) -> tuple[Problem, list[str], np.ndarray]:
    """Return the problem of projects under limits."""
    rows = with_rows(ready.choices, money, limits, ready.works)
    made = project_problem(rows, limits, ready, catalogue(), RULES)
    return made, rows.names, rows.per


def forty(count: int) -> list[dict[str, str]]:
    """Return a floor and a cap of money of four offices in five years."""
    each = PER_UNIT * count / 4
    rows = []
    for office, share in zip("ABCD", (1.15, 1.1, 0.9, 0.95), strict=True):
        for year in range(FIRST, FIRST + 5):
            same = {"scope": office, "year": str(year), "unit": "NT$"}
            floor = each * (share if share > 1 else 0.5)
            cap = each * (share if share < 1 else 1.4)
            rows.append({"id": f"f{office}{year}", "kind": "office_floor", "at_least": str(floor), **same})
            rows.append({"id": f"c{office}{year}", "kind": "office_cap", "at_most": str(cap), **same})
    return rows


def asked(rows: list[dict[str, str]], units: pd.DataFrame) -> pd.DataFrame:
    """Return a table of limits, checked."""
    raw = pd.DataFrame(rows).reindex(columns=["id", "kind", "scope", "year", "at_least", "at_most", "unit"]).fillna("")
    return plan_limits(
        raw, file="made", years=range(FIRST, FIRST + YEARS), catalogue=catalogue(), offices=set(units["office"])
    )  # fmt: skip


def held(
    ready: Basis, problem: Problem, answer: Found, money: pd.Series, asked_for: list[dict[str, str]]
) -> dict[str, object]:
    """Return what the checker of the product finds in the tables of works and projects, and whether limits hold."""
    chosen, works = project_works(ready, problem, answer, catalogue(), money)
    table = project_table(works, ready.units, catalogue())
    spent = works.groupby("year")["cost"].sum().reindex(money.index, fill_value=0.0)
    two = works.groupby("project")["year"].transform("nunique") == 2
    path = chosen_course(ready.look, chosen, catalogue=ready.catalogue).condition["iri"]
    # the first column is the start: the end of the year before the first
    iri = pd.DataFrame(path[:, : YEARS + 1], columns=range(FIRST - 1, FIRST + YEARS))
    return {
        "faults": project_faults(works, table, ready.units, RULES, catalogue(), decided=set()),
        "within budgets": bool((spent <= money).all()),
        "limits held": limits_held(asked_for, works, iri, ready.units),
        "works": len(works),
        "works in projects of two years": int(two.sum()),
        "of lanes that rest in one": int((two & ~works.duplicated("unit", keep=False)).sum()),
    }


def limits_held(
    rows: list[dict[str, str]], works: pd.DataFrame, iri: pd.DataFrame, units: pd.DataFrame
) -> dict[str, bool]:
    """
    Return by its id whether each limit on offices or on poor area holds, added up anew from tables.

    Parameters
    ----------
    rows
        Limits as they are asked for: id, kind, scope, year, at_least or at_most.
    works
        unit, year, cost [NT$].
    iri
        Roughness of the units at the end of each calendar year. [m/km]
    units
        unit, office, area_m2.
    """
    spent = works.merge(units[["unit", "office"]], on="unit", suffixes=("_of_work", ""))
    money = spent.groupby(["office", "year"])["cost"].sum()
    poor_above = float(condition_limits().loc["iri", "poor_above"])
    found = {}
    for row in rows:
        year = int(row["year"])
        if row["kind"] == "poor_share":
            area = units["area_m2"].where(iri[year].notna(), 0.0)
            used = 100 * float(area[iri[year] > poor_above].sum() / area.sum())
        else:
            used = float(money.get((row["scope"], year), 0.0))
        found[row["id"]] = float(row.get("at_least", "-inf")) <= used <= float(row.get("at_most", "inf"))
    return found


def measured(count: int) -> dict[str, object]:
    """Return what is measured on an instance of `count` units."""
    units = network(count)
    money = pd.Series(PER_UNIT * count, index=range(FIRST, FIRST + YEARS))
    p = parameters()
    found: dict[str, Any] = {"units": count, "strategies": {}, "roll-out s": {}}
    target = {"id": "poor", "kind": "poor_share", "scope": "iri", "year": str(FIRST + 5), "at_most": "4", "unit": "%"}
    for name, rows in {"budgets": [], "forty limits and a target": [*forty(count), target]}.items():
        limits = asked(rows, units) if rows else no_limits()
        begin = time.perf_counter()
        ready = made_basis(units, pruned=limits.empty)
        found["strategies"] |= {name: len(ready.strategies)}
        found["roll-out s"] |= {name: round(time.perf_counter() - begin, 1)}
        begin, busy = time.perf_counter(), time.process_time()
        problem, names, per = problem_of(ready, money, limits)
        answer: Found = solved_projects(problem, parameters=p, names=names, per=per)
        found[name] = {
            "value": answer.value,
            "bound": answer.bound,
            "gap %": round(100 * (answer.bound - answer.value) / answer.bound, 4),
            "projects": answer.projects.count,
            "s": round(time.perf_counter() - begin, 1),
            "processor s": round(time.process_time() - busy, 1),
            "status": answer.status,
        } | held(ready, problem, answer, money, rows)
    found["peak GB"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2)
    return found


def main() -> None:
    if "--one" in sys.argv:
        print(json.dumps(measured(int(sys.argv[-1]))))
        return
    for size in [int(s) for s in sys.argv[1:]] or [1000, 10_000]:
        command = [sys.executable, "-m", "benchmarks.projects", "--one", str(size)]
        print(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1], flush=True)


if __name__ == "__main__":
    main()
