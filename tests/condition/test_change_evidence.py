"""P9, P10: what speaks for work in a change that no record explains, and a year that was written down wrongly."""

import numpy as np
import pandas as pd

from pavement.condition.change_evidence import GONE, LASTS, UNSEEN, change_evidence, fall_rates
from pavement.condition.settled_changes import unsettled, with_answers, without_errors
from tests.condition.test_quality import NONE, repaired, segments


def lane(*series: list[float], **more: list[float]) -> pd.DataFrame:
    """Return neighbouring cells a, b, c … with the IRI of each."""
    cells = [
        segments(iri=iri, **more).assign(cell=chr(97 + i), from_m=100.0 * i, to_m=100.0 * (i + 1))
        for i, iri in enumerate(series)
    ]
    return pd.concat(cells, ignore_index=True)


def answered(answer: str, **columns: object) -> pd.DataFrame:
    row = {"cell": "a", "kind": "iri", "year": 2021, "before_year": 2020, "finding": "unrecorded work or error"}
    return pd.DataFrame([row | {"answer": answer, "reason": "seen", "answered_by": "lin"} | columns])


def test_p9_a_small_fall_of_one_cell_is_not_likely_work() -> None:
    got = change_evidence(lane([2.0, 1.68, 1.9]), NONE)
    assert got["beyond_noise"].tolist() == [False]
    assert got["later"].tolist() == [GONE]
    assert got["likely"].tolist() == [False]


def test_p9_neighbours_that_fall_alike_and_stay_low_are_likely_work() -> None:
    got = change_evidence(lane([2.0, 1.0, 1.1], [2.2, 1.0, 1.0], [2.1, 0.9, 1.0], [1.0, 1.0, 1.1]), NONE)
    assert got["stretch_cells"].tolist() == [3, 3, 3]
    assert set(got["stretch"]) == {1}
    assert set(got["later"]) == {LASTS}
    assert got["likely"].all()


def test_p9_two_measures_at_once_speak_for_work() -> None:
    got = change_evidence(lane([2.0, 1.2], rut=[12.0, 3.0]), NONE)
    assert got["others"].tolist() == [True, True]
    assert set(got["later"]) == {UNSEEN}
    assert got["likely"].all()


def test_p9_a_fall_that_the_next_survey_takes_back_is_an_error() -> None:
    """However large and wide: worn roads do not roughen by 1 m/km in a year after they were laid."""
    got = change_evidence(lane([2.0, 1.0, 2.0], [2.0, 1.0, 2.1], [2.0, 1.0, 2.0]), NONE)
    assert set(got["later"]) == {GONE}
    assert not got["likely"].any()


def test_p9_a_work_recorded_a_year_late_or_early_is_proposed() -> None:
    frame = lane([2.0, 1.0])
    late = change_evidence(frame, repaired("2021-10-01").assign(work="w7"))
    assert late["work"].tolist() == ["w7"]
    assert late["moved_to"].tolist() == [pd.Timestamp("2020-10-01")]
    early = change_evidence(frame, repaired("2019-10-01").assign(work="w8"))
    assert early["moved_to"].tolist() == [pd.Timestamp("2020-10-01")]
    far = change_evidence(frame, repaired("2017-10-01").assign(work="w9"))
    assert far["work"].tolist() == [""]


def test_p10_a_work_without_effect_is_unsettled_until_somebody_answers() -> None:
    found = change_evidence(lane([3.0, 3.1]), repaired("2020-10-01").assign(work="w"))
    assert found["finding"].tolist() == ["work without effect"]
    for answer, left in (("leave", 1), ("this survey wrong", 1), ("work done", 0)):
        assert len(unsettled(found, answered(answer, finding="work without effect"))) == left


def test_p9_values_called_errors_are_left_out_and_others_stay() -> None:
    frame = lane([2.0, 1.0], [2.0, 1.9], rut=[5.0, 5.0])
    for answer, year in (("this survey wrong", 2021), ("survey before wrong", 2020)):
        got = without_errors(frame, answered(answer))
        gone = got[got["iri"].isna()]
        assert gone[["cell", "year"]].to_numpy().tolist() == [["a", year]]
        assert got["rut"].notna().all()
    assert without_errors(frame, answered("leave"))["iri"].notna().all()


def test_p9_an_answer_counts_for_the_two_surveys_it_was_given_on() -> None:
    found = change_evidence(lane([2.0, 1.0]), NONE)
    assert with_answers(found, answered("leave"))["answer"].tolist() == ["leave"]
    assert with_answers(found, answered("leave", before_year=2019))["answer"].tolist() == [""]


def test_base_rates_here_stand_beside_those_of_other_networks() -> None:
    calm = [[1.0, 1.1, 1.2, 1.3]] * 9
    rates = fall_rates(lane(*calm, [2.0, 1.5, 1.6, 1.7]), NONE).set_index("kind")
    assert rates.loc["iri", "surveys"] == 30
    assert rates.loc["iri", "share"] == 1 / 30
    assert rates.loc["iri", "elsewhere"] == 0.009
    assert np.isnan(rates.loc["rut", "share"])
