"""Cleaned curves against the readings they were made from."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pavement.condition.pci_curves import cleaned_corrections, cleaned_deducts, corrected, deduct
from pavement.schema import read_table


def test_a_wiggle_becomes_its_mean_and_a_crossing_is_lifted() -> None:
    readings = pd.DataFrame(
        {
            "pavement": "asphalt",
            "distress": "rutting",
            "severity": ["low"] * 3 + ["medium"] * 3 + ["high"] * 3,
            "density_percent": [1, 10, 100] * 3,
            "deduct": [-1, 6, 4, 3, 4, 50, 5, 20, 130],
        }
    )
    assert cleaned_deducts(readings)["deduct"].tolist() == [0, 5, 5, 3, 5, 50, 5, 20, 100]


def test_corrections_grow_with_the_total_and_fall_with_the_count() -> None:
    readings = pd.DataFrame(
        {
            "pavement": "asphalt",
            "q": [1, 1, 2, 2, 3, 3],
            "total_deduct": [30, 60, 30, 60, 30, 60],
            "corrected_deduct": [30, 60, 22, 45, 25, 40],
        }
    )
    assert cleaned_corrections(readings)["corrected_deduct"].tolist() == [30, 60, 22, 45, 22, 40]


@pytest.mark.parametrize("pavement", ["asphalt", "concrete"])
def test_stored_corrections_hold_what_they_must(pavement: str) -> None:
    totals = np.linspace(0, 250, 126)
    curves = np.array([corrected(totals, q=q, pavement=pavement) for q in range(1, 11)])
    assert (np.diff(curves, axis=1) >= 0).all()
    assert (np.diff(curves, axis=0) <= 1e-9).all()
    assert (curves <= totals + 1e-9).all()


def test_asphalt_is_read_on_a_logarithmic_axis_and_concrete_on_a_plain_one() -> None:
    low = read_table("pci_deducts").query("distress == 'alligator_cracking' and severity == 'low'")
    a, b = low.set_index("density_percent")["deduct"].loc[[10, 100]]
    kind = {"distress": "alligator_cracking", "severity": "low", "pavement": "asphalt"}
    middle = np.interp(np.log10(31.6), np.log10(low["density_percent"]), low["deduct"])
    assert deduct(31.6, **kind)[0] == pytest.approx(middle)
    assert a < middle < b
    rows = read_table("pci_deducts").query("distress == 'linear_cracking' and severity == 'high'")
    got = deduct(15.0, distress="linear_cracking", severity="high", pavement="concrete")[0]
    assert got == pytest.approx(np.interp(15, rows["density_percent"], rows["deduct"]))


@pytest.mark.real
def test_the_stored_tables_are_what_the_readings_give(shared: Path) -> None:
    folder = shared / "data/pci"
    made = cleaned_deducts(pd.read_csv(folder / "deduct_points.csv"))
    pd.testing.assert_frame_equal(read_table("pci_deducts"), made, check_dtype=False)
    made = cleaned_corrections(pd.read_csv(folder / "corrected_deduct_points.csv"))
    pd.testing.assert_frame_equal(read_table("pci_corrections"), made, check_dtype=False)


@pytest.mark.real
def test_cleaning_moves_no_reading_far(shared: Path) -> None:
    """Readings on charts are good to 2 or 3 points; those over 100 are cut to it."""
    readings = pd.read_csv(shared / "data/pci/deduct_points.csv")
    keys = ["pavement", "distress", "severity", "density_percent"]
    both = read_table("pci_deducts").merge(readings, on=keys, suffixes=("", "_read"))
    assert len(both) == len(readings)
    assert (both["deduct"] - both["deduct_read"].clip(0, 100)).abs().max() < 0.5
