"""Frames that do not lie as they should: on their side, where markings run across travel."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ingest.imagery.lane import bright_strips, brightest, line_components
from pavement.errors import ImageError


def marked_across(image: np.ndarray, seen: np.ndarray, *, mm_per_pixel: float, values: Mapping[str, float]) -> bool:
    """
    Return whether a painted line runs from one side of a view to the other.

    Parameters
    ----------
    image
        BGR seen from above, shape (height, width, 3).
    seen
        Where the road is seen, shape (height, width).
    mm_per_pixel
        Scale of the image.
    values
        Image parameters; ``side_span`` is the share of the width that a line has to reach over.
    """
    tone = np.ascontiguousarray(brightest(image).T)
    bright = bright_strips(tone, np.ascontiguousarray(seen.T), mm_per_pixel=mm_per_pixel, values=values)
    label, lines = line_components(bright, mm_per_pixel=mm_per_pixel, values=values)
    spans = [np.ptp(np.flatnonzero((label == number).any(axis=1))) + 1 for number in lines[:, 3]]
    return bool(max(spans, default=0) >= values["side_span"] * len(tone))


def check_turned(markings: np.ndarray, values: Mapping[str, float]) -> None:
    """
    Refuse frames that lie on their side.

    A stop bar or a chevron in a few frames refuses nothing: of all frames that show a painted line most have to show
    one that runs across the whole view, and none along.

    Parameters
    ----------
    markings
        How the markings of each frame that can be judged lie: "along", "across" or "".
    values
        Image parameters.

    Raises
    ------
    ImageError
        They do.
    """
    across, along = (int((markings == way).sum()) for way in ("across", "along"))
    if across < max(values["lane_frames_min"], values["side_frames"] * len(markings)):
        return
    if across >= values["side_share"] * (across + along):
        raise ImageError(
            f"Painted lines run across the whole image in {across} of {len(markings)} frames, and along it in {along}: "
            "the camera was on its side.",
            cure="Turn the images by a quarter so that their top is ahead; where EXIF holds the turn, set "
            'orientation = "apply" under [camera].',
        )
