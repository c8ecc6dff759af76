"""Areas of the road of another tone or texture: patches, shadows, stains, ravelling and bleeding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from ingest.imagery.components import as_bytes, components
from ingest.imagery.things import Thing, at_scale, pixels, sides, thing

# a region is compared with what lies so far around it [px]
_AROUND = 4


@dataclass(frozen=True)
class _Ground:
    """
    A view at the scale of areas; maps have shape (height, width).

    `tone` without stones and thin lines, `texture` the mean size of detail over the tone, `edge` the change of tone
    from pixel to pixel over the usual tone, `seen` where the road is and no paint, and `mm` the scale.
    """

    tone: np.ndarray
    texture: np.ndarray
    edge: np.ndarray
    seen: np.ndarray
    mm: float

    @property
    def usual(self) -> float:
        """Median tone of the road."""
        return max(float(np.median(self.tone[self.seen][::4])), 1.0) if self.seen.any() else 1.0


@dataclass(frozen=True)
class _Look:
    """
    How a dark region looks.

    `area_m2` [m2]; `sharp` the share of its border within the road with a step of tone; `inner` the share of its border
    within the road; `contrast` how much darker it is than what lies around, as a share; `texture` its texture over that
    around.
    """

    area_m2: float
    sharp: float
    inner: float
    contrast: float
    texture: float


def find_surfaces(
    grey: np.ndarray,
    seen: np.ndarray,
    rough: np.ndarray | None,
    *,
    mm_per_pixel: float,
    values: Mapping[str, float],
) -> list[Thing]:
    """
    Return areas of another tone or texture than the road around, outlines in pixels of `grey`.

    Parameters
    ----------
    grey
        8-bit grey at the working scale, shape (height, width).
    seen
        Where the road is seen and no paint is.
    rough
        Where texture may be judged: the lane without cracks. None where the scale is not even, as in a forward view,
        whose far rows are blurred; ravelling and bleeding are then not looked for.
    mm_per_pixel
        Scale of `grey`.
    values
        Image parameters.
    """
    ground = _ground(grey, seen, mm=mm_per_pixel, values=values)
    if ground.seen.sum() < 100:
        return []
    rows = _toned(ground, values)
    if rough is not None:
        size = ground.tone.shape[::-1]
        judged = cv2.resize(rough.astype(np.uint8) * 255, size, interpolation=cv2.INTER_AREA) == 255
        rows += _textured(ground, judged & ground.seen, values)
    return at_scale(rows, grey.shape[1] / ground.tone.shape[1])


def _ground(grey: np.ndarray, seen: np.ndarray, *, mm: float, values: Mapping[str, float]) -> _Ground:
    scale = min(1.0, mm / values["area_mm"])
    size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
    detail = cv2.absdiff(grey, cv2.blur(grey, (5, 5)))
    small, rough, road = (
        cv2.resize(part, size, interpolation=cv2.INTER_AREA) for part in (grey, detail, seen.astype(np.uint8) * 255)
    )
    tone = cv2.medianBlur(small, 5).astype(np.float32)
    # next to paint and to what is not seen tones are mixed
    inner = cv2.erode((road > 250).astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=1) > 0
    usual = max(float(np.median(tone[inner][::4])), 1.0) if inner.any() else 1.0
    across, down = (cv2.Sobel(tone, cv2.CV_32F, *way, scale=1 / 8) for way in ((1, 0), (0, 1)))
    edge = cv2.dilate(cv2.magnitude(across, down), np.ones((3, 3), np.uint8)) / usual
    return _Ground(tone, rough / np.maximum(tone, 1.0), edge, inner, mm * grey.shape[1] / size[0])


def _toned(ground: _Ground, values: Mapping[str, float]) -> list[Thing]:
    """
    Return patches, shadows and stains.

    Regions are cut at several depths, against the tone of the whole road and against that around; of those that
    overlap the one with the sharpest border is kept.
    """
    size = 2 * round(values["area_background"] / ground.mm / 2) + 1
    weight = ground.seen.astype(np.float32)
    around = cv2.blur(ground.tone * weight, (size, size)) / np.maximum(cv2.blur(weight, (size, size)), 1e-3)
    depths = (values["area_dark"], 2 * values["area_dark"])
    found: list[tuple[float, np.ndarray, Thing]] = []
    for usual in (ground.usual, np.maximum(around, 1.0)):
        dark = 1.0 - ground.tone / usual
        for depth in depths:
            found += _named(ground, dark > depth, values)
    taken, kept = np.zeros(ground.tone.shape, bool), []
    for _, region, row in sorted(found, key=lambda one: -one[0]):
        if not (taken & region).any():
            taken |= region
            kept.append(row)
    # beside the shadow of a tree its gaps and twigs look like patches and stains
    shaded = [row for row in kept if row[0] == "shadow"]
    return shaded or kept


def _named(ground: _Ground, dark: np.ndarray, values: Mapping[str, float]) -> list[tuple[float, np.ndarray, Thing]]:
    """Return the regions of a mask that are a patch, shadow or stain: sharpness of border, where, row."""
    solid = cv2.morphologyEx(as_bytes(dark & ground.seen), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    _, label, stats, _ = components(solid)
    large = stats[:, cv2.CC_STAT_AREA] * (ground.mm / 1000.0) ** 2 >= values["patch_area_min"]
    large[0] = False
    if not large.any():
        return []
    label = np.where(large, np.cumsum(large), 0)[label]
    found = []
    for number, look in enumerate(_looks(*_part(ground, label, stats[large]), values), start=1):
        if look.contrast < values["area_dark"]:
            continue
        region = label == number
        outline = _outline(region)
        kind, sure = _kind(look, outline, ground.mm, values)
        if kind:
            row = thing(kind, outline, confidence=sure, mm_per_pixel=ground.mm)
            found.append((look.sharp if kind != "stain" else 0.0, region, row))
    return found


def _part(ground: _Ground, label: np.ndarray, stats: np.ndarray) -> tuple[_Ground, np.ndarray]:
    """Return the part of a view, and of the numbers of its regions, that regions and what lies around them take."""
    left, top = stats[:, :2].min(axis=0) - _AROUND
    right, bottom = (stats[:, :2] + stats[:, 2:4]).max(axis=0) + _AROUND
    at = (slice(max(top, 0), bottom), slice(max(left, 0), right))
    return _Ground(ground.tone[at], ground.texture[at], ground.edge[at], ground.seen[at], ground.mm), label[at]


def _outline(region: np.ndarray) -> np.ndarray:
    lines, _ = cv2.findContours(region.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    return max(lines, key=cv2.contourArea)[:, 0]


def _looks(ground: _Ground, label: np.ndarray, values: Mapping[str, float]) -> list[_Look]:
    """Return how each region of a label looks, the first of number 1."""
    count = int(label.max()) + 1
    mask = (label > 0).astype(np.uint8)
    border = (mask > 0) & ~(cv2.erode(mask, np.ones((3, 3), np.uint8), borderValue=0) > 0)
    # what continues outside the road or the view has no border there
    road = cv2.erode(ground.seen.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=0) > 0
    whole, inside = (np.bincount(label[b], minlength=count) for b in (border, border & road))
    stepped = np.bincount(label[border & road & (ground.edge > values["area_edge"])], minlength=count)
    wide, near = (
        cv2.dilate(label.astype(np.float32), np.ones((k, k), np.uint8)) for k in (2 * _AROUND + 1, _AROUND + 1)
    )
    ring = np.where((near == 0) & ground.seen, wide, 0).astype(np.int64)
    core = np.where(border, 0, label)
    tone, texture = _means(ground, core, count) / np.maximum(_means(ground, ring, count), 1e-6)
    area = np.bincount(label.ravel(), minlength=count) * (ground.mm / 1000.0) ** 2
    sharp, inner = stepped / np.maximum(inside, 1), inside / np.maximum(whole, 1)
    # a region without a core or surroundings shows no contrast
    contrast, texture = np.nan_to_num(1.0 - tone), np.nan_to_num(texture, nan=np.inf)
    return [_Look(*(float(v) for v in row)) for row in zip(area, sharp, inner, contrast, texture, strict=True)][1:]


def _means(ground: _Ground, label: np.ndarray, count: int) -> np.ndarray:
    """Return mean tone and texture of each label but 0, shape (2, count); not a number where it has no pixel."""
    at = np.flatnonzero(label)
    number = label.ravel()[at]
    size = np.bincount(number, minlength=count).astype(float)
    size[size == 0] = np.nan
    parts = (ground.tone.ravel()[at], ground.texture.ravel()[at])
    return np.stack([np.bincount(number, part, minlength=count) for part in parts]) / size


def _kind(look: _Look, outline: np.ndarray, mm: float, values: Mapping[str, float]) -> tuple[str, float]:
    """Return the kind of a dark region and how sure that is; "" for none of them."""
    short, long = sides(outline)
    if look.sharp >= values["area_sharp"]:
        even = 1.0 / values["shadow_texture"] <= look.texture <= values["shadow_texture"]
        if look.contrast >= values["shadow_dark"] and look.area_m2 >= values["shadow_area_min"] and even:
            return "shadow", look.sharp * look.contrast
        filled = pixels(outline) / (short * long)
        # a round pothole fills 0.785 of its rectangle
        sure = long >= values["patch_long"] * short or look.texture <= values["patch_smooth"]
        least = values["patch_fill_sure"] if sure else values["patch_fill"]
        straight = filled >= least and short * mm >= values["patch_side_min"]
        if straight and look.inner >= values["patch_inner"] and look.texture <= values["patch_texture"]:
            return "patch", look.sharp * min(filled, 1.0)
        return "", 0.0
    soft = look.sharp <= 1.0 - values["area_sharp"] and look.inner >= values["stain_inner"]
    if soft and look.contrast >= values["stain_dark"] and long <= values["stain_aspect_max"] * short:
        return "stain", (1.0 - look.sharp) * look.contrast
    return "", 0.0


def _textured(ground: _Ground, judged: np.ndarray, values: Mapping[str, float]) -> list[Thing]:
    """Return ravelling, coarser than the lane's own texture, and bleeding, smooth and dark; the lane's median is 1."""
    size = 2 * round(values["texture_window"] / ground.mm / 2) + 1
    weight = judged.astype(np.float32)
    share = cv2.blur(weight, (size, size))
    # at its border an area is judged by half a window
    enough = judged & (share > 0.4)
    if not enough.any():
        return []
    texture, tone = (
        cv2.blur(part * weight, (size, size)) / np.maximum(share, 1e-3) for part in (ground.texture, ground.tone)
    )
    texture, tone = (part / max(float(np.median(part[enough][::4])), 1e-6) for part in (texture, tone))
    coarse = enough & (texture > values["ravelling_texture"])
    smooth = enough & (texture < values["bleeding_texture"]) & (tone < 1.0 - values["bleeding_dark"])
    return [
        *_rough("ravelling", coarse, texture, ground.mm, values),
        *_rough("bleeding", smooth, texture, ground.mm, values),
    ]


def _rough(kind: str, where: np.ndarray, texture: np.ndarray, mm: float, values: Mapping[str, float]) -> list[Thing]:
    """Return the regions of a mask that are large enough for a kind of texture."""
    if not where.any():
        return []
    _, label, stats, _ = components(where)
    large = stats[:, cv2.CC_STAT_AREA] * (mm / 1000.0) ** 2 >= values[f"{kind}_area_min"]
    large[0] = False
    rows = []
    for number in np.flatnonzero(large):
        region = label == number
        far = abs(float(np.log(max(float(texture[region].mean()), 1e-3) / values[f"{kind}_texture"])))
        # one measure of texture never makes it certain
        sure = 0.5 * (1.0 - np.exp(-2.0 * far - 0.5))
        rows.append(thing(kind, _outline(region), confidence=float(sure), mm_per_pixel=mm))
    return rows
