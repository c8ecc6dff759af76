"""The table of targets, and each of them from the segment table to a forecast."""

import numpy as np
import pandas as pd
import pytest

from models import cracking
from models.curves import _FORMS
from models.fallback import ageing_curve
from models.fitting import training_pairs
from models.forecast import forecast_states
from models.history import with_history
from models.monitor import monitor
from models.panel import last_states, pairs, panel_from_segments
from models.reasons import _row_of
from models.targets import TARGETS, all_targets, target_of, targets_of
from pavement.errors import ModelError, SchemaError
from pavement.schema import measures, read_table, schema
from tests.models.conftest import SEED


def test_a_trend_of_a_falling_measure_has_words_of_its_own() -> None:
    assert _row_of("pci_slope") == "falling *_slope"
    assert _row_of("rut_slope") == "*_slope"
    # a survey that reads high reads high, whichever way the measure goes
    assert _row_of("pci_gap") == "*_gap"
    assert set(TARGETS) <= set(read_table("reason_words")["feature"])


@pytest.mark.parametrize("target", [t for t in TARGETS if t not in ("iri", "rut", "crack_percent")])
def test_every_other_target_goes_from_the_segment_table_to_a_forecast(target: str) -> None:
    """Panel, pairs and the ageing curve of a surveyed cell without a model; damage grows by the drift of the table."""
    own, kind = target_of(target), measures().loc[target]
    start = own.measured(np.array([own.least + 0.3 * (min(own.worst, 100.0) - own.least)]))[0]
    rows = [
        {"cell": "a", "route": "N1", "direction": "N", "lane": "1", "from_m": 0.0, "to_m": 100.0, "year": year}
        | {"surveyed_on": pd.Timestamp(year, 7, 2), "surface_material": "JPCP"}
        | {"iri": 1.0, target: start + own.sign * own.drift * (year - 2020)}
        for year in (2020, 2021, 2022)
    ]
    segments = pd.DataFrame(rows)
    assert kind["min"] <= segments[target].min() <= segments[target].max() <= kind["max"]
    panel = panel_from_segments(segments, pd.DataFrame())
    assert target in panel.columns
    found = pairs(with_history(panel), target=target)
    np.testing.assert_allclose(found["increment"], own.drift * found["horizon"], rtol=2e-3)
    ahead = forecast_states(last_states(panel), years=4, models={target: ageing_curve(target, level=0.9)})
    value = ahead.set_index("step")["value"]
    assert value[4] - value[0] == pytest.approx(own.sign * 4 * own.drift)
    assert (ahead["low"] <= ahead["value"]).all()
    assert (ahead["value"] <= ahead["high"]).all()


def test_faulting_is_of_jointed_concrete_alone() -> None:
    place = {"route": "N1", "direction": "N", "lane": "1", "year": 2020, "surveyed_on": pd.Timestamp(2020, 7, 2)}
    rows = [
        place | {"cell": c, "from_m": 100.0 * i, "to_m": 100.0 * i + 100, "surface_material": m, "faulting": 2.0}
        for i, (c, m) in enumerate({"a": "JPCP", "b": "dense graded asphalt"}.items())
    ]
    panel = panel_from_segments(pd.DataFrame(rows), pd.DataFrame())
    assert panel["unit"].tolist() == ["a"]


def test_what_only_one_forecast_knows_leaves_the_pairs_of_the_others_as_they_were(panel: pd.DataFrame) -> None:
    beside = panel.assign(pci=90.0 - panel["rut"])
    beside.loc[beside["time"] <= 2018, "pci"] = 40.0
    pd.testing.assert_frame_equal(
        training_pairs(beside, target="iri", seed=SEED), training_pairs(panel, target="iri", seed=SEED)
    )
    own = training_pairs(beside, target="pci", seed=SEED)
    assert {"iri", "rut", "pci_slope"} <= set(own)
    # only PCI recovered, without a record: its pairs across the recovery are not learned from
    assert own.loc[(own["time"] < 2019) & (own["later"] >= 2019), "suspected"].any()


def test_the_monitor_takes_the_noise_of_the_target() -> None:
    cells = [f"c{i:03d}" for i in range(40)]
    rows = pd.DataFrame({"cell": cells, "kind": "pci", "year": 2024, "found": 80.0, "set": 1, "origin_year": 2022})
    rows = rows.assign(
        horizon=2, value=80.0 + 0.6 * target_of("pci").noise, low=70.0, high=90.0, present=84.0, model=""
    )
    about = pd.DataFrame({"cell": cells, "block": [f"b{i // 2}" for i in range(40)]})
    assert monitor(rows, about, level=0.9)["alarm"].iloc[0] == "biased"


def table(**cells: object) -> pd.DataFrame:
    found = read_table("targets").set_index("target").astype(object)
    for column, value in cells.items():
        found.loc["pci", column] = value
    return found.reset_index()


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"drift": ""}, "drift"),
        ({"noise": -1.0}, "noise"),
        ({"direction": "sideways"}, "direction"),
        ({"direction": "rising"}, "pci is no rising measure: low values are worse."),
        ({"unit": "mm"}, "pci is in -, not in mm."),
        ({"low": 100.0, "high": 0.0}, "pci has a scale from 100 to 0."),
    ],
)
def test_a_faulty_row_of_the_table_is_refused(cells: dict[str, object], said: str) -> None:
    with pytest.raises(ModelError, match=said):
        targets_of(table(**cells))


def test_a_table_without_drift_is_refused() -> None:
    with pytest.raises(SchemaError, match="drift"):
        targets_of(read_table("targets").drop(columns="drift"))


def test_the_table_names_curves_and_kinds_that_there_are() -> None:
    assert targets_of(table()) == all_targets()
    for name, own in all_targets().items():
        assert set(own.curves) <= {*_FORMS, cracking.NAME}
        assert name in schema("panel").index
        # a survey may lie anywhere on its own scale
        assert measures().loc[name, "min"] == own.low or name == "iri"
    with pytest.raises(ModelError, match="'roughness' is no target"):
        target_of("roughness")
