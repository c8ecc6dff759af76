"""Classes of AASHTO R 85 by direction, on drawn lines; the angles are from memory, the classes are the standard's."""

import numpy as np
import pandas as pd
import pytest
import shapely

from pavement.measures.cracking import crack_parts, crack_types, zone_summary
from pavement.measures.r85 import r85_types


def line(degrees: float, *, wander: float = 0.0, length: float = 1.5) -> shapely.LineString:
    """Return a crack about the middle of the lane at an angle to travel, wandering from side to side [m]."""
    along = np.linspace(-length / 2, length / 2, 61)
    aside = wander * np.sin(along / length * 12 * np.pi)
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return shapely.LineString(np.column_stack([s * along + c * aside, 5 + c * along - s * aside]))


def parts(*lines: shapely.LineString, **columns: object) -> pd.DataFrame:
    geometry = np.empty(len(lines), dtype=object)
    geometry[:] = lines
    return crack_parts(pd.DataFrame({"geometry": geometry, "width_mm": 3.0}).assign(**columns))


@pytest.mark.parametrize(
    ("degrees", "kind"),
    [
        (0, "longitudinal"),
        (10, "longitudinal"),
        (10.5, "other"),
        (45, "other"),
        (79.5, "other"),
        (80, "transverse"),
        (90, "transverse"),
        (100, "transverse"),
        (100.5, "other"),
        (169.5, "other"),
        (170, "longitudinal"),
    ],
)
def test_direction_to_travel_tells_the_class(degrees: float, kind: str) -> None:
    assert set(r85_types(parts(line(degrees)))) == {kind}


@pytest.mark.parametrize(("degrees", "kind"), [(4, "longitudinal"), (30, "other"), (86, "transverse")])
def test_a_crack_that_wanders_has_the_direction_of_its_whole(degrees: float, kind: str) -> None:
    """Its single parts are up to 45 degrees from it."""
    assert set(r85_types(parts(line(degrees, wander=0.04)))) == {kind}


def test_pieces_are_told_apart_and_patterns_stay() -> None:
    found = parts(line(3), line(40), line(40), type=["longitudinal", "longitudinal", "pattern"])
    kinds = pd.Series(r85_types(found)).groupby(found["piece"].to_numpy()).unique().str.join("+")
    assert kinds.tolist() == ["longitudinal", "other", "pattern"]
    assert r85_types(found.iloc[:0]).tolist() == []


def test_only_the_zones_have_the_class_between() -> None:
    pieces = pd.DataFrame({"geometry": [line(30), line(60)], "width_mm": 3.0})
    assert crack_types(pieces).tolist() == ["longitudinal", "transverse"]
    got = zone_summary(crack_parts(pieces), lane_width=3.6, length=10.0)
    assert set(got["type"]) == {"other"}
    # a crack of the class between is cut at the borders of its zones and stands for no whole lane
    assert set(got["zone"]) == {"wheel_path_left", "between", "wheel_path_right"}
    assert got["length"].sum() == pytest.approx(3.0)
