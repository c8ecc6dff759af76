"""Outlines of findings in the three places where they are wanted: the view from above, the image, the road plane."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ingest.imagery.camera import Camera
from ingest.imagery.things import AREAS

Points = NDArray[np.float64]
# kinds of findings whose outline is closed
CLOSED = ("pothole", "sealed_crack", *AREAS)


def in_view(outline: str, scale: float) -> list[Points]:
    """Return the lines of an outline of a reduced view in pixels of the view from above, each (points, 2)."""
    return [(np.asarray(line, float).reshape(-1, 2) + 0.5) * scale - 0.5 for line in json.loads(outline)]


def image_points(line: Points, camera: Camera) -> Points:
    """Return points of the view from above in pixels of the image itself."""
    if camera.kind == "downward":
        return line
    if camera.relief is not None:
        scale = camera.mm_per_pixel / np.array([camera.relief.across_mm, camera.relief.along_mm])
        return np.asarray((line + 0.5) * scale - 0.5, float)
    back = np.linalg.inv(camera.homography)
    return np.asarray(cv2.perspectiveTransform(line[None].astype(np.float64), back)[0], float)


def road_points(line: Points, camera: Camera, height: int) -> Points:
    """
    Return points of the view from above on the road. [m]

    Parameters
    ----------
    height
        Height of the view. [px]

    Returns
    -------
    points
        Right of the left edge and ahead of the lower edge of the view; of a forward camera right of the camera and
        ahead of its origin, as its window says.
    """
    right, ahead = (line[:, 0] + 0.5) * camera.metres_per_pixel, (height - line[:, 1] - 0.5) * camera.metres_per_pixel
    return np.column_stack([camera.left_m + right, camera.near_m + ahead])


def in_image(mask: np.ndarray, camera: Camera, shape: tuple[int, ...]) -> np.ndarray:
    """Return a mask of the view from above as 0 and 255 in the image itself, of its height and width."""
    full = mask.astype(np.uint8) * 255
    if camera.kind == "downward":
        return full
    if camera.relief is not None:
        return np.asarray(cv2.resize(full, (shape[1], shape[0]), interpolation=cv2.INTER_NEAREST), np.uint8)
    back = np.linalg.inv(camera.homography)
    return np.asarray(cv2.warpPerspective(full, back, (shape[1], shape[0]), flags=cv2.INTER_NEAREST), np.uint8)


def as_json(lines: Sequence[Points], *, digits: int) -> str:
    """Return lines as JSON, rounded."""
    rounded = [np.round(line, digits) for line in lines]
    plain = [(line.astype(int) if digits == 0 else line).tolist() for line in rounded]
    return json.dumps(plain, separators=(",", ":"))


def features(findings: pd.DataFrame, *, engine: str) -> str:
    """Return findings as GeoJSON; see :func:`geojson`."""
    return "".join(geojson([findings], engine=engine))


def geojson(findings: Iterable[pd.DataFrame], *, engine: str, scaled: bool = True) -> Iterator[str]:
    """
    Yield the text of findings as GeoJSON on the road plane of each image, piece by piece.

    Parameters
    ----------
    findings
        Frames with the columns image, on_road (JSON lists of lines [m]) and what is to be told of each.
    engine
        What found them.
    scaled
        Whether on_road is in metres; else it is in widths of the image.
    """
    unit = "metres on the road plane" if scaled else "no scale known, widths"
    head = {
        "type": "FeatureCollection",
        "name": "findings",
        "engine": engine,
        "coordinates": f"{unit} of each image: right, ahead",
    }
    yield json.dumps(head, ensure_ascii=False, separators=(",", ":"))[:-1] + ',"features":['
    comma = ""
    for part in findings:
        for feature in _features(part):
            yield comma + json.dumps(feature, ensure_ascii=False, separators=(",", ":"))
            comma = ","
    yield "]}"


def _features(findings: pd.DataFrame) -> Iterator[dict[str, object]]:
    told = findings.drop(columns=["on_road", "outline"], errors="ignore")
    properties = json.loads(told.round(3).to_json(orient="records"))
    for about, text, kind in zip(properties, findings["on_road"], findings["kind"], strict=True):
        yield {"type": "Feature", "properties": about, "geometry": _geometry(json.loads(text), kind)}


def _geometry(lines: list[list[list[float]]], kind: str) -> dict[str, object]:
    if kind in CLOSED and len(lines) == 1 and len(lines[0]) > 2:
        return {"type": "Polygon", "coordinates": [[*lines[0], lines[0][0]]]}
    return {"type": "MultiLineString", "coordinates": [line if len(line) > 1 else line * 2 for line in lines]}
