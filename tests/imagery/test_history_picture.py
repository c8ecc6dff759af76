"""The picture of a place over the years: panels side by side, each with a metre, over a legend."""

import numpy as np
import pandas as pd
import pytest

from ingest.imagery.history import COLOURS, Panel, PlaceHistory, Sight
from ingest.imagery.history_picture import side_by_side

GREY = 120
HEAD, GAP = 34, 12


def panel(*, mm, width=400, height=300, aligned=True):
    image = np.full((height, width, 3), GREY, np.uint8)
    sight = Sight("f1", "run", pd.Timestamp(2025, 4, 1, tz="UTC"), image, mm, 0.0, True, pd.DataFrame())
    return Panel(sight, aligned, "", 1.0, image)


def picture(*panels):
    return side_by_side(PlaceHistory(panels, pd.DataFrame()))


def bar(whole, left, width, height):
    """Return the length of the longest dark line below a panel. [px]"""
    foot = whole[HEAD + height : HEAD + height + 30, left : left + width]
    return int((foot < 60).all(axis=2).sum(axis=1).max())


def test_panels_stand_side_by_side_under_their_day():
    whole = picture(panel(mm=8.0, width=300, height=200), panel(mm=8.0))
    assert whole.shape[1] == 300 + GAP + 400
    assert (whole[HEAD : HEAD + 200, :300] == GREY).all()
    assert (whole[HEAD : HEAD + 300, 312:] == GREY).all()


@pytest.mark.parametrize(("mm", "length"), [(8.0, 125), (4.0, 250)])
def test_a_bar_of_one_metre_lies_below_each_panel(mm, length):
    whole = picture(panel(mm=mm), panel(mm=mm))
    # marks at the ends and the text behind are as dark
    assert length <= bar(whole, 0, 400, 300) <= length + 20
    assert length <= bar(whole, 412, 400, 300) <= length + 20


def test_a_panel_has_the_scale_it_is_shown_in():
    older = panel(mm=10.0)
    # laid over the newest it has the newest's scale, else its own, and where none is known no bar
    apart, unknown = panel(mm=10.0, aligned=False), panel(mm=np.nan, aligned=False)
    newest = panel(mm=5.0)
    lengths = [bar(picture(first, newest), 0, 400, 300) for first in (older, apart, unknown)]
    assert 200 <= lengths[0] <= 220
    assert 100 <= lengths[1] <= 120
    assert lengths[2] == 0


def test_the_legend_below_shows_every_colour():
    whole = picture(panel(mm=8.0))
    shades = {tuple(int(v) for v in shade) for shade in np.unique(whole[HEAD + 330 :].reshape(-1, 3), axis=0)}
    assert set(COLOURS.values()) <= shades
