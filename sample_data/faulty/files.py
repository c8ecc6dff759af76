"""Packages whose files or manifest are not as they should be."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from sample_data.faulty.register import EVENTS, changed, fault, package, sheet
from sample_data.manifest import MANIFEST

_LAYERS = {"kind": "layers", "file": "layers.csv"}


@fault("F1", "published", "empty")
def empty_file(folder: Path) -> Path:
    """F1: one of two files has no bytes; it is told as empty and the other is published."""
    return package(folder / "empty-file", {"events.csv": sheet(), "layers.csv": b""}, data=[EVENTS, _LAYERS])


@fault("F2", "refused", "nothing to ingest")
def no_data(folder: Path) -> Path:
    """F2: the manifest names no data; refused, for there is nothing to ingest."""
    return package(folder / "no-data", {}, data=[])


@fault("F2", "refused", "manifest.toml")
def no_manifest(folder: Path) -> Path:
    """F2: a folder of sheets without a manifest; refused, naming the manifest that is missing."""
    path = package(folder / "no-manifest", {"events.csv": sheet()})
    (path / MANIFEST).unlink()
    return path


@fault("F3", "refused", "layers.csv")
def missing_file(folder: Path) -> Path:
    """F3: the only file the manifest names is not there; it is named and the package is refused."""
    return package(folder / "missing-file", {}, data=[_LAYERS])


@fault("F3", "published", "layers.csv")
def one_missing_file(folder: Path) -> Path:
    """F3: one of two files is not there; it is named and the other is published."""
    return package(folder / "one-missing-file", {"events.csv": sheet()}, data=[EVENTS, _LAYERS])


@fault("F4", "published", "notes.txt")
def stray_file(folder: Path) -> Path:
    """F4: a file the manifest does not name; it is ignored and listed."""
    path = package(folder / "stray-file", {"events.csv": sheet()})
    (path / "notes.txt").write_text("lunch at noon\n", encoding="utf-8")
    return path


@fault("F5", "refused", "sha256")
def wrong_hash(folder: Path) -> Path:
    """F5: a value was changed after the manifest was made; the file is refused and both hashes are shown."""
    path = package(folder / "wrong-hash", {"events.csv": sheet()})
    changed(path / "events.csv", "1.21", "1.12")
    return path


@fault("G1", "refused", "crs")
def no_crs(folder: Path) -> Path:
    """G1: the manifest has no CRS; refused and asked for, never guessed."""
    path = package(folder / "no-crs", {"events.csv": sheet()})
    changed(path / MANIFEST, 'crs = "EPSG:3826"\n', "")
    return path


@fault("G1", "refused", "TWD97")
def crs_in_words(folder: Path) -> Path:
    """G1: the CRS is a word that names several frames; refused and asked for."""
    return package(folder / "crs-in-words", {"events.csv": sheet()}, crs="TWD97")


@fault("D3", "refused", "future")
def future_survey(folder: Path) -> Path:
    """D3: the survey started in a year yet to come; refused."""
    path = package(folder / "future-survey", {"events.csv": sheet()})
    later = dt.date.today().year + 3
    changed(path / MANIFEST, "2024-03-04T", f"{later}-03-04T")
    return path


@fault("D4", "refused", "zone")
def no_zone(folder: Path) -> Path:
    """D4: the times of the survey carry no zone; refused, for they would mean another day elsewhere."""
    path = package(folder / "no-zone", {"events.csv": sheet()})
    changed(path / MANIFEST, "+08:00", "")
    return path


@fault("F12", "refused", "events.csv")
def zip_as_csv(folder: Path) -> Path:
    """F12: a sheet named .csv is a zip; refused by its content."""
    return package(folder / "zip-as-csv", {"events.csv": b"PK\x03\x04" + bytes(200)})


@fault("F6", "refused", "outside")
def path_in_manifest(folder: Path) -> Path:
    """F6: the manifest names a file outside the package; refused, and that file is not read."""
    path = package(folder / "path-in-manifest", {"events.csv": sheet()})
    changed(path / MANIFEST, 'file = "events.csv"', 'file = "../events.csv"')
    return path
