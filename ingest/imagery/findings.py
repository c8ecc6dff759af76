"""Findings of one frame: a row for each crack, pothole and sealed crack, with zone, severity and outline."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

import cv2
import numpy as np
import pandas as pd
import shapely

from pavement.measures.cracking import zone_of
from pavement.measures.severity import severity

FINDING_COLUMNS = (
    "kind", "type", "subtype", "zone", "severity", "offset_m", "length_m", "width_mm", "width_max_mm", "area_m2",
    "cells", "confidence", "outline",
)  # fmt: skip
_NO_TEXTS: dict[str, object] = {"type": "", "subtype": "", "zone": ""}


def findings(
    points: pd.DataFrame,
    potholes: pd.DataFrame,
    sealed: np.ndarray,
    *,
    lane_width: float,
    to_view: float,
    mm: float,
    sure: Callable[[float], float],
    values: Mapping[str, float],
) -> pd.DataFrame:
    """
    Return what a frame shows, one row a finding, columns as :data:`FINDING_COLUMNS`.

    Parameters
    ----------
    points
        Points of the centrelines: piece, branch, x, y [px], offset from the lane's axis [m], length [m], width [mm],
        strength, type, cells, cell_m2.
    potholes
        Columns area_m2, diameter [mm], confidence, outline [px] and on_road (polygons [m]).
    sealed
        Where sealed cracks are, shape (height, width).
    lane_width
        NaN where the lane is not known: zones and offsets then stay empty. [m]
    to_view
        Pixels of the view that outlines are wanted in, per pixel of the points.
    mm
        Scale of the points. [mm/px]
    sure
        Mean strength of a crack → confidence.
    values
        Image parameters.
    """
    placed = points.assign(zone=zone_of(points["offset"].to_numpy(float), lane_width=lane_width))
    rows = [_crack(part, kind, to_view, sure, values) for (_, kind), part in placed.groupby(["piece", "type"])]
    rows += [_pothole(hole, lane_width, to_view) for hole in potholes.itertuples(index=False)]
    rows += _sealed(sealed, to_view=to_view, mm=mm)
    found = pd.DataFrame(rows, columns=list(FINDING_COLUMNS))
    if np.isnan(lane_width):
        found["offset_m"] = np.nan
    return found.assign(severity=severity(found))


def _crack(
    part: pd.DataFrame, kind: str, to_view: float, sure: Callable[[float], float], values: Mapping[str, float]
) -> dict[str, object]:
    """Return a finding: one connected crack of one type, and how sure its engine is of it."""
    weight = part["length"].to_numpy(float)
    length = float(weight.sum())
    wide = part.dropna(subset=["width"])
    width = float(np.average(wide["width"], weights=wide["length"])) if len(wide) else np.nan
    lines = [line[["x", "y"]].to_numpy() for _, line in part.groupby("branch")]
    return {
        "kind": "crack",
        "type": kind,
        "subtype": _subtype(part, values) if kind == "pattern" else "",
        "zone": part.groupby("zone")["length"].sum().idxmax(),
        "offset_m": float(np.average(part["offset"], weights=weight)),
        "length_m": length,
        "width_mm": width,
        "width_max_mm": float(wide["width"].quantile(values["width_share"])) if len(wide) else np.nan,
        "area_m2": length * width / 1000.0,
        "cells": int(part["cells"].iloc[0]) if kind == "pattern" else np.nan,
        "confidence": sure(float(np.average(part["strength"], weights=weight))),
        "outline": _outline(lines, to_view),
    }


def _subtype(part: pd.DataFrame, values: Mapping[str, float]) -> str:
    """Return alligator or block by the size of the cells a pattern encloses; "" where it encloses none."""
    if not part["cells"].iloc[0]:
        return ""
    return "alligator" if part["cell_m2"].iloc[0] <= values["alligator_cell_max"] else "block"


def _pothole(hole: object, lane_width: float, to_view: float) -> dict[str, object]:
    offset = float(shapely.centroid(hole.on_road).x)  # type: ignore[attr-defined]
    return _NO_TEXTS | {
        "kind": "pothole",
        "zone": str(zone_of(np.array([offset]), lane_width=lane_width)[0]),
        "offset_m": offset,
        "width_mm": hole.diameter,  # type: ignore[attr-defined]
        "area_m2": hole.area_m2,  # type: ignore[attr-defined]
        "confidence": hole.confidence,  # type: ignore[attr-defined]
        "outline": _outline([hole.outline], to_view),  # type: ignore[attr-defined]
    }


def _sealed(sealed: np.ndarray, *, to_view: float, mm: float) -> list[dict[str, object]]:
    outlines, _ = cv2.findContours(sealed.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    rows: list[dict[str, object]] = []
    for line in outlines:
        area, long = cv2.contourArea(line) * (mm / 1000) ** 2, max(cv2.minAreaRect(line)[1]) * mm / 1000
        width = 1000 * area / max(long, 1e-6)
        about = {"kind": "sealed_crack", "length_m": long, "width_mm": width, "area_m2": area}
        rows.append(_NO_TEXTS | about | {"outline": _outline([line[:, 0]], to_view)})
    return rows


def _outline(lines: list[np.ndarray], to_view: float) -> str:
    scaled = [np.rint((np.asarray(line, float) + 0.5) * to_view - 0.5).astype(int).tolist() for line in lines]
    return json.dumps(scaled, separators=(",", ":"))
