"""Treatment lengths partition the cells, respect gaps and limits, and follow condition."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pavement.errors import PlanError
from pavement.network.treatment_lengths import treatment_lengths
from tests.examples import examples


def lane(values: list[float], *, start: float = 0, name: str = "1", length: float = 100) -> pd.DataFrame:
    at = start + length * np.arange(len(values))
    return pd.DataFrame(
        {
            "cell": [f"n1-s-{name}-{round(a):06d}" for a in at],
            "route": "N1",
            "direction": "S",
            "lane": name,
            "from_m": at,
            "to_m": at + length,
            "penalty": values,
        }
    )


def made(cells: pd.DataFrame, minimum: float = 500, maximum: float = 2000) -> pd.DataFrame:
    units = treatment_lengths(cells, minimum=minimum, maximum=maximum, key="penalty", tolerance=10)
    return cells.assign(unit=units["unit"]).groupby("unit").agg(
        route=("route", "nunique"), lanes=("lane", "nunique"), start=("from_m", "min"), end=("to_m", "max"),
        length=("from_m", lambda m: 100.0 * len(m)),
    )  # fmt: skip


def test_a_step_in_condition_is_a_border() -> None:
    cells = lane([10.0] * 9 + [60.0] * 11)
    assert made(cells)["end"].tolist() == [900, 2000]
    assert made(cells).index.tolist() == ["n1-s-1-000000-000900", "n1-s-1-000900-002000"]


def test_one_bad_cell_does_not_make_a_unit_of_100_m() -> None:
    units = made(lane([10.0] * 10 + [90.0] + [10.0] * 9))
    assert (units["length"] >= 500).all()


def test_uniform_lane_is_cut_at_the_longest_length() -> None:
    units = made(lane([10.0] * 43))
    assert units["length"].sum() == 4300
    assert units["length"].between(500, 2000).all()


def test_gap_and_lane_are_never_crossed() -> None:
    cells = pd.concat([lane([5.0] * 7), lane([5.0] * 3, start=900), lane([5.0] * 4, name="2")], ignore_index=True)
    units = made(cells)
    assert sorted(units["length"]) == [300, 400, 700]
    assert (units["end"] - units["start"] == units["length"]).all()


def test_unknown_condition_stays_apart_from_known() -> None:
    units = made(lane([np.nan] * 8 + [20.0] * 8))
    assert units["end"].tolist() == [800, 1600]


def test_order_and_index_of_cells_do_not_matter() -> None:
    cells = lane([float(v) for v in np.random.default_rng(1).integers(0, 60, 50)])
    mixed = cells.sample(frac=1, random_state=2)
    first = treatment_lengths(cells, minimum=500, maximum=2000, key="penalty", tolerance=10)
    second = treatment_lengths(mixed, minimum=500, maximum=2000, key="penalty", tolerance=10)
    pd.testing.assert_frame_equal(second.sort_index(), first)


def test_limits_and_overlaps_are_refused() -> None:
    with pytest.raises(PlanError, match="at least twice"):
        made(lane([1.0]), minimum=500, maximum=900)
    with pytest.raises(PlanError, match="overlap"):
        made(pd.concat([lane([1.0] * 3)] * 2, ignore_index=True))
    empty = treatment_lengths(lane([]), minimum=500, maximum=2000, key="penalty")
    assert empty.columns.tolist() == ["cell", "unit"]
    assert empty.empty


RUNS = st.lists(
    st.tuples(
        st.integers(0, 5), st.lists(st.one_of(st.floats(0, 100), st.just(float("nan"))), min_size=1, max_size=60)
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=examples(60), deadline=None)
@given(runs=RUNS, minimum=st.sampled_from([0, 100, 300, 500]), factor=st.sampled_from([3, 4, 8]))
def test_partition_keeps_every_cell_once_unbroken_and_buildable(runs, minimum: int, factor: int) -> None:
    pieces, at = [], 0.0
    for gap, values in runs:
        at += 100.0 * gap
        pieces.append(lane(values, start=at))
        at += 100.0 * len(values)
    cells = pd.concat(pieces, ignore_index=True)
    maximum = max(minimum * factor, 300)
    units = made(cells, minimum, maximum)
    assert units["length"].sum() == 100 * len(cells)
    np.testing.assert_allclose(units["end"] - units["start"], units["length"])
    assert (units["length"] <= maximum + 1e-6).all()
    breaks = cells["from_m"] != cells["to_m"].shift()
    run = cells.groupby(breaks.cumsum())["from_m"].transform("size") * 100.0
    run_of_unit = pd.Series(run.to_numpy(), index=cells["from_m"]).loc[units["start"]].to_numpy()
    assert (units["length"] >= np.minimum(minimum, run_of_unit) - 1e-6).all()


@pytest.mark.parametrize("method", ["cda", "pelt"])
def test_homogeneous_sections_are_units_when_asked_for(method: str) -> None:
    rng = np.random.default_rng(9)
    cells = lane(list(np.repeat([10.0, 40.0, 20.0], [12, 9, 30]) + rng.normal(0, 2, 51)))
    found = treatment_lengths(cells, minimum=500, maximum=2000, key="penalty", method=method)
    ends = sorted(cells.assign(unit=found["unit"]).groupby("unit")["to_m"].max())
    assert ends == [1200, 2100, 3600, 5100]


def test_another_method_is_refused() -> None:
    with pytest.raises(PlanError, match="likeness, cda, pelt"):
        treatment_lengths(lane([1.0]), minimum=500, maximum=2000, key="penalty", method="eye")
