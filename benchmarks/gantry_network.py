"""A network drawn through the real toll gantries of Taiwan, and packages of it and of made counts.

The gantries stand 2 to 5 km apart: lines through them place sections, they are not the road. Lanes are assumed.
"""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pandas as pd
from pyproj import Transformer

from pavement.measures.gantry_sections import gantry_parts
from sample_data.manifest import survey_of, write_manifest
from sample_data.sheets import write_csv

CRS = "EPSG:3826"
LANES = {"N1": 3, "N3": 3, "N5": 2, "N1H": 2, "N3A": 2}
_NAMES = {"N1": "國道1號", "N1H": "國道1號高架", "N3": "國道3號", "N3A": "國道3甲", "N5": "國道5號"}


def gantry_points(shared: Path) -> pd.DataFrame:
    """Return the gantries of the main and elevated roads with route, direction, measure_m and x, y. [m]"""
    listed = pd.read_csv(shared / "data/taiwan/gantries.csv", dtype=str)
    parts = gantry_parts(listed["gantry_id"])
    x, y = Transformer.from_crs("EPSG:4326", CRS, always_xy=True).transform(
        listed["longitude"].astype(float).to_numpy(), listed["latitude"].astype(float).to_numpy()
    )
    frame = parts.assign(gantry=listed["gantry_id"], x=x, y=y)
    return frame[frame["variant"] != "ramp"].sort_values(["route", "direction", "measure_m"], ignore_index=True)


def write_gantry_network(folder: Path, points: pd.DataFrame) -> Path:
    """Write the package of a network whose lines go from gantry to gantry."""
    folder.mkdir(parents=True, exist_ok=True)
    features, lanes = [], []
    for (route, direction), own in points.groupby(["route", "direction"]):
        ends = {"from_m": float(own["measure_m"].min()), "to_m": float(own["measure_m"].max())}
        # measure grows southward from the north on all of these
        properties = {"route": route, "direction": direction, "name_zh": _NAMES[route], "name_en": route, **ends}
        properties |= {"sense": 1 if direction == "S" else -1, "version": "2024-01-01"}
        line = {"type": "LineString", "coordinates": own[["x", "y"]].to_numpy().tolist()}
        features.append({"type": "Feature", "properties": properties, "geometry": line})
        lanes += [
            {"route": route, "direction": direction, "lane": str(n), **ends, "name_zh": f"第{n}車道",
             "name_en": f"lane {n}", "width_m": 3.65, "offset_m": 3.65 * n - 1.8}
            for n in range(1, LANES[route] + 1)
        ]  # fmt: skip
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3826"}}
    collection = {"type": "FeatureCollection", "crs": crs, "features": features}
    (folder / "routes.geojson").write_text(json.dumps(collection, ensure_ascii=False), encoding="utf-8")
    write_csv(points[["route", "direction", "measure_m", "x", "y"]], folder / "calibration.csv")
    write_csv(pd.DataFrame(lanes), folder / "lanes.csv")
    survey = survey_of("gantry-network", "門架連線路網 Lines through gantries", on=dt.date(2024, 1, 1), vehicle="GIS")
    write_manifest(
        folder,
        survey=survey,
        data=[{"kind": "network", "file": "routes.geojson", "calibration": "calibration.csv", "lanes": "lanes.csv"}],
    )
    return folder


def write_gantry_list(folder: Path, shared: Path, *, since: dt.date) -> Path:
    """Write the package of the real list of gantries, as it is published."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "gantries.csv").write_bytes((shared / "data/taiwan/gantries.csv").read_bytes())
    names = {"gantry_id": "gantry", "latitude": "y", "longitude": "x", "mileage": "chainage"}
    write_manifest(
        folder,
        survey=survey_of("gantries", "收費門架 Toll gantries", on=since, vehicle="GIS", crs="EPSG:4326"),
        data=[{"kind": "gantries", "file": "gantries.csv", "columns": names, "options": {"valid_from": since}}],
    )
    return folder
