import numpy as np
import pandas as pd
import pytest

from models.intervals import Intervals, intervals, plain_difficulty


def made(seed: int = 6) -> tuple[np.ndarray, pd.DataFrame]:
    """Return residuals of places that mostly are sound, which nearly never err, and of a few that err by much."""
    rng = np.random.default_rng(seed)
    present = np.where(rng.random(4000) < 0.7, 0.0, 20.0)
    residual = np.where(present > 0, rng.normal(0, 6, 4000), rng.normal(0, 0.5, 4000))
    block = rng.integers(0, 80, 4000).astype(str)
    return residual, pd.DataFrame({"present": present, "block": block, "horizon": rng.integers(1, 4, 4000)})


@pytest.mark.parametrize(("edges", "least"), [((), 0.0), ((1.0,), 0.87)])
def test_m8_groups_of_states_are_each_covered(edges: tuple[float, ...], least: float) -> None:
    """One quantile for both holds too few of the cracked; each its own holds nine of ten of either, also elsewhere."""
    residual, pairs = made()
    found = intervals(residual, np.ones(len(residual)), pairs, level=0.9, edges=edges)
    later, other = made(seed=7)
    width = found.half_width(other["horizon"].to_numpy(float), np.ones(len(later)), other["present"].to_numpy())
    cracked = (other["present"] > 1).to_numpy()
    inside = np.abs(later) <= width
    assert inside[cracked].mean() >= least
    assert (inside[cracked].mean() < 0.8) == (not edges)
    assert inside.mean() >= 0.88


def test_a_group_of_few_blocks_has_the_quantiles_of_all() -> None:
    residual, pairs = made()
    few = pairs.assign(present=np.where(pairs["block"] == "3", 20.0, 0.0))
    hard = np.ones(len(few))
    found, plain = (intervals(residual, hard, few, level=0.9, edges=edges) for edges in ((1.0,), ()))
    assert found.quantiles[3:] == plain.quantiles


def test_a_value_on_the_edge_belongs_to_the_lower_group() -> None:
    kept = Intervals(0.9, 0.0, (1.0, 2.0), (1.0, 2.0, 10.0, 20.0), (1.0,))
    width = kept.half_width(np.array([1.0, 1.0, 1.5]), np.ones(3), np.array([1.0, 1.1, 50.0]))
    assert width.tolist() == [1.0, 10.0, 15.0]


def test_m8_a_horizon_with_few_residuals_is_not_told_narrower_than_a_shorter_one() -> None:
    """Errors grow as the root of the years; of the last year there are a dozen residuals only."""
    rng = np.random.default_rng(5)
    horizon = np.repeat([1.0, 2.0, 3.0, 4.0], [900, 600, 300, 12])
    pairs = pd.DataFrame({"horizon": horizon, "block": [f"b{i % 60}" for i in range(len(horizon))], "present": 1.0})
    residual = rng.normal(0, np.sqrt(horizon))
    found = intervals(residual, plain_difficulty(horizon), pairs, level=0.9, reach=4.0)
    asked = np.arange(1.0, 9.0)
    width = found.half_width(asked, plain_difficulty(np.minimum(asked, 4.0)))
    assert (np.diff(width) > 0).all()
    # the normal's 90 % lies at 1.645, at twice that for four years, and beyond them the root goes on
    assert width == pytest.approx(1.645 * np.sqrt(asked), rel=0.12)
