"""User cost: what roughness adds to the cost of running the vehicles on the road."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.condition.joins import lane_counts
from pavement.measures.traffic import DAYS
from pavement.measures.traffic_growth import grown
from pavement.schema import read_table

Floats = NDArray[np.float64]
IRI = "iri"
VEHICLES = ("light", "heavy")


def added_cost(iri: Floats, *, vehicles: str) -> Floats:
    """
    Return what roughness adds to the cost of a vehicle's kilometre. [NT$/km]

    Parameters
    ----------
    iri
        Roughness. [m/km]
    vehicles
        ``light`` or ``heavy``.

    Notes
    -----
    Rows of ``user_cost.csv``: each adds a share of a cost for each m/km between two values of the IRI. Below the least
    of them nothing is added.

    References
    ----------
    Zaabar, I. and Chatti, K.: Effect of pavement conditions on fuel consumption, tire wear and repair and maintenance
    costs, as in NCHRP Report 720, 2012 (read in abstract).
    """
    table = read_table("user_cost")
    total = np.zeros_like(iri)
    for row in table[table["vehicles"] == vehicles].to_dict("records"):
        start, end = float(row["from_iri"]), float(row["to_iri"])
        beyond = np.clip(iri, start, np.inf if np.isnan(end) else end) - start
        total += float(row["cost_km"]) * float(row["share"]) * beyond
    return total


def lane_vehicles(units: pd.DataFrame) -> dict[str, Floats]:
    """
    Return the vehicles a year on the lane of each unit, NaN where unknown, by light and heavy. [veh/year]

    Parameters
    ----------
    units
        Units with ``aadt`` and ``aadtt`` of their direction [veh/day]; both must be known. Numbered lanes share them
        alike; what an auxiliary lane carries is unknown.
    """
    none = pd.Series(np.nan, index=units.index)
    every = units.get("aadt", none).to_numpy(float)
    heavy = units.get("aadtt", none).to_numpy(float)
    lanes = lane_counts(units).astype(float)
    numbered = units["lane"].astype(str).str.isdigit().to_numpy()
    share = np.divide(1.0, lanes, out=np.full(len(units), np.nan), where=numbered & (lanes > 0))
    return {"light": np.maximum(0.0, every - heavy) * DAYS * share, "heavy": heavy * DAYS * share + 0.0 * every}


def growing(units: pd.DataFrame) -> NDArray[np.bool_]:
    """Return of which units the growth of traffic is known, (N,)."""
    known = units.reindex(columns=["counted_to", *(f"growth_{name}" for name in VEHICLES)]).notna()
    return np.asarray(known.all(axis=1), dtype=bool)


def growth_factors(units: pd.DataFrame, years: range, *, vehicles: str) -> Floats:
    """
    Return what the traffic of each unit is in each year of that of the year before the first, (N, T). [-]

    Parameters
    ----------
    units
        With growth_light, growth_heavy [1/year] and counted_to, the newest year that was counted; where they are
        missing traffic stays as it is.
    years
        Calendar years.
    vehicles
        ``light`` or ``heavy``.

    Notes
    -----
    The traffic of the year before the first is itself carried from the newest count, and grows for as many years after
    it as ``growth_carry_max`` lets it.
    """
    flat = np.ones((len(units), len(years)))
    if not growing(units).any():
        return flat
    rate = units[f"growth_{vehicles}"].to_numpy(float)[:, None]
    last = units["counted_to"].to_numpy(float)[:, None]
    factor = grown(np.array(years) - last, rate) / grown(years[0] - 1 - last, rate)
    return np.where(growing(units)[:, None], factor, flat)


def user_cost(units: pd.DataFrame, iri: Floats, years: range) -> tuple[Floats, Floats]:
    """
    Return what roughness costs the users of the network in each year, and the share of the lane length that is known.

    Parameters
    ----------
    units
        Units as :func:`lane_vehicles` and :func:`growth_factors` take them, with from_m and to_m. [m]
    iri
        Roughness of each unit by year, (N, T). [m/km]
    years
        The calendar years; the traffic of units is that of the year before the first.

    Returns
    -------
    cost, known
        (T,) each: [NT$] over the units with known traffic and roughness, NaN where none is known; share. [-]
    """
    length = (units["to_m"] - units["from_m"]).to_numpy(float)
    vehicles = lane_vehicles(units)
    each = np.zeros_like(iri)
    for name in VEHICLES:
        passing = vehicles[name][:, None] * growth_factors(units, years, vehicles=name)
        each = each + added_cost(iri, vehicles=name) * passing
    each = each * length[:, None] / 1000.0
    known = ~np.isnan(each)
    cost = np.where(known.any(axis=0), np.nansum(each, axis=0), np.nan)
    share = (known * length[:, None]).sum(axis=0) / length.sum() if len(units) else np.full(iri.shape[1], np.nan)
    return cost, share
