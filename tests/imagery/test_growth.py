"""What became of each crack between two surveys, against lines whose change is known."""

import json

import numpy as np
import pandas as pd
import pytest

from ingest.imagery.growth import GROWTH_COLUMNS, crack_growth, crack_points
from ingest.imagery.parameters import parameters

VALUES = parameters()


def line(crack, start, end, *, width=5.0):
    """Return points every 10 mm of a straight crack [m]."""
    start, end = np.array(start, float), np.array(end, float)
    count = round(float(np.hypot(*(end - start))) / 0.01)
    at = start + (np.arange(count) + 0.5)[:, None] / count * (end - start)
    return pd.DataFrame({"crack": crack, "line": 0, "x": at[:, 0], "y": at[:, 1], "length": 0.01, "width_mm": width})


def growth(then, now):
    nothing = line("none", (0, 0), (0, 0.01)).iloc[:0]
    told = crack_growth(
        pd.concat(then, ignore_index=True) if then else nothing,
        pd.concat(now, ignore_index=True) if now else nothing,
        values=VALUES,
    )
    return told.set_index("crack")


def test_states_and_lengths_of_known_changes():
    then = [line("a", (0, 0), (0, 1.0)), line("b", (1, 0), (1, 2.0)), line("c", (2, 0), (2, 1.0))]
    now = [
        line("A", (0.01, 0), (0.01, 1.6)),
        line("B", (1, 0), (1, 2.05)),
        line("D", (3, 0), (3, 0.7)),
    ]
    told = growth(then, now)
    assert told["state"].to_dict() == {"A": "grown", "B": "unchanged", "D": "new", "c": "gone"}
    assert told.loc["A", "growth_m"] == pytest.approx(0.6, abs=0.05)
    assert told.loc["D", "growth_m"] == pytest.approx(0.7)
    assert told.loc["c", ["length_then_m", "length_now_m", "growth_m"]].tolist() == pytest.approx([1.0, 0.0, -1.0])
    assert told.loc["A", "before"] == "a"


def test_crack_that_got_wider_has_grown_by_its_width():
    told = growth([line("a", (0, 0), (0, 1.0), width=3.0)], [line("A", (0, 0), (0, 1.0), width=9.0)])
    assert told.loc["A", "state"] == "grown"
    assert told.loc["A", "widening_mm"] == pytest.approx(6.0)


def test_two_cracks_that_joined_are_one_with_the_length_of_both():
    then = [line("a", (0, 0), (0, 0.8)), line("b", (0, 1.2), (0, 2.0))]
    told = growth(then, [line("A", (0, 0), (0, 2.0))])
    assert told.loc["A", "before"] == "a b"
    assert told.loc["A", "length_then_m"] == pytest.approx(1.6, abs=0.1)
    assert told.loc["A", "growth_m"] == pytest.approx(0.4, abs=0.1)


def test_trace_in_the_other_view_is_no_growth():
    """A crack the finder missed once, of which the view does show a trace, is not told as new or gone."""
    then, now = line("a", (0, 0), (0, 1.0)), line("A", (1, 0), (1, 1.0))
    told = growth([then.assign(trace=True)], [now.assign(trace=True)])
    assert set(told["state"]) == {"unchanged"}


def test_nothing_seen_twice_is_nothing_told():
    assert growth([], []).empty
    assert list(growth([], []).reset_index().columns) == list(GROWTH_COLUMNS)


def test_points_stand_for_the_length_of_their_outline():
    outline = json.dumps([[[0, 0], [30, 40]], [[0, 0]], [[10, 0], [10, 100]]])
    findings = pd.DataFrame(
        {"finding": ["f-1", "f-2"], "kind": ["crack", "pothole"], "width_mm": [4.0, 200.0], "outline": [outline] * 2}
    )
    points = crack_points(findings, values=VALUES)
    assert set(points["crack"]) == {"f-1"}
    assert points["length"].sum() == pytest.approx(150.0)
    assert points["line"].nunique() == 2
