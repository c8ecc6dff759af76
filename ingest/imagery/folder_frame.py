"""What is written down of one image of a folder: its row, its findings, its views."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
import pandas as pd

from ingest.imagery.camera import Camera, taken_to_show
from ingest.imagery.frames import encode_jpeg
from ingest.imagery.legend import cure_of, with_legend
from ingest.imagery.on_lane import OnLane, frame_zones
from ingest.imagery.outlines import as_json, image_points, in_image, in_view, road_points
from ingest.imagery.quantify import FINDING_COLUMNS, FrameResult
from ingest.imagery.shots import frame_hash, quantified
from ingest.imagery.stream import NAME

# what is told of an image without a scale, and what is not told of its findings
_WITHOUT_SCALE = (
    "sha256",
    "width_px",
    "height_px",
    "state",
    "reason",
    "cure",
    "hidden_by",
    "crack_share",
    "pothole_share",
)
_OF_SCALE = ("offset_m", "length_m", "width_mm", "width_max_mm", "area_m2")


def folder_frame(
    content: bytes, *, camera: Camera, values: Mapping[str, float], pixels_limit: int, engine: str
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return what is written down of an image, its overlay as JPEG and its crack mask as PNG."""
    shot = quantified(content, camera, name=NAME, values=values, pixels_limit=pixels_limit, engine=engine)
    result, camera = shot.result, taken_to_show(camera, shot.shape[1], metres=1.0)
    shown = with_legend(
        result.overlay, result.findings, reason=result.reason, hidden=_hidden(result, scaled=camera.scaled)
    )
    overlay = encode_jpeg(shown, quality=int(values["jpeg_quality"]))
    mask = cv2.imencode(".png", in_image(result.mask, camera, shot.shape))[1].tobytes()
    size = {"sha256": frame_hash(content), "width_px": shot.shape[1], "height_px": shot.shape[0]}
    row, zones, found = size | _measured(result), _zones(result.on_lane), _placed(result, camera)
    if not camera.scaled:
        row = {name: value for name, value in row.items() if name in _WITHOUT_SCALE}
        found, zones = found.assign(**dict.fromkeys(_OF_SCALE, np.nan), zone="", severity=""), zones.head(0)
    record = {
        "row": row,
        "findings": found.astype(object).to_numpy().tolist(),
        "zones": zones.astype(object).to_numpy().tolist(),
        "measures": [] if shot.measured is None else shot.measured.astype(object).to_numpy().tolist(),
    }
    return record, {"overlay": overlay, "mask": mask}


def _placed(result: FrameResult, camera: Camera) -> pd.DataFrame:
    """Return findings with outlines in pixels of the image, and on the road."""
    scale = result.shape[1] / result.image.shape[1]
    lines = result.findings["outline"].map(lambda text: in_view(text, scale))
    return result.findings.assign(
        outline=lines.map(lambda parts: as_json([image_points(line, camera) for line in parts], digits=0)),
        on_road=lines.map(
            lambda parts: as_json([road_points(line, camera, result.shape[0]) for line in parts], digits=3)
        ),
    )[[*FINDING_COLUMNS, "on_road"]]


def _hidden(result: FrameResult, *, scaled: bool) -> dict[str, float]:
    return dict(result.hidden) if scaled else dict.fromkeys(result.hidden, np.nan)


def _zones(lane: OnLane) -> pd.DataFrame:
    """Return the zones that hold a crack."""
    zones = frame_zones(lane)
    return zones[zones["length_m"].astype(float) > 0.0]


def _measured(result: FrameResult) -> dict[str, Any]:
    """Return the lane's measures as totals of the image: lengths and areas, not rates."""
    if not result.usable:
        return {"state": "unusable", "reason": result.reason, "cure": cure_of(result.reason)}
    found, area = result.measures, result.area_m2
    lengths = ("crack_length", "crack_longitudinal", "crack_transverse", "crack_pattern")
    totals = result.findings.groupby("kind")[["length_m", "area_m2"]].sum().astype(float)
    totals = totals.reindex(["sealed_crack", "joint", "patch", "ravelling", "bleeding"], fill_value=0.0)
    return {
        "state": "measured",
        "area_m2": area,
        "lane_width_m": result.lane_width_m,
        "markings": result.markings,
        "hidden_m2": sum(result.hidden.values()),
        "hidden_by": ", ".join(result.hidden),
        "crack_share": 100.0 * result.share_of(result.cracked),
        "pothole_share": 100.0 * result.share_of(result.hollowed),
        "crack_percent": found.get("crack_percent"),
        **{f"{kind}_m": found[kind] * area for kind in lengths if kind in found},
        "crack_width_mm": found.get("crack_width"),
        "hpms_percent": found.get("hpms_cracking"),
        "transverse_complete": found.get("transverse_complete"),
        "transverse_incomplete": found.get("transverse_incomplete"),
        "sealed_crack_m": float(totals.loc["sealed_crack", "length_m"]),
        "joint_m": float(totals.loc["joint", "length_m"]),
        **{f"{kind}_area_m2": float(totals.loc[kind, "area_m2"]) for kind in ("ravelling", "bleeding", "patch")},
        "pothole_count": found.get("pothole_count"),
        "pothole_area_m2": found.get("pothole_area"),
    }
