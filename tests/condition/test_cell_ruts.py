"""Ruts of wheel paths gathered onto cells, each method by itself."""

import pandas as pd
import pytest

from pavement.condition.cell_ruts import COLUMNS, newest_ruts

CELLS = pd.DataFrame(
    {"cell": ["a", "b"], "route": "N1", "direction": "S", "lane": "1", "from_m": [0.0, 100.0], "to_m": [100.0, 200.0]}
)


def ruts(*rows, run="r", year=2024):
    """Return rows from, to, side, depth [mm], method."""
    frame = pd.DataFrame(rows, columns=["from_m", "to_m", "side", "rut_mm", "method"])
    place = {"route": "N1", "direction": "S", "lane": "1"}
    return frame.assign(**place, run=run, surveyed_on=pd.Timestamp(year, 3, 1), quality="measured")


def test_depths_are_means_by_length_of_one_method() -> None:
    got = newest_ruts(
        ruts((0, 30, "left", 4.0, "edge"), (30, 40, "left", 8.0, "edge"), (0, 40, "left", 20.0, "wire")), CELLS
    )
    assert got["rut_mm"].tolist() == pytest.approx([5.0, 20.0])
    assert got["seen_m"].tolist() == [40.0, 40.0]


def test_a_stretch_over_the_border_of_cells_counts_in_both_by_its_length() -> None:
    got = newest_ruts(ruts((90, 130, "right", 6.0, "edge")), CELLS).set_index("cell")
    assert got["seen_m"].to_dict() == {"a": 10.0, "b": 30.0}


def test_the_newest_survey_stands_for_each_method_and_old_ones_for_those_it_lacks() -> None:
    old = ruts((0, 100, "left", 3.0, "edge"), (0, 100, "left", 9.0, "wire"), run="old", year=2022)
    new = ruts((0, 50, "left", 5.0, "edge"), run="new")
    got = newest_ruts(pd.concat([new, old], ignore_index=True), CELLS).set_index("method")
    assert got["run"].to_dict() == {"edge": "new", "wire": "old"}
    assert got["rut_mm"].to_dict() == {"edge": 5.0, "wire": 9.0}


def test_nothing_gives_nothing() -> None:
    assert newest_ruts(ruts(), CELLS).columns.tolist() == COLUMNS
