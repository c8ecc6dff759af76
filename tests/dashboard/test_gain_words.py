"""What a strategy gains is told wholly in the language asked for, and its parts add up."""

import re

import pandas as pd
import pytest

from dashboard.gain_words import strategy_line
from pavement.planning.why_case import Case

ROW = {"taken": True, "first": "overlay", "first_year": 2028, "first_cost": 1_960_000.0, "second": "",
       "second_year": float("nan"), "second_cost": 0.0, "benefit": 1_072_164.0,
       "money": 426_709.0, "joining": -109_151.0, "net": 500_000.0}  # fmt: skip


def line(language: str, *, objective: str = "benefit", net: float = 500_000.0) -> str:
    names = {"overlay": "薄層罩面" if language == "zh" else "Thin overlay"}
    case = Case(pd.DataFrame(), {"joining": 0.0}, {}, {}, names, objective, language)
    return strategy_line(ROW | {"net": net}, case)


def test_the_line_is_chinese_and_adds_up() -> None:
    said = line("zh")
    assert said == (
        "* 2028 年薄層罩面：1,960,000 元，效益 1,072,164 - 426,709（經費價格） -109,151（專案影響） "
        "-36,304（其他限制） = 淨效益 500,000 點·m²·年"
    )
    assert "other limits" not in line("en", net=536_304.0)


@pytest.mark.parametrize("net", [-20.0, float("nan")])
def test_at_least_cost_money_alone_is_counted(net: float) -> None:
    said = line("zh", objective="cost", net=net)
    assert "效益 1,072" not in said
    assert not re.search("[a-z]{2}", said)
