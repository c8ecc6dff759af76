"""One range image, quantified: cracks from depth and intensity together, potholes by depth, ruts and more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import cv2
import numpy as np
import pandas as pd

from ingest.imagery.camera import TopView
from ingest.imagery.components import fitted
from ingest.imagery.frame_result import FrameResult
from ingest.imagery.hollows import hollows
from ingest.imagery.parameters import parameters
from ingest.imagery.quantify import Seen, judged, shown_view, unjudged
from ingest.imagery.relief_gate import relief_reason
from ingest.imagery.relief_joints import depth_as_grey, depth_joints, without_steps
from ingest.imagery.relief_measures import relief_measures, stored
from ingest.imagery.relief_scale import ReliefScale
from ingest.imagery.relief_shape import Heights, Relief, relief, with_heights
from ingest.imagery.relief_things import told_apart
from ingest.imagery.scene import Scene, scene_of

_UNITS = {"pothole_depth": "mm", "pothole_volume": "m3"}


@dataclass(frozen=True)
class ReliefResult:
    """A quantified range image: what any frame shows, and all that its lines measure by kind, side and method."""

    frame: FrameResult
    measured: pd.DataFrame


def quantify_relief(
    heights: Heights,
    scale: ReliefScale,
    *,
    intensity: np.ndarray | None = None,
    values: Mapping[str, float] | None = None,
    engine: str = "classical",
) -> ReliefResult:
    """
    Return the distress of one range image in engineering units.

    A crack is where the depth shows one, or where the intensity shows one and the depth at least a trace: a stain or
    the edge of paint has no depth and is none.

    Parameters
    ----------
    heights
        Shape (lines, points), travel upwards, NaN where not seen. [mm]
    scale
        Scale of the image.
    intensity
        BGR or grey image of the same lines and points; without it lanes and zones are not known, and all is depth.
    values
        Image parameters; those of the table when not given.
    engine
        What finds cracks in the intensity.
    """
    values = parameters() if values is None else values
    surface = relief(heights, scale, values=values)
    scene = _scene(surface, intensity, values)
    shown = shown_view(scene, values)
    reason = relief_reason(heights, scene if intensity is not None else None, values=values)
    if surface.seen.mean() < values["relief_seen_min"]:
        reason = "surface not seen"
    if reason:
        return ReliefResult(unjudged(scene, shown, reason=reason), _nothing())
    joints = depth_joints(surface, values=values)
    level = without_steps(surface, joints, values=values)
    found = told_apart(level, joints, scene, engine=engine if intensity is not None else "", values=values)
    potholes, holes = hollows(_lifted(level, found.raised, values), scene.inside & ~found.bodies, values=values)
    ratio = scene.grey.shape[1] / holes.shape[1]
    potholes = potholes.assign(outline=[(o + 0.5) * ratio - 0.5 for o in potholes["outline"]])
    flat = _without(level, fitted(holes, scene.grey.shape) | found.bodies)
    measured = relief_measures(flat, heights, scale, scene.axis, slabs=surface, joints=joints, values=values)
    holed = {"pothole_volume": float(potholes["volume_m3"].sum())}
    if len(potholes):
        holed |= {"pothole_depth": float(potholes["depth_mm"].max())}
    more = stored(measured) | holed
    told = [(kind, "", value, _UNITS[kind], "below the road around it") for kind, value in holed.items()]
    measured = pd.concat([measured, pd.DataFrame(told, columns=measured.columns)], ignore_index=True)
    # of the tone of the road a mm of depth takes 1 / relief_width_tone
    tone = np.clip(values["relief_width_tone"] + level.local, 1.0, None).astype(np.float32)
    seen = Seen(found.cracks, lambda: tone, (potholes, holes), found.things)
    frame = judged(scene, shown, seen, values=values, engine=engine, more=more)
    return ReliefResult(frame, measured)


def _lifted(surface: Relief, raised: np.ndarray, values: Mapping[str, float]) -> Relief:
    """Return a surface whose patches lie as high as the road around them: a hole in one is a hole still."""
    if not raised.any():
        return surface
    patch = cv2.resize(raised, surface.height.shape[::-1], interpolation=cv2.INTER_NEAREST)
    return with_heights(surface, surface.height - patch, values=values)


def _without(surface: Relief, gone: np.ndarray) -> Relief:
    """Return a surface on which potholes and covers are not seen: what is missing there is no rut."""
    gone = cv2.dilate(gone.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return replace(surface, height=np.where(fitted(gone, surface.height.shape), np.float32(np.nan), surface.height))


def _nothing() -> pd.DataFrame:
    return pd.DataFrame(columns=["kind", "side", "value", "unit", "method"])


def _scene(surface: Relief, intensity: np.ndarray | None, values: Mapping[str, float]) -> Scene:
    """Return the parts of a frame whose picture is the intensity, or else the depth as grey."""
    if intensity is None:
        shown = cv2.cvtColor(depth_as_grey(surface, values=values), cv2.COLOR_GRAY2BGR)
    else:
        grey = cv2.resize(intensity, surface.seen.shape[::-1], interpolation=cv2.INTER_AREA)
        shown = grey if grey.ndim == 3 else cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)
    return scene_of(TopView(shown, surface.seen, surface.mm), values)
