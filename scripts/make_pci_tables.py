"""Make the deduct tables of the pavement condition index from readings of the charts: rarely needed."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from pavement.condition.pci_curves import cleaned_corrections, cleaned_deducts

TABLES = Path(__file__).resolve().parents[1] / "pavement" / "tables"


def main(readings: Path) -> None:
    """Write both tables from the folder that holds deduct_points.csv and corrected_deduct_points.csv."""
    deducts = cleaned_deducts(pd.read_csv(readings / "deduct_points.csv"))
    deducts.to_csv(TABLES / "pci_deducts.csv", index=False, lineterminator="\n")
    corrections = cleaned_corrections(pd.read_csv(readings / "corrected_deduct_points.csv"))
    corrections.to_csv(TABLES / "pci_corrections.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
