"""Events as a sheet: kind and value on stretches, from any system that has already measured."""

from __future__ import annotations

import pandas as pd

from ingest.columns import columns, refuse_other_unit, text_of, unused_fault
from ingest.package import shown
from ingest.position import located
from ingest.readers.performance import with_date
from ingest.readers.reading import Context, Reading, joined, plausible_events
from ingest.readers.records import checked
from ingest.sheets import sheet
from pavement.errors import UnitError
from pavement.schema import measures
from pavement.units import convert


def read(context: Context) -> Reading:
    """Return the rows of an events sheet, each value in the unit of its kind."""
    file = context.one("file")
    name = shown(file.name)
    written = sheet(file, context.data, settings=context.settings)
    found = columns(written, "events", context.data, file=name)
    placed, lost = located(
        found.frame,
        network=context.located_network(),
        crs=context.manifest.crs,
        span="stretch",
        lane="optional",
        file=name,
    )
    placed, _ = with_date(placed, context, name)
    quality = text_of(placed, "quality")
    given = quality.where(quality != "", "recorded") if context.verified else "unverified"
    good, faults = checked(placed.assign(quality=given), "events", lost, context, file=name)
    good = _in_units(good, context, file=name)
    fine, odd = plausible_events(good, works=context.known("works"), today=context.today, file=name)
    return Reading({"events": fine}, joined(written.faults, unused_fault(found.unused, file=name), lost, faults, odd))


def _in_units(events: pd.DataFrame, context: Context, *, file: str) -> pd.DataFrame:
    """Return events with values converted from the units that the manifest gives by kind."""
    kinds = measures()
    value = events["value"].astype(float).copy()
    for kind, group in events.groupby("kind"):
        if kind not in kinds.index:
            continue
        target, source = str(kinds.loc[kind, "unit"]), context.data.units.get(str(kind), "")
        if not source:
            refuse_other_unit(group["value"], str(kind), target, file=file)
            continue
        try:
            value.loc[group.index] = convert(group["value"].astype(float), source=source, target=target)
        except UnitError as error:
            raise UnitError(f"{file}: {kind} in {source}: {error.message}", cure=error.cure) from error
    return events.assign(value=value)
