"""Rings: a route that ends where it begins, whose two ends only the order of travel tells apart (G11)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ingest.fault_list import Marks
from ingest.formats import limit
from ingest.lanes import lanes_there
from ingest.network import Network
from pavement.network.calibration import Calibration

_STRETCH = ["from_m", "to_m"]


def settled(measure: pd.Series, known: Calibration) -> tuple[pd.Series, pd.Series]:
    """
    Return measures along a ring, and which of them nothing settles.

    Parameters
    ----------
    measure
        Measures of coordinates on the ring, in the order of travel. [m]
    known
        Calibration of the ring; of any other route nothing is changed.

    Returns
    -------
    measure, open
        A place within ``ring_margin`` of the joint is of the end on which the drive goes on: of the last millimetre
        where the places about it lie before the end, of the start where they lie behind it, as it stands where the
        drive passes the joint. Without any other place it is open.
    """
    low, high = known.limits
    if not known.line.is_ring:
        return measure, pd.Series(False, index=measure.index)
    margin, middle = limit("ring_margin"), (low + high) / 2
    near = (measure - low <= margin) | (high - measure <= margin)
    away = measure.where(~near)
    sides = [s > middle for s in (away.ffill(), away.bfill())]
    told = [s.notna() for s in (away.ffill(), away.bfill())]
    at_end = near & (told[0] & sides[0] | ~told[0] & told[1] & sides[1]) & (~told[1] | sides[1])
    at_start = near & (told[0] & ~sides[0] | ~told[0] & told[1] & ~sides[1]) & (~told[1] | ~sides[1])
    result = measure.mask(at_end & (measure < middle), high - 1e-3).mask(at_start & (measure > middle), low)
    return result, near & ~told[0] & ~told[1]


def across_joint(place: pd.DataFrame, targets: list[str], network: Network) -> tuple[pd.DataFrame, pd.Series]:
    """
    Return places whose stretches across the joint of a ring end on its next lap, and which those are.

    On a ring a stretch may end at a smaller measure than it begins at: ``[from, end)`` and ``[start, to)`` are one.
    """
    across = pd.Series(False, index=place.index)
    if targets != _STRETCH or not network.rings:
        return place, across
    ends = _limits(place, network)
    across = (place["to_m"] < place["from_m"]) & (place["to_m"] >= ends["low"]) & (place["from_m"] <= ends["high"])
    lap = (ends["high"] - ends["low"]).where(across, 0.0)
    return place.assign(to_m=place["to_m"] + lap), across


def _limits(place: pd.DataFrame, network: Network) -> pd.DataFrame:
    """Return the first and last measure of the ring that each place lies on as low and high; missing on others. [m]"""
    found = [network.rings.get(key, (np.nan, np.nan)) for key in zip(place["route"], place["direction"], strict=True)]
    return pd.DataFrame(found, columns=["low", "high"], index=place.index, dtype=float)


def lanes_around(
    place: pd.DataFrame,
    frame: pd.DataFrame,
    targets: list[str],
    network: Network,
    marks: Marks,
    *,
    across: pd.Series,
) -> pd.DataFrame:
    """Return places with every lane as an id, looked up on both sides of the joint where a stretch runs across it."""
    if not across.any():
        return lanes_there(place, frame, targets, network, marks)
    ends = _limits(place, network).where(across)
    before = lanes_there(place.assign(to_m=place["to_m"].clip(upper=ends["high"])), frame, targets, network, marks)
    rest = place["to_m"] - (ends["high"] - ends["low"])
    # a stretch that ends at the joint itself has nothing behind it
    behind = across & (rest > ends["low"])
    second = {"from_m": ends["low"].where(behind), "to_m": rest.where(behind), "lane": place["lane"].where(behind, "")}
    after = lanes_there(place.assign(**second), frame, targets, network, marks)
    cure = "Write its number from the inside, or cut the stretch at the joint."
    other = behind & (after["lane"] != before["lane"])
    marks.add(other, "lane", "unknown lane", "Lane {value}: it is another one behind the joint.", cure)
    return before.assign(to_m=place["to_m"])
