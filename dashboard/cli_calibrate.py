"""``pavement calibrate``: the camera file of frames that look ahead, from what is known of the road."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated, Any

import typer

from dashboard.cli_common import EXITS
from dashboard.interrupts import work_begins
from pavement.errors import ImageError, SurveyError
from pavement.settings import load_settings

HELP = "\n\n".join(
    (
        "Write the camera file of frames that look ahead, from what is known of the road.",
        "Either the width of the lane and the lengths of its broken line (or the way between frames that follow each "
        "other), found in frames of a straight, flat lane with painted lines; or at least four known marks of a frame. "
        "The camera must not lean sideways, and look along the lane, unless marks are given.",
        "Beside the camera file a picture of the same name shows a metre grid on a frame and on its view from above. "
        "Look at it: docs/imagery.md tells for what.",
    )
)
_MARK = re.compile(r"([^,=]+),([^,=]+)=([^,=]+),([^,=]+)")
_IMAGES = (".jpg", ".jpeg", ".png")


def calibrate(
    images: Annotated[list[Path], typer.Argument(help="Frames of one camera, or folders of them, in order of travel.")],
    out: Annotated[Path, typer.Option(help="Camera file to write (TOML); a picture .png is written beside it.")],
    lane_width: Annotated[
        float, typer.Option(help="Width of the lane between the middles of its lines [m].", min=0)
    ] = 0.0,
    dashes: Annotated[
        str, typer.Option(help="Dash and gap of the broken line [m], as 4+6; those of imagery.csv when not given.")
    ] = "",
    spacing: Annotated[
        float, typer.Option(help="Way from each frame to the next [m]; used instead of the broken line.", min=0)
    ] = 0.0,
    mark: Annotated[
        list[str] | None,
        typer.Option(
            help="x,y=X,Y: column and row of a mark [pixel] and its place right of the camera and ahead of it [m]; "
            "four or more; used instead of all the others."
        ),
    ] = None,
    ahead: Annotated[float, typer.Option(help="Length of road to measure in each frame [m].", min=1, max=50)] = 5.0,
    mm_per_pixel: Annotated[float, typer.Option(help="Scale of the view from above.", min=0.2, max=40)] = 5.0,
) -> None:
    """Write the camera file of frames that look ahead."""
    marks = tuple(_mark(text) for text in mark or [])
    if not marks and not lane_width:
        raise typer.BadParameter("give --lane-width in metres, or at least four --mark x,y=X,Y.")
    if out.suffix.lower() != ".toml":
        raise typer.BadParameter(f"--out {out}: name a file that ends in .toml.")
    from ingest.imagery.calibrate import Known, calibrate
    from ingest.imagery.drawing import as_png
    from ingest.imagery.parameters import chosen_parameters
    from pavement.store.files import whole

    work_begins()
    values = chosen_parameters(load_settings())
    dash, gap = _dashes(dashes) if dashes else (values["dash_length"], values["dash_gap"])
    found = calibrate(
        _files(images), Known(lane_width, dash, gap, spacing, marks),
        ahead_m=ahead, mm_per_pixel=mm_per_pixel, values=values,
    )  # fmt: skip
    picture = out.with_suffix(".png")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with whole(out) as part:
            part.write_text(_toml(found.table, found.said), encoding="utf-8")
        with whole(picture) as part:
            part.write_bytes(as_png(found.picture))
    except OSError as error:
        raise SurveyError(f"{out} cannot be written: {error.strerror}.", cure="Name another file.") from error
    for line in (*found.said, f"Written: {out}, {picture}"):
        typer.echo(line)


def _dashes(text: str) -> tuple[float, float]:
    dash, _, gap = text.partition("+")
    try:
        lengths = float(dash), float(gap)
    except ValueError:
        lengths = (0.0, 0.0)
    if not all(0.1 <= length <= 100.0 for length in lengths):
        raise typer.BadParameter(f"--dashes {text}: write dash and gap in metres, such as 4+6.")
    return lengths


def _mark(text: str) -> tuple[float, float, float, float]:
    parts = _MARK.fullmatch(text)
    try:
        x, y, right, ahead = map(float, parts.groups() if parts else ())
    except ValueError as error:
        raise typer.BadParameter(f"--mark {text}: write x,y=X,Y, such as 700,600=-1.8,12.") from error
    return x, y, right, ahead


def _files(given: list[Path]) -> list[Path]:
    """Return image files, those of folders in order of their names."""
    found: list[Path] = []
    for path in given:
        if not path.exists():
            raise typer.BadParameter(f"{path}: there is no such file or folder; check how it is written.")
        inside = sorted(p for p in path.iterdir() if p.suffix.lower() in _IMAGES) if path.is_dir() else [path]
        found += inside
    if not found:
        raise ImageError("No JPEG or PNG there.", cure="Name frames of the camera, or a folder of them.")
    return found


def _toml(table: dict[str, Any], said: tuple[str, ...]) -> str:
    lines = [f"# {line}" for line in ("Made by pavement calibrate.", *said)]
    # numbers, lists and plain words are written alike in JSON and TOML
    return "\n".join([*lines, *(f"{name} = {json.dumps(value)}" for name, value in table.items())]) + "\n"


def add_calibrate(app: typer.Typer) -> None:
    """Add the verb to a command line."""
    app.command(help=HELP, epilog=EXITS)(calibrate)
