"""Reports matched with what frames show, as a file."""

from __future__ import annotations

from pathlib import Path

from pavement.errors import StoreError
from pavement.schema import labels
from pavement.store import exports, reports, segments
from pavement.store.database import Store
from pavement.store.files import write_csv, write_xlsx


def link_export(store: Store, out: Path, *, language: str = "zh_TW") -> Path:
    """
    Write the findings that reports may mean, rows of table ``distress_links``; the suffix decides between csv and xlsx.

    Raises
    ------
    StoreError
        No report is matched with a finding, or another suffix.
    """
    suffix = out.suffix.lower()
    if suffix not in (".csv", ".xlsx"):
        raise StoreError(f"{out.name}: links go into .csv or .xlsx.", cure="Name a file that ends in one of them.")
    version, rows = segments.of_one_version(store, reports.links)
    if rows.empty:
        raise StoreError("No report is matched with a finding.", cure="See tables/report_matching.csv.")
    notes = exports.basis(store) | {"data version": version}
    sheet = rows.rename(columns=labels("distress_links", language=language))
    if suffix == ".csv":
        return write_csv(sheet, out, notes=notes)
    return write_xlsx(sheet, out, notes=notes, title="通報對應" if language.startswith("zh") else "Links")
