"""The network that records are located on: routes, their calibration, lanes and cells."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import CRS, Transformer

from ingest.formats import limit
from pavement.errors import LocationError
from pavement.network.calibration import Calibration, calibrations
from pavement.network.cells import cells
from pavement.network.chainage_equations import no_equations
from pavement.network.rings import beyond_the_end
from pavement.network.route_overlaps import no_overlaps, outside

if TYPE_CHECKING:
    from pavement.settings import Settings

Key = tuple[str, str]
TABLES = ("routes", "calibration", "lanes", "cells")
# what a network may have besides
OPTIONAL = ("chainage", "overlaps")


@dataclass(frozen=True)
class Network:
    """
    Tables routes, calibration, lanes, cells in the working frame; chainage where signs depart from the measure;
    overlaps where a road has two numbers: there is a lane of each, and the cells are those of the main route.

    ``lanes_from`` is the side from which the records to be placed number the lanes: ``inside`` or ``outside``.
    """

    routes: gpd.GeoDataFrame
    calibration: pd.DataFrame
    lanes: pd.DataFrame
    cells: gpd.GeoDataFrame
    chainage: pd.DataFrame = field(default_factory=no_equations)
    overlaps: pd.DataFrame = field(default_factory=no_overlaps)
    lanes_from: str = "inside"

    @cached_property
    def calibrations(self) -> dict[Key, Calibration]:
        """Calibration of each (route, direction)."""
        return calibrations(self.routes, self.calibration)

    @cached_property
    def limits(self) -> dict[Key, tuple[float, float]]:
        """First and last measure [m] of each (route, direction)."""
        return {key: known.limits for key, known in self.calibrations.items()}

    @cached_property
    def rings(self) -> dict[Key, tuple[float, float]]:
        """First and last measure [m] of each (route, direction) that ends where it begins."""
        return {key: known.limits for key, known in self.calibrations.items() if known.line.is_ring}

    @cached_property
    def carries(self) -> pd.DataFrame:
        """Table ``overlaps`` with the laps of rings: what is written there is kept at its place on the main route."""
        rows = [(*key, *limits) for key, limits in self.rings.items()]
        laps = beyond_the_end(pd.DataFrame(rows, columns=["route", "direction", "from_m", "to_m"]))
        filled = [part for part in (self.overlaps, laps) if len(part)]
        return pd.concat(filled, ignore_index=True) if filled else no_overlaps()

    @cached_property
    def measured_cells(self) -> gpd.GeoDataFrame:
        """Cells of every lane by every number of its road, for what measures before it is kept on the main route."""
        if self.overlaps.empty:
            return self.cells
        length = float((self.cells["to_m"] - self.cells["from_m"]).max())
        return cells(self.routes, self.calibration, self.lanes, length=length)

    @cached_property
    def names(self) -> list[str]:
        """Route ids."""
        return sorted(set(self.routes["route"].astype(str)))

    @cached_property
    def own_names(self) -> dict[str, str]:
        """Route ids by the names in the table of routes, such as those of ramps; a name of two routes tells neither."""
        labels = [c for c in ("name_zh", "name_en") if c in self.routes]
        if not labels:
            return {}
        named = self.routes.melt("route", labels, value_name="name")[["route", "name"]].dropna().drop_duplicates()
        once = named[(named["name"] != "") & ~named["name"].duplicated(keep=False)]
        return dict(zip(once["name"].astype(str), once["route"].astype(str), strict=True))

    @cached_property
    def senses(self) -> dict[Key, int]:
        """Whether measure grows (1) or falls (-1) in the direction of travel."""
        rows = self.routes[["route", "direction", "sense"]].astype(str)
        return {(str(r), str(d)): int(float(s)) for r, d, s in rows.itertuples(index=False)}

    @cached_property
    def box(self) -> np.ndarray:
        """West, south, east and north limit of the network with a margin. [m]"""
        margin = limit("box_margin")
        return np.asarray(self.routes.total_bounds) + np.array([-margin, -margin, margin, margin])

    @property
    def crs(self) -> CRS:
        """Working frame."""
        return CRS(self.routes.crs)

    def projected(self, x: pd.Series, y: pd.Series, *, crs: str) -> np.ndarray:
        """Return x, y of a package's CRS in the working frame, shape (n, 2) [m]; infinite where it has no place."""
        return projected(x.to_numpy(float), y.to_numpy(float), source=crs, target=self.crs)

    def inside(self, xy: np.ndarray, *, margin: float = 0.0) -> np.ndarray:
        """Return whether points (n, 2) lie in the network's box widened by `margin` [m]."""
        west, south, east, north = self.box + np.array([-margin, -margin, margin, margin])
        with np.errstate(invalid="ignore"):
            return (xy[:, 0] >= west) & (xy[:, 0] <= east) & (xy[:, 1] >= south) & (xy[:, 1] <= north)


def projected(x: np.ndarray, y: np.ndarray, *, source: str, target: CRS) -> np.ndarray:
    """Return points of one CRS in another, shape (n, 2), east or x first; infinite where they have no place."""
    change = Transformer.from_crs(source, target, always_xy=True)
    return np.column_stack(change.transform(x, y))


def network(
    routes: gpd.GeoDataFrame,
    calibration: pd.DataFrame,
    lanes: pd.DataFrame,
    *,
    settings: Settings,
    overlaps: pd.DataFrame | None = None,
) -> Network:
    """
    Return the network of checked tables, with its cells cut; a road with two numbers has those of its main route.

    Raises
    ------
    LocationError
        A route is not calibrated, or a lane lies on no route or beyond its route.
    """
    shared = no_overlaps() if overlaps is None else overlaps
    cut = cells(routes, calibration, outside(lanes, shared), length=float(settings["cell_length"]))
    return Network(routes, calibration, lanes, cut, overlaps=shared)


def known_network(tables: dict[str, pd.DataFrame]) -> Network:
    """
    Return the network of published tables.

    Raises
    ------
    LocationError
        No network has been published yet.
    """
    if any(tables[name].empty for name in TABLES):
        raise LocationError(
            "The store has no network yet, so nothing can be located.", cure="Ingest the package of the network first."
        )
    routes = gpd.GeoDataFrame(tables["routes"])
    more = [tables.get("chainage", no_equations()), tables.get("overlaps", no_overlaps())]
    return Network(routes, tables["calibration"], tables["lanes"], gpd.GeoDataFrame(tables["cells"]), *more)
