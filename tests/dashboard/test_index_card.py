"""The card of condition indices says what each index rests on, in both languages."""

import json

import pandas as pd
import pytest
from plotly.utils import PlotlyJSONEncoder

from dashboard import queries
from dashboard.context import Context
from dashboard.index_card import basis_text, card
from dashboard.pages.segments import coloured
from pavement.condition.pci import FULL_SURVEY, UNKNOWN_SCOPE, provenance
from pavement.store import segments
from tests.dashboard.test_pages import page_text

ROW = pd.Series({"crack_longitudinal": 0.1, "rut": 4.0, "iri": 1.2, "crack_percent": 3.0})


def test_a_cell_shows_its_indices(signed_in):
    client = signed_in("viewer")
    client.get("/language/en")
    text = page_text(client, "/segment/n1-s-1-020000")
    for part in ("Condition indices", "Oldest survey", "Least coverage [%]", "Formulas and limits to confirm"):
        assert part in text
    assert "Good, fair, poor (23 CFR 490)" in text
    assert "3 of 3 measures: Roughness IRI, Area cracked, Rut depth" in text
    client.get("/language/zh_TW")
    text = page_text(client, "/segment/n1-s-1-020000")
    assert "狀況指標" in text
    assert "最低覆蓋率" in text


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "looked for 2 of 20 distresses: Longitudinal and transverse cracking, Rutting"),
        ("zh_TW", "已判讀 20 種損壞中的 2 種：縱向及橫向裂縫、車轍"),
    ],
)
def test_pci_names_what_was_looked_for(app, monkeypatch, language, said):
    monkeypatch.setitem(app.server.config, "LANGUAGE", language)
    with app.server.app_context():
        assert basis_text("pci", ROW, f"{provenance()}; partial") == said
        assert basis_text("pci", ROW, "rated by hand") == "rated by hand"


@pytest.mark.parametrize(
    ("language", "full", "unknown"),
    [
        ("en", "full distress survey, measured distress by distress", "distress survey; not known what was looked for"),
        ("zh_TW", "完整損壞調查，逐項量測", "損壞調查，不知調查了哪些損壞"),
    ],
)
def test_pci_of_a_distress_survey_says_so(app, monkeypatch, language, full, unknown):
    monkeypatch.setitem(app.server.config, "LANGUAGE", language)
    none = pd.Series(dtype=float)
    with app.server.app_context():
        assert basis_text("pci", none, f"{provenance()}; {FULL_SURVEY}; a deduct lies at the end of its curve") == full
        assert basis_text("pci", none, f"{provenance()}; partial, an upper bound: {UNKNOWN_SCOPE}") == unknown


def standing(method, **kinds):
    common = {"coverage": 1.0, "quality": "measured", "method": method, "run": "b" * 64, "year": 2025}
    days = {"iri": pd.Timestamp(2026, 3, 1)}
    rows = [
        common | {"kind": k, "value": v, "surveyed_on": days.get(k, pd.Timestamp(2025, 3, 1))} for k, v in kinds.items()
    ]
    return pd.DataFrame(rows).set_index("kind")


def shown(app, store, settings, monkeypatch, cell, frame):
    monkeypatch.setattr(segments, "present_values", lambda *_: frame)
    monkeypatch.setitem(app.server.config, "LANGUAGE", "en")
    with app.server.test_request_context():
        return json.dumps(card(Context(store, settings), pd.Series({"cell": cell})), cls=PlotlyJSONEncoder)


def test_the_grade_is_that_of_the_values_that_stand(app, store, settings, monkeypatch):
    good = shown(app, store, settings, monkeypatch, "made-up-good", standing("m", iri=1.1, rut=3.0, crack_percent=1.0))
    assert "Good" in good
    rough = shown(
        app, store, settings, monkeypatch, "made-up-rough", standing("m", iri=3.3, rut=3.0, crack_percent=1.0)
    )
    assert "Fair" in rough
    assert "2025-03-01" in rough
    alone = shown(app, store, settings, monkeypatch, "made-up-alone", standing("m", iri=3.3, psi=2.1))
    assert "23 CFR 490" not in alone


def test_only_a_partial_pci_is_said_to_be_a_bound(app, store, settings, monkeypatch):
    note = "What was not looked for cannot lower it."
    whole = f"{provenance()}; {FULL_SURVEY}"
    assert note not in shown(app, store, settings, monkeypatch, "made-up-full", standing(whole, pci=80.0))
    part = f"{provenance()}; partial, an upper bound: looked for 3 of 20 distresses: Rutting"
    assert note in shown(app, store, settings, monkeypatch, "made-up-part", standing(part, pci=80.0))


def test_limits_of_the_agency_grade_recorded_friction(app, monkeypatch):
    limits = {"friction_sn": {"good": 45.0, "poor": 35.0}}
    with app.server.app_context():
        assert queries.grade("friction_sn", 50.0) == ""
        assert coloured("friction_sn") == {}
        monkeypatch.setitem(app.server.config, "GRADE_LIMITS", limits)
        assert [queries.grade("friction_sn", v) for v in (50.0, 40.0, 30.0)] == ["good", "fair", "poor"]
        rules = coloured("friction_sn")["cellClassRules"]
    assert rules["grade-good"] == "params.value != null && params.value > 45.0"
    assert rules["grade-poor"] == "params.value != null && params.value < 35.0"
