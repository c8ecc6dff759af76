"""Distress and repair records with their photos."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import pandas as pd

from ingest.columns import text_of
from ingest.fault_list import Marks
from ingest.package import PackageFile, shown
from ingest.position import located
from ingest.readers.reading import Context, Reading, joined
from ingest.readers.records import cells_of, checked
from pavement.errors import Fault, ImageError

_PHOTOS = ("photo", "repair_photo")
_PLACES = {"location", "chainage", "measure_m", "x"}
# a day, with the last day of some days when there is one; a month alone is no day and stays in the words
_DAY = r"(?:民國\s*)?(?:\d{2,4}\s*[./\-年]\s*\d{1,2}\s*[./\-月]\s*\d{1,2}(?!\d)\s*日?|\d{7,8}(?!\d))"
_UNTIL = rf"\s*[~\uff5e\u2013至到-]\s*{_DAY}"
_PLANNED = rf"^\s*(?:(?P<planned_on>{_DAY})(?P<until>{_UNTIL})?)?[\s,，、;；]*(?P<planned_method>.*?)\s*$"


def read(context: Context) -> Reading:
    """
    Return distress records; their photos become objects without EXIF, named by hash in the record.

    A photo that is missing or damaged is a fault; its record stays.
    """
    file = context.one("file")
    name = shown(file.name)
    frame, listed = cells_of(file, "distress", context)
    frame = _as_fields(frame)
    placed, lost = located(
        frame, network=context.located_network(), crs=context.manifest.crs, span="place", lane="optional", file=name
    )
    good, faults = checked(placed, "distress", lost, context, file=name)
    good, order = _in_order(good, file=name)
    good, objects, missing = _with_photos(good, context, file=name)
    return Reading({"distress": good.drop(columns="_row")}, joined(listed, lost, faults, order, missing), objects)


def _as_fields(frame: pd.DataFrame) -> pd.DataFrame:
    """Return records with the position also as a place when nothing else says where, and plan and date apart."""
    if "position" in frame and not _PLACES & set(frame.columns):
        frame = frame.assign(location=frame["position"])
    elif "location" in frame and "position" not in frame:
        frame = frame.assign(position=frame["location"])
    if "planned" in frame:
        parts = text_of(frame, "planned").str.extract(_PLANNED).fillna("")
        until = parts.pop("until").str.rstrip()
        # days from one to another: the first is the date, both stay readable in the words
        days = " (" + parts["planned_on"].str.rstrip() + until + ")"
        parts["planned_method"] += days.where(until != "", "")
        frame = frame.drop(columns="planned").assign(**{c: parts[c] for c in parts if c not in frame})
    return frame


def _in_order(frame: pd.DataFrame, *, file: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    marks = Marks(frame, file=file)
    early = frame["repaired_on"] < frame["reported_on"]
    days = frame["repaired_on"].astype(str)
    marks.add(early, "repaired_on", "order", "Repaired {value}, before it was reported.", "Check both dates.", days)
    return frame[~marks.any].reset_index(drop=True), marks.frame()


def _with_photos(
    frame: pd.DataFrame, context: Context, *, file: str
) -> tuple[pd.DataFrame, dict[str, bytes], list[Fault]]:
    photos = _by_name(context.files.get("photos", []))
    objects: dict[str, bytes] = {}
    faults: list[Fault] = []
    columns: dict[str, list[str]] = {}
    for column in _PHOTOS:
        hashes = []
        for row, named in zip(frame["_row"], frame[column], strict=True):
            content = _content(str(named), photos, row, column, faults, file=file) if named else None
            digest = hashlib.sha256(content).hexdigest() if content else ""
            if content:
                objects[digest] = content
            hashes.append(digest)
        columns[column] = hashes
    return frame.assign(**columns), objects, faults


def _by_name(photos: Sequence[PackageFile]) -> dict[str, list[PackageFile]]:
    """Return the photos that each name may mean: the whole path, or any end of it that begins after a slash."""
    found: dict[str, list[PackageFile]] = {}
    for photo in photos:
        parts = photo.name.split("/")
        for at in range(len(parts)):
            found.setdefault("/".join(parts[at:]), []).append(photo)
    # a whole path means the one file of that name
    return found | {photo.name: [photo] for photo in photos}


def _content(
    named: str, photos: dict[str, list[PackageFile]], row: int, column: str, faults: list[Fault], *, file: str
) -> bytes | None:
    """Return a photo as upright JPEG without EXIF, or list why there is none."""
    from ingest.imagery.frames import strip_exif

    found = photos.get(named, [])
    message, cure = (
        f"{shown(named)} is not among the photos of the package.",
        'Add it, and name it in the manifest: photos = "photos/*.jpg".',
    )
    if len(found) > 1:
        message = f"{shown(named)} is the name of {len(found)} photos of the package."
        cure = f"Write the folder too, such as {shown(found[0].name)}."
    elif found:
        try:
            return strip_exif(found[0].path.read_bytes(), name=shown(named))
        except ImageError as error:
            message, cure = error.message, "Send this photo again as JPEG or PNG."
    faults.append(Fault(file, int(row), column, shown(named), "photo", message, cure))
    return None
