"""Cracks by zone, gathered onto cells; figures by hand."""

import pandas as pd
import pytest

from pavement.condition.crack_zones import cell_zones
from pavement.schema import schema

PLACE = {"route": "N1", "direction": "S", "lane": "1"}
CELLS = pd.DataFrame(
    {"cell": ["a", "b"], **{k: [v, v] for k, v in PLACE.items()}, "from_m": [0.0, 100.0], "to_m": [100.0, 200.0]}
)


def zones(*rows, run="r1", day="2024-05-01"):
    """Return rows of (from, to, zone, type, length, width)."""
    frame = pd.DataFrame(rows, columns=["from_m", "to_m", "zone", "type", "length_m", "width_mm"])
    return frame.assign(**PLACE, surveyed_on=pd.Timestamp(day), run=run, quality="measured", method="m")


def test_lengths_add_up_widths_are_weighted_and_seen_is_counted_once():
    rows = zones(
        (0, 2, "lane", "transverse", 0.0, None),
        (2, 4, "lane", "transverse", 3.0, 4.0),
        (0, 2, "wheel_path_left", "longitudinal", 1.0, 2.0),
        (2, 4, "wheel_path_left", "longitudinal", 2.0, 8.0),
        (2, 4, "between", "pattern", 0.5, None),
    )
    got = cell_zones(rows, CELLS).set_index(["zone", "type"])
    left = got.loc[("wheel_path_left", "longitudinal")]
    assert left[["length_m", "seen_m", "per_100_m", "width_mm"]].tolist() == [3.0, 4.0, 75.0, 6.0]
    assert left["severity"] == "low"
    assert got.loc[("lane", "transverse"), ["length_m", "width_mm"]].tolist() == [3.0, 4.0]
    assert pd.isna(got.loc[("between", "pattern"), "width_mm"])
    assert set(got["cell"]) == {"a"}
    assert list(got.reset_index()[schema("cell_zones").index]) == list(schema("cell_zones").index)


def test_a_stretch_over_two_cells_is_shared_by_length():
    got = cell_zones(zones((99, 103, "lane", "transverse", 4.0, 5.0)), CELLS).set_index("cell")
    assert got["length_m"].to_dict() == pytest.approx({"a": 1.0, "b": 3.0})
    assert got["per_100_m"].tolist() == pytest.approx([100.0, 100.0])


def test_the_run_that_saw_most_stands_and_years_stay_apart():
    little = zones((0, 2, "lane", "transverse", 2.0, 5.0), run="r1", day="2024-09-01")
    much = zones((0, 50, "lane", "transverse", 3.0, 5.0), run="r2", day="2024-05-01")
    later = zones((0, 2, "lane", "transverse", 4.0, 5.0), run="r3", day="2025-05-01")
    got = cell_zones(pd.concat([little, much, later], ignore_index=True), CELLS)
    assert got[["year", "run", "length_m"]].to_numpy().tolist() == [[2024, "r2", 3.0], [2025, "r3", 4.0]]


def test_nothing_gives_no_rows():
    assert cell_zones(zones(), CELLS).empty
    assert list(cell_zones(zones(), CELLS).columns) == list(schema("cell_zones").index)
