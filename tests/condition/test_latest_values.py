"""The newest values of cells that no later work has renewed."""

import numpy as np
import pandas as pd

from pavement.condition.latest_values import latest_values
from tests.condition.test_quality import NONE, repaired, segments


def test_the_newest_known_value_of_each_kind_is_taken_whatever_its_year() -> None:
    frame = segments(ism=[0.2, 0.3, np.nan], pothole_area=[0.0, np.nan, 0.5])
    got = latest_values(frame, NONE, kinds=["ism", "pothole_area", "faulting"])
    assert got.loc["a"].to_dict() == {"ism": 0.3, "pothole_area": 0.5}


def test_a_new_surface_on_its_day_or_later_makes_the_value_unknown() -> None:
    frame = segments(ism=[0.2, np.nan, np.nan])
    for day in ("2019-12-30", "2020-02-28"):
        assert latest_values(frame, repaired(day), kinds=["ism"]).loc["a", "ism"] == 0.2
    for day in ("2020-03-01", "2022-06-01"):
        assert np.isnan(latest_values(frame, repaired(day), kinds=["ism"]).loc["a", "ism"])


def test_a_value_without_a_day_is_unknown_after_any_work_of_its_year() -> None:
    frame = segments(ism=[0.2]).assign(surveyed_on=pd.NaT)
    assert np.isnan(latest_values(frame, repaired("2020-01-01"), kinds=["ism"]).loc["a", "ism"])


def test_the_day_of_the_kind_itself_counts_not_that_of_another_survey() -> None:
    frame = segments(ism=[0.2]).assign(ism_surveyed_on=pd.Timestamp("2020-11-05"))
    assert latest_values(frame, repaired("2020-06-01"), kinds=["ism"]).loc["a", "ism"] == 0.2


def test_filling_potholes_renews_the_potholes_and_not_the_stiffness() -> None:
    frame = segments(ism=[0.2], pothole_area=[0.5])
    got = latest_values(frame, repaired("2021-05-01", treatment="pothole_patch"), kinds=["ism", "pothole_area"])
    assert got.loc["a", "ism"] == 0.2
    assert np.isnan(got.loc["a", "pothole_area"])


def test_work_elsewhere_changes_nothing_and_cells_never_measured_stay_unknown() -> None:
    frame = pd.concat([segments(ism=[0.2]), segments(ism=[np.nan]).assign(cell="b", from_m=100.0, to_m=200.0)])
    works = repaired("2021-05-01").assign(from_m=100.0, to_m=200.0)
    got = latest_values(frame, works, kinds=["ism"])["ism"]
    assert got["a"] == 0.2
    assert np.isnan(got["b"])
