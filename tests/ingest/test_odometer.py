"""G8: places without a usable fix are bridged by the odometer between two good ones, and only there."""

import numpy as np
import pandas as pd
import pytest

from ingest.odometer import bridged
from ingest.position import located
from tests.ingest.builders import X, Y, network_of


def drive(served, *, step=10, north=False, **changes):
    """Return places of a drive down the road, with fixes changed by row: a pair, or nothing."""
    count = 101
    along = 500.0 + step * np.arange(count)
    frame = pd.DataFrame({"route": "N1", "direction": "N" if north else "S", "lane": "1"}, index=range(count))
    frame["x"], frame["y"] = X + 3.0, Y - (along[::-1] if north else along)
    frame["odometer_m"] = (70_000 + step * np.arange(count)).astype(str)
    frame["_row"] = np.arange(2, count + 2)
    frame = frame.astype({"x": object, "y": object})
    for row, fix in changes.items():
        frame.loc[int(row[1:]), ["x", "y"]] = fix
    placed, lost = located(
        frame, network=network_of(served), crs="EPSG:3826", span="place", lane="required", file="p.csv"
    )
    truth = 10_000 + (along[::-1] if north else along)
    return bridged(placed, lost, file="p.csv"), truth, frame


GONE = {f"r{k}": ("", "") for k in range(30, 60)}


@pytest.mark.parametrize("north", [False, True])
def test_g8_a_tunnel_is_bridged(served, north):
    (placed, faults), truth, _ = drive(served, north=north, **GONE)
    np.testing.assert_allclose(placed["measure_m"].astype(float), truth, atol=0.5)
    assert faults["rule"].tolist() == ["bridged"]
    assert "by the odometer: 30." in faults["message"].iloc[0]


def test_g8_zero_zero_a_jump_along_the_road_and_a_frozen_fix_are_bridged(served):
    wild = {"r10": (0.0, 0.0), "r20": (X + 3, Y - 1500.0), "r40": (X + 400, Y - 900.0)}
    (placed, faults), truth, _ = drive(served, **wild)
    np.testing.assert_allclose(placed["measure_m"].astype(float), truth, atol=0.5)
    assert "by the odometer: 3." in faults["message"].iloc[0]


def test_g8_a_frozen_receiver_is_found_out(served):
    """From row 70 on it tells one place for 70 m more: what strays over 50 m has no place, as no good fix is near."""
    frozen = dict.fromkeys([f"r{k}" for k in range(71, 75)], (X + 3, Y - 500.0 - 14 * 70))
    (placed, faults), truth, _ = drive(served, step=14, **frozen)
    strays = np.abs(placed["measure_m"].astype(float) - truth)
    assert strays.max() <= 50
    assert strays.isna().to_numpy().nonzero()[0].tolist() == [74]
    assert faults[["row", "rule"]].to_numpy().tolist() == [[76, "odometer"]]


def test_g8_too_long_a_gap_stays_without_places(served):
    (placed, faults), _, _ = drive(served, **{f"r{k}": ("", "") for k in range(20, 80)})
    assert placed["measure_m"].isna().sum() == 60
    assert set(faults["rule"]) == {"required"}


def test_g8_an_odometer_that_disagrees_with_the_road_bridges_nothing(served):
    (_, _), _, frame = drive(served)
    stood = pd.to_numeric(frame["odometer_m"])
    stood[45:] += 120
    frame.loc[30:59, ["x", "y"]] = ""
    frame["odometer_m"] = stood.astype(str)
    network = network_of(served)
    placed, lost = located(frame, network=network, crs="EPSG:3826", span="place", lane="required", file="p.csv")
    placed, faults = bridged(placed, lost, file="p.csv")
    assert placed["measure_m"].isna().sum() == 30
    assert set(faults["rule"]) == {"required"}


def test_g8_the_ends_and_other_faults_are_not_bridged(served):
    (placed, faults), _, _ = drive(served, r0=("", ""), r100=("", ""))
    assert placed.loc[[0, 100], "measure_m"].isna().all()
    assert faults["rule"].tolist() == ["required", "required"]


def test_without_an_odometer_nothing_changes(served):
    _, _, frame = drive(served, **GONE)
    network = network_of(served)
    plain = frame.drop(columns="odometer_m")
    placed, lost = located(plain, network=network, crs="EPSG:3826", span="place", lane="required", file="p.csv")
    again, faults = bridged(placed, lost, file="p.csv")
    assert again is placed
    assert faults is lost
