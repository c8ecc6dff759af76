"""A camera: from pixels to millimetres on the road, or nothing is measured."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ingest.imagery.camera_numbers import EXAMPLES, camera_number
from ingest.imagery.components import fitted
from ingest.imagery.relief_scale import ReliefScale, relief_scale
from pavement.errors import ManifestError

_MM_LIMITS = (0.2, 40.0)
_FRAMES = ("mm_per_pixel", "width", "height", "orientation")
_WINDOW = ("image_points", "road_points", "near_m", "far_m", "left_m", "right_m")
_RELIEF = ("mm_across", "mm_along", "mm_per_count", "zero", "no_data", "crossfall_percent")
# what is written of a camera of each kind
_KEYS = {"downward": _FRAMES, "forward": (*_FRAMES, *_WINDOW), "range": _RELIEF}
Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Camera:
    """
    How a frame maps to the road.

    A downward camera looks straight at the road with the top of the image ahead. A forward camera has four image
    points whose place on the road plane is known; its frames are turned into a view from above of the window
    `left_m` … `right_m` (right of the camera) by `near_m` … `far_m` (ahead of the first road point's origin). A range
    camera is a line laser that looks straight down: its grey levels are heights, of the scale in `relief`. Of a camera
    without a scale (`scaled` is False) nothing is known in millimetres: each frame is taken to be ``unscaled_width``
    across, only so that filters have a width, and what it shows is told in shares of its area alone.
    """

    kind: str
    mm_per_pixel: float
    size: tuple[int, int] | None = None
    orientation: str = "refuse"
    image_points: Points = ()
    road_points: Points = ()
    near_m: float = 0.0
    far_m: float = 0.0
    left_m: float = 0.0
    right_m: float = 0.0
    relief: ReliefScale | None = None
    scaled: bool = True

    @property
    def metres_per_pixel(self) -> float:
        """Size of a pixel of the view from above [m]."""
        return self.mm_per_pixel / 1000.0

    @property
    def homography(self) -> np.ndarray:
        """Image pixel → pixel of the view from above, shape (3, 3)."""
        image = np.array(self.image_points, np.float32)
        road = np.array(self.road_points, np.float32)
        view = np.column_stack([road[:, 0] - self.left_m, self.far_m - road[:, 1]]) / self.metres_per_pixel
        return cv2.getPerspectiveTransform(image, view.astype(np.float32))


@dataclass(frozen=True)
class TopView:
    """A road surface seen from above: image (h, w, 3), where it was seen (h, w), scale and area."""

    image: np.ndarray
    valid: np.ndarray
    mm_per_pixel: float

    def seen_at(self, shape: tuple[int, ...]) -> np.ndarray:
        """Return where the road was seen at another size (height, width)."""
        # a camera that looks down sees it everywhere: nothing is looked up
        return np.ones(shape[:2], bool) if self.valid.all() else fitted(self.valid, shape)

    @property
    def area_m2(self) -> float:
        """Road area seen [m2]."""
        return float(self.valid.sum()) * (self.mm_per_pixel / 1000.0) ** 2


def unscaled_camera() -> Camera:
    """Return a camera that looks straight down from nobody knows what height."""
    return Camera("downward", float("nan"), orientation="apply", scaled=False)


def taken_to_show(camera: Camera, width: int, *, metres: float) -> Camera:
    """Return a camera without a scale as if `width` pixels showed so many metres; any other as it is."""
    return camera if camera.scaled else replace(camera, mm_per_pixel=1000.0 * metres / width)


def camera_from_manifest(table: Mapping[str, Any]) -> Camera:
    """
    Return the camera described by ``[camera]`` of a manifest.

    Raises
    ------
    ManifestError
        No such table, unknown kind, or a scale that is missing, zero or outside 0.2-40 mm a pixel.
    """
    kind = str(table.get("kind", ""))
    _check_keys(table, kind)
    if kind == "range":
        relief = relief_scale(table)
        return Camera(kind, relief.square_mm, relief=relief)
    if kind not in ("downward", "forward"):
        found = f"[camera] kind = {kind!r} is not known." if "kind" in table else "[camera] lacks kind."
        raise ManifestError(found, cure=f'Write kind = "downward", "forward" or "range". {EXAMPLES}')
    scale = camera_number(table, "mm_per_pixel")
    if not _MM_LIMITS[0] <= scale <= _MM_LIMITS[1]:
        raise ManifestError(
            f"[camera] mm_per_pixel = {scale:g} lies outside {_MM_LIMITS[0]:g}-{_MM_LIMITS[1]:g}.",
            cure="Measure a known length on the road, such as the lane width, in a frame.",
        )
    size = (int(camera_number(table, "width")), int(camera_number(table, "height"))) if "width" in table else None
    camera = Camera(kind, scale, size, str(table.get("orientation", "refuse")))
    return camera if kind == "downward" else _forward(camera, table)


def _check_keys(table: Mapping[str, Any], kind: str) -> None:
    """Refuse keys that a camera of a kind does not have: a mistyped one would be left out in silence."""
    known = sorted({"kind", *_KEYS.get(kind, table)})
    if unknown := sorted(set(table) - set(known)):
        raise ManifestError(
            f"[camera] does not know {', '.join(unknown)}.", cure=f"A {kind} camera has {', '.join(known)}."
        )


def camera_from_file(path: Path) -> Camera:
    """
    Return the camera described in a TOML file, at its top or under ``[camera]``.

    Raises
    ------
    ManifestError
        No such file, no TOML, or as :func:`camera_from_manifest`.
    """
    try:
        read = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ManifestError(f"{path}: {error.strerror}.", cure="Name the camera's TOML file.") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ManifestError(f"{path}: {error}.", cure='Write TOML, such as kind = "downward".') from error
    try:
        return camera_from_manifest(read.get("camera", read))
    except ManifestError as error:
        raise ManifestError(f"{path}: {error.message}", cure=error.cure) from error


def _forward(camera: Camera, table: Mapping[str, Any]) -> Camera:
    near, far, left, right = (camera_number(table, name) for name in ("near_m", "far_m", "left_m", "right_m"))
    if far <= near or right <= left:
        raise ManifestError(
            f"[camera] the window {near:g}-{far:g} m by {left:g}-{right:g} m is empty.",
            cure="near_m < far_m and left_m < right_m.",
        )
    return replace(
        camera,
        image_points=_points(table, "image_points"),
        road_points=_points(table, "road_points"),
        near_m=near,
        far_m=far,
        left_m=left,
        right_m=right,
    )


def _points(table: Mapping[str, Any], name: str) -> Points:
    try:
        points = np.array(table.get(name), float)
    except (TypeError, ValueError):
        points = np.empty(0)
    if points.shape != (4, 2) or not np.isfinite(points).all() or not _spread(points):
        raise ManifestError(
            f"[camera] {name} has to be four points, no three in a line.", cure=f"{name} = [[x, y], [x, y], …]."
        )
    return tuple((float(x), float(y)) for x, y in points)


def _spread(points: np.ndarray) -> bool:
    threes = points[[[0, 1, 2], [0, 1, 3], [0, 2, 3], [1, 2, 3]]]
    a, b = threes[:, 1] - threes[:, 0], threes[:, 2] - threes[:, 0]
    return bool((np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]) > 1e-6).all())


def top_view(image: np.ndarray, camera: Camera) -> TopView:
    """
    Return the road from above at the camera's mm per pixel.

    A downward frame is taken as it is; a forward one is warped, and pixels it does not show are not valid.
    """
    if camera.kind != "forward":
        return TopView(image, np.ones(image.shape[:2], bool), camera.mm_per_pixel)
    size = view_size(camera)
    matrix = camera.homography
    warped = cv2.warpPerspective(image, matrix, size, flags=cv2.INTER_AREA)
    seen = cv2.warpPerspective(np.full(image.shape[:2], 255, np.uint8), matrix, size, flags=cv2.INTER_NEAREST)
    return TopView(warped, seen > 0, camera.mm_per_pixel)


def view_size(camera: Camera) -> tuple[int, int]:
    """Return width and height [px] of the view from above of a forward camera."""
    width, height = camera.right_m - camera.left_m, camera.far_m - camera.near_m
    return round(width / camera.metres_per_pixel), round(height / camera.metres_per_pixel)
