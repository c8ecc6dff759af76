"""What sections of a laser crack measurement system show of their lane: cracks and areas on the road, and findings."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from ingest.imagery.lane_shapes import no_shapes, objects
from ingest.imagery.on_lane import OnLane, no_parts
from ingest.readers.lcms_sections import Section
from pavement.measures.crack_parts import PARTS
from pavement.measures.cracking import crack_types, zone_of
from pavement.measures.severity import severity

# step along the lane at which the area seen is kept, as of frames [m]
_STEP = 0.1
_NO_OUTLINE = "[]"
ENGINE = "LCMS"
FINDINGS = (
    *("number", "kind", "type", "subtype", "zone", "severity", "offset_m", "length_m", "width_mm", "width_max_mm"),
    *("area_m2", "cells", "confidence", "outline", "engine"),
)


@dataclass(frozen=True)
class ImageScale:
    """Height of the image of a section and the size of its pixels on the road: what outlines are told in."""

    height: int
    mm_per_pixel: float

    def outline(self, lines: list[np.ndarray]) -> str:
        """Return lines [m from the lower left corner] as pixels of the image, whose rows run down."""
        metre = 1000.0 / self.mm_per_pixel
        pixels = [np.column_stack([line[:, 0] * metre, self.height - line[:, 1] * metre]) for line in lines]
        return json.dumps([np.rint(line).astype(int).tolist() for line in pixels], separators=(",", ":"))


def on_lane(section: Section, *, lane_left_m: float, lane_width_m: float) -> OnLane:
    """
    Return what a section shows of its lane, as a frame does.

    Parameters
    ----------
    lane_left_m
        Left edge of the lane from the left edge of the image. [m]
    lane_width_m
        Width of the lane. [m]
    """
    length = section.end_m - section.begin_m
    centre = lane_left_m + lane_width_m / 2
    parts = crack_parts_of(section, centre=centre)
    steps = np.minimum(np.arange(np.ceil(length / _STEP - 1e-9) + 1) * _STEP, length)
    return OnLane(
        parts=parts,
        shapes=_shapes(section, centre=centre, first=parts["piece"].nunique()),
        seen=steps * lane_width_m,
        width_m=lane_width_m,
        length_m=length,
        lane_width_m=lane_width_m,
        heights=True,
    )


def crack_parts_of(section: Section, *, centre: float) -> pd.DataFrame:
    """Return the parts of cracks with x from the lane centre; a node's width is that of the piece to the next node."""
    nodes = section.cracks.dropna(subset=["x", "y"]).reset_index(drop=True)
    same = nodes["crack"].to_numpy()[1:] == nodes["crack"].to_numpy()[:-1]
    if not same.any():
        return no_parts()
    first, last = nodes.iloc[:-1][same].reset_index(drop=True), nodes.iloc[1:][same].reset_index(drop=True)
    width = first["width"].to_numpy(float)
    parts = pd.DataFrame(
        {
            "stretch": 0,
            "piece": first["crack"].to_numpy(np.int64),
            "x0": first["x"] - centre,
            "y0": first["y"],
            "x1": last["x"] - centre,
            "y1": last["y"],
            "length": np.hypot(last["x"] - first["x"], last["y"] - first["y"]),
            "width_mm": np.where(width > 0, width, np.nan),
        }
    )
    # parts of no length have no direction
    parts = parts[parts["length"] > 0].reset_index(drop=True)
    if parts.empty:
        return no_parts()
    return parts.assign(type=_types(parts))[list(PARTS)]


def _types(parts: pd.DataFrame) -> np.ndarray:
    """Return the type of the crack of each part."""
    number, piece = np.unique(parts["piece"].to_numpy(), return_inverse=True)
    ends = parts[["x0", "y0", "x1", "y1"]].to_numpy(float).reshape(-1, 2, 2)
    lines = shapely.linestrings(ends)
    whole = [shapely.multilinestrings(lines[piece == at]) for at in range(len(number))]
    types = crack_types(pd.DataFrame({"geometry": objects(whole)}))
    return types.to_numpy(object)[piece]


def _shapes(section: Section, *, centre: float, first: int) -> pd.DataFrame:
    """Return potholes and patches as boxes about their middle that have the area the system tells."""
    boxes, at = [], first
    for kind, table in (("pothole", section.potholes), ("patch", section.patches)):
        for row in table.itertuples():
            shape = _box(row, centre)
            depth = float(getattr(row, "depth_mean", np.nan))
            volume = np.array([depth / 1000.0 * shapely.area(shape)]) if depth > 0 else np.empty(0)
            deepest = float(getattr(row, "depth_max", np.nan))
            boxes.append((kind, shape, at, np.nan, deepest, volume))
            at += 1
    kept = [box for box in boxes if shapely.area(box[1]) > 0]
    if not kept:
        return no_shapes()
    columns = dict(
        zip(("kind", "shape", "finding", "length_m", "depth_mm", "volumes"), zip(*kept, strict=True), strict=True)
    )
    typed = {name: objects(columns[name]) for name in ("kind", "shape", "volumes")}
    rest = {name: columns[name] for name in ("finding", "length_m", "depth_mm")}
    frame = pd.DataFrame(typed | rest).astype({"finding": int, "length_m": float, "depth_mm": float})
    return frame[list(no_shapes().columns)]


def _box(row: object, centre: float) -> shapely.Polygon:
    west, east, south, north = (float(getattr(row, c)) for c in ("min_x", "max_x", "min_y", "max_y"))
    if not (np.isfinite([west, east, south, north]).all() and east > west and north > south):
        return shapely.Polygon()
    area = float(getattr(row, "area", np.nan))
    share = np.sqrt(area / ((east - west) * (north - south))) if area > 0 else 1.0
    x, y = (west + east) / 2 - centre, (south + north) / 2
    across, along = share * (east - west) / 2, share * (north - south) / 2
    return shapely.box(x - across, y - along, x + across, y + along)


def section_findings(section: Section, seen: OnLane, *, lane_left_m: float, scale: ImageScale | None) -> pd.DataFrame:
    """
    Return the findings of a section, columns :data:`FINDINGS`; cracks first, then potholes, patches and joints.

    Parameters
    ----------
    seen
        From :func:`on_lane`.
    lane_left_m
        Left edge of the lane in the image. [m]
    scale
        Of the image of the section; without one no outline is told.
    """
    centre = lane_left_m + seen.lane_width_m / 2
    rows = [*_crack_rows(seen, centre, scale), *_area_rows(seen, centre, scale)]
    before = seen.parts["piece"].nunique() + len(section.potholes) + len(section.patches)
    rows += _joint_rows(section, centre, scale, first=before)
    found = pd.DataFrame(rows, columns=list(FINDINGS))
    if found.empty:
        return found
    return found.assign(severity=severity(found.fillna({"type": ""})), engine=ENGINE)


def _crack_rows(seen: OnLane, centre: float, scale: ImageScale | None) -> list[dict[str, object]]:
    parts = seen.parts.sort_values("piece", kind="stable")
    names = ("length", "width_mm", "x0", "y0", "x1", "y1")
    numbers = parts[list(names)].to_numpy(float)
    middle = (numbers[:, 2] + numbers[:, 4]) / 2
    zones, types = zone_of(middle, lane_width=seen.lane_width_m), parts["type"].to_numpy(object)
    borders = np.flatnonzero(np.diff(parts["piece"].to_numpy())) + 1
    rows: list[dict[str, object]] = []
    for number, part in enumerate(np.split(np.arange(len(parts)), borders) if len(parts) else []):
        length, width = numbers[part, 0], numbers[part, 1]
        wide = np.isfinite(width)
        mean = float(np.average(width[wide], weights=length[wide])) if wide.any() else np.nan
        ends = numbers[part, 2:].reshape(-1, 2, 2) + [centre, 0.0]
        rows.append(
            {
                "number": number,
                "kind": "crack",
                "type": str(types[part[0]]),
                "subtype": "",
                "zone": _longest(zones[part], length),
                "offset_m": float(np.average(middle[part], weights=length)),
                "length_m": float(length.sum()),
                "width_mm": mean,
                "width_max_mm": float(width[wide].max()) if wide.any() else np.nan,
                "area_m2": float(length.sum()) * mean / 1000.0,
                "outline": scale.outline(list(ends)) if scale else _NO_OUTLINE,
            }
        )
    return rows


def _longest(zones: np.ndarray, length: np.ndarray) -> str:
    """Return the zone that holds most of a crack."""
    names, of = np.unique(zones.astype(str), return_inverse=True)
    return str(names[np.bincount(of, weights=length).argmax()])


def _area_rows(seen: OnLane, centre: float, scale: ImageScale | None) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for thing in seen.shapes.itertuples():
        corners = shapely.get_coordinates(thing.shape)
        sides = np.ptp(corners, axis=0)
        area = float(shapely.area(thing.shape))
        hole = thing.kind == "pothole"
        x = float(shapely.centroid(thing.shape).x)
        rows.append(
            {
                "number": int(thing.finding),
                "kind": thing.kind,
                "type": "",
                "subtype": "",
                "zone": str(zone_of(np.array([x]), lane_width=seen.lane_width_m)[0]),
                "offset_m": x,
                "length_m": float(sides.max()),
                "width_mm": 2000.0 * float(np.sqrt(area / np.pi)) if hole else 1000.0 * float(sides.min()),
                "width_max_mm": 1000.0 * float(np.hypot(*sides)) if hole else np.nan,
                "area_m2": area,
                "outline": scale.outline([corners + [centre, 0.0]]) if scale else _NO_OUTLINE,
            }
        )
    return rows


def _joint_rows(section: Section, centre: float, scale: ImageScale | None, *, first: int) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    placed = section.joints.dropna(subset=["x1", "y1", "x2", "y2"])
    for number, joint in enumerate(placed.itertuples(), start=first):
        line = np.array([[joint.x1, joint.y1], [joint.x2, joint.y2]], dtype=float)
        rows.append(
            {
                "number": number,
                "kind": "joint",
                "type": "",
                "subtype": "",
                "zone": "",
                "offset_m": float(line[:, 0].mean() - centre),
                "length_m": float(np.hypot(*np.diff(line, axis=0)[0])),
                "width_mm": float(joint.width),
                "outline": scale.outline([line]) if scale else _NO_OUTLINE,
            }
        )
    return rows
