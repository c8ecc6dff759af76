"""What hides the road in a frame: darkness, snow, water, leaves, vehicles, dirt on the lens, edges of hard shade."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]

# why nothing can be read from a frame when it is mostly hidden by that
REASONS = {
    "dark": "road not lit",
    "snow": "snow on the road",
    "water": "water on the road",
    "leaves": "leaves on the road",
    "cover": "road covered",
    "shade": "edges of shade",
}


@dataclass(frozen=True)
class HiddenRoad:
    """
    Where the road is hidden in a frame.

    Attributes
    ----------
    by
        What hides it, as the keys of :data:`REASONS` → where, shape (height, width); no place is in two of them.
    share
        Hidden share of the road in view.
    mm
        Scale of the masks.
    """

    by: Mapping[str, Mask]
    share: float
    mm: float

    def mask(self, *kinds: str) -> Mask:
        """Return where the road is hidden by some kinds, or by any when none is named."""
        return np.logical_or.reduce([self.by[kind] for kind in kinds or self.by])

    def covered(self, margin: float) -> Mask:
        """Return where something lies over the road, and so far around it [mm]: its border is no crack."""
        over = self.mask(*(kind for kind in self.by if kind != "shade")).astype(np.uint8)
        return cv2.dilate(over, _disc(2 * margin, self.mm)) > 0 if over.any() else over > 0

    @property
    def areas(self) -> dict[str, float]:
        """Why road is hidden, in the words of :data:`REASONS` → how much of it [m2]; what hides none is left out."""
        square = (self.mm / 1000.0) ** 2
        sizes = {REASONS[kind]: float(mask.sum()) * square for kind, mask in self.by.items()}
        return {reason: size for reason, size in sizes.items() if size > 0.0}

    @property
    def most(self) -> str:
        """What hides most of it."""
        return max(self.by, key=lambda kind: int(self.by[kind].sum()))


@dataclass(frozen=True)
class _Look:
    """
    A view at the scale of areas; maps have shape (height, width).

    `tone` is grey, `warm` and `green` are colour as a share of the tone, `grain` the mean size of detail as a share of
    the tone, `road` where the road is, `bare` where it has no paint, and `mm` the scale.
    """

    tone: np.ndarray
    warm: np.ndarray
    green: np.ndarray
    grain: np.ndarray
    road: Mask
    bare: Mask
    mm: float


def hidden_road(
    image: np.ndarray,
    grey: np.ndarray,
    seen: np.ndarray,
    paint: np.ndarray,
    *,
    mm_per_pixel: float,
    values: Mapping[str, float],
) -> HiddenRoad:
    """
    Return where the road is hidden, and by what.

    Everything is judged against the frame's own road: its usual tone, its colour, and its grain, of which water,
    paintwork of vehicles and dirt on the lens have none. Masks are at the scale of areas.

    Parameters
    ----------
    image
        BGR at the coarse scale, shape (height, width, 3).
    grey
        8-bit grey at the working scale.
    seen, paint
        Where the road is in view, and paint on it, at the coarse scale.
    mm_per_pixel
        Scale of `grey`.
    values
        Image parameters.
    """
    look = _look(image, grey, seen, paint, mm=mm_per_pixel, values=values)
    usual = _usual_tone(look, values)
    smooth = look.grain / _expected_grain(look, values)[:, None]
    found = {
        "dark": _wide(look.tone < values["unlit_tone"], values["unlit_width"], look.mm),
        **_bright(look, usual, smooth, values),
        "leaves": _leaves(look, usual, values),
        "cover": _cover(look, usual, smooth, values),
    }
    ground = look.road & ~np.logical_or.reduce([mask for kind, mask in found.items() if kind != "dark"])
    found["shade"] = _shade_edges(look, ground, values)
    left = look.road.copy()
    for kind, mask in found.items():
        found[kind] = mask & left
        left &= ~mask
    return HiddenRoad(found, 1.0 - float((left & look.bare).sum()) / max(int(look.bare.sum()), 1), look.mm)


def _look(
    image: np.ndarray, grey: np.ndarray, seen: np.ndarray, paint: np.ndarray, *, mm: float, values: Mapping[str, float]
) -> _Look:
    scale = min(1.0, mm / values["area_mm"])
    size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    detail = cv2.resize(cv2.absdiff(grey, cv2.blur(grey, (5, 5))), size, interpolation=cv2.INTER_AREA)
    road, bare = _inner(seen, size), _inner(seen & ~paint, size)
    tone = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)
    over = np.maximum(tone, np.uint8(16)).astype(np.float32)
    blue, green, red = (part.astype(np.float32) for part in cv2.split(small))
    side = 2 * round(values["grain_window"] * scale / mm / 2) + 1
    grain = cv2.blur(detail.astype(np.float32), (side, side)) / np.maximum(cv2.blur(over, (side, side)), 1.0)
    return _Look(tone, (red - blue) / over, (2 * green - red - blue) / over, grain, road, bare, mm / scale)


def _inner(mask: Mask, size: tuple[int, int]) -> Mask:
    """Return a mask at another size without its border, where tones are mixed."""
    small = (cv2.resize(mask.astype(np.uint8) * 255, size, interpolation=cv2.INTER_AREA) > 250).astype(np.uint8)
    return cv2.erode(small, np.ones((3, 3), np.uint8), borderValue=1) > 0


def _dull(look: _Look, values: Mapping[str, float]) -> Mask:
    """Return where the road is neither as bright as snow nor in the dark."""
    return np.asarray(look.bare & (look.tone < values["snow_tone"]) & (look.tone >= values["unlit_tone"]))


def _usual_tone(look: _Look, values: Mapping[str, float]) -> float:
    """Return the median tone of bare road; where all is as bright as snow, the tone that would make it so."""
    dull = _dull(look, values)
    if dull.sum() <= values["bare_min"] * look.bare.sum():
        return values["snow_tone"] / values["bright_share"]
    return max(float(np.median(look.tone[dull][::2])), 1.0)


def _expected_grain(look: _Look, values: Mapping[str, float]) -> np.ndarray:
    """
    Return the grain that bare road has in each row.

    In a forward view far rows are blurred: no row is expected to be sharper than the sharpest beyond it.
    """
    dull = _dull(look, values).astype(np.float32)
    count = dull.sum(axis=1)
    rows = np.where(count > 0, (look.grain * dull).sum(axis=1) / np.maximum(count, 1), 0.0)
    whole = float(np.median(look.grain[dull > 0][::2])) if dull.any() else 0.0
    return np.asarray(np.maximum(np.minimum(np.maximum.accumulate(rows), whole), values["texture_min"]))


def _bright(look: _Look, usual: float, smooth: np.ndarray, values: Mapping[str, float]) -> dict[str, Mask]:
    """Return snow and water that mirrors the sky: both are bright without colour and wider than paint."""
    grey = (np.abs(look.warm) < values["colour_share"]) & look.road
    bright = grey & (look.tone > values["bright_share"] * usual)
    shiny = bright & (smooth < values["mirror_grain"])
    mirror = _wide(shiny & look.bare, values["mirror_width"], look.mm)
    # a streak of light along the lane is taken for paint, but paint is narrower
    mirror = _whole(mirror | _wide(shiny, values["marking_width_max"], look.mm), shiny)
    white = _wide(bright & (look.tone > values["snow_tone"]), values["snow_width"], look.mm)
    snow = white if white.sum() > values["snow_share"] * look.bare.sum() else np.zeros_like(white)
    return {"snow": snow, "water": mirror}


def _leaves(look: _Look, usual: float, values: Mapping[str, float]) -> Mask:
    """Return where much is warmer or greener than the road."""
    at = _dull(look, values)
    if not at.any():
        return at
    warm, green = (part - float(np.median(part[at][::2])) for part in (look.warm, look.green))
    # yellow paint is brighter than the road; among leaves much that is none is taken for paint
    leaf = ((warm > values["leaf_colour"]) | (green > values["leaf_colour"])) & look.road
    leaf &= look.tone < values["bright_share"] * usual
    if leaf.sum() * look.mm**2 < values["leaf_share"] * values["leaf_width"] ** 2:
        return np.zeros(leaf.shape, bool)
    side = 2 * round(values["leaf_window"] / look.mm / 2) + 1
    share, mean, square = (cv2.blur(part, (side, side)) for part in (leaf.astype(np.float32), warm, warm * warm))
    # soil has one colour
    mixed = square - mean * mean > values["leaf_mixed"] ** 2
    return _wide((share > values["leaf_share"]) & mixed & look.road, values["leaf_width"], look.mm)


def _cover(look: _Look, usual: float, smooth: np.ndarray, values: Mapping[str, float]) -> Mask:
    """Return large places without the grain of the road, and of another tone or colour."""
    warm = float(np.median(look.warm[look.bare][::2])) if look.bare.any() else 0.0
    tone = look.tone / np.float32(usual)
    coloured = np.abs(look.warm - warm) > values["cover_colour"]
    other = coloured | (np.abs(tone - 1.0) > values["cover_tone"])
    bald = (smooth < values["cover_bald"]) | ((smooth < values["cover_grain"]) & other)
    # bitumen that has come up is as smooth, somewhat darker than the road, and has no colour
    bitumen = ~coloured & (tone < 1.0 - values["bleeding_dark"] / 2) & (tone > 1.0 - values["shadow_dark"])
    bald &= look.road & ~bitumen
    # a bright vehicle is taken for paint, but paint is narrower
    cover = _wide(bald & look.bare, values["cover_width"], look.mm)
    cover |= _wide(bald, values["marking_width_max"], look.mm)
    if not cover.any():
        return cover
    # seams and lamps
    joined = cv2.morphologyEx(cover.astype(np.uint8), cv2.MORPH_CLOSE, _disc(values["cover_gap"], look.mm))
    return np.asarray((joined > 0) & look.road)


def _shade_edges(look: _Look, ground: Mask, values: Mapping[str, float]) -> Mask:
    """
    Return the surroundings of the hard borders of large shades.

    A background that is averaged over the border fits neither side: cracks are missed there, and gaps between twigs
    look like potholes. Within either side the road is judged by its own background.
    """
    if not ground.any():
        return ground
    lit = float(np.quantile(look.tone[ground][::2], 0.75))
    dark = ((look.tone < (1.0 - values["shadow_dark"]) * lit) & ground).astype(np.uint8)
    if dark.sum() * (look.mm / 1000.0) ** 2 < values["shadow_area_min"]:
        return np.zeros(dark.shape, bool)
    dark &= _shades(look, dark, ground, values).astype(np.uint8)
    if not dark.any():
        return np.zeros(dark.shape, bool)
    border = cv2.morphologyEx(dark, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    across, down = (cv2.Sobel(look.tone, cv2.CV_32F, *way, scale=1 / 8) for way in ((1, 0), (0, 1)))
    steep = cv2.magnitude(across, down) > values["area_edge"] * lit
    near = cv2.dilate(border & steep.astype(np.uint8), _disc(2 * values["shade_margin"], look.mm))
    return np.asarray((near > 0) & look.bare)


def _shades(look: _Look, dark: np.ndarray, ground: Mask, values: Mapping[str, float]) -> Mask:
    """Return the groups of dark places that are large, lit by the blue sky, and no coarser than the road around."""
    together = cv2.morphologyEx(dark, cv2.MORPH_CLOSE, _disc(values["shade_gap"], look.mm))
    count, label = cv2.connectedComponents(together, connectivity=8)
    inside, lit = dark > 0, ground & (dark == 0)
    if count == 1 or not lit.any():
        return np.zeros(dark.shape, bool)
    size = np.bincount(label[inside], minlength=count)
    warm, grain = (
        np.bincount(label[inside], part[inside], minlength=count) / np.maximum(size, 1)
        for part in (look.warm, look.grain)
    )
    keep = size * (look.mm / 1000.0) ** 2 >= values["shadow_area_min"]
    keep &= warm <= float(look.warm[lit].mean()) - values["shade_blue"]
    keep &= grain <= values["shadow_texture"] * float(look.grain[lit].mean())
    keep[0] = False
    return np.asarray(keep[label])


def _disc(diameter: float, mm: float) -> np.ndarray:
    """Return a disc of a diameter [mm] as a kernel."""
    side = 2 * round(diameter / mm / 2) + 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))


def _whole(part: Mask, mask: Mask) -> Mask:
    """Return the pieces of a mask of which some place is in a part of it."""
    if not part.any():
        return part
    count, label = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    keep = np.zeros(count, bool)
    keep[label[part]] = True
    keep[0] = False
    return np.asarray(keep[label])


def _wide(mask: Mask, least: float, mm: float) -> Mask:
    """Return the parts of a mask at least so wide [mm], and what of it is close to them."""
    if mask.sum() * mm**2 < 0.5 * least**2:
        return np.zeros(mask.shape, bool)
    core = cv2.erode(mask.astype(np.uint8), _disc(least, mm), borderValue=1)
    if not core.any():
        return np.zeros(mask.shape, bool)
    # twice the disc of an opening: borders are soft
    return np.asarray(mask & (cv2.dilate(core, _disc(2 * least, mm)) > 0))
