"""M group: models that are damaged, forged or of another kind."""

import json

import pandas as pd
import pytest

from models.artefact import model_of, text_of
from models.fitting import fit
from pavement.errors import ModelError
from tests.models.conftest import made_panel


@pytest.fixture(scope="module")
def text() -> str:
    return text_of(fit(made_panel(units=320, surveys=4), target="iri", seed=3))


def test_a_whole_model_comes_back(text: str) -> None:
    assert text_of(model_of(text)) == text


@pytest.mark.parametrize("bad", ["", "not json", "[]", "{}", '{"format": 1}', "\x00" * 40], ids=range(6))
def test_m1_what_is_no_model_is_refused(bad: str) -> None:
    with pytest.raises(ModelError, match="no model|another format"):
        model_of(bad)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_m1_a_cut_booster_kills_only_a_child(text: str, share: float) -> None:
    held = json.loads(text)
    held["booster"] = held["booster"][: int(len(held["booster"]) * share)]
    with pytest.raises(ModelError, match="cannot open|do not fit"):
        model_of(json.dumps(held))


def test_m3_trees_that_do_not_fit_the_signature_are_refused(text: str) -> None:
    held = json.loads(text)
    held["columns"] = held["columns"][:-1]
    with pytest.raises(ModelError, match="signature"):
        model_of(json.dumps(held))


def test_m5_an_empty_panel_is_refused() -> None:
    with pytest.raises(ModelError, match="0 pairs"):
        fit(pd.DataFrame(made_panel(units=16, surveys=1)), target="iri", seed=1)
