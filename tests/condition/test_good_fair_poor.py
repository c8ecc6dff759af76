"""Grades at the limits of the regulation."""

import numpy as np
import pandas as pd
import pytest

from pavement.condition.good_fair_poor import condition_limits, metric_grade, section_grade
from pavement.errors import SurveyError


def test_limits_of_the_regulation_in_our_units() -> None:
    limits = condition_limits()
    assert limits.loc["iri", "good_below"] * 63.36 == pytest.approx(95)
    assert limits.loc["iri", "poor_above"] * 63.36 == pytest.approx(170)
    assert limits.loc["rut", ["good_below", "poor_above"]].tolist() == pytest.approx([5.08, 10.16])
    assert limits.loc["rut", "status"] == "to confirm"


@pytest.mark.parametrize(("value", "grade"), [(4.9, 0), (5.0, 1), (20.0, 1), (20.1, 2), (np.nan, np.nan)])
def test_a_value_on_a_limit_is_fair(value: float, grade: float) -> None:
    np.testing.assert_equal(metric_grade([value], kind="crack_percent")[0], grade)


@pytest.mark.parametrize(
    ("iri", "rut", "crack", "expected"),
    [
        (1.0, 2.0, 1.0, "good"),
        (1.0, 2.0, 10.0, "fair"),
        (9.0, 2.0, 1.0, "fair"),
        (9.0, 20.0, 1.0, "poor"),
        (9.0, 20.0, 90.0, "poor"),
        (np.nan, 20.0, 90.0, "poor"),
        (np.nan, 7.0, 10.0, "fair"),
        (np.nan, 2.0, 10.0, "fair"),
        (np.nan, 2.0, 1.0, ""),
        (np.nan, 20.0, 1.0, ""),
        (np.nan, np.nan, 1.0, ""),
        (np.nan, np.nan, np.nan, ""),
    ],
)
def test_sections_are_graded_only_where_missing_measures_cannot_matter(
    iri: float, rut: float, crack: float, expected: str
) -> None:
    frame = pd.DataFrame({"iri": [iri], "rut": [rut], "crack_percent": [crack]})
    assert section_grade(frame).tolist() == [expected]


def test_an_unknown_surface_is_refused() -> None:
    with pytest.raises(SurveyError, match="gravel"):
        condition_limits(surface="gravel")
