import numpy as np
import pandas as pd
import pytest

from models import cracking, initiation
from models.artefact import model_of, text_of
from models.curves import Curve
from models.fallback import ageing_curve
from models.first_crack import first_crack
from models.fitting import FittedModel
from models.forecast import forecast_states
from models.progression import grown, progression

LIMIT, ONSET, GROWTH, STEADY, LEVEL, SHAPE = 1.0, 4.0, 0.2, 0.03, 0.3, 1.8
COEFFICIENTS = (ONSET, GROWTH, STEADY, *((0.0, 1.0, 0.0) * 3), LIMIT, LEVEL, SHAPE, 8.0)
CURVE = Curve(cracking.NAME, "crack_percent", {"": COEFFICIENTS})


def states(**values: list[float]) -> pd.DataFrame:
    return pd.DataFrame(values)


def model() -> FittedModel:
    """Return an ageing curve that mixes nothing but the onset and growth."""
    plain = ageing_curve("crack_percent", level=0.9)
    return FittedModel(
        target="crack_percent",
        columns=("age",),
        curves=(CURVE,),
        shares={"": {cracking.NAME: 1.0}},
        booster="",
        difficulty="",
        intervals=plain.intervals,
        horizon=8.0,
        seed=1,
    )


def test_the_expected_change_is_the_mean_of_many_futures() -> None:
    """Ages at first crack drawn by their distribution, each grown from there by small steps."""
    rng, age, years = np.random.default_rng(2), 5.0, 9.0
    passed = np.exp(LEVEL) * (age / 10) ** SHAPE + rng.exponential(1, 15_000)
    onset = 10 * (passed / np.exp(LEVEL)) ** (1 / SHAPE) - age
    share, step = np.zeros(len(onset)), 0.02
    for now in np.arange(0, years, step):
        share = np.where((onset <= now) & (share == 0), ONSET / 100, share)
        share += np.where(share > 0, (STEADY + GROWTH * share) * (1 - share) * step, 0.0)
    found = CURVE.increment(states(crack_percent=[0.0], age=[age]), np.array([years]))
    assert found[0] == pytest.approx(100 * share.mean(), rel=0.015)


def test_m7_m8_it_never_heals_and_stays_on_its_scale() -> None:
    present = np.tile([0.0, 1.0, 1.1, 30.0, 99.0, 100.0], 3)
    known = states(crack_percent=list(present), age=list(np.repeat([0.0, 12.0, 60.0], 6)))
    along = np.array([CURVE.increment(known, np.full(len(known), h)) for h in (0.0, 0.5, 1, 2, 5, 10, 20, 40)])
    np.testing.assert_allclose(along[0], 0.0, atol=1e-9)
    assert (np.diff(along, axis=0) > -1e-9).all()
    assert (present + along <= 100 + 1e-9).all()


def test_growth_by_place_comes_back_and_few_units_stay_near_the_table() -> None:
    rng = np.random.default_rng(4)
    frame = states(crack_percent=list(rng.uniform(2, 60, 800)), horizon=list(rng.uniform(0.5, 1.0, 800)))
    frame = frame.assign(unit=np.arange(800), family="AC", later=2020.0, age=rng.uniform(0, 20, 800))
    pace = STEADY * (1 - 0.02 * (frame["age"] - 10))
    frame["increment"] = grown(frame["crack_percent"], frame["horizon"], GROWTH, pace) - frame["crack_percent"]
    growth, steady, _, scale, weight, *_ = progression(frame, families=[])[""]
    assert (growth, steady) == pytest.approx((GROWTH, STEADY), rel=0.15)
    assert weight / scale == pytest.approx(-0.02 * STEADY, rel=0.15)
    few = progression(frame.iloc[:1], families=["AC"])["AC"]
    # one unit by itself says .18; it counts for one against ten of the table
    assert few[1] == pytest.approx(0.03, abs=0.02)


def test_the_probability_never_falls_and_is_told_of_sound_places_alone() -> None:
    known = states(crack_percent=[0.0, 0.5, 7.0, np.nan], age=[2.0, np.nan, 4.0, 1.0]).assign(iri=1.2)
    models = {"crack_percent": model(), "iri": ageing_curve("iri", level=0.9)}
    long = forecast_states(known, years=20, models=models)
    told = first_crack(known, long, models["crack_percent"])
    sound = (long["kind"] == "crack_percent") & long["state"].isin([0, 1])
    assert told[sound].between(0, 1).all()
    assert told[~sound].isna().all()
    assert (told[sound].groupby(long["state"]).diff().dropna() > 0).all()
    assert told[sound & (long["step"] == 0)].eq(0).all()


def test_without_training_the_table_tells_the_probability_and_an_older_model_none() -> None:
    known, curve = (
        states(crack_percent=[0.0], age=[0.0], sn=[4.0], esal=[1e6]),
        ageing_curve("crack_percent", level=0.9),
    )
    long = forecast_states(known, years=5, models={"crack_percent": curve})
    # half of all crack within 2.53 years, see test_initiation
    assert first_crack(known, long, curve).tolist()[2:4] == pytest.approx([0.32, 0.65], abs=0.01)
    older = FittedModel(**{**vars(curve), "columns": ("age",)})
    assert first_crack(known, long, older).isna().all()


def test_the_text_of_a_model_keeps_it() -> None:
    text = text_of(model())
    assert text_of(model_of(text)) == text
    known = states(crack_percent=[0.0, 20.0], age=[3.0, 9.0])
    again = model_of(text).curves[0].increment(known, np.full(2, 4.0))
    assert again.tolist() == CURVE.increment(known, np.full(2, 4.0)).tolist()


def test_a_cell_just_cracked_is_no_first_crack() -> None:
    assert initiation.uncracked(states(crack_percent=[0.0, LIMIT, 1.01])).tolist() == [True, True, False]
