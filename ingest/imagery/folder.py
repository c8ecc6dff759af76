"""A folder of downward frames at a known scale, quantified without a store: tables, overlays and crack masks."""

from __future__ import annotations

import functools
import hashlib
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd

from ingest.imagery.camera import Camera, taken_to_show
from ingest.imagery.engines import engine_name
from ingest.imagery.frame_result import FrameResult
from ingest.imagery.frames import PIXELS_LIMIT, encode_jpeg
from ingest.imagery.journal import ROOM, Journal
from ingest.imagery.on_lane import frame_zones
from ingest.imagery.outlines import as_json, geojson, image_points, in_image, in_view, road_points
from ingest.imagery.parameters import parameters
from ingest.imagery.quantify import FINDING_COLUMNS
from ingest.imagery.recipe import recipe
from ingest.imagery.shots import INTENSITY, RANGE_SUFFIXES, Place, intensity_beside, quantified, suffixes
from ingest.imagery.stream import NAME, finished, named
from ingest.imagery.survey import check_lane
from ingest.imagery.turned import check_turned
from pavement.errors import ImageError, SurveyError
from pavement.progress import Progress, silent
from pavement.store.files import write_csv, write_csv_parts

IMAGE_COLUMNS = (
    "image", "sha256", "state", "reason", "cure", "width_px", "height_px", "area_m2", "lane_width_m", "markings",
    "crack_share", "pothole_share", "crack_percent", "crack_length_m", "crack_longitudinal_m", "crack_transverse_m",
    "crack_pattern_m", "crack_width_mm", "hpms_percent", "transverse_complete", "transverse_incomplete",
    "sealed_crack_m", "joint_m", "patch_area_m2", "pothole_count", "pothole_area_m2", "overlay", "mask",
)  # fmt: skip


_TOLD = ("image", "sha256", *FINDING_COLUMNS, "on_road")
_NUMBERS = ("offset_m", "length_m", "width_mm", "width_max_mm", "area_m2", "cells", "confidence")
# what is told of an image without a scale, and what is not told of its findings
_WITHOUT_SCALE = ("sha256", "width_px", "height_px", "state", "reason", "crack_share", "pothole_share")
_OF_SCALE = ("offset_m", "length_m", "width_mm", "width_max_mm", "area_m2")
_MEASURES = ("image", "kind", "side", "value", "unit", "method")
_ZONES = ("image", "zone", "type", "length_m", "width_mm", "severity")
# what is finished, below the folder of results, until all of it is
_WORK = ".work"
# images whose findings are in memory at a time
_BATCH = 1000


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
        crack is, of the size of the image, PNG of the same stem). What a former call that was stopped had finished
        there, for the same images, camera, engine and parameters, is not done again.
    camera
        Camera of all images; see :func:`ingest.imagery.camera.camera_from_file`. Of one without a scale
        ``images.csv`` holds shares of the road seen and no metre; ``findings.geojson`` is in widths of the image.
    settings
        `workers` (1 = in this process, 0 = one a core), `scheduler` (address of a cluster, empty = processes),
        `pixels_limit`.
    engine
        What finds the cracks: ``classical`` or ``learned``.
    progress
        Called after each image.
    values
        Image parameters; those of the table when not given.

    Raises
    ------
    ImageError
        No image there, or none that can be read. One of many that cannot be read becomes a row with its reason.
    SurveyError
        The results cannot be written.
    SettingsError
        Unknown engine.
    """
    values = dict(parameters() if values is None else values)
    name = engine_name(engine)
    images, out = Path(images), Path(out)
    names = _names(images, out, suffixes(camera))
    root = images if images.is_dir() else images.parent
    limit = int(settings.get("pixels_limit", PIXELS_LIMIT))
    with Journal(out / _WORK) as journal:
        keys = finished(
            {name: _place(root / name, camera) for name in names},
            functools.partial(folder_frame, camera=camera, values=values, pixels_limit=limit, engine=engine),
            journal=journal,
            made_by=recipe(camera, values=values, engine=engine, pixels_limit=limit, output="folder"),
            settings=settings,
            tell=lambda done, total: progress(done, total, "images"),
        )
        table = _table(keys, journal, out).round(3)
        notes = {"engine": name, "mm_per_pixel": camera.mm_per_pixel if camera.scaled else "unknown"} | values
        _write(write_csv, table, out / "images.csv", notes=notes)
        rounded = (part.drop(columns="on_road").round(3) for part in _findings(keys, journal, engine=name))
        _write(write_csv_parts, rounded, out / "findings.csv", notes=notes)
        _write(write_csv_parts, _zones(keys, journal), out / "zones.csv", notes=notes)
        if camera.relief is not None:
            _write(write_csv_parts, _measures(keys, journal), out / "measures.csv", notes=notes)
        _write(
            _put,
            geojson(_findings(keys, journal, engine=name), engine=name, scaled=camera.scaled),
            out / "findings.geojson",
        )
    shutil.rmtree(out / _WORK, ignore_errors=True)
    said = (_summary if camera.scaled else _relative_summary)(table, values, out)
    if (table["state"] == "rejected").all():
        raise ImageError(said, cure="")
    if camera.scaled:
        measured = table[table["state"] == "measured"]
        check_turned(measured["markings"].to_numpy(str), values)
        check_lane(measured["lane_width_m"].dropna().to_numpy(float), values)
    return said


def _place(path: Path, camera: Camera) -> Place:
    intensity = intensity_beside(path) if camera.relief is not None else None
    return path if intensity is None else (path, intensity)


def _names(images: Path, out: Path, endings: tuple[str, ...]) -> list[str]:
    """Return the images below a folder as relative names in order; what an earlier run wrote there is none of them."""
    if images.is_file():
        return [images.name]
    if not images.exists():
        raise ImageError(f"{images} does not exist.", cure="Name a folder of frames, or one frame.")
    inner = out.resolve()
    found = [p for p in sorted(images.rglob("*")) if p.suffix.lower() in endings and p.is_file()]
    if endings == RANGE_SUFFIXES:
        found = [p for p in found if p.parent.name != INTENSITY]
    names = [p.relative_to(images).as_posix() for p in found if inner not in p.resolve().parents]
    if not names:
        raise ImageError(f"{images}: holds no image.", cure=f"Name a folder with {', '.join(endings)} files.")
    return names


def _stems(names: Sequence[str]) -> dict[str, str]:
    """Return the name of each image without its suffix; with it where two would be one."""
    bare = {name: name.rsplit(".", 1)[0] for name in names}
    count = Counter(bare.values())
    return {name: stem if count[stem] == 1 else name for name, stem in bare.items()}


def folder_frame(
    content: bytes, *, camera: Camera, values: Mapping[str, float], pixels_limit: int, engine: str
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return what is written down of an image, its overlay as JPEG and its crack mask as PNG."""
    shot = quantified(content, camera, name=NAME, values=values, pixels_limit=pixels_limit, engine=engine)
    result, camera = shot.result, taken_to_show(camera, shot.shape[1], metres=1.0)
    overlay = encode_jpeg(result.overlay, quality=int(values["jpeg_quality"]))
    mask = cv2.imencode(".png", in_image(result.mask, camera, shot.shape))[1].tobytes()
    scale = result.shape[1] / result.image.shape[1]
    lines = result.findings["outline"].map(lambda text: in_view(text, scale))
    found = result.findings.assign(
        outline=lines.map(lambda parts: as_json([image_points(line, camera) for line in parts], digits=0)),
        on_road=lines.map(
            lambda parts: as_json([road_points(line, camera, result.shape[0]) for line in parts], digits=3)
        ),
    )[[*FINDING_COLUMNS, "on_road"]]
    size = {"sha256": hashlib.sha256(content).hexdigest(), "width_px": shot.shape[1], "height_px": shot.shape[0]}
    row, zones = size | _measured(result), frame_zones(result.on_lane)
    if not camera.scaled:
        row = {name: value for name, value in row.items() if name in _WITHOUT_SCALE}
        found, zones = found.assign(**dict.fromkeys(_OF_SCALE, np.nan), zone="", severity=""), zones.head(0)
    record = {
        "row": row,
        "findings": found.astype(object).to_numpy().tolist(),
        "zones": zones.astype(object).to_numpy().tolist(),
        "measures": [] if shot.measured is None else shot.measured.astype(object).to_numpy().tolist(),
    }
    return record, {"overlay": overlay, "mask": mask}


def _table(keys: Mapping[str, str], journal: Journal, out: Path) -> pd.DataFrame:
    """Return one row an image, and put its views where people look for them."""
    stems = _stems(list(keys))
    rows = []
    for name, key in keys.items():
        record = journal.record(key)
        if record["error"] is None:
            rows.append({"image": name} | record["row"] | _kept(journal, key, out, stems[name]))
        else:
            reason, cure = named(record["error"], name)
            rows.append({"image": name, "state": "rejected", "reason": reason, "cure": cure, "overlay": "", "mask": ""})
    return pd.DataFrame(rows, columns=list(IMAGE_COLUMNS))


def _findings(keys: Mapping[str, str], journal: Journal, *, engine: str) -> Iterator[pd.DataFrame]:
    """Yield the findings of all images, those of some at a time; at least one frame, which may be empty."""
    for part in _records(keys, journal):
        rows = [(name, row["row"]["sha256"], *finding) for name, row in part for finding in row["findings"]]
        yield pd.DataFrame(rows, columns=list(_TOLD)).astype(dict.fromkeys(_NUMBERS, float)).assign(engine=engine)


def _zones(keys: Mapping[str, str], journal: Journal) -> Iterator[pd.DataFrame]:
    """Yield the cracks by zone and type of all images, as :func:`_findings`."""
    for part in _records(keys, journal):
        rows = [(name, *zone) for name, row in part for zone in row["zones"]]
        yield pd.DataFrame(rows, columns=list(_ZONES)).astype({"length_m": float, "width_mm": float}).round(3)


def _measures(keys: Mapping[str, str], journal: Journal) -> Iterator[pd.DataFrame]:
    """Yield what the lines of range images measure, one row an image, kind, side and method."""
    for part in _records(keys, journal):
        rows = [(name, *measure) for name, row in part for measure in row["measures"]]
        yield pd.DataFrame(rows, columns=list(_MEASURES)).astype({"value": float}).round(3)


def _records(keys: Mapping[str, str], journal: Journal) -> Iterator[list[tuple[str, dict[str, Any]]]]:
    names = list(keys)
    for start in range(0, len(names), _BATCH):
        records = [(name, journal.record(keys[name])) for name in names[start : start + _BATCH]]
        yield [(name, record) for name, record in records if record["error"] is None]


def _measured(result: FrameResult) -> dict[str, Any]:
    """Return the lane's measures as totals of the image: lengths and areas, not rates."""
    if not result.usable:
        return {"state": "unusable", "reason": result.reason}
    found, area = result.measures, result.area_m2
    lengths = ("crack_length", "crack_longitudinal", "crack_transverse", "crack_pattern")
    totals = result.findings.groupby("kind")[["length_m", "area_m2"]].sum().astype(float)
    totals = totals.reindex(["sealed_crack", "joint", "patch"], fill_value=0.0)
    return {
        "state": "measured",
        "area_m2": area,
        "lane_width_m": result.lane_width_m,
        "markings": result.markings,
        "crack_share": 100.0 * result.share_of(result.cracked),
        "pothole_share": 100.0 * result.share_of(result.hollowed),
        "crack_percent": found.get("crack_percent"),
        **{f"{kind}_m": found[kind] * area for kind in lengths if kind in found},
        "crack_width_mm": found.get("crack_width"),
        "hpms_percent": found.get("hpms_cracking"),
        "transverse_complete": found.get("transverse_complete"),
        "transverse_incomplete": found.get("transverse_incomplete"),
        "sealed_crack_m": float(totals.loc["sealed_crack", "length_m"]),
        "joint_m": float(totals.loc["joint", "length_m"]),
        "patch_area_m2": float(totals.loc["patch", "area_m2"]),
        "pothole_count": found.get("pothole_count"),
        "pothole_area_m2": found.get("pothole_area"),
    }


def _kept(journal: Journal, key: str, out: Path, stem: str) -> dict[str, str]:
    """Give the views of an image their names below the folder of results, and return where they lie there."""
    views = journal.views(key)
    places = {"overlay": f"overlays/{stem}.jpg", "mask": f"masks/{stem}.png"}
    for kind, place in places.items():
        _write(_linked, journal.view(views[kind]), out / place)
    return places


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


def _states(table: pd.DataFrame) -> str:
    count = table["state"].value_counts()
    states = ", ".join(f"{count.get(state, 0):,} {state}" for state in ("measured", "unusable", "rejected"))
    return f"{len(table):,} image(s): {states}."


def _rejected(table: pd.DataFrame) -> list[str]:
    return [f"{row['reason']} {row['cure']}" for _, row in table[table["state"] == "rejected"].head(10).iterrows()]


def _relative_summary(table: pd.DataFrame, _values: Mapping[str, float], out: Path) -> str:
    lines = [
        _states(table),
        "No scale is known: nothing is measured in metres; shares of the road seen are all there is.",
    ]
    good = table[table["state"] == "measured"].astype({"crack_share": float, "pothole_share": float})
    if len(good):
        lines.append(
            f"Cracks cover {good['crack_share'].mean():.2f} % of the road seen on average, "
            f"potholes {good['pothole_share'].mean():.2f} %."
        )
    lines += _rejected(table)
    lines.append("A length known on the road, such as the lane's width, gives the scale: --mm-per-pixel X.")
    return "\n".join([*lines, f"Written: {out / 'images.csv'}"])


def _summary(table: pd.DataFrame, values: Mapping[str, float], out: Path) -> str:
    lines = [_states(table)]
    good = table[table["state"] == "measured"].astype({"crack_length_m": float, "area_m2": float})
    if len(good):
        holes, area = int(good["pothole_count"].sum()), good["area_m2"].sum()
        lines.append(f"{good['crack_length_m'].sum():,.1f} m of cracks and {holes:,} pothole(s) on {area:,.1f} m2.")
    widths = good["lane_width_m"].dropna().astype(float)
    if len(widths) and not values["lane_width_min"] <= widths.median() <= values["lane_width_max"]:
        lines.append(
            f"Check the scale: the lane between its markings measures {widths.median():.2f} m in {len(widths)} of them."
        )
    return "\n".join([*lines, *_rejected(table), f"Written: {out / 'images.csv'}"])
