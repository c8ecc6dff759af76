import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from shapely import LineString

from pavement.errors import LocationError
from pavement.network.calibration import calibration, measure_of_odometer

LINE = LineString([(0, 0), (300, 0), (300, 400), (1000, 400)])
POINTS = pd.DataFrame({"measure_m": [0.0, 520.0, 1440.0], "x": [0.0, 300.0, 1000.0], "y": [0.0, 200.0, 400.0]})


def test_points_by_construction() -> None:
    known = calibration(LINE, POINTS)
    expected = {0: (0, 0), 260: (250, 0), 520: (300, 200), 980: (550, 400), 1440: (1000, 400)}
    np.testing.assert_allclose(known.point(list(expected)), list(expected.values()), rtol=0, atol=1e-9)


def test_vector(shared: Path) -> None:
    vector = json.loads((shared / "data/vectors/lrs/calibration.json").read_text())
    points = pd.DataFrame(
        [{"measure_m": p["m"], "x": p["xy"][0], "y": p["xy"][1]} for p in vector["calibration_points"]]
    )
    known = calibration(LineString(vector["polyline_xy"]), points)
    for row in vector["measure_to_xy"]:
        np.testing.assert_allclose(known.point(row["m"])[0], row["xy"], rtol=0, atol=1e-9)
    for row in vector["xy_to_measure"]:
        measure, _ = known.measure(*row["xy"])
        np.testing.assert_allclose(measure, row["m"], rtol=0, atol=1e-9)


def test_direction_vector(shared: Path) -> None:
    for row in json.loads((shared / "data/vectors/lrs/direction.json").read_text())["rows"]:
        ends = measure_of_odometer([row["dmi_from"], row["dmi_to"]], start=1000.0, sense=-1)
        assert sorted(ends) == [row["m_from"], row["m_to"]]


def test_g5_line_drawn_against_its_measures_is_turned() -> None:
    turned = calibration(LINE.reverse(), POINTS)
    np.testing.assert_allclose(turned.point(260), [[250, 0]], rtol=0, atol=1e-9)


def test_g6_beyond_the_end_is_missing_not_clamped() -> None:
    known = calibration(LINE, POINTS)
    assert np.isnan(known.point([-1.0, 1441.0])).all()


def test_a_point_off_the_line_is_refused() -> None:
    with pytest.raises(LocationError, match="lies 300 m from the line"):
        calibration(LINE, POINTS.assign(y=[0.0, 200.0, 700.0]))
