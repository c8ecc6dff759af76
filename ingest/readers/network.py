"""The network itself: route lines, calibration points and lanes."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from ingest.columns import columns, in_table_units, numbers, unused_fault
from ingest.content import checked
from ingest.fault_list import Marks
from ingest.formats import format_table, limit
from ingest.network import network, projected
from ingest.package import PackageFile, shown
from ingest.position import direction_letter, text_of, written_places
from ingest.readers.reading import Context, Reading, joined
from ingest.report import NOTES
from ingest.sheets import Sheet, sheet
from pavement.errors import Fault, LocationError, SurveyError
from pavement.network.calibration import calibration as calibrated
from pavement.network.routes import route_id
from pavement.schema import check


def read(context: Context) -> Reading:
    """
    Return routes, calibration, lanes and the cells cut from them, in the working frame.

    Raises
    ------
    LocationError
        Any record is at fault: a network is published whole or not at all.
    """
    routes, faults = _routes(context.one("file"), context)
    points, more = _points(context.one("calibration"), routes, context)
    routes, turned = _along_measures(routes, points, file=shown(context.one("file").name))
    lanes, others = _lanes(context.one("lanes"), routes, context)
    faults = joined(faults, more, turned, others)
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
    built = network(routes, points, lanes, settings=context.settings)
    tables = {"routes": built.routes, "calibration": points, "lanes": lanes, "cells": built.cells}
    return Reading(tables, faults)


def _routes(file: PackageFile, context: Context) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    name = shown(file.name)
    lines = _lines(file, context)
    written = Sheet(pd.DataFrame(lines.drop(columns="geometry")).astype(object), np.arange(1, len(lines) + 1), [])
    found = columns(written, "routes", context.data, file=name)
    frame = in_table_units(found, "routes", context.data, file=name)
    frame, lost = _named(frame, file=name)
    frame["geometry"] = lines.geometry.to_numpy()[frame.index]
    marks = Marks(frame, file=name)
    frame["geometry"] = _sound_lines(frame, marks)
    good, faults = check(frame[~marks.any], "routes", file=name)
    routes = gpd.GeoDataFrame(good, geometry="geometry", crs=lines.crs).reset_index(drop=True)
    return routes, joined(unused_fault(found.unused, file=name), lost, marks.frame(), faults)


def _lines(file: PackageFile, context: Context) -> gpd.GeoDataFrame:
    """Return the features of a GeoJSON or GeoPackage in the working frame (G1, G2)."""
    name = shown(file.name)
    suffix = checked(file, (".geojson", ".json", ".gpkg"))
    try:
        lines = gpd.read_file(file.path)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, OSError, ValueError, CRSError) as error:
        message = str(error).replace(str(file.path), name)
        raise SurveyError(
            f"{name} cannot be read ({message[:200]}).", cure="Export it again as GeoJSON or GPKG."
        ) from error
    except Exception as error:
        raise SurveyError(f"{name} cannot be read ({type(error).__name__}).", cure="Export it again.") from error
    if not isinstance(lines, gpd.GeoDataFrame) or lines.geometry.isna().all():
        raise SurveyError(f"{name} holds no lines.", cure="Export the route lines with their geometry.")
    said = CRS.from_user_input(context.manifest.crs)
    # GeoJSON without a crs member reads as WGS 84 whatever it holds: there only the manifest speaks
    silent = suffix != ".gpkg" and b'"crs"' not in file.path.read_bytes()
    if not silent and lines.crs is not None and not _same(lines.crs, said):
        raise LocationError(
            f"{name} says its CRS is {lines.crs.to_string()}; the manifest says {context.manifest.crs}.",
            cure="Correct the one that is wrong; nothing was read.",
        )
    return _in_working_frame(lines.set_crs(said, allow_override=True), context, file=name)


def _same(a: CRS, b: CRS) -> bool:
    return a.equals(b, ignore_axis_order=True) or a.to_epsg() is not None and a.to_epsg() == b.to_epsg()


def _in_working_frame(lines: gpd.GeoDataFrame, context: Context, *, file: str) -> gpd.GeoDataFrame:
    target = CRS.from_user_input(context.settings["crs"])
    moved = lines.set_geometry(shapely.force_2d(lines.geometry.to_numpy())).set_crs(lines.crs, allow_override=True)
    moved = moved.to_crs(target)
    bounds = shapely.bounds(moved.geometry.to_numpy())
    if not _in_area(bounds, target):
        raise LocationError(
            f"{file} lies outside the area of {context.settings['crs']} when read as {context.manifest.crs}.",
            cure="Check survey.crs in the manifest: metres read as degrees, or latitude and longitude swapped.",
        )
    return moved


def _in_area(bounds: np.ndarray, crs: CRS) -> bool:
    """Return whether most bounds (n, 4) lie where the working frame may be used."""
    area = crs.area_of_use
    known = ~np.isnan(bounds).all(axis=1)
    if area is None or not known.any():
        return True
    change = Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
    with np.errstate(invalid="ignore"):
        west, south = change.transform(bounds[known, 0], bounds[known, 1])
        east, north = change.transform(bounds[known, 2], bounds[known, 3])
    inside = (west >= area.west) & (east <= area.east) & (south >= area.south) & (north <= area.north)
    return bool(np.mean(inside) >= 0.5)


def _named(frame: pd.DataFrame, *, file: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return rows whose route and direction are read as ids."""
    marks = Marks(frame, file=file)
    result = frame.copy()
    ids = {t: _id_or_none(t) for t in text_of(frame, "route").unique()}
    route = text_of(frame, "route").map(ids)
    marks.add(route.isna(), "route", "route", "{value!r} is not a route's name.", "Write 國道1號 or N1.")
    letters = text_of(frame, "direction").map(direction_letter)
    wrong = ~letters.isin(list("NSEW"))
    marks.add(wrong, "direction", "direction", "{value!r} is not a direction.", "Write N, S, E or W.")
    result["route"], result["direction"] = route, letters
    return result[~marks.any], marks.frame()


def _id_or_none(text: str) -> str | None:
    try:
        return route_id(text)
    except LocationError:
        return None


def _sound_lines(frame: pd.DataFrame, marks: Marks) -> np.ndarray:
    """Return geometry with parts merged, and mark what is no simple line of some length (G3, G4)."""
    geometry = np.array([shapely.line_merge(g) if _multi(g) else g for g in frame["geometry"]], dtype=object)
    ids = text_of(frame, "route") + " " + text_of(frame, "direction")
    cure = "Draw the route as one line."

    def mark(wrong: np.ndarray, message: str) -> None:
        marks.add(pd.Series(wrong, index=frame.index), "geometry", "geometry", message, cure, ids)

    none = shapely.is_missing(geometry) | shapely.is_empty(geometry)
    mark(none, "{value} has no geometry.")
    finite = np.array(
        [not n and np.isfinite(shapely.get_coordinates(g)).all() for n, g in zip(none, geometry, strict=True)]
    )
    mark(~finite, "{value} has coordinates that are no numbers.")
    kind = shapely.get_type_id(geometry)
    mark(kind == 5, "{value} has parts that do not join.")
    mark(kind != 1, "{value} is not a line.")
    sound = finite & (kind == 1)
    length = np.where(sound, shapely.length(geometry), 1.0)
    mark(length <= 0, "{value} has no length.")
    simple = np.array([not s or shapely.is_simple(g) for s, g in zip(sound, geometry, strict=True)])
    mark(~simple, "{value} crosses itself.")
    return geometry


def _multi(shape: object) -> bool:
    return getattr(shape, "geom_type", "") == "MultiLineString"


def _points(file: PackageFile, routes: gpd.GeoDataFrame, context: Context) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return calibration points in the working frame."""
    name = shown(file.name)
    written = sheet(file, context.data, settings=context.settings)
    found = columns(written, "calibration", context.data, file=name)
    frame, lost = _named(in_table_units(found, "calibration", context.data, file=name), file=name)
    marks = Marks(frame, file=name)
    frame = frame.assign(measure_m=written_places(frame, ["measure_m"], marks)["measure_m"])
    x, y = (numbers(frame[c]) if c in frame else pd.Series(np.nan, index=frame.index) for c in ("x", "y"))
    target = CRS.from_user_input(context.settings["crs"])
    xy = projected(x.to_numpy(float), y.to_numpy(float), source=context.manifest.crs, target=target)
    marks.add(pd.Series(~np.isfinite(xy).all(axis=1), index=frame.index), "x", "coordinates", "x, y have no place.", "")
    frame = frame.assign(x=xy[:, 0], y=xy[:, 1])
    stray = _of_no_route(frame, routes)
    marks.add(stray, "route", "unknown route", "{value} is not among the usable routes.", "Add its line.", _keys(frame))
    good, faults = check(frame[~marks.any], "calibration", file=name)
    return good.reset_index(drop=True), joined(
        written.faults, unused_fault(found.unused, file=name), lost, marks.frame(), faults
    )


def _keys(frame: pd.DataFrame) -> pd.Series:
    return frame["route"].astype(str) + " " + frame["direction"].astype(str)


def _of_no_route(frame: pd.DataFrame, routes: pd.DataFrame) -> pd.Series:
    return ~_keys(frame).isin(set(_keys(routes)))


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


def _lanes(file: PackageFile, routes: gpd.GeoDataFrame, context: Context) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return lanes of usable routes; pieces of one lane must not overlap (G7)."""
    name = shown(file.name)
    written = sheet(file, context.data, settings=context.settings)
    found = columns(written, "lanes", context.data, file=name)
    frame, lost = _named(in_table_units(found, "lanes", context.data, file=name), file=name)
    marks = Marks(frame, file=name)
    places = written_places(frame, ["from_m", "to_m"], marks)
    frame = frame.assign(from_m=places["from_m"], to_m=places["to_m"], lane=_lane_ids(frame, marks))
    stray = _of_no_route(frame, routes)
    marks.add(stray, "route", "unknown route", "{value} is not among the usable routes.", "Add its line.", _keys(frame))
    limits = routes.set_index(_keys(routes))[["from_m", "to_m"]].astype(float)
    low, high = (_keys(frame).map(limits[c].to_dict()).astype(float) for c in ("from_m", "to_m"))
    beyond = (frame["from_m"] < low - 1e-6) | (frame["to_m"] > high + 1e-6) | ~(frame["from_m"] < frame["to_m"])
    text = frame["from_m"].astype(str) + " to " + frame["to_m"].astype(str)
    marks.add(beyond, "from_m+to_m", "order", "The lane from {value} m does not lie on its route.", "", text)
    ordered = frame.sort_values(["route", "direction", "lane", "from_m"])
    before = ordered.groupby(["route", "direction", "lane"])["to_m"].shift()
    overlap = (ordered["from_m"] < before - 1e-6).reindex(frame.index)
    marks.add(overlap, "from_m", "overlap", "The lane at {value} m overlaps the piece before it.", "Cut them apart.")
    good, faults = check(frame[~marks.any], "lanes", file=name)
    listed = joined(written.faults, unused_fault(found.unused, file=name), lost, marks.frame(), faults)
    return good.reset_index(drop=True), listed


def _lane_ids(frame: pd.DataFrame, marks: Marks) -> pd.Series:
    named = format_table("lane_names")
    names = dict(zip(named["name"].str.casefold(), named["lane"], strict=True))
    lane = text_of(frame, "lane").map(lambda t: names.get(t.casefold(), t.lower()))
    wrong = ~lane.str.fullmatch(r"\d{1,2}|aux|shoulder_in|shoulder_out")
    marks.add(wrong, "lane", "lane", "{value!r} is not a lane.", "Write 1, 2, …, aux, shoulder_in or shoulder_out.")
    return lane
