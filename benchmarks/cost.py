"""Cost of frames: speed and memory against their number, by workers, beside decoding them in the same run.

Run from the root of the project: ``python -m benchmarks.cost [frames ...]``; ``--tiny`` takes small made frames, which
show memory rather than speed. Frames are those of NHA12D (../shared), 1920 x 1080 pixels, or made ones where that is
absent. Each is another frame to the program: a comment of a few bytes after its start gives it a hash of its own.

Every measurement runs in a process of its own, whose peak of memory is told by the system; the peak of its workers is
told apart. Decoding alone is timed before and after each run. Its ratio is one of processor times, on which other work
of the machine falls less than on the clock.
"""

from __future__ import annotations

import argparse
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

from ingest.imagery.camera import Camera
from ingest.imagery.frames import decode, encode_jpeg
from ingest.imagery.survey import quantify_frames

SHARED = Path(__file__).resolve().parents[2] / "shared"
FRAMES = SHARED / "data" / "cracks" / "nha12d_dev" / "images"
FRAME_M = 3.7
COUNTS = (100, 1000, 5000)
_TINY = (200, 320)
_DECODED = 20


def pictures(*, tiny: bool) -> list[bytes]:
    """Return the JPEG files that are repeated."""
    if FRAMES.is_dir() and not tiny:
        return [path.read_bytes() for path in sorted(FRAMES.glob("*.jpg"))]
    size = _TINY if tiny else (1080, 1920)
    made = []
    for seed in range(8):
        grain = cv2.GaussianBlur(np.random.default_rng(seed).normal(size=size).astype(np.float32), (0, 0), 1.2)
        grey = np.clip(110 + 7 * grain / grain.std(), 0, 255).astype(np.uint8)
        cv2.line(grey, (size[1] // 3, 0), (size[1] // 3 + 20, size[0]), 50, 4)
        made.append(encode_jpeg(cv2.merge([grey] * 3), quality=90))
    return made


def placed(folder: Path, count: int, kinds: list[bytes]) -> dict[str, Path]:
    """Write frames, each with a hash of its own: a comment segment with its number."""
    files = {}
    for number in range(count):
        content = kinds[number % len(kinds)]
        comment = b"\xff\xfe\x00\x0a" + f"{number:08d}".encode()
        files[f"{number:06d}.jpg"] = folder / f"{number:06d}.jpg"
        (folder / f"{number:06d}.jpg").write_bytes(content[:2] + comment + content[2:])
    return files


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


def decoding(kinds: list[bytes]) -> list[float]:
    """Return the processor seconds that decoding each of some frames takes."""
    cv2.setNumThreads(1)
    seconds = []
    for number in range(_DECODED):
        start = time.process_time()
        decode(kinds[number % len(kinds)], name="frame")
        seconds.append(time.process_time() - start)
    return seconds


def _processor() -> float:
    """Return the processor seconds of this process and of those that it has ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(part.ru_utime + part.ru_stime for part in used)


def measured(folder: Path, *, workers: int, tiny: bool, count: int) -> dict[str, float]:
    """Return speed and memory of quantifying the frames of a folder, in this process."""
    kinds = pictures(tiny=tiny)
    files = {path.name: path for path in sorted(folder.glob("*.jpg"))[:count]}
    camera = Camera("downward", 8.0 if tiny else 2.5)
    before = decoding(kinds)
    base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    with tempfile.TemporaryDirectory(dir=folder.parent) as work:
        start, processor = time.perf_counter(), _processor()
        result = quantify_frames(
            positions(files), files, camera, settings={"workers": workers, "timezone": "UTC"}, work=Path(work)
        )
        seconds, processor = time.perf_counter() - start, _processor() - processor
        streamed = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        findings = sum(len(part) for part in result.batches)
    one = statistics.median(before + decoding(kinds))
    return {
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
    asked.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    given = asked.parse_args()
    if given.one:
        print(json.dumps(measured(given.one, workers=given.workers[0], tiny=given.tiny, count=given.frames[0])))
        return pd.DataFrame()
    rows = []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, "frames")
        folder.mkdir()
        placed(folder, max(given.frames), pictures(tiny=given.tiny))
        for count in given.frames:
            for workers in given.workers:
                more = ["--one", str(folder), "--workers", str(workers), *(["--tiny"] if given.tiny else [])]
                command = [sys.executable, "-m", "benchmarks.cost", str(count), *more]
                said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
                rows.append(json.loads(said.splitlines()[-1]))
                print(rows[-1], flush=True)
    table = pd.DataFrame(rows)
    source = "made" if given.tiny or not FRAMES.is_dir() else "NHA12D, repeated"
    print(f"Frames: {source}; {multiprocessing.cpu_count()} cores.")
    print(table.round(2).to_string(index=False))
    return table


if __name__ == "__main__":
    main()
