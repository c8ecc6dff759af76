"""Scale of range images: what their pixels and counts are on the road."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ingest.imagery.camera_numbers import camera_number
from pavement.errors import ManifestError

_MM_LIMITS = (0.2, 40.0)
_COUNT_LIMITS = (0.001, 10.0)
# finest square pixel that surfaces are worked on at where lines lie farther apart [mm]
_FINE_MM = 2.0


@dataclass(frozen=True)
class ReliefScale:
    """
    What the pixels of a range image are on the road.

    Attributes
    ----------
    across_mm, along_mm
        Distance of pixels across the lane and along it. [mm]
    count_mm
        Height of a count [mm]; negative where larger counts lie lower, as with distances from the sensor.
    zero
        Count of height 0.
    no_data
        Count of a pixel that was not seen; None where all were.
    crossfall_percent
        Fall to the right of the line that heights are measured from; NaN where it is not known. [%]
    """

    across_mm: float
    along_mm: float
    count_mm: float
    zero: float = 0.0
    no_data: int | None = 0
    crossfall_percent: float = float("nan")

    @property
    def square_mm(self) -> float:
        """Side of the square pixels that the surface is worked on at. [mm]"""
        return min(max(self.across_mm, self.along_mm), max(self.across_mm, _FINE_MM))


def relief_scale(table: Mapping[str, Any]) -> ReliefScale:
    """
    Return the scale of range images described by ``[camera]`` with kind = "range".

    Raises
    ------
    ManifestError
        A scale is missing, zero, or no line laser's (I10).
    """
    across, along = (_number(table, name, *_MM_LIMITS) for name in ("mm_across", "mm_along"))
    count = _number(table, "mm_per_count", *_COUNT_LIMITS, signed=True)
    no_data = table.get("no_data", 0)
    if no_data is not None and (
        isinstance(no_data, bool) or not isinstance(no_data, int) or not -1 <= no_data <= 65535
    ):
        raise ManifestError(
            f"[camera] no_data = {no_data!r} is no count.", cure="Write a count of 0-65535, or -1 where all were seen."
        )
    fall = _number(table, "crossfall_percent", 0.0, 15.0, signed=True) if "crossfall_percent" in table else np.nan
    zero = _number(table, "zero", 0.0, 65535.0) if "zero" in table else 0.0
    return ReliefScale(across, along, count, zero, None if no_data in (None, -1) else no_data, fall)


def _number(table: Mapping[str, Any], name: str, low: float, high: float, *, signed: bool = False) -> float:
    value = camera_number(table, name)
    if not low <= (abs(value) if signed else value) <= high:
        raise ManifestError(
            f"[camera] {name} = {value:g} lies outside {low:g}-{high:g}.",
            cure="Take it from the data sheet of the sensor.",
        )
    return value
