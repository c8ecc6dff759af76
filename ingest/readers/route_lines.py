"""Lines of routes from GeoJSON, GeoPackage or Shapefile, in the working frame."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from ingest.columns import text_of
from ingest.content import checked
from ingest.fault_list import Marks
from ingest.package import PackageFile, shown
from ingest.readers.reading import Context
from pavement.errors import LocationError, SurveyError


def route_lines(file: PackageFile, context: Context) -> gpd.GeoDataFrame:
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


def sound_lines(frame: pd.DataFrame, marks: Marks) -> np.ndarray:
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
