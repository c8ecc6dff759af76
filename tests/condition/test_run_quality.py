"""The quality of one run: sensors, repeats, references, change beyond what a measure can do, and the gate."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from pavement.condition.run_comparison import change_checks, reference_deviations, repeat_checks
from pavement.condition.run_quality import RunValues, held, judged, run_quality, too_few
from pavement.condition.run_sensors import sensor_checks, wheel_paths
from pavement.schema import read_table, schema

PLACE = {"route": "N1", "direction": "S", "lane": "1"}
NO_WORKS = pd.DataFrame(columns=list(schema("works").index))
NO_REFERENCES = pd.DataFrame(columns=list(schema("references").index))
NO_PATHS = wheel_paths(None, None)


def cells(count: int = 40) -> gpd.GeoDataFrame:
    at = 100.0 * np.arange(count)
    shapes = [shapely.LineString([(m, 0), (m + 100, 0)]) for m in at]
    frame = pd.DataFrame(PLACE | {"cell": [f"c{i}" for i in range(count)], "from_m": at, "to_m": at + 100.0})
    return gpd.GeoDataFrame(frame, geometry=shapes, crs="EPSG:3826")


def values(given, *, kind="iri", year=2024, day="2024-03-02", quality="measured") -> pd.DataFrame:
    names = pd.Series([f"c{i}" for i in range(len(given))], dtype="str")
    frame = pd.DataFrame({"cell": names, "value": np.asarray(given, float)})
    told = {"year": year, "kind": kind, "coverage": 1.0, "quality": quality, "surveyed_on": pd.Timestamp(day)}
    return frame.assign(**told)[lambda f: f["value"].notna()].reset_index(drop=True)


def noisy(count: int = 40, *, seed: int = 1, level: float = 2.0, spread: float = 0.2) -> np.ndarray:
    return level + np.random.default_rng(seed).normal(0, spread, count)


def value_of(checks: pd.DataFrame, check: str, kind: str = "iri") -> float:
    return checks.set_index(["check", "kind"]).loc[(check, kind), "value"]


def report(own, *, earlier=None, works=NO_WORKS, references=NO_REFERENCES, paths=NO_PATHS, refused=0, read=100):
    earlier = values([]) if earlier is None else earlier
    return run_quality(RunValues(own, cells(), earlier, works, references, paths, refused, read))


def verdict(quality: pd.DataFrame, check: str, kind: str = "iri") -> str:
    return str(quality.set_index(["check", "kind"]).loc[(check, kind), "verdict"])


def test_coverage_and_longest_gap_are_lengths_within_the_stretch_surveyed() -> None:
    given = noisy()
    given[:5], given[10:13], given[20] = np.nan, np.nan, np.nan
    checks = sensor_checks(values(given), cells(), NO_PATHS)
    # 35 cells from the first to the last value, 4 of them without one
    assert value_of(checks, "coverage") == pytest.approx(31 / 35)
    assert value_of(checks, "gap") == 300.0


def test_half_covered_cells_count_half() -> None:
    checks = sensor_checks(values(noisy()).assign(coverage=0.5), cells(), NO_PATHS)
    assert value_of(checks, "coverage") == 0.5


def test_a_stuck_sensor_is_seen_but_not_in_rounded_records() -> None:
    given = noisy()
    given[10:30] = 2.0
    assert value_of(sensor_checks(values(given), cells(), NO_PATHS), "stuck") == 0.5
    assert verdict(report(values(given)), "stuck") == "hold"
    recorded = sensor_checks(values(given, quality="recorded"), cells(), NO_PATHS)
    assert "stuck" not in set(recorded["check"])


def test_four_equal_neighbours_are_no_stuck_sensor() -> None:
    given = noisy()
    given[10:14] = 2.0
    assert value_of(sensor_checks(values(given), cells(), NO_PATHS), "stuck") == 0.0


def test_p4_one_wheel_path_missing() -> None:
    """P4: the share with one path alone; what has none at all is a gap of both and no fault of one sensor."""
    profile = pd.DataFrame(
        {"elevation_left": [0.0, 0.1, 0.2, np.nan], "elevation_right": [0.0, np.nan, np.nan, np.nan]}
    )
    ruts = pd.DataFrame(
        [
            PLACE | {"from_m": m, "to_m": m + 10, "method": "wire", "side": side}
            for m, side in ((0, "left"), (0, "right"), (10, "left"))
        ]
    )
    checks = sensor_checks(values(noisy()), cells(), wheel_paths(profile, ruts))
    assert value_of(checks, "one_path") == pytest.approx(2 / 3)
    assert value_of(checks, "one_path", "rut") == 0.5


def test_a_silent_sensor_shows_against_the_others() -> None:
    own = pd.concat([values(noisy()), values(noisy(20, level=6), kind="rut")])
    quality = report(own)
    assert value_of(quality, "sensor_share", "rut") == 0.5
    assert (verdict(quality, "sensor_share", "rut"), verdict(quality, "sensor_share")) == ("doubt", "ok")


def test_repeat_runs_agree_to_the_repeatability_of_iso_5725() -> None:
    first, other = noisy(4000, seed=1, spread=0.1), noisy(4000, seed=2, spread=0.1)
    checks = repeat_checks(values(first), values(other, day="2024-03-20"))
    # r = 1.96 sqrt(2) s_r: 2.77 times the standard deviation of one run
    assert value_of(checks, "repeatability") == pytest.approx(1.96 * np.sqrt(2) * 0.1, rel=0.03)
    assert value_of(checks, "repeat_bias") == pytest.approx(0.0, abs=0.01)
    assert repeat_checks(values(first), values(other, day="2024-05-20")).empty


def test_a_biased_repeat_is_held() -> None:
    quality = report(values(noisy() + 0.5), earlier=values(noisy(), day="2024-02-20"))
    assert value_of(quality, "repeat_bias") == pytest.approx(0.5)
    assert verdict(quality, "repeat_bias") == "hold"
    assert verdict(quality, "repeatability") == "ok"


def reference(**changes) -> pd.DataFrame:
    told = {"reference": "R1", "kind": "iri", "value": 1.5, "from_m": 50.0, "to_m": 350.0, "source": ""}
    days = {"valid_from": pd.NaT, "valid_to": pd.NaT}
    return pd.DataFrame([PLACE | told | days | changes])


def test_deviation_on_a_reference_section_is_weighted_by_length() -> None:
    own = values([1.0, 2.0, 3.0, 4.0, 9.0])
    got = reference_deviations(own, cells(), reference())
    assert got["measured"].item() == pytest.approx((50 * 1 + 100 * 2 + 100 * 3 + 50 * 4) / 300)
    assert got["deviation"].item() == pytest.approx(1.0)
    assert verdict(report(own, references=reference()), "reference") == "hold"


@pytest.mark.parametrize("changes", [
    {"valid_to": pd.Timestamp("2024-03-01")}, {"valid_from": pd.Timestamp("2024-03-03")}, {"kind": "rut"},
    {"lane": "2"}, {"from_m": 3000.0, "to_m": 3100.0},
])  # fmt: skip
def test_a_reference_counts_only_where_and_while_it_holds(changes) -> None:
    assert reference_deviations(values([1.0, 2.0, 3.0, 4.0]), cells(), reference(**changes)).empty


def test_p9_a_run_that_is_better_without_work_is_held() -> None:
    """P9: improvement beyond the limit of the measure without work on record."""
    earlier = values(noisy(level=3.0), year=2023, day="2023-03-02")
    quality = report(values(noisy(level=2.2, seed=2)), earlier=earlier)
    assert verdict(quality, "better") == "hold"
    assert verdict(quality, "shift") == "doubt"
    assert set(held(quality)["check"]) == {"better"}


def works(**changes) -> pd.DataFrame:
    told = {"work": "A", "from_m": 0.0, "to_m": 4000.0, "completed_on": pd.Timestamp("2023-10-01"), "lane": ""}
    return pd.DataFrame([PLACE | told | {"treatment": "mill_overlay", "thickness_mm": 50.0} | changes])


def test_p9_p10_work_explains_the_change_and_no_change_is_idle() -> None:
    """P9, P10: a fall with work on record is explained; work on record and no better is counted."""
    earlier = values(noisy(level=3.0), year=2023, day="2023-03-02")
    explained = report(values(noisy(level=1.2, seed=2)), earlier=earlier, works=works())
    assert held(explained).empty
    assert ("better", "iri") not in set(zip(explained["check"], explained["kind"], strict=True))
    idle = report(values(noisy(level=3.3, seed=2)), earlier=earlier, works=works())
    assert value_of(idle, "idle") > 0.9


def test_the_shift_is_of_the_last_year_alone() -> None:
    old = values(noisy(level=1.0), year=2015, day="2015-03-02")
    assert "shift" not in set(change_checks(values(noisy(level=3.0)), old, cells(), NO_WORKS)["check"])


def test_too_few_cells_are_not_judged_and_it_is_told_how_many_it_takes() -> None:
    quality = report(values([2.0, 2.0, 2.0, 2.0, 2.1, 2.2, 2.3, 2.1, 2.2, 2.3, 2.2, 2.1]))
    assert verdict(quality, "stuck") == "not judged"
    assert held(quality).empty
    needed = too_few(quality).set_axis(quality["check"])
    assert needed["stuck"] == 30
    assert needed[["coverage", "refused"]].isna().all(), "what was judged needs no more"


def test_p3_few_cells_of_one_value_are_held() -> None:
    """P3: a sensor that stood still over a dozen cells reads 1.00 of 1, which no count excuses."""
    assert verdict(report(values([0.0] * 12)), "stuck") == "hold"
    some = report(values([2.0] * 6 + list(noisy(6)))).set_index("check").loc["stuck"]
    assert (some["value"], some["verdict"]) == (0.5, "doubt")


def test_p9_a_gross_jump_of_few_cells_is_held_and_a_smaller_one_doubted() -> None:
    """P9: 12 cells that read 1.3 m/km last year read 9.6."""
    earlier = values(noisy(12, level=1.3, spread=0.05), year=2023, day="2023-03-02")
    jump = report(values(noisy(12, level=9.6, seed=2)), earlier=earlier).set_index("check").loc["shift"]
    assert (jump["verdict"], jump["hold"]) == ("hold", 2.5)
    assert jump["value"] == pytest.approx(8.3, abs=0.2)
    assert verdict(report(values(noisy(12, level=2.9, seed=2)), earlier=earlier), "shift") == "doubt"
    assert verdict(report(values(noisy(12, level=1.9, seed=2)), earlier=earlier), "shift") == "not judged"


def test_refused_records_are_a_share_of_all() -> None:
    quality = report(values(noisy()), refused=30, read=100)
    assert (value_of(quality, "refused", ""), verdict(quality, "refused", "")) == (0.3, "doubt")


def test_one_record_refused_of_four_is_doubted() -> None:
    """A share of refused records is no statistic: whoever sent four records asks about the one."""
    assert verdict(report(values([2.0]), refused=1, read=4), "refused", "") == "doubt"
    assert verdict(report(values([2.0]), refused=0, read=4), "refused", "") == "not judged"


def test_what_was_derived_is_no_sensor() -> None:
    assert report(values([5.0] * 40, kind="aadt"))["check"].tolist() == ["refused"]


def test_a_sound_run_passes_every_check() -> None:
    earlier = values(noisy(level=1.9, seed=3, spread=0.05), year=2023, day="2023-03-02")
    again = values(noisy(spread=0.05, seed=4), day="2024-03-09")
    quality = report(values(noisy(spread=0.05)), earlier=pd.concat([earlier, again]), references=reference(value=2.0))
    assert set(quality["verdict"]) == {"ok"}, quality.to_string()
    assert {"coverage", "gap", "stuck", "repeat_bias", "repeatability", "better", "shift", "reference"} <= set(
        quality["check"]
    )


def test_every_check_has_limits_words_and_a_source() -> None:
    rules = read_table("run_checks")
    assert (rules[["zh", "en", "source", "status", "unit"]] != "").all(axis=None)
    assert set(rules["status"]) <= {"verified", "to confirm"}
    worse = rules["worse"].map({"high": 1, "low": -1})
    assert ((rules["hold"] - rules["doubt"]).dropna() * worse[rules["hold"].notna()] > 0).all()


def test_a_check_without_limits_is_left_out() -> None:
    frame = pd.DataFrame([{"check": "coverage", "kind": "iri", "value": 0.8, "count": 100}])
    assert judged(frame)[["doubt", "verdict"]].to_numpy().tolist() == [[0.9, "doubt"]]
    assert judged(frame.assign(check="nothing")).empty
    assert judged(frame.assign(kind="ism")).empty
