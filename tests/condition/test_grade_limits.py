"""Limits that an agency sets for measures whose limits could not be confirmed."""

import pytest

from pavement.condition.grade_limits import checked_limits, grade_limits, limit_grade
from pavement.errors import SettingsError
from pavement.settings import load_settings


def test_nothing_is_graded_until_somebody_sets_limits() -> None:
    assert grade_limits({}).empty
    got = grade_limits({"friction_sn": {"good": 45.0, "poor": 35.0}})
    assert got.index.tolist() == ["friction_sn"]
    assert got.loc["friction_sn", "status"] == "set by the agency"


@pytest.mark.parametrize(("value", "grade"), [(46, "good"), (45, "fair"), (35, "fair"), (34.9, "poor")])
def test_low_friction_is_worse(value: float, grade: str) -> None:
    limits = grade_limits({"friction_sn": {"good": 45.0, "poor": 35.0}}).loc["friction_sn"]
    assert limit_grade(value, limits=limits) == grade


def test_high_acceleration_is_worse() -> None:
    limits = grade_limits({"aari": {"good": 1.0, "poor": 2.0}}).loc["aari"]
    assert [limit_grade(v, limits=limits) for v in (0.5, 1.5, 2.5)] == ["good", "fair", "poor"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"iri": {"good": 1, "poor": 2}}, "no measure named 'iri'"),
        ({"aari": {"good": 2, "poor": 1}}, "beyond the poor one"),
        ({"friction_sn": {"good": 35, "poor": 45}}, "beyond the poor one"),
        ({"prqi": {"good": 35}}, "not two numbers"),
        ({"prqi": {"good": "a", "poor": 1}}, "not two numbers"),
        ({"prqi": 3}, "not two numbers"),
    ],
)
def test_limits_that_make_no_sense_are_refused(given: dict[str, object], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        checked_limits(given, where="settings.toml")


def test_they_come_from_the_settings() -> None:
    text = "{ friction_sn = { good = 45, poor = 35 } }"
    settings = load_settings(environment={"PAVEMENT_GRADE_LIMITS": text})
    assert settings["grade_limits"] == {"friction_sn": {"good": 45.0, "poor": 35.0}}
