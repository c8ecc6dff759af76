"""Results of laser crack measurement systems (Pavemetrics LCMS): XML by section, packed or not, with images."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ingest.formats import limit
from ingest.package import PackageFile, shown
from ingest.position import located
from ingest.readers.drive_place import DrivePlace, drive_place
from ingest.readers.lcms_images import images_of
from ingest.readers.lcms_sections import Section, sections
from ingest.readers.lcms_tables import LaneSections
from ingest.readers.reading import Context, Reading, believed, joined, plausible_events
from ingest.xml_files import xml_root
from pavement.errors import Fault, PavementError, SurveyError
from pavement.store.batches import Batches

SUFFIXES = (".xml", ".acdx", ".gz")


def read(context: Context) -> Reading:
    """
    Return events, cracks by zone, ruts of wheel paths, findings and frames of the sections of a survey.

    Sections lie where the distance driven puts them from the start that the options say; a section is a frame, with its
    image where there is one.
    """
    main = shown(context.data.main)
    read_in, faults = _sections(context)
    place = drive_place(context, file=main)
    read_in, unplaced = _placed(read_in, place, context, file=main)
    if not read_in:
        return Reading({}, joined(faults, unplaced))
    found = LaneSections([section for _, section in read_in], [file for file, _ in read_in], place, context)
    images, bad = images_of(
        context.files.get("images", []), found.sections, pixels_limit=int(context.settings["pixels_limit"])
    )
    frames = found.frames(images)
    seen = found.on_lane(frames, images)
    frames = frames.assign(overlay=[seen.overlays[f][0] if f in seen.overlays else "" for f in frames["frame"]])
    ruts, rutted, unknown = found.ruts()
    events = pd.concat([part for part in (seen.events, rutted, found.values()) if len(part)] or [seen.events])
    events = events[~events["kind"].isin(_left_out(context))]
    fine, odd = plausible_events(events, works=context.known("works"), today=context.today, file=main)
    tables = {"frames": frames, "events": fine, "crack_zones": seen.zones}
    tables |= {"wheel_path_ruts": believed(ruts, fine[fine["kind"] == "rut_max"])} if len(ruts) else {}
    objects = {image.digest: image.file for image in images.values()} | dict(seen.overlays.values())
    told = joined(faults, unplaced, bad, unknown, odd)
    return Reading(tables, told, objects, {"findings": Batches(lambda: iter([seen.findings]), len(seen.findings))})


def _left_out(context: Context) -> list[str]:
    """Return the kinds that another file of the survey measures better: values of one kind are averaged by length."""
    kinds = context.data.options.get("leave_out", [])
    if not isinstance(kinds, list):
        raise SurveyError(f"leave_out = {kinds!r} is no list.", cure='Write leave_out = ["iri"].')
    return [str(kind) for kind in kinds]


def _sections(context: Context) -> tuple[list[tuple[PackageFile, Section]], list[Fault]]:
    """Return the sections of all files that can be read, and what is wrong with the others."""
    files = context.files.get("files") or []
    found: list[tuple[PackageFile, Section]] = []
    faults: list[Fault] = []
    for done, file in enumerate(files, start=1):
        name = shown(file.name)
        if not file.name.lower().endswith(SUFFIXES):
            cure = f"Accepted here: {', '.join(SUFFIXES)}."
            faults.append(Fault(name, None, "", "", "format", f"{name} is not of an accepted kind.", cure))
            continue
        try:
            own = sections(xml_root(file.path, name=name, limit=int(limit("xml_size"))), name=name)
        except PavementError as error:
            faults.append(Fault(name, None, "", "", type(error).__name__, error.message, error.cure))
            continue
        for section in own:
            found.append((file, section))
            if section.unread:
                message = (
                    f"{name}: numbers that cannot be read: {len(section.unread)}; the first is {section.unread[0]!r}."
                )
                cure = "They count as missing; write a decimal point or comma and no thousands."
                faults.append(Fault(name, None, "", section.unread[0], "type", message, cure))
        context.progress(done, len(files), "sections")
    return found, faults


def _placed(
    read_in: list[tuple[PackageFile, Section]], place: DrivePlace, context: Context, *, file: str
) -> tuple[list[tuple[PackageFile, Section]], pd.DataFrame]:
    """Return the sections that lie on their lane, each place once, in the order of travel."""
    read_in = sorted(read_in, key=lambda pair: pair[1].begin_m)
    ends = np.array([[s.begin_m, s.end_m] for _, s in read_in], dtype=float).reshape(-1, 2)
    reached = np.maximum.accumulate(np.concatenate([[-np.inf], ends[:-1, 1]])) if len(ends) else np.empty(0)
    again = ends[:, 0] < reached - 1e-3
    measure = np.sort(place.measure(ends), axis=1)
    frame = pd.DataFrame(
        {"from_m": measure[:, 0].round(6), "to_m": measure[:, 1].round(6), "_row": np.arange(len(ends))}
    )
    frame = frame.assign(route=place.route, direction=place.direction, lane=place.lane)
    _, lost = located(
        frame, network=context.located_network(), crs=context.manifest.crs, span="stretch", lane="required", file=file
    )
    off = np.zeros(len(ends), dtype=bool)
    off[lost["row"].astype(int)] = True
    faults = [_named(fault, read_in) for fault in lost.to_dict("records")]
    for at in np.flatnonzero(again & ~off):
        name = shown(read_in[at][0].name)
        message = f"{name}: section {read_in[at][1].section} lies where another one of this survey was read."
        faults.append(Fault(name, None, "", "", "duplicate", message, "Give each drive its own package."))
    return [pair for at, pair in enumerate(read_in) if not (again | off)[at]], joined(faults)


def _named(fault: dict[str, object], read_in: list[tuple[PackageFile, Section]]) -> Fault:
    file, section = read_in[int(str(fault["row"]))]
    name = shown(file.name)
    said = f"{name}: section {section.section}: {fault['message']}"
    return Fault(name, None, str(fault["column"]), str(fault["value"]), str(fault["rule"]), said, str(fault["cure"]))
