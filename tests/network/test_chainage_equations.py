"""Chainage equations: a long and a short chain by hand, and properties of any table of pieces."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pavement.network.chainage import Chainage, parse, posted, posted_chainages
from pavement.network.chainage_equations import (
    equation_faults,
    measures_of_posted,
    no_equations,
    posted_of_measures,
)
from tests.examples import examples

LIMITS = pd.DataFrame({"route": ["N1"], "direction": ["S"], "from_m": [0.0], "to_m": [2000.0]})


def pieces(*rows) -> pd.DataFrame:
    """Return a table of (piece, from_m, to_m, posted_m) of N1 southbound."""
    frame = pd.DataFrame(rows, columns=["piece", "from_m", "to_m", "posted_m"])
    return frame.assign(route="N1", direction="S")


# by hand: signs run 0+000 … 0+800, the last 200 m come again (a bend was lengthened), on to 1+300, then 200 m are cut
LONG_AND_SHORT = pieces(
    ("", 0.0, 600.0, 0.0), ("A", 600.0, 800.0, 600.0), ("B", 800.0, 1000.0, 600.0), ("", 1000.0, 1500.0, 800.0),
    ("", 1500.0, 2000.0, 1500.0),
)  # fmt: skip


def asked(*places: tuple[float, str]) -> pd.DataFrame:
    return pd.DataFrame(
        {"route": "N1", "direction": "S", "posted": [p for p, _ in places], "piece": [k for _, k in places]}
    )


def found(place: float, piece: str = "", end="start") -> list[float]:
    return measures_of_posted(asked((place, piece)), LONG_AND_SHORT, end=end)["measure"].tolist()


@pytest.mark.parametrize(
    ("text", "piece", "end", "measures"),
    [
        (100.0, "", "start", [100.0]),
        (700.0, "", "start", [700.0, 900.0]),  # long chain: both, never the first
        (700.0, "A", "start", [700.0]),
        (700.0, "B", "start", [900.0]),
        (700.0, "C", "start", []),
        (1400.0, "", "start", []),  # short chain: no such sign
        (1250.0, "", "start", [1450.0]),
        (1600.0, "", "start", [1600.0]),
        (800.0, "", "start", [1000.0]),  # a start on the border belongs to what begins there
        (800.0, "", "end", [800.0, 1000.0]),
        (800.0, "A", "end", [800.0]),
        (600.0, "", "end", [600.0]),
        (1500.0, "", "end", [1500.0]),
        (1300.0, "", "start", [1500.0]),
        (2000.0, "", "start", [2000.0]),
    ],
)
def test_by_hand(text: float, piece: str, end: str, measures: list[float]) -> None:
    assert found(text, piece, end) == measures


def test_signs_at_measures_by_hand() -> None:
    places = pd.DataFrame(
        {"route": "N1", "direction": "S", "measure": [0.0, 700.0, 800.0, 900.0, 1500.0, 2000.0, np.nan]}
    )
    starts = posted_of_measures(places, LONG_AND_SHORT)
    assert starts["posted"].tolist()[:-1] == [0.0, 700.0, 600.0, 700.0, 1500.0, 2000.0]
    assert starts["piece"].tolist() == ["", "A", "B", "B", "", "", ""]
    ends = posted_chainages(places[:-1], "measure", LONG_AND_SHORT, end="end")
    assert ends.tolist() == ["0k+000", "0k+700A", "0k+800A", "0k+700B", "1k+300", "2k+000"]


def test_a_route_without_equations_is_posted_by_its_measure() -> None:
    other = asked((700.0, "")).assign(route="N3")
    for equations in (LONG_AND_SHORT, no_equations()):
        assert measures_of_posted(other, equations)["measure"].tolist() == [700.0]
        place = pd.DataFrame({"route": ["N3"], "direction": ["S"], "measure": [700.0]})
        assert posted_of_measures(place, equations)["posted"].tolist() == [700.0]
    assert measures_of_posted(other.assign(piece="A"), LONG_AND_SHORT).empty


def test_length_is_a_difference_of_measures_not_of_signs() -> None:
    ends = (
        measures_of_posted(asked((600.0, "A")), LONG_AND_SHORT),
        measures_of_posted(asked((800.0, "B")), LONG_AND_SHORT),
    )
    assert ends[1]["measure"][0] - ends[0]["measure"][0] == 400.0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("25k+300A", Chainage("", 25300.0, "", "A")),
        ("國道1號 25k+300（B） 南下", Chainage("N1", 25300.0, "S", "B")),
        ("N1 25k+300 b S", Chainage("N1", 25300.0, "S", "B")),
        ("25k+300後 南下", Chainage("", 25300.0, "S", "後")),
        ("國道3甲 25k+300A", Chainage("N3A", 25300.0, "", "A")),
        ("25k+300 S", Chainage("", 25300.0, "S", "")),
        ("25.3k E", Chainage("", 25300.0, "E", "")),
    ],
)
def test_suffixes_are_read_and_directions_stay_directions(text: str, expected: Chainage) -> None:
    assert parse(text) == expected


def test_posted_with_a_suffix_is_read_back() -> None:
    for language in ("zh_TW", "en"):
        assert parse(posted("N1", 700.0, "S", language=language, piece="B")) == Chainage("N1", 700.0, "S", "B")


@pytest.mark.parametrize(
    ("table", "rules"),
    [
        (LONG_AND_SHORT, []),
        (LONG_AND_SHORT.assign(piece=""), ["long chain"]),
        (LONG_AND_SHORT.drop(index=[1]), ["gap"]),
        (LONG_AND_SHORT.drop(index=[4]), ["ends"]),
        (pieces(("", 0.0, 2000.0, 0.0), ("", 1900.0, 2000.0, 2500.0)), ["gap"]),
        (pieces(("", 2000.0, 0.0, 0.0)), ["order"]),
    ],
)
def test_tables_that_are_no_partition_are_told(table: pd.DataFrame, rules: list[str]) -> None:
    assert equation_faults(table, LIMITS)["rule"].unique().tolist() == rules


@st.composite
def tables(draw) -> pd.DataFrame:
    """Return pieces with jumps forward and back, each with a suffix of its own."""
    steps = draw(st.lists(st.tuples(st.integers(20, 400), st.integers(-300, 300)), min_size=1, max_size=4))
    rows, measure, sign = [], 1000.0, 5000.0
    for (length, jump), name in zip(steps, "ABCD", strict=False):
        rows.append((name, measure, measure + length, sign))
        measure, sign = measure + length, sign + length + jump
    return pieces(*rows)


@settings(max_examples=examples(80), deadline=None)
@given(tables(), st.lists(st.floats(0, 0.999), min_size=1, max_size=8))
def test_every_measure_comes_back_from_its_sign(table: pd.DataFrame, shares: list[float]) -> None:
    low, high = table["from_m"].min(), table["to_m"].max()
    places = pd.DataFrame({"route": "N1", "direction": "S", "measure": low + np.array(shares) * (high - low)})
    signs = posted_of_measures(places, table)
    back = measures_of_posted(places.assign(**signs), table)
    assert back["row"].tolist() == list(range(len(places)))
    np.testing.assert_allclose(back["measure"], places["measure"], atol=1e-6)
    without = measures_of_posted(places.assign(posted=signs["posted"], piece=""), table)
    near = without.merge(places.reset_index(names="row"), on="row")
    assert ((near["measure_x"] - near["measure_y"]).abs() < 1e-6).groupby(near["row"]).any().all()


@settings(max_examples=examples(60), deadline=None)
@given(tables())
def test_lengths_of_pieces_add_up_to_the_route(table: pd.DataFrame) -> None:
    assert (table["to_m"] - table["from_m"]).sum() == pytest.approx(table["to_m"].max() - table["from_m"].min())
    limits = LIMITS.assign(from_m=table["from_m"].min(), to_m=table["to_m"].max())
    assert equation_faults(table, limits).empty
