"""A frame's parts at the scales they are worked on: the view from above, its greys, its lane."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np

from ingest.imagery.camera import TopView
from ingest.imagery.components import as_bytes, fitted
from ingest.imagery.hidden_road import HiddenRoad
from ingest.imagery.lane import Lane, width_at_any_scale
from ingest.imagery.lane_ahead import lane_of
from ingest.imagery.lane_axis import LaneAxis, lane_axis
from ingest.imagery.ridges import working_image

# the road further ahead, asked for only where the lane needs it
Ahead = Callable[[], TopView | None]


@dataclass(frozen=True)
class Scene:
    """
    A frame's parts at their scales.

    Attributes
    ----------
    top
        The full view from above.
    work, grey, mm
        The view at the working scale as BGR and as 8-bit grey, and that scale [mm/px].
    coarse
        The view at the coarse scale, BGR.
    lane, axis
        The lane at the coarse scale, and its centre line.
    inside, road, paint
        Where the lane, the road and paint on it are, at the working scale.
    doubted
        Where the road is seen but neither cracks nor potholes are told, at the working scale; None for nowhere.
    """

    top: TopView
    work: np.ndarray
    grey: np.ndarray
    mm: float
    coarse: np.ndarray
    lane: Lane
    axis: LaneAxis
    inside: np.ndarray
    road: np.ndarray
    paint: np.ndarray
    doubted: np.ndarray | None = None

    @cached_property
    def bare(self) -> np.ndarray:
        """Where the road is seen and no paint is, at the working scale."""
        return np.asarray(self.road & ~self.paint)


def scene_of(top: TopView, values: Mapping[str, float], *, ahead: Ahead = lambda: None) -> Scene:
    """Return the parts of a frame at their scales, and its lane, from the view from above and the road `ahead`."""
    work = working_image(top.image, mm_per_pixel=top.mm_per_pixel, working_mm=values["working_mm"])
    mm = top.mm_per_pixel * top.image.shape[1] / work.shape[1]
    coarse = working_image(work, mm_per_pixel=mm, working_mm=values["coarse_mm"])
    coarse_mm = mm * work.shape[1] / coarse.shape[1]
    seen = top.seen_at(coarse.shape)
    lane = lane_of(coarse, seen, ahead=ahead, mm_per_pixel=coarse_mm, values=values)
    axis = lane_axis(lane, seen, mm_per_pixel=coarse_mm, values=values)
    if np.isnan(lane.width_m):
        lane = replace(lane, width_m=width_at_any_scale(work, top.seen_at(work.shape), mm_per_pixel=mm, values=values))
    grey = cv2.cvtColor(work, cv2.COLOR_BGR2GRAY)
    road = top.seen_at(grey.shape)
    if not road.all():
        road = cv2.erode(as_bytes(road), np.ones((5, 5), np.uint8)).view(bool)
    inside, paint = fitted(lane.inside, grey.shape), fitted(lane.paint, grey.shape)
    return Scene(top, work, grey, mm, coarse, lane, axis, inside, road, paint)


def without_hidden(
    scene: Scene, hidden: HiddenRoad, values: Mapping[str, float], *, ahead: Ahead = lambda: None
) -> Scene:
    """
    Return a scene without what hides the road; its lane is found again, since water looks like paint.

    The width by which the scale is tested stays where no other is found: at a wrong scale markings look like water.
    """
    covered, shade, width = hidden.covered(values["hidden_margin"]), hidden.mask("shade"), scene.lane.width_m
    if covered.any():
        gone = fitted(covered, scene.top.valid.shape)
        scene = scene_of(replace(scene.top, valid=scene.top.valid & ~gone), values, ahead=ahead)
        if np.isnan(scene.lane.width_m):
            scene = replace(scene, lane=replace(scene.lane, width_m=width))
    if not shade.any():
        return scene
    shade = fitted(shade, scene.grey.shape)
    return replace(scene, inside=scene.inside & ~shade, doubted=shade)
