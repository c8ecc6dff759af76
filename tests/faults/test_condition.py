"""Indices out of their range and shares over the whole: P11 of the acceptance list, impossible by construction."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pavement.condition.cell_indices import index_values
from pavement.condition.cell_pci import measured_as, measured_pci, pci_kinds
from pavement.condition.indices import table_index
from pavement.condition.pci import deduct_rows, pci, units_pci
from pavement.condition.pci_curves import corrected
from pavement.condition.pci_distresses import known_distresses
from pavement.schema import measures
from tests.examples import examples

CELL = gpd.GeoDataFrame(
    {"cell": ["c"], "route": "N1", "direction": "S", "lane": "1", "from_m": 0.0, "to_m": 100.0},
    geometry=[shapely.LineString([(0, 0), (100, 0)])],
    crs="EPSG:3826",
)


def within(kind: str) -> st.SearchStrategy[float]:
    low, high = measures().loc[kind, ["min", "max"]]
    return st.floats(float(low), float(high))


KINDS = sorted({*pci_kinds(), "iri", "crack_percent", "flatness", "mpd", "lpv_3m", "lpv_10m"})
ROW = st.fixed_dictionaries({k: within(k) for k in KINDS})


@settings(deadline=None, max_examples=examples(15))
@given(row=ROW, left_out=st.sets(st.sampled_from(KINDS)), coverage=st.floats(0.01, 1))
def test_p11_every_index_of_a_cell_lies_within_its_limits(
    row: dict[str, float], left_out: set[str], coverage: float
) -> None:
    kept = {k: v for k, v in row.items() if k not in left_out}
    values = pd.DataFrame({"kind": list(kept), "value": list(kept.values())}, dtype=object).astype({"value": float})
    values = values.assign(cell="c", year=2024, coverage=coverage, quality="measured", method="", run="a")
    got = index_values(CELL, [values.assign(surveyed_on=pd.NaT)])
    limits = measures().loc[got["kind"].astype(str), ["min", "max"]].to_numpy(float)
    assert (got["value"].to_numpy() >= limits[:, 0]).all()
    assert (got["value"].to_numpy() <= limits[:, 1]).all()


@settings(deadline=None, max_examples=examples(60))
@given(row=ROW, kinds=st.sets(st.sampled_from(measured_as()["kind"].tolist()), max_size=2), more=st.floats(1, 3))
def test_p11_a_worse_measure_never_raises_the_pci_of_a_cell(
    row: dict[str, float], kinds: set[str], more: float
) -> None:
    """Of two distresses: the standard counts at least two beside any highest deduct below 89."""
    low = {k: v / measures().loc[k, "max"] for k, v in row.items()}
    given_row = {k: (low[k] if k in kinds else 0.0) for k in measured_as()["kind"]}
    rows = pd.DataFrame([given_row, given_row | {k: given_row[k] * more for k in kinds}])
    before, after = measured_pci(rows, seen=np.array([350.0, 350.0]))["pci"]
    assume(before > 25)
    assert after <= before + 1e-9


@pytest.mark.parametrize("pavement", ["asphalt", "concrete"])
def test_p11_everything_wrong_at_once_is_zero_and_nothing_wrong_is_100(pavement: str) -> None:
    names = known_distresses(pavement).index
    worst = pd.DataFrame({"distress": names, "severity": "high", "quantity": 1e6 if pavement == "asphalt" else 100})
    assert pci(worst, area=100, pavement=pavement) == 0
    assert pci(worst.assign(quantity=0.0), area=100, pavement=pavement) == 100


def test_p11_a_corrected_deduct_is_never_above_its_total_nor_100() -> None:
    totals = np.linspace(0, 100, 201)
    for q in range(2, 11):
        assert (corrected(totals, q=q, pavement="asphalt") <= totals + 1e-9).all()


def test_p11_shares_over_the_whole_count_as_the_whole() -> None:
    rows = pd.DataFrame({"unit": [0, 1], "distress": "raveling", "severity": "high", "quantity": [100.0, 300.0]})
    deducts = deduct_rows(rows, areas=pd.Series({0: 100.0, 1: 100.0}), pavement="asphalt")
    values = units_pci(deducts, units=pd.Index([0, 1]), pavement="asphalt")
    assert values.loc[0, "pci"] == values.loc[1, "pci"]
    assert values["clamped"].tolist() == [False, True]


@settings(deadline=None, max_examples=examples(100))
@given(iri=within("iri"), cracks=within("crack_percent"), rut=within("rut"))
def test_p11_indices_by_formula_stay_below_their_best(iri: float, cracks: float, rut: float) -> None:
    frame = pd.DataFrame({"iri": [iri], "crack_percent": [cracks], "rut": [rut]})
    for index, best in (("mci", 10), ("tpqi", 5), ("psi", 5)):
        assert table_index(frame, index=index).iloc[0] <= best
