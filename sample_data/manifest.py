"""Manifests: every file of a package hashed, and what it holds said in TOML."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

MANIFEST = "manifest.toml"
TAIPEI = dt.timezone(dt.timedelta(hours=8))


def sha256(path: Path) -> str:
    """Return the hash of a file as 64 hex digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_manifest(
    folder: Path,
    *,
    survey: Mapping[str, Any],
    data: Sequence[Mapping[str, Any]],
    camera: Mapping[str, Any] | None = None,
    hashes: bool = True,
) -> Path:
    """
    Write ``manifest.toml`` of a survey package and return its path.

    Parameters
    ----------
    folder
        Package; every file in it but the manifest is hashed.
    survey
        Keys of ``[survey]``: id, title, operator, vehicle, started, ended, crs.
    data
        One ``[[data]]`` each; a key ``options`` becomes ``[data.options]``.
    camera
        Keys of ``[camera]``, when frames are in the package.
    hashes
        False leaves ``[sha256]`` out.
    """
    lines = ["format = 1", "", "[survey]", *_pairs(survey)]
    for entry in data:
        lines += ["", "[[data]]", *_pairs({k: v for k, v in entry.items() if k != "options"})]
        if entry.get("options"):
            lines += ["[data.options]", *_pairs(entry["options"])]
    if camera:
        lines += ["", "[camera]", *_pairs(camera)]
    if hashes:
        lines += ["", "[sha256]", *_pairs({name: sha256(folder / name) for name in files_of(folder)})]
    path = folder / MANIFEST
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def files_of(folder: Path) -> list[str]:
    """Return the names of all files of a package but its manifest, sorted."""
    found = (p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    return sorted(name for name in found if name != MANIFEST)


def survey_of(name: str, title: str, *, on: dt.date, days: int = 1, **more: Any) -> dict[str, Any]:
    """Return ``[survey]`` of a package: id, title, and the days it took from `on`."""
    started = dt.datetime(on.year, on.month, on.day, 8, tzinfo=TAIPEI)
    ended = started + dt.timedelta(days=days - 1, hours=9)
    given = {"operator": "範例檢測公司 Example Surveys", "vehicle": "VAN-99", "crs": "EPSG:3826"} | more
    return {"id": name, "title": title, **given, "started": started, "ended": ended}


def _pairs(table: Mapping[str, Any]) -> list[str]:
    return [f"{_key(key)} = {_value(value)}" for key, value in table.items()]


def _key(name: str) -> str:
    plain = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return name if plain else json.dumps(name, ensure_ascii=False)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return "{ " + ", ".join(_pairs(value)) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, int | float):
        return repr(value)
    return json.dumps(str(value), ensure_ascii=False)
