"""What people decided, checked anew in the works of a plan from the tables of both, without the solver's arrays."""

from __future__ import annotations

import pandas as pd

from pavement.errors import PlanError
from pavement.planning.forbidden import ANY

# year and treatment of a decided work, and of those that follow it on the same unit
_PLACES = (("year", "treatment"), ("second_year", "second"), ("third_year", "third"))
_NEVER = "Report this with the inputs: it must never happen."


def decided_faults(
    works: pd.DataFrame, *, committed: pd.DataFrame | None = None, forbidden: pd.DataFrame | None = None
) -> list[str]:
    """
    Return where a plan does not honour what people decided, a sentence each; none where it does.

    Parameters
    ----------
    works
        unit, year (calendar) and treatment of each work of the plan.
    committed, forbidden
        As of :func:`pavement.planning.optimise.plan`: works committed, locked or put in the place of others, by year
        and treatment; and works put off or forbidden.
    """
    made = set(_keys(works, "year", "treatment"))
    wanted = [] if committed is None else [key for place in _PLACES for key in _decided(committed, *place)]
    found = [
        f"The decided work {name} on {unit} in {year} is not in the plan."
        for unit, year, name in wanted
        if (unit, year, name) not in made
    ]
    if forbidden is None or forbidden.empty:
        return found
    own = works[["unit", "year", "treatment"]].assign(treatment=works["treatment"].astype(str))
    rules = forbidden.rename(columns={"treatment": "barred"})[["unit", "barred", "before"]]
    both = own.merge(rules, on="unit")
    named = (both["barred"] == ANY) | (both["barred"] == both["treatment"])
    early = both["before"].isna() | (both["year"] < both["before"].astype(float))
    # what is committed stands, whatever else is forbidden on its unit
    broken = set(_keys(both[named & early], "year", "treatment")) - set(wanted)
    return found + [f"The work {name} on {unit} in {year} was forbidden." for unit, year, name in sorted(broken)]


def refuse_unkept(
    works: pd.DataFrame, *, committed: pd.DataFrame | None = None, forbidden: pd.DataFrame | None = None
) -> None:
    """Raise a PlanError where :func:`decided_faults` finds something, which must never happen."""
    if faults := decided_faults(works, committed=committed, forbidden=forbidden):
        raise PlanError(f"The plan found does not honour a decision: {faults[0]}", cure=_NEVER)


def _decided(committed: pd.DataFrame, year: str, treatment: str) -> list[tuple[str, int, str]]:
    if treatment not in committed:
        return []
    return _keys(committed[committed[treatment].notna() & (committed[treatment] != "")], year, treatment)


def _keys(works: pd.DataFrame, year: str, treatment: str) -> list[tuple[str, int, str]]:
    columns = (works["unit"], works[year], works[treatment])
    return [(str(unit), int(at), str(name)) for unit, at, name in zip(*columns, strict=True)]
