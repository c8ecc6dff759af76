"""How asphalt looks from above: stones, mottling and wheel paths, from a few tiles used again and again."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from sample_data.process import stream_of

MM_PER_PIXEL = 2.0
WIDTH, HEIGHT = 1800, 1000
_TILES = 4
_SIDE = 2200

Grey = NDArray[np.float32]


@cache
def tiles(seed: int) -> tuple[Grey, ...]:
    """Return tiles of texture about 0 [grey], shape (2200, 2200): stones of 4-12 mm and mottling of decimetres."""
    found = []
    for number in range(_TILES):
        rng = stream_of(seed, "tile", number)
        noise = rng.standard_normal((_SIDE, _SIDE), dtype=np.float32)
        stones = cv2.GaussianBlur(noise, (0, 0), 1.1) * 2.4
        coarse = cv2.GaussianBlur(noise[::-1], (0, 0), 2.6) * 5.0
        small = cv2.resize(
            rng.standard_normal((40, 40), dtype=np.float32), (_SIDE, _SIDE), interpolation=cv2.INTER_CUBIC
        )
        found.append((8.0 * stones + 4.5 * coarse + 2.5 * small).astype(np.float32))
    return tuple(found)


def texture(rng: np.random.Generator, *, seed: int, size: tuple[int, int] = (WIDTH, HEIGHT)) -> Grey:
    """Return a piece of texture of `size` (width, height) [px], from a tile by chance, perhaps mirrored."""
    tile = tiles(seed)[rng.integers(_TILES)]
    x, y = rng.integers(0, _SIDE - size[0] + 1), rng.integers(0, _SIDE - size[1] + 1)
    piece = tile[y : y + size[1], x : x + size[0]]
    return piece[:: 1 - 2 * int(rng.integers(2)), :: 1 - 2 * int(rng.integers(2))]


def light(rng: np.random.Generator, *, size: tuple[int, int] = (WIDTH, HEIGHT)) -> Grey:
    """Return illumination over a frame about 1: a slope, and darkening to the corners."""
    x, y = np.linspace(-1, 1, size[0], dtype=np.float32), np.linspace(-1, 1, size[1], dtype=np.float32)[:, None]
    slope_x, slope_y, corner = rng.uniform(-0.08, 0.08), rng.uniform(-0.06, 0.06), rng.uniform(0.02, 0.1)
    across, along = 1 + slope_x * x - corner * x**2, slope_y * y - 0.5 * corner * y**2
    return (across + along).astype(np.float32)


def jpeg(image: NDArray[np.uint8], *, quality: int = 85) -> bytes:
    """Return an image as JPEG bytes."""
    return bytes(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1])
