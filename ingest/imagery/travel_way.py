"""Whether the top of frames is ahead: neighbours that overlap show the same road, shifted by the way driven."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from ingest.imagery.ridges import levelled, working_image
from pavement.errors import ImageError

_LANE = ["route", "direction", "lane"]


def check_way(frames: pd.DataFrame, views: Mapping[str, bytes | Path], *, values: Mapping[str, float]) -> None:
    """
    Refuse frames of which the lower edge is ahead: upside down, or positions that run against travel.

    Nothing is told where neighbouring frames do not overlap, or where too few of them show the same road.

    Parameters
    ----------
    frames
        Columns frame, route, direction, lane, measure_m, length_m [m], image, view_mm, usable; and sense, 1 where
        measure grows in the direction of travel, else -1.
    views
        `image` → JPEG of the road from above: its bytes, or the file it lies in.
    values
        Image parameters.

    Raises
    ------
    ImageError
        Most of the overlapping pairs that tell a way tell the wrong one.
    """
    pairs = overlapping_pairs(frames, values=values)
    ways = [
        way_told(
            *(_tone(views[image], mm, values) for image, mm in ((p.image, p.view_mm), (p.next_image, p.next_mm))),
            driven_m=p.driven_m,
            values=values,
        )
        for p in pairs.itertuples()
    ]
    told = np.array([way for way in ways if way])
    if len(told) < values["way_pairs_min"] or (told < 0).mean() < values["way_share"]:
        return
    first = pairs.iloc[ways.index(-1)]
    raise ImageError(
        f"In {(told < 0).sum()} of {len(told)} pairs of frames that overlap, such as {first['frame']} and "
        f"{first['next']}, the road moves towards the top of the image from one to the next: the frames are upside "
        "down, or their positions run against travel.",
        cure="Turn the images so that their top is ahead, or correct direction and measures of the positions.",
    )


def overlapping_pairs(frames: pd.DataFrame, *, values: Mapping[str, float]) -> pd.DataFrame:
    """
    Return frames and the next one of their lane where both see enough of the same road, no more than ``way_pairs``.

    Parameters
    ----------
    frames
        As of :func:`check_way`.
    values
        Image parameters.

    Returns
    -------
    pairs
        Columns frame, image, view_mm, next, next_image, next_mm, and driven_m: way from one to the next. [m]
    """
    good = frames[frames["usable"].astype(bool) & (frames["view_mm"] > 0)]
    entry = good["measure_m"].where(good["sense"] > 0, -(good["measure_m"] + good["length_m"]))
    good = good.assign(entry=entry).sort_values([*_LANE, "entry", "frame"], kind="stable")
    after = good.groupby(_LANE, sort=False)[["frame", "image", "view_mm", "entry"]].shift(-1)
    driven = after["entry"] - good["entry"]
    meet = driven.between(values["way_driven"], (1.0 - values["way_overlap"]) * good["length_m"])
    pairs = good[["frame", "image", "view_mm"]].assign(
        next=after["frame"], next_image=after["image"], next_mm=after["view_mm"], driven_m=driven
    )[meet]
    at = np.linspace(0, len(pairs) - 1, min(int(values["way_pairs"]), len(pairs))).round().astype(int)
    return pairs.iloc[at].reset_index(drop=True)


def way_told(here: np.ndarray, there: np.ndarray, *, driven_m: float, values: Mapping[str, float]) -> int:
    """
    Return 1 where the top of two views is ahead, -1 where the lower edge is, 0 where they do not tell.

    Parameters
    ----------
    here, there
        Levelled greys of a view and of the next one, at the scale ``way_mm``.
    driven_m
        Way from one to the next. [m]
    values
        Image parameters.
    """
    shift = round(driven_m * 1000.0 / values["way_mm"])
    ahead = _likeness(here, there, shift=shift, values=values)
    behind = _likeness(there, here, shift=shift, values=values)
    if max(ahead, behind) < values["way_peak"] or max(ahead, behind) < values["way_lead"] * min(ahead, behind):
        return 0
    return 1 if ahead > behind else -1


def _likeness(first: np.ndarray, second: np.ndarray, *, shift: int, values: Mapping[str, float]) -> float:
    """
    Return how far the correlation of the top of one view with the bottom of another stands out. [deviations]

    As in :mod:`ingest.imagery.registration` amplitudes are flattened, and what runs straight along or across is left
    out: it is the same everywhere.
    """
    width = min(first.shape[1], second.shape[1])
    height = min(first.shape[0], second.shape[0]) - shift
    if height < 8 or width < 8:
        return 0.0
    window = np.outer(np.hanning(height), np.hanning(width)).astype(np.float32)
    top, bottom = first[:height, :width], second[second.shape[0] - height :, :width]
    product = np.fft.rfft2(top * window) * np.conj(np.fft.rfft2(bottom * window))
    product /= np.abs(product) ** values["align_flattening"] + 1e-6
    straight = values["align_straight"]
    down, across = np.abs(np.fft.fftfreq(height, 1 / height)), np.fft.rfftfreq(width, 1 / width)
    surface = np.fft.irfft2(product * ((down > straight)[:, None] & (across > straight)), (height, width))
    rows = int(min(values["align_ahead"] * 1000.0 / values["way_mm"], shift / 2, height / 2 - 1))
    columns = int(min(values["align_across"] * 1000.0 / values["way_mm"], width / 2 - 1))
    near = surface[np.ix_(np.arange(-rows, rows + 1), np.arange(-columns, columns + 1))]
    return float((near.max() - near.mean()) / max(float(near.std()), 1e-9))


def _tone(view: bytes | Path, mm: float, values: Mapping[str, float]) -> np.ndarray:
    """Return the levelled grey of a stored view at the scale of ways."""
    data = view if isinstance(view, bytes) else view.read_bytes()
    grey = np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE))
    small = working_image(grey, mm_per_pixel=mm, working_mm=values["way_mm"])
    return levelled(small, small > 0, mm_per_pixel=mm * grey.shape[1] / small.shape[1], values=values)
