"""Traffic counts: AADT by class of a counter, with counts that cannot be as they say (T22)."""

from __future__ import annotations

import pandas as pd

from ingest.fault_list import NONE, Marks
from ingest.package import shown
from ingest.readers.reading import Context, Reading, joined
from ingest.readers.records import rows_of
from ingest.readers.wordings import vehicle_classes
from pavement.measures.limits import limit
from pavement.measures.traffic import both_directions, impossible_counts, twice_counted, wrong_shares

_COUNT = ["counter", "direction", "year"]
_STRETCH = ["route", "from_m", "to_m", "year"]


def read(context: Context) -> Reading:
    """
    Return the counts of a traffic sheet: what cannot be is refused, a stretch counted twice is told of.

    With ``options = { shares = true }`` the sheet gives the total of each counter and the share of each class.
    """
    file = context.one("file")
    name = shown(file.name)
    table = "traffic_shares" if context.data.options.get("shares") is True else "traffic"
    good, faults = rows_of(file, table, context, change=lambda f, _, name: vehicle_classes(f, file=name))
    if table == "traffic_shares":
        good, summed = _from_shares(good, file=name)
        faults = joined(faults, summed)
    once, equal = _of_one_direction(good, file=name)
    kept, doubted = _believable(once, file=name)
    return Reading({"traffic": kept.drop(columns="_row")}, joined(faults, equal, doubted, _twice(kept, file=name)))


def _from_shares(shares: pd.DataFrame, *, file: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return counts by class of totals and shares; counters whose shares do not make 100 % are refused."""
    found = shares[_COUNT].merge(wrong_shares(shares), on=_COUNT, how="left").set_axis(shares.index)
    wrong = found["sum"].notna()
    said = found["sum"].map("{:.1f} %".format)
    marks = Marks(shares, file=file)
    cure = f"Give every class once; the sum may be off by {limit('share_sum_tolerance'):g} % for rounding."
    marks.add(wrong, "share", "traffic share", "The shares of this counter and year make {value}.", cure, said)
    counts = shares.assign(aadt=shares["total"] * shares["share"] / 100, method="total and class shares")
    counts = counts.assign(coverage=float("nan"), quality="recorded").drop(columns=["total", "share"])
    return counts[~wrong].reset_index(drop=True), marks.frame()


def _of_one_direction(counts: pd.DataFrame, *, file: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return counts without those that hold the sum of both directions under each of them."""
    found = counts[_STRETCH].merge(both_directions(counts), on=_STRETCH, how="left").set_axis(counts.index)
    wrong = found["sum"].notna()
    marks = Marks(counts, file=file)
    message = "Both directions count the same in every class: {value} vehicles a day together."
    cure = "It is the sum of both directions written under each; give each direction what passed in it."
    marks.add(wrong, "aadt", "traffic share", message, cure, found["sum"].map("{:,.0f}".format))
    return counts[~wrong].reset_index(drop=True), marks.frame()


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
