"""Reasons hold the numbers they speak of, in both languages; the work list is for people."""

import numpy as np
import pytest

from pavement.planning.optimise import Plan, plan
from pavement.planning.treatments import catalogue
from pavement.planning.why_case import gain_text
from pavement.planning.words import condition_text, money_text, rule_text
from tests.planning.conftest import make_units, money, straight_lines

CATALOGUE = catalogue()
UNITS = make_units(25, seed=3)


@pytest.fixture(scope="module")
def made() -> Plan:
    return plan(UNITS, budgets=money(4e6), forecast=straight_lines, catalogue=CATALOGUE, discount_rate=0.03)


def test_reason_names_value_limit_price_and_alternative(made: Plan) -> None:
    now = made.actions[made.actions["year"] == 2026]
    assert len(now)
    state = UNITS.set_index("unit")
    for row in now.to_dict("records"):
        own = state.loc[row["unit"]]
        shown = [f"{own['iri']:.2f} m/km", f"{own['rut']:.1f} mm", f"{own['crack_percent']:.1f} %"]
        assert any(s in row["reason_zh"] for s in shown), row["reason_zh"]
        assert row["reason_zh"].startswith("2026 年初預測：")
        assert f"{row['ratio']:.2f}" in row["reason_zh"]
        assert f"{row['price']:.2f}" in row["reason_en"]
        assert "2030" in row["reason_en"]
        assert "次佳" in row["reason_zh"]
        assert "Next best" in row["reason_en"] or "Alternative" in row["reason_en"]


def test_a_second_work_speaks_of_its_own_year_and_names_the_first(made: Plan) -> None:
    seconds = made.actions[made.actions["unit"].duplicated()]
    assert len(seconds)
    firsts = made.actions.drop_duplicates("unit").set_index("unit")
    for row in seconds.to_dict("records"):
        first = firsts.loc[row["unit"]]
        assert row["reason_en"].startswith(f"Forecast for the start of {row['year']}: ")
        assert f"It follows the work of {first['year']} (" in row["reason_en"]
        assert f"接續 {first['year']} 年之{CATALOGUE.treatments.loc[first['treatment'], 'zh']}" in row["reason_zh"]
        for words in ("Without work", "Next best", "Alternative", "若不處理", "次佳："):
            assert words not in row["reason_en"] + row["reason_zh"]
        assert "Without work at the end of" in first["reason_en"]


def test_price_is_the_same_for_all_actions_of_a_year(made: Plan) -> None:
    prices = made.actions.groupby("year")["price"].agg(["min", "max"])
    np.testing.assert_array_equal(prices["min"], prices["max"])
    np.testing.assert_array_equal(prices["min"], made.prices.reindex(prices.index))


def test_why_not_says_what_would_change_the_answer(made: Plan) -> None:
    reasons = made.left["reason_en"]
    assert reasons.str.contains("of its cost|is triggered|the money left").all()
    assert made.left["reason_zh"].str.contains("才會入選|略降即會入選|沒有工法|餘額不足").all()
    assert reasons.str.contains("Forecast for the start of 2026: ").all()


@pytest.mark.parametrize(
    ("values", "treatment", "zh", "en"),
    [
        (
            {"crack_percent": 3.0, "rut": 2.0},
            "crack_seal",
            "裂縫面積率 3.0 %（條件 0.5–5）、車轍深度 2.0 mm（條件 < 5）",
            "area cracked 3.0 % (rule 0.5–5), rut depth 2.0 mm (rule < 5)",
        ),
        ({"rut": 12.0}, "mill_overlay_thick", "車轍深度 12.0 mm（條件 ≥ 10）、衝擊勁度模數 ISM未量測", None),
        ({"rut": 1.0}, "mill_overlay_thick", "", ""),
    ],
)
def test_rules_in_words(values: dict[str, float], treatment: str, zh: str, en: str | None) -> None:
    assert rule_text(values, CATALOGUE.rules[treatment], "zh") == zh
    if en is not None:
        assert rule_text(values, CATALOGUE.rules[treatment], "en") == en


def test_words_of_values_and_money() -> None:
    assert condition_text({"iri": 2.345, "rut": np.nan}, "en") == "roughness IRI 2.35 m/km" or "2.34" in condition_text(
        {"iri": 2.345}, "en"
    )
    assert money_text(2_340_000, "zh") == "2,340 千元"
    assert money_text(2_340_000, "en") == "NT$2,340k"
    assert (money_text(-400, "en"), money_text(-600, "zh")) == ("NT$0k", "-1 千元")
    assert gain_text(-49, "zh", objective="benefit") == "0.0 千點·m²·年"
    assert gain_text(-51, "en", objective="benefit") == "-0.1k points·m²·years"
