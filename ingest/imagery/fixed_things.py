"""What is fixed in the road of a scene, and areas of another tone beside it, at the working scale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from ingest.imagery.components import fitted, grown
from ingest.imagery.fixtures import apart_from_rails, find_fixtures
from ingest.imagery.joints import find_expansion_joints, find_joints, joint_bands
from ingest.imagery.scene import Scene
from ingest.imagery.surfaces import find_surfaces
from ingest.imagery.things import BODIES, Thing, at_scale, covered, joint_things, mostly_outside


@dataclass(frozen=True)
class Fixed:
    """
    What is fixed in a road.

    Attributes
    ----------
    things
        Joints, markings, studs, manhole covers and rails, outlines in working pixels.
    narrow, wide, bodies
        Where joints, expansion joints and bodies are, shape of the working scale.
    """

    things: list[Thing]
    narrow: np.ndarray
    wide: np.ndarray
    bodies: np.ndarray

    @property
    def taken(self) -> np.ndarray:
        """Where no crack is counted."""
        return np.asarray(self.narrow | self.wide | self.bodies)


def find_fixed(scene: Scene, values: Mapping[str, float], *, even: bool = True) -> Fixed:
    """
    Return what is fixed in the road of a scene.

    Parameters
    ----------
    scene
        The scene.
    values
        Image parameters.
    even
        Whether its scale is even, as it is seen from straight above.
    """
    ratio = scene.grey.shape[1] / scene.coarse.shape[1]
    mm, shape = scene.mm * ratio, scene.coarse.shape
    seen = scene.top.seen_at(shape)
    joints = find_joints(scene.grey, scene.bare, mm_per_pixel=scene.mm, values=values)
    coarse = cv2.cvtColor(scene.coarse, cv2.COLOR_BGR2GRAY)
    wide = find_expansion_joints(coarse, seen & ~scene.lane.paint, mm_per_pixel=mm, values=values)
    if wide:
        # the sides of a wide joint
        joints = [joint for joint in joints if not joint.across]
    narrow = joint_bands(joints, scene.grey.shape, mm_per_pixel=scene.mm, margin=values["joint_margin"])
    broad = fitted(joint_bands(wide, shape[:2], mm_per_pixel=mm, margin=2 * mm), scene.grey.shape)
    bodies = find_fixtures(scene.coarse, seen, scene.lane.paint, mm_per_pixel=mm, values=values)
    coarse_things = [*joint_things(wide, "expansion_joint", mm_per_pixel=mm), *bodies]
    found = [*joint_things(joints, "joint", mm_per_pixel=scene.mm), *at_scale(coarse_things, ratio)]
    found = apart_from_rails(found, scene.grey.shape)
    if not even:
        # far rows are blurred: a scrap of paint looks like the reflector of a stud
        found = [one for one in found if one[0] != "stud"]
    around = grown_by(covered(found, BODIES, scene.grey.shape), values["body_margin"] / scene.mm)
    return Fixed(found, narrow, broad, around)


def areas_and_seals(
    scene: Scene,
    fixed: Fixed,
    *,
    crack: np.ndarray,
    sealed: np.ndarray,
    other: np.ndarray,
    values: Mapping[str, float],
    even: bool = True,
) -> tuple[list[Thing], np.ndarray]:
    """
    Return areas of another tone or texture, and sealed cracks without those that lie on something else.

    Parameters
    ----------
    scene, fixed
        The scene and what is fixed in it.
    crack, sealed
        Where cracks and what looks like sealed cracks are, at the working scale.
    other
        Where cracks and seals are not told.
    values
        Image parameters.
    even
        As of :func:`find_fixed`.
    """
    rough = scene.inside & ~grown_by(crack | other, values["texture_guard"] / scene.mm) if even else None
    bare = scene.bare & ~fixed.wide & ~fixed.bodies
    surfaces = find_surfaces(scene.grey, bare, rough, mm_per_pixel=scene.mm, values=values)
    # at the border of the view the dark of a shadow looks like a band
    shaded = covered(surfaces, ("shadow",), scene.grey.shape)
    return surfaces, mostly_outside(sealed, other | shaded)


def grown_by(mask: np.ndarray, reach: float) -> np.ndarray:
    """Return a mask grown to all sides by a reach. [px]"""
    return grown(mask, 2 * round(reach) + 1)
