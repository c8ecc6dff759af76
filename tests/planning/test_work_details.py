"""Details of works: quantities by hand, condition at the year of work, and the rules of confidence."""

import numpy as np
import pandas as pd
import pytest

from pavement.planning.confidence import confidence, evidence
from pavement.planning.work_condition import cells_of_works, condition_now, condition_then, later_works
from pavement.planning.work_quantities import work_quantities
from pavement.schema import read_table


def works(**columns: object) -> pd.DataFrame:
    """Return two works on a lane of four cells, the second after the first on the same unit."""
    place = {"route": "N1", "direction": "S", "lane": "1", "from_m": 0.0, "to_m": 300.0}
    frame = pd.DataFrame([place | {"unit": "a", "year": y, "area_m2": 1000.0} for y in (2026, 2030)])
    return frame.assign(treatment=["mill_overlay", "crack_seal"], later=later_works(frame)).assign(**columns)


def cells() -> pd.DataFrame:
    place = {"route": "N1", "direction": "S", "lane": "1"}
    return pd.DataFrame([place | {"cell": f"c{at}", "from_m": 100.0 * at, "to_m": 100.0 * (at + 1)} for at in range(4)])


def ahead(**columns: object) -> pd.DataFrame:
    """Return IRI 2, 3, 4 of the three cells in 2026, an interval of one on either side."""
    rows = pd.DataFrame({"cell": ["c0", "c1", "c2"], "year": 2026, "kind": "iri", "value": [2.0, 3.0, 4.0]})
    rows = rows.assign(low=rows["value"] - 1, high=rows["value"] + 1, basis="model", outside="", doubt="")
    return rows.assign(**columns)


def test_quantities_are_thickness_times_area_times_density() -> None:
    values = pd.DataFrame({"crack_length": [0.2, 0.2], "pothole_area": [1.0, 1.0]})
    found = work_quantities(works(), values, read_table("treatments"))
    # 5 cm on 1000 m2 are 50 m3, of 2.35 t/m3
    assert found.loc[0, ["asphalt_t", "milled_m3"]].tolist() == pytest.approx([117.5, 50.0])
    assert found.loc[1, "sealed_m"] == pytest.approx(200.0)
    assert found.isna().sum().sum() == 5


def test_the_condition_of_a_work_is_that_of_its_cells_and_its_year() -> None:
    own = cells_of_works(works(), cells())
    assert own.groupby("action")["length"].sum().tolist() == [300.0, 300.0]
    values = pd.DataFrame({"iri": [1.0, 2.0, np.nan, 9.0], "pothole_area": [0.5, 0.5, 0.5, 9.0]}, index=cells()["cell"])
    now = condition_now(own, values, count=2)
    assert now["iri"].tolist() == [1.5, 1.5]
    assert now["pothole_area"].tolist() == [1.5, 1.5]
    then = condition_then(own, works(), ahead())
    assert then.loc[0, ["iri_then", "iri_low", "iri_high"]].tolist() == [3.0, 2.0, 4.0]
    # the forecast does not know the work before it
    assert then.loc[1].isna().all()


@pytest.mark.parametrize(
    ("columns", "level", "why"),
    [
        ({}, "high", ""),
        ({"outside": ["heavy traffic", "", ""]}, "medium", "forecast extrapolated on 33 % of the length"),
        ({"basis": "extrapolated"}, "low", "forecast extrapolated on 100 % of the length"),
        ({"basis": "curve"}, "medium", "forecast by an ageing curve and not by a model on 100 % of the length"),
        ({"doubt": "bias"}, "low", "alarms of the monitor on 100 % of the length"),
        ({"cell": ["c0", "c1", "x"]}, "low", "no forecast on 33 % of the length"),
    ],
)
def test_confidence_is_the_lowest_of_its_rules(columns: dict[str, object], level: str, why: str) -> None:
    surveys = pd.DataFrame({"year": 2025.0, "coverage": 1.0}, index=["c0", "c1", "c2"])
    first = works().head(1)
    found = confidence(evidence(cells_of_works(first, cells()), first, ahead(**columns), surveys, planned=2026))
    assert (found["confidence"].iloc[0], found["why_en"].iloc[0]) == (level, why)


def test_an_old_or_thin_survey_lowers_confidence() -> None:
    surveys = pd.DataFrame({"year": 2020.0, "coverage": 0.7}, index=["c0", "c1", "c2"])
    first = works().head(1)
    found = confidence(evidence(cells_of_works(first, cells()), first, ahead(), surveys, planned=2026)).iloc[0]
    assert found["confidence"] == "low"
    assert "surveyed 6 years before the plan" in found["why_en"]
    assert "30 % 面積未調查" in found["why_zh"]
