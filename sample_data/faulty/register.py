"""The list of broken packages, and a sound one to break."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sample_data.manifest import survey_of, write_manifest

Maker = Callable[[Path], Path]
FAULTS: dict[str, Maker] = {}
HEADER = "route,direction,lane,from_m,to_m,kind,value,method,quality,surveyed_on"
ROWS = (
    "N99,S,1,10000,10100,iri,1.21,vendor survey,measured,2024-03-04",
    "N99,S,1,10100,10200,iri,1.34,vendor survey,measured,2024-03-04",
    "N99,S,2,10000,10100,iri,1.52,vendor survey,measured,2024-03-04",
    "N99,N,1,11900,12000,iri,0.98,vendor survey,measured,2024-03-04",
)
EVENTS = {"kind": "events", "file": "events.csv"}


@dataclass(frozen=True)
class Known:
    """
    What is known of a broken package.

    Parameters
    ----------
    fault
        Its id in the list of faults, such as ``F5``.
    state
        ``refused`` as a whole, or ``published`` without the broken part.
    words
        Text that the message or a listed fault must hold for a person to know what is wrong.
    """

    fault: str
    state: str
    words: str = ""


KNOWN: dict[str, Known] = {}


def fault(number: str, state: str, words: str = "") -> Callable[[Maker], Maker]:
    """Return a decorator that lists a maker of broken packages under its own name."""

    def listed(make: Maker) -> Maker:
        name = make.__name__
        FAULTS[name], KNOWN[name] = make, Known(number, state, words)
        return make

    return listed


def sheet(rows: Sequence[str] = ROWS, *, header: str = HEADER) -> str:
    """Return a CSV of events."""
    return "\n".join([header, *rows]) + "\n"


def package(
    folder: Path,
    files: Mapping[str, str | bytes],
    *,
    data: Sequence[Mapping[str, Any]] = (EVENTS,),
    camera: Mapping[str, Any] | None = None,
    hashes: bool = True,
    **survey: Any,
) -> Path:
    """Write a package of files and a manifest that fits them, and return its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    about = survey_of(folder.name, "Broken on purpose", on=dt.date(2024, 3, 4)) | survey
    write_manifest(folder, survey=about, data=list(data), camera=camera, hashes=hashes)
    return folder


def changed(path: Path, old: str, new: str) -> None:
    """Replace a text in a file that must hold it."""
    text = path.read_text(encoding="utf-8")
    if old not in text:
        raise ValueError(f"{path.name} does not hold {old!r}.")
    path.write_text(text.replace(old, new), encoding="utf-8")
