"""Overlaps of stretches with cells, against a plain double loop."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from pavement.condition.joins import lane_counts, overlaps
from tests.condition.conftest import made_cells
from tests.examples import examples

STRETCH = st.tuples(
    st.sampled_from(["N", "S", "E"]), st.sampled_from(["", "1", "2", "9"]), st.integers(0, 60), st.integers(0, 60)
)


def plain(stretches: pd.DataFrame, cells: pd.DataFrame) -> list[tuple[int, int, float, float]]:
    found = []
    for i, a in enumerate(stretches.itertuples()):
        for j, b in enumerate(cells.itertuples()):
            length = min(a.to_m, b.to_m) - max(a.from_m, b.from_m)
            if (a.route, a.direction) == (b.route, b.direction) and a.lane in ("", b.lane) and length > 0:
                found.append((i, j, max(a.from_m, b.from_m), length))
    return sorted(found)


@settings(max_examples=examples(40), deadline=None)
@given(st.lists(STRETCH, max_size=8))
def test_equals_the_plain_loop(rows: list[tuple[str, str, int, int]]) -> None:
    cells = made_cells(count=5).sample(frac=1, random_state=1)
    frame = pd.DataFrame(
        [("N1", d, lane, 10.0 * a, 10.0 * (a + b)) for d, lane, a, b in rows],
        columns=["route", "direction", "lane", "from_m", "to_m"],
    )
    got = overlaps(frame, cells).sort_values(["stretch", "cell"])
    assert [tuple(r) for r in got.itertuples(index=False)] == plain(frame, cells)


def test_lanes_are_counted_where_they_run() -> None:
    cells = made_cells(lanes=("1", "2", "shoulder_out"), count=4)
    cells = cells[~((cells["lane"] == "2") & (cells["from_m"] >= 200))]
    counts = pd.Series(lane_counts(cells), index=cells["from_m"])
    assert counts.groupby(level=0).unique().map(np.ndarray.tolist).tolist() == [[2], [2], [1], [1]]
