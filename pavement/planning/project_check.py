"""Projects checked anew from the tables of works, projects and treatment lengths alone, without the solver's arrays."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pavement.errors import PlanError
from pavement.planning.project_problem import ProjectRules
from pavement.planning.sections import CROSS
from pavement.planning.slots import SLOTS
from pavement.planning.treatments import Catalogue

# metres that ends may differ by, and that lengths of lanes may overlap where cells do not begin at one place
_ENDS = 1e-3
_NEVER = "Report this with the inputs: it must never happen."


def project_faults(
    works: pd.DataFrame,
    projects: pd.DataFrame,
    units: pd.DataFrame,
    rules: ProjectRules,
    catalogue: Catalogue,
    *,
    decided: set[str],
) -> list[str]:
    """
    Return what is wrong with projects, a sentence each; none where all rules hold.

    Parameters
    ----------
    works
        unit, route, direction, lane, from_m, to_m [m], year, treatment, cost, status, project, mobilisation [NT$].
    projects
        Table ``plan_projects``.
    units
        Treatment lengths: unit, route, direction, from_m, to_m and, if known, office.
    rules
        Extents of projects.
    catalogue
        Treatments with mobilisation and moratorium.
    decided
        Units with a decided work: its project may be short, and a given cost holds its mobilisation.
    """
    if works.empty:
        return [] if projects.empty else ["There are projects without works."]
    found = []
    if (works["project"] == "").any():
        found.append("A work belongs to no project.")
    for (project, year), rows in works.groupby(["project", "year"], sort=True):
        told = projects[(projects["project"] == project) & (projects["year"] == year)]
        found += [f"{project} in {year}: {fault}" for fault in _of_year(rows, told, catalogue, decided)]
    if len(projects) != works.groupby(["project", "year"]).ngroups:
        found.append("The table of projects holds others than the works.")
    roads = _roads(units)
    for project, rows in works.groupby("project", sort=True):
        told = projects[projects["project"] == project]
        road = roads[rows["route"].iloc[0], rows["direction"].iloc[0]]
        found += [f"{project}: {fault}" for fault in _of_extent(rows, told, road, rules, decided)]
    return found + _of_years(works) + _one_a_place(projects, works, decided) + _moratoria(works, catalogue, decided)


def refuse_unsound(
    works: pd.DataFrame,
    projects: pd.DataFrame,
    units: pd.DataFrame,
    rules: ProjectRules,
    catalogue: Catalogue,
    *,
    decided: set[str],
) -> None:
    """Raise a PlanError where :func:`project_faults` finds something, which must never happen."""
    if faults := project_faults(works, projects, units, rules, catalogue, decided=decided):
        raise PlanError(f"The projects found break a rule: {faults[0]}", cure=_NEVER)


def _of_year(rows: pd.DataFrame, told: pd.DataFrame, catalogue: Catalogue, decided: set[str]) -> list[str]:
    if len(told) != 1:
        return [f"{len(told)} rows in the table of projects, not 1."]
    row, found = told.iloc[0], []
    line = rows.sort_values(["from_m", "to_m"])
    reach = line["to_m"].cummax().shift()
    # at a border of sections the lanes on either side may each lie back by CROSS
    if (line["from_m"] > reach + 2 * CROSS).any():
        found.append("a stretch inside it has no work.")
    if abs(line["from_m"].iloc[0] - row["from_m"]) > CROSS or abs(line["to_m"].max() - row["to_m"]) > CROSS:
        found.append("its extent is not that of its works.")
    price = rows["treatment"].map(catalogue.treatments["mobilisation"].astype(float))
    given = rows["unit"].isin(decided)
    most, least = np.ceil(price.max()), np.ceil(price[~given].max()) if (~given).any() else 0.0
    paid = rows["mobilisation"].sum()
    if not least <= paid <= most or (not given.any() and paid != most):
        found.append(f"mobilisation is {paid:,.0f}, not once {most:,.0f}.")
    if paid != row["mobilisation"] or rows["cost"].sum() != row["cost"]:
        found.append("mobilisation or cost is not the sum of its works.")
    if rows["unit"].duplicated().any():
        found.append("two works at one place.")
    if (rows["cost"] < rows["mobilisation"]).any():
        found.append("a work costs less than its share in the mobilisation.")
    return found


def _of_years(works: pd.DataFrame) -> list[str]:
    """Return projects of more years than their lengths may have works, and those whose years differ in extent."""
    ends = works.groupby(["project", "year"]).agg(begin=("from_m", "min"), end=("to_m", "max"))
    by_project = ends.groupby("project")
    most = works.groupby(["project", "unit"]).size().groupby("project").max().clip(lower=2, upper=len(SLOTS))
    many = by_project.size() > most
    apart = (by_project.max() - by_project.min() > CROSS).any(axis=1)
    found = [
        f"{project}: it takes more than two years, and no length in it is worked on in three."
        for project in many.index[many]
    ]
    return found + [f"{project}: its years are not of the same extent." for project in apart.index[apart]]


def _roads(units: pd.DataFrame) -> dict[tuple[str, str], pd.DataFrame]:
    """Return the treatment lengths of each route and direction, by unit, with their office."""
    office = units["office"].fillna("") if "office" in units else ""
    table = units[["unit", "route", "direction", "from_m", "to_m"]].assign(office=office).set_index("unit")
    return {(str(route), str(way)): rows for (route, way), rows in table.groupby(["route", "direction"], observed=True)}


def _of_extent(
    rows: pd.DataFrame, told: pd.DataFrame, road: pd.DataFrame, rules: ProjectRules, decided: set[str]
) -> list[str]:
    found: list[str] = []
    if told.empty:
        # that the table lacks it is told above
        return found
    if rows[["route", "direction"]].drop_duplicates().shape[0] > 1:
        found.append("it lies on several roads.")
    # that it is the extent of the works of each year is checked above
    begin, end = told["from_m"].min(), told["to_m"].max()
    own = road["office"].reindex(rows["unit"])
    if (own != own.iloc[0]).any():
        found.append("it crosses the border of a section office.")
    if end - begin < rules.least - _ENDS and not rows["unit"].isin(decided).any():
        beside = road[road["office"] == own.iloc[0]]
        before = (beside["from_m"] < begin - CROSS) & (beside["to_m"] >= begin - _ENDS)
        after = (beside["to_m"] > end + CROSS) & (beside["from_m"] <= end + _ENDS)
        if before.any() or after.any():
            found.append(f"{end - begin:,.0f} m are shorter than {rules.least:,.0f}.")
    if end - begin > rules.most + _ENDS and _sections(rows) > 1:
        found.append(f"{end - begin:,.0f} m are longer than {rules.most:,.0f}.")
    return found


def _sections(rows: pd.DataFrame) -> int:
    line = rows.sort_values(["from_m", "to_m"])
    return 1 + int((line["from_m"] >= line["to_m"].cummax().shift() - CROSS).sum())


def _one_a_place(projects: pd.DataFrame, works: pd.DataFrame, decided: set[str]) -> list[str]:
    """Return stretches that two projects work on in one year; a decided length of its own may lie beside one."""
    free = set(works.loc[~works["unit"].isin(decided), "project"])
    found = []
    for (year, route, direction), rows in projects.groupby(["year", "route", "direction"], sort=True):
        line = rows[rows["project"].isin(free)].sort_values("from_m")
        over = line["from_m"] < line["to_m"].cummax().shift() - CROSS
        found += [f"{p} overlaps another project on {route} {direction} in {year}." for p in line.loc[over, "project"]]
    lanes = works.sort_values(["route", "direction", "lane", "year", "from_m"])
    keys = ["route", "direction", "lane", "year"]
    over = lanes["from_m"] < lanes.groupby(keys)["to_m"].shift() - _ENDS
    return found + [f"Two works on {unit} in one year." for unit in lanes.loc[over, "unit"]]


def _moratoria(works: pd.DataFrame, catalogue: Catalogue, decided: set[str]) -> list[str]:
    line = works.sort_values(["unit", "year"])
    pause = np.ceil(line["treatment"].map(catalogue.treatments["moratorium"].astype(float)))
    before = line["year"].groupby(line["unit"]).shift() + pause.groupby(line["unit"]).shift()
    # what people decided stands, whatever the catalogue says since then
    before = before.where(~(line["unit"].isin(decided) & (line["status"] == "committed")))
    return [f"{unit} is worked on within the moratorium of a work." for unit in line.loc[line["year"] < before, "unit"]]
