"""Weigh-in-motion records by mapping: checked, grouped into axle groups, and kept as load spectra."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from ingest.columns import columns, in_table_units, text_of, unused_fault
from ingest.fault_list import Marks
from ingest.formats import format_table
from ingest.manifest import Data
from ingest.package import shown
from ingest.position import direction_letter
from ingest.readers.reading import Context, Reading, date_faults, joined
from ingest.readers.tmg import count_sites
from ingest.readers.wordings import vehicle_classes
from ingest.sheets import sheet
from pavement.errors import Fault
from pavement.measures.axle_spectra import (
    MOST_AXLES,
    axle_groups,
    load_spectra,
    measured_factors,
    scale_doubts,
)
from pavement.measures.limits import limit
from pavement.measures.traffic import truck_factors
from pavement.schema import check

AXLES = [f"axle_{n}" for n in range(1, 10)]
SPACINGS = [f"spacing_{n}" for n in range(1, 9)]
_KEYS = ["counter", "route", "direction", "year", "vehicle_class"]


def read(context: Context) -> Reading:
    """
    Return the load spectra of the scales whose places the sheet ``sites`` gives.

    Units may be said for all axles and all spacings at once: ``units = { axle = "kgf", spacing = "cm" }``. Classes are
    those of FHWA, unless ``options = { scheme = "tdcs" }`` says that they are those of ``tables/truck_factors.csv``.
    """
    sites, faults = count_sites(context)
    file = context.one("file")
    name = shown(file.name)
    data = replace(context.data, units=_units(context.data))
    written = sheet(file, data, settings=context.settings)
    found = columns(written, "wim", data, file=name)
    frame = _named(in_table_units(found, "wim", data, file=name))
    frame, unknown = _classed(frame, context, file=name)
    good, wrong = check(frame, "wim", file=name)
    good = good.assign(_row=frame.loc[good.index, "_row"], fhwa_class=frame.loc[good.index, "fhwa_class"])
    good, late = date_faults(good, "wim", today=context.today, file=name)
    kept, doubted = _weighed(good, sites, file=name)
    listed = joined(faults, written.faults, unused_fault(found.unused, file=name), unknown, wrong, late, doubted)
    if kept.empty:
        return Reading({}, listed)
    spectra = _spectra(kept)
    return Reading({"axle_spectra": spectra}, joined(listed, _scales(kept, name), _factors(spectra, name)))


def _units(data: Data) -> dict[str, str]:
    """Return the units of every column where one is said for all axles or spacings."""
    every = {"axle": AXLES, "spacing": SPACINGS}
    return {c: unit for key, unit in data.units.items() for c in every.get(key, [key])}


def _named(frame: pd.DataFrame) -> pd.DataFrame:
    words = text_of(frame, "direction")
    return frame.assign(direction=words.map({w: direction_letter(w) or w for w in words.unique()}))


def _classed(frame: pd.DataFrame, context: Context, *, file: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return vehicles with the class of the table of truck factors, and that of FHWA where it is the scheme."""
    if context.data.options.get("scheme", "fhwa") == "tdcs":
        return vehicle_classes(frame.assign(fhwa_class=""), file=file)
    known = format_table("fhwa_classes").set_index("fhwa_class")["vehicle_class"]
    written = text_of(frame, "vehicle_class")
    marks = Marks(frame, file=file)
    cure = 'Classes are 1 to 13; for others say options = { scheme = "tdcs" }.'
    unknown = ~written.isin(known.index) & (written != "")
    marks.add(unknown, "vehicle_class", "unknown vehicle_class", "Class {value!r} is none of FHWA.", cure, written)
    classed = frame.assign(fhwa_class=written, vehicle_class=written.map(known).fillna(""))
    return classed[~marks.any], marks.frame()


def _weighed(vehicles: pd.DataFrame, sites: pd.DataFrame, *, file: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the vehicles whose weights can be, with the route of their scale."""
    marks = Marks(vehicles, file=file)
    named = vehicles["counter"].astype(str) + vehicles["direction"].astype(str)
    unknown = ~named.isin(sites["counter"])
    cure = f"Name it in the sheet of sites. It has {', '.join(sites['counter'].head(20)) or 'none'}."
    marks.add(unknown, "counter", "unknown station", "Station and direction {value} have no place.", cure, named)
    axles, spacings = vehicles[AXLES].to_numpy(float), vehicles[SPACINGS].to_numpy(float)
    there = np.isfinite(axles)
    gap = (np.diff(there.astype(int), axis=1) > 0).any(axis=1) | (there[:, 1:] & ~np.isfinite(spacings)).any(axis=1)
    gap |= ~(axles[:, :2] > 0).all(axis=1)
    marks.add(_series(gap, vehicles), "axle_1", "axles", "Axles or spacings are missing between others.", "", named)
    total = np.nansum(axles, axis=1)
    apart = np.abs(total - vehicles["gross"]) > limit("wim_gross_tolerance") * vehicles["gross"]
    made, gross = _kilonewtons(_series(total, vehicles)), _kilonewtons(vehicles["gross"])
    message = "The axles make " + made + ", the gross weight is " + gross + "."
    marks.add(apart, "gross", "gross weight", message, "Check units and columns of the axles.", gross)
    most = _series(np.nanmax(axles, axis=1, initial=0.0), vehicles)
    heavy, said = most > limit("wim_axle_max"), _kilonewtons(most)
    cure = f"At most {limit('wim_axle_max'):g} kN an axle are taken; see wim_axle_max in measure_limits.csv."
    marks.add(heavy, "axle_1", "range", "An axle of {value} is heavier than can be.", cure, said)
    groups = axle_groups(axles, spacings)
    wide = np.isin(np.arange(len(vehicles)), groups.loc[groups["axles"] > MOST_AXLES, "vehicle"])
    cure = "The equivalency is published for one to three axles; these vehicles are left out."
    marks.add(_series(wide, vehicles), "axle_1", "axles", "Four or more axles stand in one group.", cure, named)
    kept = vehicles.assign(counter=named, year=pd.to_datetime(vehicles["passed_on"]).dt.year)[~marks.any]
    return kept.merge(sites[["counter", "route"]], on="counter").reset_index(drop=True), marks.frame()


def _kilonewtons(loads: pd.Series) -> pd.Series:
    # of no vehicles at all pandas would make a column of numbers
    return loads.map("{:.1f} kN".format).astype(str)


def _series(values: np.ndarray, frame: pd.DataFrame) -> pd.Series:
    return pd.Series(values, index=frame.index)


def _spectra(vehicles: pd.DataFrame) -> pd.DataFrame:
    groups = axle_groups(vehicles[AXLES].to_numpy(float), vehicles[SPACINGS].to_numpy(float))
    return load_spectra(groups, vehicles, keys=_KEYS)


def _scales(vehicles: pd.DataFrame, file: str) -> list[Fault]:
    found = []
    for row in scale_doubts(vehicles).to_dict("records"):
        message = (
            f"{row['counter']}: {row['vehicles']} vehicles of class 9 have a mean steering axle of "
            f"{row['steering']:.1f} kN and a mean tandem of {row['tandem']:.2f} m."
        )
        cure = "Limits: wim_steering and wim_tandem of measure_limits.csv. Have the scale calibrated, or check units."
        found.append(Fault(file, None, "axle_1", str(row["counter"]), "doubtful", message, cure))
    return found


def _factors(spectra: pd.DataFrame, file: str) -> list[Fault]:
    """Return a note on each class: what was weighed beside what the table of truck factors says."""
    number = limit("wim_structural_number")
    table = truck_factors()
    found = []
    for name, row in measured_factors(spectra, structural_number=number).iterrows():
        said = table.loc[str(name)]
        message = (
            f"Class {name}: {row['vehicles']:,.0f} weighed vehicles give {row['truck_factor']:.3g} ESAL a vehicle "
            f"(structural number {number:g}); the table has {said['truck_factor']:g}, "
            f"{said['low']:g} to {said['high']:g}."
        )
        cure = "Loads of the cells go by the table: correct pavement/tables/truck_factors.csv if this is better known."
        found.append(Fault(file, None, "vehicle_class", str(name), "measured factor", message, cure))
    return found
