"""Axle groups of weighed vehicles, their load spectra, and truck factors from them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.measures.limits import limit
from pavement.measures.traffic import load_equivalency
from pavement.schema import read_table
from pavement.units import convert

Floats = NDArray[np.float64]
MOST_AXLES = 3


def axle_groups(axles: Floats, spacings: Floats) -> pd.DataFrame:
    """
    Return the axle groups of vehicles.

    Parameters
    ----------
    axles
        Load of each axle, shape (vehicles, n), NaN behind the last one. [kN]
    spacings
        Distance of each axle to the next, shape (vehicles, n - 1). [m]

    Returns
    -------
    groups
        Columns vehicle (row of `axles`), axles (in the group) and load [kN]; axles no further apart than
        ``axle_group_spacing`` stand in one group.
    """
    there = np.isfinite(axles)
    apart = np.ones(axles.shape, dtype=bool)
    apart[:, 1:] = ~(spacings <= limit("axle_group_spacing"))
    number = np.cumsum(apart, axis=1)
    vehicle, column = np.nonzero(there)
    frame = pd.DataFrame({"vehicle": vehicle, "group": number[vehicle, column], "load": axles[vehicle, column]})
    found = frame.groupby(["vehicle", "group"])["load"].agg(["size", "sum"]).reset_index()
    return found.rename(columns={"size": "axles", "sum": "load"}).drop(columns="group")


def load_bins() -> pd.DataFrame:
    """Return ``tables/axle_bins.csv`` as one row a bin: axles, load_from, load_to. [kN]"""
    parts = []
    for row in read_table("axle_bins").to_dict("records"):
        edges = np.arange(row["first"], row["last"] + row["width"] / 2, row["width"])
        bounds = np.asarray(convert(pd.Series(edges), source=str(row["unit"]), target="kN"), dtype=float)
        # what is lighter than the first bin is counted in it, so that every group is somewhere
        low, high = np.concatenate([[0.0], bounds[1:]]), np.concatenate([bounds[1:], [2000.0]])
        parts.append(pd.DataFrame({"axles": int(row["axles"]), "load_from": low, "load_to": high}))
    return pd.concat(parts, ignore_index=True).round(6)


def load_spectra(groups: pd.DataFrame, vehicles: pd.DataFrame, *, keys: list[str]) -> pd.DataFrame:
    """
    Return how many axle groups fall into each bin.

    Parameters
    ----------
    groups
        From :func:`axle_groups`; groups of one to three axles.
    vehicles
        What each vehicle is: the columns of `keys`, rows as `groups` numbers them.
    keys
        Columns that spectra are told apart by, the vehicle class among them.

    Returns
    -------
    spectra
        Columns of `keys`, axles, load_from, load_to [kN], groups, vehicles (all that were weighed under these keys);
        empty bins are left out.
    """
    bins = load_bins()
    work = groups.join(vehicles[keys], on="vehicle")
    parts = []
    for axles, own in bins.groupby("axles"):
        of = work[work["axles"] == axles]
        at = np.searchsorted(own["load_from"].to_numpy(), of["load"].to_numpy(), side="right") - 1
        parts.append(of[keys].assign(axles=axles, **own[["load_from", "load_to"]].iloc[at].set_index(of.index)))
    counted = pd.concat(parts).groupby([*keys, "axles", "load_from", "load_to"], observed=True).size()
    weighed = vehicles.groupby(keys, observed=True).size().rename("vehicles").reset_index()
    return counted.rename("groups").reset_index().merge(weighed, on=keys).astype({"groups": float, "vehicles": float})


def measured_factors(spectra: pd.DataFrame, *, structural_number: float, terminal: float = 2.5) -> pd.DataFrame:
    """
    Return truck factors that spectra give. [ESAL/veh]

    Parameters
    ----------
    spectra
        Rows of ``axle_spectra``.
    structural_number, terminal
        As of :func:`pavement.measures.traffic.load_equivalency`. [-]

    Returns
    -------
    factors
        By vehicle_class: truck_factor, the sum of groups x LEF over vehicles, and vehicles weighed.

    Notes
    -----
    A bin counts with the load in its middle; the first and last one, which are open, with their closed end.
    """
    width = spectra["load_to"] - spectra["load_from"]
    middle = (spectra["load_from"] + spectra["load_to"]) / 2
    load = middle.where(spectra["load_to"] < 2000.0, spectra["load_from"])
    load = load.where((spectra["load_from"] > 0) | (width <= 0), spectra["load_to"])
    factor = load_equivalency(load, axles=spectra["axles"], structural_number=structural_number, terminal=terminal)
    work = spectra.assign(loads=spectra["groups"] * factor)
    sites = [c for c in ("counter", "route", "direction", "year") if c in work]
    weighed = work.drop_duplicates([*sites, "vehicle_class"]).groupby("vehicle_class")["vehicles"].sum()
    loads = work.groupby("vehicle_class")["loads"].sum()
    return pd.DataFrame({"truck_factor": loads / weighed, "vehicles": weighed})


def scale_doubts(vehicles: pd.DataFrame) -> pd.DataFrame:
    """
    Return scales whose five-axle trailers (class 9 of FHWA) are not as they are everywhere: calibration has drifted.

    Parameters
    ----------
    vehicles
        Weighed vehicles: counter, direction, fhwa_class (text), axle_1 [kN], spacing_2 [m].

    Returns
    -------
    doubts
        Columns counter, direction, vehicles, steering [kN], tandem [m]; at least ``wim_judged`` vehicles each.
    """
    nine = vehicles[vehicles["fhwa_class"] == "9"]
    found = nine.groupby(["counter", "direction"], as_index=False).agg(
        vehicles=("axle_1", "size"), steering=("axle_1", "mean"), tandem=("spacing_2", "mean")
    )
    sound = found["steering"].between(limit("wim_steering_min"), limit("wim_steering_max"))
    sound &= found["tandem"].between(limit("wim_tandem_min"), limit("wim_tandem_max"))
    return found[~sound & (found["vehicles"] >= limit("wim_judged"))].reset_index(drop=True)
