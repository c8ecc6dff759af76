"""Directions: what `features.csv` holds to one way never acts against it, in what is learned and in the forecast."""

import numpy as np
import pandas as pd
import pytest

from models import directions
from models.fitting import FittedModel, fit_pairs
from models.forecast import forecast_states
from models.initiation import hazard
from models.panel import last_states
from models.progression import COVARIATES, progression
from pavement.schema import read_table
from tests.models.conftest import SEED
from tests.models.test_initiation import surveys

HELD = {"esal": 1, "aadtt": 1, "sn": -1, "asphalt_mm": -1, "sn_effective": -1}


def told(monkeypatch: pytest.MonkeyPatch, **ways: str) -> None:
    """Edit the table of features."""
    table = read_table("features")
    edited = table["feature"].map(ways).fillna(table["direction"])
    monkeypatch.setattr(directions, "read_table", lambda _: table.assign(direction=edited))


def twisted(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return pairs in which heavy load and thin asphalt seem to do good, beyond some measure."""
    rng = np.random.default_rng(3)
    load = pairs["esal"].to_numpy(float) / 1e6
    depth = pd.Series(rng.uniform(80, 300, pairs["unit"].nunique()), index=pairs["unit"].unique())
    asphalt = pairs["unit"].map(depth).to_numpy(float)
    wrong = 0.12 * np.maximum(load - 1.2, 0) - 0.0003 * asphalt
    return pairs.assign(asphalt_mm=asphalt, increment=pairs["increment"] - wrong * pairs["horizon"])


@pytest.fixture(scope="module")
def held(pairs: pd.DataFrame) -> FittedModel:
    return fit_pairs(twisted(pairs), target="iri", seed=SEED)[0]


def ends(panel: pd.DataFrame, model: FittedModel, column: str, values: list[float]) -> np.ndarray:
    """Return the forecasts of some cells over 20 years, (value of the column, cells and years)."""
    states = last_states(panel).head(25).assign(asphalt_mm=150.0)
    parts = [states.assign(**{column: value}) for value in values]
    found = forecast_states(pd.concat(parts, ignore_index=True), years=20, models={"iri": model})
    return found["value"].to_numpy().reshape(len(values), -1)


@pytest.mark.parametrize(("column", "sign", "top"), [("esal", 1, 3e6), ("asphalt_mm", -1, 350.0)])
def test_what_is_held_never_acts_against_its_direction_through_20_years(
    held: FittedModel, panel: pd.DataFrame, column: str, sign: int, top: float
) -> None:
    """LightGBM, curves, their mixture, the years past what was learned, and the end without healing."""
    assert held.learned
    assert held.horizon < 20
    found = ends(panel, held, column, list(np.linspace(0, top, 13)))
    assert (sign * np.diff(found, axis=0) >= -1e-9).all()
    assert np.ptp(found) > 0


def test_editing_the_table_takes_effect(
    pairs: pd.DataFrame, panel: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(monkeypatch, esal="free", asphalt_mm="free")
    free = fit_pairs(twisted(pairs), target="iri", seed=SEED)[0]
    assert np.diff(ends(panel, free, "esal", [1.2e6, 2e6]), axis=0).min() < -0.01
    assert np.diff(ends(panel, free, "asphalt_mm", [100.0, 280.0]), axis=0).max() > 0.01


def test_the_table_holds_load_to_rising_and_strength_to_falling() -> None:
    columns = [*HELD, "age", "rain_mm", "iri_slope", "x_load"]
    assert directions.directions(columns, target="iri") == [*HELD.values(), 0, 0, 0, 0]
    assert directions.held(columns, target="iri") == list(HELD)
    # measured: ruts of later years are forecast worse with load and strength held
    assert directions.held(columns, target="rut") == ["asphalt_mm"]
    assert set(read_table("features")["direction"]) <= {"rising", "free", "falling"}


def test_first_cracks_and_their_growth_keep_the_directions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Places in which heavy load seems to delay cracks and to slow their growth."""
    pairs = surveys(300)
    pairs["esal"] = np.expm1(24 - np.log1p(pairs["esal"]))
    rng = np.random.default_rng(2)
    cracked = pd.DataFrame({"crack_percent": 20.0, "esal": rng.uniform(0, 2e6, 400), "horizon": 2.0, "age": 9.0})
    cracked = cracked.assign(increment=6 - 2e-6 * cracked["esal"], sn=5.0, later=2020.0, family="AC")
    cracked["unit"] = [f"u{i}" for i in range(400)]

    def weights() -> tuple[float, float]:
        load = progression(cracked, families=[])[""][2 + 3 * COVARIATES.index("esal") + 2]
        return hazard(pairs, families=[], names=("esal",))[""][-1], load

    assert weights() == (0.0, 0.0)
    told(monkeypatch, esal="free")
    assert max(weights()) < 0
