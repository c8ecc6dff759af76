"""A store filled with the made network, and the app over it."""

import importlib.util
import shutil
from pathlib import Path

import pytest

PASSWORD = "correct horse"


def load(name: str):
    """Import a helper beside this file; test folders are no packages."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parent / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def english_client(app, role):
    """Return a client that signed in and reads English."""
    client = app.server.test_client()
    client.post("/login", data={"name": role, "password": PASSWORD})
    client.get("/language/en")
    return client


@pytest.fixture(scope="session")
def made():
    """Return the module of made frames."""
    return load("made")


@pytest.fixture(scope="session")
def settings(tmp_path_factory):
    """Return settings whose home is a fresh folder."""
    from pavement.settings import load_settings

    home = tmp_path_factory.mktemp("home")
    return load_settings(environment={"PAVEMENT_HOME": str(home), "PAVEMENT_UPLOAD_LIMIT": "1000000"})


def fill(opened):
    """Fill a store with the made network, a forecast, a plan and one person for each role."""
    from pavement.store import segments, users

    frames = load("made")
    frames.fill(opened)
    frames.decide(opened)
    for role in users.ROLES:
        users.add(opened, role, password=PASSWORD, role=role)
    segments.segment_table(opened)


@pytest.fixture(scope="session")
def forecast_home(tmp_path_factory, made):
    """Return the folder of a closed store that holds the made network and a forecast."""
    from pavement.store import forecasts
    from pavement.store.database import open_store

    place = tmp_path_factory.mktemp("forecast")
    with open_store(place) as opened:
        made.fill(opened)
        forecasts.save(opened, made.forecasts(), models={}, user="test")
    return place


@pytest.fixture
def kept(tmp_path, forecast_home):
    """Return a store of the test's own that holds the made network and a forecast."""
    from pavement.store.database import open_store

    with open_store(shutil.copytree(forecast_home, tmp_path / "home")) as opened:
        yield opened


@pytest.fixture(scope="session")
def store(settings, filled_home):
    """Return a store that holds the made network, a forecast, a plan and one person for each role."""
    from pavement.store import database

    shutil.copytree(filled_home(fill), settings.home, dirs_exist_ok=True)
    opened = database.open_store(settings.home)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def app(store, settings):
    """Return the Dash app."""
    from dashboard.app import create_app

    return create_app(store, settings)


@pytest.fixture
def client(app):
    """Return a test client without a session."""
    return app.server.test_client()


@pytest.fixture
def signed_in(app):
    """Return a function that gives a client signed in with a role."""

    def enter(role: str):
        client = app.server.test_client()
        answer = client.post("/login", data={"name": role, "password": PASSWORD})
        assert answer.status_code == 302
        return client

    return enter
