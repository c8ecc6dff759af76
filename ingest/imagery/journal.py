"""What became of each frame, one line a frame, so that work that was stopped goes on where it was."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from pavement.errors import SurveyError

FILE = "done.jsonl"
VIEWS = "views"
ROOM = "Name a folder with room that may be written to."
_MARK = 16


class Journal:
    """
    The finished frames of one work, in a folder: lines with a checksum, and views beside them.

    A line is written when its frame is finished and is never changed. A line that was cut short or changed counts as
    not written, and so does one whose views are not as it says: its frame is worked on again. Memory holds where each
    line stands, about 200 bytes a frame. It is a class because it holds an open file.

    Parameters
    ----------
    folder
        Where the lines and the views lie; made when needed.

    Raises
    ------
    SurveyError
        Another process writes to the folder, or nobody may.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            (folder / VIEWS).mkdir(parents=True, exist_ok=True)
            self._stream: BinaryIO = (folder / FILE).open("ab")
        except OSError as error:
            raise SurveyError(f"{folder} cannot be written: {error.strerror}.", cure=ROOM) from error
        try:
            fcntl.flock(self._stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._stream.close()
            raise SurveyError(f"Another program works in {folder}.", cure="Wait until it is done.") from error
        self._place: dict[bytes, int] = {}
        self._added: set[bytes] = set()
        self._scan()

    def _scan(self) -> None:
        self._place.clear()
        place, whole = 0, True
        with (self.folder / FILE).open("rb") as lines:
            for line in lines:
                entry = _entry(line)
                if entry is not None:
                    self._place[bytes.fromhex(entry["key"])] = place
                place += len(line)
                whole = line.endswith(b"\n")
        if not whole:
            # what was cut short must not run into the next line
            self._append(b"\n")

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def __len__(self) -> int:
        return len(self._place)

    def holds(self, key: str) -> bool:
        """Return whether a frame is finished and its line and views are whole."""
        entry = self._read(key)
        if entry is not None and all(self._whole(digest) for digest in entry["views"].values()):
            return True
        self._place.pop(bytes.fromhex(key), None)
        return False

    def add(self, key: str, record: Mapping[str, Any], views: Mapping[str, bytes]) -> None:
        """
        Write down what became of a frame.

        Parameters
        ----------
        key
            Name of the frame and of all that decides what it becomes, in hex digits.
        record
            What is plain JSON.
        views
            Name → file content.
        """
        try:
            digests = {name: self._put(content) for name, content in views.items() if content}
            entry = {"key": key, "views": digests, "record": record}
            text = json.dumps(entry, ensure_ascii=False, separators=(",", ":"))
            self._place[bytes.fromhex(key)] = self._append(_line(text.encode()))
        except OSError as error:
            raise SurveyError(f"{self.folder} cannot be written: {error.strerror}.", cure=ROOM) from error
        self._added.add(bytes.fromhex(key))

    def added(self, key: str) -> bool:
        """Return whether a frame was finished since the journal was opened."""
        return bytes.fromhex(key) in self._added

    def keep(self, keys: Iterable[str]) -> None:
        """
        Forget all frames but some, with their views; the last that is done with a journal.

        The lines that stay are written anew and take the place of the old ones at once, so that nothing is lost when
        it is stopped in between.
        """
        kept = [key for key in dict.fromkeys(keys) if bytes.fromhex(key) in self._place]
        part, views = self.folder / f"{FILE}.part", set()
        with part.open("wb") as lines:
            for key in kept:
                entry = self._entry_of(key)
                views |= set(entry["views"].values())
                lines.write(_line(json.dumps(entry, ensure_ascii=False, separators=(",", ":")).encode()))
        part.replace(self.folder / FILE)
        for view in (self.folder / VIEWS).glob("*/*"):
            if view.name not in views:
                view.unlink()
        self._scan()

    def record(self, key: str) -> dict[str, Any]:
        """Return what was written down of a frame."""
        return dict(self._entry_of(key)["record"])

    def views(self, key: str) -> dict[str, str]:
        """Return name → sha256 of the views of a frame."""
        return dict(self._entry_of(key)["views"])

    def view(self, digest: str) -> Path:
        """Return where a view lies."""
        return self.folder / VIEWS / digest[:2] / digest

    def _entry_of(self, key: str) -> dict[str, Any]:
        entry = self._read(key)
        if entry is None:
            raise OSError(f"{self.folder / FILE}: the line of frame {key} was changed while it was in use")
        return entry

    def _read(self, key: str) -> dict[str, Any] | None:
        place = self._place.get(bytes.fromhex(key))
        if place is None:
            return None
        with (self.folder / FILE).open("rb") as lines:
            lines.seek(place)
            entry = _entry(lines.readline())
        return entry if entry is not None and entry["key"] == key else None

    def _append(self, line: bytes) -> int:
        """Write a line through to the system, which keeps it when this process is killed; return where it stands."""
        place = self._stream.seek(0, os.SEEK_END)
        self._stream.write(line)
        self._stream.flush()
        return place

    def _put(self, content: bytes) -> str:
        digest = hashlib.sha256(content).hexdigest()
        target = self.view(digest)
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(content)
        return digest

    def _whole(self, digest: str) -> bool:
        try:
            return hashlib.sha256(self.view(digest).read_bytes()).hexdigest() == digest
        except OSError:
            return False


def _line(text: bytes) -> bytes:
    return hashlib.sha256(text).hexdigest()[:_MARK].encode() + b" " + text + b"\n"


def _entry(line: bytes) -> dict[str, Any] | None:
    """Return the entry of a line, None where the line is not as it was written."""
    text = line[_MARK + 1 :].removesuffix(b"\n")
    return dict(json.loads(text)) if text and line == _line(text) else None
