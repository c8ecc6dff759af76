import numpy as np
import pandas as pd
import pytest

from models.artefact import model_of, text_of
from models.fallback import ageing_curve
from models.forecast import forecast_states


def test_m14_iri_without_a_model_follows_the_hdm4_line() -> None:
    """IRI e^(0.023 t) + 134 e^(0.023 age) (1 + SNP)^-5 YE4 t, written out for one road."""
    state = pd.DataFrame({"iri": [1.5], "age": [8.0], "sn": [4.5], "esal": [0.4e6], "family": ["AC"]})
    found = forecast_states(state, years=5, models={"iri": ageing_curve("iri", level=0.9)}).set_index("step")
    climate = np.exp(0.023 * 5) * 1.5
    assert climate < found.loc[5, "value"] < climate + 0.5
    assert set(found["basis"]) == {"curve"}


@pytest.mark.parametrize(("target", "start", "yearly"), [("rut", 6.0, 0.2), ("crack_percent", 10.0, 1.0)])
def test_m14_the_others_follow_the_mean_rate_of_the_table(target: str, start: float, yearly: float) -> None:
    state = pd.DataFrame({target: [start], "age": [8.0], "family": ["AC"]})
    found = forecast_states(state, years=10, models={target: ageing_curve(target, level=0.9)}).set_index("step")
    assert found.loc[3, "value"] == pytest.approx(start + 3 * yearly)
    assert (np.diff(found["high"] - found["value"])[1:8] > 0).all()
    assert found.loc[10, "basis"] == "extrapolated"


def test_a_curve_alone_goes_through_text_and_back() -> None:
    curve = ageing_curve("rut", level=0.9)
    assert model_of(text_of(curve)) == curve
