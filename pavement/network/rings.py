"""Rings: routes that end where they begin, and stretches that run across that joint."""

from __future__ import annotations

import pandas as pd

from pavement.network.route_overlaps import no_overlaps


def beyond_the_end(rings: pd.DataFrame) -> pd.DataFrame:
    """
    Return a table ``overlaps`` by which what lies beyond the end of a ring lies behind its start.

    Parameters
    ----------
    rings
        Columns route, direction, from_m, to_m [m] of the routes that are rings.

    Returns
    -------
    overlaps
        One row a ring: its next lap on its first. The end itself is the start, as stretches are half-open.
    """
    if rings.empty:
        return no_overlaps()
    lap = rings["to_m"] - rings["from_m"]
    return pd.DataFrame(
        {
            "route": rings["route"].astype(str),
            "direction": rings["direction"].astype(str),
            "from_m": rings["to_m"],
            "to_m": rings["to_m"] + lap,
            "main_route": rings["route"].astype(str),
            "main_direction": rings["direction"].astype(str),
            "main_from_m": rings["from_m"],
            "main_to_m": rings["to_m"],
            "turned": "no",
        }
    )
