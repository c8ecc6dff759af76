import pandas as pd
import pytest

from models.explain import contributions, feature_label, reasons
from models.fallback import ageing_curve
from models.fitting import FittedModel, Judged
from tests.models.test_forecast import state


def test_reasons_name_the_change_and_its_largest_parts_first(fitted: tuple[FittedModel, Judged]) -> None:
    row = contributions(fitted[0], state(esal=2e6), horizon=5).iloc[0]
    change, parts = reasons(fitted[0], state(esal=2e6), horizon=5, language="en")
    assert change == f"{row.sum():+.3f} m/km"
    first = row.abs().idxmax()
    assert parts[0] == f"{feature_label(str(first), language='en')} {row[first]:+.3f} m/km"
    assert len(parts) == 4


def test_a_curve_alone_is_the_only_reason() -> None:
    model = ageing_curve("rut", level=0.9)
    change, parts = reasons(model, pd.DataFrame({"rut": [6.0], "family": ["AC"]}), horizon=5, language="zh_TW")
    assert change == "+1.00 mm"
    assert parts == ["鋪面族群的平均年變化 +1.00 mm"]


@pytest.mark.parametrize(
    ("name", "zh", "en"),
    [
        ("iri_slope", "過去的年變化", "past yearly change of"),
        ("HDM-4 line", "HDM-4 公式線", "HDM-4 line"),
        ("something else", "something else", "something else"),
    ],
)
def test_features_and_competitors_have_words(name: str, zh: str, en: str) -> None:
    assert zh in feature_label(name, language="zh_TW")
    assert en in feature_label(name, language="en")
