"""Approving, going back and checking models, by the page and by the command line."""

import json
import re

import pytest
from typer.testing import CliRunner

from dashboard.app import create_app
from dashboard.cli import app as command_line
from models.artefact import text_of
from models.fallback import ageing_curve
from models.libraries import versions
from models.signature import signature
from pavement.errors import ModelError, StoreError
from pavement.settings import load_settings
from pavement.store import audit, objects, registry, users
from pavement.store.database import open_store
from tests.dashboard.conftest import PASSWORD
from tests.dashboard.test_pages import page_text


def register(store, level, **card):
    """Return the id of a registered model of IRI: the curve of the table with another interval."""
    model = ageing_curve("iri", level=level)
    held = {"libraries": versions(), "seed": 7, "snapshot": {"sha256": "d" * 64}, "test_places": {"blocks": 0, "of": 3}}
    return registry.register(
        store, "iri", text_of(model), columns=signature(model.columns), card=held | card, user="chen"
    ).model


@pytest.fixture(scope="module")
def home(tmp_path_factory, made):
    folder = tmp_path_factory.mktemp("models")
    with open_store(folder) as store:
        made.fill(store)
        for role in ("viewer", "admin"):
            users.add(store, role, password=PASSWORD, role=role)
    return folder


@pytest.fixture
def store(home):
    with open_store(home) as opened:
        yield opened


@pytest.fixture
def admin(store, home):
    """Return a client that signed in and may approve, reading English."""
    return client_of(store, home, "admin")


def client_of(store, home, role):
    settings = load_settings(environment={"PAVEMENT_HOME": str(home)})
    client = create_app(store, settings).server.test_client()
    client.post("/login", data={"name": role, "password": PASSWORD})
    client.get("/language/en")
    return client


def pressed(client, button, **fields):
    """Return the answer to a button pressed with values in its fields."""
    (about,) = [c for c in client.get("/_dash-dependencies").get_json() if [i["id"] for i in c["inputs"]] == [button]]
    outputs = about["output"].strip(".").split("...")
    parts = [dict(zip(("id", "property"), o.rsplit(".", 1), strict=True)) for o in outputs]
    if "seen" not in fields and any(s["property"] == "data" for s in about["state"]):
        fields["seen"] = seen(client)
    state = [s | {"value": fields.get(s["id"].rpartition("-")[2])} for s in about["state"]]
    value = fields.get("value", 1)
    body = {
        "output": about["output"],
        "outputs": parts if len(parts) > 1 else parts[0],
        "inputs": [about["inputs"][0] | {"value": value}],
        "changedPropIds": [f"{button}.{about['inputs'][0]['property']}"],
        "state": state,
    }
    answer = client.post("/_dash-update-component", json=body)
    return answer.status_code, json.dumps(answer.get_json(silent=True), ensure_ascii=False)


def seen(client):
    """Return the live model that the page of models says is live when it is loaded now."""
    found = re.search(r'"id": "promote-iri-seen", "data": "([^"]*)"', page_text(client, "/models"))
    return found and found[1]


def test_the_page_asks_for_a_reason_and_goes_back(store, home, admin):
    first, second = register(store, 0.9), register(store, 0.8)
    status, told = pressed(admin, "promote-iri-model", value=first)
    assert status == 200
    assert "fewer than the 60 that test places need" in told
    assert "No reason is given" in pressed(admin, "promote-iri-go", model=first, reason=" ", confirm=False)[1]
    assert registry.live(store, "iri") is None
    assert "Choose a candidate" in pressed(admin, "promote-iri-go", model=None, reason="x", confirm=False)[1]
    page = pressed(admin, "promote-iri-go", model=first, reason="first one", confirm=False)[1]
    assert "first one" in page
    assert "d" * 16 in page
    pressed(admin, "promote-iri-go", model=second, reason="narrower", confirm=False)
    assert registry.live_models(store)["iri"] == second
    pressed(admin, "rollback-iri-go", reason="too narrow")
    assert registry.live_models(store)["iri"] == first
    last = audit.trail(store).iloc[-1]
    assert (last["action"], last["user"], json.loads(last["detail"])["reason"]) == ("rollback", "admin", "too narrow")
    assert pressed(admin, "promote-iri-go", model="iri-unknown", reason="x", confirm=False)[0] == 400
    viewer = client_of(store, home, "viewer")
    assert pressed(viewer, "promote-iri-go", model=second, reason="mine", confirm=False)[0] == 403
    assert pressed(viewer, "rollback-iri-go", reason="mine")[0] == 403
    assert "promote-iri-go" not in page_text(viewer, "/models")


def test_m10_who_decides_second_on_a_page_loaded_before_is_told(store, home):
    """Two people load the page; what the first does, the second is told, and nothing of hers happens."""
    first, second, third = (register(store, level) for level in (0.61, 0.62, 0.63))
    registry.promote(store, "iri", first, user="lin", reason="first")
    chen, wu = (client_of(store, home, "admin") for _ in range(2))
    saw = seen(wu)
    assert saw == first
    pressed(chen, "promote-iri-go", model=second, reason="narrower", confirm=False)
    told = pressed(wu, "promote-iri-go", model=third, reason="mine", confirm=False, seen=saw)[1]
    assert f"{second} became the live model of iri meanwhile" in told
    assert registry.live_models(store)["iri"] == second
    pressed(wu, "promote-iri-go", model=third, reason="having looked again", confirm=False)
    assert registry.live_models(store)["iri"] == third
    saw = seen(wu)
    pressed(chen, "rollback-iri-go", reason="too wide")
    assert f"{second} became the live model of iri meanwhile" in pressed(wu, "rollback-iri-go", reason="x", seen=saw)[1]
    assert registry.live_models(store)["iri"] == second
    # a page that does not say what was seen decides nothing
    assert "meanwhile" in pressed(wu, "rollback-iri-go", reason="x", seen=None)[1]
    assert registry.live_models(store)["iri"] == second


def test_m12_a_library_that_differs_is_told_on_the_page(store, admin):
    model = register(store, 0.7, libraries=versions() | {"lightgbm": "3.3.2"})
    registry.promote(store, "iri", model, user="lin", reason="test")
    assert f"lightgbm: 3.3.2 in training and {versions()['lightgbm']} now" in page_text(admin, "/models")
    admin.get("/language/zh_TW")
    assert "訓練時的程式庫版本不同" in page_text(admin, "/models")


def test_m14_a_live_model_that_is_gone_is_a_warning_on_the_page_and_not_a_crash(store, home, admin, run):
    model = register(store, 0.6)
    registry.promote(store, "iri", model, user="lin", reason="test")
    objects.path(store, registry.version(store, model).object).unlink()
    text = page_text(admin, "/models")
    assert "The live model cannot be used; the ageing curve of the table forecasts instead." in text
    assert f"Model {model} cannot be used" in text
    # scripts see it by the exit code, people by a line of its own
    done = run("forecast", "--user", "lin")
    assert done.exit_code == 3
    assert "Warning: iri: forecast by the ageing curve instead. " + f"Model {model} cannot be used" in done.stderr
    assert model not in done.stdout
    page = page_text(admin, "/models")
    assert "No trained model forecasts" in page
    admin.get("/language/zh_TW")
    assert "現行模型無法使用" in page_text(admin, "/models")


@pytest.fixture
def run(home):
    def verb(*arguments):
        return CliRunner().invoke(command_line, arguments, env={"PAVEMENT_HOME": str(home)})

    return verb


def test_the_command_line_lists_shows_promotes_and_goes_back(store, run):
    first, second = register(store, 0.91), register(store, 0.92, seed=8)
    assert run("promote", "iri", first).exit_code == 2
    assert isinstance(run("promote", "rut", first, "--reason", "x").exception, StoreError)
    done = run("promote", "iri", first, "--reason", "first", "--language", "en", "--user", "lin")
    assert done.exit_code == 0, done.output
    assert "fewer than the 60 that test places need" in done.output
    assert run("promote", "iri", second, "--reason", "second").exit_code == 0
    listed = json.loads(run("models", "list", "--json").output)
    live = {row["model"]: row["reason"] for row in listed if row["live"]}
    assert live == {second: "second"}
    assert second in run("models", "list", "--target", "iri").output
    assert "No model is registered." in run("models", "list", "--target", "rut").output
    shown = json.loads(run("models", "show", second, "--json").output)
    assert (shown["whole"], shown["card"]["seed"], shown["sha256"][:12]) == (True, 8, second[-12:])
    text = run("models", "show", second, "--language", "zh_TW").output
    assert "訓練資料的雜湊值: " + "d" * 64 in text
    compared = run("models", "compare", first, second, "--language", "en").output
    assert compared == "seed: seed: 7 → 8\n"
    assert run("models", "compare", first, first, "--language", "en").output.startswith("both are the same text")
    beside = json.loads(run("models", "beside", first, "--json").output)
    assert beside["live"] == second
    late = run("rollback", "iri", "--reason", "worse", "--replaces", first)
    assert f"{second} became the live model of iri meanwhile" in str(late.exception)
    late = run("promote", "iri", first, "--reason", "again", "--replaces", first)
    assert f"{second} became the live model of iri meanwhile" in str(late.exception)
    back = run("rollback", "iri", "--reason", "worse", "--replaces", second)
    assert f"{first} is the live model of iri again." in back.output
    assert run("rollback", "iri").exit_code == 2


def test_m1_a_damaged_model_is_shown_as_refused(store, run):
    model = register(store, 0.55)
    file = objects.path(store, registry.version(store, model).object)
    file.chmod(0o644)
    file.write_bytes(file.read_bytes().replace(b"0.55", b"0.95"))
    done = run("models", "show", model, "--language", "en")
    assert done.exit_code == 1
    assert f"refused. Model {model} cannot be used" in done.output
    assert isinstance(run("promote", "iri", model, "--reason", "x").exception, ModelError)
