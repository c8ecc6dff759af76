"""One range image, quantified: cracks from depth and intensity together, potholes by depth, ruts and more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import cv2
import numpy as np
import pandas as pd

from ingest.imagery.camera import TopView
from ingest.imagery.components import fitted
from ingest.imagery.cracks import CrackMap, find_cracks, without
from ingest.imagery.engines import finder
from ingest.imagery.frame_result import FrameResult
from ingest.imagery.hollows import hollows
from ingest.imagery.joints import find_joints, joint_bands
from ingest.imagery.parameters import parameters
from ingest.imagery.quantify import Seen, judged, shown_view, unjudged
from ingest.imagery.relief_measures import relief_measures, stored
from ingest.imagery.relief_scale import ReliefScale
from ingest.imagery.relief_shape import Heights, Relief, relief
from ingest.imagery.ridges import working_image
from ingest.imagery.scene import Scene, scene_of
from ingest.imagery.things import joint_things, thing_table

# tone of the road itself, and what a mm of depth takes from it: 1 mm of 50 is a darkness of 2 %
_UNITS = {"pothole_depth": "mm", "pothole_volume": "m3"}
_ROAD_TONE, _WIDTH_TONE = 160.0, 50.0


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
    surface = relief(heights, scale)
    scene = _scene(surface, intensity, values)
    shown = shown_view(scene, values)
    if surface.seen.mean() < values["relief_seen_min"]:
        return ReliefResult(unjudged(scene, shown, reason="surface not seen"), _nothing())
    cracks, joints = _cracks_and_joints(surface, scene, values, engine if intensity is not None else "")
    potholes, holes = hollows(surface, scene.inside, values=values)
    ratio = scene.grey.shape[1] / holes.shape[1]
    potholes = potholes.assign(outline=[(o + 0.5) * ratio - 0.5 for o in potholes["outline"]])
    measured = relief_measures(_without(surface, holes), heights, scale, scene.axis, values=values)
    holed = {"pothole_volume": float(potholes["volume_m3"].sum())}
    if len(potholes):
        holed |= {"pothole_depth": float(potholes["depth_mm"].max())}
    more = stored(measured) | holed
    told = [(kind, "", value, _UNITS[kind], "below the road around it") for kind, value in holed.items()]
    measured = pd.concat([measured, pd.DataFrame(told, columns=measured.columns)], ignore_index=True)
    tone = np.clip(_WIDTH_TONE + surface.local, 1.0, None).astype(np.float32)
    seen = Seen(cracks, lambda: tone, (potholes, holes), joints)
    frame = judged(scene, shown, seen, values=values, engine="classical", more=more)
    return ReliefResult(frame, measured)


def _without(surface: Relief, holes: np.ndarray) -> Relief:
    """Return a surface on which potholes are not seen: what is missing there is no rut."""
    gone = cv2.dilate(holes.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return replace(surface, height=np.where(fitted(gone, surface.height.shape), np.float32(np.nan), surface.height))


def _nothing() -> pd.DataFrame:
    return pd.DataFrame(columns=["kind", "side", "value", "unit", "method"])


def _scene(surface: Relief, intensity: np.ndarray | None, values: Mapping[str, float]) -> Scene:
    """Return the parts of a frame whose picture is the intensity, or else the depth as grey."""
    if intensity is None:
        shown = cv2.cvtColor(_depth_as_grey(surface, values), cv2.COLOR_GRAY2BGR)
    else:
        grey = cv2.resize(intensity, surface.seen.shape[::-1], interpolation=cv2.INTER_AREA)
        shown = grey if grey.ndim == 3 else cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)
    return scene_of(TopView(shown, surface.seen, surface.mm), values)


def _depth_as_grey(surface: Relief, values: Mapping[str, float]) -> np.ndarray:
    return np.clip(_ROAD_TONE + values["relief_grey"] * surface.local, 0, 255).astype(np.uint8)


def _cracks_and_joints(
    surface: Relief, scene: Scene, values: Mapping[str, float], engine: str
) -> tuple[CrackMap, pd.DataFrame]:
    depth = _depth_as_grey(surface, values)
    work = working_image(depth, mm_per_pixel=surface.mm, working_mm=values["working_mm"])
    # what the laser did not see has a rim, which must not look like a line
    road = cv2.erode(scene.top.seen_at(work.shape).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    by_depth = replace(find_cracks(work, road, mm_per_pixel=scene.mm, values=values), sealed=np.zeros(work.shape, bool))
    found = _with_intensity(by_depth, work, road, scene, values, engine) if engine else by_depth
    joints = find_joints(work, road, mm_per_pixel=scene.mm, values=values)
    bands = joint_bands(joints, work.shape, mm_per_pixel=scene.mm, margin=values["joint_margin"])
    return without(found, bands, values=values), thing_table(joint_things(joints, "joint", mm_per_pixel=scene.mm))


def _with_intensity(
    by_depth: CrackMap, work: np.ndarray, road: np.ndarray, scene: Scene, values: Mapping[str, float], engine: str
) -> CrackMap:
    """Return the cracks of the depth and those of the intensity that have some depth."""
    by_tone = finder(engine)(scene.grey, road, scene.paint, mm_per_pixel=scene.mm, values=values)
    lifted = cv2.morphologyEx(work, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    trace = (lifted.astype(np.float32) - work) / values["relief_grey"]
    kept = _mostly(by_tone.crack, trace > values["relief_trace"], share=values["trace_share"])
    return replace(by_depth, crack=by_depth.crack | kept, sealed=by_tone.sealed & ~by_depth.crack)


def _mostly(mask: np.ndarray, true: np.ndarray, *, share: float) -> np.ndarray:
    """Return the components of a mask of which at least a share is true."""
    count, label = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    inside = label[mask]
    part = np.bincount(inside, true[mask], minlength=count) / np.maximum(np.bincount(inside, minlength=count), 1)
    keep = part >= share
    keep[0] = False
    return keep[label]
