"""Limits of a plan beyond its budgets: the table as people write it, checked once, a row for each year."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pavement.condition.good_fair_poor import condition_limits
from pavement.errors import Fault, PlanError, UnitError, fault_frame
from pavement.planning.treatments import Catalogue
from pavement.schema import check, check_heading, measures, read_table, schema
from pavement.units import convert

COLUMNS = ["id", "kind", "scope", "year", "side", "limit", "unit"]
LEAST, MOST = "at_least", "at_most"
PENALTY = "penalty"


def limit_kinds() -> pd.DataFrame:
    """Return what can be limited, indexed by kind: scope, sides, unit, and what it needs of each treatment."""
    return read_table("limit_kinds").set_index("kind")


def no_limits() -> pd.DataFrame:
    """Return limits of nothing."""
    return pd.DataFrame(columns=COLUMNS)


def plan_limits(raw: pd.DataFrame, *, file: str, years: range, catalogue: Catalogue, offices: set[str]) -> pd.DataFrame:
    """
    Return limits with a row for each year and side, in the units of their kinds.

    Parameters
    ----------
    raw
        Table ``plan_limits`` as text.
    file
        Name shown in faults.
    years
        Calendar years of the plan.
    catalogue
        Treatments; their columns ``category``, ``nights_per_km`` and ``kgco2e_m2`` are needed by the limits that ask.
    offices
        Section offices that the units belong to.

    Returns
    -------
    frame
        id, kind, scope, year, side (``at_least`` / ``at_most``), limit, unit.

    Raises
    ------
    SchemaError
        The heading lacks columns.
    PlanError
        Rows are wrong; with every fault.
    """
    raw = raw.fillna("").reset_index(drop=True)
    check_heading(raw, "plan_limits", file=file)
    good, faults = check(raw, "plan_limits", file=file)
    found = _Found(file)
    known = {"office": offices, "category": _categories(catalogue), "measure": {*catalogue.curves, PENALTY}}
    for number, row in good.iterrows():
        _check_row(row, int(str(number)) + 2, found, years, catalogue, known)
    rows = _by_year(good, years) if not found.faults else no_limits()
    _check_twice(rows, good, found)
    every = pd.concat([f for f in (faults, fault_frame(found.faults)) if len(f)] or [faults])
    if len(every):
        every = every.sort_values("row", kind="stable", ignore_index=True)
        raise PlanError(
            f"{file} is not what it must be: {len(every)} fault(s); the first: {every['message'].iloc[0]}",
            cure=str(every["cure"].iloc[0]),
            faults=every,
        )
    return rows


class _Found:
    """Collects faults of the table; a class because every check adds to the same list."""

    def __init__(self, file: str) -> None:
        self.file, self.faults = file, list[Fault]()

    def add(self, row: int, column: str, value: object, rule: str, message: str, cure: str) -> None:
        """Note a fault."""
        self.faults.append(Fault(self.file, row, column, str(value), rule, message, cure))


def _categories(catalogue: Catalogue) -> set[str]:
    table = catalogue.treatments
    return set(table["category"].astype(str)) - {""} if "category" in table else set()


def _check_row(
    row: pd.Series, line: int, found: _Found, years: range, catalogue: Catalogue, known: dict[str, set[str]]
) -> None:
    rule = limit_kinds().loc[row["kind"]]
    _check_scope(row, line, found, rule, known)
    _check_sides(row, line, found, rule)
    if not pd.isna(row["year"]) and int(row["year"]) not in years:
        found.add(line, "year", int(row["year"]), "year", f"{int(row['year'])} is no year of the plan.",
                  f"Use {years[0]} to {years[-1]}, or leave it empty for every year.")  # fmt: skip
    try:
        convert(1.0, source=str(row["unit"]), target=own_unit(row["kind"], row["scope"]))
    except (UnitError, KeyError):
        own = own_unit(row["kind"], row["scope"])
        found.add(line, "unit", row["unit"], "unit", f"{row['unit']} is no unit of {row['kind']}.", f"Use {own}.")
    if str(rule["per_work"]) and (lacking := _lacking(catalogue, str(rule["per_work"]))):
        found.add(line, "kind", row["kind"], "treatments",
                  f"{row['kind']} needs {rule['per_work']} of each treatment; it is missing for {', '.join(lacking)}.",
                  f"Fill in {rule['per_work']} in treatments.csv, with its source.")  # fmt: skip


def _check_scope(row: pd.Series, line: int, found: _Found, rule: pd.Series, known: dict[str, set[str]]) -> None:
    asked, given = str(rule["scope"]), str(row["scope"])
    if not given:
        if rule["scope_needed"] == "yes":
            found.add(line, "scope", given, "scope", f"{row['kind']} names no {asked}.", f"Name the {asked}.")
        return
    allowed = known.get(asked, set())
    if given not in allowed:
        cure = f"Use one of {', '.join(sorted(allowed))}." if allowed else "Leave it empty."
        if asked == "office" and not allowed:
            cure = "Give the stretches of section offices: on the page of the plan, or pavement offices FILE.csv."
        found.add(line, "scope", given, "scope", f"{given} is no {asked or 'scope'} of the plan.", cure)
    elif asked == "measure" and row["kind"] == "poor_share" and given not in _with_poor():
        found.add(
            line, "scope", given, "scope", f"{given} has no limit of poor.", f"Use one of {sorted(_with_poor())}."
        )


def _with_poor() -> set[str]:
    return {str(kind) for kind in condition_limits().index}


def _check_sides(row: pd.Series, line: int, found: _Found, rule: pd.Series) -> None:
    given = [side for side in (LEAST, MOST) if not pd.isna(row[side])]
    allowed = str(rule["sides"]).split("|")
    if not given:
        found.add(line, allowed[0], "", "sides", f"{row['id']} has no amount.", f"Fill in {' or '.join(allowed)}.")
    for side in set(given) - set(allowed):
        found.add(line, side, row[side], "sides", f"{row['kind']} has no {side}.", f"Use {' or '.join(allowed)}.")
    if len(given) == len((LEAST, MOST)) and row[LEAST] > row[MOST]:
        found.add(line, LEAST, row[LEAST], "sides", f"{row['id']}: at_least is above at_most.", "Correct one of them.")


def _lacking(catalogue: Catalogue, column: str) -> list[str]:
    """Return the treatments that do not say what a limit needs."""
    table = catalogue.treatments
    if column not in table:
        return [str(name) for name in table.index]
    given = table[column]
    bad = given.isna() | (given.astype(str).str.strip() == "")
    return [str(name) for name in table.index[bad]]


def own_unit(kind: str, scope: str) -> str:
    """Return the unit that a limit is kept in; that of its measure for a mean condition."""
    unit = str(limit_kinds().loc[kind, "unit"])
    if unit:
        return unit
    return str(measures().loc[scope, "unit"]) if scope in measures().index else "-"


def _by_year(good: pd.DataFrame, years: range) -> pd.DataFrame:
    found = []
    for row in good.to_dict("records"):
        unit = own_unit(str(row["kind"]), str(row["scope"]))
        for side in (LEAST, MOST):
            if pd.isna(row[side]):
                continue
            amount = float(convert(float(row[side]), source=str(row["unit"]), target=unit))
            asked = years if pd.isna(row["year"]) else [int(row["year"])]
            found += [(row["id"], row["kind"], row["scope"], year, side, amount, unit) for year in asked]
    return pd.DataFrame(found, columns=COLUMNS)


def _check_twice(rows: pd.DataFrame, good: pd.DataFrame, found: _Found) -> None:
    twice = rows[rows.duplicated(["kind", "scope", "year", "side"])]
    for row in twice.drop_duplicates("id").to_dict("records"):
        line = int(good.index[good["id"] == row["id"]][0]) + 2
        found.add(line, "id", row["id"], "twice", f"{row['kind']} {row['scope']} of {row['year']} is limited twice.",
                  "Keep one row for each kind, scope and year.")  # fmt: skip


def with_offices(units: pd.DataFrame, raw: pd.DataFrame, *, file: str) -> pd.DataFrame:
    """
    Return units with the column ``office``: the section office on whose stretch their middle lies.

    Parameters
    ----------
    units
        With route, direction, from_m, to_m. [m]
    raw
        Table ``plan_offices`` as text.
    file
        Name shown in faults.

    Raises
    ------
    PlanError
        The table is wrong, or a unit lies on no stretch or on two.
    """
    filled = raw.fillna("")
    good, faults = check(
        filled.reindex(columns=list(schema("plan_offices").index), fill_value=""), "plan_offices", file=file
    )
    if len(faults):
        raise PlanError(f"{file} is not what it must be: {len(faults)} fault(s).", cure="", faults=faults)
    placed = units[["unit", "route", "direction"]].assign(middle=(units["from_m"] + units["to_m"]) / 2)
    joined = placed.merge(good.rename(columns={"direction": "only"}), on="route")
    on = (joined["from_m"] <= joined["middle"]) & (joined["middle"] < joined["to_m"])
    joined = joined[on & joined["only"].isin(["", *placed["direction"].unique()])]
    joined = joined[(joined["only"] == "") | (joined["only"] == joined["direction"])]
    count = joined["unit"].value_counts().reindex(units["unit"], fill_value=0).to_numpy()
    if (count != 1).any():
        unit, times = units["unit"].iloc[int(np.flatnonzero(count != 1)[0])], int(count[count != 1][0])
        raise PlanError(
            f"{(count != 1).sum()} treatment lengths lie on no stretch of {file} or on two; {unit} on {times}.",
            cure="Give each place of the network to one section office.",
        )
    return units.assign(office=joined.set_index("unit")["office"].reindex(units["unit"]).to_numpy())
