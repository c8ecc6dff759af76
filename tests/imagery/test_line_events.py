"""What the lines of range images tell, as values that stand for the lane."""

import numpy as np
import pandas as pd
import pytest

from ingest.imagery.line_events import line_events, line_ruts, no_lines

LINES = pd.DataFrame(
    [
        ("a", "rut", "left", 8.0, "straightedge 2 m"),
        ("a", "rut", "right", 12.0, "straightedge 2 m"),
        ("a", "rut", "left", 20.0, "wire over the lane"),
        ("a", "drop_off", "right", 30.0, "medians"),
        ("a", "drop_off", "left", 10.0, "medians"),
        ("a", "mpd", "left", 0.8, "3 segments"),
        ("a", "mpd", "right", 1.0, "4 segments"),
        ("b", "rut", "left", np.nan, "straightedge 2 m"),
        ("b", "rut", "left", 9.0, "wire over the lane"),
    ],
    columns=["frame", "kind", "side", "value", "method"],
)


def test_a_lane_has_its_ruts_by_one_method_and_never_a_mean_of_several() -> None:
    found = line_events(LINES).set_index(["frame", "kind"])
    assert found["value"].to_dict() == {
        ("a", "rut"): 10.0,
        ("a", "rut_max"): 12.0,
        ("a", "drop_off"): 30.0,
        ("a", "mpd"): pytest.approx(0.9),
    }
    assert found.loc[("a", "rut"), "method"] == "straightedge 2 m"
    assert found.loc[("a", "mpd"), "method"] == "3 segments; 4 segments"


def test_every_method_of_each_wheel_path_is_kept() -> None:
    found = line_ruts(LINES).set_index(["frame", "side", "method"])["rut_mm"]
    assert found.to_dict() == {
        ("a", "left", "straightedge 2 m"): 8.0,
        ("a", "right", "straightedge 2 m"): 12.0,
        ("a", "left", "wire over the lane"): 20.0,
        ("b", "left", "wire over the lane"): 9.0,
    }


def test_no_lines_tell_nothing() -> None:
    nothing = no_lines().assign(frame="")
    assert line_events(nothing).empty
    assert line_ruts(nothing).empty
