"""Places matched to roads, rings and odometers: G9, G11 and G13 of the acceptance list."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from ingest.matching import matched
from ingest.network import network as network_of_tables
from ingest.odometer import bridged
from ingest.position import located
from pavement.network.calibration import calibration
from tests.ingest.builders import X, Y, network_on

# G9: a freeway due south on two carriageways 20 m apart, with a frontage road 32 m beside it
FREEWAY = {("N1", "S"): [[X, Y], [X, Y - 3000]], ("N1", "N"): [[X + 20, Y], [X + 20, Y - 3000]]}
FRONTAGE = {("P1", "S"): [[X - 32, Y], [X - 32, Y - 3000]]}
RAMP = {("N1R", "S"): [[X - 8, Y - 1000], [X - 60, Y - 1200], [X - 300, Y - 1400]]}
ABOVE = {("N1H", "S"): [[X + 2, Y], [X + 2, Y - 3000]]}


def driven(xy, *, on, route="", heading=None, drive=True):
    """Return what places of a drive are matched to."""
    course = np.full(len(xy), np.nan) if heading is None else np.broadcast_to(float(heading), len(xy))
    return matched(np.asarray(xy, dtype=float), course, network=on, route=pd.Series([route] * len(xy)), drive=drive)


def southward(x, count=40, step=20.0, start=200.0, noise=2.0):
    rng = np.random.default_rng(11)
    return np.column_stack([x + rng.normal(0, noise, count), Y - start - step * np.arange(count)])


def test_g9_direction_is_that_of_the_drive():
    known = network_on(FREEWAY)
    south = driven(southward(X - 4), on=known)
    assert (south[["route", "direction"]] == ["N1", "S"]).all(axis=None)
    north = driven(southward(X + 24)[::-1], on=known)
    assert (north[["route", "direction"]] == ["N1", "N"]).all(axis=None)
    assert driven(southward(X - 4), on=known, route="N1")["direction"].unique().tolist() == ["S"]


def test_g9_frontage_road_beside_the_freeway_is_told_by_the_whole_drive():
    known = network_on(FREEWAY | FRONTAGE)
    drive = southward(X - 6)
    drive[17, 0] = X - 20  # a fix that multipath moves to the middle between both roads
    found = driven(drive, on=known)
    assert found.drop(index=17)["route"].unique().tolist() == ["N1"]
    assert found.loc[17, "route"] in ("N1", "")
    assert driven(southward(X - 36), on=known)["route"].unique().tolist() == ["P1"]


def test_g9_road_above_the_other_is_doubtful_and_not_the_nearest():
    known = network_on(FREEWAY | ABOVE)
    found = driven(southward(X), on=known)
    assert (found["route"] == "").all()
    assert found["doubt"].unique().tolist() in (["N1 S or N1H S"], ["N1H S or N1 S"])
    assert (driven(southward(X), on=known, route="N1H")["direction"] == "S").all()


def test_g9_ramp_is_left_for_its_own_route():
    known = network_on(FREEWAY | RAMP)
    line = shapely.LineString(RAMP[("N1R", "S")])
    ramp = np.array([line.interpolate(d).coords[0] for d in np.arange(10, 480, 15.0)])
    found = driven(np.vstack([southward(X - 5, count=38), ramp]), on=known)
    assert found["route"].iloc[:25].unique().tolist() == ["N1"]
    assert found["route"].iloc[-20:].unique().tolist() == ["N1R"]
    assert set(found["route"]) <= {"N1", "N1R", ""}


def test_g9_crossing_road_and_lone_places():
    crossing = {("P2", "E"): [[X - 500, Y - 1000], [X + 500, Y - 1000]]}
    known = network_on(FREEWAY | crossing)
    east = np.column_stack([X + np.arange(-100, 101, 10.0), np.full(21, Y - 1000.0)])
    assert driven(east, on=known)["route"].unique().tolist() == ["P2"]
    lone = driven([[X, Y - 1000.0]], on=known, drive=False)
    assert lone.loc[0, "doubt"] != ""
    assert driven([[X, Y - 1000.0]], on=known, heading=178.0, drive=False)["direction"].tolist() == ["S"]
    assert driven([[X - 400, Y - 500.0]], on=known, drive=False)[["route", "doubt"]].to_numpy().tolist() == [["", ""]]


def placed(known, frame, *, drive=True, **options):
    rows = frame.assign(_row=range(2, len(frame) + 2)).astype({"x": object, "y": object})
    return located(
        rows, network=known, crs="EPSG:3826", span="place", lane="none", file="p.csv", drive=drive, **options
    )


def test_g9_records_without_a_route_are_placed_or_told():
    known = network_on(FREEWAY | FRONTAGE)
    drive = southward(X - 4)
    found, faults = placed(known, pd.DataFrame(drive, columns=["x", "y"]))
    assert faults.empty
    np.testing.assert_allclose(found["measure_m"], Y - drive[:, 1], atol=1e-6)
    found, faults = placed(known, pd.DataFrame([[X - 18, Y - 700.0]], columns=["x", "y"]), drive=False)
    assert faults["rule"].tolist() == ["doubtful road"]
    assert found["measure_m"].isna().all()


def test_g9_a_heading_across_the_named_route_is_refused():
    frame = pd.DataFrame({"route": "N1", "direction": "S", "x": X, "y": [Y - 500.0, Y - 600.0], "heading": [181, 250]})
    found, faults = placed(network_on(FREEWAY), frame)
    assert faults[["row", "rule"]].to_numpy().tolist() == [[3, "heading"]]
    assert found["measure_m"].isna().tolist() == [False, True]


# G11: a ring of 4 km, driven with growing measure
RING = [[X, Y], [X + 1000, Y], [X + 1000, Y - 1000], [X, Y - 1000], [X, Y]]


def ring_points():
    places = [(0, 0), (1000, 0), (1000, -1000), (0, -1000), (0, 0)]
    return pd.DataFrame(
        {"measure_m": 1000.0 * np.arange(5), "x": [X + a for a, _ in places], "y": [Y + b for _, b in places]}
    )


@pytest.mark.parametrize("turned", [False, True])
def test_g11_ring_is_calibrated_from_joint_to_joint(turned):
    line = shapely.LineString(RING[::-1] if turned else RING)
    known = calibration(line, ring_points())
    assert known.limits == (0.0, 4000.0)
    np.testing.assert_allclose(known.point([500.0, 3500.0]), [[X + 500, Y], [X, Y - 500]], atol=1e-9)


def test_g11_measure_at_the_joint_follows_the_order_of_travel():
    routes = gpd.GeoDataFrame(
        {"route": ["N9"], "direction": ["E"], "sense": [1], "from_m": [0.0], "to_m": [4000.0], "version": ["1"]},
        geometry=[shapely.LineString(RING)],
        crs="EPSG:3826",
    )
    lane = {"route": "N9", "direction": "E", "lane": "1", "from_m": 0.0, "to_m": 4000.0}
    lane |= {"width_m": 3.5, "offset_m": 0.0}
    points = ring_points().assign(route="N9", direction="E")
    known = network_of_tables(routes, points, pd.DataFrame([lane]), settings={"cell_length": 100.0})

    def measures(*places):
        frame = pd.DataFrame([(X + a, Y + b) for a, b in places], columns=["x", "y"]).assign(route="N9", direction="E")
        return placed(known, frame)

    arriving, _ = measures((0, -60), (0, -30), (2, 0))  # two metres of error past the end, where the drive stops
    assert arriving["measure_m"].tolist() == pytest.approx([3940, 3970, 3999.999])
    leaving, _ = measures((0, -3), (30, 0), (60, 0))  # three metres of error before the start
    assert leaving["measure_m"].tolist() == pytest.approx([0, 30, 60])
    passing, _ = measures((0, -30), (0, -4), (3, 0), (30, 0))
    assert passing["measure_m"].tolist() == pytest.approx([3970, 3996, 3, 30])
    alone, faults = measures((2, 0))
    assert faults["rule"].tolist() == ["joint of a ring"]
    assert alone["measure_m"].isna().all()


@pytest.mark.parametrize(("share", "told"), [(1.004, []), (1.006, ["drift"]), (0.99, ["drift"])])
def test_g13_odometer_that_drifts_is_told(share, told):
    known = network_on(FREEWAY)
    drive = southward(X, count=140)
    frame = pd.DataFrame(drive, columns=["x", "y"]).assign(route="N1", direction="S")
    frame["odometer_m"] = [str(20.0 * share * k) for k in range(len(frame))]
    found, lost = placed(known, frame)
    _, faults = bridged(found.assign(lane="1"), lost, file="p.csv")
    assert faults["rule"].tolist() == told
