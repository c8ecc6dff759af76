"""Time of a whole frame, from decoding to encoding, beside decoding it alone, in a survey mostly without cracks.

Run from the root of the project: ``python -m benchmarks.imagery_speed [--every 10]`` (needs ../shared).

The survey is of real full-lane frames of 1920 x 1080 pixels (NHA12D asphalt). One in ten is as it was taken. In the
others every crack that was drawn by hand is covered by road of the same frame from the same place across the lane, its
border faded: sound road with the grain, the markings and the studs of the real one. What nobody drew stays.

A frame is what a survey does with it, by the functions that its workers call: from the bytes to the record and the two
views as JPEG that are kept. A frame of a folder becomes its record, its overlay as JPEG and its mask as PNG.

Times are of processor seconds on one core, median of the frames; two cores are two processes that share nothing.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from ingest.imagery.camera import Camera
from ingest.imagery.engines import ENGINES
from ingest.imagery.folder import folder_frame
from ingest.imagery.frames import PIXELS_LIMIT, decode, encode_jpeg
from ingest.imagery.parameters import parameters
from ingest.imagery.survey import survey_frame
from ingest.imagery.workers import keep_memory

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data" / "cracks" / "nha12d_dev"
# lane between two frames when they just touch (1080 rows), and as surveys with this frame are specified
SCALE, SPACINGS_M = 2.5, (2.7, 3.7)
CORES = 2


def healed(image: np.ndarray, cracked: np.ndarray) -> np.ndarray:
    """
    Return a frame whose cracked places show road from further along the lane.

    Parameters
    ----------
    image
        BGR, shape (height, width, 3); the lane runs down.
    cracked
        Where cracks were drawn, shape (height, width).
    """
    wide = cv2.dilate(cracked.astype(np.uint8), np.ones((31, 31), np.uint8)) > 0
    left, result = wide.copy(), image.copy()
    for shift in (np.arange(1, 18) * 30)[:, None] * [1, -1]:
        for rows in shift:
            sound = left & ~np.roll(wide, rows, axis=0)
            fade = cv2.GaussianBlur(sound.astype(np.float32), (0, 0), 4.0)[..., None]
            result = (result * (1 - fade) + np.roll(image, rows, axis=0) * fade).astype(np.uint8)
            left &= ~sound
    return result


def frames(*, sound: bool) -> list[bytes]:
    """Return the JPEG frames as they were taken, or without their cracks."""
    contents = []
    for path in sorted((SHARED / "images").glob("A*")):
        content = path.read_bytes()
        if sound:
            mask = cv2.imread(str(SHARED / "masks" / f"{path.stem}.png"), cv2.IMREAD_GRAYSCALE) > 0
            content = encode_jpeg(healed(decode(content, name=path.name), mask), quality=90)
        contents.append(content)
    return contents


def seconds(content: bytes, *, values: Mapping[str, float], engine: str) -> dict[str, float]:
    """Return processor seconds of decoding a frame, to grey and to colour, and of all that a survey does with it."""
    start = time.process_time()
    cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_GRAYSCALE)
    grey = time.process_time()
    decode(content, name="frame")
    colour = time.process_time()
    how = {"camera": Camera("downward", SCALE), "values": values, "pixels_limit": PIXELS_LIMIT, "engine": engine}
    survey_frame(content, **how)
    survey = time.process_time()
    folder_frame(content, **how)
    folder = time.process_time()
    return {"to grey": grey - start, "to colour": colour - grey, "frame": survey - colour, "folder": folder - survey}


def speed(engine: str, *, cracked_share: float, repeats: int = 3) -> dict[str, float]:
    """Return mean times of a survey's frames, what they are of decoding, and the speed that two cores keep up with."""
    cv2.setNumThreads(1)
    keep_memory()
    values = parameters()
    sound, cracked = (
        pd.DataFrame(
            [seconds(one, values=values, engine=engine) for _ in range(repeats) for one in frames(sound=kind)]
        ).median()
        for kind in (True, False)
    )
    mean = (1 - cracked_share) * sound + cracked_share * cracked
    return {
        "decode to grey [ms]": 1000 * mean["to grey"],
        "decode to colour [ms]": 1000 * mean["to colour"],
        "sound frame [ms]": 1000 * sound["frame"],
        "cracked frame [ms]": 1000 * cracked["frame"],
        "frame of the survey [ms]": 1000 * mean["frame"],
        "frame of a folder [ms]": 1000 * mean["folder"],
        "times decoding to grey": mean["frame"] / mean["to grey"],
        "times decoding to colour": mean["frame"] / mean["to colour"],
        **{f"km/h on {CORES} cores, a frame each {m} m": 3.6 * m * CORES / mean["frame"] for m in SPACINGS_M},
    }


def main() -> pd.DataFrame:
    """Print and return the speed of both engines."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--every", type=int, default=10, help="one frame in this many has cracks")
    asked.add_argument("--repeats", type=int, default=3)
    given = asked.parse_args()
    if not SHARED.is_dir():
        raise SystemExit("The real frames (../shared/data/cracks/nha12d_dev) are not here.")
    share = 1.0 / given.every
    table = pd.DataFrame({one: speed(one, cracked_share=share, repeats=given.repeats) for one in ENGINES})
    print(table.round(1).to_string())
    return table


if __name__ == "__main__":
    main()
