"""The places of the network that a point may mean: each route and direction within reach, none chosen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ingest.formats import limit
from ingest.network import Network


@dataclass(frozen=True)
class Near:
    """A place that a point may mean: measure [m] along a route and direction, and how far off it lies [m]."""

    route: str
    direction: str
    measure_m: float
    distance_m: float


def nearby(network: Network, longitude: float, latitude: float) -> list[Near]:
    """
    Return every route and direction that a point on WGS 84 [deg] may lie on, nearest first.

    A carriageway lies nearer to its neighbour than a phone's fix is sure, so both directions are given and a person
    says which. Points beyond ``photo_distance`` of every route give nothing.
    """
    xy = network.projected(pd.Series([longitude]), pd.Series([latitude]), crs="EPSG:4326")
    if not network.inside(xy)[0]:
        return []
    found = []
    for (route, direction), calibration in network.calibrations.items():
        measure, distance = (float(np.asarray(v)[0]) for v in calibration.measure(xy[:, 0], xy[:, 1]))
        if distance <= limit("photo_distance"):
            found.append(Near(route, direction, measure, distance))
    return sorted(found, key=lambda near: near.distance_m)
