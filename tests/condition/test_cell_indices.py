"""Indices of cells: what they rest on, what they say of it, and what stands instead of them."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from pavement.condition.cell_indices import cell_widths, index_values
from pavement.condition.cell_pci import looked_for, measured_pci, pci_kinds
from pavement.condition.indices import table_index
from pavement.condition.pci import pci, provenance
from pavement.condition.segment_table import segment_table
from pavement.schema import check

CRACKS = {"crack_pattern": 0.0, "crack_longitudinal": 0.0, "crack_transverse": 0.0, "pothole_count": 0.0}


def measured(cell: str = "n1-s-1-000000", *, day: str = "2022-03-01", run: str = "a1", **kinds: float) -> pd.DataFrame:
    common = {"cell": cell, "year": 2022, "coverage": 0.9, "quality": "measured", "method": "m", "run": run}
    rows = [common | {"kind": kind, "value": value} for kind, value in kinds.items()]
    return pd.DataFrame(rows).assign(surveyed_on=pd.Timestamp(day))


def by_kind(values: pd.DataFrame) -> pd.DataFrame:
    return values.astype({"kind": str, "cell": str, "run": str, "method": str, "quality": str}).set_index("kind")


def test_a_sound_cell_has_a_partial_pci_of_100_with_its_provenance(cells: gpd.GeoDataFrame) -> None:
    got = by_kind(index_values(cells, [measured(**CRACKS)])).loc["pci"]
    assert got["value"] == 100
    assert got["quality"] == "partial"
    assert provenance() in got["method"]
    assert "looked for 3 of 20 distresses: Alligator cracking, Longitudinal and transverse" in got["method"]


def test_pci_of_a_cell_is_that_of_its_distresses(cells: gpd.GeoDataFrame) -> None:
    more = {"crack_pattern": 0.1, "crack_longitudinal": 0.05, "crack_transverse": 0.02, "crack_width": 12.0}
    values = measured(**(CRACKS | more), rut=14.0, patch_area=9.0)
    got = by_kind(index_values(cells, [values])).loc["pci"]
    area = 350.0
    by_hand = pd.DataFrame(
        [
            ("alligator_cracking", "high", 0.1 * 0.3 * area),
            ("longitudinal_transverse_cracking", "medium", 0.07 * area),
            ("rutting", "medium", 0.57 * area),
            ("patching_and_utility_cut_patching", "low", 9.0 / 0.9),
        ],
        columns=["distress", "severity", "quantity"],
    )
    assert got["value"] == pytest.approx(pci(by_hand, area=area))
    assert "looked for 5 of 20" in got["method"]


def test_shallow_ruts_are_no_distress_and_wheel_path_cracks_stand_for_the_pattern() -> None:
    rows = pd.DataFrame([CRACKS | {"rut": 5.9}, CRACKS | {"rut": 6.0}, CRACKS | {"crack_pattern": 1.0}])
    rows["hpms_cracking"] = [np.nan, np.nan, 0.0]
    got = measured_pci(rows, seen=np.full(3, 350.0))["pci"]
    assert got[0] == 100
    assert got[1] < 100
    assert got[2] == 100


@pytest.mark.parametrize(
    ("area", "depth", "severity"),
    [
        (0.01, np.nan, "low"),
        (0.1, np.nan, "medium"),
        (0.4, np.nan, "high"),
        (0.4, 20.0, "medium"),
        (0.01, 60, "medium"),
    ],
)
def test_potholes_are_graded_by_size_and_depth(area: float, depth: float, severity: str) -> None:
    rows = pd.DataFrame([CRACKS | {"pothole_count": 2.0, "pothole_area": 2 * area, "pothole_depth": depth}])
    got = measured_pci(rows, seen=np.array([350.0]))["pci"].iloc[0]
    alone = pd.DataFrame({"distress": ["potholes"], "severity": [severity], "quantity": [2]})
    assert got == pytest.approx(pci(alone, area=350))


def test_cracks_nobody_looked_for_give_no_pci(cells: gpd.GeoDataFrame) -> None:
    got = index_values(cells, [measured(rut=20.0, iri=2.0)])
    assert "pci" not in set(got["kind"].astype(str))
    assert looked_for(pd.DataFrame({k: [np.nan] for k in pci_kinds()})).to_numpy().sum() == 0


def test_an_index_has_the_oldest_day_least_coverage_worst_quality_and_every_run(cells: gpd.GeoDataFrame) -> None:
    late = measured(crack_percent=10.0, day="2022-06-01", run="b2")
    early = measured(rut=5.0, day="2022-02-03").assign(coverage=0.6, quality="recorded")
    got = by_kind(index_values(cells, [late, early])).loc["mci"]
    frame = pd.DataFrame({"crack_percent": [10.0], "rut": [5.0]})
    assert got["value"] == pytest.approx(table_index(frame, index="mci").iloc[0])
    assert got["surveyed_on"] == pd.Timestamp("2022-02-03")
    assert got["coverage"] == 0.6
    assert (got["quality"], got["run"]) == ("recorded", "a1 b2")
    assert "to confirm; from 2 of 3: crack_percent, rut" in got["method"]


def test_a_recorded_index_stands_instead_of_ours(cells: gpd.GeoDataFrame) -> None:
    recorded = measured(pci=64.0).assign(quality="recorded", coverage=0.3)
    values = [measured(**CRACKS), recorded]
    indices = index_values(cells, values)
    assert "pci" not in set(indices["kind"].astype(str))
    assert segment_table(cells, [*values, indices])["pci"].tolist() == [64.0]


def test_concrete_has_no_index_of_asphalt(cells: gpd.GeoDataFrame) -> None:
    both = pd.concat([measured(**CRACKS), measured("n1-s-1-000100", **CRACKS)])
    materials = pd.DataFrame(
        {"cell": ["n1-s-1-000000", "n1-s-1-000100"], "year": 2022, "surface_material": ["JPCP", "SMA"]}
    )
    got = index_values(cells, [both], materials=materials)
    assert set(got["cell"].astype(str)) == {"n1-s-1-000100"}


def test_width_of_the_lane_enters_what_was_seen(cells: gpd.GeoDataFrame) -> None:
    lanes = pd.DataFrame({"route": "N1", "direction": "S", "lane": ["1"], "from_m": 0, "to_m": 250, "width_m": 3.0})
    widths = cell_widths(cells, lanes)[(cells["direction"] == "S").to_numpy()]
    assert widths.tolist() == [3.0, 3.0, 3.0, 3.5, 3.5] + [3.5] * 5
    holes = measured(**(CRACKS | {"pothole_count": 1.0, "pothole_area": 0.1}))
    wide, narrow = (by_kind(index_values(cells, [holes], lanes=w)).loc["pci", "value"] for w in (None, lanes))
    assert narrow < wide


def test_no_values_give_no_indices(cells: gpd.GeoDataFrame) -> None:
    assert index_values(cells, []).empty
    assert index_values(cells, [measured(friction_sn=40.0)]).empty


def test_segment_table_says_what_an_index_rests_on(cells: gpd.GeoDataFrame) -> None:
    values = [measured(**CRACKS, rut=4.0, iri=1.2, crack_percent=1.0)]
    table = segment_table(cells, [*values, index_values(cells, values)])
    row = table.iloc[0]
    assert row["pci"] == 100
    assert provenance() in row["pci_method"]
    assert row["pci_coverage"] == 0.9
    assert row["pci_surveyed_on"] == pd.Timestamp("2022-03-01")
    assert row["tpqi"] == pytest.approx(5 - 0.612 * np.log(1.2) - 0.127 - 0.253 * np.log(4))
    assert row["rci"] == pytest.approx(60 * (1.0 - 0.15) / 1.85)
    assert (row["condition"], row["condition_coverage"]) == ("good", 0.9)
    assert row["condition_surveyed_on"] == pd.Timestamp("2022-03-01")
    assert check(pd.DataFrame(table), "segments", file="segments")[1].empty
