"""D5: clocks of camera, satellite receiver and odometer compared, told, and allowed for where that is sound."""

import numpy as np
import pandas as pd
import pytest

from ingest.clocks import compared
from tests.measures.test_clock_offset import drive

START = pd.Timestamp("2024-03-02T01:00:00Z")


def positions(*, north=False, lane="1", **changes):
    """Return positions of a drive, and where its frames truly are [m]."""
    time, odometer, place = drive(**changes)
    _, _, truth = drive(**({"noise": 0.0} | {k: v for k, v in changes.items() if k in ("steady", "length")}))
    sense, begin = (-1, 90_000.0) if north else (1, 10_000.0)
    frame = pd.DataFrame(
        {
            "route": "N1",
            "direction": "N" if north else "S",
            "lane": lane,
            "measure_m": begin + sense * place,
            "odometer_m": odometer,
            "taken_at": START + pd.to_timedelta(time, unit="s"),
            "_row": np.arange(2, len(time) + 2),
        }
    )
    return frame, begin + sense * truth


def value(found, check):
    return found.checks.set_index("check")["value"][check]


@pytest.mark.parametrize("north", [False, True])
def test_d5_where_the_odometer_fires_the_camera_places_are_corrected(north):
    frame, truth = positions(offset=1.5, noise=0.5, north=north)
    found = compared(frame, file="p.csv", odometer="triggers")
    assert np.abs(frame["measure_m"] - truth).mean() == pytest.approx(30, abs=1)
    assert np.abs(found.places["measure_m"] - truth).max() < 3.5
    assert value(found, "clock_offset") == pytest.approx(1.5, abs=0.05)
    assert found.faults["message"].tolist()[0].endswith("ahead of the odometer; corrected.")
    assert frame["measure_m"].iloc[0] != found.places["measure_m"].iloc[0], "what was given is left as it was"


def test_d5_where_the_odometer_was_joined_by_a_clock_nothing_is_moved():
    frame, _ = positions(offset=1.5)
    found = compared(frame, file="p.csv")
    pd.testing.assert_series_equal(found.places["measure_m"], frame["measure_m"])
    assert value(found, "clock_offset") == pytest.approx(1.5, abs=0.05)
    told = found.faults.iloc[0]
    assert told["message"].endswith("ahead of the odometer; not corrected.")
    assert 'odometer = "triggers"' in told["cure"]


def test_d5_clocks_that_agree_are_not_spoken_of():
    found = compared(positions()[0], file="p.csv", odometer="triggers")
    assert found.faults.empty
    assert value(found, "clock_offset") < 0.05
    assert value(found, "clock_step") < 0.5


def test_d5_beyond_the_limit_nothing_is_corrected():
    frame, _ = positions(offset=4.0)
    found = compared(frame, file="p.csv", odometer="triggers")
    pd.testing.assert_series_equal(found.places["measure_m"], frame["measure_m"])
    assert value(found, "clock_offset") == pytest.approx(4.0, rel=0.05)


def test_d5_a_step_half_way_is_told_and_not_corrected():
    frame, _ = positions(step=1.5, noise=1.0)
    found = compared(frame, file="p.csv", odometer="triggers")
    pd.testing.assert_series_equal(found.places["measure_m"], frame["measure_m"])
    assert value(found, "clock_step") == pytest.approx(1.5, abs=0.3)
    assert value(found, "clock_offset") == pytest.approx(1.5, abs=0.1), "the worse of both sides"
    (told,) = [m for m in found.faults["message"] if "jump" in m]
    at = float(told.rsplit(" at ", 1)[1].removesuffix(" m."))
    assert at == pytest.approx(frame["measure_m"].iloc[len(frame) // 2], abs=60)


def test_d5_the_camera_s_clock_that_jumps_is_told():
    found = compared(positions(jump=-2.5)[0], file="p.csv")
    assert value(found, "clock_step") == pytest.approx(2.5, abs=0.1)
    assert "the clock of the camera jumps by -2.5" in found.faults["message"].str.cat(sep=" ")


def test_d5_without_an_odometer_there_is_no_finding_and_it_says_why():
    found = compared(positions(offset=1.5)[0].drop(columns="odometer_m"), file="p.csv")
    assert found.checks[["check", "count"]].to_numpy().tolist() == [["clock_offset", 0]]
    assert found.checks["value"].isna().all()
    assert found.faults["message"].tolist() == [
        "The clocks of camera, GPS and odometer are not compared: no odometer_m."
    ]


def test_d5_a_drive_at_one_speed_says_that_it_cannot_tell():
    found = compared(positions(offset=1.5, steady=True)[0], file="p.csv", odometer="triggers")
    assert np.isnan(value(found, "clock_offset"))
    assert "cannot be told" in found.faults["message"].iloc[0]


def test_d5_of_two_lanes_each_has_its_own_offset_and_the_worse_is_judged():
    parts = [positions(offset=o, lane=lane, noise=0.5) for o, lane in ((0.0, "1"), (1.5, "2"))]
    frame = pd.concat([p for p, _ in parts], ignore_index=True)
    found = compared(frame, file="p.csv", odometer="triggers")
    assert value(found, "clock_offset") == pytest.approx(1.5, abs=0.05)
    moved = (found.places["measure_m"] - frame["measure_m"]).groupby(frame["lane"]).mean()
    assert moved["1"] == 0
    assert moved["2"] == pytest.approx(-30, abs=1)


def test_d5_drives_mixed_up_along_one_odometer_are_not_compared():
    frame, _ = positions(length=3_000)
    later = frame.assign(odometer_m=frame["odometer_m"] + 2.5, taken_at=frame["taken_at"] + pd.Timedelta("3h"))
    found = compared(pd.concat([frame, later], ignore_index=True), file="p.csv", odometer="triggers")
    assert value(found, "clock_step") is not None
    assert np.isnan(value(found, "clock_step"))
    assert "back and forth" in found.faults["message"].iloc[0]


@pytest.mark.parametrize(("apart", "step", "said"), [(0.4, 0.0, False), (-3.0, 0.0, True), (0.0, 2.0, True)])
def test_d5_the_times_of_camera_and_receiver_are_held_against_each_other(apart, step, said):
    frame, _ = positions(noise=0.5)
    late = np.where(np.arange(len(frame)) < len(frame) // 2, 0.0, step)
    frame["fix_at"] = frame["taken_at"] - pd.to_timedelta(apart + late, unit="s")
    found = compared(frame, file="p.csv")
    assert value(found, "clock_difference_step") == pytest.approx(step, abs=0.01)
    if not step:
        assert value(found, "clock_difference") == pytest.approx(abs(apart), abs=0.01)
    assert found.faults["column"].eq("fix_at").any() == said
