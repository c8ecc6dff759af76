"""The page of models: all measures at a glance, one at a time by its address, and scores by part of the network."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from dashboard import i18n, model_scores
from tests.dashboard.test_pages import page_text

FIGURES = {"n": 40, "skill": 0.31, "coverage_90": 0.92}
SLICES = {
    "family": {"AC": {"1": FIGURES, "5": FIGURES | {"skill": -0.2, "coverage_90": 0.7}}},
    "freezing_index": {
        "high": {"1": FIGURES, "5": FIGURES},
        "low": {"1": FIGURES, "5": FIGURES | {"n": 0, "skill": None, "coverage_90": None}},
    },
    "rain_mm": {"low": {"1": FIGURES, "5": FIGURES}},
}


def scores() -> pd.DataFrame:
    """Return scores of two splits at 1 and 5 years, as a card keeps them."""
    skills = {"persistence": 0.0, "HDM-4 line": 0.22, "forecast": 0.41}
    rows = [
        {"split": split, "horizon": h, "model": m, "pairs": 9, "rmse": 0.2, "mae": 0.1, "skill": s}
        | ({"coverage": 0.91, "worst_fifth": 0.8, "width": 0.5} if m == "forecast" else {})
        for split in ("by site", "forward in time")
        for h in (1, 5)
        for m, s in skills.items()
    ]
    return pd.DataFrame(rows)


def shown(component: object) -> str:
    return json.dumps(component.to_plotly_json(), default=lambda c: c.to_plotly_json(), ensure_ascii=False)


@pytest.fixture(params=["en", "zh_TW"])
def language(app, request):
    with app.server.test_request_context():
        i18n.session["language"] = request.param
        yield request.param


def test_all_measures_stand_at_a_glance_beside_the_line_of_an_engineer(language):
    card = {"scores": scores().replace({np.nan: None}).to_dict("records")}
    said = shown(model_scores.summary({"iri": card, "rut": {}}, {"iri": "iri-1"}, chosen="iri", path="/models/"))
    line = {"en": "HDM-4 line 0.22 / 0.22", "zh_TW": "HDM-4 公式線 0.22 / 0.22"}[language]
    for part in ("0.41 / 0.41", line, "91 / 91 %", "/models/rut", "iri-1"):
        assert part in said, part


def test_skill_has_a_row_a_competitor_and_the_best_of_later_years_first(language):
    table = model_scores.skill_table(scores())
    body = table.children.children[1].children
    assert [len(row.children) for row in body] == [5, 5, 5]
    assert shown(body[0]).count("0.41") == 4
    assert language


def test_intervals_that_miss_the_nominal_share_are_marked(language):
    said = shown(model_scores.interval_table(scores(), "iri", level=0.9))
    # the worst fifth at each split and horizon
    assert said.count("mini off") == 4
    assert said.count("91 %") == 4
    assert language


def test_slices_have_bars_and_what_cannot_be_told_is_a_dash(language):
    said = shown(model_scores.slice_table(SLICES, level=0.9))
    words = {"en": ("Surface family", "Freezing index", "low"), "zh_TW": ("鋪面族群", "凍結指數", "低")}[language]
    for part in (*words, "0.31", "-0.20", "70 %", "–"):
        assert part in said, part
    assert said.count("mini off") == 1
    # thirds from low to high, and nothing of what is the same everywhere
    low, high = {"en": ("low", "high"), "zh_TW": ("低", "高")}[language]
    assert said.index(f'"{low}"') < said.index(f'"{high}"')
    assert "Rain" not in said
    assert "雨" not in said
    assert "train it again" in shown(model_scores.slice_table({}, level=0.9)) or language == "zh_TW"


def test_a_measure_has_an_address_of_its_own(signed_in):
    client = signed_in("viewer")
    client.get("/language/en")
    links = re.findall(r'{[^{}]*"className": ?"tab on"[^{}]*}', page_text(client, "/models/rut"))
    assert len(links) == 1
    assert json.loads(links[0])["href"] == "/models/rut"
    assert "There is no such page." in page_text(client, "/models/nothing")


def test_scores_show_every_competitor_beside_the_model(app):
    frame = pd.DataFrame(
        [
            {
                "split": "by site",
                "horizon": 1,
                "model": m,
                "pairs": 9,
                "rmse": 0.2,
                "mae": 0.1,
                "skill": s,
                "coverage": c,
            }
            for m, s, c in (("persistence", 0.0, None), ("family curve", 0.2, None), ("forecast", 0.4, 0.91))
        ]
    )
    with app.server.test_request_context():
        text = json.dumps(model_scores.every_score(frame, "iri").to_plotly_json(), default=lambda c: c.to_plotly_json())
    for part in ("[m/km]", "0.200", "0.40", "91 %", "family curve"):
        assert part in text
