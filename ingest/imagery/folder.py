"""A folder of images, quantified without a store: tables, overlays and crack masks, and nothing done twice."""

from __future__ import annotations

import functools
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from ingest.imagery.camera import Camera
from ingest.imagery.engines import engine_name
from ingest.imagery.folder_frame import folder_frame
from ingest.imagery.folder_images import folder_images, view_names
from ingest.imagery.folder_memory import Memory, changes, digest, recalled, remember, remove_former
from ingest.imagery.folder_tables import IMAGE_COLUMNS as IMAGE_COLUMNS
from ingest.imagery.folder_tables import finding_table, image_table, measure_table, zone_table
from ingest.imagery.folder_words import Done, summary
from ingest.imagery.frames import PIXELS_LIMIT
from ingest.imagery.journal import ROOM, Journal
from ingest.imagery.line_events import line_ruts
from ingest.imagery.outlines import geojson
from ingest.imagery.parameters import chosen_parameters
from ingest.imagery.recipe import hashed, recipe_parts
from ingest.imagery.shots import Place, intensity_beside
from ingest.imagery.stream import finished
from ingest.imagery.survey import check_lane
from ingest.imagery.turned import check_turned
from pavement.errors import ImageError, SurveyError
from pavement.progress import Progress, silent
from pavement.store.files import write_csv, write_csv_parts

# what is finished, and what is remembered for the next call, below the folder of results
_WORK = ".work"
_VIEWS = {"overlay": ("overlays", "jpg"), "mask": ("masks", "png")}


def quantify_folder(
    images: Path,
    *,
    out: Path,
    camera: Camera,
    settings: Mapping[str, Any],
    engine: str = "classical",
    progress: Progress = silent,
    values: Mapping[str, float] | None = None,
) -> str:
    """
    Write what the images of a folder show, and return a summary in words.

    Parameters
    ----------
    images
        Folder, searched with all below it, or one image; JPEG and PNG, of a range camera PNG and TIFF of 16 bits with
        their intensities, if any, under the same names in a folder ``intensity`` beside them.
    out
        Folder for ``images.csv`` (one row an image), ``findings.csv`` (one row a crack, pothole or other thing of the
        road, which is never counted as a crack; its outline in pixels of the image), ``findings.geojson`` (the same on
        the road plane: metres right of the left edge and ahead of the lower edge of the view from above), ``zones.csv``
        (length and mean width by zone of the lane and type, of images that show both lane lines), of a range camera
        ``measures.csv`` (ruts by side and method, water, texture and more), ``overlays`` and ``masks`` (255 where a
        crack is, of the size of the image; both named by :func:`ingest.imagery.folder_images.view_names`). What a
        former call finished there for the same images, camera, engine, parameters and program is not done again; it is
        remembered in the folder ``.work``. Views that a former call wrote of images that are gone are removed.
    camera
        Camera of all images; see :func:`ingest.imagery.camera.camera_from_file`. Of one without a scale
        ``images.csv`` holds shares of the road seen and no metre; ``findings.geojson`` is in widths of the image.
    settings
        `workers` (1 = in this process, 0 = one a core), `scheduler` (address of a cluster, empty = processes),
        `pixels_limit`, `image_parameters`.
    engine
        What finds the cracks: ``classical`` or ``learned``.
    progress
        Called after each image.
    values
        Image parameters; when not given those of the table, but for the setting `image_parameters`.

    Raises
    ------
    ImageError
        No image there, or none that can be read, or a scale at which the lane is no lane. One image of many that
        cannot be read becomes a row with its reason.
    SurveyError
        The results cannot be written.
    SettingsError
        Unknown engine.
    """
    values = chosen_parameters(settings) if values is None else dict(values)
    engine_name(engine)
    images, out = Path(images), Path(out)
    chosen = folder_images(images, out=out, camera=camera)
    limit = int(settings.get("pixels_limit", PIXELS_LIMIT))
    parts = recipe_parts(camera, values=values, engine=engine, pixels_limit=limit, output="folder")
    with Journal(out / _WORK) as journal:
        former = recalled(journal.folder)
        # what decides results is remembered when they stand: stopped in between, the next call still says what changed
        _remember(former, journal.folder)
        tell = _labelled(progress, _label(changes(former, Memory(parts))))
        keys = finished(
            {name: _place(chosen.root / name, camera) for name in chosen.names},
            functools.partial(folder_frame, camera=camera, values=values, pixels_limit=limit, engine=engine),
            journal=journal,
            made_by=hashed(parts),
            settings=settings,
            tell=tell,
        )
        again = sum(journal.added(key) for key in keys.values())
        table, now = _written(keys, journal, out, former=former, parts=parts)
        ruts = line_ruts(pd.concat(measure_table(keys, journal)).rename(columns={"image": "frame"}))
        removed = remove_former(former, now, out)
        _remember(now, journal.folder)
        if len(journal) > len(set(keys.values())):
            journal.keep(keys.values())
    done = Done(len(keys), again, changes(former, now), chosen.left_out, removed)
    said = summary(table, done, values, out=out, camera=camera, ruts=ruts)
    if (table["state"] == "rejected").all():
        raise ImageError(said, cure="")
    if camera.scaled:
        measured = table[(table["state"] == "measured") & (table["same_as"] == "")]
        check_turned(measured["markings"].to_numpy(str), values)
        check_lane(measured["lane_width_m"].dropna().to_numpy(float), values)
    return said


def _label(changed: Sequence[str]) -> str:
    """Return the name of the work; who waits longer than thought is told why."""
    things = ", ".join(change.partition(" (")[0] for change in changed)
    return f"images, again since {things} changed" if things else "images"


def _labelled(report: Progress, label: str) -> Callable[[int, int], None]:
    return lambda done, total: report(done, total, label)


def _place(path: Path, camera: Camera) -> Place:
    intensity = intensity_beside(path) if camera.relief is not None else None
    return path if intensity is None else (path, intensity)


def _written(
    keys: Mapping[str, str], journal: Journal, out: Path, *, former: Memory, parts: Mapping[str, Any]
) -> tuple[pd.DataFrame, Memory]:
    """Write tables and views; return the table of images, and what is remembered of them."""
    stems = view_names(list(keys))
    digests = {name: journal.views(key) for name, key in keys.items()}
    views = {
        name: {kind: f"{_VIEWS[kind][0]}/{stems[name]}.{_VIEWS[kind][1]}" for kind in digests[name]} for name in keys
    }
    written = {place: digests[name][kind] for name in keys for kind, place in views[name].items()}
    # before they are written: what is stopped in between is known to be of this program
    _remember(Memory(former.decided_by, dict(former.written) | written), journal.folder)
    for place, sha256 in written.items():
        _write(_linked, journal.view(sha256), out / place)
    table = image_table(keys, views, journal)
    _write_tables(table, keys, journal, out, parts=parts)
    measures = ("measures.csv", "measures.csv.txt") if parts["camera"]["relief"] else ()
    return table, Memory(parts, written | {place: digest(out / place) for place in measures})


def _write_tables(
    table: pd.DataFrame, keys: Mapping[str, str], journal: Journal, out: Path, *, parts: Mapping[str, Any]
) -> None:
    camera, engine = parts["camera"], str(parts["engine"])
    scale = camera["mm_per_pixel"] if camera["scaled"] else "unknown"
    notes = {"engine": engine, "mm_per_pixel": scale} | parts["parameters"]
    _write(write_csv, table, out / "images.csv", notes=notes)
    plain = (part.drop(columns="on_road") for part in finding_table(keys, journal, engine=engine))
    _write(write_csv_parts, plain, out / "findings.csv", notes=notes)
    _write(write_csv_parts, zone_table(keys, journal), out / "zones.csv", notes=notes)
    if camera["relief"] is not None:
        _write(write_csv_parts, measure_table(keys, journal), out / "measures.csv", notes=notes)
    shapes = geojson(finding_table(keys, journal, engine=engine), engine=engine, scaled=camera["scaled"])
    _write(_put, shapes, out / "findings.geojson")


def _remember(memory: Memory, work: Path) -> None:
    _write(lambda content, path: remember(content, path.parent), memory, work / "last.json")


def _linked(source: Path, path: Path) -> None:
    path.unlink(missing_ok=True)
    try:
        path.hardlink_to(source)
    except OSError:
        # not every disk knows links
        shutil.copyfile(source, path)


def _put(texts: Iterable[str], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        stream.writelines(texts)


def _write(write: Any, content: Any, path: Path, **more: Any) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(content, path, **more)
    except OSError as error:
        raise SurveyError(f"{path} cannot be written: {error.strerror}.", cure=ROOM) from error
