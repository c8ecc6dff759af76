"""Dark thin lines: grey levelled by its background, and a bank of oriented line filters over it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from itertools import pairwise

import cv2
import numpy as np

from pavement.errors import ImageError

# pixels steered at a time
_PIECE = 7168
# steps of a line response of 1 in which its spread is counted
_STEPS = 100.0


def working_image(image: np.ndarray, *, mm_per_pixel: float, working_mm: float) -> np.ndarray:
    """Return an image reduced to `working_mm` a pixel by area; coarser images are left as they are."""
    scale = mm_per_pixel / working_mm
    if scale >= 1.0:
        return image
    height, width = image.shape[:2]
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)


def levelled(grey: np.ndarray, valid: np.ndarray, *, mm_per_pixel: float, values: Mapping[str, float]) -> np.ndarray:
    """
    Return (grey / Gaussian background - 1) over its local standard deviation, 0 where not valid.

    Parameters
    ----------
    grey
        8-bit grey at the working scale, shape (height, width).
    valid
        Where the road is seen and no paint is; the rest takes no part in background and deviation.
    mm_per_pixel
        Scale of `grey`.
    values
        Image parameters.

    Raises
    ------
    ImageError
        The shapes differ.
    """
    if grey.shape != valid.shape:
        raise ImageError(f"Grey {grey.shape} and valid {valid.shape} differ in shape.")
    weight = None if valid.all() else valid.astype(np.float32)
    tone = grey.astype(np.float32)
    if weight is not None:
        tone *= weight
    # large arrays are worked on in place: at this size memory is what takes the time
    contrast = local_mean(tone, weight, values["background_mm"] / mm_per_pixel)
    np.maximum(contrast, 1.0, out=contrast)
    np.divide(tone, contrast, out=contrast)
    contrast -= 1.0
    if weight is not None:
        contrast *= weight
    deviation = local_mean(np.multiply(contrast, contrast, out=tone), weight, values["deviation_mm"] / mm_per_pixel)
    np.sqrt(deviation, out=deviation)
    np.maximum(deviation, values["deviation_min"], out=deviation)
    np.divide(contrast, deviation, out=contrast)
    return np.clip(contrast, -values["dark_limit"], values["bright_limit"], out=contrast)


def local_mean(image: np.ndarray, weight: np.ndarray | None, sigma: float) -> np.ndarray:
    """Return the Gaussian mean over pixels with weight (None: all), from a reduced image since it is smooth."""
    step = max(1, int(sigma // 5))
    height, width = image.shape
    size = (max(1, width // step), max(1, height // step))
    total = cv2.GaussianBlur(cv2.resize(image, size, interpolation=cv2.INTER_AREA), (0, 0), sigma / step)
    if weight is not None:
        share = cv2.GaussianBlur(cv2.resize(weight, size, interpolation=cv2.INTER_AREA), (0, 0), sigma / step)
        np.divide(total, np.maximum(share, 1e-3), out=total)
    return cv2.resize(total, (width, height), interpolation=cv2.INTER_LINEAR)


def line_response(
    level: np.ndarray, valid: np.ndarray, *, mm_per_pixel: float, values: Mapping[str, float]
) -> np.ndarray:
    """
    Return how strongly a dark line runs through each pixel, the largest over orientations and two widths.

    The second derivative across the line comes from three separable Gaussian derivatives a width, steered to each
    orientation (Freeman and Adelson 1991), and is then averaged along the line. Orientations in which the frame's own
    background is streaky (brushed concrete, far rows of a forward view) are damped to the spread of the others.
    """
    lines = oriented_lines(level, mm_per_pixel=mm_per_pixel, values=values)
    factors = damping(line_spreads(lines, valid, bands=int(values["ridge_bands"])))
    return strongest(lines, over_rows(factors, level.shape[0]))


def oriented_lines(level: np.ndarray, *, mm_per_pixel: float, values: Mapping[str, float]) -> np.ndarray:
    """
    Return the response of the line filter in each orientation, shape (angles, height, width).

    Parameters
    ----------
    level
        Levelled grey, shape (height, width).
    mm_per_pixel
        Scale of `level`.
    values
        Image parameters.
    """
    angles = np.arange(int(values["ridge_angles"])) * np.pi / values["ridge_angles"]
    sigmas = [values["ridge_fine_mm"] / mm_per_pixel, values["ridge_wide_mm"] / mm_per_pixel]
    lines = _steered([_curvature(level, max(sigma, 0.7)) for sigma in sigmas], angles).reshape(-1, *level.shape)
    for line, angle in zip(lines, angles, strict=True):
        kernel = line_kernel(float(angle), taps=int(values["ridge_taps"]))
        for _ in range(int(values["ridge_passes"])):
            cv2.filter2D(line, -1, kernel, dst=line, borderType=cv2.BORDER_REFLECT_101)
    return lines


def strongest(lines: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """Return the largest response over orientations, each times its factor for the row: shape (angles, height)."""
    best = lines[0] * factors[0][:, None]
    damped = np.empty_like(best)
    for line, by_row in zip(lines[1:], factors[1:], strict=True):
        np.maximum(best, np.multiply(line, by_row[:, None], out=damped), out=best)
    return best


def line_spreads(lines: np.ndarray, valid: np.ndarray, *, bands: int) -> np.ndarray:
    """Return the lower half-spread of each orientation in each band of rows, NaN where little is seen."""
    # every other row tells as much
    seen = np.ascontiguousarray(valid[::2]).view(np.uint8)
    ends = np.linspace(0, len(seen), bands + 1).astype(int)
    return np.array([_half_spreads(line[::2], seen, ends) for line in lines])


def _half_spreads(line: np.ndarray, seen: np.ndarray, ends: np.ndarray) -> list[float]:
    # counted in steps much finer than any spread, for sorting takes far longer; beyond the ends nothing is asked
    steps = cv2.addWeighted(line, _STEPS, line, 0.0, 128.0, dtype=cv2.CV_8U)
    bands = [slice(a, b) for a, b in pairwise(ends)]
    return [_half_spread(cv2.calcHist([steps[b]], [0], seen[b], [256], [0, 256]).ravel()) for b in bands]


def _half_spread(count: np.ndarray) -> float:
    # the lower side, since cracks lift the upper one
    below = np.concatenate([[0.0], np.cumsum(count)])
    if below[-1] < 100:
        return np.nan
    low, middle = np.interp(np.array([0.16, 0.5]) * below[-1], below, np.arange(257.0))
    return float(middle - low) / _STEPS


def damping(spreads: np.ndarray) -> np.ndarray:
    """Return factors, shape (angles, bands), that bring orientations of coarser texture down to the usual spread."""
    spreads = np.where(np.isnan(spreads), np.nanmean(spreads) if np.isfinite(spreads).any() else 1.0, spreads)
    return np.minimum(1.0, np.median(spreads, axis=0) / np.maximum(spreads, 1e-6))


def over_rows(damping: np.ndarray, height: int) -> np.ndarray:
    """Spread the factors of bands over rows, shape (angles, height)."""
    middles = (np.arange(damping.shape[1]) + 0.5) * height / damping.shape[1]
    return np.array([np.interp(np.arange(height), middles, factors) for factors in damping], np.float32)


def _curvature(level: np.ndarray, sigma: float) -> np.ndarray:
    """
    Return the second derivatives of the Gaussian-smoothed level, normalised for scale, shape (3, pixels): xx, xy, yy.
    """
    reach = int(np.ceil(3 * sigma))
    x = np.arange(-reach, reach + 1, dtype=np.float32)
    smooth = np.exp(-x * x / (2 * sigma * sigma))
    smooth /= smooth.sum()
    first = -x / sigma**2 * smooth
    second = (x * x / sigma**4 - 1 / sigma**2) * smooth
    second -= second.mean()
    norm = float(sigma**1.5)
    found = np.empty((3, *level.shape), np.float32)
    for part, (a, b) in zip(found, ((second, smooth), (first, first), (smooth, second)), strict=True):
        cv2.sepFilter2D(level, cv2.CV_32F, a * norm, b, dst=part)
    return found.reshape(3, -1)


def _steered(widths: list[np.ndarray], angles: np.ndarray) -> np.ndarray:
    """Return the larger of the widths' second derivatives across lines of each angle, shape (angles, pixels)."""
    x, y = -np.sin(angles), np.cos(angles)
    turn = np.column_stack([x * x, 2 * x * y, y * y]).astype(np.float32)
    found = np.empty((len(angles), widths[0].shape[1]), np.float32)
    # pieces that stay near the processor, and too small for a matrix library to start threads for
    for start in range(0, found.shape[1], _PIECE):
        part = found[:, start : start + _PIECE]
        np.matmul(turn, widths[0][:, start : start + _PIECE], out=part)
        for width in widths[1:]:
            np.maximum(part, turn @ width[:, start : start + _PIECE], out=part)
    return found


@cache
def line_kernel(angle: float, *, taps: int) -> np.ndarray:
    """Return a bell-weighted line through the middle of a `taps` x `taps` kernel, summing to 1."""
    kernel = np.zeros((taps, taps), np.float32)
    half = taps // 2
    along = np.linspace(-half, half, 4 * taps)
    weight = np.exp(-(along**2) / (2 * (half / 1.5) ** 2))
    rows = np.rint(half + along * np.sin(angle)).astype(int)
    columns = np.rint(half + along * np.cos(angle)).astype(int)
    np.add.at(kernel, (rows, columns), weight)
    return kernel / kernel.sum()
