"""Decisions as a file: words of the language, what each costs, and what the file rests on."""

import pandas as pd
import pytest

from pavement.errors import StoreError
from pavement.schema import schema
from pavement.store import plans, report_sections, runs
from pavement.store.decisions_export import decisions_export
from tests.store.made import actions, network, treatment_lengths


@pytest.fixture
def planned(store):
    runs.publish(store, network(), user="wang")
    place = treatment_lengths().iloc[0]
    row = dict.fromkeys(schema("plan_decisions").index, "") | {
        "decision": "1", "kind": "replace", "code": "weather", "reason": "=rain", "decided_by": "lin", "fits": "yes",
        "year": 2027, "treatment": "thin_overlay", "cost": 5e5, "at_m": float("nan"), "lost": 12.34, "lost_most": 20.0,
        "cost_change": -1000.0, "solved_lost": float("nan"), "solved_cost": float("nan"),
        "second_year": 2031, "second": "crack_seal", "second_cost": 6e4,
        "third_year": 2036, "third": "overlay", "third_cost": 7e5,
    }  # fmt: skip
    row |= {c: place[c] for c in ("route", "direction", "lane", "from_m", "to_m", "unit")}
    frames = {"actions": actions(), "treatment_lengths": treatment_lengths(), "plan_decisions": pd.DataFrame([row])}
    plans.save(store, frames, summary={}, forecast_set=None, user="lin")
    return store


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["replace", "Thin overlay", "Crack sealing", "Overlay", "2036", "Weather", "yes"]),
        ("zh_TW", ["改列", "薄層罩面", "裂縫填封", "2036", "天候", "是"]),
    ],
)
def test_decisions_are_written_in_words_with_their_cost(planned, tmp_path, language, words):
    out = decisions_export(planned, tmp_path / "d.csv", language=language)
    text = out.read_text(encoding="utf-8-sig")
    assert all(word in text for word in words)
    # a text that begins like a formula is made harmless
    assert "'=rain" in text
    assert "12.3" in text


def test_the_report_tells_decisions_and_what_they_cost(planned):
    plan = plans.newest(planned)
    told = report_sections.decisions_told(planned, plan, language="zh_TW").iloc[0].tolist()
    assert [*told[4:9], *told[10:]] == ["改列", "薄層罩面", "2027", "500,000", "天候", "lin", "是", "20", ""]


def test_other_formats_are_refused(planned, tmp_path):
    with pytest.raises(StoreError, match=r"\.csv or \.xlsx"):
        decisions_export(planned, tmp_path / "d.gpkg")
