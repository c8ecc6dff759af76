"""Where unfinished work on a survey is kept, so that it goes on after a stop."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pavement.settings import Settings

_DAY = 86_400.0


@dataclass(frozen=True)
class Work:
    """The folder of the work on one survey; `finish` it once nothing of it is needed any more."""

    folder: Path

    def part(self, name: str) -> Path:
        """Return the folder of one part of the work, by its name; it is there."""
        place = self.folder / hashlib.sha256(name.encode()).hexdigest()[:16]
        place.mkdir(parents=True, exist_ok=True)
        return place

    def finish(self) -> None:
        """Remove all of it."""
        shutil.rmtree(self.folder, ignore_errors=True)


@contextmanager
def survey_work(survey: str, *, settings: Settings) -> Iterator[Work]:
    """
    Give the folder in which work on a survey is kept, for the time of a block.

    It stays when the block does not finish it, whatever ended the block. Where another process works on the same
    survey, the folder is a new one that goes with the block.

    Parameters
    ----------
    survey
        Id of the survey.
    settings
        ``home``, ``work_days``, ``work_limit``.
    """
    room = settings.home / "work"
    room.mkdir(parents=True, exist_ok=True)
    remove_stale(settings)
    name = hashlib.sha256(survey.encode()).hexdigest()[:32]
    with _held(room / f"{name}.lock") as alone:
        work = Work(room / (name if alone else f"{name}-{uuid.uuid4().hex[:8]}"))
        work.folder.mkdir(exist_ok=True)
        # age counts from the last use
        work.folder.touch()
        try:
            yield work
        finally:
            if not alone:
                work.finish()
            with suppress(OSError):
                # nothing was kept
                work.folder.rmdir()


def remove_stale(settings: Settings, *, now: float | None = None) -> int:
    """
    Remove work that nobody came back to, oldest first, and return how many folders went.

    What was last used more than ``work_days`` ago goes, and as much more as brings the rest below ``work_limit``; what
    a process works on stays.
    """
    room, now = settings.home / "work", time.time() if now is None else now
    folders = sorted((f for f in room.glob("*") if f.is_dir()), key=lambda f: -f.stat().st_mtime)
    kept, removed = 0, 0
    for folder in folders:
        with _held(room / f"{folder.name.split('-')[0]}.lock") as free:
            if not free:
                continue
            kept += _size(folder)
            if now - folder.stat().st_mtime > settings["work_days"] * _DAY or kept > settings["work_limit"]:
                shutil.rmtree(folder, ignore_errors=True)
                removed += 1
    return removed


def _size(folder: Path) -> int:
    return sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())


@contextmanager
def _held(lock: Path) -> Iterator[bool]:
    """Hold a lock for a block and say whether it could be had; a process that was killed holds none (F19)."""
    with lock.open("w") as stream:
        free = _locked(stream, lock)
        try:
            yield free
        finally:
            if free:
                lock.unlink(missing_ok=True)


def _locked(stream: IO[str], lock: Path) -> bool:
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # the one who held it before may have removed it since it was opened here
        return os.fstat(stream.fileno()).st_ino == lock.stat().st_ino
    except OSError:
        return False
