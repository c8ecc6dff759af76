"""Frames show the cracks they were given: in their place and as wide as they are."""

import numpy as np
import pandas as pd
import pytest

from sample_data.asphalt import HEIGHT, WIDTH, texture
from sample_data.crack_maps import crack_map, share_cracked
from sample_data.pictures import coverage, edges, picture, pixels, road
from sample_data.process import stream_of


@pytest.mark.parametrize("width", [2.0, 3.0, 4.5, 6.0, 9.0, 12.0])
@pytest.mark.parametrize("end", [(100.3, 560.0), (520.0, 100.7), (450.0, 380.0), (500.0, 230.0)])
def test_drawn_width_is_the_width_given(width: float, end: tuple[float, float]) -> None:
    line = np.linspace((100.3, 100.7), end, 40)
    drawn = coverage([(line, width)], box=(0, 0, 620, 620)).sum() / 255 * 4
    length = np.hypot(*(line[-1] - line[0])) * 2
    assert drawn / length == pytest.approx(width, abs=0.45)


def drawn_by(name: str, **what: object) -> np.ndarray:
    """Return a picture of what is told, on stones by chance."""
    rng = stream_of(1, name)
    return picture(rng, stones=texture(rng, seed=1), **what)


def test_a_crack_is_dark_where_it_is_and_nowhere_else() -> None:
    crack = np.column_stack([np.full(50, 700.0), np.linspace(100, 900, 50)])
    image = drawn_by("a", cracks=[(crack, 8.0)])[..., 0].astype(float)
    plain = drawn_by("a")[..., 0].astype(float)
    darker = (plain - image) > 15
    rows, columns = np.nonzero(darker)
    assert (rows.min(), rows.max()) == pytest.approx((100, 899), abs=3)
    assert columns.min() >= 696
    assert columns.max() <= 703


def test_places_and_pixels_are_each_others_inverse() -> None:
    places = np.array([[0.0, 0.0], [-1.7, 1.9], [1.2, 0.3]])
    seen = pixels(places + [0, 4.0], y0=4.0, x0=0.05)
    np.testing.assert_allclose(road(seen, x0=0.05), places)
    assert pixels(np.array([[0.05, 4.0]]), y0=4.0, x0=0.05).tolist() == [[WIDTH / 2, HEIGHT]]


def test_paint_lies_a_lane_apart() -> None:
    left, right = edges(0.03)
    assert (right - left) * 2 / 1000 == pytest.approx(3.5)
    image = drawn_by("b", paint=[(left, None, True), (right, 0.0, False)])
    assert image[500, round(left) + 5, 0] < image[500, round(left) + 5, 2] - 40
    # 4 m of every 10 m are painted: with phase 0 the whole frame is
    assert image[:, round(right) - 5].mean() > 150
    none = drawn_by("b", paint=[(left, None, True), (right, 5.0, False)])
    assert none[:, round(right) - 5].mean() < 150


def test_cracks_reach_the_share_they_should_and_only_grow() -> None:
    years = pd.Series([0.0, 2.0, 5.0, 12.0], index=[2022, 2023, 2024, 2025])
    found = crack_map(years, length=100.0, rng=stream_of(1, "map"))
    for year, percent in years.items():
        lines = [c.points for c in found if c.born <= year]
        assert share_cracked(lines, length=100.0, grid=0.1) == pytest.approx(percent, abs=1.0)
    assert {c.kind for c in found} == {"longitudinal", "transverse", "pattern"}
    assert all(2 <= c.width_in(y) <= 12 for c in found for y in range(c.born, 2040, 5))


def test_a_line_across_one_square_hits_it() -> None:
    """Squares start at the lane's left edge, 1.75 m from its centre: -0.25 to 0.05 m is one of them."""
    line = np.array([[-0.2, 0.05], [0.0, 0.05]])
    assert share_cracked([line], length=0.6, grid=0.3) == pytest.approx(100 * 0.09 / (0.6 * 3.5))
