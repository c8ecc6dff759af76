"""Pages show places by the signs along the road."""

import pandas as pd
import pytest
from flask import Flask

from dashboard import i18n, media, signs
from pavement.network.chainage import posted_measure

PIECES = pd.DataFrame(
    {
        "route": "N1",
        "direction": "S",
        "piece": ["A", "B"],
        "from_m": [25_000.0, 26_000.0],
        "to_m": [26_000.0, 28_000.0],
        "posted_m": [25_000.0, 25_000.0],
    }
)


@pytest.fixture
def road():
    """Return the context of an app whose N1 southbound counts the 26th kilometre twice."""
    server = Flask("signs")
    server.config |= {signs.CONFIG: lambda: PIECES, "LANGUAGE": "en"}
    with server.app_context():
        yield


def test_places_tell_the_piece_they_lie_in(road):
    assert i18n.place("N1", "S", "1", 25_900, 26_000) == "N1 25k+900A – 26k+000A southbound Lane 1"
    assert i18n.place("N1", "S", "1", 26_000, 26_100) == "N1 25k+000B – 25k+100B southbound Lane 1"
    assert i18n.place("N1", "N", "1", 26_000) == "N1 26k+000 northbound Lane 1"


def test_many_places_are_told_as_each_of_them(road):
    frame = pd.DataFrame(
        {"route": "N1", "direction": ["S", "S", "N"], "lane": "2", "from_m": [25_900.0, 26_000.0, 26_000.0]}
    ).assign(to_m=lambda f: f["from_m"] + 100)
    each = [i18n.place(*row) for row in frame[["route", "direction", "lane", "from_m", "to_m"]].to_numpy()]
    assert i18n.places(frame) == each


def test_kilometre_posts_bear_the_posted_number(road):
    assert media.post_label("N1", "S", 27_000) == "26k+000B"
    assert media.post_label("N1", "N", 27_000) == "27k"


def test_without_equations_measures_are_the_signs():
    assert signs.posted_place("N1", "S", 26_000) == posted_measure(26_000)
