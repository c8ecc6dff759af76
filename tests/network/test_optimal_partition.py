"""The borders that cost least, against every choice of borders."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pavement.network.optimal_partition import optimal_borders
from tests.examples import examples


def cost_of(value, weight, at, borders, penalty, minimum) -> float:
    """Return the cost of one choice of borders, in plain words; infinite where a section is too short."""
    ends = [*borders[1:], len(value)]
    total = penalty * (len(borders) - 1)
    for low, high in zip(borders, ends, strict=True):
        if at[high] - at[low] < minimum - 1e-3:
            return np.inf
        v, w = value[low:high], weight[low:high]
        mean = np.average(v, weights=w) if w.sum() > 0 else 0.0
        total += float((w * (v - mean) ** 2).sum())
    return total


def every_choice(count: int):
    for size in range(count):
        for inner in itertools.combinations(range(1, count), size):
            yield [0, *inner]


PIECES = st.lists(
    st.tuples(
        st.floats(0, 10).map(lambda v: round(v, 2)), st.sampled_from([0.0, 0.5, 1.0, 2.0]), st.sampled_from([60, 100])
    ),
    min_size=1,
    max_size=9,
)


@settings(max_examples=examples(120), deadline=None)
@given(PIECES, st.sampled_from([0.01, 0.5, 3.0, 40.0]), st.sampled_from([0, 100, 230, 400]))
def test_no_choice_of_borders_costs_less(pieces, penalty, minimum) -> None:
    value, weight, length = (np.array(c, dtype=float) for c in zip(*pieces, strict=True))
    at = np.concatenate([[0.0], np.cumsum(length)])
    found = optimal_borders(value, weight, at, penalty=penalty, minimum=minimum)
    least = min(cost_of(value, weight, at, choice, penalty, minimum) for choice in every_choice(len(value)))
    if np.isinf(least):
        assert found.tolist() == [0]
    else:
        assert cost_of(value, weight, at, found, penalty, minimum) == pytest.approx(least, abs=1e-9)


def test_a_high_level_loses_no_digits() -> None:
    value = 1e6 + np.repeat([0.0, 1.0], 20)
    at = np.arange(41) * 100.0
    assert optimal_borders(value, np.ones(40), at, penalty=1.0, minimum=300).tolist() == [0, 20]
