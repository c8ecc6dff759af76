"""Records: sheets whose rows become rows of the table of the same name."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pandas as pd

from ingest.columns import OWN_ID, columns, in_table_units, text_of, unused_fault
from ingest.fault_list import Marks
from ingest.formats import limit
from ingest.manifest import Data
from ingest.package import PackageFile, shown
from ingest.position import LaneRule, Span, located
from ingest.readers.months import whole_months
from ingest.readers.reading import Context, Reading, date_faults, joined
from ingest.readers.sections import centres
from ingest.readers.wordings import UNTOLD, treatments
from ingest.sheets import sheet
from pavement.errors import Fault
from pavement.schema import check, measures, read_table, schema

Change = Callable[[pd.DataFrame, Context, str], tuple[pd.DataFrame, pd.DataFrame]]
# columns of distress records that the agency fills in after the report
_FILLED_LATER = (
    *("planned", "planned_on", "planned_method", "repaired_on"),
    *("contractor", "repair_method", "repair_note", "repair_photo"),
)
_PLACE = ("route", "direction", "lane", "from_m", "to_m", "measure_m")


def cells_of(
    file: PackageFile, table: str, context: Context, *, data: Data | None = None
) -> tuple[pd.DataFrame, list[Fault]]:
    """Return a sheet under the columns and in the units of a table, with ``_row``, and what is wrong with it."""
    data = context.data if data is None else data
    name = shown(file.name)
    written = sheet(file, data, settings=context.settings)
    found = columns(written, table, data, file=name)
    faults = written.faults + unused_fault(found.unused, file=name)
    frame, months = whole_months(_with_id(in_table_units(found, table, data, file=name), table), table, file=name)
    return frame, faults + months


def _with_id(frame: pd.DataFrame, table: str) -> pd.DataFrame:
    """
    Return records with an id where the agency's sheet has none: the start of the hash of what the row says.

    What is filled in later (the repair of a distress) is left out, so that the record is known again in the next
    export; rows that say the same are counted.
    """
    column = OWN_ID.get(table)
    if column is None or column in frame:
        return frame
    later = [c for c in ("_row", *_FILLED_LATER) if c in frame]
    if frame.empty:  # joining the cells of no row gives a frame, not a column
        return frame.assign(**{column: pd.Series(dtype="str")})
    # an empty cell of a workbook is no text: it says the same as an empty one of a CSV sheet
    cells = frame.drop(columns=later).astype(object)
    says = cells.where(cells.notna(), "").map(str).agg("\x1f".join, axis=1)
    nth = says.groupby(says).cumcount().astype(str).where(says.duplicated(), "")
    return frame.assign(**{column: [hashlib.sha256(text.encode()).hexdigest()[:12] for text in says + nth]})


def rows_of(
    file: PackageFile, table: str, context: Context, *, change: Change | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Return the good rows of a sheet, located and typed, with ``_row``, and all faults.

    Parameters
    ----------
    file
        Sheet.
    table
        Table whose rows these are; its columns decide how a place is given.
    change
        Applied to the located text cells before they are checked; gives the frame and further faults.
    """
    name = shown(file.name)
    frame, listed = cells_of(file, table, context)
    span, lane = place_rule(table)
    placed, lost = located(
        frame, network=context.located_network(), crs=context.manifest.crs, span=span, lane=lane, file=name
    )
    more = joined([])
    if change is not None:
        placed, more = change(placed, context, name)
    good, faults = checked(placed, table, lost, context, file=name)
    return good, joined(listed, lost, more, faults)


def place_rule(table: str) -> tuple[Span, LaneRule]:
    """Return how a table says where: as a stretch or a place, and whether a lane is needed."""
    spec = schema(table)
    span: Span = "stretch" if "from_m" in spec.index else "place"
    if "lane" not in spec.index:
        return span, "none"
    return span, "required" if spec.loc["lane", "required"] == "yes" else "optional"


def checked(
    frame: pd.DataFrame, table: str, lost: pd.DataFrame, context: Context, *, file: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return typed rows with ``_row`` that have a place and no fault, and the faults that are not told in `lost`."""
    good, faults = check(frame, table, file=file)
    told = faults["column"].isin(_PLACE) & faults["row"].isin(lost["row"])
    rows = frame.loc[good.index, "_row"]
    good = good.assign(_row=rows)[~rows.isin(lost["row"].dropna().astype("int64")).to_numpy()]
    good, late = date_faults(good, table, today=context.today, file=file)
    return good.reset_index(drop=True), joined(faults[~told], late)


def read(context: Context) -> Reading:
    """Return the rows of a layers, works, sections or references sheet."""
    change = {"works": _works, "sections": _sections, "references": _references}.get(context.data.kind)
    table = context.data.kind
    file = context.one("file")
    good, faults = rows_of(file, table, context, change=change)
    told = [*_untold(good, file=shown(file.name)), *_thin(good, file=shown(file.name))] if table == "works" else []
    return Reading({table: good.drop(columns="_row")}, joined(faults, told))


def _works(frame: pd.DataFrame, _: Context, file: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    return treatments(frame, file=file)


def _untold(works: pd.DataFrame, *, file: str) -> list[Fault]:
    """Return what the records of works do not say, and what follows from it."""
    undated, untold = int(works["completed_on"].isna().sum()), int((works["treatment"] == UNTOLD).sum())
    found = []
    if undated:
        message = f"Works without a day of completion: {undated:,}. They are shown, but no age counts from them."
        cure = "Give completed_on (完工日期); a year is not enough to tell surveys before from those after."
        found.append(Fault(file, None, "completed_on", "", "not recorded", message, cure))
    if untold:
        message = f"Works that do not say how they were done: {untold:,}. They count as resurfacing."
        found.append(
            Fault(file, None, "treatment", "", "not recorded", message, "Give treatment (工法) if it is known.")
        )
    return found


def _thin(works: pd.DataFrame, *, file: str) -> list[Fault]:
    """Return a note on each work that paves thinner than asphalt is laid: its thickness may be written in [cm]."""
    if works.empty:
        return []
    rows = read_table("treatments")
    paves = rows.loc[(rows["pave_mm"].astype(float) > 0) | (rows["planned"] == "no"), "treatment"]
    thick = works["thickness_mm"].astype(float)
    least = limit("paved_thin")
    thin = works["treatment"].isin(paves) & (thick > 0) & (thick < least)
    cure = 'If it is {cm:g} cm, write {mm:g}, or say units = {{ thickness_mm = "cm" }} for the sheet.'
    return [
        Fault(
            file, int(row), "thickness_mm", f"{given:g}", "doubtful",
            f"A paved thickness of {given:g} mm is under {least:g} mm: no course of asphalt is laid so thin.",
            cure.format(cm=given, mm=10 * given),
        )
        for row, given in zip(works.loc[thin, "_row"], thick[thin], strict=True)
    ]  # fmt: skip


def _references(frame: pd.DataFrame, _: Context, file: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    marks = Marks(frame, file=file)
    kind = text_of(frame, "kind")
    known = ", ".join(measures().index)
    marks.add(
        ~kind.isin(measures().index), "kind", "unknown kind", "Kind {value!r} is not known.", f"Kinds: {known}.", kind
    )
    return frame[~marks.any], marks.frame()


def _sections(frame: pd.DataFrame, context: Context, file: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    return centres(frame, context, file)
