"""Joints: dark lines straight along or across the lane."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ingest.imagery.components import as_bytes

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Joint:
    """
    A joint of slabs or lanes, or of a bridge, at the scale of the image it was found in.

    Attributes
    ----------
    line
        Places along its middle, shape (points, 2) as x, y [px].
    width_mm
        Mean width. [mm]
    across
        Whether it runs across the lane; else along it.
    confidence
        0 to 1, by its darkness and straightness.
    """

    line: Floats
    width_mm: float
    across: bool
    confidence: float


@dataclass(frozen=True)
class _Strips:
    """
    A view cut into strips across the direction in which joints are looked for.

    `dark` is how much darker a place is than both sides as a share of their grey, shape (strips, width); `seen` where
    the road is; `y` the middle of each strip [px]; `mm` the scale across; `step` the length of a strip [px]; `end`
    where the view ends [px].
    """

    dark: Floats
    seen: NDArray[np.bool_]
    y: Floats
    mm: float
    step: float
    end: float

    @property
    def level(self) -> Floats:
        """Places of the strips along the view, counted from its middle. [px]"""
        return self.y - (self.step * len(self.y) - 1) / 2


def find_joints(grey: np.ndarray, seen: np.ndarray, *, mm_per_pixel: float, values: Mapping[str, float]) -> list[Joint]:
    """
    Return the joints of a view.

    A joint is straight where a crack wanders: places along it lie within a tolerance of a smooth line, it is dark
    throughout, and it goes through the view but for what covers it.

    Parameters
    ----------
    grey
        8-bit grey at the working scale with travel upwards, shape (height, width).
    seen
        Where the road is seen and no paint is, of the same shape.
    mm_per_pixel
        Scale of `grey`.
    values
        Image parameters.
    """
    views = ((grey, seen, False), (*_on_its_side(grey, seen), True))
    found: list[Joint] = []
    for image, road, across in views:
        along = _along(_strips(image, road, mm=mm_per_pixel, values=values), across, values)
        narrow = [joint for joint in along if joint.width_mm <= values["joint_width_max"]]
        found += _apart(narrow, values["joint_spacing_min"] / mm_per_pixel)
    return found


def find_expansion_joints(
    grey: np.ndarray, seen: np.ndarray, *, mm_per_pixel: float, values: Mapping[str, float]
) -> list[Joint]:
    """
    Return the joints of bridges: straight dark bands across the view that are wider than joints of slabs.

    Parameters
    ----------
    grey, seen, mm_per_pixel, values
        As of :func:`find_joints`, at the coarse scale.
    """
    widest = values["expansion_width_max"]
    wide = {
        **values,
        "edge_window": 1.5 * widest,
        "joint_reach": widest / 2,
        "joint_share_min": values["expansion_share"],
    }
    found = _along(_strips(*_on_its_side(grey, seen), mm=mm_per_pixel, values=wide), True, wide)
    return [joint for joint in found if values["expansion_width_min"] <= joint.width_mm <= widest]


def _on_its_side(grey: np.ndarray, seen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    # in tiles that stay near the processor, as a view of numpy is not read
    return cv2.transpose(grey), cv2.transpose(as_bytes(seen)).view(bool)


def joint_bands(
    joints: Sequence[Joint], shape: tuple[int, ...], *, mm_per_pixel: float, margin: float = 0.0
) -> np.ndarray:
    """Return where joints are, with a margin [mm] on both sides; shape (height, width)."""
    band = np.zeros(shape, np.uint8)
    for joint in joints:
        thick = max(1, round((joint.width_mm + 2 * margin) / mm_per_pixel))
        cv2.polylines(band, [np.rint(joint.line).astype(np.int32)], False, 1, thick)
    return band > 0


def _strips(grey: np.ndarray, seen: np.ndarray, *, mm: float, values: Mapping[str, float]) -> _Strips:
    """Return darkness of lines that run nearly down an image; noise is averaged over the length of a strip."""
    height, width = grey.shape
    rows = min(max(1, round(values["joint_strip"] / mm)), height)
    # whole strips: the last one is filled up with the last row
    count = -(-height // rows)
    more = (0, count * rows - height, 0, 0, cv2.BORDER_REPLICATE)
    tone = _averaged(cv2.copyMakeBorder(grey, *more), count)
    road = np.ones(tone.shape, bool)
    if not seen.all():
        road = _averaged(cv2.copyMakeBorder(as_bytes(seen) * np.uint8(255), *more), count) > 250
    tone = cv2.blur(tone, (3, 1))
    window = 2 * round(values["edge_window"] / mm / 2) + 1
    lifted = cv2.morphologyEx(tone, cv2.MORPH_CLOSE, np.ones((1, window), np.uint8))
    dark = cv2.subtract(lifted, tone) / np.maximum(lifted, 1).astype(float) * road
    return _Strips(dark, road, np.minimum((np.arange(count) + 0.5) * rows, height) - 0.5, mm, float(rows), height - 0.5)


def _averaged(image: np.ndarray, count: int) -> np.ndarray:
    """Return the mean of each of `count` strips of rows of the same length, shape (count, width)."""
    return cv2.resize(image, (image.shape[1], count), interpolation=cv2.INTER_AREA)


def _along(strips: _Strips, across: bool, values: Mapping[str, float]) -> Iterator[Joint]:
    """Yield the joints that run nearly down the strips, the longest first."""
    reach = values["joint_reach"] / strips.mm
    if not _any_joint(strips, values):
        return
    rows, columns = np.nonzero(strips.dark > values["joint_line_dark"])
    for _ in range(int(values["joint_count_max"])):
        found = _straightest(strips, rows, columns, values)
        if found is None:
            return
        joint = _judged(_followed(strips, found, values), strips, across, values)
        if joint is not None:
            yield joint
        beside = np.abs(columns - found[rows]) <= 2 * reach
        rows, columns = rows[~beside], columns[~beside]


def _any_joint(strips: _Strips, values: Mapping[str, float]) -> bool:
    """Return whether enough dark places lie near one straight line: half of those of a joint are as dark as it."""
    rows, columns = np.nonzero(strips.dark >= values["joint_dark_min"])
    least = values["joint_length_min"] / (strips.step * strips.mm) / 2
    if len(rows) < least:
        return False
    reach = round((values["joint_reach"] + values["joint_slack"]) / strips.mm)
    return _most(strips, rows, columns, reach, values)[0] >= least


def _apart(joints: list[Joint], least: float) -> list[Joint]:
    """Return joints of one direction that lie apart [px]; closer straight lines are a mesh of cracks, not slabs."""
    place = np.array([joint.line[:, int(joint.across)].mean() for joint in joints])
    near = (np.abs(place[:, None] - place) < least).sum(axis=1) > 1
    return [joint for joint, close in zip(joints, near, strict=True) if not close]


def _straightest(strips: _Strips, rows: np.ndarray, columns: np.ndarray, values: Mapping[str, float]) -> Floats | None:
    """Return x [px] at each strip of the straight line with most dark places, None where all are short."""
    most, slope, start = _most(strips, rows, columns, round(values["joint_slack"] / strips.mm), values)
    if most * strips.step * strips.mm < values["joint_length_min"]:
        return None
    return np.asarray(start + slope * strips.level, float)


def _most(
    strips: _Strips, rows: np.ndarray, columns: np.ndarray, reach: int, values: Mapping[str, float]
) -> tuple[float, float, float]:
    """Return how many places lie within a reach [px] of the straight line that has most, its slope and middle [px]."""
    level, width = strips.level, strips.dark.shape[1]
    slack, steepest = values["joint_slack"] / strips.mm, values["joint_slope_max"]
    slopes = np.arange(-steepest, steepest + 1e-9, 2 * slack / np.ptp(level)) if len(level) > 1 else np.zeros(1)
    pad = int(np.ceil(steepest * np.abs(level).max())) + 1
    bins = width + 2 * pad
    # each slope counts in its own row of bins
    place = np.rint(columns - slopes[:, None] * level[rows]).astype(np.int64) + pad
    place += np.arange(len(slopes))[:, None] * bins
    votes = np.bincount(place.ravel(), minlength=bins * len(slopes)).reshape(len(slopes), bins)
    near = (2 * reach + 1, 1)
    counted = cv2.boxFilter(votes.astype(np.float32), -1, near, normalize=False, borderType=cv2.BORDER_CONSTANT)
    best = int(counted.argmax())
    return float(counted.flat[best]), float(slopes[best // bins]), float(best % bins - pad)


def _followed(strips: _Strips, place: Floats, values: Mapping[str, float]) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Return x [px] of the dark near a line at each strip, its darkness, and where the road is seen there."""
    reach = round(values["joint_reach"] / strips.mm)
    near = np.rint(place).astype(int)[:, None] + np.arange(-reach, reach + 1)
    within = (near >= 0) & (near < strips.dark.shape[1])
    row = np.arange(len(place))[:, None]
    at = np.clip(near, 0, strips.dark.shape[1] - 1)
    around = np.where(within, strips.dark[row, at], 0.0)
    seen = (within & strips.seen[row, at]).mean(axis=1) > values["joint_share_min"]
    dark = around.max(axis=1)
    # the middle of what is at least half as dark: of a wide band any place may be the darkest
    weight = np.maximum(around - dark[:, None] / 2, 0.0)
    middle = (weight * near).sum(axis=1) / np.maximum(weight.sum(axis=1), 1e-9)
    return np.where(dark > 0, middle, place), dark, seen


def _judged(
    followed: tuple[Floats, Floats, NDArray[np.bool_]], strips: _Strips, across: bool, values: Mapping[str, float]
) -> Joint | None:
    """Return a line as a joint when it is straight, dark throughout, and long; else None."""
    x, dark, seen = followed
    hit = seen & (dark > values["joint_line_dark"])
    if not _goes_through(hit, seen, strips, values):
        return None
    darkness = float(np.median(dark[hit]))
    # grain beyond the end of a line is not as dark as the line
    hit &= dark > values["joint_line_share"] * darkness
    if darkness < values["joint_dark_min"] or not _goes_through(hit, seen, strips, values):
        return None
    smooth = _smooth(strips.level, x, hit)
    wander = float(np.quantile(np.abs(x - smooth)[hit], 0.9)) * strips.mm
    most = values["joint_wander_across" if across else "joint_wander_along"]
    if wander > most:
        return None
    ends = np.flatnonzero(hit)[[0, -1]]
    part = slice(ends[0], ends[1] + 1)
    # where a strip is no hit the joint is taken to go on smoothly
    line = np.column_stack([np.where(hit, x, smooth)[part], strips.y[part]])
    line[[0, -1], 1] += np.array([-0.5, 0.5]) * strips.step
    line[:, 1] = np.minimum(line[:, 1], strips.end)
    sure = (1 - wander / (2 * most)) * (1 - np.exp(-2 * darkness / values["joint_dark_min"]))
    return Joint(line[:, ::-1] if across else line, _width(strips, x, hit, values), across, float(sure))


def _goes_through(
    hit: NDArray[np.bool_], seen: NDArray[np.bool_], strips: _Strips, values: Mapping[str, float]
) -> bool:
    """Return whether a line is long and goes through most of what is seen."""
    long = hit.sum() * strips.step * strips.mm >= values["joint_length_min"]
    return bool(long and hit.sum() >= values["joint_share_min"] * seen.sum())


def _smooth(level: Floats, x: Floats, hit: NDArray[np.bool_]) -> Floats:
    """Return a parabola through the hits, fitted again without what lies far off: lenses bend straight lines a bit."""
    scaled = level / max(float(np.abs(level).max()), 1.0)
    design = np.column_stack([np.ones_like(scaled), scaled, scaled**2])
    use = hit
    fitted = x
    for _ in range(3):
        fitted = design @ np.linalg.lstsq(design[use], x[use], rcond=None)[0]
        off = np.abs(x - fitted)
        use = hit & (off <= max(3 * float(np.median(off[hit])), 1.0))
    return np.asarray(fitted, float)


def _width(strips: _Strips, x: Floats, hit: NDArray[np.bool_], values: Mapping[str, float]) -> float:
    """Return the width at which the darkness of a joint is spread evenly: its sum across over its largest. [mm]"""
    reach = round(1.5 * values["joint_reach"] / strips.mm)
    near = np.clip(np.rint(x).astype(int)[:, None] + np.arange(-reach, reach + 1), 0, strips.dark.shape[1] - 1)
    profile = np.median(strips.dark[np.arange(len(x))[:, None], near][hit], axis=0)
    # its foot is grain
    foot = 0.25 * profile.max()
    return float(np.maximum(profile - foot, 0.0).sum() / max(float(profile.max() - foot), 1e-6) * strips.mm)
