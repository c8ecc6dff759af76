"""Unexplained changes and coverage."""

import numpy as np
import pandas as pd
import pytest

from pavement.condition.quality import survey_age, survey_coverage, unexplained_changes


def segments(**series: list[float]) -> pd.DataFrame:
    count = len(next(iter(series.values())))
    place = {"cell": "a", "route": "N1", "direction": "S", "lane": "1", "from_m": 0.0, "to_m": 100.0}
    years = np.arange(2020, 2020 + count)
    days = pd.to_datetime([f"{y}-03-01" for y in years])
    return pd.DataFrame({"year": years, "surveyed_on": days} | series).assign(**place)


def repaired(*days: str, treatment: str = "mill_overlay") -> pd.DataFrame:
    place = {"route": "N1", "direction": "S", "lane": "", "from_m": 0.0, "to_m": 100.0}
    dates = pd.to_datetime(list(days))
    return pd.DataFrame({"completed_on": dates}).assign(treatment=treatment, run="k", **place)


NONE = repaired().iloc[:0]


def test_p9_better_without_work_is_flagged_once_and_noise_is_not() -> None:
    got = unexplained_changes(segments(iri=[2.0, 1.8, 1.4, 1.5], rut=[8.0, 6.5, 3.0, 3.0]), NONE)
    assert got[["kind", "year", "finding"]].to_numpy().tolist() == [
        ["iri", 2022, "unrecorded work or error"],
        ["rut", 2022, "unrecorded work or error"],
    ]


def test_p9_work_between_the_surveys_explains_it_and_others_do_not() -> None:
    better = segments(iri=[2.0, 1.0])
    assert unexplained_changes(better, repaired("2020-10-01")).empty
    for works in (repaired("2021-10-01"), repaired("2019-10-01"), repaired("2020-10-01", treatment="crack_seal")):
        assert unexplained_changes(better, works)["finding"].tolist() == ["unrecorded work or error"]


def test_p9_work_after_the_survey_of_its_year_explains_the_next_one() -> None:
    got = unexplained_changes(segments(iri=[2.0, 2.1, 1.0]), repaired("2021-10-01"))
    assert got.empty


def test_p10_work_without_effect_is_flagged() -> None:
    got = unexplained_changes(segments(iri=[2.0, 2.1], crack_percent=[10.0, 0.0]), repaired("2020-10-01"))
    assert got[["kind", "finding"]].to_numpy().tolist() == [["iri", "work without effect"]]


def test_p10_a_new_surface_that_is_as_good_as_the_old_one_had_its_effect() -> None:
    got = unexplained_changes(segments(iri=[0.9, 0.9], crack_percent=[0.0, 0.0]), repaired("2020-10-01"))
    assert got.empty


def test_surveys_years_apart_and_other_cells_are_told_apart() -> None:
    frame = segments(iri=[2.0, np.nan, 1.0])
    other = segments(iri=[1.0, 1.0, 0.5]).assign(cell="b", from_m=100.0, to_m=200.0)
    works = repaired("2021-10-01").assign(from_m=100.0, to_m=200.0)
    got = unexplained_changes(pd.concat([frame, other]).sample(frac=1, random_state=3), works)
    assert got[["cell", "before_year", "year"]].to_numpy().tolist() == [["a", 2020, 2022]]


def test_a_survey_without_a_day_counts_as_the_end_of_its_year() -> None:
    undated = segments(iri=[2.0, 1.0]).assign(surveyed_on=pd.NaT)
    assert unexplained_changes(undated, repaired("2021-10-01")).empty


def test_each_kind_is_judged_by_its_own_day_of_survey() -> None:
    """The profiler passed before the work of 2021, the camera after it: only the cracks may have gone."""
    frame = segments(iri=[2.0, 2.1], crack_percent=[10.0, 0.0])
    frame = frame.assign(crack_percent_surveyed_on=pd.to_datetime(["2020-11-01", "2021-11-01"]))
    assert unexplained_changes(frame, repaired("2021-06-01")).empty
    both_late = frame.assign(iri_surveyed_on=frame["crack_percent_surveyed_on"])
    assert unexplained_changes(both_late, repaired("2021-06-01"))["kind"].tolist() == ["iri"]


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
