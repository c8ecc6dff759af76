"""One place seen twice: the turn, scale and shift that lay an earlier view over a later one, or that none is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ingest.imagery.camera import TopView
from ingest.imagery.ridges import levelled, working_image

Floats = NDArray[Any]
LITTLE, DIFFERENT = "too little in common", "surfaces do not match"


@dataclass(frozen=True)
class Alignment:
    """
    How an earlier view lies on a later one.

    Attributes
    ----------
    matrix
        Pixel (x, y) of the earlier view → pixel of the later one, shape (2, 3); the one expected when not aligned.
    aligned
        Whether the two may be laid over one another.
    reason
        Why not; empty when they may.
    agreement
        Share of the patches judged that find the same place on their own, 0 to 1. [-]
    patches
        Patches judged.
    error_mm
        Median distance of the agreeing patches from the transform; NaN when not aligned. [mm]
    """

    matrix: Floats
    aligned: bool
    reason: str
    agreement: float
    patches: int
    error_mm: float


@dataclass(frozen=True)
class _Level:
    """A view levelled at the scale of alignment: what is darker or lighter than its surroundings, and where seen."""

    tone: np.ndarray
    valid: np.ndarray
    to_level: Floats


def alignment(
    then: TopView, now: TopView, *, ahead_m: float = 0.0, right_m: float = 0.0, values: Mapping[str, float]
) -> Alignment:
    """
    Return how an earlier view from above lies on a later one of the same place.

    The levelled greys of both are correlated in the frequency domain for a grid of turns and scales, with amplitudes
    flattened so that neither light nor the strongest line decides [1]_. Then many small patches look for their own
    place near the one found; a similarity through most of them is the transform, and the share of patches that agree
    with it is its quality. A wrong place has no patches that agree, so it is refused rather than shown.

    Parameters
    ----------
    then, now
        Views from above with travel upwards, each with its own scale.
    ahead_m, right_m
        Where the lower left corner of `then` is expected from that of `now`. [m]
    values
        Image parameters.

    References
    ----------
    .. [1] Kuglin and Hines, "The phase correlation image alignment method", IEEE Int. Conf. Cybernetics and Society,
       1975; here with the amplitude to a power below one (``align_flattening``) instead of fully flattened.
    """
    here, there = _level(now, values), _level(then, values)
    expected = _expected(there, here, ahead_m=ahead_m, right_m=right_m, values=values)
    tried = [_refined(start, there, here, values) for start in _starts(there, here, expected, values)]
    best = max(tried, key=lambda t: (t.agreement * t.patches, t.agreement), default=None)
    if best is None or best.patches < values["align_patches_min"]:
        return _refused(expected, LITTLE, best, there, here)
    if best.agreement < values["align_agreement"]:
        return _refused(expected, DIFFERENT, best, there, here)
    matrix = _between(best.matrix, there, here)
    return Alignment(matrix, True, "", best.agreement, best.patches, best.error_mm)


def _refused(expected: Floats, reason: str, best: Alignment | None, there: _Level, here: _Level) -> Alignment:
    agreement, patches = (best.agreement, best.patches) if best else (0.0, 0)
    return Alignment(_between(expected, there, here), False, reason, agreement, patches, np.nan)


def laid_over(image: np.ndarray, matrix: Floats, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """
    Return an earlier image as the later camera would have seen it, and where it does show something.

    Parameters
    ----------
    image
        The earlier view.
    matrix
        As :attr:`Alignment.matrix`.
    shape
        Height and width of the later view. [px]
    """
    size = (shape[1], shape[0])
    seen = cv2.warpAffine(np.full(image.shape[:2], 255, np.uint8), matrix, size, flags=cv2.INTER_NEAREST)
    return cv2.warpAffine(image, matrix, size, flags=cv2.INTER_LINEAR), seen > 0


def placed(points: Floats, matrix: Floats) -> Floats:
    """Return points (n, 2) of the earlier view where they lie on the later one."""
    return np.asarray(points, float) @ matrix[:, :2].T + matrix[:, 2]


def _level(view: TopView, values: Mapping[str, float]) -> _Level:
    """Reduce a view to the scale of alignment and level its grey; a coarser one is enlarged."""
    grey = cv2.cvtColor(view.image, cv2.COLOR_BGR2GRAY) if view.image.ndim == 3 else view.image
    mm = values["align_mm"]
    scale = view.mm_per_pixel / mm
    size = (max(8, round(grey.shape[1] * scale)), max(8, round(grey.shape[0] * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.resize(grey, size, interpolation=how)
    seen = cv2.resize(view.valid.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    # the rim of a warped view is smeared
    inside = cv2.erode(seen, np.ones((5, 5), np.uint8), borderValue=1) > 0
    tone = levelled(small, inside, mm_per_pixel=mm, values=values)
    sx, sy = size[0] / grey.shape[1], size[1] / grey.shape[0]
    return _Level(tone, inside, np.array([[sx, 0, (sx - 1) / 2], [0, sy, (sy - 1) / 2], [0, 0, 1.0]]))


def _expected(there: _Level, here: _Level, *, ahead_m: float, right_m: float, values: Mapping[str, float]) -> Floats:
    """Return the transform [px of alignment] that positions alone give; the lower left corners are what they place."""
    metre = 1000.0 / values["align_mm"]
    lower = here.tone.shape[0] - there.tone.shape[0]
    return np.array([[1.0, 0.0, right_m * metre], [0.0, 1.0, lower - ahead_m * metre]])


def _between(matrix: Floats, there: _Level, here: _Level) -> Floats:
    """Return a transform at the scale of alignment as one between the pixels of the views."""
    return (np.linalg.inv(here.to_level) @ np.vstack([matrix, [0, 0, 1]]) @ there.to_level)[:2]


def _starts(there: _Level, here: _Level, expected: Floats, values: Mapping[str, float]) -> list[Floats]:
    """Return the likeliest transforms over a grid of turns and scales, the likeliest first."""
    step = values["align_coarse_mm"] / values["align_mm"]
    reach = np.ceil(np.array([values["align_ahead"], values["align_across"]]) * 1000.0 / values["align_coarse_mm"])
    then, now = (working_image(level.tone, mm_per_pixel=1.0, working_mm=step) for level in (there, here))
    search = _Search(then, now, reach=reach.astype(int), flattening=values["align_flattening"])
    height, width = there.tone.shape
    found = []
    for turn in _grid(values["align_turn"], values["align_turn_step"]):
        for scale in 1.0 + _grid(values["align_scale"], values["align_scale_step"]):
            middle = ((width - 1) / 2, (height - 1) / 2)
            start = np.asarray(cv2.getRotationMatrix2D(middle, float(turn), float(scale)), float)
            start[:, 2] += expected[:, 2]
            score, shift = search.best(_coarser(start, step))
            start[:, 2] += shift * step
            found.append((score, start))
    found.sort(key=lambda one: -one[0])
    return [start for _, start in found[: int(values["align_tries"])]]


def _grid(reach: float, step: float) -> Floats:
    count = round(reach / step)
    return np.arange(-count, count + 1) * step


def _coarser(matrix: Floats, step: float) -> Floats:
    """Return a transform for pixels that are `step` times as large; their centres lie half a large pixel in."""
    half = (step - 1) / 2
    return np.column_stack([matrix[:, :2], (matrix[:, :2] @ [half, half] + matrix[:, 2] - half) / step])


class _Search:
    """Correlation of a turned image with another one, over shifts up to a reach (rows, columns) [px]."""

    def __init__(self, then: np.ndarray, now: np.ndarray, *, reach: NDArray[np.int_], flattening: float) -> None:
        self._then, self._reach, self._flattening = then, reach, flattening
        # as wide a border of nothing as the reach: what leaves one side must not come in at the other
        self._shape = tuple(cv2.getOptimalDFTSize(int(n + 2 * r)) for n, r in zip(now.shape, reach, strict=True))
        ground = np.zeros(self._shape, np.float32)
        ground[reach[0] : reach[0] + now.shape[0], reach[1] : reach[1] + now.shape[1]] = now
        self._target = np.conj(np.fft.rfft2(ground))

    def best(self, matrix: Floats) -> tuple[float, Floats]:
        """Return how many deviations the best correlation stands out, and the shift (x, y) that brings it about."""
        on_ground = matrix + np.array([[0, 0, self._reach[1]], [0, 0, self._reach[0]]])
        turned = cv2.warpAffine(self._then, on_ground, self._shape[::-1])
        product = np.fft.rfft2(turned) * self._target
        product /= np.abs(product) ** self._flattening + 1e-6
        surface = np.fft.irfft2(product, self._shape)
        rows, columns = (np.arange(-r, r + 1) for r in self._reach)
        window = surface[np.ix_(rows % self._shape[0], columns % self._shape[1])]
        at = np.unravel_index(int(window.argmax()), window.shape)
        score = float((window[at] - window.mean()) / max(float(window.std()), 1e-9))
        # the peak says how far the earlier image lies from the later one: the shift takes it back
        return score, -np.array([columns[at[1]], rows[at[0]]], float)


def _refined(start: Floats, there: _Level, here: _Level, values: Mapping[str, float]) -> Alignment:
    """Return the similarity through most patches near a transform, in pixels of alignment, with its quality."""
    mm = values["align_mm"]
    reach, tolerance = values["align_reach_mm"] / mm, values["align_tolerance_mm"] / mm
    matrix = start
    for near in (reach, reach / 2):
        at, moved = _patch_shifts(matrix, there, here, reach=near, values=values)
        if len(at) < values["align_patches_min"]:
            return Alignment(matrix, False, LITTLE, 0.0, len(at), np.nan)
        step, _ = cv2.estimateAffinePartial2D(
            at, at + moved, method=cv2.RANSAC, ransacReprojThreshold=tolerance, maxIters=2000, confidence=0.999
        )
        if step is None:
            return Alignment(matrix, False, DIFFERENT, 0.0, len(at), np.nan)
        matrix = (np.vstack([step, [0, 0, 1]]) @ np.vstack([matrix, [0, 0, 1]]))[:2]
    # judged over the whole reach again: within a narrow one, chance alone would look like agreement
    at, moved = _patch_shifts(matrix, there, here, reach=reach, values=values)
    away = np.hypot(moved[:, 0], moved[:, 1])
    agrees = away <= tolerance
    error = float(np.median(away[agrees])) * mm if agrees.any() else np.nan
    return Alignment(matrix, True, "", float(agrees.mean()) if len(at) else 0.0, len(at), error)


def _patch_shifts(
    matrix: Floats, there: _Level, here: _Level, *, reach: float, values: Mapping[str, float]
) -> tuple[Floats, Floats]:
    """Return the middles of the patches of the later view seen by both, and how far each finds its content moved."""
    tone, seen = laid_over(there.tone, matrix, here.tone.shape)
    both = here.valid & seen & (laid_over(there.valid.astype(np.uint8), matrix, here.tone.shape)[0] > 0)
    side = 2 * round(values["align_patch_mm"] / values["align_mm"] / 2)
    step = side // 2
    views = [np.lib.stride_tricks.sliding_window_view(a, (side, side))[::step, ::step] for a in (here.tone, tone, both)]
    rows, columns = np.nonzero(views[2].mean(axis=(2, 3)) >= values["align_patch_seen"])
    if not len(rows):
        return np.empty((0, 2)), np.empty((0, 2))
    window = np.outer(np.hanning(side), np.hanning(side)).astype(np.float32)
    now, then = (v[rows, columns] for v in views[:2])
    now, then = ((p - p.mean(axis=(1, 2), keepdims=True)) * window for p in (now, then))
    product = np.fft.rfft2(now) * np.conj(np.fft.rfft2(then))
    product /= np.abs(product) ** values["align_flattening"] + 1e-6
    product *= _without_straight(side, values["align_straight"])
    surface = np.fft.fftshift(np.fft.irfft2(product, (side, side)), axes=(1, 2))
    around = round(reach)
    part = surface[:, step - around : step + around + 1, step - around : step + around + 1]
    moved = _peaks(part) - around
    middles = np.column_stack([columns, rows]) * float(step) + (side - 1) / 2
    return middles, moved


def _without_straight(side: int, least: float) -> np.ndarray:
    """
    Return 1 for the frequencies of a patch that tell a place, shape (side, side // 2 + 1).

    What runs straight along or across the road (lane lines, tyre marks, joints, grooves) is the same at many places,
    and patches that hold it would agree on any of them.
    """
    down, across = np.abs(np.fft.fftfreq(side, 1 / side)), np.fft.rfftfreq(side, 1 / side)
    return ((down > least)[:, None] & (across > least)).astype(np.float32)


def _peaks(surfaces: np.ndarray) -> Floats:
    """Return column and row of the highest place of each surface (n, rows, columns), between pixels by a parabola."""
    count, height, width = surfaces.shape
    row, column = np.divmod(surfaces.reshape(count, -1).argmax(axis=1), width)
    which = np.arange(count)
    fine = []
    for at, most, axis in ((column, width, 2), (row, height, 1)):
        here = np.clip(at, 1, most - 2)
        line = (
            np.take_along_axis(surfaces, column[:, None, None], axis=2)[:, :, 0] if axis == 1 else surfaces[which, row]
        )
        before, middle, after = (line[which, here + d] for d in (-1, 0, 1))
        bend = before - 2 * middle + after
        offset = np.where(np.abs(bend) > 1e-12, (before - after) / np.where(np.abs(bend) > 1e-12, 2 * bend, 1.0), 0.0)
        fine.append(np.where(at == here, at + np.clip(offset, -0.5, 0.5), at))
    return np.column_stack(fine).astype(float)
