"""One frame, quantified: findings, measures of the lane seen, and views for people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

import cv2
import numpy as np
import pandas as pd

from ingest.imagery.areas import enough
from ingest.imagery.camera import Camera, top_view
from ingest.imagery.components import fitted
from ingest.imagery.confidence import crack_confidence, pothole_confidence
from ingest.imagery.cracks import CrackMap, likely, without
from ingest.imagery.drawing import view
from ingest.imagery.engines import finder
from ingest.imagery.findings import FINDING_COLUMNS as FINDING_COLUMNS
from ingest.imagery.findings import findings
from ingest.imagery.fixed_things import areas_and_seals, find_fixed
from ingest.imagery.frame_result import FrameResult as FrameResult
from ingest.imagery.hidden_road import HiddenRoad
from ingest.imagery.lane_ahead import road_ahead
from ingest.imagery.lane_shapes import lane_shapes, road_outlines, road_places
from ingest.imagery.on_lane import OnLane, area_seen, nothing_on_lane, road_parts
from ingest.imagery.parameters import of_kind, parameters
from ingest.imagery.pieces import centrelines, typed
from ingest.imagery.potholes import find_potholes, likely_potholes
from ingest.imagery.privacy import without_plates
from ingest.imagery.ridges import working_image
from ingest.imagery.scene import Scene, scene_of, without_hidden
from ingest.imagery.things import (
    BODIES,
    Thing,
    covered,
    mostly_outside,
    sealed_things,
    thing_table,
)
from ingest.imagery.turned import marked_across
from ingest.imagery.usability import usability
from ingest.imagery.widths import crack_widths
from pavement.measures.crack_parts import middles


def quantify_frame(
    image: np.ndarray,
    camera: Camera,
    *,
    values: Mapping[str, float] | None = None,
    engine: str = "classical",
) -> FrameResult:
    """
    Return the distress of one frame in engineering units.

    Parameters
    ----------
    image
        BGR frame as the camera made it, shape (height, width, 3).
    camera
        Camera of the survey.
    values
        Image parameters; those of the table when not given.
    engine
        What finds the cracks: "classical" or "learned".

    Raises
    ------
    SettingsError
        Unknown engine.
    """
    finder(engine)
    values = of_kind(parameters() if values is None else values, camera.kind)
    ahead = partial(road_ahead, image, camera, values=values)
    scene = scene_of(top_view(image, camera), values, ahead=ahead)
    shown = shown_view(scene, values)
    gate = usability(scene.coarse, scene.grey, scene.top.valid, scene.lane.paint, mm_per_pixel=scene.mm, values=values)
    shown_mm = scene.top.mm_per_pixel * scene.top.image.shape[1] / shown.shape[1]
    shown, blurred = without_plates(shown, gate, mm_per_pixel=shown_mm, values=values)
    if gate.reason:
        return replace(unjudged(scene, shown, reason=gate.reason), blurred=blurred)
    scene = without_hidden(scene, gate.hidden, values, ahead=ahead) if gate.hidden else scene
    cracks, things = _cracks_and_things(scene, values, engine=engine, even=camera.kind != "forward")
    cracks = _off_rims(cracks, gate.hidden, values)
    listed, holes = _potholes(scene, cracks, things, values)
    sure = pothole_confidence(engine, listed["confidence"].to_numpy(float), values=values)
    potholes = listed.assign(confidence=sure), holes
    full = partial(cv2.cvtColor, scene.top.image, cv2.COLOR_BGR2GRAY)
    result = judged(scene, shown, Seen(cracks, full, potholes, thing_table(things)), values=values, engine=engine)
    markings = "" if camera.kind == "forward" else _markings(scene, values)
    hidden = gate.hidden.areas if gate.hidden else {}
    return replace(result, markings=markings, hidden=hidden, blurred=blurred)


def _off_rims(cracks: CrackMap, hidden: HiddenRoad | None, values: Mapping[str, float]) -> CrackMap:
    """Return cracks without those that run along what lies over the road: wet rims and shadows of it are no cracks."""
    rim = hidden.covered(values["hidden_rim"]) if hidden and cracks.crack.any() else None
    if rim is None or not rim.any():
        return cracks
    return replace(cracks, crack=mostly_outside(cracks.crack, fitted(rim, cracks.crack.shape)))


def _markings(scene: Scene, values: Mapping[str, float]) -> str:
    """Return how the markings of a view from straight above lie."""
    if scene.lane.lines:
        return "along"
    seen = scene.top.seen_at(scene.coarse.shape)
    mm = scene.mm * scene.grey.shape[1] / scene.coarse.shape[1]
    return "across" if marked_across(scene.coarse, seen, mm_per_pixel=mm, values=values) else ""


def shown_view(scene: Scene, values: Mapping[str, float]) -> np.ndarray:
    """Return the view of a frame for people; from the working scale where that is fine enough."""
    width = int(values["view_width"])
    return view(scene.work if scene.work.shape[1] >= width else scene.top.image, width=width)


def _result(
    scene: Scene,
    shown: np.ndarray,
    *,
    reason: str = "",
    masks: tuple[np.ndarray, np.ndarray],
    found: pd.DataFrame | None = None,
    on_lane: OnLane | None = None,
    more: Mapping[str, float] | None = None,
) -> FrameResult:
    listed = pd.DataFrame(columns=list(FINDING_COLUMNS)) if found is None else found
    seen = nothing_on_lane() if on_lane is None else on_lane
    return FrameResult(
        findings=listed,
        usable=not reason,
        reason=reason,
        area_m2=seen.area_m2,
        lane_width_m=scene.lane.width_m,
        on_lane=seen,
        image=shown,
        shape=scene.top.valid.shape,
        cracked=masks[0],
        hollowed=masks[1],
        inside=scene.inside,
        seen=scene.top.valid,
        mm_per_pixel=scene.top.mm_per_pixel,
        more=dict(more or {}),
    )


@dataclass(frozen=True)
class Seen:
    """
    What was found in a frame.

    Attributes
    ----------
    cracks
        Where cracks are, at the working scale.
    full
        Gives the tone of the full view, in which a crack is darker by more the deeper it is; widths come from it.
    potholes
        Potholes with their outline in pixels of the working scale, and their mask.
    things
        What is neither, as :mod:`ingest.imagery.things` lists it.
    """

    cracks: CrackMap
    full: Callable[[], np.ndarray]
    potholes: tuple[pd.DataFrame, np.ndarray]
    things: pd.DataFrame


def unjudged(scene: Scene, shown: np.ndarray, *, reason: str) -> FrameResult:
    """Return the result of a frame that is not usable: nothing found, nothing measured."""
    nothing = np.zeros(scene.grey.shape, bool)
    return _result(scene, shown, reason=reason, masks=(nothing, nothing))


def judged(
    scene: Scene,
    shown: np.ndarray,
    seen: Seen,
    *,
    values: Mapping[str, float],
    engine: str,
    more: Mapping[str, float] | None = None,
) -> FrameResult:
    """
    Return what a frame shows, from where its cracks and potholes are.

    Parameters
    ----------
    scene
        The frame's parts.
    shown
        View for people.
    seen
        What was found in it.
    values
        Image parameters.
    engine
        What found the cracks.
    more
        Further measures of the frame: kind → value.
    """
    cracks, things = seen.cracks, seen.things
    points = _points(scene, cracks, seen.full, values)
    listed, holes = seen.potholes
    placed = {"height": scene.grey.shape[0], "mm_per_pixel": scene.mm}
    parts = road_parts(points, scene.axis, **placed)
    listed = listed.assign(on_road=road_outlines(listed["outline"].tolist(), scene.axis, **placed))
    found = findings(
        points.assign(offset=middles(parts)[0]),
        listed,
        things.assign(offset=_offsets(things, scene)),
        lane_width=scene.axis.width_m,
        to_view=shown.shape[1] / scene.grey.shape[1],
        sure=partial(crack_confidence, engine, values=values),
        values=values,
    )
    on_lane = OnLane(
        parts[points["inside"].to_numpy(bool)].reset_index(drop=True),
        lane_shapes(listed, things, scene.axis, first=len(found) - len(listed) - len(things), **placed),
        area_seen(scene.inside, mm_per_pixel=scene.mm),
        width_m=scene.grey.shape[1] * scene.mm / 1000.0,
        length_m=scene.grey.shape[0] * scene.mm / 1000.0,
        lane_width_m=scene.axis.width_m,
        heights="volumes" in listed,
    )
    return _result(
        scene,
        shown,
        masks=(cracks.crack, holes),
        found=found,
        on_lane=on_lane,
        more=more or {},
    )


def _cracks_and_things(
    scene: Scene, values: Mapping[str, float], *, engine: str, even: bool
) -> tuple[CrackMap, list[Thing]]:
    """Return the cracks that an engine finds, less what is something else, and that, outlines in working pixels."""
    cracks = finder(engine, forward=not even)(scene.grey, scene.road, scene.paint, mm_per_pixel=scene.mm, values=values)
    fixed = find_fixed(scene, values, even=even)
    other = fixed.taken if scene.doubted is None else fixed.taken | scene.doubted
    cracks = likely(
        without(cracks, other, values=values),
        sure=partial(crack_confidence, engine, values=values),
        least=values[f"sure_min_{engine}"],
        least_below=[(values[f"{size}_{engine}"], values[f"sure_{size}_{engine}"]) for size in ("short", "middling")],
        near=values["short_apart"],
    )
    cracks = enough(cracks, scene.inside, values=values)
    surfaces, sealed = areas_and_seals(
        scene, fixed, crack=cracks.crack, sealed=cracks.sealed, other=other, values=values, even=even
    )
    cracks = replace(cracks, sealed=sealed)
    return cracks, [*sealed_things(sealed, mm_per_pixel=scene.mm), *fixed.things, *surfaces]


def _offsets(things: pd.DataFrame, scene: Scene) -> np.ndarray:
    """Return how far right of the lane's axis the middles of things lie. [m]"""
    middle = np.array([outline.mean(axis=0) for outline in things["outline"]]).reshape(-1, 2)
    right, ahead = road_places(middle[:, 0], middle[:, 1], height=scene.grey.shape[0], mm_per_pixel=scene.mm)
    return scene.axis.offset(right, ahead)


def _points(
    scene: Scene, cracks: CrackMap, full: Callable[[], np.ndarray], values: Mapping[str, float]
) -> pd.DataFrame:
    """Return the centreline points with type, width [mm], strength, and whether they lie in the lane."""
    points = centrelines(cracks.crack, mm_per_pixel=scene.mm, values=values)
    points = typed(points, shape=cracks.crack.shape, mm_per_pixel=scene.mm, values=values)
    row, column = points["y"].astype(int).to_numpy(), points["x"].astype(int).to_numpy()
    return points.assign(
        width=_widths(points, scene, full, values),
        strength=cracks.strength[row, column],
        engine=cracks.engines(row, column),
        inside=scene.inside[row, column],
    )


def _widths(
    points: pd.DataFrame, scene: Scene, full: Callable[[], np.ndarray], values: Mapping[str, float]
) -> pd.Series:
    """Return the width of a crack at each point; only where there is one is the frame needed at its full size. [mm]"""
    if points.empty:
        return pd.Series(dtype=float)
    tone = full()
    return crack_widths(
        points, tone, scale=tone.shape[1] / scene.grey.shape[1], mm_per_pixel=scene.top.mm_per_pixel, values=values
    )


def _potholes(
    scene: Scene, cracks: CrackMap, things: list[Thing], values: Mapping[str, float]
) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the potholes of the lane; outlines in pixels of the working scale."""
    if cracks.hollow is not None:
        inside = scene.inside & ~covered(things, BODIES, scene.grey.shape)
        return likely_potholes(cracks.hollow, inside, mm_per_pixel=scene.mm, values=values)
    small = working_image(scene.grey, mm_per_pixel=scene.mm, working_mm=values["coarse_mm"])
    ratio = scene.grey.shape[1] / small.shape[1]
    inside = fitted(scene.inside & ~cracks.sealed & ~covered(things, BODIES, scene.grey.shape), small.shape)
    potholes, mask = find_potholes(small, inside, mm_per_pixel=scene.mm * ratio, values=values)
    return potholes.assign(outline=[(o + 0.5) * ratio - 0.5 for o in potholes["outline"]]), mask
