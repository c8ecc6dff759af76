"""The first look: what it sends the line filters to, and that they give there what they give over the whole frame."""

import numpy as np
import pytest

from ingest.imagery.glance import first_look, glanced_response
from ingest.imagery.parameters import parameters
from ingest.imagery.ridges import line_response
from ingest.imagery.tiles import boxes, spread_out, tiled

from .conftest import asphalt, with_line

VALUES = parameters()
HOW = {"mm_per_pixel": 5.0, "values": VALUES}


@pytest.fixture
def level() -> np.ndarray:
    road = asphalt(height=500, width=900, grey=0.0, spread=0.6)
    return with_line(road - 3.0, [(1500.0, 300.0), (1700.0, 2200.0)], width_mm=10.0, mm=5.0, share=1.8).astype(
        np.float32
    )


def test_first_look_sees_the_line_and_little_else(level):
    tiles, spreads = first_look(level, np.ones(level.shape, bool), **HOW)
    side = int(VALUES["glance_tile"])
    assert tiles[80 // side : 420 // side, 300 // side : 341 // side].any(axis=1).all()
    assert tiles.mean() < 0.2
    assert spreads.shape == (VALUES["glance_angles"], VALUES["ridge_bands"])


def test_filters_give_where_they_work_what_they_give_over_the_whole_frame(level):
    seen = np.ones(level.shape, bool)
    part, whole = (response(level, seen, **HOW) for response in (glanced_response, line_response))
    looked = part != 0
    assert 0.01 < looked.mean() < 0.3
    assert not (whole > VALUES["ridge_high"])[~looked].any()
    # but for how streaky each says the background is
    np.testing.assert_allclose(part[looked], whole[looked], atol=0.05)


def test_nothing_where_nothing_is():
    flat = np.zeros((200, 300), np.float32)
    assert not glanced_response(flat, np.ones(flat.shape, bool), **HOW).any()


@pytest.mark.parametrize("seed", range(5))
def test_rectangles_hold_all_tiles_and_are_less_work_than_one(seed):
    rng = np.random.default_rng(seed)
    tiles = tiled(rng.random((540, 960)) > 0.99997, side=16)
    covered = np.zeros(tiles.shape, bool)
    for top, bottom, left, right in boxes(tiles, margin=1.0):
        covered[top:bottom, left:right] = True
    assert covered[tiles].all()
    assert covered.mean() < 0.6
    assert spread_out(tiles, (540, 960), side=16).shape == (540, 960)


def test_no_tile_no_rectangle():
    assert boxes(np.zeros((4, 5), bool), margin=1.0) == []
