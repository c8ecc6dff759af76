"""One frame by itself measures what a survey of that one frame measures."""

import pandas as pd
import pytest
import shapely

from ingest.imagery.frame_measures import frame_measures
from ingest.imagery.placing import lane_measures

from .test_lane_things import HOLE, PATCH, SEAL, WORN, cut_out, frames

THINGS = [
    ("pothole", HOLE, 0.0, 40.0),
    ("patch", PATCH, 0.0, 0.0),
    ("patch", shapely.box(1.5, 1.0, 3.0, 2.0), 0.0, 0.0),
    ("ravelling", WORN, 0.0, 0.0),
    ("bleeding", shapely.box(-1.8, 0.2, -1.5, 1.0), 0.0, 0.0),
    ("sealed_crack", SEAL, 7.0, 0.0),
]


@pytest.mark.parametrize("lane_width", [3.6, float("nan")])
@pytest.mark.parametrize("things", [THINGS, []], ids=["all", "none"])
def test_one_frame_by_itself_is_a_survey_of_one_frame(things, lane_width):
    found = cut_out(things, 0.0, 8.0, lane_width=lane_width)
    listed = frames([0.0], 8.0)
    whole = lane_measures(listed, {"1f0": found}).measures.iloc[0].drop(["frame", "route", "direction", "lane"])
    alone = frame_measures(found)
    assert alone == pytest.approx(pd.to_numeric(whole.drop(["from_m", "to_m"])).dropna().to_dict())
    assert (alone["patch_count"] > 0) == (alone["sealed_crack_length"] > 0) == bool(things)
