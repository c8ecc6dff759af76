"""M group: models that are damaged, forged or of another kind."""

import json
import pickle
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.artefact import model_of, text_of
from models.fitting import fit, fit_pairs, training_pairs
from models.forecast import forecast_states, increments, outside_training
from models.golden import golden_forecasts, golden_states
from models.libraries import differing, versions
from models.live import opened
from pavement.errors import ModelError
from pavement.store import registry
from pavement.store.database import open_store
from tests.models.conftest import made_panel

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def text() -> str:
    pairs = training_pairs(made_panel(units=320, surveys=4), target="iri", seed=3)
    model, _ = fit_pairs(pairs, target="iri", seed=3)
    return text_of(model, golden=golden_forecasts(model, pairs))


def test_a_whole_model_comes_back(text: str) -> None:
    assert text_of(model_of(text), golden=json.loads(text)["golden"]) == text


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


def test_m1_an_edited_text_gives_other_forecasts_and_is_refused(text: str) -> None:
    held = json.loads(text)
    held["shares"] = {family: dict.fromkeys(share, 0.2) for family, share in held["shares"].items()}
    with pytest.raises(ModelError, match="golden forecasts"):
        model_of(json.dumps(held))


@pytest.mark.parametrize("broken", [{"states": {}}, {"states": 3, "said": []}, {"horizons": ["x"]}], ids=range(3))
def test_m1_broken_golden_forecasts_are_refused(text: str, broken: dict[str, object]) -> None:
    held = json.loads(text)
    held["golden"] |= broken
    with pytest.raises(ModelError):
        model_of(json.dumps(held))


def test_m2_a_pickle_offered_as_a_model_is_refused_and_never_read(tmp_path: Path, monkeypatch) -> None:
    class Bomb:
        def __reduce__(self) -> object:
            return Path.touch, (tmp_path / "went off",)

    def trapped(*_: object, **__: object) -> None:
        raise AssertionError("something read a pickle")

    offered = pickle.dumps(Bomb(), protocol=0).decode("latin-1")
    for name in ("load", "loads", "Unpickler"):
        monkeypatch.setattr(pickle, name, trapped)
    with open_store(tmp_path / "home") as store:
        kept = registry.register(store, "iri", offered, columns=[], card={}, user="lin")
        with pytest.raises(ModelError, match="no model"):
            opened(store, kept.model)
    assert not (tmp_path / "went off").exists()


def test_m2_no_code_asks_a_library_to_read_pickles() -> None:
    rooms = [ROOT / name for name in ("pavement", "models", "ingest", "dashboard")]
    code = {file: file.read_text(encoding="utf-8") for room in rooms for file in room.rglob("*.py")}
    words = re.compile(r"allow_pickle\s*=\s*True|read_pickle|joblib|cloudpickle|\bpickle\.load|torch\.load")
    assert [str(file) for file, text in code.items() if words.search(text) and "training" not in file.parts] == []


def test_m3_trees_that_do_not_fit_the_signature_are_refused(text: str) -> None:
    held = json.loads(text)
    held["columns"] = held["columns"][:-1]
    with pytest.raises(ModelError, match="signature"):
        model_of(json.dumps(held))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda s: [[f"{s[0][0]}_x", s[0][1]], *s[1:]], "column signature"),
        (lambda s: [s[1], s[0], *s[2:]], "column signature"),
        (lambda s: s[:-1], "column signature"),
        (lambda s: [[s[0][0], "in/mi"], *s[1:]], "other units"),
    ],
    ids=["renamed", "reordered", "missing", "other unit"],
)
def test_m3_another_signature_is_refused(text: str, change, said: str) -> None:
    held = json.loads(text)
    held["signature"] = change(held["signature"])
    with pytest.raises(ModelError, match=said):
        model_of(json.dumps(held))


def test_m3_every_input_that_is_a_quantity_has_its_unit(text: str) -> None:
    units = dict(json.loads(text)["signature"])
    assert (units["iri"], units["iri_slope"], units["rut_gap"], units["horizon"]) == ("m/km", "m/km/year", "mm", "year")
    assert [name for name, unit in units.items() if not unit] == []


def test_m3_columns_in_another_order_give_the_same_forecast(text: str) -> None:
    model, states = model_of(text, trusted=True), golden_states(json.loads(text)["golden"])
    far = np.full(len(states), 3.0)
    mine, other = (increments(model, s, far)[0] for s in (states, states[sorted(states, reverse=True)]))
    assert mine.tolist() == other.tolist()


def test_m4_each_input_has_a_rule(text: str) -> None:
    model, states = model_of(text, trusted=True), golden_states(json.loads(text)["golden"])
    odd = states.assign(family=["concrete", *states["family"][1:]])
    odd.loc[1, "esal"] = np.inf
    odd.loc[2, "age"] = np.nan
    said = outside_training(odd, model)
    assert set(zip(said["state"], said["column"], strict=True)) >= {(0, "family"), (1, "esal")}
    assert 2 not in set(said["state"])
    without = outside_training(states.assign(esal=np.nan), model)
    assert (without["column"] == "esal").sum() == len(states)
    assert np.isfinite(forecast_states(odd, years=3, models={"iri": model})["value"]).all()
    endless = states.assign(iri=[-np.inf, *states["iri"][1:]])
    with pytest.raises(ModelError, match="iri is infinite in 1 states, the first are 0"):
        forecast_states(endless, years=3, models={"iri": model})


@pytest.mark.parametrize(
    ("panel", "said"),
    [
        (made_panel(units=320, surveys=1), "0 pairs of surveys at 0 sites.* 200 pairs at 10 sites are needed"),
        (made_panel(units=8, surveys=7), "at 1 sites are too few.* 200 pairs at 10 sites are needed"),
        (made_panel(units=320, surveys=2).assign(iri=1.0), "iri never changes"),
    ],
    ids=["one survey", "one block", "constant"],
)
def test_m5_what_is_too_little_is_refused_with_the_count_it_needs(panel: pd.DataFrame, said: str) -> None:
    with pytest.raises(ModelError, match=said):
        fit(panel, target="iri", seed=1)


def test_m12_another_library_must_give_the_golden_forecasts(text: str) -> None:
    held = json.loads(text) | {"lightgbm": "3.3.2"}
    assert model_of(json.dumps(held)).target == "iri"
    held["golden"]["said"][1][0][0] += 0.001
    with pytest.raises(ModelError, match="golden forecasts"):
        model_of(json.dumps(held))
    held["golden"] = {}
    with pytest.raises(ModelError, match=r"LightGBM 3\.3\.2 and has no golden"):
        model_of(json.dumps(held))


def test_m12_versions_that_differ_are_named() -> None:
    trained = versions() | {"lightgbm": "3.3.2"}
    assert differing(trained) == {"lightgbm": ("3.3.2", versions()["lightgbm"])}
    assert differing(versions()) == {}


def test_m5_an_empty_panel_is_refused() -> None:
    with pytest.raises(ModelError, match="0 pairs"):
        fit(pd.DataFrame(made_panel(units=16, surveys=1)), target="iri", seed=1)
