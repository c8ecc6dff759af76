"""Severity by the limits of the table."""

import numpy as np
import pandas as pd

from pavement.measures.severity import severity
from pavement.schema import read_table


def found(*rows: tuple[str, str, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["kind", "type", "width_mm"])


def test_widths_grade_cracks_by_their_type() -> None:
    line = [("crack", "longitudinal", w) for w in (6.0, 6.1, 19.0, 19.1)]
    assert severity(found(*line)).tolist() == ["low", "medium", "medium", "high"]
    assert severity(found(("crack", "pattern", 6.1), ("pothole", "", 200.0))).tolist() == ["high", "low"]


def test_what_has_no_rule_or_no_width_has_no_severity() -> None:
    rows = found(("sealed_crack", "", 30.0), ("crack", "transverse", np.nan), ("crack", "transverse", 25.0))
    assert severity(rows.set_axis([7, 3, 9])).to_dict() == {7: "", 3: "", 9: "high"}
    assert severity(found()).empty


def test_each_rule_says_where_it_comes_from() -> None:
    rules = read_table("severity")
    assert (rules["low_to"] < rules["high_above"]).all()
    assert rules["source"].ne("").all()
    assert rules["status"].isin(["verified", "to confirm", "example"]).all()
