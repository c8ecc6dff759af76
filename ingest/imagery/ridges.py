"""Dark thin lines: grey levelled by its background, and a bank of oriented line filters over it."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np

from pavement.errors import ImageError


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
    weight = valid.astype(np.float32)
    tone = grey.astype(np.float32) * weight
    background = local_mean(tone, weight, values["background_mm"] / mm_per_pixel)
    contrast = (tone / np.maximum(background, 1.0) - 1.0) * weight
    deviation = np.sqrt(local_mean(contrast * contrast, weight, values["deviation_mm"] / mm_per_pixel))
    return np.clip(
        contrast / np.maximum(deviation, values["deviation_min"]), -values["dark_limit"], values["bright_limit"]
    )


def local_mean(image: np.ndarray, weight: np.ndarray, sigma: float) -> np.ndarray:
    """Return the Gaussian mean over pixels with weight, from a reduced image since it is smooth."""
    step = max(1, int(sigma // 5))
    height, width = image.shape
    size = (max(1, width // step), max(1, height // step))
    small = [cv2.resize(part, size, interpolation=cv2.INTER_AREA) for part in (image, weight)]
    total, share = (cv2.GaussianBlur(part, (0, 0), sigma / step) for part in small)
    return cv2.resize(total / np.maximum(share, 1e-3), (width, height), interpolation=cv2.INTER_LINEAR)


def line_response(
    level: np.ndarray, valid: np.ndarray, *, mm_per_pixel: float, values: Mapping[str, float]
) -> np.ndarray:
    """
    Return how strongly a dark line runs through each pixel, the largest over orientations and two widths.

    The second derivative across the line comes from three separable Gaussian derivatives a width, steered to each
    orientation (Freeman and Adelson 1991), and is then averaged along the line. Orientations in which the frame's own
    background is streaky (brushed concrete, far rows of a forward view) are damped to the spread of the others.
    """
    sigmas = [values["ridge_fine_mm"] / mm_per_pixel, values["ridge_wide_mm"] / mm_per_pixel]
    widths = [_curvature(level, max(sigma, 0.7)) for sigma in sigmas]
    responses = []
    for angle in np.arange(int(values["ridge_angles"])) * np.pi / values["ridge_angles"]:
        across = (-np.sin(angle), np.cos(angle))
        response = _steered(widths[0], across)
        for width in widths[1:]:
            np.maximum(response, _steered(width, across), out=response)
        kernel = line_kernel(angle, taps=int(values["ridge_taps"]))
        for _ in range(int(values["ridge_passes"])):
            response = cv2.filter2D(response, -1, kernel, borderType=cv2.BORDER_REFLECT_101)
        responses.append(response)
    damping = _damping(np.array([_spreads(r, valid, bands=int(values["ridge_bands"])) for r in responses]))
    best = np.full(level.shape, -np.inf, np.float32)
    for response, by_row in zip(responses, _over_rows(damping, level.shape[0]), strict=True):
        np.maximum(best, response * by_row[:, None], out=best)
    return best


def _spreads(response: np.ndarray, valid: np.ndarray, *, bands: int) -> np.ndarray:
    """Return the lower half-spread of a response in each band of rows, NaN where little is seen."""
    parts = zip(np.array_split(response[::4, ::4], bands), np.array_split(valid[::4, ::4], bands), strict=True)
    return np.array([_half_spread(part[seen]) for part, seen in parts])


def _half_spread(sample: np.ndarray) -> float:
    # the lower side, since cracks lift the upper one
    if sample.size < 100:
        return np.nan
    low, middle = int(0.16 * sample.size), sample.size // 2
    ordered = np.partition(sample, [low, middle])
    return float(ordered[middle] - ordered[low])


def _damping(spreads: np.ndarray) -> np.ndarray:
    """Return factors, shape (angles, bands), that bring orientations of coarser texture down to the usual spread."""
    spreads = np.where(np.isnan(spreads), np.nanmean(spreads) if np.isfinite(spreads).any() else 1.0, spreads)
    return np.minimum(1.0, np.median(spreads, axis=0) / np.maximum(spreads, 1e-6))


def _over_rows(damping: np.ndarray, height: int) -> np.ndarray:
    """Spread the factors of bands over rows, shape (angles, height)."""
    middles = (np.arange(damping.shape[1]) + 0.5) * height / damping.shape[1]
    return np.array([np.interp(np.arange(height), middles, factors) for factors in damping], np.float32)


def _curvature(level: np.ndarray, sigma: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the second derivatives xx, xy, yy of the Gaussian-smoothed level, normalised for scale."""
    reach = int(np.ceil(3 * sigma))
    x = np.arange(-reach, reach + 1, dtype=np.float32)
    smooth = np.exp(-x * x / (2 * sigma * sigma))
    smooth /= smooth.sum()
    first = -x / sigma**2 * smooth
    second = (x * x / sigma**4 - 1 / sigma**2) * smooth
    second -= second.mean()
    norm = float(sigma**1.5)
    pairs = ((second, smooth), (first, first), (smooth, second))
    xx, xy, yy = (cv2.sepFilter2D(level, cv2.CV_32F, a * norm, b) for a, b in pairs)
    return xx, xy, yy


def _steered(parts: tuple[np.ndarray, np.ndarray, np.ndarray], across: tuple[float, float]) -> np.ndarray:
    xx, xy, yy = parts
    x, y = across
    mixed = cv2.addWeighted(xx, x * x, yy, y * y, 0.0)
    return cv2.addWeighted(mixed, 1.0, xy, 2 * x * y, 0.0)


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
