"""Lines of routes from GeoJSON, GeoPackage or Shapefile, in the working frame."""

from __future__ import annotations

import warnings
from pathlib import Path

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
from ingest.readers.shapefile import whole_shapefile
from pavement.errors import LocationError, SurveyError

_JSON = (".geojson", ".json")
_CURE = "Export it again as GeoJSON, GeoPackage or Shapefile."


def route_lines(files: list[PackageFile], context: Context) -> gpd.GeoDataFrame:
    """Return the features of a GeoJSON, GeoPackage or Shapefile in the working frame (G1, G2)."""
    name = shown(files[0].name)
    suffix = checked(files[0], (*_JSON, ".gpkg", ".shp", ".zip"))
    if suffix in (".shp", ".zip"):
        with whole_shapefile(files, settings=context.settings) as path:
            encoding = None if path.with_suffix(".cpg").exists() else context.data.encoding
            lines = _read(path, name=name, encoding=encoding)
    else:
        lines = _read(files[0].path, name=name)
    if not isinstance(lines, gpd.GeoDataFrame) or lines.geometry.isna().all():
        raise SurveyError(f"{name} holds no lines.", cure="Export the route lines with their geometry.")
    said = CRS.from_user_input(context.manifest.crs)
    # GeoJSON without a crs member reads as WGS 84 whatever it holds: there only the manifest speaks
    silent = suffix in _JSON and b'"crs"' not in files[0].path.read_bytes()
    if not silent and lines.crs is not None and not _same(lines.crs, said, lines.total_bounds):
        raise LocationError(
            f"{name} says its CRS is {lines.crs.to_string()[:60]}; the manifest says {context.manifest.crs}.",
            cure="Correct the one that is wrong; nothing was read.",
        )
    return _in_working_frame(lines.set_crs(said, allow_override=True), context, file=name)


def _read(path: Path, *, name: str, encoding: str | None = None) -> gpd.GeoDataFrame | pd.DataFrame:
    try:
        with warnings.catch_warnings():
            # measures in the shapes are left out: those of the calibration points count
            warnings.filterwarnings("ignore", "Measured .* geometry types are not supported")
            return _days_as_text(gpd.read_file(path, encoding=encoding))
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, OSError, ValueError, CRSError) as error:
        message = str(error).replace(str(path), name)
        raise SurveyError(f"{name} cannot be read ({message[:200]}).", cure=_CURE) from error
    except Exception as error:
        raise SurveyError(f"{name} cannot be read ({type(error).__name__}).", cure=_CURE) from error


def _days_as_text(frame: gpd.GeoDataFrame | pd.DataFrame) -> gpd.GeoDataFrame | pd.DataFrame:
    """Return the frame with days as 2024-01-01: the library makes moments of texts that look like days."""
    moments = [c for c in frame.columns if pd.api.types.is_datetime64_any_dtype(frame[c].dtype)]
    return frame.assign(**{c: frame[c].dt.strftime("%Y-%m-%d") for c in moments})


def _same(a: CRS, b: CRS, bounds: np.ndarray) -> bool:
    """Return whether two CRS name the same places: a .prj often says the same in other words, without a code."""
    if a.equals(b, ignore_axis_order=True) or (a.to_epsg() is not None and a.to_epsg() == b.to_epsg()):
        return True
    if a.is_geographic != b.is_geographic or not np.isfinite(bounds).all():
        return False
    west, south, east, north = bounds
    change = Transformer.from_crs(a, b, always_xy=True)
    moved = np.array(change.transform([west, east], [south, north]))
    apart = np.abs(moved - np.array([[west, east], [south, north]])).max()
    return bool(apart <= (1e-7 if a.is_geographic else 0.01))


def _in_working_frame(lines: gpd.GeoDataFrame, context: Context, *, file: str) -> gpd.GeoDataFrame:
    target = CRS.from_user_input(context.settings["crs"])
    if not target.is_projected or any(axis.unit_conversion_factor != 1.0 for axis in target.axis_info):
        raise LocationError(
            f"The working frame {context.settings['crs']} does not count in metres.",
            cure="Set crs to a projected CRS in metres; a package may come in any other.",
        )
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
    # an area of use across the antimeridian ends west of where it begins (G14)
    across = area.west > area.east
    between = (west >= area.west) | (east <= area.east) if across else (west >= area.west) & (east <= area.east)
    inside = between & (south >= area.south) & (north <= area.north)
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
        [not n and np.isfinite(shapely.get_coordinates(g)).all() for n, g in zip(none, geometry, strict=True)],
        dtype=bool,  # of no line at all too: no named route leaves nothing to look at
    )
    mark(~finite, "{value} has coordinates that are no numbers.")
    kind = shapely.get_type_id(geometry)
    mark(kind == 5, "{value} has parts that do not join.")
    mark(kind != 1, "{value} is not a line.")
    sound = finite & (kind == 1)
    length = np.where(sound, shapely.length(geometry), 1.0)
    mark(length <= 0, "{value} has no length.")
    simple = np.array([not s or shapely.is_simple(g) for s, g in zip(sound, geometry, strict=True)], dtype=bool)
    mark(~simple, "{value} crosses itself.")
    return geometry


def _multi(shape: object) -> bool:
    return getattr(shape, "geom_type", "") == "MultiLineString"
