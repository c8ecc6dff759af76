"""What the plan is told of the network beside the forecast."""

import numpy as np
import pandas as pd

from dashboard.workflow import with_latest
from pavement.planning.treatments import catalogue
from tests.condition.test_quality import NONE, repaired, segments


def test_the_plan_learns_stiffness_and_potholes_that_nobody_forecasts() -> None:
    measured = segments(iri=[1.0, 1.2], ism=[0.12, np.nan], pothole_area=[np.nan, 0.4])
    states = pd.DataFrame({"iri": [1.3], "rut": [6.0]}, index=pd.Index(["a"], name="unit"))
    got = with_latest(states, measured, NONE, catalogue())
    assert got.loc["a", ["iri", "rut", "ism", "pothole_area"]].tolist() == [1.3, 6.0, 0.12, 0.4]


def test_stiffness_from_before_the_last_surfacing_is_unknown_to_the_plan() -> None:
    states = pd.DataFrame({"iri": [1.3]}, index=pd.Index(["a"], name="unit"))
    got = with_latest(states, segments(ism=[0.12, np.nan]), repaired("2021-04-01"), catalogue())
    assert np.isnan(got.loc["a", "ism"])
