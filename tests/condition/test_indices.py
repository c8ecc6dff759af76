"""Indices of other agencies by hand."""

import numpy as np
import pandas as pd
import pytest

from pavement.condition import indices
from pavement.condition.indices import (
    index_grade,
    index_status,
    maintenance_control_index,
    serviceability,
    table_index,
    table_indices,
    taipei_index,
)
from pavement.errors import SurveyError


def test_mci_is_the_lowest_of_its_forms() -> None:
    frame = pd.DataFrame({"crack_percent": [0.0, 30.0, 5.0], "rut": [0.0, 2.0, 30.0], "flatness": [0.0, 3.0, 4.0]})
    got = maintenance_control_index(frame)
    assert got.iloc[0] == 10
    assert got.iloc[1] == pytest.approx(min(10 - 2.23 * 30**0.3, 10 - 1.48 * 30**0.3 - 0.29 * 2**0.7 - 0.47 * 3**0.2))
    assert got.iloc[2] == pytest.approx(10 - 1.48 * 5**0.3 - 0.29 * 30**0.7 - 0.47 * 4**0.2)


def test_mci_without_flatness_uses_the_other_forms_and_without_cracks_is_missing() -> None:
    frame = pd.DataFrame({"crack_percent": [10.0, np.nan], "rut": [5.0, 5.0]})
    got = maintenance_control_index(frame)
    assert got.iloc[0] == pytest.approx(min(10 - 1.51 * 10**0.3 - 0.30 * 5**0.7, 10 - 2.23 * 10**0.3))
    assert np.isnan(got.iloc[1])


def test_recalled_coefficients_say_so() -> None:
    assert index_status("mci") == "to confirm"


def test_grades_at_their_limits() -> None:
    values = pd.Series([5.1, 5.0, 4.0, 3.0, np.nan])
    got = index_grade(values, index="mci")
    assert got.tolist() == ["Desired state", "Repair desirable", "Repair needed", "Urgent", ""]
    assert index_grade(values, index="mci", language="zh_TW").iloc[0] == "理想狀態"
    with pytest.raises(SurveyError, match="xyz"):
        index_grade(values, index="xyz")


def test_serviceability_of_a_perfect_road_is_five() -> None:
    got = serviceability(pd.Series([0.0, 100 / 63.36]))
    assert got.tolist() == pytest.approx([5, 5 * np.exp(-0.41)])


def test_taipei_index_reaches_its_limit_of_action_near_its_single_limits() -> None:
    frame = pd.DataFrame({"iri": [9.7, 1.0, 0.5], "crack_percent": [0.0, 17.0, 0.0], "rut": [1.0, 1.0, 0.0]})
    got = taipei_index(frame)
    assert got.iloc[0] == pytest.approx(5 - 0.612 * np.log(9.7))
    assert got.iloc[2] == 5


def test_an_index_of_the_agency_is_a_row_and_its_terms(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = {
        "indices": {"index": "own", "start": 100.0, "needed": "a|b"},
        "index_terms": {"index": "own", "kind": "iri", "function": "power", "coefficient": 10.0, "exponent": 1.0},
    }
    terms = pd.DataFrame([rows["index_terms"] | {"form": f, "unit": u} for f, u in (("a", "m/km"), ("b", "in/mi"))])
    tables = {"indices": pd.DataFrame([rows["indices"]]), "index_terms": terms.assign(least=np.nan, status="verified")}
    monkeypatch.setattr(indices, "read_table", lambda name: tables[name])
    got = table_index(pd.DataFrame({"iri": [2.0, np.nan]}), index="own")
    assert got.iloc[0] == pytest.approx(100 - 10 * 2 * 63.36)
    assert np.isnan(got.iloc[1])
    assert index_status("own") == "verified"
    tables["index_terms"] = terms.assign(function="cube")
    with pytest.raises(SurveyError, match="cube"):
        table_index(pd.DataFrame({"iri": [2.0]}), index="own")


def test_an_index_without_a_formula_is_refused() -> None:
    assert table_indices() == ["mci", "tpqi", "psi"]
    with pytest.raises(SurveyError, match="xyz"):
        table_index(pd.DataFrame({"iri": [1.0]}), index="xyz")
