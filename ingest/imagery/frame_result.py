"""What one frame shows, with its masks and overlay made when they are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from ingest.imagery.components import fitted
from ingest.imagery.drawing import overlay
from ingest.imagery.frame_measures import frame_measures
from ingest.imagery.on_lane import OnLane


@dataclass(frozen=True)
class FrameResult:
    """
    What one frame shows.

    Attributes
    ----------
    findings
        One row a finding, columns as :data:`FINDING_COLUMNS`; outlines are JSON lists of lines in pixels of `image`.
    usable, reason
        Whether anything was measured, and why not.
    area_m2
        Area of lane seen [m2]; 0 when not usable.
    lane_width_m
        Distance between the markings [m], NaN unless both are seen.
    on_lane
        Cracks and potholes of the lane in metres on the road.
    image
        View (BGR) of the road from above.
    shape
        Height and width of the view at its full size. [px]
    cracked, hollowed, inside, seen
        Cracks, potholes, the lane measured, and where the road was seen, each at the scale it was found at.
    mm_per_pixel
        Scale of the view at its full size.
    more
        Measures of range images: kind → value.
    markings
        How the lane's markings lie in a frame that looks straight down: "along" travel, "across" it, or "" where none
        is seen.
    hidden
        What hides road in it → how much of it, which was not judged [m2].
    blurred
        Where `image` is blurred for privacy; None for nowhere.
    """

    findings: pd.DataFrame
    usable: bool
    reason: str
    area_m2: float
    lane_width_m: float
    on_lane: OnLane
    image: np.ndarray
    shape: tuple[int, int]
    cracked: np.ndarray
    hollowed: np.ndarray
    inside: np.ndarray
    seen: np.ndarray
    mm_per_pixel: float
    more: Mapping[str, float] = field(default_factory=dict)
    markings: str = ""
    hidden: Mapping[str, float] = field(default_factory=dict)
    blurred: np.ndarray | None = None

    @property
    def view_mm(self) -> float:
        """Size on the road of a pixel of `image` and `overlay`. [mm]"""
        return self.mm_per_pixel * self.shape[1] / self.image.shape[1]

    @cached_property
    def overlay(self) -> np.ndarray:
        """View with the findings drawn on it; not where it is blurred, for a line along letters tells what they are."""
        drawn = overlay(self.image, self.findings)
        return drawn if self.blurred is None else np.where(self.blurred[..., None], self.image, drawn)

    @cached_property
    def mask(self) -> np.ndarray:
        """Cracks at the full size of the view, shape (height, width)."""
        return fitted(self.cracked, self.shape)

    @cached_property
    def pothole_mask(self) -> np.ndarray:
        """Potholes; same shape."""
        return fitted(self.hollowed, self.shape)

    @cached_property
    def lane(self) -> np.ndarray:
        """The lane measured; same shape."""
        return fitted(self.inside, self.shape)

    @cached_property
    def valid(self) -> np.ndarray:
        """Where the road was seen; same shape."""
        return fitted(self.seen, self.shape)

    def share_of(self, found: np.ndarray) -> float:
        """Return the share of the lane seen that a mask of any size covers. [-]"""
        lane = self.inside & fitted(self.seen, self.inside.shape)
        return float(fitted(found, lane.shape)[lane].mean())

    @cached_property
    def measures(self) -> dict[str, float]:
        """Kind → value over the lane seen; empty when the frame is not usable."""
        return frame_measures(self.on_lane) | dict(self.more) if self.usable else {}
