"""Performance tests of the agency's records: IRI, PRQI, AARI, SN and ISM of stretches."""

from __future__ import annotations

import pandas as pd

from ingest.package import shown
from ingest.readers.reading import Context, Reading, events_frame, joined, plausible_events
from ingest.readers.records import rows_of
from pavement.errors import Fault
from pavement.store.record_exports import RECORD_METHOD

KINDS = ("iri", "prqi", "aari", "friction_sn", "ism")


def read(context: Context) -> Reading:
    """Return one event for each filled value of a performance sheet, of quality ``recorded``."""
    file = context.one("file")
    name = shown(file.name)
    good, faults = rows_of(file, "performance", context, change=with_date)
    empty = good[good[list(KINDS)].isna().all(axis=1)]
    message = "None of IRI, PRQI, AARI, SN and ISM is filled."
    nothing = [Fault(name, int(r), "", "", "no value", message, "Fill one in or drop the row.") for r in empty["_row"]]
    events = pd.concat(
        [
            events_frame(
                good,
                kind,
                good[kind],
                method=str(context.data.options.get("method", RECORD_METHOD)),
                quality=context.quality("recorded"),
                surveyed_on=good["surveyed_on"],
            )
            for kind in KINDS
        ],
        ignore_index=True,
    )
    fine, odd = plausible_events(events, works=context.known("works"), today=context.today, file=name)
    return Reading({"events": fine}, joined(faults, nothing, odd))


def with_date(frame: pd.DataFrame, context: Context, file: str) -> tuple[pd.DataFrame, pd.DataFrame]:  # noqa: ARG001
    """Return the frame with the survey's date where the sheet has no column for one."""
    if "surveyed_on" not in frame:
        frame = frame.assign(surveyed_on=context.survey_date)
    return frame, joined([])
