"""What hides a road, laid over real or made frames: water, snow, leaves, vehicles, dirt, night and shade."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Layer:
    """
    What lies over a road seen from above: shown = road x gain x (1 - alpha) + colour x alpha.

    Attributes
    ----------
    colour
        BGR, shape (height, width, 3).
    alpha, gain
        Shape (height, width); 0 to 1.
    hides
        Where nothing can be read from the road any more, shape (height, width).
    """

    colour: Floats
    alpha: Floats
    gain: Floats
    hides: NDArray[np.bool_]


def spoilt(
    image: np.ndarray,
    view: np.ndarray,
    kind: str,
    *,
    mm_per_pixel: float,
    to_image: np.ndarray | None = None,
    rng: np.random.Generator,
) -> tuple[np.ndarray, NDArray[np.bool_]]:
    """
    Return a frame as if something hid part of its road, and where in the view from above it does.

    Parameters
    ----------
    image
        BGR frame as the camera made it.
    view
        Its road from above, BGR, shape (height, width, 3).
    kind
        One of :data:`KINDS`.
    mm_per_pixel
        Scale of the view.
    to_image
        Pixel of the view → pixel of the frame, shape (3, 3); None where the view is the frame.
    rng
        Strength, place and shape are drawn from it.
    """
    layer = KINDS[kind](view.astype(np.float32), mm_per_pixel, rng)
    colour, alpha, gain = layer.colour, layer.alpha, layer.gain
    if to_image is not None:
        size = (image.shape[1], image.shape[0])
        colour, alpha = (_warped(part, to_image, size) for part in (colour, alpha))
        gain = 1.0 - _warped(1.0 - gain, to_image, size)
    shown = image * (gain * (1.0 - alpha))[..., None] + colour * alpha[..., None]
    noise = rng.normal(0.0, 1.0, image.shape[:2])[..., None]
    # as a camera writes it: what is as small as the noise does not come through
    written = cv2.imencode(".jpg", np.clip(shown + noise, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 90])[1]
    return np.asarray(cv2.imdecode(written, cv2.IMREAD_COLOR)), layer.hides


def _warped(part: Floats, matrix: np.ndarray, size: tuple[int, int]) -> Floats:
    return np.asarray(cv2.warpPerspective(part, matrix, size, flags=cv2.INTER_AREA), np.float32)


def puddles(view: Floats, mm: float, rng: np.random.Generator) -> Layer:
    """Return water that stands in pools, mirrors the sky and, in places, what is dark against it."""
    where = _blobs(view.shape[:2], mm, rng, size_mm=rng.uniform(250, 600), share=rng.uniform(0.2, 0.6), edge=0.05)
    tone = _tone(view)
    sky = tone * rng.uniform(1.4, 2.4) * (0.85 + 0.3 * _smooth_field(view.shape[:2], mm, rng, size_mm=900.0))
    shore = cv2.GaussianBlur(where, (0, 0), 60.0 / mm)
    bed = cv2.GaussianBlur(view, (0, 0), 8.0 / mm) * 0.15
    colour = bed + sky[..., None] * _numbers([1.06, 1.0, 0.95])
    gain = 1.0 - 0.4 * np.clip(2.0 * shore, 0.0, 1.0)
    return Layer(np.minimum(colour, 250), 0.9 * where, gain, where > 0.5)


def wet_film(view: Floats, mm: float, rng: np.random.Generator) -> Layer:
    """Return a film of water: all is darker and smoother, and the wheel paths mirror the sky in bright streaks."""
    height, width = view.shape[:2]
    x = (np.arange(width) * mm - width * mm / 2)[None, :]
    wander = 150.0 * (_smooth_field((height, 1), mm, rng, size_mm=1500.0) - 0.5)
    paths = [np.exp(-(((x - place - wander) / rng.uniform(150, 300)) ** 2)) for place in (-900.0, 900.0)]
    streak = np.clip(sum(paths) * (0.5 + _smooth_field((height, width), mm, rng, size_mm=500.0)), 0, 1)
    sky = _tone(view) * rng.uniform(1.5, 2.2)
    soaked = cv2.GaussianBlur(view, (0, 0), 5.0 / mm) * rng.uniform(0.5, 0.7)
    mirror = np.asarray(0.9 * streak, np.float32)
    colour = soaked * (1 - mirror[..., None]) + (sky * mirror)[..., None] * _numbers([1.06, 1.0, 0.95])
    alpha = np.maximum(mirror, np.float32(0.5))
    return Layer(np.minimum(colour, 250), alpha, np.full((height, width), 0.6, np.float32), mirror > 0.5)


def snow(view: Floats, mm: float, rng: np.random.Generator) -> Layer:
    """Return snow with two tyre tracks: bright, hardly coloured, with a fine grain."""
    shape = view.shape[:2]
    where = _blobs(shape, mm, rng, size_mm=rng.uniform(500, 1200), share=rng.uniform(0.6, 1.0), edge=0.1)
    x = (np.arange(shape[1]) * mm - shape[1] * mm / 2)[None, :]
    half = rng.uniform(150, 300)
    track = np.clip(sum(1.2 - np.abs(x - place) / half for place in (-850.0, 850.0) if rng.random() < 0.7), 0, 1)
    where = where * (1 - np.float32(rng.uniform(0.6, 1.0)) * np.asarray(track, np.float32))
    tone = rng.uniform(180, 235) * (0.94 + 0.12 * _smooth_field(shape, mm, rng, size_mm=300.0))
    tone = tone + cv2.GaussianBlur(rng.normal(0, 8, shape).astype(np.float32), (0, 0), 1.0)
    colour = tone[..., None] * _numbers([1.03, 1.0, 0.98])
    return Layer(
        np.minimum(colour, 252).astype(np.float32), where, 1.0 - 0.35 * (where < 0.5) * np.float32(1), where > 0.5
    )


def leaves(view: Floats, mm: float, rng: np.random.Generator) -> Layer:
    """Return fallen leaves in drifts, yellow, brown and green."""
    height, width = view.shape[:2]
    colours = _numbers([[40, 130, 190], [30, 80, 140], [30, 60, 95], [40, 110, 90], [35, 150, 210], [35, 50, 70]])
    drift = _blobs((height, width), mm, rng, size_mm=700.0, share=rng.uniform(0.3, 0.7), edge=0.3)
    colour, alpha = np.zeros(view.shape, np.float32), np.zeros((height, width), np.float32)
    count = int(rng.uniform(150, 300) * height * width * (mm / 1000.0) ** 2)
    x, y = rng.uniform(0, width, count), rng.uniform(0, height, count)
    lies = drift[y.astype(int), x.astype(int)] > rng.uniform(0.2, 0.8, count)
    for at in np.flatnonzero(lies):
        middle, long = (int(x[at]), int(y[at])), rng.uniform(25, 60) / mm
        axes = (max(1, int(long)), max(1, int(long * rng.uniform(0.4, 0.8))))
        shade = colours[rng.integers(len(colours))] * rng.uniform(0.7, 1.2)
        cv2.ellipse(colour, middle, axes, rng.uniform(0, 180), 0, 360, [float(c) for c in shade], -1, cv2.LINE_AA)
        cv2.ellipse(alpha, middle, axes, 0, 0, 360, 1.0, -1, cv2.LINE_AA)
    alpha = (colour.sum(axis=2) > 0).astype(np.float32)
    light = 0.85 + 0.3 * _smooth_field((height, width), mm, rng, size_mm=20.0)
    covered = cv2.blur(alpha, (2 * round(150 / mm) + 1,) * 2) > 0.4
    return Layer(colour * light[..., None], 0.95 * alpha, np.ones((height, width), np.float32), covered)


def vehicle(view: Floats, mm: float, rng: np.random.Generator) -> Layer:
    """Return a vehicle over about a third of the view: paint with soft reflections, a dark window, a sharp edge."""
    height, width = view.shape[:2]
    share, side = rng.uniform(0.25, 0.45), rng.integers(4)
    y, x = np.indices((height, width), dtype=np.float32)
    far = [y / height, 1 - y / height, x / width, 1 - x / width][side]
    along = [x / width, x / width, y / height, y / height][side]
    body = (far + 0.06 * (2 * along - 1) ** 2 < share) & (along > rng.uniform(0, 0.15)) & (along < rng.uniform(0.85, 1))
    paint = rng.uniform(30, 230) * (1 + rng.uniform(-0.25, 0.25, 3)) * np.ones(3)
    shine = 0.8 + 0.4 * _smooth_field((height, width), mm, rng, size_mm=800.0)
    colour = shine[..., None] * paint.astype(np.float32)
    window = body & (far > 0.35 * share) & (far < 0.7 * share) & (along > 0.25) & (along < 0.75)
    colour[window] *= 0.25
    colour[np.abs(far - 0.85 * share) < 3.0 / min(height, width)] *= 0.5
    alpha = cv2.GaussianBlur(body.astype(np.float32), (0, 0), 0.8)
    shade = cv2.blur(body.astype(np.float32), (2 * round(200 / mm) + 1,) * 2)
    return Layer(np.clip(colour, 5, 250), alpha, 1.0 - 0.6 * np.clip(2 * shade, 0, 1), body)


def lens_dirt(view: Floats, mm: float, rng: np.random.Generator) -> Layer:
    """Return mud on the lens: brownish, without any grain, its border far out of focus."""
    where = _blobs(view.shape[:2], mm, rng, size_mm=rng.uniform(300, 600), share=rng.uniform(0.2, 0.5), edge=0.25)
    tone = float(np.median(_tone(view))) * rng.uniform(0.5, 0.9)
    mud = (
        tone
        * _numbers([0.8, 0.95, 1.1])
        * (0.95 + 0.1 * _smooth_field(view.shape[:2], mm, rng, size_mm=200.0))[..., None]
    )
    alpha = where * np.float32(rng.uniform(0.9, 1.0))
    return Layer(mud, alpha, np.ones(view.shape[:2], np.float32), alpha > 0.8)


def night(view: Floats, _mm: float, rng: np.random.Generator) -> Layer:
    """Return a pool of headlights that falls off to darkness, with the noise of a raised gain."""
    height, width = view.shape[:2]
    y, x = np.indices((height, width), dtype=np.float32)
    middle = (width * rng.uniform(0.35, 0.65), height * rng.uniform(0.5, 0.9))
    reach = rng.uniform(0.2, 0.35) * min(height, width)
    gain = rng.uniform(0.7, 1.1) * np.exp(
        -(((x - middle[0]) / reach) ** 2 + ((y - middle[1]) / (1.5 * reach)) ** 2) / 2
    )
    gain = np.asarray(gain + 0.02, np.float32)
    noise = rng.normal(0, rng.uniform(2, 5), (height, width)).astype(np.float32)
    colour = np.clip(view * gain[..., None] + noise[..., None], 0, 255)
    return Layer(colour, np.ones((height, width), np.float32), np.ones((height, width), np.float32), gain < 0.15)


def tree_shade(view: Floats, mm: float, rng: np.random.Generator) -> Layer:
    """Return the hard shade of a tree: blue, with gaps and twigs, its penumbra 10 to 40 mm."""
    shape, share = view.shape[:2], rng.uniform(0.3, 0.6)
    field = 0.6 * _smooth_field(shape, mm, rng, size_mm=900.0) + 0.3 * _smooth_field(shape, mm, rng, size_mm=150.0)
    field = field + 0.1 * _smooth_field(shape, mm, rng, size_mm=50.0)
    shade = cv2.GaussianBlur(
        (field > np.quantile(field, 1 - share)).astype(np.float32), (0, 0), rng.uniform(5, 20) / mm
    )
    dark = rng.uniform(0.5, 0.7)
    # light of the blue sky is left
    colour = view * (1 - dark * _numbers([0.9, 1.0, 1.07]))
    border = cv2.morphologyEx(
        (shade > 0.5).astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((2 * round(30 / mm) + 1,) * 2)
    )
    return Layer(colour, shade, np.ones(shape, np.float32), border > 0)


KINDS: dict[str, Callable[[Floats, float, np.random.Generator], Layer]] = {
    "puddles": puddles,
    "wet_film": wet_film,
    "snow": snow,
    "leaves": leaves,
    "vehicle": vehicle,
    "lens_dirt": lens_dirt,
    "night": night,
    "tree_shade": tree_shade,
}


def _numbers(values: Sequence[float] | Sequence[Sequence[float]]) -> Floats:
    return np.array(values, np.float32)


def _tone(view: Floats) -> Floats:
    """Return the usual tone of a view, everywhere: what is mirrored does not depend on the road."""
    grey = view.mean(axis=2)
    return np.full(grey.shape, max(float(np.median(grey[grey > 0])), 40.0), np.float32)


def _smooth_field(shape: tuple[int, int], mm: float, rng: np.random.Generator, *, size_mm: float) -> Floats:
    """Return smooth chance values from 0 to 1 whose places keep together over a size. [mm]"""
    step = max(1.0, size_mm / mm / 8.0)
    small = (max(2, int(shape[1] / step) + 2), max(2, int(shape[0] / step) + 2))
    noise = cv2.GaussianBlur(rng.normal(size=small[::-1]).astype(np.float32), (0, 0), size_mm / mm / step / 3.0)
    field = cv2.resize(noise, shape[::-1], interpolation=cv2.INTER_CUBIC)
    low, high = np.quantile(field, [0.02, 0.98])
    return np.asarray(np.clip((field - low) / max(float(high - low), 1e-6), 0, 1), np.float32)


def _blobs(
    shape: tuple[int, int], mm: float, rng: np.random.Generator, *, size_mm: float, share: float, edge: float
) -> Floats:
    """Return 0 to 1: blobs of a size [mm] that cover a share of the view; `edge` is how soft their borders are."""
    field = _smooth_field(shape, mm, rng, size_mm=size_mm) + 0.1 * _smooth_field(shape, mm, rng, size_mm=60.0)
    level = np.quantile(field, 1 - share)
    return np.asarray(np.clip((field - level) / edge + 0.5, 0, 1), np.float32)
