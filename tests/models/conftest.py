"""A made panel whose rates are known, and a model fitted to it once."""

import numpy as np
import pandas as pd
import pytest

from models.fitting import FittedModel, Judged, fit_pairs, training_pairs

SEED = 11


def made_panel(units: int = 320, surveys: int = 7, seed: int = SEED) -> pd.DataFrame:
    """Return units that roughen by 0.03 + 0.05 x load, with survey noise of 0.03."""
    rng = np.random.default_rng(seed)
    load = rng.uniform(0, 2, units)
    start, born = rng.uniform(0.8, 1.8, units), rng.uniform(0, 10, units)
    time = 2015.0 + np.arange(surveys)
    frame = pd.DataFrame(
        {
            "unit": np.repeat([f"u{i:03d}" for i in range(units)], surveys),
            "block": np.repeat([f"b{i // 8:02d}" for i in range(units)], surveys),
            "family": "AC",
            "time": np.tile(time, units),
            "epoch": 1,
            "esal": np.repeat(load * 1e6, surveys),
            "age": (np.repeat(born, surveys) + np.tile(time - 2015, units)),
        }
    )
    rate = np.repeat(0.03 + 0.05 * load, surveys)
    frame["iri"] = np.repeat(start, surveys) + rate * (frame["time"] - 2015) + rng.normal(0, 0.03, len(frame))
    frame["rut"] = 2 + 4 * frame["iri"] + rng.normal(0, 0.3, len(frame))
    return frame


@pytest.fixture(scope="session")
def panel() -> pd.DataFrame:
    return made_panel()


@pytest.fixture(scope="session")
def pairs(panel: pd.DataFrame) -> pd.DataFrame:
    return training_pairs(panel, target="iri", seed=SEED)


@pytest.fixture(scope="session")
def fitted(pairs: pd.DataFrame) -> tuple[FittedModel, Judged]:
    return fit_pairs(pairs, target="iri", seed=SEED)
