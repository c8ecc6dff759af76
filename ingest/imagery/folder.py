"""A folder of downward frames at a known scale, quantified without a store: tables, overlays and crack masks."""

from __future__ import annotations

import functools
import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import pandas as pd

from ingest.imagery.camera import Camera
from ingest.imagery.engines import engine_name
from ingest.imagery.frames import PIXELS_LIMIT, decode, encode_jpeg, read_bytes
from ingest.imagery.on_lane import frame_zones, nothing_on_lane
from ingest.imagery.outlines import as_json, features, image_points, in_image, in_view, road_points
from ingest.imagery.parameters import parameters
from ingest.imagery.quantify import FINDING_COLUMNS, FrameResult, quantify_frame
from ingest.imagery.workers import mapped
from pavement.errors import ImageError, PavementError, SurveyError
from pavement.progress import Progress, silent
from pavement.store.files import write_csv

SUFFIXES = (".jpg", ".jpeg", ".png")
IMAGE_COLUMNS = (
    "image", "sha256", "state", "reason", "cure", "width_px", "height_px", "area_m2", "lane_width_m",
    "crack_percent", "crack_length_m", "crack_longitudinal_m", "crack_transverse_m", "crack_pattern_m",
    "crack_width_mm", "hpms_percent", "transverse_complete", "transverse_incomplete", "sealed_crack_m",
    "pothole_count", "pothole_area_m2", "overlay", "mask",
)  # fmt: skip


@dataclass(frozen=True)
class _Seen:
    """One image: its row, findings and zones, its overlay as JPEG and crack mask as PNG; both empty where it failed."""

    row: dict[str, Any]
    findings: pd.DataFrame
    zones: pd.DataFrame
    overlay: bytes = b""
    mask: bytes = b""


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
        Folder, searched with all below it, or one image; JPEG and PNG.
    out
        Folder for ``images.csv`` (one row an image), ``findings.csv`` (one row a crack, sealed crack or pothole, its
        outline in pixels of the image), ``findings.geojson`` (the same on the road plane: metres right of the left
        edge and ahead of the lower edge of the view from above), ``zones.csv`` (length and mean width by zone of the
        lane and type, of images that show both lane lines), ``overlays`` and ``masks`` (255 where a crack is, of the
        size of the image, PNG of the same stem).
    camera
        Camera of all images; see :func:`ingest.imagery.camera.camera_from_file`.
    settings
        `workers` (1 = in this process, 0 = one a core), `pixels_limit`.
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
    names = _names(images, out)
    stems = _stems(names)
    root = images if images.is_dir() else images.parent
    limit = int(settings.get("pixels_limit", PIXELS_LIMIT))
    job = functools.partial(_seen, root=root, camera=camera, values=values, pixels_limit=limit, engine=engine)
    rows, findings, zones = [], [], []
    for done, seen in enumerate(mapped(job, names, workers=int(settings.get("workers", 0))), start=1):
        rows.append(seen.row | _kept(seen, out, stems[seen.row["image"]]))
        findings.append(seen.findings)
        zones.append(seen.zones)
        progress(done, len(names), "images")
    table = pd.DataFrame(rows, columns=list(IMAGE_COLUMNS)).round(3)
    found = pd.concat(findings, ignore_index=True).assign(engine=name)
    notes = {"engine": name, "mm_per_pixel": camera.mm_per_pixel} | values
    _write(write_csv, table, out / "images.csv", notes=notes)
    _write(write_csv, found.drop(columns="on_road").round(3), out / "findings.csv", notes=notes)
    _write(write_csv, pd.concat(zones, ignore_index=True).round(3), out / "zones.csv", notes=notes)
    _write(_put, features(found, engine=name).encode(), out / "findings.geojson")
    said = _summary(table, values, out)
    if (table["state"] == "rejected").all():
        raise ImageError(said, cure="")
    return said


def _names(images: Path, out: Path) -> list[str]:
    """Return the images below a folder as relative names in order; what an earlier run wrote there is none of them."""
    if images.is_file():
        return [images.name]
    if not images.exists():
        raise ImageError(f"{images} does not exist.", cure="Name a folder of frames, or one frame.")
    inner = out.resolve()
    found = [p for p in sorted(images.rglob("*")) if p.suffix.lower() in SUFFIXES and p.is_file()]
    names = [p.relative_to(images).as_posix() for p in found if inner not in p.resolve().parents]
    if not names:
        raise ImageError(f"{images}: holds no image.", cure=f"Name a folder with {', '.join(SUFFIXES)} files.")
    return names


def _stems(names: Sequence[str]) -> dict[str, str]:
    """Return the name of each image without its suffix; with it where two would be one."""
    bare = {name: name.rsplit(".", 1)[0] for name in names}
    count = Counter(bare.values())
    return {name: stem if count[stem] == 1 else name for name, stem in bare.items()}


def _seen(
    name: str, *, root: Path, camera: Camera, values: Mapping[str, float], pixels_limit: int, engine: str
) -> _Seen:
    nothing = pd.DataFrame(columns=["image", "sha256", *FINDING_COLUMNS, "on_road"])
    no_zones = frame_zones(nothing_on_lane()).assign(image="")
    try:
        data = read_bytes(root / name)
        image = decode(data, name=name, size=camera.size, pixels_limit=pixels_limit, orientation=camera.orientation)
        result = quantify_frame(image, camera, values=values, engine=engine)
        overlay = encode_jpeg(result.overlay, quality=int(values["jpeg_quality"]))
        mask = cv2.imencode(".png", in_image(result.mask, camera, image.shape))[1].tobytes()
    except PavementError as error:
        return _Seen(
            {"image": name, "state": "rejected", "reason": error.message, "cure": error.cure}, nothing, no_zones
        )
    except (cv2.error, MemoryError) as error:
        reason = f"{name}: {type(error).__name__} while it was read."
        row = {"image": name, "state": "rejected", "reason": reason, "cure": "Copy the image again."}
        return _Seen(row, nothing, no_zones)
    scale = result.mask.shape[1] / result.overlay.shape[1] if result.overlay.size else 1.0
    lines = result.findings["outline"].map(lambda text: in_view(text, scale))
    found = result.findings.assign(
        image=name,
        sha256=hashlib.sha256(data).hexdigest(),
        outline=lines.map(lambda parts: as_json([image_points(line, camera) for line in parts], digits=0)),
        on_road=lines.map(
            lambda parts: as_json([road_points(line, camera, result.mask.shape[0]) for line in parts], digits=3)
        ),
    )[["image", "sha256", *FINDING_COLUMNS, "on_road"]]
    size = {"width_px": image.shape[1], "height_px": image.shape[0], "sha256": hashlib.sha256(data).hexdigest()}
    zones = frame_zones(result.on_lane).assign(image=name)
    zones = zones[["image", *zones.columns.drop("image")]]
    return _Seen({"image": name} | size | _measured(result), found, zones, overlay, mask)


def _measured(result: FrameResult) -> dict[str, Any]:
    """Return the lane's measures as totals of the image: lengths and areas, not rates."""
    if not result.usable:
        return {"state": "unusable", "reason": result.reason}
    found, area = result.measures, result.area_m2
    lengths = ("crack_length", "crack_longitudinal", "crack_transverse", "crack_pattern")
    sealed = result.findings.loc[result.findings["kind"] == "sealed_crack", "length_m"]
    return {
        "state": "measured",
        "area_m2": area,
        "lane_width_m": result.lane_width_m,
        "crack_percent": found.get("crack_percent"),
        **{f"{kind}_m": found[kind] * area for kind in lengths if kind in found},
        "crack_width_mm": found.get("crack_width"),
        "hpms_percent": found.get("hpms_cracking"),
        "transverse_complete": found.get("transverse_complete"),
        "transverse_incomplete": found.get("transverse_incomplete"),
        "sealed_crack_m": float(sealed.astype(float).sum()),
        "pothole_count": found.get("pothole_count"),
        "pothole_area_m2": found.get("pothole_area"),
    }


def _kept(seen: _Seen, out: Path, stem: str) -> dict[str, str]:
    """Write the views of an image, and return where they lie below the folder of results."""
    if not seen.overlay:
        return {"overlay": "", "mask": ""}
    places = {"overlay": f"overlays/{stem}.jpg", "mask": f"masks/{stem}.png"}
    for content, place in ((seen.overlay, places["overlay"]), (seen.mask, places["mask"])):
        _write(_put, content, out / place)
    return places


def _put(content: bytes, path: Path) -> None:
    path.write_bytes(content)


def _write(write: Any, content: Any, path: Path, **more: Any) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(content, path, **more)
    except OSError as error:
        raise SurveyError(
            f"{path} cannot be written: {error.strerror}.", cure="Name a folder with room that may be written to."
        ) from error


def _summary(table: pd.DataFrame, values: Mapping[str, float], out: Path) -> str:
    count = table["state"].value_counts()
    states = ", ".join(f"{count.get(state, 0):,} {state}" for state in ("measured", "unusable", "rejected"))
    lines = [f"{len(table):,} image(s): {states}."]
    good = table[table["state"] == "measured"].astype({"crack_length_m": float, "area_m2": float})
    if len(good):
        holes, area = int(good["pothole_count"].sum()), good["area_m2"].sum()
        lines.append(f"{good['crack_length_m'].sum():,.1f} m of cracks and {holes:,} pothole(s) on {area:,.1f} m2.")
    widths = good["lane_width_m"].dropna().astype(float)
    if len(widths) and not values["lane_width_min"] <= widths.median() <= values["lane_width_max"]:
        lines.append(
            f"Check the scale: the lane between its markings measures {widths.median():.2f} m in {len(widths)} of them."
        )
    lines += [f"{row['reason']} {row['cure']}" for _, row in table[table["state"] == "rejected"].head(10).iterrows()]
    return "\n".join([*lines, f"Written: {out / 'images.csv'}"])
