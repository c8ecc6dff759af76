"""Layers by ground-penetrating radar: thickness calibrated by cores; what cannot be is flagged and not used (T21)."""

from __future__ import annotations

import pandas as pd

from ingest.columns import text_of
from ingest.fault_list import Marks
from ingest.package import shown
from ingest.readers.performance import with_date
from ingest.readers.reading import Context, Reading, joined
from ingest.readers.records import rows_of
from pavement.errors import SurveyError
from pavement.measures.radar_layers import calibrated, core_thickness, radar_faults
from pavement.schema import schema

_LAYERS = ["route", "direction", "lane", "from_m", "to_m", "layer", "kind", "material", "thickness_mm"]
_CURES = {
    "a core disagrees": "Pick the layer again near the core, or check number and place of the core.",
    "layers cross or leave a gap": "Each layer must begin where the one above it ends, the first at 0 mm.",
    "the thickness is zero or negative": "Check top and bottom, or the travel time within the layer.",
    "no thickness and no permittivity": "Give top_mm and bottom_mm, or travel_time_ns with permittivity or cores.",
    "another layer here is flagged": "Correct that one: a stack is used whole or not at all.",
}


def read(context: Context) -> Reading:
    """Return all radar layers with their flags, and as ``layers`` those without one."""
    file = context.one("file")
    name = shown(file.name)
    good, faults = rows_of(file, "gpr", context, change=_with_kinds)
    if good.empty:
        return Reading({"gpr": good.drop(columns="_row"), "layers": _as_layers(good)}, faults)
    cores = context.known("cores")
    good = calibrated(good, cores)
    reasons = radar_faults(good, cores)
    marks = Marks(good, file=name)
    nameless = good["kind"].fillna("") == ""
    marks.add(
        nameless,
        "kind",
        "required",
        "Layer {value} has no kind.",
        'Give the column kind, or options = { kinds = ["asphalt", "granular_base"] } by number of the layer.',
        good["layer"].astype(str),
    )
    message = "This layer is not used for structure: " + reasons + _beside(good, cores, reasons) + "."
    marks.add(reasons != "", "thickness_mm", "layer", message, reasons.map(lambda reason: _CURES.get(reason, "")))
    if not context.verified:
        good = good.assign(quality="unverified")
    kept = good.assign(flag=reasons.where(reasons != "", nameless.map({True: "no kind", False: ""})))
    return Reading(
        {"gpr": kept.drop(columns="_row"), "layers": _as_layers(good[~marks.any])}, joined(faults, marks.frame())
    )


def _beside(layers: pd.DataFrame, cores: pd.DataFrame, reasons: pd.Series) -> pd.Series:
    """Return the two thicknesses where a core disagrees, empty text elsewhere."""
    core = core_thickness(layers, cores)
    said = layers["thickness_mm"].map(", {:.0f} mm by radar".format) + core.map(" and {:.0f} mm in the core".format)
    return said.where(reasons == "a core disagrees", "")


def _with_kinds(frame: pd.DataFrame, context: Context, file: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return rows with the survey's date, and the kind of each layer by its number where the column is empty."""
    frame, none = with_date(frame, context, file)
    kinds = context.data.options.get("kinds", [])
    if not isinstance(kinds, list) or not all(isinstance(k, str) for k in kinds):
        raise SurveyError(f"{file}: options.kinds is no list of kinds.", cure='Write kinds = ["asphalt", "subbase"].')
    by_number = {str(number): kind for number, kind in enumerate(kinds, start=1)}
    written = text_of(frame, "kind")
    return frame.assign(
        kind=written.where(written != "", text_of(frame, "layer").map(lambda n: by_number.get(n, "")))
    ), none


def _as_layers(rows: pd.DataFrame) -> pd.DataFrame:
    """Return radar layers as rows of the table ``layers``."""
    return rows.reindex(columns=[*_LAYERS, "surveyed_on", "method", "quality"]).reindex(columns=schema("layers").index)
