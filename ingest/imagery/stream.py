"""Frames worked on one after the other, whatever their number: read, sent out, written down, not done twice."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import cv2

from ingest.imagery.cluster import clustered
from ingest.imagery.journal import Journal
from ingest.imagery.recipe import frame_key, program
from ingest.imagery.shots import Place, place_name, read_shot
from ingest.imagery.workers import mapped
from pavement.errors import ImageError, PavementError, SurveyError

# stands for the name of a frame in what is written down: frames of the same bytes share a line
NAME = "\0"
_AGAIN = "Copy the frame again."


@dataclass(frozen=True)
class Frame:
    """A frame to work on: its key, its bytes."""

    key: str
    content: bytes


@dataclass(frozen=True)
class Answer:
    """
    What a frame became.

    Attributes
    ----------
    key
        Key of the frame.
    record
        What was measured, as plain JSON; `error` is (message, cure) when the frame was rejected, else None.
    views
        Name → file content.
    program
        Hash of the program that gave the answer.
    """

    key: str
    record: dict[str, Any]
    views: dict[str, bytes] = field(default_factory=dict)
    program: str = field(default_factory=program)


Job = Callable[[bytes], tuple[dict[str, Any], dict[str, bytes]]]


def finished(
    frames: Mapping[str, Place | None],
    job: Job,
    *,
    journal: Journal,
    made_by: str,
    settings: Mapping[str, Any],
    tell: Callable[[int, int], None],
) -> dict[str, str]:
    """
    Return the key of each frame, once all of them stand in the journal.

    Only a few frames are in memory at a time. Frames that the journal holds are not worked on again, nor is one whose
    bytes came before.

    Parameters
    ----------
    frames
        Name → where it lies, None where it is missing.
    job
        Bytes of a frame → record and views; can be pickled. What it raises becomes the `error` of the record.
    journal
        Where results are written down.
    made_by
        As :func:`ingest.imagery.recipe.recipe` returns.
    settings
        `workers` (1 = in this process, 0 = one a core), `scheduler` (address of a cluster, empty = processes).
    tell
        Called after each frame with how many are finished, and of how many; what it raises stops the work.

    Raises
    ------
    SurveyError
        The workers of a cluster run another version of the program, or as :func:`ingest.imagery.cluster.clustered`.
    """
    keys: dict[str, str] = {}
    count = 0

    def told() -> None:
        nonlocal count
        count += 1
        tell(count, len(frames))

    def open_frames() -> Iterator[Frame]:
        asked: set[str] = set()
        for name, path in frames.items():
            content, error = _content(path)
            keys[name] = frame_key(made_by, content or f"{name}\n{error}".encode())
            if error and not journal.holds(keys[name]):
                journal.add(keys[name], {"error": error}, {})
            if keys[name] in asked or _known(journal, keys[name]):
                told()
                continue
            asked.add(keys[name])
            yield Frame(keys[name], content)

    with closing(_answers(partial(_answer, job=job), open_frames(), settings)) as answers:
        for answer in answers:
            if answer.program != program():
                raise SurveyError(
                    "A worker of the cluster runs another version of this program, or of a library below it.",
                    cure="Install the same version on every worker.",
                )
            journal.add(answer.key, answer.record, answer.views)
            told()
    return keys


def _known(journal: Journal, key: str) -> bool:
    """Return whether a frame is finished; what failed for want of memory may go well another time."""
    return journal.holds(key) and not journal.record(key).get("passing", False)


def _content(path: Place | None) -> tuple[bytes, list[str] | None]:
    """Return the bytes of a frame, and where it has none why, with the cure."""
    if path is None:
        return b"", [f"{NAME}: is not in the package.", "Add the frame or drop its position."]
    try:
        return read_shot(path), None
    except ImageError as error:
        return b"", [error.message.replace(place_name(path), NAME), error.cure]


def _answers(job: Callable[[Frame], Answer], frames: Iterator[Frame], settings: Mapping[str, Any]) -> Generator[Answer]:
    if scheduler := str(settings.get("scheduler", "")):
        return clustered(job, frames, scheduler=scheduler, lost=_lost)
    return mapped(job, frames, workers=int(settings.get("workers", 0)), lost=_lost)


def _answer(frame: Frame, *, job: Job) -> Answer:
    try:
        record, views = job(frame.content)
    except PavementError as error:
        return Answer(frame.key, {"error": [error.message, error.cure]})
    except (cv2.error, MemoryError) as error:
        said = [f"{NAME}: {type(error).__name__} while it was read.", _AGAIN]
        return Answer(frame.key, {"error": said, "passing": isinstance(error, MemoryError)})
    return Answer(frame.key, {**record, "error": None}, views)


def _lost(frame: Frame) -> Answer:
    return Answer(
        frame.key, {"error": [f"{NAME}: ended the process that worked on it, twice.", _AGAIN], "passing": True}
    )


def named(error: list[str], name: str) -> tuple[str, str]:
    """Return message and cure of a rejected frame with its name filled in."""
    return error[0].replace(NAME, name), error[1].replace(NAME, name)
