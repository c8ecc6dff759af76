"""Pavement frames: images with positions, measured by the imagery room."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from zoneinfo import ZoneInfo

import pandas as pd

from ingest import clocks
from ingest.columns import columns, in_table_units, text_of, unused_fault
from ingest.imagery.frame_coverage import said
from ingest.manifest import Data
from ingest.odometer import bridged
from ingest.package import PackageFile, shown
from ingest.position import located
from ingest.readers.reading import Context, Reading, believed, joined, plausible_events
from ingest.readers.records import checked
from ingest.sheets import sheet
from pavement.errors import Fault

_QUARANTINED = re.compile(r"\b\d{6}\.(?:jpe?g|png|tiff?)\b")


def read(context: Context) -> Reading:
    """
    Return frames, findings and events of a survey's images.

    Views from above, plain and with findings drawn, become objects; the frames table names them by hash. An image
    without a position, and a position without an image, is a fault.
    """
    # decoding images is slow to import and not needed by a package of sheets
    from ingest.imagery.camera import camera_from_manifest
    from ingest.imagery.survey import quantify_frames

    camera = camera_from_manifest(context.manifest.camera)
    positions, faults, checks = _positions(context)
    images, tones = _parted({f.name: f for f in context.files.get("files", [])}, heights=camera.relief is not None)
    positions, unmatched = _matched(positions, images, context)
    if positions.empty:
        return Reading({}, joined(faults, unmatched), checks=checks)
    network = context.located_network()
    paths = {row.file: _place(images[row.file], tones) for row in positions.itertuples()}
    result = quantify_frames(
        positions.drop(columns="_row").assign(sense=_senses(positions, network.senses)),
        paths,
        camera,
        settings=context.settings,
        progress=context.progress,
        work=context.work.part(context.one("positions").name),
        cells=network.measured_cells,
    )
    events = result.events.assign(quality=context.quality("measured"))
    file = shown(context.one("positions").name)
    fine, odd = plausible_events(events, works=context.known("works"), today=context.today, file=file)
    zones, ruts = (part.assign(quality=context.quality("measured")) for part in (result.crack_zones, result.ruts))
    tables = {"frames": result.frames, "frame_coverage": result.coverage, "events": fine, "crack_zones": zones}
    tables |= {"wheel_path_ruts": believed(ruts, fine[fine["kind"] == "rut"])} if len(ruts) else {}
    named = _with_names(result.faults, positions, images)
    told = joined(faults, unmatched, named, _unusable(result.frames), _gaps(result.coverage, file), odd)
    return Reading(tables, told, result.views, {"findings": result.batches}, checks)


def _parted(images: dict[str, PackageFile], *, heights: bool) -> tuple[dict[str, PackageFile], dict[str, PackageFile]]:
    """Return frames, and by folder and stem of its range image each intensity, which has no position of its own."""
    tones = {n: f for n, f in images.items() if heights and PurePosixPath(n).parent.name == "intensity"}
    by_stem = {str(PurePosixPath(n).parent.parent / PurePosixPath(n).stem): f for n, f in tones.items()}
    return {n: f for n, f in images.items() if n not in tones}, by_stem


def _place(image: PackageFile, tones: dict[str, PackageFile]) -> Path | tuple[Path, Path]:
    own = PurePosixPath(image.name)
    tone = tones.get(str(own.parent / own.stem))
    return image.path if tone is None else (image.path, tone.path)


def _senses(positions: pd.DataFrame, senses: Mapping[tuple[str, str], int]) -> list[int]:
    ways = positions[["route", "direction"]].astype(str).itertuples(index=False, name=None)
    return [senses.get((route, direction), 1) for route, direction in ways]


def _unusable(frames: pd.DataFrame) -> list[Fault]:
    """Return a note for each frame that was kept but not judged (I5)."""
    bad = frames[~frames["usable"].astype(bool)]
    cure = "Its stretch counts as not seen; check lens and light, and survey it again if it matters."
    return [
        Fault(shown(row.file), None, "usable", row.frame, "unusable", f"{row.frame}: {row.reason}; not judged.", cure)
        for row in bad.itertuples()
    ]


def _gaps(coverage: pd.DataFrame, file: str) -> list[Fault]:
    """Return a note for each lane whose frames leave gaps or were given twice (I11)."""
    cure = "Each place is counted once; the table is on the page of the run. Survey the gaps again if they matter."
    return [Fault(file, None, "measure_m", "", "coverage", sentence, cure) for sentence in said(coverage)]


def _positions(context: Context) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return usable positions, faults, and what their clocks tell of each other."""
    file = context.one("positions")
    name = shown(file.name)
    data = Data(
        "frames",
        {},
        context.data.units,
        context.data.columns,
        context.data.encoding,
        context.data.delimiter,
        context.data.options,
    )
    written = sheet(file, data, settings=context.settings)
    found = columns(written, "frames", data, file=name)
    frame = in_table_units(found, "frames", data, file=name)
    network, crs = context.located_network(), context.manifest.crs
    placed, lost = located(frame, network=network, crs=crs, span="place", lane="required", file=name, drive=True)
    placed, lost = bridged(placed, lost, file=name)
    if "frame" not in placed and "file" in placed:
        stems = text_of(placed, "file").str.rsplit("/", n=1).str[-1].str.rsplit(".", n=1).str[0]
        placed = placed.assign(frame=stems)
    for moment in [c for c in ("taken_at", clocks.FIX) if c in placed]:
        placed = placed.assign(**{moment: _with_zone(text_of(placed, moment), context)})
    good, faults = checked(placed, "frames", lost, context, file=name)
    found_by = clocks.compared(good, file=name, odometer=context.choice("odometer", clocks.WORDS))
    told = joined(written.faults, unused_fault(found.unused, file=name), lost, faults, found_by.faults)
    return found_by.places, told, found_by.checks


def _with_zone(texts: pd.Series, context: Context) -> pd.Series:
    """Return times with the manifest's zone where they carry none; without either they stay as written (D4)."""
    if not context.manifest.timezone:
        return texts
    bare = texts.str.fullmatch(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?")
    moments = pd.to_datetime(texts.where(bare), errors="coerce")
    zoned = moments.dt.tz_localize(ZoneInfo(context.manifest.timezone), ambiguous="NaT", nonexistent="NaT")
    known = bare & zoned.notna()
    return texts.where(~known, zoned.map(lambda t: "" if t is pd.NaT else t.isoformat()))


def _matched(
    positions: pd.DataFrame, images: dict[str, PackageFile], context: Context
) -> tuple[pd.DataFrame, list[Fault]]:
    """Return positions whose file is in the package under its full name, and what has no counterpart (I11)."""
    name = shown(context.data.files["positions"])
    short = {n.rsplit("/", 1)[-1]: n for n in images}
    full = positions["file"].map(lambda n: n if n in images else short.get(str(n), ""))
    absent = positions[full == ""]
    faults = [
        Fault(
            name,
            int(row),
            "file",
            shown(str(f)),
            "missing",
            f"Frame {shown(str(f))} is not usable or not in the package.",
            "Add it.",
        )
        for row, f in zip(absent["_row"], absent["file"], strict=True)
    ]
    for image in sorted(set(images) - set(full)):
        message = f"{shown(image)} has no usable position."
        faults.append(Fault(shown(image), None, "file", "", "no position", message, "Add a row to the positions."))
    return positions.assign(file=full)[full != ""].reset_index(drop=True), faults


def _with_names(faults: pd.DataFrame, positions: pd.DataFrame, images: dict[str, PackageFile]) -> pd.DataFrame:
    """Return the faults of images under the names of the package instead of those in quarantine."""
    names = {f.path.name: shown(f.name) for f in images.values()}
    rows = positions.set_index("frame")["_row"]
    message = faults["message"].map(lambda m: _QUARANTINED.sub(lambda k: names.get(k.group(), k.group()), str(m)))
    row = faults["value"].map(rows).astype("Int64") if len(faults) else faults["row"]
    return faults.assign(message=message, row=row)
