import numpy as np
import pandas as pd
import pytest
from shapely import LineString

from models.history import with_history
from models.panel import last_states, pairs, panel_from_segments
from models.renewal import renewed_states


def history(iri: list[float], epochs: list[int] | None = None) -> pd.DataFrame:
    time = 2018.0 + np.arange(len(iri))
    epochs = epochs or [0] * len(iri)
    return pd.DataFrame({"unit": "a", "block": "b", "family": "AC", "time": time, "epoch": epochs, "iri": iri})


def test_pairs_stay_inside_one_epoch() -> None:
    found = pairs(with_history(history([1.0, 1.1, 0.8, 0.9], [0, 0, 1, 1])), target="iri")
    assert found[["time", "later"]].to_numpy().tolist() == [[2018.0, 2019.0], [2020.0, 2021.0]]
    np.testing.assert_allclose(found["increment"], [0.1, 0.1])


def test_pairs_reach_eight_years_and_no_further() -> None:
    found = pairs(with_history(history(list(np.linspace(1, 2, 12)))), target="iri")
    assert found["horizon"].max() == 8.0
    assert found["horizon"].min() == 1.0


def test_p9_an_unexplained_fall_parts_the_history_and_is_not_learned_from() -> None:
    fallen = with_history(history([1.5, 1.6, 1.0, 1.1]))
    assert fallen["part"].tolist() == [0, 0, 1, 1]
    found = pairs(fallen, target="iri").set_index(["time", "later"])["suspected"]
    assert not found.loc[(2018.0, 2019.0)]
    assert found.loc[(2019.0, 2020.0)]
    assert not found.loc[(2020.0, 2021.0)]
    # after the fall nothing of the road before it is told as its own history
    assert np.isnan(fallen["iri_rise"].iloc[2])


def test_p9_a_single_wild_survey_is_an_error_and_no_work() -> None:
    """A peak that the next survey takes back: the fall after it is not borne out by a level seen twice."""
    assert with_history(history([1.0, 1.6, 1.0, 1.1]))["suspects"].tolist() == [0, 0, 0, 0]
    assert with_history(history([1.5, 1.0, 1.5, 1.6]))["suspects"].tolist() == [0, 0, 0, 0]


def test_small_falls_are_noise_and_stay() -> None:
    assert with_history(history([1.5, 1.4, 1.5]))["part"].tolist() == [0, 0, 0]


def test_the_gap_is_what_a_scalar_filter_says_written_out() -> None:
    value, noise, wander, drift = [1.0, 1.2, 1.1], 0.077**2, 0.06**2, 0.03
    level, spread, expected = value[0], noise, [np.nan]
    for seen in value[1:]:
        ahead, wide = level + drift, spread + wander
        expected.append(seen - ahead)
        level, spread = ahead + wide / (wide + noise) * (seen - ahead), wide * noise / (wide + noise)
    np.testing.assert_allclose(with_history(history(value))["iri_gap"], expected, atol=1e-12)


def test_slope_is_least_squares_so_far_shrunk_by_its_span() -> None:
    frame = with_history(history([1.0, 1.2, 1.3, 1.6]))
    plain = np.polyfit([0, 1, 2, 3], [1.0, 1.2, 1.3, 1.6], 1)[0]
    assert frame["iri_slope"].iloc[3] == pytest.approx(plain * 9 / (9 + 16))
    assert np.isnan(frame["iri_slope"].iloc[0])
    assert frame["iri_rise"].iloc[3] == pytest.approx(0.6)


def test_m6_history_knows_nothing_later() -> None:
    """A leak planted in the last survey must not show in any earlier row."""
    honest, planted = history([1.0, 1.1, 1.2, 1.3]), history([1.0, 1.1, 1.2, 9.9])
    pd.testing.assert_frame_equal(with_history(honest).iloc[:3], with_history(planted).iloc[:3])
    features = ["iri", "iri_slope", "iri_rise"]
    before, after = (pairs(with_history(f), target="iri") for f in (honest, planted))
    pd.testing.assert_frame_equal(before[features], after[features])
    assert (before["increment"] != after["increment"]).any()


def test_surveys_of_another_kind_are_carried_to_the_day() -> None:
    frame = pd.concat(
        [history([1.0, 1.1]), history([1.0, 1.1]).assign(time=[2018.5, 2019.5], iri=np.nan, rut=[4.0, 5.0])]
    )
    found = pairs(with_history(frame), target="iri")
    assert np.isnan(found["rut"].iloc[0])
    later = pairs(with_history(pd.concat([frame, history([1.0, 1.1, 1.2]).iloc[2:]])), target="iri")
    assert later.loc[later["time"] == 2019.0, "rut"].tolist() == [4.0]


def test_last_states_carry_older_values_of_the_same_epoch_only() -> None:
    frame = history([1.0, 1.1, np.nan], [0, 0, 1]).assign(rut=[3.0, np.nan, 2.0])
    last = last_states(frame).iloc[0]
    assert last["time"] == 2020.0
    assert np.isnan(last["iri"])
    assert last["rut"] == 2.0


def test_a_survey_before_a_work_in_its_year_belongs_to_the_epoch_before() -> None:
    segments = pd.DataFrame(
        {
            "cell": "n9-s-1-000000",
            "route": "N9",
            "direction": "S",
            "lane": "1",
            "from_m": 0.0,
            "to_m": 100.0,
            "year": [2020, 2021],
            "surveyed_on": pd.to_datetime(["2020-03-01", "2021-03-01"]),
            "iri": [2.0, 0.9],
            "age": [0.0, 0.0],
            "geometry": LineString([(0, 0), (100, 0)]),
        }
    )
    works = pd.DataFrame(
        {
            **{"work": ["w0", "w1"], "route": "N9", "direction": "S", "lane": "", "from_m": 0.0, "to_m": 100.0},
            "completed_on": pd.to_datetime(["2005-01-01", "2020-10-01"]),
            "treatment": ["construction", "mill_overlay"],
            "run": "r",
        }
    )
    frame = panel_from_segments(segments, works)
    assert frame["epoch"].tolist() == [1, 2]
    np.testing.assert_allclose(frame["age"], [15.16, 0.413], atol=0.01)


def test_kinds_surveyed_on_two_sides_of_a_work_belong_to_two_epochs() -> None:
    """IRI of March was not measured after the work of October, though cracks of that year were seen in November."""
    place = {"cell": "c", "route": "N9", "direction": "S", "lane": "1", "from_m": 0.0, "to_m": 100.0}
    segments = pd.DataFrame({"year": [2020], "iri": [2.0], "crack_percent": [0.0]}).assign(
        surveyed_on=pd.Timestamp("2020-11-05"),
        iri_surveyed_on=pd.Timestamp("2020-03-01"),
        crack_percent_surveyed_on=pd.Timestamp("2020-11-05"),
        **place,
    )
    stretch = {k: place[k] for k in ("route", "direction", "from_m", "to_m")} | {"lane": "", "run": "r"}
    works = pd.DataFrame({"completed_on": [pd.Timestamp("2020-10-01")]}).assign(treatment="mill_overlay", **stretch)
    frame = panel_from_segments(segments, works)
    assert frame["epoch"].tolist() == [0, 1]
    assert frame["iri"].tolist()[0] == 2.0
    assert np.isnan(frame["iri"].iloc[1])
    assert frame["crack_percent"].iloc[1] == 0.0
    states = renewed_states(last_states(frame), pd.DataFrame([place]), works, panel=frame).iloc[0]
    # what is known of the roughness now is what the work left, on its day
    assert states["iri"] == 0.85
    assert states["iri_time"] == pytest.approx(2020.75, abs=0.01)
    assert states["time"] == pytest.approx(2020.84, abs=0.01)


def test_the_vehicle_of_a_run_is_the_device_of_its_values() -> None:
    place = {"cell": "c", "route": "N9", "direction": "S", "lane": "1", "from_m": 0.0, "to_m": 100.0}
    years = np.arange(2019, 2022)
    days = pd.to_datetime([f"{y}-03-01" for y in years])
    segments = pd.DataFrame({"year": years, "surveyed_on": days, "iri": [2.0, 2.1, 2.2], "rut": [5.0, np.nan, 6.0]})
    segments = segments.assign(iri_run=pd.Categorical(["r1", "r2", "r3"]), rut_run="r1", **place)
    works = pd.DataFrame({"completed_on": pd.to_datetime([]), "treatment": []})
    frame = panel_from_segments(segments, works, devices={"r1": "RSV-01", "r2": " ", "r3": "RSV-02"})
    assert frame["iri_device"].fillna("").tolist() == ["RSV-01", "", "RSV-02"]
    assert frame["rut_device"].fillna("").tolist() == ["RSV-01", "", "RSV-01"]
    found = pairs(with_history(frame), target="iri").set_index(["time", "later"])
    assert found[["iri_device", "later_device"]].fillna("").to_numpy().tolist()[1] == ["RSV-01", "RSV-02"]
    # a device is nothing that is known of a cell now
    assert not [c for c in last_states(frame) if c.endswith("_device")]


def test_p10_what_follows_a_work_without_effect_is_not_learned_from() -> None:
    place = {"cell": "c", "route": "N9", "direction": "S", "lane": "1", "from_m": 0.0, "to_m": 100.0}
    years = np.arange(2019, 2024)
    days = pd.to_datetime([f"{y}-03-01" for y in years])
    segments = pd.DataFrame({"year": years, "surveyed_on": days, "iri": [2.0, 2.1, 2.2, 2.3, 2.4]}).assign(**place)
    stretch = {k: place[k] for k in ("route", "direction", "from_m", "to_m")} | {"lane": "", "run": "r"}
    works = pd.DataFrame({"completed_on": [pd.Timestamp("2020-10-01")]}).assign(treatment="mill_overlay", **stretch)
    found = pairs(with_history(panel_from_segments(segments, works)), target="iri")
    assert not found.loc[found["time"] < 2020.7, "suspected"].any()
    assert found.loc[found["time"] > 2020.7, "suspected"].all()
    mended = panel_from_segments(segments.assign(iri=[2.0, 2.1, 0.9, 1.0, 1.1]), works)
    assert not pairs(with_history(mended), target="iri")["suspected"].any()
