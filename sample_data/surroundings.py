"""Packages about what lies under and over the road: network, layers, traffic, weather, deflection."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import numpy as np
import pandas as pd

from sample_data.ageing import History
from sample_data.freeway import CRS, Freeway
from sample_data.ground import STATIONS, traffic
from sample_data.manifest import survey_of, write_manifest
from sample_data.process import stream_of
from sample_data.sheets import write_csv

_OFFSETS = (0, 200, 300, 450, 600, 900, 1200)


def write_network(folder: Path, network: Freeway) -> Path:
    """Write the package of routes, calibration points and lanes."""
    features = [
        {
            "type": "Feature",
            "properties": {k: v for k, v in row.items() if k != "geometry"},
            "geometry": {"type": "LineString", "coordinates": [list(c) for c in row["geometry"].coords]},
        }
        for row in network.routes.to_dict("records")
    ]
    crs = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:{CRS.replace(':', '::')}"}}
    folder.mkdir(parents=True, exist_ok=True)
    collection = {"type": "FeatureCollection", "name": "routes", "crs": crs, "features": features}
    (folder / "routes.geojson").write_text(json.dumps(collection, ensure_ascii=False), encoding="utf-8")
    write_csv(network.calibration, folder / "calibration.csv")
    write_csv(network.lanes, folder / "lanes.csv")
    write_manifest(
        folder,
        survey=survey_of("network", "範例國道路網 Example network", on=dt.date(2018, 1, 1), vehicle="GIS"),
        data=[{"kind": "network", "file": "routes.geojson", "calibration": "calibration.csv", "lanes": "lanes.csv"}],
    )
    return folder


def write_layers(folder: Path, truth: History) -> Path:
    """Write the package of layers as built."""
    main = truth.ground[truth.ground["lane"] != "aux"]
    built = main.groupby(["section", "route", "direction"], as_index=False).agg(
        from_m=("from_m", "min"), to_m=("to_m", "max"), opened=("opened", "first"),
        asphalt=("asphalt_mm", "first"), treated=("treated_mm", "first"), granular=("granular_mm", "first"),
    )  # fmt: skip
    stacks = [
        ("asphalt", "密級配瀝青混凝土", np.full(len(built), 50.0)),
        ("asphalt", "粗級配瀝青混凝土", built["asphalt"] - 50.0),
        ("treated_base", "瀝青處理底層", built["treated"]),
        ("granular_base", "級配粒料底層", built["granular"]),
    ]
    parts = [built.assign(kind=k, material=m, thickness_mm=t, order=n) for n, (k, m, t) in enumerate(stacks)]
    table = pd.concat(parts).query("thickness_mm > 0").sort_values(["route", "direction", "from_m", "order"])
    table["layer"] = table.groupby(["route", "direction", "from_m"]).cumcount() + 1
    table = table.assign(lane="", placed_on=table["opened"].astype(str) + "-09-28", surveyed_on="")
    columns = [
        "route",
        "direction",
        "lane",
        "from_m",
        "to_m",
        "layer",
        "kind",
        "material",
        "thickness_mm",
        "placed_on",
        "surveyed_on",
    ]
    write_csv(table[columns], folder / "layers.csv")
    survey = survey_of("layers", "結構層紀錄 Layers as built", on=dt.date(2018, 1, 2), vehicle="PMS")
    write_manifest(folder, survey=survey, data=[{"kind": "layers", "file": "layers.csv"}])
    return folder


def write_traffic(folder: Path, network: Freeway, *, years: range, seed: int) -> Path:
    """Write the package of counts by vehicle class."""
    counts = traffic(network, years, seed=seed)
    write_csv(counts.assign(aadt=counts["aadt"].astype(int)), folder / "traffic.csv")
    survey = survey_of("traffic", "分車種交通量 Classified counts", on=dt.date(2025, 12, 31), vehicle="VD")
    write_manifest(folder, survey=survey, data=[{"kind": "traffic", "file": "traffic.csv"}])
    return folder


def write_weather(folder: Path, *, years: range, seed: int) -> Path:
    """Write the package of stations and daily weather, with the marks of missing and trace values."""
    days = pd.date_range(f"{min(years)}-01-01", f"{max(years)}-12-31")
    parts = [_days(station, days, seed=seed) for station in STATIONS.itertuples()]
    write_csv(pd.concat(parts), folder / "weather.csv")
    write_csv(STATIONS[["station", "name", "x", "y", "elevation_m"]], folder / "stations.csv")
    survey = survey_of("weather", "逐日氣象 Daily weather", on=dt.date(2025, 12, 31), vehicle="CWA")
    write_manifest(folder, survey=survey, data=[{"kind": "weather", "file": "weather.csv", "stations": "stations.csv"}])
    return folder


def _days(station: object, days: pd.DatetimeIndex, *, seed: int) -> pd.DataFrame:
    rng = stream_of(seed, "weather", station.station)  # type: ignore[attr-defined]
    season = -np.cos(2 * np.pi * (days.day_of_year.to_numpy() - 22) / 365.25)
    mean = station.temp_mean + 5.8 * season + rng.normal(0, 1.8, len(days))  # type: ignore[attr-defined]
    spread = rng.uniform(3.0, 5.5, len(days))
    wet = rng.random(len(days)) < 0.22 + 0.12 * season
    total = station.rain_mm / 365.25 / 0.22  # type: ignore[attr-defined]
    rain = np.where(wet, rng.gamma(0.55, total / 0.55, len(days)), 0.0).round(1)
    words = np.where(wet & (rain < 0.1), "T", np.char.mod("%.1f", rain))
    frame = pd.DataFrame(
        {
            "station": station.station, "date": days.strftime("%Y-%m-%d"),  # type: ignore[attr-defined]
            "temp_max": np.char.mod("%.1f", mean + spread), "temp_min": np.char.mod("%.1f", mean - spread),
            "precipitation_mm": words,
        }
    )  # fmt: skip
    for column in ("temp_max", "temp_min", "precipitation_mm"):
        frame.loc[rng.random(len(days)) < 0.004, column] = "x"
    return frame


def write_fwd(folder: Path, truth: History, *, year: int, seed: int) -> Path:
    """Write the package of deflection drops: two at every 200 m of lane 2."""
    drops = deflections(truth, year=year, seed=seed)
    write_csv(drops, folder / "fwd.csv")
    survey = survey_of("fwd", f"{year} FWD 撓度檢測 Deflection", on=dt.date(year, 11, 4), days=5, vehicle="FWD-01")
    write_manifest(folder, survey=survey, data=[{"kind": "fwd", "file": "fwd.csv"}])
    return folder


def deflections(truth: History, *, year: int, seed: int) -> pd.DataFrame:
    """Return drops as the table fwd: basins that follow the structural number, the ground and the cracks."""
    rng = stream_of(seed, "fwd")
    cells = truth.ground.merge(truth.states[truth.states["year"] == year], on="cell")
    cells = cells[(cells["lane"] == "2") & (cells["from_m"] % 200 == 0)]
    table = cells.loc[cells.index.repeat(2)].reset_index(drop=True)
    count = len(table)
    load = rng.normal(50.0, 1.2, count)
    first = 185 * (6 / table["sn"]) ** 1.6 * np.exp(-0.22 * table["strength"]) * (1 + table["crack_percent"] / 120)
    reach = 420 * (table["sn"] / 6) ** 0.6
    # both drops at a place stand on the same road: only load and sensors differ
    basin = {f"d{r}": first * load / 50 * np.exp(-((r / reach) ** 0.85)) for r in _OFFSETS}
    noise = {name: (values * rng.normal(1, 0.004, count) + 0.1).round(1) for name, values in basin.items()}
    return pd.DataFrame(
        {
            "route": table["route"], "direction": table["direction"], "lane": table["lane"],
            "measure_m": table["from_m"] + 50.0 * (table["to_m"] - table["from_m"] > 50),
            "drop": np.arange(count) % 2 + 1, "surveyed_on": f"{year}-11-05", "load_kn": load.round(2),
            "plate_radius_mm": 150, "temp_surface": rng.normal(29, 3, count // 2).repeat(2).round(1), **noise,
        }
    )  # fmt: skip
