"""Places of former versions of routes, carried on by hand-made crosswalks and in general."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pavement.network.crosswalk import carried, uncovered
from tests.examples import examples

WALK = ["old_route", "old_direction", "old_version", "old_from_m", "old_to_m",
        "route", "direction", "version", "from_m", "to_m", "turned"]  # fmt: skip


def walk(*rows) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=WALK)


def current(*routes) -> pd.DataFrame:
    return pd.DataFrame(routes, columns=["route", "direction", "version"])


def places(*stretches, route="N1", version="2010") -> pd.DataFrame:
    frame = pd.DataFrame(stretches, columns=["from_m", "to_m"], dtype=float)
    return frame.assign(route=route, direction="S", version=version)


def found(pieces: pd.DataFrame) -> list[list]:
    return pieces[["row", "route", "from_m", "to_m", "share"]].round(6).to_numpy().tolist()


def test_remeasured_by_hand() -> None:
    """1 000 m that are 1 010 m by the new measure, behind 50 m that were added at the start."""
    steps = walk(("N1", "S", "2010", 0, 1000, "N1", "S", "2020", 50, 1060, "no"))
    pieces = carried(places((0, 100), (900, 1000), (500, 500)), steps, current(("N1", "S", "2020")))
    assert found(pieces) == [[0, "N1", 50, 151, 1], [1, "N1", 959, 1060, 1], [2, "N1", 555, 555, 1]]


def test_split_and_renamed_by_hand() -> None:
    steps = walk(
        ("N1", "S", "2010", 0, 400, "N1", "S", "2020", 0, 400, "no"),
        ("N1", "S", "2010", 400, 1000, "N9", "S", "2020", 0, 600, ""),
    )
    pieces = carried(places((300, 500), (400, 400)), steps, current(("N1", "S", "2020"), ("N9", "S", "2020")))
    assert found(pieces) == [[0, "N1", 300, 400, 0.5], [0, "N9", 0, 100, 0.5], [1, "N9", 0, 0, 1]]


def test_measured_from_the_other_end_by_hand() -> None:
    steps = walk(("N1", "S", "2010", 0, 1000, "N1", "S", "2020", 0, 500, "yes"))
    pieces = carried(places((0, 100), (1000 - 1e-9, 1000 - 1e-9)), steps, current(("N1", "S", "2020")))
    assert found(pieces)[0] == [0, "N1", 450, 500, 1]


def test_realigned_part_is_a_break_in_series() -> None:
    steps = walk(
        ("N1", "S", "2010", 0, 400, "N1", "S", "2020", 0, 400, "no"),
        ("N1", "S", "2010", 700, 1000, "N1", "S", "2020", 650, 950, "no"),
    )
    pieces = carried(places((300, 800), (450, 600), (500, 500)), steps, current(("N1", "S", "2020")))
    assert found(pieces) == [[0, "N1", 300, 400, 0.2], [0, "N1", 650, 750, 0.2]]
    lost = uncovered(places((0, 1000)), steps, current(("N1", "S", "2020")))
    assert lost["lost_m"].tolist() == pytest.approx([300])


def test_pieces_that_touch_become_one() -> None:
    steps = walk(
        ("N1", "S", "2010", 0, 400, "N1", "S", "2020", 10, 420, "no"),
        ("N1", "S", "2010", 400, 1000, "N1", "S", "2020", 420, 1010, "no"),
    )
    assert found(carried(places((300, 500)), steps, current(("N1", "S", "2020")))) == [
        [0, "N1", 317.5, pytest.approx(518.333333), 1]
    ]


def test_versions_lead_on_step_by_step_and_circles_end() -> None:
    steps = walk(
        ("N1", "S", "2010", 0, 1000, "N1", "S", "2015", 100, 1100, "no"),
        ("N1", "S", "2015", 100, 1100, "N2", "S", "2020", 0, 1000, "no"),
        ("N7", "S", "a", 0, 1000, "N7", "S", "b", 0, 1000, "no"),
        ("N7", "S", "b", 0, 1000, "N7", "S", "a", 0, 1000, "no"),
    )
    both = pd.concat([places((0, 100)), places((300, 400), version="2015"), places((0, 9), route="N7", version="a")])
    pieces = carried(both.reset_index(drop=True), steps, current(("N2", "S", "2020")))
    assert found(pieces) == [[0, "N2", 0, 100, 1], [1, "N2", 200, 300, 1]]


def test_without_a_crosswalk_nothing_is_carried_but_what_is_of_today() -> None:
    mixed = pd.concat([places((0, 100)), places((5, 6), version="2020")]).reset_index(drop=True)
    assert found(carried(mixed, pd.DataFrame(), current(("N1", "S", "2020")))) == [[1, "N1", 5, 6, 1]]


@settings(max_examples=examples(60), deadline=None)
@given(
    st.lists(st.tuples(st.integers(50, 500), st.floats(0.9, 1.1), st.booleans()), min_size=1, max_size=5),
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=6),
)
def test_a_whole_crosswalk_loses_no_length_and_keeps_order_within_a_piece(parts, stretches) -> None:
    rows, old, new = [], 0.0, 0.0
    for number, (length, scale, turned) in enumerate(parts):
        way = "yes" if turned else "no"
        rows.append(("N1", "S", "2010", old, old + length, f"N{number + 2}", "S", "2020", 0.0, length * scale, way))
        old, new = old + length, new + length * scale
    asked = places(*[(min(a, b) * old, max(a, b) * old) for a, b in stretches if abs(a - b) > 0.01] or [(0.0, old)])
    pieces = carried(asked, walk(*rows), current(*[(f"N{n + 2}", "S", "2020") for n in range(len(parts))]))
    shares = pieces.groupby("row")["share"].sum()
    np.testing.assert_allclose(shares, 1.0, atol=1e-6)
    scales = pieces["route"].map({f"N{n + 2}": scale for n, (_, scale, _) in enumerate(parts)})
    before = ((pieces["to_m"] - pieces["from_m"]) / scales).groupby(pieces["row"]).sum()
    np.testing.assert_allclose(before, asked["to_m"] - asked["from_m"], atol=1e-5)
