"""Many frames of a survey, quantified: fanned out, and written down as they are finished."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ingest.imagery.camera import Camera
from ingest.imagery.doubled_frames import doubled_faults, without_copies, without_repeats
from ingest.imagery.engines import engine_name
from ingest.imagery.frames import PIXELS_LIMIT, encode_jpeg
from ingest.imagery.journal import Journal
from ingest.imagery.lane_records import lane_record
from ingest.imagery.line_events import LINE_COLUMNS, no_lines
from ingest.imagery.parameters import chosen_parameters
from ingest.imagery.recipe import recipe
from ingest.imagery.shots import Place, Shot, frame_hash, place_name, quantified
from ingest.imagery.stream import NAME, finished
from ingest.imagery.survey_tables import FramesResult, survey_tables
from ingest.imagery.travel_way import check_way
from ingest.imagery.turned import check_turned
from pavement.errors import ImageError
from pavement.progress import Progress, silent
from pavement.store.batches import one_batch

_TEXTS = ("frame", "file", "route", "direction", "lane")


def quantify_frames(
    positions: pd.DataFrame,
    files: Mapping[str, Place],
    camera: Camera,
    *,
    settings: Mapping[str, Any],
    progress: Progress = silent,
    values: Mapping[str, float] | None = None,
    work: Path | None = None,
    cells: pd.DataFrame | None = None,
) -> FramesResult:
    """
    Return what the frames of a survey show.

    Parameters
    ----------
    positions
        Rows of the `frames` table: frame, file, route, direction, lane, measure_m (smallest measure seen), length_m,
        taken_at (with time zone); and sense where measure does not grow in the direction of travel: -1.
    files
        `file` → where it lies; of a range image that has one, with its intensity behind it.
    camera
        Camera of the survey.
    settings
        `workers` (1 = in this process, 0 = one a core), `scheduler` (address of a cluster, empty = processes),
        `pixels_limit`, `timezone`, `crack_engine`, `image_parameters`.
    progress
        Called after each frame.
    values
        Image parameters; when not given those of the table, but for the setting `image_parameters`.
    work
        Folder in which results are written down as frames are finished, so that memory does not grow with them (F16)
        and no frame is worked on twice; findings and views are read from there. Without it all of them come back in
        memory.
    cells
        Table ``cells``, at whose borders measured stretches are cut; not cut when it is not given.

    Raises
    ------
    ImageError
        The lane measured between its markings is not 2.5-5 m wide, markings run across travel, or frames are upside
        down: scale, turn or camera is wrong.
    SurveyError
        As :func:`ingest.imagery.stream.finished`.
    """
    values = chosen_parameters(settings) if values is None else dict(values)
    engine = str(settings.get("crack_engine", "classical"))
    name = engine_name(engine)
    pixels_limit = int(settings.get("pixels_limit", PIXELS_LIMIT))
    listed, doubled = without_repeats(positions.astype(dict.fromkeys(_TEXTS, str)))
    with ExitStack() as stack:
        journal = stack.enter_context(Journal(work or Path(stack.enter_context(tempfile.TemporaryDirectory()))))
        keys = finished(
            {row.frame: files.get(row.file) for row in listed.itertuples()},
            partial(survey_frame, camera=camera, values=values, engine=engine, pixels_limit=pixels_limit),
            journal=journal,
            made_by=recipe(camera, values=values, engine=engine, pixels_limit=pixels_limit, output="survey"),
            settings=settings,
            tell=lambda done, total: progress(done, total, "frames"),
        )
        listed, copies = without_copies(listed.assign(key=listed["frame"].map(keys)), journal)
        doubled = pd.concat([doubled, copies])
        names = [place_name(files[file]) if file in files else file for file in listed["file"]]
        listed = listed.assign(name=names)
        method, zone = f"{name}; grid {values['grid_m']:g} m", str(settings.get("timezone", "UTC"))
        result = survey_tables(
            listed, journal, engine=name, method=method, zone=zone, cells=cells, values=values, doubled=doubled
        )
        _check_lying(result, listed, values)
        result = replace(result, faults=pd.concat([doubled_faults(doubled), result.faults], ignore_index=True))
        return result if work else _in_memory(result)


def _check_lying(result: FramesResult, listed: pd.DataFrame, values: Mapping[str, float]) -> None:
    """Refuse frames that do not lie as the camera says: turned, of another scale, or upside down."""
    check_turned(result.markings, values)
    check_lane(result.lane_width_m, values)
    sense = listed.set_index("frame")["sense"] if "sense" in listed else pd.Series(dtype=float)
    senses = result.frames["frame"].map(sense).fillna(1).astype(float)
    check_way(result.frames.assign(sense=senses), result.views, values=values)


def _in_memory(result: FramesResult) -> FramesResult:
    views: dict[str, bytes | Path] = {}
    for digest, view in result.views.items():
        views[digest] = view.read_bytes() if isinstance(view, Path) else view
    return replace(result, batches=one_batch(result.findings), views=views)


def survey_frame(
    content: bytes, *, camera: Camera, values: Mapping[str, float], pixels_limit: int, engine: str
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return what is written down of a frame, and its views as JPEG."""
    shot = quantified(content, camera, name=NAME, values=values, pixels_limit=pixels_limit, engine=engine)
    result = shot.result
    quality = int(values["jpeg_quality"])
    image_view = encode_jpeg(result.image, quality=quality)
    # with nothing to draw, the overlay is the image
    overlay = encode_jpeg(result.overlay, quality=quality) if len(result.findings) else image_view
    return _record(shot, frame_hash(content)), {"image": image_view, "overlay": overlay}


def _record(shot: Shot, sha256: str) -> dict[str, Any]:
    result = shot.result
    measured = no_lines() if shot.measured is None else shot.measured[list(LINE_COLUMNS)]
    return {
        "sha256": sha256,
        "findings": [list(row) for row in zip(*(result.findings[c].tolist() for c in result.findings), strict=True)],
        "lane": lane_record(result.on_lane),
        "usable": bool(result.usable),
        "reason": result.reason,
        "lane_width_m": float(result.lane_width_m),
        "view_mm": float(result.view_mm),
        "lines": measured.astype(object).to_numpy().tolist(),
        "markings": result.markings,
    }


def check_lane(widths: np.ndarray, values: Mapping[str, float]) -> None:
    """Refuse a scale at which the lane of enough frames, by their median, is no lane; widths in [m]."""
    if len(widths) < values["lane_frames_min"]:
        return
    width = float(np.median(widths))
    if not values["lane_width_min"] <= width <= values["lane_width_max"]:
        raise ImageError(
            f"The lane between its markings measures {width:.2f} m in {len(widths)} frames; "
            f"{values['lane_width_min']:g}-{values['lane_width_max']:g} m is accepted.",
            cure="Check mm_per_pixel of [camera] and that frames are not turned.",
        )
