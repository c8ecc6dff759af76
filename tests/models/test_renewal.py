"""A work after the last survey is what is known of a cell."""

import numpy as np
import pandas as pd
import pytest

from models.renewal import renewed_states
from tests.condition.test_quality import NONE, repaired

CELLS = pd.DataFrame(
    {"cell": ["a", "b"], "route": "N1", "direction": "S", "lane": "1", "from_m": [0.0, 100.0], "to_m": [100.0, 200.0]}
)


def states(**changes: object) -> pd.DataFrame:
    known = {"iri": 2.4, "rut": 11.0, "crack_percent": np.nan, "iri_slope": 0.1, "rut_gap": 0.4, "epoch": 1}
    return pd.DataFrame({"unit": ["a", "b"], "time": 2024.2, "age": 9.0} | known | changes)


def works(day: str, **options: str) -> pd.DataFrame:
    return repaired(day, **options).assign(to_m=100.0)


def test_the_work_replaces_the_survey_before_it() -> None:
    got = renewed_states(states(), CELLS, works("2025-07-02")).set_index("unit")
    assert got.loc["a", "time"] == pytest.approx(2025.5, abs=0.01)
    assert got.loc["a", ["age", "iri", "rut", "epoch"]].tolist() == [0.0, 0.85, 2.0, 2]
    assert got.loc["a", ["crack_percent", "iri_slope", "rut_gap"]].isna().all()
    assert got.loc["b", ["time", "age", "iri", "rut", "iri_slope", "epoch"]].tolist() == [
        2024.2,
        9.0,
        2.4,
        11.0,
        0.1,
        1,
    ]


@pytest.mark.parametrize("done", [NONE, works("2023-07-02"), works("2025-07-02", treatment="crack_seal")])
def test_older_works_and_those_that_lay_no_surface_change_nothing(done: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(renewed_states(states(), CELLS, done), states())
