"""The network itself: route lines, calibration points and lanes."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import CRS

from ingest.columns import columns, in_table_units, numbers, unused_fault
from ingest.fault_list import NONE, Marks
from ingest.formats import limit
from ingest.network import network, projected
from ingest.package import PackageFile, shown
from ingest.readers.chainage import read_equations
from ingest.readers.crosswalk import read_crosswalk
from ingest.readers.lanes import read_lanes
from ingest.readers.network_sheet import measured_rows, named_rows, network_sheet, unknown_routes
from ingest.readers.overlaps import read_overlaps, shared_lanes
from ingest.readers.reading import Context, Reading, joined
from ingest.readers.route_lines import route_lines, sound_lines
from ingest.report import NOTES
from ingest.sheets import Sheet
from pavement.errors import Fault, LocationError
from pavement.network.calibration import Calibration
from pavement.network.calibration import calibration as calibrated
from pavement.network.chainage_equations import no_equations
from pavement.schema import check


def read(context: Context) -> Reading:
    """
    Return routes, calibration, lanes and the cells cut from them, in the working frame.

    Raises
    ------
    LocationError
        Any record is at fault: a network is published whole or not at all.
    """
    routes, faults = _routes(context)
    equations, unequal = read_equations(context, routes) if context.files.get("chainage") else (no_equations(), NONE)
    points, more = _points(context.one("calibration"), routes, equations, context)
    routes, turned = _along_measures(routes, points, file=shown(context.data.main))
    lanes, others = read_lanes(context.one("lanes"), routes, equations, context)
    overlaps, unlike = read_overlaps(context, routes, points, equations)
    lanes, strange = shared_lanes(lanes, overlaps, file=shown(context.one("lanes").name))
    crosswalk, untold = read_crosswalk(context, routes) if context.files.get("crosswalk") else (pd.DataFrame(), NONE)
    faults = joined(faults, unequal, more, turned, others, unlike, strange, untold)
    costly = faults[~faults["rule"].isin(NOTES)]
    if len(costly) or routes.empty or lanes.empty:
        # half a network would take the place of the whole one, and what was measured on the rest would be lost
        first = costly["message"].iloc[0] if len(costly) else "It has no route or no lane."
        raise LocationError(
            f"The network has {len(costly)} fault(s), so none of it was published. {first}",
            cure=str(costly["cure"].iloc[0]) if len(costly) else "",
            faults=faults,
        )
    keys = pd.MultiIndex.from_frame(routes[["route", "direction"]])
    points = points[pd.MultiIndex.from_frame(points[["route", "direction"]]).isin(keys)]
    besides = {"chainage": equations, "crosswalk": crosswalk, "overlaps": overlaps}
    built = network(routes, points, lanes, settings=context.settings, overlaps=overlaps)
    tables = {"routes": built.routes, "calibration": points, "lanes": lanes, "cells": built.cells}
    return Reading(tables | {name: rows for name, rows in besides.items() if len(rows)}, faults)


def _routes(context: Context) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    files = context.files["file"] or [context.one("file")]
    name = shown(files[0].name)
    lines = route_lines(files, context)
    written = Sheet(pd.DataFrame(lines.drop(columns="geometry")).astype(object), np.arange(1, len(lines) + 1), [])
    found = columns(written, "routes", context.data, file=name)
    frame = in_table_units(found, "routes", context.data, file=name)
    frame, lost = named_rows(frame, file=name)
    frame["geometry"] = lines.geometry.to_numpy()[frame.index]
    marks = Marks(frame, file=name)
    frame["geometry"] = sound_lines(frame, marks)
    good, faults = check(frame[~marks.any], "routes", file=name)
    routes = gpd.GeoDataFrame(good, geometry="geometry", crs=lines.crs).reset_index(drop=True)
    return routes, joined(unused_fault(found.unused, file=name), lost, marks.frame(), faults)


def _points(
    file: PackageFile, routes: gpd.GeoDataFrame, equations: pd.DataFrame, context: Context
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return calibration points in the working frame."""
    name = shown(file.name)
    frame, lost = network_sheet(file, "calibration", context)
    marks = Marks(frame, file=name)
    frame = measured_rows(frame, ["measure_m"], equations, marks)
    x, y = (numbers(frame[c]) if c in frame else pd.Series(np.nan, index=frame.index) for c in ("x", "y"))
    target = CRS.from_user_input(context.settings["crs"])
    xy = projected(x.to_numpy(float), y.to_numpy(float), source=context.manifest.crs, target=target)
    marks.add(pd.Series(~np.isfinite(xy).all(axis=1), index=frame.index), "x", "coordinates", "x, y have no place.", "")
    frame = frame.assign(x=xy[:, 0], y=xy[:, 1])
    unknown_routes(frame, routes, marks)
    good, faults = check(frame[~marks.any], "calibration", file=name)
    return good.reset_index(drop=True), joined(lost, marks.frame(), faults)


def _along_measures(
    routes: gpd.GeoDataFrame, points: pd.DataFrame, *, file: str
) -> tuple[gpd.GeoDataFrame, list[Fault]]:
    """Return routes that can be calibrated, drawn in growing measure (G5)."""
    faults: list[Fault] = []
    shapes, keep, limits = [], [], []
    grouped = dict(tuple(points.groupby(["route", "direction"], sort=False)))
    for row in routes.itertuples():
        place = f"{row.route} {row.direction}"
        try:
            known = calibrated(row.geometry, grouped.get((row.route, row.direction), points.iloc[:0]))
        except LocationError as error:
            faults.append(Fault(file, None, "geometry", place, "calibration", f"{place}: {error.message}", error.cure))
            shapes.append(row.geometry)
            keep.append(False)
            limits.append((row.from_m, row.to_m))
            continue
        if not known.line.equals_exact(row.geometry):
            message = f"{place} was drawn against its measures and has been turned."
            faults.append(Fault(file, None, "geometry", place, "turned", message, "Nothing to do."))
        faults += _drift(known, place, file=file)
        low, high = known.limits
        agrees = abs(low - row.from_m) <= limit("route_limits") and abs(high - row.to_m) <= limit("route_limits")
        if not agrees:
            written = f"{place} is written from {row.from_m:.0f} to {row.to_m:.0f} m"
            message = f"{written}, calibrated from {low:.0f} to {high:.0f} m."
            faults.append(
                Fault(file, None, "from_m", place, "calibration", message, "Calibrate both ends of the route.")
            )
        shapes.append(known.line)
        keep.append(agrees)
        limits.append(known.limits)
    ends = pd.DataFrame(limits, columns=["from_m", "to_m"], index=routes.index)
    drawn = routes.assign(**ends).set_geometry(gpd.GeoSeries(shapes, crs=routes.crs))
    return drawn[np.array(keep, dtype=bool)].reset_index(drop=True), faults


def _drift(known: Calibration, place: str, *, file: str) -> list[Fault]:
    """Return a note where the measure between two calibration points departs from the length of the line (G13)."""
    ratio = np.diff(known.measures) / np.diff(known.distances)
    at = int(np.argmax(np.abs(ratio - 1)))
    if abs(ratio[at] - 1) <= limit("drift"):
        return []
    low, high = known.measures[at : at + 2]
    message = f"{place}: measure and line differ by {100 * (ratio[at] - 1):+.1f} % from {low:.0f} to {high:.0f} m."
    cure = "Steep or coarsely drawn roads do; else check these calibration points, or write a chainage equation."
    return [Fault(file, None, "measure_m", place, "drift", message, cure)]
