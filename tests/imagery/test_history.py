"""One place over the years: what is laid over, what is only shown, and between which surveys growth is told."""

import json
from dataclasses import replace

import cv2
import numpy as np
import pandas as pd
import pytest

from ingest.imagery.history import COLOURS, NO_SCALE, UNUSABLE, Sight, place_history
from ingest.imagery.parameters import parameters
from ingest.imagery.registration import DIFFERENT

from .conftest import as_image, asphalt

MM = 4.0


def surface(seed):
    """Return stones of two sizes, 3.6 m long and 4 m wide."""
    fine, large = (asphalt(height=900, width=1000, seed=seed + s, spread=9.0) for s in (0, 50))
    return fine + cv2.GaussianBlur(large - 110.0, (0, 0), 3.0) * 4


def sight(year, *, seed=1, cracked=500, mm=MM, usable=True, down=0, width=1000):
    """Return a frame of a year with a crack of a length [px] along travel, `down` pixels further down than it lies."""
    road = np.roll(surface(seed), down, axis=0)
    start, end = (500, 100 + down), (500, 100 + down + cracked)
    cv2.line(road, start, end, 40.0, 3)
    findings = pd.DataFrame(
        {"finding": [f"{year}-1"], "kind": ["crack"], "width_mm": [10.0], "outline": [json.dumps([[start, end]])]}
    )
    image = as_image(road)[:, :width]
    return Sight(f"f{year}", "run", pd.Timestamp(year, 4, 1, tz="UTC"), image, mm, 0.0, usable, findings)


def test_a_crack_is_followed_over_three_surveys_that_were_not_driven_alike():
    found = place_history(
        [sight(2025, cracked=600), sight(2021, cracked=300, down=40), sight(2023)], values=parameters()
    )
    assert [panel.sight.frame for panel in found.panels] == ["f2021", "f2023", "f2025"]
    assert all(panel.aligned and not panel.reason for panel in found.panels)
    growth = found.growth
    assert growth[["frame_then", "frame_now", "state"]].to_numpy().tolist() == [
        ["f2021", "f2023", "grown"],
        ["f2023", "f2025", "grown"],
    ]
    assert growth["growth_m"].tolist() == pytest.approx([200 * MM / 1000, 100 * MM / 1000], abs=0.07)


def test_another_surface_is_shown_as_it_is_and_no_growth_is_told_of_it():
    stranger = sight(2023, seed=7, cracked=200, width=800)
    found = place_history([sight(2021, cracked=300), stranger, sight(2025)], values=parameters())
    panel = found.panels[1]
    assert (panel.aligned, panel.reason) == (False, DIFFERENT)
    assert panel.picture.shape == stranger.image.shape
    assert found.growth[["frame_then", "frame_now"]].to_numpy().tolist() == [["f2021", "f2025"]]


def drawn(panel):
    """Return which states a panel shows cracks of; a rim of a line is mixed with road, its middle is not."""
    return {state for state, colour in COLOURS.items() if (panel.picture == colour).all(axis=2).sum() > 100}


def test_both_frames_are_drawn_in_the_colours_of_what_became_of_their_cracks():
    grown = place_history([sight(2021, cracked=300), sight(2025, cracked=600)], values=parameters())
    assert [drawn(panel) for panel in grown.panels] == [{"grown"}, {"grown", "new"}]
    same = place_history([sight(2021), sight(2025)], values=parameters())
    assert [drawn(panel) for panel in same.panels] == [{"unchanged"}, {"unchanged"}]


def test_a_crack_that_is_gone_is_drawn_so_where_it_was():
    repaired = sight(2025, cracked=0)
    repaired = replace(repaired, findings=repaired.findings.head(0))
    found = place_history([sight(2021), repaired], values=parameters())
    assert found.growth["state"].tolist() == ["gone"]
    assert [drawn(panel) for panel in found.panels] == [{"gone"}, {"gone"}]


def test_of_three_surveys_only_the_oldest_looks_ahead():
    found = place_history([sight(2021), sight(2023), sight(2025, cracked=700)], values=parameters())
    assert [drawn(panel) for panel in found.panels] == [{"unchanged"}, {"unchanged"}, {"grown", "new"}]


def test_what_cannot_be_compared_stays_white():
    alone = place_history([sight(2025)], values=parameters())
    assert drawn(alone.panels[0]) == {"not compared"}


def test_frames_that_are_unusable_or_of_no_scale_say_so_and_tell_nothing():
    found = place_history([sight(2021, usable=False), sight(2023, mm=np.nan), sight(2025)], values=parameters())
    assert [panel.reason for panel in found.panels] == [UNUSABLE, NO_SCALE, ""]
    assert [panel.aligned for panel in found.panels] == [True, False, True]
    assert found.growth.empty


def test_one_survey_is_no_history_but_is_shown():
    found = place_history([sight(2025)], values=parameters())
    assert len(found.panels) == 1
    assert found.growth.empty
    assert "growth_m" in found.growth
