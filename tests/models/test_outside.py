"""M4: what a model has not learned about stands beside each forecast, and under works as they leave the cell."""

import pandas as pd

from models.fitting import FittedModel, Judged
from models.outside import outside_of_states
from models.panel import last_states
from models.treated import forecast


def states(panel: pd.DataFrame) -> pd.DataFrame:
    return last_states(panel).head(3).reset_index(drop=True)


def test_m4_works_end_what_was_outside_and_leave_what_still_is(
    fitted: tuple[FittedModel, Judged], panel: pd.DataFrame
) -> None:
    own = states(panel).assign(age=[60.0, 60.0, 5.0], esal=[1e6, 9e7, 1e6])
    year = int(own["time"].iloc[0]) + 3
    works = pd.DataFrame({"cell": own["unit"].iloc[:2], "year": year, "treatment": "mill_overlay"})
    found = forecast(own, works, years=6, models={"iri": fitted[0]})
    told = {
        unit: ("".join(rows.loc[rows["year"] < year, "outside"].unique()), *rows.loc[rows["year"] >= year, "outside"])
        for unit, rows in found.groupby("cell")
    }
    first, second, third = own["unit"]
    assert told[first] == ("age", "", "", "", "")
    assert told[second] == ("age, esal", "esal", "esal", "esal", "esal")
    assert set(told[third]) == {""}


def test_m4_a_new_surface_without_history_is_nothing_new(
    fitted: tuple[FittedModel, Judged], panel: pd.DataFrame
) -> None:
    bare = states(panel).assign(iri_slope=float("nan"))
    assert set(outside_of_states(bare, fitted[0], renewed=True)) == {""}
    assert set(outside_of_states(bare, fitted[0])) == {"iri_slope"}
