"""Grades at the limits of the regulation."""

import numpy as np
import pandas as pd
import pytest

from pavement.condition.good_fair_poor import condition_limits, grade_basis, graded_kinds, metric_grade, section_grade
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


@pytest.mark.parametrize(
    ("iri", "crack", "faulting", "expected"),
    [
        (1.0, 4.0, 2.0, "good"),
        (1.0, 16.0, 4.0, "poor"),
        (1.0, 16.0, 3.0, "fair"),
        (1.0, 4.0, np.nan, ""),
        (3.0, 16.0, np.nan, "poor"),
    ],
)
def test_jointed_concrete_is_graded_by_faulting_instead_of_ruts(
    iri: float, crack: float, faulting: float, expected: str
) -> None:
    frame = pd.DataFrame({"iri": [iri], "crack_percent": [crack], "faulting": [faulting], "rut": [50.0]})
    assert section_grade(frame, surface="jointed").tolist() == [expected]


def test_continuous_concrete_is_poor_only_when_both_measures_are() -> None:
    frame = pd.DataFrame({"iri": [3.0, 3.0, 1.0], "crack_percent": [11.0, 10.0, 4.9]})
    assert section_grade(frame, surface="continuous").tolist() == ["poor", "fair", "good"]


def test_rows_of_different_surfaces_are_graded_by_their_own_rules() -> None:
    frame = pd.DataFrame({"iri": 1.0, "crack_percent": [16.0, 16.0], "rut": [2.0, 50.0], "faulting": [9.0, 9.0]})
    surface = pd.Series(["asphalt", "jointed"])
    assert section_grade(frame, surface=surface).tolist() == ["fair", "poor"]


def test_a_grade_says_its_oldest_survey_and_least_coverage() -> None:
    days = {
        "iri_surveyed_on": pd.to_datetime(["2024-03-02"] * 2),
        "rut_surveyed_on": pd.to_datetime(["2023-01-05"] * 2),
    }
    frame = pd.DataFrame({"iri": [1.0, 1.0], "rut": [2.0, np.nan], "crack_percent": [np.nan, np.nan]} | days)
    coverage = pd.DataFrame({"iri": [0.9, 0.8], "rut": [0.6, 0.1], "crack_percent": [0.0, 0.0]})
    got = grade_basis(frame, coverage)
    assert got["condition_surveyed_on"].astype(str).tolist() == ["2023-01-05", "2024-03-02"]
    assert got["condition_coverage"].tolist() == [0.6, 0.8]
    assert graded_kinds() == ["iri", "rut", "crack_percent", "faulting"]
