"""The strip below an overlay tells its colours, or why nothing was measured."""

import numpy as np
import pandas as pd
import pytest

from ingest.imagery import hidden_road, legend
from ingest.imagery.drawing import COLOURS
from ingest.imagery.legend import cure_of, with_legend
from pavement.schema import read_table

DRAWN = np.full((50, 400, 3), 120, np.uint8)


def found(*kinds):
    types = ("longitudinal", "transverse", "pattern")
    rows = [("crack", k) if k in types else (k, "") for k in kinds]
    return pd.DataFrame(rows, columns=["kind", "type"])


def shades(strip):
    return {tuple(int(v) for v in pixel) for pixel in np.unique(strip.reshape(-1, 3), axis=0)}


@pytest.mark.parametrize("both", [True, False])
def test_it_shows_the_colours_of_what_is_there_and_leaves_the_overlay(monkeypatch, both):
    """Without the letters of OpenCV 5 it is English alone."""
    monkeypatch.setattr(legend, "_BOTH", both and legend._BOTH)
    shown = with_legend(DRAWN, found("longitudinal", "pothole", "longitudinal"))
    np.testing.assert_array_equal(shown[:50], DRAWN)
    # the rims of letters are as grey as markings
    there = (shades(shown[50:]) & set(COLOURS.values())) - {COLOURS["marking"]}
    assert there == {COLOURS["longitudinal"], COLOURS["pothole"]}


def test_many_kinds_take_more_rows_and_stay_within_the_width():
    few, many = (with_legend(DRAWN, found(*kinds)) for kinds in (["joint"], list(COLOURS)))
    assert many.shape[1] == 400
    assert many.shape[0] > few.shape[0] + 50
    assert set(COLOURS.values()) <= shades(many[50:])


def test_an_unusable_frame_says_why_and_one_without_findings_that():
    strips = [with_legend(DRAWN, found(), reason=reason)[50:] for reason in ("", "too dark", "out of focus")]
    assert all(strip.max() > 200 for strip in strips)
    assert len({strip.tobytes() for strip in strips}) == 3


def test_what_hides_the_road_is_said_with_its_size_unless_it_is_next_to_nothing():
    plain, snow, more, little = (
        with_legend(DRAWN, found(), hidden=hidden)
        for hidden in ({}, {"snow on the road": 3.9}, {"snow on the road": 2.9}, {"snow on the road": 0.01})
    )
    assert snow[50:].tobytes() != more[50:].tobytes()
    assert plain.tobytes() == little.tobytes() != snow.tobytes()


def test_every_reason_has_a_cure_in_both_languages():
    """The words of the gate are those of the table."""
    table = read_table("unusable_reasons").set_index("reason")
    gate = {"road not seen", "surface not seen", "too dark", "too bright", "badly exposed", "no contrast"}
    of_lines = {"heights without grain", "intensity cannot be judged"}
    assert set(table.index) == gate | of_lines | {"out of focus"} | set(hidden_road.REASONS.values())
    assert (table[["zh", "cure", "cure_zh"]] != "").all(axis=None)
    assert cure_of("too dark") != cure_of("too dark", language="zh_TW")
