"""The forecast under a plan: reset to a level with its spread, then its own rate; never healing without work."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from models.fallback import ageing_curve
from models.fitting import FittedModel, Judged
from models.forecast import forecast_states, increments, increments_along
from models.panel import last_states
from models.resets import default_resets
from models.treated import courses, forecast
from pavement.errors import ModelError
from tests.examples import examples

MODELS = {kind: ageing_curve(kind, level=0.9) for kind in ("iri", "rut", "crack_percent")}
NONE = pd.DataFrame({"cell": [], "year": [], "treatment": []}).astype({"year": int})


def cells(count: int = 1, **values: float) -> pd.DataFrame:
    base = {"time": 2024.4, "iri": 2.0, "rut": 9.0, "crack_percent": 30.0, "age": 12.0, "sn": 5.0, "esal": 1e6}
    base |= {"asphalt_mm": 200.0, "iri_slope": 0.1}
    frame = pd.DataFrame([base | values] * count)
    return frame.assign(unit=[f"c{i}" for i in range(count)])


def works(*rows: tuple[str, int, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["cell", "year", "treatment"])


def of(found: pd.DataFrame, kind: str, cell: str = "c0") -> pd.DataFrame:
    return found[(found["kind"] == kind) & (found["cell"] == cell)].set_index("year")


def changed(**values: object) -> pd.DataFrame:
    """Return the default resets with values of mill and overlay, IRI, changed."""
    frame = default_resets()
    own = (frame["treatment"] == "mill_overlay") & (frame["kind"] == "iri")
    return frame.assign(**{name: frame[name].where(~own, value) for name, value in values.items()})


def test_without_actions_it_is_the_forecast_of_the_states() -> None:
    found = forecast(cells(3), NONE, years=12, models=MODELS)
    plain = forecast_states(cells(3), years=12, models=MODELS)
    for column in ("value", "low", "high", "basis"):
        assert found[column].tolist() == plain[column].tolist()
    assert set(found["treatment"]) == {""}


def test_work_resets_to_the_level_and_the_surface_ages_as_a_new_one() -> None:
    found = of(forecast(cells(), works(("c0", 2027, "mill_overlay")), years=10, models=MODELS), "iri")
    assert found.loc[2026, "value"] > 2.0
    assert found.loc[2027, "value"] == pytest.approx(0.85)
    assert found.loc[2027, ["treatment", "reset"]].tolist() == ["mill_overlay", "default"]
    # the same thickness comes off and on: the strength stays, the age is 0
    renewed = forecast_states(cells(iri=0.85, age=0.0), years=7, models={"iri": MODELS["iri"]})
    np.testing.assert_allclose(found.loc[2027:, "value"], renewed["value"], atol=1e-9)


def test_the_spread_of_the_level_enters_the_interval() -> None:
    """At the year of work the interval is that of the level alone; later both spreads add as squares."""
    found = of(forecast(cells(), works(("c0", 2027, "mill_overlay")), years=10, models=MODELS), "iri")
    reach = norm.ppf(0.95) * 0.2
    assert found.loc[2027, "high"] == pytest.approx(0.85 * np.exp(reach))
    assert found.loc[2027, "low"] == pytest.approx(0.85 * np.exp(-reach))
    alone = forecast_states(cells(iri=0.85, age=0.0), years=5, models={"iri": MODELS["iri"]}).iloc[-1]
    wide = np.hypot(0.85 * np.expm1(reach), alone["high"] - alone["value"])
    assert found.loc[2032, "high"] - found.loc[2032, "value"] == pytest.approx(wide)


def test_the_later_rate_is_that_of_the_resets() -> None:
    plain, fast = (
        of(forecast(cells(), works(("c0", 2027, "mill_overlay")), years=10, models=MODELS, resets=r), "iri")["value"]
        for r in (None, changed(rate_factor=1.5))
    )
    assert fast[2034] - fast[2027] == pytest.approx(1.5 * (plain[2034] - plain[2027]))


def test_work_never_makes_worse_unless_the_data_say_so() -> None:
    smooth = cells(iri=0.6, age=3.0)
    todo = works(("c0", 2025, "mill_overlay"))
    assert of(forecast(smooth, todo, years=3, models=MODELS), "iri").loc[2025, "value"] < 0.7
    free = forecast(smooth, todo, years=3, models=MODELS, resets=changed(capped=False))
    assert of(free, "iri").loc[2025, "value"] == pytest.approx(0.85)


def test_sealing_and_patching_lower_no_roughness_and_sealing_holds_cracks_still() -> None:
    plain = forecast(cells(), NONE, years=10, models=MODELS)
    for treatment in ("crack_seal", "patching", "pothole_patch"):
        found = forecast(cells(), works(("c0", 2027, treatment)), years=10, models=MODELS)
        for kind in ("iri", "rut"):
            assert of(found, kind)["value"].tolist() == of(plain, kind)["value"].tolist()
            assert of(found, kind).loc[2030, "reset"] == "rule"
    sealed, left = (
        of(forecast(cells(), works(("c0", 2027, "crack_seal")), years=10, models=MODELS), "crack_percent"),
        of(plain, "crack_percent"),
    )
    assert sealed.loc[2027:2030, "value"].tolist() == [left.loc[2027, "value"]] * 4
    assert sealed.loc[2034, "value"] == pytest.approx(left.loc[2031, "value"])
    assert (sealed["high"] - sealed["low"]).diff().dropna().min() >= -1e-9


def test_old_cracks_come_back_by_the_share_of_the_treatment() -> None:
    found = of(forecast(cells(), works(("c0", 2025, "overlay")), years=19, models=MODELS), "crack_percent")
    before = of(forecast(cells(), NONE, years=19, models=MODELS), "crack_percent").loc[2025, "value"]
    new = forecast_states(
        cells(crack_percent=0.0, age=0.0), years=18, models={"crack_percent": MODELS["crack_percent"]}
    )
    # 45 % of them at the end of a life of 10 years, half of that after 5
    assert found.loc[2030, "value"] - new["value"].iloc[5] == pytest.approx(0.45 * before / 2)
    assert found.loc[2036, "value"] - new["value"].iloc[11] == pytest.approx(0.45 * before)


def test_several_works_on_a_cell_and_none_on_another() -> None:
    todo = works(("c1", 2033, "mill_overlay"), ("c1", 2026, "overlay"), ("c1", 2029, "crack_seal"))
    found = forecast(cells(2), todo, years=12, models=MODELS)
    plain = forecast(cells(2), NONE, years=12, models=MODELS)
    assert of(found, "iri")["value"].tolist() == of(plain, "iri")["value"].tolist()
    path = of(found, "iri", "c1")
    assert path["value"].diff().loc[[2026, 2033]].lt(0).all()
    assert path["value"].diff().drop([2024, 2026, 2033]).ge(0).all()
    assert path["treatment"].loc[[2025, 2026, 2029, 2033]].tolist() == ["", "overlay", "crack_seal", "mill_overlay"]


def test_beyond_what_was_learned_counts_from_the_work() -> None:
    found = of(forecast(cells(), works(("c0", 2034, "mill_overlay")), years=20, models=MODELS), "iri")["basis"]
    assert found[[2032, 2033, 2034, 2042, 2043]].tolist() == ["curve", "extrapolated", "curve", "curve", "extrapolated"]


def test_a_level_that_nobody_knows_leaves_no_forecast() -> None:
    todo = works(("c0", 2027, "mill_overlay"))
    found = of(forecast(cells(), todo, years=5, models=MODELS, resets=changed(level=np.nan, basis="unknown")), "iri")
    assert found.index.max() == 2026


@given(
    iri=st.floats(0.5, 6),
    crack=st.floats(0, 90),
    age=st.floats(0.1, 40),
    year=st.integers(2024, 2040),
    treatment=st.sampled_from(["mill_overlay", "thin_overlay", "crack_seal", "patching"]),
)
@settings(max_examples=examples(40), deadline=None)
def test_m7_m8_no_healing_but_by_work_and_ordered_intervals(
    fitted: tuple[FittedModel, Judged], iri: float, crack: float, age: float, year: int, treatment: str
) -> None:
    state = cells(
        iri=iri, crack_percent=crack, age=age, iri_rise=0.1, iri_gap=0.0, iri_beside=0.0, iri_campaign=0.0
    ).assign(rut_slope=0.1, rut_rise=0.2, rut_gap=0.0, rut_beside=0.0, rut_campaign=0.0)
    models = MODELS | {"iri": fitted[0]}
    found = courses(state, works(("c0", year, treatment)), years=20, models=models)
    for course in found.courses.values():
        value, low, high = (a[0] for a in (course.value, course.low, course.high))
        moves = np.delete(np.diff(value), max(year - 2024 - 1, 0))
        assert (moves >= -1e-9).all()
        assert ((low <= value + 1e-9) & (value <= high + 1e-9)).all()
        assert low.min() >= 0
        assert high.max() <= 100
        work = year - 2024
        for part in (high[:work] - value[:work], high[work:] - value[work:]):
            assert (np.diff(part) >= -1e-9).all() or high.max() > 15


def test_two_years_at_once_and_one_by_one_agree(fitted: tuple[FittedModel, Judged], panel: pd.DataFrame) -> None:
    """Two steps tell what one of twice the length tells, on the last surveys of the made road."""
    start = last_states(panel)
    at_once = increments(fitted[0], start, np.full(len(start), 2.0))[0]
    first = increments(fitted[0], start, np.full(len(start), 1.0))[0]
    later = start.assign(iri=start["iri"] + first, age=start["age"] + 1, iri_rise=start["iri_rise"] + first)
    second = increments(fitted[0], later, np.full(len(start), 1.0))[0]
    # the noise of one survey, targets.csv
    apart = np.abs(at_once - first - second)
    assert apart.max() < 0.077
    assert apart.mean() < 0.077 / 3


def test_paths_say_what_single_horizons_say(fitted: tuple[FittedModel, Judged]) -> None:
    states = cells(6, iri_rise=0.1, iri_gap=0.0, iri_beside=0.0, iri_campaign=0.0).assign(
        rut_slope=0.1, rut_rise=0.2, rut_gap=0.0, rut_beside=0.0, rut_campaign=0.0
    )
    ahead = np.array([0.0, 0.4, 1.0, 3.0, 5.5, 9.0])[:, None] + np.arange(15)
    change, width = increments_along(fitted[0], states, ahead)
    repeated = states.iloc[np.repeat(np.arange(6), 15)]
    one, wide = increments(fitted[0], repeated, ahead.ravel())
    moved = ahead > 0
    np.testing.assert_allclose(change[moved], one.reshape(ahead.shape)[moved], atol=1e-12)
    np.testing.assert_allclose(width[moved], wide.reshape(ahead.shape)[moved], atol=1e-12)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (("x9", 2027, "overlay"), "is not on a cell"),
        (("c0", 2027, "gold"), "does not know"),
        (("c0", 2020, "overlay"), "before the last survey"),
        (("c0", 2060, "overlay"), "beyond the 10 years"),
    ],
)
def test_actions_that_cannot_be_forecast_are_named(row: tuple[str, int, str], words: str) -> None:
    with pytest.raises(ModelError, match=words):
        forecast(cells(), works(row), years=10, models=MODELS)
