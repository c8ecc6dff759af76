"""Distress surveys of sample units, distress by distress: one PCI a unit."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ingest.fault_list import Marks
from ingest.package import shown
from ingest.readers.performance import with_date
from ingest.readers.reading import Context, Reading, events_frame, joined, plausible_events
from ingest.readers.records import rows_of
from pavement.condition.pci import FULL_SURVEY, UNKNOWN_SCOPE, deduct_rows, provenance, units_pci
from pavement.condition.pci_distresses import (
    PAVEMENTS,
    beyond_all,
    distress_names,
    known_distresses,
    severity_words,
    ungraded,
)

_UNIT = ["route", "direction", "lane", "from_m", "to_m", "surveyed_on", "pavement"]
_NAMES_CURE = "Use the names of tables/pci_distresses.csv."
_SIZE = "The sample unit has no area_m2, or of concrete no slabs."
_SLABS = "A distress is on more slabs than its unit has."
_SLABS_CURE = "Of concrete, give the number of slabs that have it; a slab counts once for each distress."
_SIZE_CURE = "Give the size of the unit in each of its rows."


def read(context: Context) -> Reading:
    """
    Return an event of kind pci for each sample unit of a sheet.

    A unit with a row that cannot be used gives no PCI: one without that distress would be too good.
    """
    file = context.one("file")
    name = shown(file.name)
    good, faults = rows_of(file, "distress_survey", context, change=_worded)
    good = good.assign(pavement=good["pavement"].where(good["pavement"] != "", PAVEMENTS[0]))
    marks = _marks(good, file=name)
    lost = pd.MultiIndex.from_frame(good.loc[marks.any, _UNIT])
    whole = good[~pd.MultiIndex.from_frame(good[_UNIT]).isin(lost)]
    parts = [_units(whole[whole["pavement"] == pavement], pavement, context) for pavement in PAVEMENTS]
    events = pd.concat(parts, ignore_index=True)
    fine, odd = plausible_events(events, works=context.known("works"), today=context.today, file=name)
    return Reading({"events": fine}, joined(faults, marks.frame(), odd))


def _worded(frame: pd.DataFrame, context: Context, file: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return rows with the day of the survey, and distresses and severities in the words of the tables."""
    dated, faults = with_date(frame, context, file)
    if "distress" in dated:
        every = pd.concat([known_distresses(pavement) for pavement in PAVEMENTS])
        dated = dated.assign(distress=distress_names(dated["distress"], every))
    return dated.assign(severity=severity_words(dated["severity"])) if "severity" in dated else dated, faults


def _marks(rows: pd.DataFrame, *, file: str) -> Marks:
    marks = Marks(rows, file=file)
    named = rows["distress"] != ""
    known = {(p, d) for p in PAVEMENTS for d in known_distresses(p).index}
    pairs = pd.Series(list(zip(rows["pavement"], rows["distress"], strict=True)), index=rows.index, dtype=object)
    marks.add(named & ~pairs.isin(known), "distress", "allowed", "{value} is no distress of its pavement.", _NAMES_CURE)
    marks.add(_sizes(rows).isna(), "area_m2", "incomplete", _SIZE, _SIZE_CURE)
    graded = {(p, d) for p in PAVEMENTS for d in known_distresses(p).index.difference(ungraded(known_distresses(p)))}
    bare = named & (rows["severity"] == "") & pairs.isin(graded)
    marks.add(bare, "severity", "incomplete", "A distress has no severity.", "Use low, medium or high.")
    concrete = rows["pavement"] == PAVEMENTS[1]
    slabs = rows.assign(unit=rows.groupby(_UNIT, sort=False).ngroup())
    marks.add(concrete & beyond_all(slabs, _sizes(rows)), "quantity", "range", _SLABS, _SLABS_CURE)
    empty = named & rows["quantity"].isna()
    marks.add(empty, "quantity", "incomplete", "A distress has no quantity.", "Give how much there is of it.")
    return marks


def _sizes(rows: pd.DataFrame) -> pd.Series:
    """Return the size of each row's unit: area of asphalt [m2], slabs of concrete [-]."""
    return rows["area_m2"].where(rows["pavement"] == PAVEMENTS[0], rows["slabs"]).astype(float)


def _units(rows: pd.DataFrame, pavement: str, context: Context) -> pd.DataFrame:
    """Return the events of the units of one pavement."""
    unit = rows.groupby(_UNIT, sort=False).ngroup()
    rows = rows.assign(unit=unit, size=_sizes(rows))
    units = rows.drop_duplicates("unit").set_index("unit")
    found = rows[(rows["distress"] != "") & (rows["quantity"] > 0)]
    deducts = deduct_rows(found, areas=units["size"], pavement=pavement)
    values = units_pci(deducts, units=units.index, pavement=pavement)
    full = context.data.options.get("full") is True
    scope = FULL_SURVEY if full else f"partial, an upper bound: {UNKNOWN_SCOPE}"
    ends = np.where(values["clamped"], "; a deduct lies at the end of its curve", "")
    return events_frame(
        units,
        "pci",
        values["pci"].to_numpy(float),
        method=pd.Series([f"{provenance()}; {scope}{end}" for end in ends], index=units.index, dtype=object),
        quality=context.quality("measured" if full else "estimated"),
        surveyed_on=units["surveyed_on"],
    )
