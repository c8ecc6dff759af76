"""Scenes to learn from: real surfaces and made ones, with cracks, with what is none, and where each is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ingest.imagery.cracks import hysteresis, long_components
from ingest.imagery.parameters import parameters
from ingest.imagery.ridges import levelled, line_response
from ingest.imagery.training.distractors import disturbed
from ingest.imagery.training.strokes import stroke

Grey = NDArray[Any]
Mask = NDArray[Any]
CRACK, SOUND, UNKNOWN = 1, 0, 255
WORKING_MM = 5.0
_TRIES = 12


@dataclass(frozen=True)
class Sources:
    """Close views with masks of their cracks, and road frames with the regions that hold cracks and the lane."""

    close: Sequence[tuple[Mask, Mask]]
    roads: Sequence[tuple[Mask, Mask, Mask]]

    @cached_property
    def masks(self) -> list[Mask]:
        """Return the crack masks of the close views, whose shapes are drawn elsewhere too."""
        return [mask for _, mask in self.close if mask.any()]


def sources(close: Path, roads: Path, *, road: str) -> Sources:
    """
    Return the images to learn from, grey.

    Parameters
    ----------
    close
        Folder with ``images`` and ``masks`` of the same names: near views of cracks.
    roads
        Folder with ``images``, ``masks`` (regions that hold cracks) and ``masks_lane``.
    road
        Only frames with this in their name are learned from; the others stay unseen.
    """
    near = [(_grey(p), _grey(close / "masks" / f"{p.stem}.png")) for p in sorted((close / "images").iterdir())]
    frames = [p for p in sorted((roads / "images").iterdir()) if road in p.stem]
    far = [
        (_grey(p), _grey(roads / "masks" / f"{p.stem}.png"), _grey(roads / "masks_lane" / f"{p.stem}.png"))
        for p in frames
    ]
    return Sources(near, far)


def _grey(path: Path) -> Mask:
    image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if image is None:
        raise FileNotFoundError(path)
    return np.asarray(image, np.uint8)


def scene(rng: np.random.Generator, given: Sources, *, size: int) -> tuple[Grey, Mask]:
    """
    Return a levelled scene and what is known of each pixel (crack, sound, unknown), both (size, size).

    The scale is that of the product's working images. A rim of a pixel around every crack is unknown: hands and
    pixels do not draw it sharper.
    """
    kind = rng.choice(4, p=[0.25, 0.1, 0.3, 0.35])
    make = (_close, _cracked_road, _sound_road, _made)[kind]
    tone, truth = make(rng, given, size)
    tone = _photographed(rng, tone)
    level = levelled(
        np.clip(tone, 0, 255).astype(np.uint8),
        np.ones(tone.shape, bool),
        mm_per_pixel=WORKING_MM,
        values=parameters(),
    )
    return level, _rimmed(truth)


def _rimmed(truth: Mask) -> Mask:
    crack = (truth == CRACK).astype(np.uint8)
    rim = (cv2.dilate(crack, np.ones((3, 3), np.uint8)) > 0) & (truth != CRACK)
    return np.where(rim, UNKNOWN, truth).astype(np.uint8)


def _close(rng: np.random.Generator, given: Sources, size: int) -> tuple[Grey, Mask]:
    """Return a near view, reduced so that its cracks are as thin as on a road."""
    image, mask = given.close[int(rng.integers(len(given.close)))]
    scale = float(rng.uniform(0.35, 1.1))
    turn = _turn(rng, image.shape, scale, size)
    border = cv2.BORDER_REFLECT_101
    # shrinking by area first keeps thin cracks from vanishing between samples
    tone = cv2.warpAffine(_shrunk(image, scale), _of_shrunk(turn, scale), (size, size), borderMode=border)
    share = cv2.warpAffine(_shrunk(mask, scale), _of_shrunk(turn, scale), (size, size), borderMode=border)
    truth = np.where(share > 110, CRACK, np.where(share > 20, UNKNOWN, SOUND)).astype(np.uint8)
    return tone.astype(np.float32), truth


def _shrunk(image: Mask, scale: float) -> Mask:
    if scale >= 1:
        return image
    return np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)


def _of_shrunk(turn: NDArray[np.float64], scale: float) -> NDArray[np.float64]:
    """Return the same transform for an image that was shrunk before."""
    factor = min(scale, 1.0)
    return np.column_stack([turn[:, :2] / factor, turn[:, 2]])


def _turn(rng: np.random.Generator, shape: tuple[int, ...], scale: float, size: int) -> NDArray[np.float64]:
    height, width = shape[:2]
    centre = (float(rng.uniform(0.25, 0.75) * width), float(rng.uniform(0.25, 0.75) * height))
    turn = np.asarray(cv2.getRotationMatrix2D(centre, float(rng.uniform(0, 360)), scale), float)
    turn[:, 2] += size / 2 - np.array(centre)
    if rng.random() < 0.5:
        turn = np.array([[-1, 0, size - 1], [0, 1, 0]], float) @ np.vstack([turn, [0, 0, 1]])
    return np.asarray(turn, float)


def _road_view(rng: np.random.Generator, frame: tuple[Mask, Mask, Mask], size: int) -> tuple[Grey, Mask] | None:
    """Return a piece of road about upright as from above, with its region of cracks; None where there is no lane."""
    image, region, lane = frame
    rows, columns = np.nonzero(lane[280:600:8, ::8])
    if not len(rows):
        return None
    at = rng.integers(len(rows))
    centre = (float(columns[at] * 8), float(rows[at] * 8 + 280))
    turn = np.asarray(cv2.getRotationMatrix2D(centre, float(rng.normal(0, 8)), float(rng.uniform(0.5, 1.3))), float)
    turn[:, 2] += size / 2 - np.array(centre)
    # rows of a forward view are foreshortened: stretched by chance to about what they are from above
    stretch = float(rng.uniform(1.0, 2.2))
    turn = np.array([[1, 0, 0], [0, stretch, (1 - stretch) * size / 2]]) @ np.vstack([turn, [0, 0, 1]])
    turn = _quarter(rng, size) @ np.vstack([turn, [0, 0, 1]])
    border = cv2.BORDER_REFLECT_101
    tone = cv2.warpAffine(image, turn, (size, size), flags=cv2.INTER_LINEAR, borderMode=border)
    inside = cv2.warpAffine(region, turn, (size, size), flags=cv2.INTER_NEAREST, borderMode=border)
    return tone.astype(np.float32), inside


def _quarter(rng: np.random.Generator, size: int) -> NDArray[np.float64]:
    """Return one of the four turns and two mirrors of a square, mostly none."""
    if rng.random() < 0.5:
        return np.array([[1.0, 0, 0], [0, 1, 0]])
    last = size - 1.0
    turns = (
        [[-1, 0, last], [0, 1, 0]],
        [[0, 1, 0], [1, 0, 0]],
        [[0, -1, last], [1, 0, 0]],
        [[-1, 0, last], [0, -1, last]],
    )
    return np.array(turns[rng.integers(4)], float)


def _cracked_road(rng: np.random.Generator, given: Sources, size: int) -> tuple[Grey, Mask]:
    """
    Return a real cracked road: dark lines in the drawn region are cracks, the rest of it is unknown, beyond is sound.
    """
    cracked = [f for f in given.roads if f[1].any()]
    found = _road_view(rng, cracked[int(rng.integers(len(cracked)))], size)
    if found is None:
        return _made(rng, given, size)
    tone, inside = found
    everywhere, values = np.ones(tone.shape, bool), parameters()
    level = levelled(tone.astype(np.uint8), everywhere, mm_per_pixel=WORKING_MM, values=values)
    response = line_response(level, everywhere, mm_per_pixel=WORKING_MM, values=values)
    dark = hysteresis(response, low=0.9 * values["ridge_low"], high=values["ridge_high"])
    lines = long_components(dark, mm_per_pixel=WORKING_MM, values=values) & (inside > 0)
    near = cv2.dilate(inside, np.ones((15, 15), np.uint8)) > 0
    return tone, np.where(lines, CRACK, np.where(near, UNKNOWN, SOUND)).astype(np.uint8)


def _sound_road(rng: np.random.Generator, given: Sources, size: int) -> tuple[Grey, Mask]:
    """Return a real road where it has no cracks, mostly with cracks drawn into it."""
    for _ in range(_TRIES):
        found = _road_view(rng, given.roads[int(rng.integers(len(given.roads)))], size)
        if found is not None and not found[1].any():
            tone = disturbed(rng, found[0], most=2)
            return _cracked(rng, tone, given.masks) if rng.random() < 0.7 else (tone, np.zeros(tone.shape, np.uint8))
    return _made(rng, given, size)


def _made(rng: np.random.Generator, given: Sources, size: int) -> tuple[Grey, Mask]:
    """Return a made surface of stones and mottling with what may lie on it, mostly with cracks."""
    noise = rng.standard_normal((size, size), dtype=np.float32)
    stones = _unit(cv2.GaussianBlur(noise, (0, 0), rng.uniform(0.45, 1.4)))
    coarse = _unit(cv2.GaussianBlur(noise[::-1], (0, 0), rng.uniform(1.5, 4.0)))
    mottle = _unit(cv2.GaussianBlur(cv2.resize(noise, (size // 8, size // 8)), (0, 0), 2.0))
    mottle = cv2.resize(mottle, (size, size), interpolation=cv2.INTER_CUBIC)
    share = rng.dirichlet([2.0, 1.0, 1.0])
    rough = share[0] * stones + share[1] * coarse + share[2] * mottle
    if rng.random() < 0.5:
        # open texture: pits are darker than stones are bright
        rough = np.where(rough < 0, rough * rng.uniform(1.0, 1.8), rough)
    base = rng.uniform(70, 170)
    tone = disturbed(rng, base * (1 + rng.uniform(0.04, 0.22) * rough.astype(np.float32)), most=3)
    return _cracked(rng, tone, given.masks) if rng.random() < 0.75 else (tone, np.zeros(tone.shape, np.uint8))


def _unit(field: Grey) -> Grey:
    return np.asarray(field / max(float(field.std()), 1e-6), np.float32)


def _cracked(rng: np.random.Generator, tone: Grey, masks: Sequence[Mask]) -> tuple[Grey, Mask]:
    """Return a scene with one to three cracks darkened into it; what is too faint to be seen is unknown."""
    size = len(tone)
    truth = np.zeros(tone.shape, np.uint8)
    for _ in range(rng.integers(1, 4)):
        share = stroke(rng, masks, size)
        fade = cv2.resize(
            rng.uniform(0.25, 1.2, (9, 9)).astype(np.float32), (size, size), interpolation=cv2.INTER_CUBIC
        )
        depth = float(rng.uniform(0.15, 0.7)) * np.clip(fade, 0.1, 1.0)
        plain = depth > 0.5 * _grain(tone)
        tone = tone * (1 - cv2.GaussianBlur(share, (0, 0), float(rng.uniform(0.3, 0.8))) * depth)
        seen = share > 0.45
        truth[(share > 0.1) & ~seen & (truth != CRACK)] = UNKNOWN
        truth[seen] = np.where(plain[seen], CRACK, UNKNOWN)
    return tone, truth


def _grain(tone: Grey) -> Grey:
    """Return the local deviation of a scene as a share of its tone."""
    mean = cv2.blur(tone, (15, 15))
    spread = np.sqrt(np.maximum(cv2.blur(tone * tone, (15, 15)) - mean * mean, 0))
    return np.asarray(spread / np.maximum(mean, 1), np.float32)


def _photographed(rng: np.random.Generator, tone: Grey) -> Grey:
    """Return a scene as a camera gives it: light, focus, noise and compression."""
    size = len(tone)
    slope = rng.uniform(-0.25, 0.25, 2)
    ramp = np.linspace(-1, 1, size, dtype=np.float32)
    tone = np.clip(tone * (1 + slope[0] * ramp + slope[1] * ramp[:, None]), 0, 255)
    tone = 255 * (tone / 255) ** float(rng.uniform(0.7, 1.5))
    if rng.random() < 0.4:
        tone = cv2.GaussianBlur(tone, (0, 0), float(rng.uniform(0.3, 1.0)))
    tone = tone + rng.normal(0, rng.uniform(0, 6), tone.shape)
    image = np.clip(tone, 0, 255).astype(np.uint8)
    if rng.random() < 0.5:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(50, 96))]
        image = np.asarray(cv2.imdecode(cv2.imencode(".jpg", image, quality)[1], cv2.IMREAD_GRAYSCALE), np.uint8)
    return np.asarray(image, np.float32)
