import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pavement.network.overlay import gather, union
from tests.examples import examples

CELLS = pd.DataFrame(
    {
        "cell": [f"n9-s-{lane}-{m:06d}" for lane in "12" for m in (0, 100, 250)],
        "route": "N9",
        "direction": "S",
        "lane": np.repeat(["1", "2"], 3),
        "from_m": [0.0, 100.0, 250.0] * 2,
        "to_m": [100.0, 250.0, 400.0] * 2,
    }
)


def events(rows: list[tuple[str, float, float, str, float]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["lane", "from_m", "to_m", "kind", "value"])
    fixed = {"route": "N9", "direction": "S", "method": "m", "quality": "measured"}
    return frame.assign(**fixed, surveyed_on=pd.Timestamp("2024-03-02"))


def test_length_weighted_with_coverage_as_in_the_vector(shared: Path) -> None:
    vector = json.loads((shared / "data/vectors/segmentation/overlay.json").read_text())
    found = gather(events([("1", a, b, "iri", v) for a, b, v in vector["layer_B"]]), CELLS, coverage_min=0.9)
    expected = [row[2] for row in vector["length_weighted_B_on_A"]]
    np.testing.assert_allclose(found["value"], expected, rtol=1e-12)
    np.testing.assert_allclose(found["coverage"], [1.0, vector["length_weighted_B_on_A"][1][3], 1.0], rtol=1e-12)
    assert found["quality"].tolist() == ["measured", "partial", "measured"]


@pytest.mark.parametrize(
    ("given", "told"),
    [("measured", "partial"), ("recorded", "partial"), ("estimated", "estimated"), ("unverified", "unverified")],
)
def test_what_is_doubtful_stays_so_where_it_covers_little(given: str, told: str) -> None:
    found = gather(events([("1", 0, 20, "iri", 2.0)]).assign(quality=given), CELLS, coverage_min=0.9)
    assert found["quality"].tolist() == [told]


def test_an_event_without_a_value_is_not_seen_rather_than_zero() -> None:
    rows = [("1", 0.0, 50.0, "iri", 2.0), ("1", 50.0, 100.0, "iri", np.nan), ("1", 100.0, 250.0, "iri", np.nan)]
    found = gather(events([*rows, ("1", 0.0, 100.0, "potholes", np.nan)]), CELLS, coverage_min=0.9)
    assert found[["cell", "kind", "value", "coverage", "quality"]].to_numpy().tolist() == [
        ["n9-s-1-000000", "iri", 2.0, 0.5, "partial"]
    ]


def test_union_as_in_the_vector(shared: Path) -> None:
    vector = json.loads((shared / "data/vectors/segmentation/overlay.json").read_text())
    a = pd.DataFrame(vector["layer_A"], columns=["from_m", "to_m", "surface"])
    b = pd.DataFrame(vector["layer_B"], columns=["from_m", "to_m", "iri"])
    found = union(a, b)
    rows = [[r[0], r[1], r[2], None if np.isnan(r[3]) else r[3]] for r in found.itertuples(index=False, name=None)]
    assert rows == vector["union_segments"]


def test_g15_a_point_on_a_border_belongs_to_one_cell() -> None:
    found = gather(events([("1", 100.0, 100.0, "ism", 1.0)]), CELLS, coverage_min=0.5)
    assert found["cell"].tolist() == ["n9-s-1-000100"]


def test_an_event_without_lane_counts_on_every_lane() -> None:
    found = gather(events([("", 0.0, 100.0, "iri", 2.0)]), CELLS, coverage_min=0.5)
    assert found["cell"].tolist() == ["n9-s-1-000000", "n9-s-2-000000"]


def test_sum_takes_shares_and_max_the_largest() -> None:
    rows = [
        ("1", 50.0, 150.0, "pothole_area", 4.0),
        ("1", 0.0, 60.0, "rut_max", 9.0),
        ("1", 60.0, 100.0, "rut_max", 3.0),
    ]
    found = gather(events(rows), CELLS, coverage_min=0.5).set_index(["cell", "kind"])["value"]
    assert found["n9-s-1-000000", "pothole_area"] == pytest.approx(2.0)
    assert found["n9-s-1-000100", "pothole_area"] == pytest.approx(2.0)
    assert found["n9-s-1-000000", "rut_max"] == 9.0


def test_doubled_stretches_do_not_double_coverage() -> None:
    found = gather(events([("1", 0.0, 60.0, "iri", 1.0), ("1", 40.0, 80.0, "iri", 2.0)]), CELLS, coverage_min=0.5)
    assert found["coverage"].tolist() == [pytest.approx(0.8)]


@settings(deadline=None, max_examples=examples(100))
@given(st.lists(st.tuples(st.floats(0, 390), st.floats(1, 200), st.floats(0, 10)), min_size=1, max_size=20))
def test_gather_equals_a_plain_loop(rows: list[tuple[float, float, float]]) -> None:
    frame = events([("1", a, min(a + w, 400.0), "iri", v) for a, w, v in rows])
    found = gather(frame, CELLS, coverage_min=0.0).set_index("cell")["value"]
    for cell in CELLS[CELLS["lane"] == "1"].itertuples():
        overlap = (frame["to_m"].clip(upper=cell.to_m) - frame["from_m"].clip(lower=cell.from_m)).clip(lower=0)
        overlap = overlap.where(overlap > 1e-6, 0)
        if overlap.sum() > 0:
            assert found[cell.cell] == pytest.approx((frame["value"] * overlap).sum() / overlap.sum(), abs=1e-9)
        else:
            assert cell.cell not in found.index


def test_g7_union_lengths_add_up() -> None:
    a = pd.DataFrame({"route": ["N9", "N8"], "from_m": [0.0, 0.0], "to_m": [100.0, 50.0], "x": [1, 2]})
    b = pd.DataFrame({"route": ["N8"], "from_m": [25.0], "to_m": [75.0], "y": [3]})
    found = union(a, b)
    assert (found["to_m"] - found["from_m"]).groupby(found["route"]).sum().to_dict() == {"N9": 100.0, "N8": 75.0}
