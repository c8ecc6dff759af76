"""A model asked along the years says what it says when it is asked of each year alone."""

import numpy as np
import pandas as pd
import pytest

from models.boosted import HORIZON, Along, boosted, booster, predicted
from models.fitting import FittedModel, Judged


@pytest.mark.parametrize("part", ["booster", "difficulty"])
def test_trees_with_and_without_the_horizon_add_up_to_the_model(
    fitted: tuple[FittedModel, Judged], pairs: pd.DataFrame, part: str
) -> None:
    model, columns = fitted[0], list(fitted[0].columns)
    text, states = getattr(model, part), pairs.head(50)
    rows, horizon = np.repeat(np.arange(50), 3), np.tile([0.7, 3.0, 8.0], 50)
    asked = Along.of(text, states, columns)
    whole = predicted(booster(text), states.iloc[rows].assign(**{HORIZON: horizon}), columns)
    np.testing.assert_allclose(asked.at(rows, horizon), whole, rtol=0, atol=1e-12)
    # both kinds of trees take part, so that neither is tested alone
    assert asked.moving is not None
    assert asked.moving.num_trees() < booster(text).num_trees()


def test_a_model_that_never_asks_for_the_horizon_says_the_same_at_each(pairs: pd.DataFrame) -> None:
    columns = ["iri", "esal", HORIZON]
    still = pairs.assign(**{HORIZON: 1.0})
    text = boosted(still, still["increment"].to_numpy(float), columns=columns, seed=1)
    asked = Along.of(text, still, columns)
    assert asked.moving is None
    np.testing.assert_allclose(asked.at(np.arange(9), np.arange(9.0)), predicted(booster(text), still.head(9), columns))
