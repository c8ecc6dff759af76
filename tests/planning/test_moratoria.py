"""Moratoria of works on record: from when on a unit may be worked on again, and a plan that keeps to it (O3)."""

import numpy as np
import pandas as pd

from pavement.planning.moratoria import free_years
from pavement.planning.optimise import Plan, plan
from pavement.planning.plan_checks import plan_checks
from pavement.planning.treatments import catalogue
from pavement.schema import read_table
from tests.planning.conftest import make_units, money, straight_lines

CATALOGUE = catalogue()
TREATMENTS = read_table("treatments")
PLACE = {"route": "N1", "direction": "S", "lane": "1"}


def works(*rows: tuple[float, float, str, str | None]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["from_m", "to_m", "treatment", "completed_on"])
    return frame.assign(completed_on=pd.to_datetime(frame["completed_on"]), lane="", route="N1", direction="S")


def stretches() -> pd.DataFrame:
    return pd.DataFrame([PLACE | {"unit": f"u{n}", "from_m": 500.0 * n, "to_m": 500.0 * (n + 1)} for n in range(3)])


def planned(units: pd.DataFrame, **options: object) -> Plan:
    return plan(units, budgets=money(1e9), forecast=straight_lines, catalogue=CATALOGUE, discount_rate=0.03, **options)


def test_a_unit_is_free_when_the_longest_moratorium_of_its_places_is_over() -> None:
    record = works(
        (0, 100, "mill_overlay", "2024-06-01"),  # five years
        (400, 600, "crack_seal", "2025-11-30"),  # two years, on two units
        (1000, 1500, "mill_overlay", None),  # of any year
        (1000, 1500, "construction", "2025-01-01"),  # no moratorium
    )
    free = free_years(stretches(), record, TREATMENTS)
    assert free.tolist()[:2] == [2029, 2027]
    assert np.isnan(free[2])
    assert free_years(stretches(), record.iloc[:0], TREATMENTS).isna().all()


def test_a_work_that_ends_where_a_unit_begins_does_not_hold_it() -> None:
    free = free_years(stretches(), works((0, 500, "overlay", "2025-06-01")), TREATMENTS)
    assert free.isna().tolist() == [False, True, True]


def test_o3_a_plan_waits_for_moratoria_of_works_on_record_and_says_so() -> None:
    units = make_units(8, seed=3)
    free = planned(units)
    first = free.actions.groupby("unit")["year"].min()
    early = first.index[first < 2029]
    assert len(early) > 2
    held = planned(units.assign(free_year=units["unit"].map(dict.fromkeys(early, 2029.0))))
    by_unit = held.actions.groupby("unit")["year"].min().reindex(early).dropna()
    assert len(by_unit)
    assert (by_unit >= 2029).all()
    at_once = held.actions[held.actions["year"].eq(2029) & held.actions["unit"].isin(early)]
    assert at_once["reason_en"].str.contains("No work before 2029: moratorium of works on record.").all()
    assert at_once["reason_zh"].str.contains("既有工程凍結期至 2028 年底。").all()
    assert held.bound <= free.bound * (1 + 1e-12)


def test_o3_held_beyond_the_plan_nothing_is_done_and_the_reason_tells_the_moratorium() -> None:
    units = make_units(3, seed=3).assign(free_year=2040.0)
    made = planned(units)
    assert made.actions.empty
    assert made.left["reason_en"].str.startswith("No work before 2040").all()


def test_o3_what_people_decided_stands_in_spite_of_a_moratorium() -> None:
    units = make_units(4, seed=3).assign(free_year=2028.0)
    decided = pd.DataFrame({"unit": [units["unit"].iloc[0]], "year": [2026], "treatment": ["mill_overlay"]})
    made = planned(units, committed=decided).actions
    assert made.loc[made["year"] < 2028, "unit"].tolist() == [units["unit"].iloc[0]]


def test_o3_the_check_list_finds_no_moratorium_in_a_plan_made_with_the_record() -> None:
    units = make_units(10, seed=5)
    ends = units[["from_m", "to_m"]].to_numpy()
    record = works(
        *((a, (a + b) / 2, "mill_overlay", f"{2022 + n % 5}-05-01") for n, (a, b) in enumerate(ends[:8].tolist()))
    )
    cells = units[["route", "direction", "lane", "from_m", "to_m"]].assign(cell=units["unit"])
    none = {"condition": units.iloc[:0], "reports": pd.DataFrame(), "bridges": pd.DataFrame(), "treatments": TREATMENTS}

    def broken(made: Plan) -> int:
        rows = plan_checks(made.actions, units, cells, history=record.assign(work="w"), **none)
        return int((rows["check"] == "moratorium").sum())

    assert broken(planned(units)) > 0
    assert broken(planned(units.assign(free_year=free_years(units, record, TREATMENTS)))) == 0
