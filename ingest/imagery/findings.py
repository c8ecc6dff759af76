"""Findings of one frame: a row for each crack, pothole and other thing, with zone, severity and outline."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import shapely

from pavement.measures.cracking import zone_of
from pavement.measures.severity import severity

FINDING_COLUMNS = (
    "kind", "type", "subtype", "zone", "severity", "offset_m", "length_m", "width_mm", "width_max_mm", "area_m2",
    "cells", "confidence", "engine", "outline",
)  # fmt: skip
_NO_TEXTS: dict[str, object] = {"type": "", "subtype": "", "zone": "", "engine": ""}


def findings(
    points: pd.DataFrame,
    potholes: pd.DataFrame,
    things: pd.DataFrame,
    *,
    lane_width: float,
    to_view: float,
    sure: Callable[[float], float],
    values: Mapping[str, float],
) -> pd.DataFrame:
    """
    Return what a frame shows, one row a finding, columns as :data:`FINDING_COLUMNS`.

    `engine` of a finding is "" where the engine of the survey tells it. What nobody has fitted a confidence for has
    none.

    Parameters
    ----------
    points
        Points of the centrelines: piece, branch, x, y [px], offset from the lane's axis [m], length [m], width [mm],
        strength, engine, type, cells, cell_m2.
    potholes
        Columns area_m2, diameter [mm], confidence, outline [px] and on_road (polygons [m]); engine where it is not
        that of the survey.
    things
        Columns as :data:`ingest.imagery.things.THING_COLUMNS`, and offset from the lane's axis [m]; engine likewise.
    lane_width
        NaN where the lane is not known: zones and offsets then stay empty. [m]
    to_view
        Pixels of the view that outlines are wanted in, per pixel of the points.
    sure
        Mean strength of a crack → confidence.
    values
        Image parameters.
    """
    zone = zone_of(points["offset"].to_numpy(float), lane_width=lane_width)
    named = {name: points[name].to_numpy() for name in points}
    rows = [
        _crack(
            {name: column[at] for name, column in (named | {"zone": np.asarray(zone)}).items()}, to_view, sure, values
        )
        for at in _by_crack(named)
    ]
    rows += [_pothole(hole, lane_width, to_view) for hole in _records(potholes)]
    rows += [_thing(one, to_view) for one in _records(things)]
    found = pd.DataFrame({name: [row.get(name, np.nan) for row in rows] for name in FINDING_COLUMNS})
    if np.isnan(lane_width):
        found["offset_m"] = np.nan
    return found.assign(severity=severity(found))


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as name → value; for the few of a frame this takes a fifth of the time of pandas' own ways."""
    columns = [table[name].tolist() for name in table]
    return [dict(zip(table.columns, row, strict=True)) for row in zip(*columns, strict=True)]


def _by_crack(points: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    """Return the places of the points of each crack: of one piece and type, in order of both."""
    if len(points["piece"]) == 0:
        return []
    _, kind = np.unique(points["type"].astype(str), return_inverse=True)
    order = np.lexsort((kind, points["piece"]))
    both = np.column_stack([points["piece"], kind])[order]
    return np.split(order, np.flatnonzero((np.diff(both, axis=0) != 0).any(axis=1)) + 1)


def _crack(
    part: Mapping[str, np.ndarray], to_view: float, sure: Callable[[float], float], values: Mapping[str, float]
) -> dict[str, object]:
    """Return a finding: the points of one connected crack of one type, and how sure its engine is of it."""
    weight, width = part["length"].astype(float), part["width"].astype(float)
    length, wide = float(weight.sum()), np.isfinite(width)
    mean = float(np.average(width[wide], weights=weight[wide])) if wide.any() else np.nan
    order = np.argsort(part["branch"], kind="stable")
    xy, branch = np.column_stack([part["x"], part["y"]])[order], part["branch"][order]
    kind = str(part["type"][0])
    engine = _longest(part["engine"], weight)
    told = part["engine"] == engine
    return {
        "kind": "crack",
        "type": kind,
        "subtype": _subtype(part, values) if kind == "pattern" else "",
        "zone": _longest(part["zone"], weight),
        "offset_m": float(np.average(part["offset"], weights=weight)),
        "length_m": length,
        "width_mm": mean,
        "width_max_mm": float(np.quantile(width[wide], values["width_share"])) if wide.any() else np.nan,
        "area_m2": length * mean / 1000.0,
        "cells": int(part["cells"][0]) if kind == "pattern" else np.nan,
        "confidence": sure(float(np.average(part["strength"][told], weights=weight[told]))),
        "engine": engine,
        "outline": _outline(np.split(xy, np.flatnonzero(np.diff(branch)) + 1), to_view),
    }


def _longest(name: np.ndarray, length: np.ndarray) -> str:
    """Return the name (a zone, an engine) that holds most of a crack; of equal ones the first in order."""
    names, of = np.unique(name.astype(str), return_inverse=True)
    return str(names[np.bincount(of, weights=length).argmax()])


def _subtype(part: Mapping[str, np.ndarray], values: Mapping[str, float]) -> str:
    """Return alligator or block by the size of the cells a pattern encloses; "" where it encloses none."""
    if not part["cells"][0]:
        return ""
    return "alligator" if part["cell_m2"][0] <= values["alligator_cell_max"] else "block"


def _pothole(hole: Mapping[str, Any], lane_width: float, to_view: float) -> dict[str, object]:
    offset = float(shapely.centroid(hole["on_road"]).x)
    return _NO_TEXTS | {
        "kind": "pothole",
        "zone": str(zone_of(np.array([offset]), lane_width=lane_width)[0]),
        "offset_m": offset,
        "length_m": _longer_side(hole["on_road"]),
        "width_max_mm": 1000.0 * _across(hole["on_road"]),
        "width_mm": hole["diameter"],
        "area_m2": hole["area_m2"],
        "confidence": hole["confidence"],
        "engine": hole.get("engine", ""),
        "outline": _outline([hole["outline"]], to_view),
    }


def _longer_side(outline: shapely.Polygon) -> float:
    """Return the longer side of the smallest rectangle around an outline. [m]"""
    corners = shapely.get_coordinates(shapely.minimum_rotated_rectangle(outline))
    if len(corners) < 4:
        return float(shapely.length(outline)) / 2
    return float(np.hypot(*np.diff(corners[:3], axis=0).T).max())


def _across(outline: shapely.Polygon) -> float:
    """Return the largest distance of two points of an outline: no circle of its area is wider. [m]"""
    corners = shapely.get_coordinates(shapely.convex_hull(outline))
    return float(np.hypot(*(corners[:, None] - corners[None]).transpose(2, 0, 1)).max())


def _thing(one: Mapping[str, Any], to_view: float) -> dict[str, object]:
    told = ("kind", "length_m", "width_mm", "area_m2", "confidence")
    about: dict[str, object] = {name: one[name] for name in told} | {"engine": one.get("engine", "")}
    place = {"offset_m": one["offset"], "outline": _outline([one["outline"]], to_view)}
    return _NO_TEXTS | about | place


def _outline(lines: list[np.ndarray], to_view: float) -> str:
    scaled = [np.rint((np.asarray(line, float) + 0.5) * to_view - 0.5).astype(int).tolist() for line in lines]
    return json.dumps(scaled, separators=(",", ":"))
