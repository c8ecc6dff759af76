"""The check list before approval: each check finds what was put there for it, and nothing on a sound plan."""

import pandas as pd
import pytest

from pavement.planning.plan_checks import plan_checks
from pavement.schema import read_table

PLACE = {"route": "N1", "direction": "S", "lane": "1"}


def cells() -> pd.DataFrame:
    return pd.DataFrame([PLACE | {"cell": f"c{a}", "from_m": 100.0 * a, "to_m": 100.0 * (a + 1)} for a in range(6)])


def units() -> pd.DataFrame:
    return pd.DataFrame([PLACE | {"unit": f"u{a}", "from_m": 300.0 * a, "to_m": 300.0 * (a + 1)} for a in range(2)])


def plan(*works: tuple[str, int, str]) -> pd.DataFrame:
    frame = pd.DataFrame(works, columns=["unit", "year", "treatment"])
    return frame.merge(units(), on="unit")


def history(*works: tuple[int, str]) -> pd.DataFrame:
    rows = [PLACE | {"work": f"w{y}", "lane": "", "from_m": 100.0, "to_m": 200.0, "treatment": t,
                     "completed_on": pd.Timestamp(y, 6, 1)} for y, t in works]  # fmt: skip
    columns = [*PLACE, "work", "from_m", "to_m", "treatment", "completed_on"]
    return pd.DataFrame(rows, columns=columns).astype({"completed_on": "datetime64[ns]"})


def found(actions: pd.DataFrame, **given: pd.DataFrame) -> pd.DataFrame:
    condition = pd.DataFrame({"unit": ["u0", "u1"], "iri": [1.0, 1.0], "rut": [3.0, 3.0]})
    none = {"history": history(), "condition": condition, "reports": pd.DataFrame(), "bridges": pd.DataFrame()}
    none["treatments"] = read_table("treatments")
    return plan_checks(actions, units(), cells(), **none | given)


def test_a_sound_plan_has_nothing_to_look_at() -> None:
    assert found(plan(("u0", 2026, "mill_overlay")), history=history((2015, "mill_overlay"))).empty


def test_a_third_work_in_ten_years_is_doubted_and_a_third_in_eleven_is_not() -> None:
    past = history((2017, "crack_seal"), (2021, "crack_seal"))
    rows = found(plan(("u0", 2026, "mill_overlay")), history=past)
    assert rows[["check", "severity", "unit", "year"]].to_numpy().tolist() == [["often_10", "doubt", "u0", 2026]]
    assert rows["en"].iloc[0] == "3 works within 10 years (2017, 2021, 2026), more than 2"
    assert found(plan(("u0", 2027, "mill_overlay")), history=past).empty


def test_a_fifth_work_in_thirty_years_is_doubted() -> None:
    past = history((1998, "overlay"), (2005, "overlay"), (2012, "overlay"), (2017, "overlay"))
    rows = found(plan(("u0", 2027, "overlay")), history=past)
    assert rows["check"].tolist() == ["often_30"]
    # the same length by both rules is told once, by the rule that is exceeded most: 4 / 2 before 6 / 4
    more = history(*((year, "overlay") for year in (1998, 2005, 2018, 2020, 2022)))
    assert found(plan(("u0", 2027, "overlay")), history=more)["check"].tolist() == ["often_10"]
    # built long ago is no treatment
    built = history((1998, "construction"), (2005, "overlay"), (2012, "overlay"), (2017, "overlay"))
    assert found(plan(("u0", 2027, "overlay")), history=built).empty


def test_poor_and_left_alone_is_told_with_what_is_poor() -> None:
    poor = pd.DataFrame({"unit": ["u0", "u1"], "iri": [5.0, 5.0], "rut": [3.0, 3.0]})
    rows = found(plan(("u0", 2026, "mill_overlay")), condition=poor)
    assert rows[["check", "unit"]].to_numpy().tolist() == [["never", "u1"]]
    assert "roughness" in rows["en"].iloc[0].lower()
    # what people left alone is not taken for forgotten
    rows = found(plan(("u0", 2026, "mill_overlay")), condition=poor.assign(decided=[False, True]))
    assert rows[["check", "unit"]].to_numpy().tolist() == [["decided", "u1"]]
    assert "by decision" in rows["en"].iloc[0]


def test_two_works_at_one_place_in_a_year_and_moratoria_must_not_stay_so() -> None:
    rows = found(plan(("u0", 2026, "crack_seal"), ("u0", 2026, "mill_overlay")))
    assert rows[["check", "severity"]].drop_duplicates().to_numpy().tolist() == [["twice", "stop"]]
    # a milled overlay may not be touched for five years
    rows = found(plan(("u0", 2026, "crack_seal")), history=history((2023, "mill_overlay")))
    assert rows["en"].tolist() == ["3 years after the work of 2023, whose moratorium is 5 years"]
    assert found(plan(("u0", 2028, "crack_seal")), history=history((2023, "mill_overlay"))).empty


@pytest.mark.parametrize(
    ("direction", "first", "conflict"), [("", 2025, True), ("S", 2026, True), ("N", 2025, False), ("", 2028, False)]
)
def test_bridge_works_conflict_at_their_place_and_in_their_years(direction: str, first: int, conflict: bool) -> None:
    bridge = {"route": "N1", "direction": direction, "from_m": 250.0, "to_m": 280.0, "note": "橋面板"}
    bridges = pd.DataFrame([bridge | {"first_year": first, "last_year": first + 1}])
    rows = found(plan(("u0", 2026, "crack_seal"), ("u1", 2026, "crack_seal")), bridges=bridges)
    assert rows["unit"].tolist() == (["u0"] if conflict else [])
    assert all("橋面板" in text for text in rows["zh"])


def test_open_reports_are_named() -> None:
    report = {"unit": "u0", "year": 2026, "record": "R1", "reported_on": pd.Timestamp(2025, 12, 1)}
    rows = found(plan(("u0", 2026, "crack_seal")), reports=pd.DataFrame([report]))
    assert rows["en"].tolist() == ["open reports R1 (2025-12-01): settle them with the work"]


def test_two_works_on_record_in_one_year_hide_no_moratorium() -> None:
    works = history((2024, "pothole_patch"), (2024, "mill_overlay"), (2024, "construction"))
    for order in (works, works.iloc[::-1].reset_index(drop=True)):
        rows = found(plan(("u0", 2026, "mill_overlay")), history=order)
        assert rows["check"].tolist() == ["moratorium"]
        assert rows["en"].tolist() == ["2 years after the work of 2024, whose moratorium is 5 years"]
