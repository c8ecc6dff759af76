"""Where a drive lies whose file knows only the distance driven: route, direction, lane and start from the manifest."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ingest.fault_list import Marks
from ingest.position import named, written_places
from ingest.readers.reading import Context
from pavement.errors import SurveyError

_CURE = 'Say where it was driven: options = { route = "N1", direction = "S", lane = "1", start = "25k+300" }.'


@dataclass(frozen=True)
class DrivePlace:
    """
    A lane and how distance driven becomes measure.

    Attributes
    ----------
    sense
        1 where measure grows in the direction of travel, else -1.
    start_m, at_distance_m
        Measure at that distance driven. [m]
    """

    route: str
    direction: str
    lane: str
    sense: int
    start_m: float
    at_distance_m: float

    def measure(self, distance: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the measure of places by distance driven. [m]"""
        return self.start_m + self.sense * (np.asarray(distance, dtype=float) - self.at_distance_m)


def drive_place(context: Context, *, file: str) -> DrivePlace:
    """
    Return where the options of an entry say that it was driven.

    Options are ``route``, ``direction``, ``lane``, and ``start`` (posted) or ``start_m`` [m]: the place at
    ``start_distance_m`` [m], which is 0 when not given.

    Raises
    ------
    SurveyError
        They are missing, or name no place of the network; it says each of them.
    """
    options = context.data.options
    given = {key: str(options[key]) for key in ("route", "direction", "lane") if key in options}
    frame = pd.DataFrame([given | {"_row": 0}], dtype=object)
    if "start" in options:
        frame["chainage"] = str(options["start"])
    elif "start_m" in options:
        frame["measure_m"] = options["start_m"]
    else:
        raise SurveyError(f"{file} says how far was driven, not where it began.", cure=_CURE)
    marks = Marks(frame, file=file)
    place = written_places(frame, ["measure_m"], marks)
    filled = frame.assign(route=place["route"], direction=place["direction"])
    network = context.located_network()
    ids = named(filled, network=network, marks=marks)
    found = marks.frame()
    if len(found) or pd.isna(place["measure_m"].iloc[0]):
        said = " ".join(found["message"]) or "The start is no measure."
        raise SurveyError(f"{file}: {said}", cure=_CURE)
    route, direction, lane = (str(ids[c].iloc[0]) for c in ("route", "direction", "lane"))
    sense = network.senses[(route, direction)]
    return DrivePlace(route, direction, lane, sense, float(place["measure_m"].iloc[0]), _distance(context, file))


def _distance(context: Context, file: str) -> float:
    value = context.data.options.get("start_distance_m", 0.0)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise SurveyError(f"{file}: start_distance_m is no number.", cure="Write metres driven, such as 1220.0.")
    return float(value)
