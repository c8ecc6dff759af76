"""M13: the watch over the forecasts on the models page, and its mark beside a forecast."""

import json

import pandas as pd
import pytest

from dashboard import forecast_card, forecast_watch
from models.monitor import MONITOR
from models.watch import ALARMS, Watched
from tests.dashboard.conftest import english_client
from tests.dashboard.test_reports import page


@pytest.fixture
def english(app):
    with app.server.test_request_context():
        from flask import session

        session["language"] = "en"
        yield


def text(parts) -> str:
    return json.dumps(parts, default=lambda c: c.to_plotly_json(), ensure_ascii=False)


def row(**more):
    told = {"kind": "iri", "model": "m", "by": "all", "slice": "", "pairs": 200, "cells": 200, "bias": -0.1}
    told |= {"bias_se": 0.01, "rmse": 0.15, "mae": 0.1, "skill": 0.4, "coverage": 0.7, "nominal": 0.9}
    return told | {"alarm": "under-covering, biased"} | more


def test_alarms_and_figures_are_told_in_words(english, monkeypatch):
    monitor = pd.DataFrame([row(), row(by="esal", slice="1 – 2", pairs=9, alarm="too few")])[list(MONITOR)]
    alarms = pd.DataFrame([["iri", "biased", "", -0.1, 0.5], ["iri", "new family", "family PCC", 0.1, 1.0]])
    drift = pd.DataFrame([{"kind": "iri", "feature": "esal", "psi": 0.4, "outside": 0.1, "missing_then": 0.0,
                           "missing_now": 0.5, "alarm": "drifted, missing"}])  # fmt: skip
    found = Watched(monitor, drift, alarms.set_axis(list(ALARMS), axis=1), 3)
    monkeypatch.setattr(forecast_watch, "watched", lambda _: found)
    said = text(forecast_watch.parts(None))
    for words in ("Forecast is biased", "70 % / 90 %", "too few to judge", "0 % → 50 %", "PCC", "Feature has drifted"):
        assert words in said, words


def test_without_alarms_and_surveys_it_says_so(english, monkeypatch):
    nothing = Watched(pd.DataFrame(), pd.DataFrame(), pd.DataFrame(columns=list(ALARMS)), 1)
    monkeypatch.setattr(forecast_watch, "watched", lambda _: nothing)
    said = text(forecast_watch.parts(None))
    assert "no alarm" in said
    assert "No forecast can be held against a later survey yet." in said


def test_offsets_of_a_card_are_shown_with_their_errors(english):
    rows = [
        {"campaign": "2013", "offset": 0.15, "se": 0.01, "units": 300, "taken_out": True, "why": "beyond its error"},
        {"campaign": "2014", "offset": 0.01, "se": 0.01, "units": 9, "taken_out": False, "why": "too few blocks"},
    ]
    noise = {"count": 2400.0, "estimate": 0.06, "table": 0.077, "used": 0.061}
    said = text(forecast_watch.offsets({"offsets": rows, "noise": noise}, "iri"))
    for words in ("1 of 2 survey years", "+0.150", "too few to judge", "0.077 m/km"):
        assert words in said, words
    assert "Device and year" not in said
    assert forecast_watch.offsets({}, "iri") == "–"


def test_offsets_of_devices_are_shown_by_device_and_year(english):
    row = {"offset": 0.15, "se": 0.01, "units": 300, "taken_out": True, "why": "beyond its error"}
    noise = {"count": 2400.0, "estimate": 0.06, "table": 0.077, "used": 0.061}
    card = {"offsets": [row | {"campaign": "RSV-01 2013", "device": "RSV-01"}], "noise": noise}
    said = text(forecast_watch.offsets(card, "iri"))
    for words in ("Device and year", "RSV-01 2013", "what changed with the device"):
        assert words in said, words


def test_m13_a_marked_forecast_says_so_on_the_page_of_its_cell(english):
    own = pd.DataFrame({"year": [2025, 2026], "basis": "model", "model": "m", "doubt": ["", "biased"]})
    assert "marked by the monitor: Forecast is biased" in text(forecast_card._basis(own))
    assert "marked" not in text(forecast_card._basis(own.assign(doubt="")))


def test_the_watch_is_filled_for_whoever_may_see_the_page(app):
    client = english_client(app, "viewer")
    assert "Watching the forecasts" in page(client, "/models")
    body = {
        "output": "watch.children",
        "outputs": {"id": "watch", "property": "children"},
        "inputs": [{"id": "watch-go", "property": "data", "value": True}],
        "changedPropIds": ["watch-go.data"],
    }
    answer = client.post("/_dash-update-component", json=body)
    assert answer.status_code == 200
    assert "no alarm" in answer.text or "Alarm" in answer.text
