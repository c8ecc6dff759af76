"""What a folder of results remembers of the last call: what decided it, and which files are its own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

FILE = "last.json"
# what may be removed again: anything else was put there by someone else
_PLACES = ("overlays", "masks", "measures.csv", "measures.csv.txt")
_WORDS = {"program": "the program", "pixels_limit": "the setting pixels_limit"}


@dataclass(frozen=True)
class Memory:
    """
    What a call leaves behind for the next.

    Attributes
    ----------
    decided_by
        What decides results, as :func:`ingest.imagery.recipe.recipe_parts` returns; empty when nothing is known.
    written
        File below the folder of results → sha256 of what was written there.
    """

    decided_by: Mapping[str, Any] = field(default_factory=dict)
    written: Mapping[str, str] = field(default_factory=dict)


def recalled(work: Path) -> Memory:
    """Return what the last call left in a folder; what cannot be read counts as nothing."""
    try:
        read = json.loads((work / FILE).read_text(encoding="utf-8"))
        return Memory(dict(read["decided_by"]), {str(k): str(v) for k, v in read["written"].items()})
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Memory()


def remember(memory: Memory, work: Path) -> None:
    """Write down for the next call; whole or not at all."""
    part = work / f"{FILE}.part"
    text = json.dumps({"decided_by": memory.decided_by, "written": dict(memory.written)}, ensure_ascii=False)
    part.write_text(text, encoding="utf-8")
    part.replace(work / FILE)


def digest(path: Path) -> str:
    """Return the sha256 of a file; empty text where there is none."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def remove_former(former: Memory, now: Memory, out: Path) -> int:
    """
    Remove files of a former call that belong to no image of this one, and return how many.

    Only what stands as it was written is removed, with the folders that are empty then.
    """
    gone = 0
    for place in sorted(set(former.written) - set(now.written)):
        parts = PurePosixPath(place).parts
        own = bool(parts) and parts[0] in _PLACES and ".." not in parts
        if own and digest(out / place) == former.written[place]:
            (out / place).unlink()
            gone += 1
            _remove_empty((out / place).parent, out)
    return gone


def _remove_empty(folder: Path, out: Path) -> None:
    while folder not in (out, folder.parent) and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent


def changes(former: Memory, now: Memory) -> list[str]:
    """Return what decides results and is not as it was, in words; nothing where no former call is known."""
    pairs = [(name, former.decided_by.get(name), value) for name, value in now.decided_by.items()]
    changed = [(name, old, new) for name, old, new in pairs if former.decided_by and _text(old) != _text(new)]
    return [_told(name, old, new) for name, old, new in changed]


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _told(name: str, old: Any, new: Any) -> str:
    if name in _WORDS:
        return _WORDS[name]
    if isinstance(old, dict) and isinstance(new, dict):
        keys = sorted(key for key in {*old, *new} if _text(old.get(key)) != _text(new.get(key)))
        return f"the {name} ({', '.join(f'{key} {_short(old.get(key))} → {_short(new.get(key))}' for key in keys[:3])})"
    return f"the {name} ({_short(old)} → {_short(new)})"


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else _text(value)
    return text if len(text) <= 40 else "…"
