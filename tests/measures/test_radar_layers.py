"""Thickness by radar: the worked example, calibration by cores, and layers that must not be used."""

import numpy as np
import pandas as pd
import pytest

from pavement.measures.radar_layers import calibrated, core_permittivity, radar_faults, radar_thickness

NOTHING = pd.DataFrame(columns=["route", "direction", "lane", "measure_m", "layer", "thickness_mm"])


def row(layer: int, **given: object) -> dict[str, object]:
    place = {"route": "N1", "direction": "S", "lane": "2", "from_m": 0.0, "to_m": 100.0}
    empty = dict.fromkeys(("top_mm", "bottom_mm", "travel_time_ns", "permittivity", "confidence"), np.nan)
    return place | {"surveyed_on": pd.Timestamp("2024-03-02"), "layer": layer} | empty | given


def core(measure: float, layer: int, thickness: float, lane: str = "") -> dict[str, object]:
    return {
        "route": "N1", "direction": "S", "lane": lane, "measure_m": measure, "layer": layer, "thickness_mm": thickness
    }  # fmt: skip


def test_thickness_of_the_worked_example_and_back() -> None:
    assert float(radar_thickness(2.0, 6.0)) == pytest.approx(122.4, abs=0.05)
    assert float(core_permittivity(2.0, radar_thickness(2.0, 6.0))) == pytest.approx(6.0)
    assert np.isnan(core_permittivity(2.0, 0.0))


def test_cores_calibrate_every_row_of_their_layer_and_say_how_many() -> None:
    layers = pd.DataFrame(
        [
            row(1, travel_time_ns=2.0, permittivity=6.0),
            row(1, travel_time_ns=4.0, from_m=100.0, to_m=200.0),
            row(2, travel_time_ns=3.0, permittivity=9.0),
            row(1, travel_time_ns=2.0, permittivity=6.0, direction="N"),
        ]
    )
    cores = pd.DataFrame([core(50, 1, 110.0), core(60, 1, 112.0), core(70, 1, 108.0, lane="1")])
    got = calibrated(layers, cores)
    eps = float(np.median(core_permittivity(2.0, [110.0, 112.0])))
    assert got["permittivity"].tolist() == pytest.approx([eps, eps, 9.0, 6.0])
    assert got["thickness_mm"].tolist() == pytest.approx(list(radar_thickness([2, 4, 3, 2], [eps, eps, 9, 6])))
    assert got["quality"].tolist() == ["measured", "measured", "estimated", "estimated"]
    assert got["method"].iloc[0] == f"radar, permittivity {eps:.2f} from 2 core(s)"
    assert got["method"].iloc[2].endswith("of the file")


def test_depths_of_the_file_stand_where_no_core_calibrates_and_low_confidence_is_no_measurement() -> None:
    layers = pd.DataFrame([row(1, top_mm=0.0, bottom_mm=95.0, travel_time_ns=2.0, permittivity=6.0, confidence=0.3)])
    assert calibrated(layers, NOTHING)["thickness_mm"].tolist() == [95.0]
    got = calibrated(layers, pd.DataFrame([core(50, 1, 110.0)]))
    assert (got["thickness_mm"].iloc[0], got["quality"].iloc[0]) == (pytest.approx(110.0), "estimated")


@pytest.mark.parametrize(
    ("rows", "cores", "reasons"),
    [
        ([row(1, top_mm=0, bottom_mm=100), row(2, top_mm=100, bottom_mm=300)], [], ["", ""]),
        ([row(1, top_mm=0, bottom_mm=100), row(2, top_mm=80, bottom_mm=300)], [], ["cross", "cross"]),
        ([row(1, top_mm=0, bottom_mm=100), row(2, top_mm=150, bottom_mm=300)], [], ["gap", "gap"]),
        ([row(1, top_mm=30, bottom_mm=100)], [], ["gap"]),
        ([row(1, top_mm=0, bottom_mm=0)], [], ["zero or negative"]),
        ([row(1, top_mm=0, bottom_mm=-20), row(2, top_mm=-20, bottom_mm=9)], [], ["zero or negative", "another layer"]),
        ([row(1, travel_time_ns=2.0)], [], ["no thickness"]),
        ([row(1, top_mm=0, bottom_mm=114)], [core(50, 1, 100.0)], [""]),
        ([row(1, top_mm=0, bottom_mm=116)], [core(50, 1, 100.0)], ["core disagrees"]),
        ([row(1, top_mm=0, bottom_mm=84)], [core(50, 1, 100.0)], ["core disagrees"]),
        ([row(1, top_mm=0, bottom_mm=84)], [core(100, 1, 100.0)], [""]),
        ([row(1, top_mm=0, bottom_mm=84)], [core(50, 2, 100.0)], [""]),
    ],
)
def test_t21_layers_that_cannot_be_are_flagged(
    rows: list[dict[str, object]], cores: list[dict[str, object]], reasons: list[str]
) -> None:
    given = pd.DataFrame(cores) if cores else NOTHING
    got = radar_faults(calibrated(pd.DataFrame(rows), given), given).tolist()
    assert [bool(g) for g in got] == [bool(r) for r in reasons]
    assert all(r in g for g, r in zip(got, reasons, strict=True))


def test_t21_a_core_far_off_the_others_is_told_although_it_calibrates() -> None:
    layers = pd.DataFrame([row(1, travel_time_ns=2.0, from_m=a, to_m=a + 100) for a in (0.0, 100.0, 200.0)])
    cores = pd.DataFrame([core(50, 1, 100.0), core(150, 1, 101.0), core(250, 1, 140.0)])
    assert [bool(r) for r in radar_faults(calibrated(layers, cores), cores)] == [False, False, True]
