"""Small packages made in code: a network of two kilometres, and sheets on it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ingest.network import known_network, network
from ingest.package import PackageFile
from pavement.settings import Settings, load_settings
from pavement.store import published
from pavement.store.database import Store
from sample_data.manifest import sha256, write_manifest

SURVEY = {
    "id": "survey",
    "title": "a survey",
    "operator": "Example Surveys",
    "vehicle": "VAN-01",
    "started": dt.datetime(2024, 3, 2, 1, tzinfo=dt.UTC),
    "ended": dt.datetime(2024, 3, 3, 1, tzinfo=dt.UTC),
    "crs": "EPSG:3826",
}
X, Y = 250_000.0, 2_700_000.0
NETWORK = [{"kind": "network", "file": "routes.geojson", "calibration": "calibration.csv", "lanes": "lanes.csv"}]
LANES = "route,direction,lane,from_m,to_m,name_zh,name_en,width_m,offset_m\n" + "".join(
    f"N1,{d},{lane},10000,12000,{zh},{en},3.5,{2 + 3.5 * int(lane)}\n"
    for d in "SN"
    for lane, zh, en in (("1", "內側車道", "inside lane"), ("2", "外側車道", "outside lane"))
)


def settings_at(home: Path, **changes: Any) -> Settings:
    """Return the defaults with a home folder of their own, images quantified in this process."""
    return load_settings(environment={"PAVEMENT_HOME": str(home)}).replaced(workers=1, **changes)


def package(
    folder: Path,
    files: Mapping[str, str | bytes],
    data: Sequence[Mapping[str, Any]],
    *,
    hashes: bool = True,
    camera: Mapping[str, Any] | None = None,
    **survey: Any,
) -> Path:
    """Write a package and return its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
    write_manifest(folder, survey=SURVEY | survey, data=data, camera=camera, hashes=hashes)
    return folder


def line_of(direction: str, coordinates: Sequence[Sequence[float]], **changes: Any) -> dict[str, Any]:
    """Return a route N1 as a GeoJSON feature."""
    properties = {
        "route": "N1", "direction": direction, "name_zh": "國道1號", "name_en": "Freeway 1",
        "sense": 1 if direction == "S" else -1, "from_m": 10000, "to_m": 12000, "version": "2020-01-01",
    } | changes  # fmt: skip
    return {"type": "Feature", "properties": properties, "geometry": {"type": "LineString", "coordinates": coordinates}}


def network_files(**changes: str) -> dict[str, str]:
    """Return the files of the network package: N1 due south from 10k to 12k, both directions, two lanes each."""
    straight = [[X, Y], [X, Y - 2000]]
    collection = {
        "type": "FeatureCollection",
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3826"}},
        "features": [line_of(d, straight) for d in "SN"],
    }
    points = "route,direction,measure_m,x,y\n" + "".join(
        f"N1,{d},{10000 + m},{X},{Y - m}\n" for d in "SN" for m in (0, 1000, 2000)
    )
    return {"routes.geojson": json.dumps(collection), "calibration.csv": points, "lanes.csv": LANES} | changes


def kept_file(path: Path, content: str | bytes, *, name: str = "") -> PackageFile:
    """Write a file and return it as one of a package."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return PackageFile(name or path.name, path, sha256(path), path.stat().st_size)


def network_of(store: Store) -> Any:
    """Return the published network."""
    return known_network({t: published.table(store, t) for t in ("routes", "calibration", "lanes", "cells")})


def rows(text: str) -> pd.DataFrame:
    """Return a sheet written as ``a,b`` lines as a frame of text with ``_row``."""
    lines = [line.split(",") for line in text.strip().splitlines()]
    frame = pd.DataFrame(lines[1:], columns=lines[0], dtype=object)
    frame["_row"] = range(2, len(lines) + 1)
    return frame


def network_on(lines: Mapping[tuple[str, str], Sequence[Sequence[float]]], *, lanes: int = 2, **changes: Any) -> Any:
    """Return a network of lines, measured from 0 along each, with so many lanes; falling in travel where N or W."""
    rows, points, lane_rows = [], [], []
    for (route, direction), line in lines.items():
        shape = shapely.LineString(line)
        sense = -1 if direction in "NW" else 1
        place = {"route": route, "direction": direction}
        ends = {"from_m": 0.0, "to_m": shape.length}
        rows.append(place | ends | {"sense": sense, "version": "2020-01-01", "geometry": shape})
        along = np.linspace(0, shape.length, 5)
        at = [shape.interpolate(m) for m in along]
        points += [place | {"measure_m": m, "x": p.x, "y": p.y} for m, p in zip(along, at, strict=True)]
        lane_rows += [
            place | ends | {"lane": str(n + 1), "width_m": 3.5, "offset_m": 2.0 + 3.5 * n} for n in range(lanes)
        ]
    routes = gpd.GeoDataFrame(rows, geometry="geometry", crs="EPSG:3826")
    settings = load_settings(environment={}).replaced(**changes)
    return network(routes, pd.DataFrame(points), pd.DataFrame(lane_rows), settings=settings)
