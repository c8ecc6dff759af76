import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import LineString

from pavement.errors import LocationError
from pavement.network.cells import cells


def network(sense: int = 1, **lane: object) -> tuple[gpd.GeoDataFrame, pd.DataFrame, pd.DataFrame]:
    line = LineString([(0, 0), (600, 0), (600, 400)])
    routes = gpd.GeoDataFrame(
        {"route": ["N9"], "direction": ["S"], "sense": [sense], "from_m": [50.0], "to_m": [1060.0]},
        geometry=[line],
        crs="EPSG:3826",
    )
    points = pd.DataFrame(
        {"route": "N9", "direction": "S", "measure_m": [50.0, 1060.0], "x": [0.0, 600.0], "y": [0.0, 400.0]}
    )
    one = {"route": "N9", "direction": "S", "lane": "2", "from_m": 50.0, "to_m": 1060.0, "offset_m": 5.0} | lane
    return routes, points, pd.DataFrame([one])


def test_g7_cells_partition_the_lane() -> None:
    frame = cells(*network(), length=100.0)
    assert frame["from_m"].tolist() == [50.0, *np.arange(100.0, 1100.0, 100.0)]
    assert (frame["to_m"].iloc[:-1].to_numpy() == frame["from_m"].iloc[1:].to_numpy()).all()
    assert (frame["to_m"] - frame["from_m"]).sum() == pytest.approx(1010.0)
    assert frame["cell"].iloc[1] == "n9-s-2-000100"
    assert frame["cell"].is_unique


def test_geometry_follows_calibrated_measure() -> None:
    frame = cells(*network(offset_m=0.0), length=100.0)
    assert frame.geometry.length.sum() == pytest.approx(1000.0)
    assert frame.geometry.iloc[1].length == pytest.approx(100 * 1000 / 1010)


@pytest.mark.parametrize(("sense", "side"), [(1, -5.0), (-1, 5.0)])
def test_g12_offset_is_right_of_travel(sense: int, side: float) -> None:
    first = cells(*network(sense), length=100.0).geometry.iloc[0]
    assert first.centroid.y == pytest.approx(side)


def test_lane_beyond_the_route_is_refused() -> None:
    with pytest.raises(LocationError, match="calibrated from 50 to 1060 m"):
        cells(*network(to_m=2000.0), length=100.0)
