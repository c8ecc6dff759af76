"""Why a cell is forecast to age as it is, told from the very model that forecast it."""

import json
import shutil

import pytest

from dashboard import why
from dashboard.context import Context
from models.artefact import text_of
from models.fallback import ageing_curve
from models.golden import golden_forecasts
from models.network import network_states
from models.reasons import change_text, reasons, sentence
from models.signature import signature
from models.targets import TARGETS
from pavement.store import forecasts, registry
from pavement.store.database import open_store

CELL = "n1-n-1-020000"


@pytest.fixture(scope="module")
def filled(tmp_path_factory, made):
    """Return the folder of a closed store that holds the made network and no forecast."""
    home = tmp_path_factory.mktemp("filled")
    with open_store(home) as store:
        made.fill(store)
    return home


@pytest.fixture
def context(tmp_path, filled, settings):
    home = shutil.copytree(filled, tmp_path / "home")
    with open_store(home) as store:
        yield Context(store, settings.replaced(home=str(home)))


def said(app, context: Context, cell: str = CELL) -> str:
    with app.server.test_request_context():
        from flask import session

        session["language"] = "en"
        return json.dumps(why.why(context, cell), default=lambda c: c.to_plotly_json())


def test_without_a_forecast_it_says_so(app, context):
    assert "No forecast has been made yet." in said(app, context)


def test_the_model_on_record_gives_the_change_and_its_parts(app, context, made):
    model = ageing_curve("iri", level=0.9)
    kept = registry.register(
        context.store, "iri", text_of(model), columns=model.columns, card={"target": "iri"}, user="test"
    )
    forecasts.save(context.store, made.forecasts(), models={"iri": kept.model}, user="test")
    text = said(app, context)
    state = network_states(context.store)
    found = reasons(model, state[state["unit"] == CELL], years=5, language="en")
    assert change_text(found, language="en") in text
    assert sentence(found, language="en") in text
    assert "No trained model is live: the rates of the table forecast." in text


def test_m12_a_model_that_no_longer_says_what_it_said_explains_nothing(app, context, made):
    model = ageing_curve("iri", level=0.9)
    states = network_states(context.store).assign(horizon=1.0)
    golden = golden_forecasts(model, states[["unit", "horizon", "iri", "age"]].head(3))
    golden["said"][0][0][0] += 1.0
    kept = registry.register(
        context.store, "iri", text_of(model, golden=golden), columns=signature(model.columns), card={}, user="test"
    )
    forecasts.save(context.store, made.forecasts(), models={"iri": kept.model}, user="test")
    assert "The model does not say what it said in training" in said(app, context)


def test_the_rate_of_the_peers_stands_beside_the_change(app, context, made):
    model = ageing_curve("iri", level=0.9)
    kept_of_all = {"thirds": {"age": [2.0, 5.0, 9.0]}, "rates": {"": [0.032, 1234]}}
    card = {"target": "iri", "peers": {"": kept_of_all}}
    kept = registry.register(context.store, "iri", text_of(model), columns=model.columns, card=card, user="test")
    forecasts.save(context.store, made.forecasts(), models={"iri": kept.model}, user="test")
    assert "median of its peers (all surfaces): +0.16 m/km in 5 years (1,234 pairs of surveys)" in said(app, context)


def test_data_that_came_after_the_forecast_are_not_explained_by_it(app, context, made, monkeypatch):
    forecasts.save(context.store, made.forecasts(), models={}, user="test")
    monkeypatch.setattr(why.queries, "version", lambda _: 99)
    assert "The forecast is older than the data" in said(app, context)


def test_a_cell_without_a_survey_has_nothing_to_explain(app, context, made):
    forecasts.save(context.store, made.forecasts(), models={}, user="test")
    assert json.loads(said(app, context, "n1-s-9-000000")) == [None] * (1 + len(TARGETS))
