"""Where a phone took a photo: read from EXIF, put on the network, nothing chosen that a person must say."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from ingest.exif_position import PhotoPlace, photo_place
from ingest.imagery.frames import strip_exif
from ingest.nearby import nearby
from tests.examples import examples
from tests.ingest.builders import X, Y, network_of
from tests.ingest.phone import exif, photo


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("longitude", "latitude"), [(121.5654, 25.0330), (-70.66, -33.45)])
def test_place_and_day_come_from_exif_in_either_byte_order(order, longitude, latitude):
    got = photo_place(photo(exif(longitude, latitude, order=order)))
    assert got.longitude == pytest.approx(longitude, abs=1e-6)
    assert got.latitude == pytest.approx(latitude, abs=1e-6)
    assert got.day == dt.date(2024, 5, 1)


@pytest.mark.parametrize("block", [b"", b"II*\0", exif(0.0, 0.0)[:40], b"XX" + exif(121.0, 25.0)[2:]])
def test_without_sound_exif_nothing_is_known(block):
    got = photo_place(photo(block))
    assert (got.longitude, got.latitude) == (None, None)


def test_g8_a_fix_of_zero_and_one_beyond_the_globe_are_none():
    """G8: 0/0 is what a receiver without a fix writes."""
    assert photo_place(photo(exif(0.0, 0.0))) == PhotoPlace(day=dt.date(2024, 5, 1))
    assert photo_place(photo(exif(121.0, 95.0))).latitude is None


@settings(max_examples=examples(200), deadline=None)
@given(st.binary(max_size=200), st.integers(0, 250), st.binary(max_size=8))
def test_any_bytes_give_a_place_or_none(block, at, noise):
    assert isinstance(photo_place(block), PhotoPlace)
    sound = bytearray(photo(exif(121.0, 25.0)))
    sound[at : at + len(noise)] = noise
    assert isinstance(photo_place(bytes(sound)), PhotoPlace)


def test_w12_what_is_kept_tells_no_place():
    taken = photo(exif(121.5654, 25.0330))
    assert photo_place(strip_exif(taken)) == PhotoPlace()


def degrees(x, y):
    return Transformer.from_crs("EPSG:3826", "EPSG:4326", always_xy=True).transform(x, y)


def test_a_point_by_the_road_may_mean_both_directions(served):
    found = nearby(network_of(served), *degrees(X + 8, Y - 512))
    assert [(n.route, n.direction) for n in found] == [("N1", "S"), ("N1", "N")] or len(found) == 2
    assert np.allclose([n.measure_m for n in found], 10512, atol=0.5)
    assert np.allclose([n.distance_m for n in found], 8, atol=0.1)


def test_a_point_far_from_the_road_means_none(served):
    assert nearby(network_of(served), *degrees(X + 101, Y - 500)) == []
    assert nearby(network_of(served), 0.0, 0.0) == []
    assert len(nearby(network_of(served), *degrees(X + 99, Y - 500))) == 2


def test_limits_are_rows_of_the_table():
    from ingest.formats import format_table

    row = format_table("limits").set_index("name").loc["photo_distance"]
    assert (float(row["value"]), row["unit"]) == (100.0, "m")
    assert isinstance(row["source"], str)
    assert not pd.isna(row["status"])
