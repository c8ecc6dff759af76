"""Unexplained changes and coverage."""

import numpy as np
import pandas as pd
import pytest

from pavement.condition.quality import survey_age, survey_coverage, unexplained_changes


def segments(**series: list[float]) -> pd.DataFrame:
    count = len(next(iter(series.values())))
    return pd.DataFrame({"cell": "a", "year": np.arange(2020, 2020 + count), "works": 0} | series)


def test_p9_better_without_work_is_flagged_once_and_noise_is_not() -> None:
    got = unexplained_changes(segments(iri=[2.0, 1.8, 1.4, 1.5], rut=[8.0, 6.5, 3.0, 3.0]))
    assert got[["kind", "year", "finding"]].to_numpy().tolist() == [
        ["iri", 2022, "unrecorded work or error"],
        ["rut", 2022, "unrecorded work or error"],
    ]


def test_p9_work_on_record_explains_it() -> None:
    assert unexplained_changes(segments(iri=[2.0, 1.0], works=[0, 1])).empty


def test_p10_work_without_effect_is_flagged() -> None:
    got = unexplained_changes(segments(iri=[2.0, 2.1], crack_percent=[10.0, 0.0], works=[1, 2]))
    assert got[["kind", "finding"]].to_numpy().tolist() == [["iri", "work without effect"]]


def test_surveys_years_apart_and_other_cells_are_told_apart() -> None:
    frame = segments(iri=[2.0, np.nan, 1.0])
    other = segments(iri=[1.0, 1.0, 1.0]).assign(cell="b")
    got = unexplained_changes(pd.concat([frame, other]).sample(frac=1, random_state=3))
    assert got[["cell", "before_year", "year"]].to_numpy().tolist() == [["a", 2020, 2022]]


def test_coverage_shares_add_up_to_one() -> None:
    frame = segments(iri=[2.0, np.nan]).assign(iri_quality=["measured", None])
    more = segments(iri=[1.0, 1.1]).assign(cell="b", iri_quality=["estimated", "recorded"])
    got = survey_coverage(pd.concat([frame, more]), cells=4)
    assert got[["measured", "estimated", "missing"]].to_numpy().tolist() == [[0.25, 0.25, 0.5], [0.25, 0, 0.75]]


def test_age_of_the_last_survey() -> None:
    frame = pd.concat([segments(iri=[1.0, np.nan]), segments(iri=[np.nan, np.nan]).assign(cell="b")])
    got = survey_age(frame, kind="iri", year=2023)
    assert got["a"] == 3
    assert pytest.approx(got["b"], nan_ok=True) == np.nan
