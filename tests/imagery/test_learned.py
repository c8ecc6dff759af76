"""What the probabilities of the network become: where a crack begins, how far it is followed, how wide it is."""

import numpy as np
import pytest

from ingest.imagery.cracks import CrackMap, likely
from ingest.imagery.learned import followed
from ingest.imagery.parameters import parameters

MM = 5.0


def shares(*parts: tuple[int, int, float], width: int = 5) -> np.ndarray:
    """Return probabilities along one line down: rows from, to and the probability there."""
    share = np.zeros((400, 200), np.float32)
    for start, end, value in parts:
        share[start:end, 100 : 100 + width] = value
    return share


def found(share: np.ndarray, **changes: float) -> np.ndarray:
    return followed(share, mm_per_pixel=MM, values=parameters(**changes))[0]


def test_crack_is_followed_where_it_fades_and_comes_back():
    mask = found(shares((50, 150, 0.9), (150, 250, 0.02), (250, 350, 0.9)))
    assert mask[52:348].any(axis=1).all()
    assert mask[60:140].sum(axis=1) == pytest.approx(np.full(80, 5))
    assert mask[160:240].sum(axis=1) == pytest.approx(np.ones(80))


def test_trace_without_a_sure_crack_is_none():
    assert not found(shares((50, 350, 0.2))).any()


@pytest.mark.parametrize(("rows", "is_crack"), [(50, False), (70, True)])
def test_sure_crack_has_to_be_long(rows, is_crack):
    """300 mm are 60 rows of 5 mm."""
    share = shares((100, 100 + rows, 0.9), (100 + rows, 350, 0.02))
    assert found(share).any() == is_crack


def test_setting_decides_how_far_a_crack_is_followed():
    share = shares((50, 150, 0.9), (150, 250, 0.02))
    assert not found(share, learned_trace=0.05)[155:].any()


def test_trace_is_as_likely_a_crack_as_what_it_joins():
    share = shares((50, 150, 0.9), (150, 250, 0.02), (250, 350, 0.7))
    mask, strength = followed(share, mm_per_pixel=MM, values=parameters())
    assert strength[mask][:, None].min() == pytest.approx(0.7)
    assert strength[200, mask[200]] == pytest.approx(0.8)


def test_crack_of_which_the_engine_is_too_little_sure_is_not_told():
    share = shares((20, 120, 0.9), (220, 320, 0.6))
    told = likely(CrackMap(share > 0.5, share > 1.0, share, MM), sure=float, least=0.7)
    assert told.crack[20:120].any()
    assert not told.crack[220:320].any()
