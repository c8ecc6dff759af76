"""Balance of flows between counted sections by hand."""

import pandas as pd

from pavement.measures.flow_balance import BALANCED, between_sections


def traffic(*rows: tuple[str, float, float, float, float], **changes: object) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["counter", "from_m", "to_m", "31", "42"])
    long = frame.melt(["counter", "from_m", "to_m"], ["31", "42"], "vehicle_class", "aadt").dropna()
    return long.assign(route="N1", direction="S", year=2023, run="r", **changes)


def test_the_mean_of_both_sides_stands_between_them_and_says_so() -> None:
    got = between_sections(traffic(("a", 0, 1000, 10_000, 1_000), ("b", 3000, 4000, 14_000, 1_400)))
    assert got[["counter", "from_m", "to_m"]].drop_duplicates().to_numpy().tolist() == [["a|b", 1000, 3000]]
    assert got.set_index("vehicle_class")["aadt"].to_dict() == {"31": 12_000, "42": 1_200}
    assert set(got["quality"]) == {"estimated"}
    assert set(got["method"]) == {BALANCED}
    assert set(got["run"]) == {"r"}


def test_sections_that_meet_leave_nothing_between() -> None:
    assert between_sections(traffic(("a", 0, 1000, 1, 1), ("b", 1000, 4000, 1, 1))).empty
    # a long counter over a short one: what it covers is counted
    assert between_sections(traffic(("a", 0, 5000, 1, 1), ("b", 1000, 2000, 1, 1), ("c", 5000, 6000, 1, 1))).empty


def test_nothing_is_said_beyond_the_last_section_or_of_other_roads() -> None:
    a, b = traffic(("a", 0, 1000, 9, 1)), traffic(("b", 3000, 4000, 9, 1))
    assert between_sections(a).empty
    assert between_sections(pd.concat([a, b.assign(direction="N")])).empty
    assert between_sections(pd.concat([a, b.assign(year=2022)])).empty


def test_long_gaps_great_differences_and_other_classes_stay_missing() -> None:
    near = ("a", 0, 1000, 10_000.0, 1_000.0)
    assert between_sections(traffic(near, ("b", 30_000, 31_000, 10_000, 1_000))).empty
    assert between_sections(traffic(near, ("b", 3000, 4000, 30_000, 1_000))).empty
    assert between_sections(traffic(near, ("b", 3000, 4000, 10_000, float("nan")))).empty


def test_of_no_counts_comes_nothing() -> None:
    assert between_sections(traffic()).empty
