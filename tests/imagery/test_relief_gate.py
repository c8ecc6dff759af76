"""Range images that cannot be judged give no finding and no measure (I5)."""

import cv2
import numpy as np
import pytest

from ingest.imagery.legend import cure_of
from ingest.imagery.parameters import parameters
from ingest.imagery.relief_gate import line_grain
from ingest.imagery.relief_quantify import quantify_relief
from ingest.imagery.relief_scale import ReliefScale

from .conftest import as_image, asphalt
from .relief_roads import LENGTH, SCALE, WIDTH, basin, road


def refused(heights, tone=None, scale=SCALE):
    result = quantify_relief(heights.astype(np.float32), scale, intensity=tone)
    assert result.frame.findings.empty
    assert result.frame.measures == {}
    assert result.measured.empty
    assert not result.frame.usable
    # what can be done about it is known in both languages
    assert cure_of(result.frame.reason) != f"{result.frame.reason}."
    assert cure_of(result.frame.reason, language="zh") != f"{result.frame.reason}."
    return result.frame.reason


@pytest.mark.parametrize(
    "heights",
    [np.zeros((LENGTH, WIDTH)), np.repeat(road()[:1], LENGTH, axis=0), np.repeat(road()[:, :1], WIDTH, axis=1),
     np.repeat(basin()[None, :], LENGTH, axis=0)],
    ids=["one height", "one line again and again", "one height a line", "a shape without grain"],
)  # fmt: skip
def test_heights_of_a_stuck_sensor_are_no_perfect_road(heights):
    """I5."""
    assert refused(heights) == "heights without grain"


def test_a_sensor_that_is_stuck_for_most_of_the_lines_is_refused():
    """I5."""
    heights = road()
    heights[600:] = heights[600]
    assert refused(heights) == "heights without grain"
    heights[1000:] = road(seed=2)[1000:]
    assert quantify_relief(heights, SCALE).frame.usable


@pytest.mark.parametrize("noise", [0.1, 1.0])
def test_smooth_roads_on_coarse_counts_have_grain(noise):
    counted = np.rint((road(noise=noise) + basin()) / 0.1) * 0.1
    assert quantify_relief(counted.astype(np.float32), SCALE).frame.usable


def test_grain_is_the_mean_difference_of_neighbours():
    """Of normal noise of deviation 1 the mean distance of two neighbours is 2 / sqrt(pi)."""
    grain = line_grain(road(noise=1.0) + 0.5 * np.arange(LENGTH, dtype=np.float32)[:, None])
    assert np.median(grain) == pytest.approx(2 / np.sqrt(np.pi), rel=0.05)
    assert (line_grain(np.zeros((9, 9), np.float32)) < parameters()["relief_grain_min"]).all()


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_an_intensity_of_one_tone_is_refused_and_not_left_out_quietly(grey):
    """I5: all black, white or one colour."""
    assert refused(road(), np.full((LENGTH, WIDTH), grey, np.uint8)) == "intensity cannot be judged"


def test_an_intensity_out_of_focus_is_refused_and_a_good_one_taken():
    """I5."""
    grey = asphalt(height=LENGTH, width=WIDTH)
    smeared = cv2.GaussianBlur(grey, (0, 0), 12.0) + 20.0 * np.sin(np.arange(WIDTH) / 200.0)[None, :]
    assert quantify_relief(road(), SCALE, intensity=as_image(grey)).frame.usable
    assert refused(road(), as_image(smeared)) == "intensity cannot be judged"


def test_what_was_not_seen_is_named_first():
    heights = road()
    heights[:, 1000:] = np.nan
    assert refused(heights, scale=ReliefScale(1.0, 1.0, 0.1)) == "surface not seen"
