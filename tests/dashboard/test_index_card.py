"""The card of condition indices says what each index rests on, in both languages."""

import pandas as pd
import pytest

from dashboard import queries
from dashboard.index_card import basis_text
from dashboard.pages.segments import coloured
from pavement.condition.pci import provenance
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
