"""Shapefiles: the parts of one, from the package itself or from a zip inside it, brought together to be read."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.package import SHAPEFILE_PARTS, PackageFile, shown
from ingest.zips import entry_chunks, opened_zip, safe_entries
from pavement.errors import SurveyError
from pavement.settings import Settings

_NEEDED = ("shp", "shx", "dbf")
_STEM = "layer"


@contextmanager
def whole_shapefile(files: list[PackageFile], *, settings: Settings) -> Iterator[Path]:
    """
    Put the parts of a shapefile side by side for the time of a block, and give the path of the ``.shp``.

    Parameters
    ----------
    files
        The ``.shp`` and its parts, or one ``.zip`` that holds those of one shapefile.
    settings
        Limits of a zip.

    Raises
    ------
    SurveyError
        A part without which nothing can be read is not there, or the zip holds no shapefile or several.
    PackageError
        The zip is damaged or unsafe.
    """
    name = shown(files[0].name)
    with tempfile.TemporaryDirectory(dir=files[0].path.parent) as made:
        folder = Path(made)
        if files[0].name.lower().endswith(".zip"):
            _unpacked(files[0], folder, settings=settings)
        else:
            for file in files:
                shutil.copyfile(file.path, folder / f"{_STEM}.{_suffix(file.name)}")
        if missing := [f".{s}" for s in _NEEDED if not (folder / f"{_STEM}.{s}").exists()]:
            raise SurveyError(
                f"{name} lacks its part {' and '.join(missing)}.",
                cure="Put all parts of the shapefile into the package, under one name.",
            )
        yield folder / f"{_STEM}.shp"


def _suffix(name: str) -> str:
    return name.rpartition(".")[2].lower()


def _unpacked(file: PackageFile, folder: Path, *, settings: Settings) -> None:
    name = shown(file.name)
    with opened_zip(file.path, settings=settings, name=name) as archive:
        entries = safe_entries(archive, settings=settings, name=name)
        lines = [e.filename for e in entries if _suffix(e.filename) == "shp"]
        if len(lines) != 1:
            raise SurveyError(f"{name} holds {len(lines)} shapefiles.", cure="Pack the parts of one shapefile into it.")
        stem = lines[0].rpartition(".")[0]
        for entry in entries:
            own, _, suffix = entry.filename.rpartition(".")
            if own == stem and suffix.lower() in ("shp", *SHAPEFILE_PARTS):
                with (folder / f"{_STEM}.{suffix.lower()}").open("wb") as out:
                    out.writelines(entry_chunks(archive, entry, most=int(settings["entry_limit"]), name=name))
