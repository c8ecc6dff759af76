"""Records that are in force already under another survey: sent again they are not doubled (T14)."""

from __future__ import annotations

import pandas as pd

from ingest.columns import OWN_ID
from ingest.fault_list import Marks
from ingest.formats import limit
from pavement.errors import Fault, fault_frame
from pavement.schema import record_keys, schema

SENT_AGAIN = "known"


def known_records(
    rows: pd.DataFrame, table: str, in_force: pd.DataFrame, *, file: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Return records of a package that may be published beside those in force, and what is to be told of them.

    Parameters
    ----------
    rows, in_force
        Records of the table `table` of the package, and those published under other surveys.
    file
        Name shown in faults.

    Returns
    -------
    rows
        Without records whose id stands in force for another place: ids of two systems that clash.
    faults
        Those; and one note of how many records are in force already, and of how many of them differ: readers see
        the later ones.
    """
    keys, number = record_keys(table), OWN_ID.get(table)
    if rows.empty or in_force.empty or not keys:
        return rows, fault_frame([])
    marks = Marks(rows.assign(_row=pd.NA), file=file)
    if number is not None:
        ids = [number]
        clash = (_among(rows, in_force, ids) & ~_among(rows, in_force, keys)) | _elsewhere(rows, in_force, keys)
        cure = "Give the records of each system ids of their own, such as a prefix."
        message = f"{table} {{value}} is in force for another place."
        marks.add(clash, number, "duplicate", message, cure, rows[number])
    kept = rows[~marks.any].reset_index(drop=True)
    again = kept[_among(kept, in_force, keys)]
    if again.empty:
        return kept, marks.frame()
    told = _sent_again(again, table, in_force, file=file)
    return kept, pd.concat([marks.frame(), told], ignore_index=True)


def _sent_again(again: pd.DataFrame, table: str, in_force: pd.DataFrame, *, file: str) -> pd.DataFrame:
    columns = [c for c in schema(table).index if c in again and c in in_force]
    same = _among(again, in_force, columns)
    message = (
        f"{len(again):,} of these records of {table} are in force from another survey; "
        f"{int((~same).sum()):,} of them differ."
    )
    cure = "Nothing to do: none is doubled, and where they differ these later ones stand."
    return fault_frame([Fault(file, None, "", "", SENT_AGAIN, message, cure)])


def _elsewhere(rows: pd.DataFrame, in_force: pd.DataFrame, keys: list[str]) -> pd.Series:
    """Return whether each row lies apart from the record of the same key that is in force."""
    ends = [c for c in ("from_m", "to_m", "measure_m") if c in rows and c not in keys]
    if not ends:
        return pd.Series(False, index=rows.index)
    last = in_force.drop_duplicates(keys, keep="last")[[*keys, *ends]]
    both = rows[[*keys, *ends]].merge(last, on=keys, how="left", suffixes=("", "_known")).set_axis(rows.index)
    if "measure_m" in ends:
        return (both["measure_m"] - both["measure_m_known"]).abs() > limit("same_record")
    return (both["from_m"] >= both["to_m_known"]) | (both["to_m"] <= both["from_m_known"])


def _among(rows: pd.DataFrame, others: pd.DataFrame, columns: list[str]) -> pd.Series:
    """Return whether each row is among others, compared as text in some columns."""
    mine, theirs = (pd.MultiIndex.from_frame(f[columns].astype("string").fillna("")) for f in (rows, others))
    return pd.Series(mine.isin(theirs), index=rows.index)
