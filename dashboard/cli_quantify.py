"""``pavement quantify``: images of a folder, measured without a store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from dashboard.cli_common import EXITS, progress_bar
from dashboard.interrupts import AGAIN, work_begins
from pavement.errors import Cancelled
from pavement.settings import Settings, load_settings

if TYPE_CHECKING:
    from ingest.imagery.camera import Camera

HELP = "\n\n".join(
    (
        "Measure cracks and potholes in frames or range images, without a store.",
        "Frames are JPEG or PNG of 8 bits. Range images are PNG or TIFF of 16 bits, of a camera file with "
        'kind = "range"; ruts, water, drop-off, faulting, texture and depth of potholes come from them too, in '
        "measures.csv. Files, columns with their units, colours and cameras: docs/imagery.md.",
        "The same command goes on where it was stopped. A finished folder is not measured again, but for what "
        "changed: images, camera, engine, parameters, program.",
    )
)
OUT = (
    "Folder for images.csv, findings.csv, findings.geojson, zones.csv, of range images measures.csv, overlays and "
    "masks; not the folder of the images."
)


def quantify(
    images: Annotated[Path, typer.Argument(help="Image file, or folder of images with all below it.")],
    out: Annotated[Path, typer.Option(help=OUT)],
    camera: Annotated[
        Path | None,
        typer.Option(help="TOML of the camera (downward, forward or range), as under \\[camera] in a manifest."),
    ] = None,
    mm_per_pixel: Annotated[
        float | None, typer.Option(help="Scale of frames that look straight down, in mm a pixel, instead of a camera.")
    ] = None,
    relative: Annotated[
        bool, typer.Option("--relative", help="Neither is known: tell shares of the area seen, and nothing in metres.")
    ] = False,
    engine: Annotated[
        Literal["classical", "learned"] | None,
        typer.Option(help="What finds cracks; without it the setting crack_engine."),
    ] = None,
    threshold: Annotated[
        list[str] | None,
        typer.Option(
            help="NAME=VALUE, as often as needed: a threshold other than that of the setting image_parameters."
        ),
    ] = None,
) -> None:
    """Measure cracks and potholes of images in a folder."""
    if (camera is not None) + (mm_per_pixel is not None) + relative > 1:
        raise typer.BadParameter("--camera, --mm-per-pixel and --relative exclude one another: give only one.")
    if camera is None and mm_per_pixel is None and not relative:
        raise typer.BadParameter("give one of --camera CAMERA.toml, --mm-per-pixel X, or --relative without a scale.")
    from ingest.imagery.folder import quantify_folder

    seen_by, settings = _camera(camera, mm_per_pixel), _with_thresholds(load_settings(), threshold or [])
    try:
        with progress_bar() as progress:
            work_begins()
            chosen = engine or str(settings["crack_engine"])
            said = quantify_folder(images, out=out, camera=seen_by, settings=settings, engine=chosen, progress=progress)
    except (Cancelled, KeyboardInterrupt) as stop:
        raise Cancelled(AGAIN) from stop
    typer.echo(said)


def _with_thresholds(settings: Settings, given: list[str]) -> Settings:
    """Return settings with thresholds as NAME=VALUE; all of them are checked there."""
    parts = [text.partition("=") for text in given]
    if wrong := [text for text, (_, sign, _) in zip(given, parts, strict=True) if not sign]:
        raise typer.BadParameter(f"--threshold {wrong[0]}: write NAME=VALUE, such as sure_min_classical=0.7.")
    named = {name.strip(): _number(value) for name, _, value in parts}
    return settings.replaced(image_parameters=settings["image_parameters"] | named) if named else settings


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _camera(file: Path | None, mm_per_pixel: float | None) -> Camera:
    from ingest.imagery.camera import camera_from_file, camera_from_manifest, unscaled_camera

    if file is not None:
        return camera_from_file(file)
    if mm_per_pixel is None:
        return unscaled_camera()
    return camera_from_manifest({"kind": "downward", "mm_per_pixel": mm_per_pixel, "orientation": "apply"})


def add_quantify(app: typer.Typer) -> None:
    """Add the verb to a command line."""
    app.command(help=HELP, epilog=EXITS)(quantify)
