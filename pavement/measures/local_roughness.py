"""Localised roughness: short rough places that the mean of a cell hides, by IRI over a short running length."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.measures.iri import TrackPiece, Tracks
from pavement.measures.limits import limit

Floats = NDArray[np.float64]
PLACES = ("from_m", "to_m", "peak_m", "iri_peak")
# measures are told to a micrometre: what lies below is the rounding of sums
_DIGITS = 6


class Running(NamedTuple):
    """Running roughness of an unbroken piece: place [m] of the middle of each window, roughness [m/km], spacing [m]."""

    middle: Floats
    iri: Floats
    spacing: float


def running_roughness(tracks: Tracks, *, base: float | None = None) -> list[Running]:
    """
    Return the continuous IRI of both wheel paths together (MRI), by unbroken piece.

    Parameters
    ----------
    tracks
        From :func:`pavement.measures.iri.rectified_tracks`.
    base
        Length over which the rectified slope is averaged; ``local_base`` (25 ft) when not given. [m]

    Returns
    -------
    running
        Windows wholly inside the piece only: a shorter one is no IRI of that base length.

    References
    ----------
    .. [1] AASHTO R 54, from memory: continuous IRI of 25 ft base length, both wheel paths averaged.
    """
    reach = limit("local_base") if base is None else base
    found = []
    for piece in _both(tracks["left"], tracks["right"]):
        count = max(1, int(reach / piece.spacing + 0.5))
        if len(piece.slope) < count:
            continue
        sums = np.concatenate([[0.0], np.cumsum(piece.slope)])
        middle = np.concatenate([[0.0], np.cumsum(piece.middle - piece.middle[0])])
        at = piece.middle[0] + (middle[count:] - middle[:-count]) / count
        found.append(Running(at, (sums[count:] - sums[:-count]) / count, piece.spacing))
    return found


def rough_places(running: list[Running], *, above: float | None = None) -> pd.DataFrame:
    """
    Return the stretches whose running roughness lies above a limit.

    Parameters
    ----------
    running
        From :func:`running_roughness`.
    above
        Limit; ``local_limit`` when not given. [m/km]

    Returns
    -------
    places
        from_m, to_m [m] that the middles of the windows cover, peak_m [m] where it is worst and iri_peak [m/km] there.
        Stretches of one piece that lie nearer to each other than ``local_gap`` are one place.
    """
    ceiling = limit("local_limit") if above is None else above
    parts = [_above(piece, ceiling) for piece in running]
    found = pd.concat([p for p in parts if len(p)] or [pd.DataFrame(columns=list(PLACES), dtype=float)])
    return found.sort_values("from_m").reset_index(drop=True)


def stretch_peaks(running: list[Running], *, length: float) -> pd.DataFrame:
    """Return from_m, to_m [m] and the largest running roughness iri_local [m/km] of stretches of `length` [m]."""
    if not running:
        return pd.DataFrame({"from_m": [], "to_m": [], "iri_local": []}, dtype=float)
    at, iri = (np.concatenate([piece[part] for piece in running]) for part in (0, 1))
    half = running[0].spacing / 2
    stretch = np.floor(at / length + 1e-9).astype(int)
    grouped = pd.DataFrame({"stretch": stretch, "at": at, "iri": iri}).groupby("stretch")
    low, high = grouped["at"].min(), grouped["at"].max()
    start = low.index.to_numpy(float) * length
    # where windows lie between samples, up to one spacing on both sides of a cut has no middle of its own
    begins = np.where(low - start <= 2 * half + 1e-6, start, low - half)
    ends = np.where(start + length - high <= 2 * half + 1e-6, start + length, high + half)
    peaks = {"from_m": begins.round(_DIGITS), "to_m": ends.round(_DIGITS), "iri_local": grouped["iri"].max()}
    return pd.DataFrame(peaks).reset_index(drop=True)


def _above(piece: Running, ceiling: float) -> pd.DataFrame:
    over = _bridged(piece.iri > ceiling, piece.middle)
    first, last = _runs(over)
    if not len(first):
        return pd.DataFrame(columns=list(PLACES), dtype=float)
    # the worst of each run: the first sample that reaches the run's largest value
    run = np.repeat(np.arange(len(first)), last - first + 1)
    inside = np.flatnonzero(over)
    top = np.maximum.reduceat(piece.iri[inside], np.searchsorted(inside, first))
    reached = piece.iri[inside] >= top[run]
    worst = inside[reached][np.searchsorted(run[reached], np.arange(len(first)))]
    ends = np.sort(np.column_stack([piece.middle[first], piece.middle[last]]), axis=1)
    return pd.DataFrame(
        {
            "from_m": (ends[:, 0] - piece.spacing / 2).round(_DIGITS),
            "to_m": (ends[:, 1] + piece.spacing / 2).round(_DIGITS),
            "peak_m": piece.middle[worst].round(_DIGITS),
            "iri_peak": piece.iri[worst],
        }
    )


def _runs(over: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the first and the last place of each run of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], over, [False]]).astype(np.int8)))
    return edges[::2], edges[1::2] - 1


def _bridged(over: NDArray[np.bool_], middle: Floats) -> NDArray[np.bool_]:
    """Return which windows belong to a rough place: those between two that are near each other are of the same."""
    first, last = _runs(over)
    near = np.flatnonzero(np.abs(middle[first[1:]] - middle[last[:-1]]) < limit("local_gap"))
    steps = np.zeros(len(over) + 1, dtype=np.int64)
    steps[last[near]] += 1
    steps[first[near + 1]] -= 1
    return over | (np.cumsum(steps[:-1]) > 0)


def _both(left: list[TrackPiece], right: list[TrackPiece]) -> list[TrackPiece]:
    """Return the mean rectified slope of two tracks on the steps that both have, by unbroken piece."""
    if not left or not right:
        return []
    sides = []
    for pieces in (left, right):
        middle, slope = (np.concatenate([piece[part] for piece in pieces]) for part in (0, 1))
        sides.append((middle.round(_DIGITS), slope))
    (at_left, of_left), (at_right, of_right) = sides
    if np.array_equal(at_left, at_right):
        at, slope = at_left, (of_left + of_right) / 2
    else:
        at, first, second = np.intersect1d(at_left, at_right, return_indices=True)
        slope = (of_left[first] + of_right[second]) / 2
    spacing = left[0].spacing
    cuts = np.flatnonzero(np.abs(np.diff(at)) > limit("iri_step_max") * spacing) + 1
    borders = [0, *cuts.tolist(), len(at)]
    return [TrackPiece(at[a:b], slope[a:b], spacing) for a, b in zip(borders[:-1], borders[1:], strict=True) if b > a]
