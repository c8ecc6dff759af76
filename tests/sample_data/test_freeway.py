"""The made freeway fits the product's own network functions."""

import numpy as np
import pytest

from pavement.network.calibration import calibrations
from sample_data.freeway import freeway


@pytest.mark.parametrize(("size", "kilometres"), [("demo", 138.1), ("small", 8.0)])
def test_cells_cover_every_lane(size: str, kilometres: float) -> None:
    made = freeway(size, seed=1)
    length = (made.cells["to_m"] - made.cells["from_m"]).sum() / 1000
    assert length == pytest.approx((made.lanes["to_m"] - made.lanes["from_m"]).sum() / 1000)
    assert length == pytest.approx(kilometres, abs=0.1)
    assert made.cells["cell"].is_unique


def test_posts_are_not_where_the_ground_says() -> None:
    """G13: ratio of ground length to measure changes from post to post, by up to 0.8 %."""
    made = freeway("demo", seed=1)
    ratio = np.concatenate(
        [np.diff(c.distances) / np.diff(c.measures) for c in calibrations(made.routes, made.calibration).values()]
    )
    assert ratio.std() > 0.002
    # the outside of a bend is a little longer than the line the posts were set along
    assert ((ratio > 0.985) & (ratio < 1.015)).all()


def test_traffic_keeps_right() -> None:
    """Southbound lanes lie west of northbound ones where the road runs south."""
    cells = freeway("small", seed=1).cells
    x = cells.geometry.centroid.x.groupby([cells["direction"], cells["lane"]]).mean()
    assert x["S", "2"] < x["S", "1"] < x["N", "1"] < x["N", "2"]
    inner, outer = (cells.query(f"direction == 'N' and lane == '{n}'").geometry.reset_index(drop=True) for n in "12")
    assert inner.distance(outer.interpolate(0.5, normalized=True)).to_numpy() == pytest.approx(3.5, abs=0.02)


def test_it_lies_in_taiwan() -> None:
    west, south, east, north = freeway("demo", seed=1).routes.to_crs("EPSG:4326").total_bounds
    assert 120 < west < east < 122
    assert 23.5 < south < north < 24.6
