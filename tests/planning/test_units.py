"""Units are treatment lengths with means of what is known, weighted by length."""

import numpy as np
import pandas as pd
import pytest

from pavement.errors import PlanError
from pavement.planning.units import unit_family, unit_forecast, units
from pavement.schema import check

AT = np.arange(20) * 100.0
CELLS = pd.DataFrame(
    {
        "cell": [f"n1-s-1-{a:06.0f}" for a in AT],
        "route": "N1",
        "direction": "S",
        "lane": "1",
        "from_m": AT,
        "to_m": AT + np.where(AT == 1900, 40, 100),
    }
)
LANES = pd.DataFrame(
    {
        "route": "N1",
        "direction": "S",
        "lane": "1",
        "from_m": [0.0, 1000.0],
        "to_m": [1000.0, 2000.0],
        "width_m": [3.5, 3.75],
    }
)
STATES = pd.DataFrame(
    {
        "iri": [1.0] * 10 + [3.0] * 10,
        "rut": 5.0,
        "rut_max": np.arange(20.0),
        "crack_percent": [np.nan] * 19 + [8.0],
        "age": 4.0,
        "iri_slope": 0.1,
        "family": "AC",
    },
    index=CELLS["cell"],
)


def made(**changes) -> pd.DataFrame:
    named = {"cells": CELLS, "states": STATES, "lanes": LANES} | changes
    return units(named["cells"], named["states"], named["lanes"], minimum=500, maximum=1000)


def test_units_follow_condition_and_keep_area_and_state() -> None:
    table = made()
    assert table["to_m"].tolist() == [1000, 1940]
    np.testing.assert_allclose(table["area_m2"], [3500, 940 * 3.75])
    assert table["iri"].tolist() == [1.0, 3.0]
    assert table["rut_max"].tolist() == [9, 19]
    assert np.isnan(table["crack_percent"].iloc[0])
    assert table["crack_percent"].iloc[1] == 8.0
    assert table["iri_slope"].tolist() == pytest.approx([0.1, 0.1])
    assert "family" not in table
    good, faults = check(table, "treatment_lengths", file="units")
    assert faults.empty
    assert len(good) == 2


def test_mean_is_weighted_by_length() -> None:
    states = STATES.assign(iri=[1.0] * 19 + [2.0])
    table = made(states=states)
    last = table.iloc[-1]
    whole = (last["to_m"] - last["from_m"] - 40) * 1.0 + 40 * 2.0
    assert last["iri"] == pytest.approx(whole / (last["to_m"] - last["from_m"]))


def test_cells_without_state_make_units_of_unknown_condition() -> None:
    table = made(states=STATES.iloc[:10])
    assert table["iri"].isna().tolist() == [False, True]


def test_cell_on_no_lane_is_refused() -> None:
    with pytest.raises(PlanError, match="lies on no lane"):
        made(lanes=LANES.iloc[:1])


def test_forecast_of_a_unit_is_the_mean_of_its_cells_by_length() -> None:
    lengths = made()
    other = CELLS.assign(cell=CELLS["cell"] + "x", lane="2")
    value = {0: np.arange(20.0), 1: np.arange(20.0) ** 2}
    parts = [pd.DataFrame({"cell": CELLS["cell"], "step": k, "kind": "iri", "value": v}) for k, v in value.items()]
    ahead = pd.concat([*parts, pd.DataFrame({"cell": other["cell"], "step": 0, "kind": "iri", "value": 99.0})])
    ahead = ahead[~((ahead["cell"] == CELLS["cell"].iloc[3]) & (ahead["step"] == 1))]
    got = unit_forecast(lengths, pd.concat([CELLS, other]), ahead).set_index(["unit", "step"])["value"]
    length = (CELLS["to_m"] - CELLS["from_m"]).to_numpy()
    first, last = lengths["unit"]
    assert got[first, 0] == pytest.approx(4.5)
    assert got[first, 1] == pytest.approx((sum(k * k for k in range(10)) - 9) / 9)
    assert got[last, 1] == pytest.approx(np.average(value[1][10:], weights=length[10:]))
    assert len(got) == 4


def test_a_length_has_the_surface_family_of_most_of_it() -> None:
    cells = pd.DataFrame(
        {"cell": list("abcd"), "route": "N1", "direction": "S", "lane": "1",
         "from_m": [0.0, 100.0, 150.0, 250.0], "to_m": [100.0, 150.0, 250.0, 350.0]}
    )  # fmt: skip
    lengths = pd.DataFrame({"unit": ["v", "u"], "route": "N1", "direction": "S", "lane": "1", "from_m": [250.0, 0.0]})
    family = pd.Series({"a": "AC", "b": "PCC", "c": "AC"})
    found = unit_family(lengths, cells, family)
    assert found.isna().tolist() == [True, False]
    assert found.tolist()[1] == "AC"
    assert unit_family(lengths, cells, family.replace("AC", "AC/PCC"))[1] == "AC/PCC"
