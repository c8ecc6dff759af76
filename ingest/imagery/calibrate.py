"""Frames of a forward camera and what is known of the road, in; its camera table, checked, and a picture of it, out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ingest.imagery.calibration import MARKS_MIN, Road, agreed, camera_by_marks, camera_table, distance_by_spacing
from ingest.imagery.calibration_view import with_grid
from ingest.imagery.camera import Camera, camera_from_manifest, top_view
from ingest.imagery.dashes import distances_by_dashes
from ingest.imagery.forward_lines import Perspective, lane_in, painted_lines, vanishing_point
from ingest.imagery.frames import read_frame
from ingest.imagery.lane_ahead import lane_of, road_ahead
from ingest.imagery.parameters import of_kind
from pavement.errors import ImageError

_MARKS = (
    f"Give more frames of a straight lane with painted lines, or at least {MARKS_MIN} known marks as --mark x,y=X,Y."
)
Mark = tuple[float, float, float, float]


@dataclass(frozen=True)
class Known:
    """
    What is known of the road.

    Attributes
    ----------
    lane_width_m
        Between the middles of the lines of the lane. [m]
    dash_m, gap_m
        Lengths of a dash of a broken lane line and of the gap after it. [m]
    spacing_m
        Way from each frame to the next, if they follow each other; used instead of dashes. [m]
    marks
        Column, row [px], metres right of the camera, ahead of it [m]; used instead of all the others.
    """

    lane_width_m: float = 0.0
    dash_m: float = 0.0
    gap_m: float = 0.0
    spacing_m: float = 0.0
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True)
class Calibration:
    """A ``[camera]`` table, what it rests on and how it was checked in words, and the picture to check it by."""

    table: dict[str, Any]
    said: tuple[str, ...]
    picture: np.ndarray


def calibrate(
    paths: Sequence[Path], known: Known, *, ahead_m: float, mm_per_pixel: float, values: Mapping[str, float]
) -> Calibration:
    """
    Return the camera of forward frames.

    Parameters
    ----------
    paths
        Frames of one camera, JPEG or PNG.
    known
        What is known of the road.
    ahead_m
        Length of the window from above; of marks it is what they enclose. [m]
    mm_per_pixel
        Scale of the view from above.
    values
        Image parameters.

    Raises
    ------
    ImageError
        Frames of several sizes, no lane in them, no scale along it, or a lane that measures less than 2.5 m or more
        than 5 m.
    """
    images = [read_frame(path) for path in paths]
    sizes = {image.shape[1::-1] for image in images}
    if len(sizes) != 1:
        raise ImageError(
            f"The frames have {len(sizes)} sizes, such as {paths[0].name} {images[0].shape[1]} x {images[0].shape[0]}.",
            cure="Give frames of one camera.",
        )
    shown, marks = images[0], np.empty((0, 2))
    if known.marks:
        size = (images[0].shape[1], images[0].shape[0])
        table, off = camera_by_marks(known.marks, size=size, mm_per_pixel=mm_per_pixel)
        marks = np.array(known.marks)[:, :2]
        said = [f"From {len(known.marks)} marks; the worst lies {off:.2f} m from where the camera puts it."]
    else:
        road, best, said = _road(images, known, values)
        shown, table = images[best], camera_table(road, ahead_m=ahead_m, mm_per_pixel=mm_per_pixel)
    camera = camera_from_manifest(table)
    said += [_checked(images, camera, of_kind(values, "forward"))]
    return Calibration(table, tuple(said), with_grid(shown, camera, marks=marks))


def _road(images: Sequence[np.ndarray], known: Known, values: Mapping[str, float]) -> tuple[Road, int, list[str]]:
    """Return the road seen, the frame that shows its lane as most do, and what it rests on."""
    if not values["lane_width_min"] <= known.lane_width_m <= values["lane_width_max"]:
        raise ImageError(
            f"The lane is said to be {known.lane_width_m:g} m wide; "
            f"{values['lane_width_min']:g}-{values['lane_width_max']:g} m is accepted.",
            cure="Give --lane-width in metres, between the middles of its lines; or marks.",
        )
    shape = images[0].shape
    lines = [painted_lines(image, values=values) for image in images]
    point = vanishing_point(lines, width=shape[1], values=values)
    told = {n: sides for n, ls in enumerate(lines) if (sides := lane_in(ls, point, shape=shape, values=values))}
    if not told:
        raise ImageError(f"None of {len(images)} frame(s) shows both lines of the lane.", cure=_MARKS)
    growths = np.array([right - left for left, right in told.values()])
    kept = agreed(growths, values)
    numbers = np.array(list(told))[kept]
    sides = np.array(list(told.values()))[kept]
    growth = float(np.median(growths[kept]))
    lanes = [Perspective(*point, right - left, float(left), float(right)) for left, right in sides]
    lane = Perspective(*point, growth, *(float(side) for side in np.median(sides, axis=0)))
    best = int(numbers[np.argmin(np.abs(growths[kept] - growth))])
    spread = 100 * float(np.max(np.abs(growths[kept] / growth - 1)))
    said = [
        f"Both lines of the lane in {len(numbers)} of {len(images)} frame(s), its width within {spread:.0f} %; horizon "
        f"at row {point[0]:.0f}, vanishing point at column {point[1]:.0f}."
    ]
    distance, words = _distance([images[n] for n in numbers], lanes, lane, images, known, values)
    return Road(lane, known.lane_width_m, distance, (shape[1], shape[0])), best, [*said, words]


def _distance(
    chosen: Sequence[np.ndarray],
    lanes: Sequence[Perspective],
    lane: Perspective,
    images: Sequence[np.ndarray],
    known: Known,
    values: Mapping[str, float],
) -> tuple[float, str]:
    """Return A of distance = A / (row - horizon) [m px], and what it rests on."""
    width = known.lane_width_m
    if known.spacing_m:
        grey = [cv2.cvtColor(image, cv2.COLOR_BGR2GRAY) for image in images]
        bottom = grey[0].shape[0] - 1 - lane.horizon
        rows = (bottom, values["calibrate_far"] * bottom)
        pairs = list(zip(grey, grey[1:], strict=False))
        distance, count = distance_by_spacing(pairs, lane, lane_width_m=width, spacing_m=known.spacing_m, rows=rows)
        if count <= values["calibrate_pairs_most"] * len(pairs):
            raise ImageError(
                f"In only {count} of {len(pairs)} pair(s) the road moved on alike: not all frames are "
                f"{known.spacing_m:g} m from the one before.",
                cure="Give only frames that follow each other, in the order of travel; or use the broken line or "
                "marks.",
            )
        return distance, f"Along the road from {count} of {len(pairs)} pair(s) of frames {known.spacing_m:g} m apart."
    found = distances_by_dashes(
        chosen, lanes, lane_width_m=width, dash_m=known.dash_m, gap_m=known.gap_m, values=values
    )
    if not len(found):
        raise ImageError(
            f"No two dashes of a broken line, {known.dash_m:g} m and a gap of {known.gap_m:g} m, are seen: the scale "
            "along the road is not known.",
            cure="Give frames with a broken line and its lengths (--dashes 4+6); frames that follow each other and "
            "their --spacing; or marks.",
        )
    kept = agreed(found, values)
    if kept.mean() <= values["calibrate_dash_most"]:
        raise ImageError(
            f"The broken line fits no dashes of {known.dash_m:g} m and gaps of {known.gap_m:g} m: of {len(found)} "
            f"period(s) only {kept.sum()} agree.",
            cure="Check --dashes; or give frames that follow each other and their --spacing, or marks.",
        )
    return float(np.median(found[kept])), (
        f"Along the road from a broken line of {known.dash_m:g} m and {known.gap_m:g} m: {kept.sum()} of {len(found)} "
        "period(s) agree."
    )


def _checked(images: Sequence[np.ndarray], camera: Camera, values: Mapping[str, float]) -> str:
    """Return what the lane measures in the view from above, or that it is not seen there."""
    widths = []
    near = replace(camera, mm_per_pixel=values["coarse_mm"])
    for image in images:
        view, ahead = top_view(image, near), partial(road_ahead, image, camera, values=values)
        lane = lane_of(view.image, view.valid, ahead=ahead, mm_per_pixel=near.mm_per_pixel, values=values)
        widths.append(lane.width_m)
    seen = np.array(widths)[np.isfinite(widths)]
    if not len(seen):
        return "Not checked: in the view from above no frame shows both lines of the lane. Look at the picture."
    width, low, high = float(np.median(seen)), values["lane_width_min"], values["lane_width_max"]
    if not low <= width <= high:
        raise ImageError(
            f"With this camera the lane measures {width:.2f} m in {len(seen)} frame(s); "
            f"{low:g}-{high:g} m is accepted.",
            cure="Check the lengths given, and that the marks belong to the frame and are in metres.",
        )
    return (
        f"Check: the lane measures {width:.2f} m ({seen.min():.2f} to {seen.max():.2f}) in {len(seen)} of "
        f"{len(images)} frame(s); {low:g}-{high:g} m is accepted."
    )
