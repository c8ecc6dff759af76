"""A road of two directions with two lanes, 500 m long, and records on it."""

import geopandas as gpd
import pandas as pd
import pytest
import shapely


def made_cells(*, lanes: tuple[str, ...] = ("1", "2"), count: int = 5, length: float = 100.0) -> gpd.GeoDataFrame:
    rows = [
        (f"n1-{way.lower()}-{lane}-{int(k * length):06d}", "N1", way, lane, k * length, (k + 1) * length)
        for way in ("N", "S")
        for lane in lanes
        for k in range(count)
    ]
    frame = pd.DataFrame(rows, columns=["cell", "route", "direction", "lane", "from_m", "to_m"])
    lines = [shapely.LineString([(250_000 + a, 2_700_000), (250_000 + b, 2_700_000)]) for *_, a, b in rows]
    return gpd.GeoDataFrame(frame, geometry=lines, crs="EPSG:3826")


@pytest.fixture
def cells() -> gpd.GeoDataFrame:
    return made_cells()


@pytest.fixture
def traffic() -> pd.DataFrame:
    rows = [
        ("a", 0, 250, 2020, "31", 10_000),
        ("a", 0, 250, 2020, "42", 1_000),
        ("a", 0, 250, 2022, "31", 12_000),
        ("a", 0, 250, 2022, "42", 2_000),
        ("b", 250, 500, 2020, "42", 3_000),
    ]
    frame = pd.DataFrame(rows, columns=["counter", "from_m", "to_m", "year", "vehicle_class", "aadt"])
    return frame.assign(route="N1", direction="S", run="r-traffic")


@pytest.fixture
def works() -> pd.DataFrame:
    rows = [
        ("w0", "", 0, 500, "1995-01-01", "construction"),
        ("w1", "2", 100, 300, "2021-07-02", "mill_overlay"),
        ("w2", "", 0, 500, "2022-03-01", "crack_seal"),
        ("w3", "1", 0, 140, "2022-12-31", "overlay"),
    ]
    frame = pd.DataFrame(rows, columns=["work", "lane", "from_m", "to_m", "completed_on", "treatment"])
    return frame.assign(route="N1", direction="S", completed_on=pd.to_datetime(frame["completed_on"]), run="r-works")


@pytest.fixture
def layers() -> pd.DataFrame:
    rows = [
        (0, 300, 1, "asphalt", 254.0, "2015-05-01"),
        (0, 300, 2, "granular_base", 254.0, "2015-05-01"),
        (200, 500, 1, "asphalt", 127.0, "2021-05-01"),
        (200, 500, 2, "subbase", 254.0, "2021-05-01"),
    ]
    frame = pd.DataFrame(rows, columns=["from_m", "to_m", "layer", "kind", "thickness_mm", "surveyed_on"])
    dates = pd.to_datetime(frame["surveyed_on"])
    return frame.assign(route="N1", direction="S", lane="", placed_on=pd.NaT, surveyed_on=dates, run="r-layers")


@pytest.fixture
def stations() -> pd.DataFrame:
    return pd.DataFrame({"station": ["near", "far"], "x": [250_000.0, 260_000.0], "y": [2_700_000.0, 2_700_000.0]})


@pytest.fixture
def weather() -> pd.DataFrame:
    dates = pd.date_range("2021-01-01", "2022-12-31")
    common = {"date": dates, "temp_min": 10.0, "precipitation_mm": 2.0, "run": "r-weather"}
    return pd.concat(
        [pd.DataFrame({"station": s, "temp_max": t, **common}) for s, t in (("near", 20.0), ("far", 30.0))],
        ignore_index=True,
    )
