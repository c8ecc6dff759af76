"""Cost of frames: speed and memory against their number, by workers, beside decoding them in the same run.

Run from the root of the project: ``python -m benchmarks.cost [frames ...] [--engines classical learned]``; ``--tiny``
takes small made frames, which show memory rather than speed. Frames are those of the survey of
:mod:`benchmarks.imagery_speed`, 1920 x 1080 pixels of which one in ten holds cracks, or made ones where ../shared is
absent. Each is another frame to the program: a comment of a few bytes after its start gives it a hash of its own.

Speed is by the clock and includes starting the workers, writing down and making the tables.

Every measurement runs in a process of its own, whose peak of memory is told by the system; the peak of its workers is
told apart. Decoding alone is timed before and after each run. Its ratio is one of processor times, on which other work
of the machine falls less than on the clock.
"""

from __future__ import annotations

import argparse
import itertools
import json
import multiprocessing
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from benchmarks import imagery_speed
from ingest.imagery.camera import Camera
from ingest.imagery.engines import ENGINES
from ingest.imagery.frames import decode, encode_jpeg
from ingest.imagery.survey import quantify_frames

FRAME_M = 3.7
# one frame in this many holds cracks
_EVERY = 10
COUNTS = (100, 1000, 5000)
_TINY = (200, 320)
_DECODED = 20


def pictures(*, tiny: bool) -> list[bytes]:
    """Return the JPEG files that are repeated."""
    if imagery_speed.SHARED.is_dir() and not tiny:
        sound, cracked = (imagery_speed.frames(sound=kind) for kind in (True, False))
        return [one for at, last in enumerate(cracked) for one in [*_turned(sound, at)[: _EVERY - 1], last]]
    size = _TINY if tiny else (1080, 1920)
    made = []
    for seed in range(_EVERY):
        grain = cv2.GaussianBlur(np.random.default_rng(seed).normal(size=size).astype(np.float32), (0, 0), 1.2)
        grey = np.clip(110 + 7 * grain / grain.std(), 0, 255).astype(np.uint8)
        if not seed:
            cv2.line(grey, (size[1] // 3, 0), (size[1] // 3 + 20, size[0]), 50, 4)
        made.append(encode_jpeg(cv2.merge([grey] * 3), quality=90))
    return made


def _turned(contents: list[bytes], at: int) -> list[bytes]:
    """Return frames over and over, beginning with another."""
    return [contents[(at + number) % len(contents)] for number in range(_EVERY)]


def placed(folder: Path, count: int, kinds: list[bytes]) -> dict[str, Path]:
    """Write frames, each with a hash of its own: a comment segment with its number."""
    files = {}
    for number in range(count):
        content = kinds[number % len(kinds)]
        comment = b"\xff\xfe\x00\x0a" + f"{number:08d}".encode()
        files[f"{number:06d}.jpg"] = folder / f"{number:06d}.jpg"
        (folder / f"{number:06d}.jpg").write_bytes(content[:2] + comment + content[2:])
    return files


def made(folder: Path, count: int, tiny: bool) -> None:
    """Write the frames of a survey."""
    placed(folder, count, pictures(tiny=tiny))


def positions(files: dict[str, Path]) -> pd.DataFrame:
    """Return the rows of the frames of a survey."""
    return pd.DataFrame(
        {
            "frame": [name[:6] for name in files],
            "file": list(files),
            "route": "N1",
            "direction": "S",
            "lane": "1",
            "measure_m": FRAME_M * np.arange(len(files)),
            "length_m": FRAME_M,
            "taken_at": pd.Timestamp("2024-03-02T01:00:00Z"),
        }
    )


def decoding(paths: list[Path]) -> list[float]:
    """Return the processor seconds that decoding each of some frames takes."""
    cv2.setNumThreads(1)
    seconds = []
    for path in paths[:_DECODED]:
        content = path.read_bytes()
        start = time.process_time()
        decode(content, name="frame")
        seconds.append(time.process_time() - start)
    return seconds


def _processor() -> float:
    """Return the processor seconds of this process and of those that it has ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(part.ru_utime + part.ru_stime for part in used)


def measured(folder: Path, *, workers: int, tiny: bool, count: int, engine: str) -> dict[str, float | str]:
    """Return speed and memory of quantifying the frames of a folder, in this process."""
    files = {path.name: path for path in sorted(folder.glob("*.jpg"))[:count]}
    camera = Camera("downward", 8.0 if tiny else 2.5)
    before = decoding(list(files.values()))
    settings = {"workers": workers, "timezone": "UTC", "crack_engine": engine}
    base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    with tempfile.TemporaryDirectory(dir=folder.parent) as work:
        start, processor = time.perf_counter(), _processor()
        result = quantify_frames(positions(files), files, camera, settings=settings, work=Path(work))
        seconds, processor = time.perf_counter() - start, _processor() - processor
        streamed = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        findings = sum(len(part) for part in result.batches)
    one = statistics.median(before + decoding(list(files.values())))
    return {
        "engine": engine,
        "frames": len(result.frames),
        "workers": workers,
        "findings": findings,
        "frames/s": len(files) / seconds,
        "processor [ms/frame]": 1000 * processor / len(files),
        "decode [ms]": 1000 * one,
        "times decoding": processor / len(files) / one,
        "km/h at 3.7 m": 3.6 * FRAME_M * len(files) / seconds,
        "memory before [MB]": base,
        "peak memory [MB]": streamed,
        "largest worker [MB]": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024 if workers > 1 else 0.0,
    }


def main() -> pd.DataFrame:
    """Print and return the cost of each number of frames."""
    asked = argparse.ArgumentParser()
    asked.add_argument("frames", nargs="*", type=int, default=list(COUNTS))
    asked.add_argument("--tiny", action="store_true")
    asked.add_argument("--workers", type=int, nargs="*", default=[1, 2])
    asked.add_argument("--engines", nargs="*", default=list(ENGINES))
    asked.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    given = asked.parse_args()
    if given.one:
        how = {"workers": given.workers[0], "tiny": given.tiny, "count": given.frames[0], "engine": given.engines[0]}
        print(json.dumps(measured(given.one, **how)))
        return pd.DataFrame()
    rows = []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, "frames")
        folder.mkdir()
        # apart, since the peak of memory of a process counts what the one that started it had
        maker = multiprocessing.get_context("spawn").Process(target=made, args=(folder, max(given.frames), given.tiny))
        maker.start()
        maker.join()
        for engine, count, workers in itertools.product(given.engines, given.frames, given.workers):
            more = ["--one", str(folder), "--workers", str(workers), "--engines", engine]
            command = [sys.executable, "-m", "benchmarks.cost", str(count), *more, *(["--tiny"] if given.tiny else [])]
            said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            rows.append(json.loads(said.splitlines()[-1]))
            print(rows[-1], flush=True)
    table = pd.DataFrame(rows)
    source = "made" if given.tiny or not imagery_speed.SHARED.is_dir() else "survey of NHA12D asphalt"
    print(f"Frames: {source}; {multiprocessing.cpu_count()} cores.")
    print(table.round(2).to_string(index=False))
    return table


if __name__ == "__main__":
    main()
