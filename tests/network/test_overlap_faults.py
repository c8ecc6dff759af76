"""What a table of overlaps may not say."""

import pandas as pd
import pytest

from pavement.network.overlap_faults import overlap_faults, turned
from tests.network.test_route_overlaps import COLUMNS

LIMITS = pd.DataFrame(
    [("N1", "S", 10000.0, 12000.0, 1), ("N3", "S", 0.0, 5000.0, 1), ("N5", "N", 0.0, 3000.0, -1)],
    columns=["route", "direction", "from_m", "to_m", "sense"],
)
GOOD = ("N3", "S", 1000, 2000, "N1", "S", 10500, 11510, "")


def faults(*rows) -> list[list]:
    table = pd.DataFrame(rows, columns=COLUMNS)
    return overlap_faults(table, LIMITS, length_error=0.02)[["row", "rule"]].to_numpy().tolist()


def changed(**columns):
    return tuple((dict(zip(COLUMNS, GOOD, strict=True)) | columns).values())


def test_a_sound_table_has_no_fault() -> None:
    assert faults(GOOD, ("N3", "S", 2000, 2500, "N5", "N", 100, 600, "yes")) == []
    assert faults() == []


@pytest.mark.parametrize(
    ("columns", "rule"),
    [
        ({"to_m": 1000}, "order"),
        ({"main_from_m": 11600}, "order"),
        ({"main_route": "N3", "main_from_m": 3000, "main_to_m": 4000}, "same route"),
        ({"to_m": 5002, "from_m": 4002}, "beyond the route"),
        ({"main_to_m": 12100, "main_from_m": 11100}, "beyond the route"),
        ({"main_to_m": 11521}, "length"),
        ({"turned": "yes"}, "turned"),
    ],
)
def test_each_fault_is_told_by_its_rule(columns, rule) -> None:
    assert faults(changed(**columns)) == [[0, rule]]


def test_overlaps_of_one_route_may_touch_and_not_overlap() -> None:
    second = changed(from_m=2000, to_m=2400, main_from_m=10000, main_to_m=10400)
    assert faults(GOOD, second) == []
    assert faults(GOOD, changed(from_m=1900, to_m=2300, main_from_m=10000, main_to_m=10400)) == [[1, "overlap"]]


def test_a_main_route_that_is_overlapped_there_makes_a_chain() -> None:
    onto_three = ("N5", "N", 500, 900, "N3", "S", 1500, 1900, "")
    assert faults(GOOD, onto_three) == [[1, "chain"]]
    beside_it = ("N5", "N", 500, 900, "N3", "S", 2000, 2400, "")
    assert faults(GOOD, beside_it) == []


def test_senses_tell_whether_measures_run_against_each_other() -> None:
    table = pd.DataFrame([GOOD, ("N3", "S", 2000, 2500, "N5", "N", 100, 600, "")], columns=COLUMNS)
    assert turned(table, LIMITS).tolist() == ["no", "yes"]
