"""Draws: spread as the intervals say, true to themselves over the years, never healing, the same for the same seed."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from models.draws import Memory, _Fan, _futures, _Plan, draws, memory_of, residual_correlation
from models.fallback import ageing_curve
from models.fitting import Judged
from models.targets import target_of
from models.treated import courses
from pavement.errors import ModelError

MODELS = {kind: ageing_curve(kind, level=0.9) for kind in ("iri", "rut")}
NONE = pd.DataFrame({"cell": [], "year": [], "treatment": []}).astype({"year": int})
FREE = {kind: Memory(0.3, 0.8) for kind in MODELS}


def cells(count: int = 30) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"unit": [f"c{i:03d}" for i in range(count)], "time": 2024.5, "age": 8.0})
    frame["iri"], frame["rut"] = rng.uniform(1, 3, count), rng.uniform(2, 12, count)
    return frame.assign(block=[f"b{i // 10}" for i in range(count)], sn=5.0, esal=1e6)


def works(year: int = 2030) -> pd.DataFrame:
    return pd.DataFrame({"cell": [f"c{i:03d}" for i in range(0, 30, 2)], "year": year, "treatment": "overlay"})


@pytest.mark.parametrize("actions", [NONE, works()], ids=["none", "overlay"])
def test_quantiles_of_the_draws_are_those_of_the_intervals(actions: pd.DataFrame) -> None:
    """At each year; the lower end where it lies above what the present can be, since roads do not heal."""
    found = draws(cells(), actions, years=20, models=MODELS, n=200, seed=1)
    said = courses(cells(), actions, years=20, models=MODELS)
    for kind, course in said.courses.items():
        low, middle, high = np.quantile(found[kind], [0.05, 0.5, 0.95], axis=1)
        width = course.high - course.low
        np.testing.assert_array_less(np.abs(middle - course.value)[:, 1:], 0.03 * width[:, 1:])
        np.testing.assert_array_less(np.abs(high - course.high)[:, 1:], 0.03 * width[:, 1:])
        # the lower end rests on the lowest it can have come from since the present or the last work
        rests = np.column_stack([low[:, 0], course.low[:, 1:]])
        for part in (slice(0, 6), slice(6, 21)) if len(actions) else (slice(0, 21),):
            rests[:, part] = np.maximum.accumulate(rests[:, part], axis=1)
        treated = np.arange(30) % 2 == 0 if len(actions) else np.full(30, True)
        np.testing.assert_array_less(np.abs(low - rests)[treated, 1:], 0.05 * width[treated, 1:])


def test_the_present_is_as_uncertain_as_one_survey() -> None:
    found = draws(cells(), NONE, years=3, models=MODELS, n=400, seed=1)["iri"][:, :, 0]
    np.testing.assert_allclose(found.std(axis=1), 0.077, rtol=0.03)


def test_m7_no_future_heals_without_work_and_work_resets_each() -> None:
    found = draws(cells(), works(2030), years=20, models=MODELS, n=50, seed=2)
    for values in found.values():
        moves = np.diff(values, axis=2)
        assert moves[1::2].min() >= -1e-6
        assert np.delete(moves[::2], 5, axis=2).min() >= -1e-6
        assert (moves[::2, :, 5] < 0).mean() > 0.9


@pytest.mark.parametrize("treated", [False, True])
def test_m8_no_future_leaves_the_scale(*, treated: bool) -> None:
    """Cracking of 0, 5, 99 and 100 %, and IRI and ruts at the ends of theirs, with and without work."""
    states = cells(4).assign(iri=[0.2, 2.0, 15.9, 16.0], rut=[0.0, 9.0, 99.0, 100.0])
    states = states.assign(crack_percent=[0.0, 5.0, 99.0, 100.0])
    models = MODELS | {"crack_percent": ageing_curve("crack_percent", level=0.9)}
    actions = works().iloc[:2] if treated else NONE
    found = draws(states, actions, years=20, models=models, n=200, seed=1)
    said = courses(states, actions, years=20, models=models)
    for kind, high in {"iri": 16, "rut": 100, "crack_percent": 100}.items():
        assert found[kind].min() >= 0
        assert found[kind].max() <= high
        # most of the width of the interval is still there
        width = np.subtract(*np.quantile(found[kind], [0.95, 0.05], axis=1))[:, 1:]
        assert (width[1] > 0.5 * (said.courses[kind].high - said.courses[kind].low)[1, 1:]).all()
    if not treated:
        assert (np.diff(found["crack_percent"], axis=2) >= 0).all()


def test_the_same_seed_gives_the_same_bytes_and_another_one_does_not() -> None:
    one, two, other = (draws(cells(), works(), years=9, models=MODELS, n=20, seed=s) for s in (7, 7, 8))
    for kind in MODELS:
        assert one[kind].tobytes() == two[kind].tobytes()
        assert one[kind].tobytes() != other[kind].tobytes()


def test_ranks_are_correlated_as_the_memory_says_where_roads_age_by_more_than_they_differ() -> None:
    memory = Memory(0.3, 0.8)
    plan = _Plan.of(500, 10, 3, memory)
    steps = np.arange(11, dtype=np.float32)[:, None] * np.ones((1, 40), dtype=np.float32)
    fan = _Fan(20 * steps, 1 + 0 * steps, 1 + 0 * steps, target_of("iri"))
    rng = np.random.default_rng(0)
    score = plan.scores[np.argsort(rng.random((500, 40)), axis=0)]
    found = _futures(fan, np.zeros((40, 11), dtype=np.int64), plan, score)
    for apart in (1, 3, 8):
        seen = np.mean([np.corrcoef(found[1, :, c], found[1 + apart, :, c])[0, 1] for c in range(40)])
        assert seen == pytest.approx(0.3 + 0.7 * 0.8**apart, abs=0.05)


def test_a_place_keeps_its_rank_at_least_as_its_memory_says() -> None:
    found = draws(cells(), NONE, years=12, models=MODELS, n=200, seed=3, memory=FREE)["iri"]
    seen = np.mean([np.corrcoef(f[:, 4], f[:, 9])[0, 1] for f in found])
    assert 0.3 + 0.7 * 0.8**5 - 0.05 < seen < 0.999


def test_cells_are_drawn_apart_and_neighbours_together_where_asked() -> None:
    plain = draws(cells(), NONE, years=5, models=MODELS, n=400, seed=4)["iri"][:, :, 5]
    near = {kind: Memory(0.3, 0.8, block=0.5) for kind in MODELS}
    beside = draws(cells(), NONE, years=5, models=MODELS, n=400, seed=4, memory=near)["iri"][:, :, 5]

    def mean(values: np.ndarray, *, same: bool) -> float:
        matrix, block = np.corrcoef(values), np.arange(30) // 10
        wanted = (block[:, None] == block[None, :]) == same
        return float(matrix[wanted & ~np.eye(30, dtype=bool)].mean())

    assert abs(mean(plain, same=True)) < 0.03
    assert mean(beside, same=True) == pytest.approx(0.5, abs=0.05)
    assert abs(mean(beside, same=False)) < 0.04
    with pytest.raises(ModelError, match="block"):
        draws(cells().drop(columns="block"), NONE, years=5, models=MODELS, n=20, seed=4, memory=near)


def judged(shared: float, yearly: float, noise: float, count: int = 3000) -> Judged:
    """Return residuals of known correlation at horizons 1 to 8, each with its own survey noise."""
    rng = np.random.default_rng(6)
    horizon = np.arange(1, 9)
    apart = np.abs(horizon[:, None] - horizon[None, :])
    matrix = (1 - noise) * (shared + (1 - shared) * yearly**apart) + noise * (apart == 0)
    width = np.sqrt(horizon) * 0.2
    residual = rng.multivariate_normal(np.zeros(8), matrix, count) * width / norm.ppf(0.95)
    pairs = pd.DataFrame(
        {
            "unit": np.repeat([f"u{i}" for i in range(count)], 8),
            "time": 2015.0,
            "horizon": np.tile(horizon.astype(float), count),
            "increment": residual.ravel(),
        }
    )
    forecast = pd.DataFrame({"forecast": np.zeros(len(pairs))})
    return Judged(pairs, forecast, np.tile(width, count))


def test_the_memory_of_residuals_is_recovered_without_the_noise_of_surveys() -> None:
    found = memory_of(judged(0.4, 0.7, 0.3))
    assert found.shared == pytest.approx(0.4, abs=0.1)
    assert found.yearly == pytest.approx(0.7, abs=0.1)
    table = residual_correlation(judged(0.4, 0.7, 0.3)).set_index(["near", "far"])
    assert table.loc[(1, 2), "correlation"] == pytest.approx(0.7 * (0.4 + 0.6 * 0.7), abs=0.04)


def test_few_horizons_leave_the_memory_of_the_parameters() -> None:
    few = judged(0.4, 0.7, 0.3, count=40)
    assert memory_of(few) == Memory(0.05, 0.9)


def test_too_few_draws_are_refused() -> None:
    with pytest.raises(ModelError, match="5 draws"):
        draws(cells(), NONE, years=5, models=MODELS, n=5, seed=1)
