"""Bands of the condition: what a plan leaves where every length comes out at one edge of its forecast."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from pavement.planning.basis import Basis, looked
from pavement.planning.course import chosen_course, network_condition
from pavement.planning.outlook import LOW, Forecast, Outlook, end_of_band
from pavement.planning.rollout import untreated

BANDED = ("mean", "good_share", "poor_share")
_KEYS = ["year", "kind"]


@dataclass(frozen=True)
class Edges:
    """The outlook of the units at the kind and at the pessimistic edge of the forecast."""

    low: Outlook
    high: Outlook


def edges(ready: Basis, forecast: Forecast) -> Edges:
    """
    Return both edges of the outlook of a basis.

    Parameters
    ----------
    ready
        From :func:`pavement.planning.basis.basis`.
    forecast
        That of the basis, with the columns low and high.

    Raises
    ------
    PlanError
        The forecast tells no interval.
    """
    low, high = (
        looked(
            ready.units,
            ready.causes,
            years=ready.years,
            forecast=end_of_band(forecast, edge),
            catalogue=ready.catalogue,
        )
        for edge in (LOW, "high")
    )
    return Edges(low, high)


def banded(condition: pd.DataFrame, ready: Basis, chosen: pd.DataFrame | None, ends: Edges | None) -> pd.DataFrame:
    """
    Return the condition of a network with its band: ``…_low`` and ``…_high`` of mean and shares.

    Parameters
    ----------
    condition
        Of one scenario, from :func:`pavement.planning.course.network_condition`.
    chosen
        Strategies taken, None for no work.
    ends
        From :func:`edges`; None leaves the band empty.

    Notes
    -----
    The same works are done, and all lengths come out at the same edge together. That is wider than the interval of the
    mean of a network, whose lengths do not all err to one side.
    """
    if ends is None:
        return condition.assign(**{f"{column}_{end}": float("nan") for column in BANDED for end in ("low", "high")})
    area = ready.units["area_m2"].to_numpy(float)
    found = []
    for look in (ends.low, ends.high):
        course = untreated(look) if chosen is None else chosen_course(look, chosen, catalogue=ready.catalogue)
        told = network_condition({"": course}, area, first_year=ready.years[0], years=len(ready.years))
        found.append(condition[_KEYS].merge(told, on=_KEYS, how="left", validate="one_to_one"))
    columns = {}
    for column in BANDED:
        both = pd.concat([condition[column].reset_index(drop=True), *(frame[column] for frame in found)], axis=1)
        known = both.notna().all(axis=1)
        columns[f"{column}_low"] = both.min(axis=1).where(known).to_numpy()
        columns[f"{column}_high"] = both.max(axis=1).where(known).to_numpy()
    return condition.assign(**columns)
