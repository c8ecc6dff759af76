"""The agency's words for treatments and vehicle classes, mapped to ids through tables."""

from __future__ import annotations

import re
import unicodedata
from importlib.resources import files

import pandas as pd

from ingest.columns import text_of
from ingest.fault_list import Marks
from ingest.formats import format_table
from pavement.schema import read_table

# a work whose record does not say how it was done
UNTOLD = "resurfacing"


def _plain(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold()


def treatment_ids() -> set[str]:
    """Return the ids of the treatment table, with ``construction``."""
    # the table belongs to planning: without it the ids of the wordings are what is known
    known = set(format_table("treatments")["treatment"])
    if files("pavement").joinpath("tables/treatments.csv").is_file():
        known = set(read_table("treatments")["treatment"].astype(str))
    return known | {"construction"}


def treatments(frame: pd.DataFrame, *, file: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Return works with treatment ids instead of the agency's wording; unknown wordings are faults (T15).

    The present system records a thickness, a kind and a material but no method: where none is given the kind is taken
    if it is a wording of one, else :data:`UNTOLD`.
    """
    words = format_table("treatments")
    known = {_plain(i): i for i in treatment_ids()}
    known |= {_plain(w): t for w, t in zip(words["wording"], words["treatment"], strict=True) if t in treatment_ids()}
    names = read_table("treatments")
    known |= {_plain(w): t for c in ("zh", "en") for w, t in zip(names[c], names["treatment"], strict=True)}
    told = text_of(frame, "treatment")
    by_kind = text_of(frame, "kind").map(lambda k: known.get(_plain(k), UNTOLD))
    return _mapped(
        frame, "treatment", told.where(told != "", by_kind), known, "ingest/formats/treatments.csv", file=file
    )


def vehicle_classes(frame: pd.DataFrame, *, file: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return traffic with the classes of ``tables/truck_factors.csv``; unknown classes are faults (T15)."""
    if "vehicle_class" not in frame:
        return frame, Marks(frame, file=file).frame()
    classes = read_table("truck_factors").astype({"vehicle_class": str})
    ids = classes["vehicle_class"].str.removesuffix(".0")
    known: dict[str, str] = {}
    for column in ("vehicle_class", "zh", "en"):
        known |= {_plain(str(w).removesuffix(".0")): i for w, i in zip(classes[column], ids, strict=True)}
    written = text_of(frame, "vehicle_class")
    return _mapped(frame, "vehicle_class", written, known, "pavement/tables/truck_factors.csv", file=file)


def _mapped(
    frame: pd.DataFrame, column: str, written: pd.Series, known: dict[str, str], source: str, *, file: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    ids = written.map({t: known.get(_plain(t)) for t in written.unique()})
    marks = Marks(frame, file=file)
    unknown = ids.isna() & (written != "")
    cure = (
        f"Write one of {', '.join(sorted(set(known.values())))}, or ask whoever maintains the system to add the "
        f"wording to {source}; the other records go on without it."
    )
    marks.add(unknown, column, f"unknown {column}", f"{column} {{value!r}} is not known.", cure, written)
    # an empty cell stands for a row that is already told of: no second fault
    return frame.assign(**{column: ids.fillna("")})[~marks.any], marks.frame()
