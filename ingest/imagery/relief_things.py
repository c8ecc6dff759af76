"""What a range image shows that is no crack, by its depth and by its intensity, and the cracks without it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ingest.imagery.cracks import DEPTH, CrackMap, without
from ingest.imagery.fixed_things import areas_and_seals, find_fixed, grown_by
from ingest.imagery.joints import Joint, joint_bands
from ingest.imagery.parameters import of_kind
from ingest.imagery.relief_bodies import find_patches, find_rims
from ingest.imagery.relief_cracks import Depths, cracks_by_depth, grooves, with_intensity
from ingest.imagery.relief_joints import depth_as_grey, inner_road
from ingest.imagery.relief_shape import Relief
from ingest.imagery.ridges import working_image
from ingest.imagery.scene import Scene
from ingest.imagery.things import BODIES, Thing, at_scale, covered, joint_things, sealed_things, thing_table

# bodies on which nothing is a hole or a rut; a patch can have both
_SOLID = tuple(kind for kind in BODIES if kind not in ("patch", "shadow"))


@dataclass(frozen=True)
class Apart:
    """
    What a range image shows, apart from potholes.

    Attributes
    ----------
    cracks
        Cracks less what is something else, at the working scale.
    things
        What is no crack: columns as :data:`ingest.imagery.things.THING_COLUMNS`, and engine.
    bodies
        Where covers, studs and rails are, at the working scale.
    raised
        How high patches lie over the road around them, at the coarse scale. [mm]
    """

    cracks: CrackMap
    things: pd.DataFrame
    bodies: np.ndarray
    raised: np.ndarray


def told_apart(
    surface: Relief, joints: Sequence[Joint], scene: Scene, *, engine: str, values: Mapping[str, float]
) -> Apart:
    """
    Return the cracks of a surface and what is none.

    Parameters
    ----------
    surface
        The surface with slabs level with each other.
    joints
        Joints that the depth shows, at its scale.
    scene
        Scene of the intensity, or of the depth as grey.
    engine
        What finds cracks in the intensity; "" without one.
    values
        Image parameters.
    """
    depths, shape = _depths(surface, scene, values), scene.grey.shape
    cracks, lines = cracks_by_depth(depths, values=values)
    patches, raised = find_patches(surface, values=values)
    to_work = shape[1] / surface.local.shape[1]
    rims = find_rims(lines, mm_per_pixel=scene.mm, values=values)
    slabs = [replace(joint, line=(joint.line + 0.5) * to_work - 0.5) for joint in joints]
    by_depth = [*_unsure(joint_things(slabs, "joint", mm_per_pixel=scene.mm)), *rims, *at_scale(patches, to_work)]
    bands = joint_bands(slabs, shape, mm_per_pixel=scene.mm, margin=of_kind(values, "range")["joint_margin"])
    margin = values["body_margin"] / scene.mm
    taken = bands | grown_by(covered(rims, _SOLID, shape) | _wide(by_depth, shape, scene.mm), margin)
    by_tone: list[Thing] = []
    if engine:
        cracks = with_intensity(cracks, depths, scene, values, engine)
        cracks, by_tone, taken = _beside(cracks, scene, taken, values)
    cracks = without(cracks, taken, values=values)
    things = [*by_tone, *(one for one in by_depth if not _told(one, by_tone, shape))]
    solid = grown_by(covered(things, _SOLID, shape), margin)
    return Apart(cracks, _table(things, len(by_tone)), solid, raised)


def _wide(found: Sequence[Thing], shape: tuple[int, ...], mm: float) -> np.ndarray:
    """Return where expansion joints are, shape (height, width)."""
    wide = [
        Joint(outline, width, True, sure) for kind, _, width, _, sure, outline in found if kind == "expansion_joint"
    ]
    return joint_bands(wide, shape, mm_per_pixel=mm)


def _depths(surface: Relief, scene: Scene, values: Mapping[str, float]) -> Depths:
    size = {"mm_per_pixel": surface.mm, "working_mm": values["working_mm"]}
    grey = working_image(depth_as_grey(surface, values=values), **size)
    groove = grooves(working_image(surface.local, **size), mm_per_pixel=scene.mm, values=values)
    return Depths(grey, groove, inner_road(scene.top.seen_at(grey.shape)), scene.mm)


def _beside(
    cracks: CrackMap, scene: Scene, taken: np.ndarray, values: Mapping[str, float]
) -> tuple[CrackMap, list[Thing], np.ndarray]:
    """Return cracks, what the intensity shows beside them as a photograph would, and where no crack is told."""
    fixed = find_fixed(scene, values)
    other = taken | fixed.taken
    areas, sealed = areas_and_seals(scene, fixed, crack=cracks.crack, sealed=cracks.sealed, other=other, values=values)
    found = [*sealed_things(sealed, mm_per_pixel=scene.mm), *fixed.things, *areas]
    return replace(cracks, sealed=sealed), found, other


def _unsure(found: Sequence[Thing]) -> list[Thing]:
    """Return things that the depth tells: nobody has fitted how sure that is."""
    return [(kind, length, width, area, np.nan, outline) for kind, length, width, area, _, outline in found]


def _told(one: Thing, others: Sequence[Thing], shape: tuple[int, ...]) -> bool:
    """Return whether a thing is among others: of its kind, and around its middle."""
    kind, outline = one[0], np.asarray(one[-1], float)
    x, y = np.clip(np.rint(outline.mean(axis=0)).astype(int), 0, np.array(shape[1::-1]) - 1)
    if kind in ("joint", "expansion_joint"):
        return any(other[0] == kind and _near(outline, np.asarray(other[-1], float)) for other in others)
    return bool(covered(others, (kind,), shape)[y, x])


def _near(line: np.ndarray, other: np.ndarray) -> bool:
    """Return whether two lines of joints run the same way within 10 pixels of each other."""
    apart = np.hypot(*(line[:, None] - other[None]).transpose(2, 0, 1)).min(axis=1)
    return bool(np.median(apart) <= 10.0)


def _table(things: Sequence[Thing], by_tone: int) -> pd.DataFrame:
    table = thing_table(things)
    return table.assign(engine=["" if number < by_tone else DEPTH for number in range(len(table))])
