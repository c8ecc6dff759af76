"""The picture by which people check the camera of forward frames: a metre grid, in the frame and from above."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from ingest.imagery.camera import Camera, top_view

_MM = 10.0
_GRID, _EDGE, _MARK = (0, 200, 255), (60, 60, 230), (230, 60, 200)
# the view goes on beyond the window of the camera, since errors grow ahead
_FURTHER = 3.0


def with_grid(image: np.ndarray, camera: Camera, *, marks: np.ndarray) -> np.ndarray:
    """
    Return a frame and its view from above side by side, both with a line each metre and the camera's window in red.

    Parameters
    ----------
    image
        BGR frame as the camera made it.
    camera
        Its camera.
    marks
        Known marks in it, shape (marks, 2). [px]
    """
    wide = replace(camera, mm_per_pixel=_MM, far_m=camera.near_m + _FURTHER * (camera.far_m - camera.near_m))
    above, frame = top_view(image, wide).image.copy(), image.copy()
    back = np.linalg.inv(wide.homography)
    for start, end, colour in _lines(wide, camera.far_m):
        ends = _on_view(np.array([start, end]), wide)
        _line(above, ends, colour)
        _line(frame, cv2.perspectiveTransform(ends[None], back)[0], colour)
    for x, y in marks:
        cv2.drawMarker(frame, (round(float(x)), round(float(y))), _MARK, cv2.MARKER_CROSS, 25, 3)
    for metre in range(int(np.ceil(wide.near_m)), int(wide.far_m) + 1):
        x, y = _on_view(np.array([(wide.left_m, metre)]), wide)[0]
        cv2.putText(
            above, f"{metre} m", (round(x) + 4, round(y) - 4), cv2.FONT_HERSHEY_SIMPLEX, 0.5, _GRID, 1, cv2.LINE_AA
        )
    height = max(frame.shape[0], 600)
    sides = [cv2.resize(p, (round(p.shape[1] * height / p.shape[0]), height)) for p in (frame, above)]
    return np.hstack(sides)


def _lines(camera: Camera, far: float) -> list[tuple[tuple[float, float], tuple[float, float], tuple[int, int, int]]]:
    """Return the grid of a camera as (start, end, colour), and the far end of the window."""
    across = range(int(np.ceil(camera.left_m)), int(np.floor(camera.right_m)) + 1)
    along = range(int(np.ceil(camera.near_m)), int(np.floor(camera.far_m)) + 1)
    grid = [((float(x), camera.near_m), (float(x), camera.far_m), _GRID) for x in across]
    grid += [((camera.left_m, float(y)), (camera.right_m, float(y)), _GRID) for y in along]
    left, right, near = camera.left_m, camera.right_m, camera.near_m
    corners = [(left, near), (right, near), (right, far), (left, far)]
    return grid + [(corners[n], corners[(n + 1) % 4], _EDGE) for n in range(4)]


def _on_view(places: np.ndarray, camera: Camera) -> np.ndarray:
    """Return pixels of the view from above of places on the road [m]."""
    return np.column_stack([places[:, 0] - camera.left_m, camera.far_m - places[:, 1]]) / camera.metres_per_pixel


def _line(image: np.ndarray, ends: np.ndarray, colour: tuple[int, int, int]) -> None:
    # far outside the frame OpenCV cannot count
    (x0, y0), (x1, y1) = np.clip(np.round(ends), -30_000, 30_000).astype(int).tolist()
    cv2.line(image, (x0, y0), (x1, y1), colour, 2 if colour == _EDGE else 1, cv2.LINE_AA)
