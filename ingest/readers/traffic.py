"""Traffic counts: AADT by class of a counter, with counts that cannot be as they say (T22)."""

from __future__ import annotations

import pandas as pd

from ingest.fault_list import NONE, Marks
from ingest.package import shown
from ingest.readers.reading import Context, Reading, joined
from ingest.readers.records import rows_of
from ingest.readers.wordings import vehicle_classes
from pavement.measures.limits import limit
from pavement.measures.traffic import impossible_counts, twice_counted

_COUNT = ["counter", "direction", "year"]


def read(context: Context) -> Reading:
    """Return the counts of a traffic sheet: too many trucks are refused, a stretch counted twice is told of."""
    file = context.one("file")
    good, faults = rows_of(file, "traffic", context, change=lambda f, _, name: vehicle_classes(f, file=name))
    kept, doubted = _believable(good, file=shown(file.name))
    return Reading({"traffic": kept.drop(columns="_row")}, joined(faults, doubted, _twice(kept, file=shown(file.name))))


def _believable(counts: pd.DataFrame, *, file: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    found = counts[_COUNT].merge(impossible_counts(counts), on=_COUNT, how="left")
    wrong = found["share"].notna().set_axis(counts.index)
    said = found["share"].map("{:.0%} of ".format) + found["total"].map("{:,.0f} vehicles a day".format)
    marks = Marks(counts, file=file)
    most = f"{limit('heavy_share_max'):.0%}"
    cure = f"Give all classes of the counter, the light ones too; heavy vehicles are at most {most}."
    message = "The counter has {value} heavy in this year."
    marks.add(wrong, "aadt", "traffic share", message, cure, said.set_axis(counts.index))
    return counts[~wrong].reset_index(drop=True), marks.frame()


def _twice(counts: pd.DataFrame, *, file: str) -> pd.DataFrame:
    found = twice_counted(counts)
    if found.empty:
        return NONE
    marks = Marks(found, file=file)
    said = found["counter"] + " + " + found["other"].astype(str) + " = " + found["sum"].map("{:,.0f}".format)
    cure = "Both are kept and averaged by length, never added up; end one stretch where the other begins."
    message = "Two counters cover one stretch in one year and class: {value} vehicles a day."
    marks.add(pd.Series(True, index=found.index), "counter", "doubtful", message, cure, said)
    return marks.frame()
