"""Many frames, quantified: fanned out over processes, gathered as frames, findings, events and faults."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd

from ingest.imagery.camera import Camera
from ingest.imagery.engines import engine_name
from ingest.imagery.frames import PIXELS_LIMIT, encode_jpeg, read_frame
from ingest.imagery.on_lane import OnLane, nothing_on_lane
from ingest.imagery.parameters import parameters
from ingest.imagery.placing import lane_measures
from ingest.imagery.quantify import FINDING_COLUMNS, FrameResult, quantify_frame
from ingest.imagery.workers import mapped
from pavement.errors import Fault, ImageError, PavementError, fault_frame
from pavement.progress import Progress, silent
from pavement.schema import schema

_PLACE = ["route", "direction", "lane", "measure_m"]
_TEXTS = ("frame", "file", "route", "direction", "lane")


@dataclass(frozen=True)
class FramesResult:
    """
    A survey's frames, quantified.

    Attributes
    ----------
    frames, findings, events, crack_zones
        Tables of these names; `image` and `overlay` of frames are empty until the views are stored.
    faults
        Frames that were rejected, columns as :data:`pavement.errors.FAULT_COLUMNS`.
    images, overlays
        Frame → JPEG of the road from above, without and with findings: its bytes, or the file it was put into.
    """

    frames: pd.DataFrame
    findings: pd.DataFrame
    events: pd.DataFrame
    crack_zones: pd.DataFrame
    faults: pd.DataFrame
    images: dict[str, bytes | Path]
    overlays: dict[str, bytes | Path]


@dataclass(frozen=True)
class _Quantified:
    """What comes back from a worker for one frame; `error` is (message, cure) when it was rejected."""

    frame: str
    findings: pd.DataFrame
    on_lane: OnLane
    usable: bool
    reason: str
    area_m2: float
    lane_width_m: float
    image: bytes | Path
    overlay: bytes | Path
    error: tuple[str, str] | None = None


def quantify_frames(
    positions: pd.DataFrame,
    files: Mapping[str, Path],
    camera: Camera,
    *,
    settings: Mapping[str, Any],
    progress: Progress = silent,
    values: Mapping[str, float] | None = None,
    views: Path | None = None,
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
        `file` → where it lies.
    camera
        Camera of the survey.
    settings
        `workers` (1 = in this process, 0 = one a core), `pixels_limit`, `timezone`, `crack_engine`.
    progress
        Called after each frame.
    values
        Image parameters; those of the table when not given.
    views
        Folder that views are put into as they are made, so that memory does not grow with them (F16); they stay in
        memory when it is not given.
    cells
        Table ``cells``, at whose borders measured stretches are cut; not cut when it is not given.

    Raises
    ------
    ImageError
        The lane measured between its markings is not 2.5-5 m wide: scale, turn or camera is wrong.
    """
    values = dict(parameters() if values is None else values)
    engine = str(settings.get("crack_engine", "classical"))
    name = engine_name(engine)
    listed, repeated = _without_repeats(positions.astype(dict.fromkeys(_TEXTS, str)))
    job = functools.partial(
        _quantified,
        camera=camera,
        values=values,
        pixels_limit=int(settings.get("pixels_limit", PIXELS_LIMIT)),
        engine=engine,
    )
    tasks = [(row.frame, row.file, files.get(row.file)) for row in listed.itertuples()]
    done = []
    for count, result in enumerate(mapped(job, tasks, workers=int(settings.get("workers", 0))), start=1):
        done.append(_put_aside(result, count, views))
        progress(count, len(tasks), "frames")
    good = [result for result in done if result.error is None]
    _check_lane(good, values)
    method = f"{name}; grid {values['grid_m']:g} m"
    zone = str(settings.get("timezone", "UTC"))
    measured, zones = _together(good, listed, cells)
    faults = pd.concat([repeated, _faults(done, listed)], ignore_index=True)
    return FramesResult(
        _frames(good, listed),
        _findings(good, listed, engine=name),
        _dated(_events(measured), "events", listed, zone=zone, method=method),
        _dated(zones, "crack_zones", listed, zone=zone, method=method),
        faults,
        {r.frame: r.image for r in good},
        {r.frame: r.overlay for r in good},
    )


def _without_repeats(positions: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Drop frames named twice and frames of a place already seen, so that no area counts twice."""
    twice = positions.duplicated("frame") | positions.duplicated([*_PLACE, "taken_at"])
    faults = [
        Fault(row.file, None, "frame", row.frame, "duplicate", f"Frame {row.frame} stands twice.", "Keep one of them.")
        for row in positions[twice].itertuples()
    ]
    return positions[~twice], fault_frame(faults)


def _quantified(
    task: tuple[str, str, Path | None], *, camera: Camera, values: Mapping[str, float], pixels_limit: int, engine: str
) -> _Quantified:
    frame, file, path = task
    try:
        if path is None:
            raise ImageError(f"{file}: is not in the package.", cure="Add the frame or drop its position.")
        image = read_frame(path, size=camera.size, pixels_limit=pixels_limit, orientation=camera.orientation)
        result = quantify_frame(image, camera, values=values, engine=engine)
        return _packed(frame, result, quality=int(values["jpeg_quality"]))
    except PavementError as error:
        return _rejected(frame, error.message, error.cure)
    except (cv2.error, MemoryError) as error:
        return _rejected(frame, f"{file}: {type(error).__name__} while it was read.", "Copy the frame again.")


def _packed(frame: str, result: FrameResult, *, quality: int) -> _Quantified:
    return _Quantified(
        frame,
        result.findings,
        result.on_lane,
        result.usable,
        result.reason,
        result.area_m2,
        result.lane_width_m,
        encode_jpeg(result.image, quality=quality),
        encode_jpeg(result.overlay, quality=quality),
    )


def _put_aside(result: _Quantified, number: int, views: Path | None) -> _Quantified:
    """Return a result whose views lie in files, or as it is without a folder for them."""
    if views is None or result.error is not None:
        return result
    places = {kind: views / f"view-{number:06d}-{kind}.jpg" for kind in ("image", "overlay")}
    for kind, place in places.items():
        place.write_bytes(getattr(result, kind))
    return replace(result, image=places["image"], overlay=places["overlay"])


def _rejected(frame: str, message: str, cure: str) -> _Quantified:
    empty = pd.DataFrame(columns=list(FINDING_COLUMNS))
    return _Quantified(frame, empty, nothing_on_lane(), False, message, 0.0, np.nan, b"", b"", (message, cure))


def _check_lane(done: Sequence[_Quantified], values: Mapping[str, float]) -> None:
    widths = np.array([r.lane_width_m for r in done])
    widths = widths[np.isfinite(widths)]
    if len(widths) < values["lane_frames_min"]:
        return
    width = float(np.median(widths))
    if not values["lane_width_min"] <= width <= values["lane_width_max"]:
        raise ImageError(
            f"The lane between its markings measures {width:.2f} m in {len(widths)} frames; "
            f"{values['lane_width_min']:g}-{values['lane_width_max']:g} m is accepted.",
            cure="Check mm_per_pixel of [camera] and that frames are not turned.",
        )


def _faults(done: Sequence[_Quantified], listed: pd.DataFrame) -> pd.DataFrame:
    file = listed.set_index("frame")["file"]
    return fault_frame(
        [Fault(file[r.frame], None, "frame", r.frame, "image", *r.error) for r in done if r.error is not None]
    )


def _frames(done: Sequence[_Quantified], listed: pd.DataFrame) -> pd.DataFrame:
    seen = pd.DataFrame(
        {
            "frame": [r.frame for r in done],
            "area_m2": [r.area_m2 for r in done],
            "lane_width_m": [r.on_lane.lane_width_m for r in done],
            "usable": [r.usable for r in done],
            "reason": [r.reason for r in done],
        }
    ).astype({"frame": str, "area_m2": float, "lane_width_m": float, "usable": bool, "reason": str})
    columns = list(schema("frames").index)
    given = listed.drop(columns=[c for c in seen.columns if c != "frame" and c in listed])
    return given.merge(seen, on="frame").assign(image="", overlay="").reindex(columns=columns)


def _findings(done: Sequence[_Quantified], listed: pd.DataFrame, *, engine: str) -> pd.DataFrame:
    columns = list(schema("findings").index)
    parts = [r.findings.assign(frame=r.frame, number=np.arange(len(r.findings))) for r in done if len(r.findings)]
    if not parts:
        return pd.DataFrame(columns=columns)
    found = pd.concat(parts, ignore_index=True)
    name = found["frame"] + "-" + found["number"].astype(str).str.zfill(3)
    placed = found.assign(finding=name, engine=engine).merge(listed[["frame", *_PLACE]], on="frame")
    return placed[columns]


def _together(
    done: Sequence[_Quantified], listed: pd.DataFrame, cells: pd.DataFrame | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return measures and zones of the usable frames; what is not usable measures nothing, so coverage falls."""
    seen = {r.frame: r.on_lane for r in done if r.usable}
    frames = listed[listed["frame"].isin(list(seen))]
    sense = frames["sense"].astype(float) if "sense" in frames else 1.0
    return lane_measures(frames[["frame", *_PLACE, "length_m"]].assign(sense=sense), seen, cells=cells)


def _events(measured: pd.DataFrame) -> pd.DataFrame:
    """Return one row a stretch and kind that is known."""
    place = ["frame", *_PLACE[:3], "from_m", "to_m"]
    return measured.melt(id_vars=place, var_name="kind", value_name="value").dropna(subset=["value"])


def _dated(rows: pd.DataFrame, table: str, listed: pd.DataFrame, *, zone: str, method: str) -> pd.DataFrame:
    """Return rows of a table in the order of the frames, with the day in a time zone, method and quality."""
    day = pd.to_datetime(listed["taken_at"], utc=True).dt.tz_convert(zone).dt.tz_localize(None).dt.normalize()
    days = pd.DataFrame({"frame": listed["frame"], "surveyed_on": day, "_order": np.arange(len(listed))})
    dated = rows.merge(days, on="frame").sort_values(["_order", "from_m"], kind="stable", ignore_index=True)
    return dated.assign(method=method, quality="measured")[list(schema(table).index)]
