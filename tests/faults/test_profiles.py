"""Profiles that are short, uneven, spiked, stuck, stepped, drifting, slow or of half a lane (P1 to P8)."""

import io

import numpy as np
import pandas as pd
import pytest

from ingest.run import ingest_package
from pavement.measures.iri import roughness
from pavement.measures.rutting import rut_depth
from pavement.store import published
from pavement.store.withdrawal import release
from tests.ingest.builders import package
from tests.ingest.profile_files import erd, results, section

PLACE = {"route": "N1", "direction": "S", "lane": "1"}
STEP = 0.1
X = np.linspace(-1.75, 1.75, 141)


def road(length=600.0, *, step=STEP, seed=1):
    x = np.arange(0, length, step)
    return 2e-3 * np.sin(x / 3) + np.random.default_rng(seed).normal(0, 1e-4, len(x))


def profile(left, right=None, *, step=STEP, **more):
    heights = {"elevation_left": left, "elevation_right": left if right is None else right}
    return pd.DataFrame(PLACE | {"measure_m": 10_000 + step * np.arange(len(left))} | heights | more)


def parquet(frame):
    stream = io.BytesIO()
    frame.to_parquet(stream, index=False)
    return stream.getvalue()


def ingested(store, settings, folder, frame, *, kind="longitudinal_profile", **options):
    data = [{"kind": kind, "file": "p.parquet", "options": options}]
    return ingest_package(package(folder, {"p.parquet": parquet(frame)}, data), store=store, settings=settings)


def iri(store, kind="iri"):
    events = published.table(store, "events")
    return events[events["kind"] == kind]


@pytest.mark.parametrize("length", [5.0, 10.9])
def test_p1_shorter_than_the_run_in_has_no_roughness_and_a_reason(length, served, settings, tmp_path):
    report = ingested(served, settings, tmp_path / "p", profile(road(length)))
    assert report.faults["rule"].tolist() == ["no roughness"]
    assert "long enough" in report.faults["message"].iloc[0]
    assert iri(served).empty


def test_p1_shorter_than_a_cell_has_roughness_of_its_part_only(served, settings, tmp_path):
    ingested(served, settings, tmp_path / "p", profile(road(60)))
    (row,) = iri(served).to_dict("records")
    assert (row["from_m"], row["to_m"]) == (pytest.approx(10_011), pytest.approx(10_059.7))
    values = published.table(served, "cell_values")
    assert (values.loc[values["kind"] == "iri", "quality"] == "partial").all()


def test_p2_wandering_spacing_is_resampled_and_a_jump_splits(served, settings, tmp_path):
    at = 10_000 + STEP * np.arange(6000)
    wander = at + 0.09 * np.sin(np.arange(6000) / 40)
    jump = wander + np.where(np.arange(6000) >= 3000, 50.0, 0.0)
    frame = profile(2e-3 * np.sin(jump / 3)).assign(measure_m=jump)
    ingested(served, settings, tmp_path / "p", frame)
    found = iri(served)
    assert not ((found["from_m"] < 10_350) & (found["to_m"] > 10_300.2)).any()
    even = roughness(2e-3 * np.sin(at / 3), spacing=STEP)
    assert found["value"].iloc[1] == pytest.approx(even, rel=0.03)


@pytest.mark.parametrize("step", [0.31, 0.5])
def test_p2_wide_spacing_is_rejected(step, served, settings, tmp_path):
    report = ingested(served, settings, tmp_path / "p", profile(road(step=step), step=step))
    assert report.faults["rule"].tolist() == ["no roughness"]
    assert f"{step:g} m" in report.faults["message"].iloc[0]
    assert iri(served).empty


def spike(z):
    z[2500] += 0.15
    return "1 spikes"


def stuck(z):
    z[2500:2600] = z[2500]
    return "10.0 m of one height"


def joint(z):
    z[2500:] += 0.02
    return "1 steps"


def drift(z):
    x = STEP * np.arange(len(z))
    z += np.cumsum(np.where((x > 200) & (x < 400), 0.2 * np.sin(np.pi * (x - 200) / 200) ** 2, 0)) * STEP
    return "m of drift"


@pytest.mark.parametrize("fault", [spike, stuck, joint, drift])
def test_p3_is_flagged_with_its_place_and_both_roughnesses(fault, served, settings, tmp_path):
    z = road()
    told = fault(z)
    report = ingested(served, settings, tmp_path / "p", profile(z))
    doubtful = report.faults[report.faults["rule"] == "doubtful"]
    # both wheel paths are the same road
    assert len(doubtful) == 2
    assert doubtful["message"].str.contains(told, regex=False).all()
    assert doubtful["message"].str.contains(r"IRI \d+\.\d\d m/km, \d+\.\d\d without them").all()
    assert doubtful["row"].notna().all()
    assert len(report.rejected) == 0
    assert len(iri(served)) > 0


def test_p3_a_dead_sensor_gives_no_roughness(served, settings, tmp_path):
    """P3: both elevations 0 over 600 m once were published as the smoothest road of the network."""
    report = ingested(served, settings, tmp_path / "p", profile(np.zeros(6000)))
    dead = report.rejected[report.rejected["rule"] == "stuck sensor"]
    assert dead["column"].tolist() == ["elevation_left", "elevation_right"]
    assert dead["message"].str.contains("from 10000 to 10600 m: one height, 0 m, over more than 200 m").all()
    assert iri(served).empty
    assert not report.faults["message"].str.contains("nan").any()


def test_p3_heights_that_stand_still_are_a_gap_of_the_road_about_them(served, settings, tmp_path):
    """P3: roughness is told before and behind, as far as it is known."""
    z = road()
    z[2000:4500] = z[2000]
    report = ingested(served, settings, tmp_path / "p", profile(z))
    assert report.rejected["rule"].tolist() == ["stuck sensor"] * 2
    found = iri(served)
    assert not ((found["from_m"] < 10_450) & (found["to_m"] > 10_200.2)).any()
    assert found["value"].min() > 0.2


def test_p3_nothing_left_without_the_doubt_is_said_in_words(served, settings, tmp_path):
    """P3: a drive that jumps from one height to the next has no roughness without them, not "nan"."""
    report = ingested(served, settings, tmp_path / "p", profile(np.repeat(0.001 * (np.arange(60) % 7), 100)))
    told = report.faults.loc[report.faults["rule"] == "doubtful", "message"]
    assert len(told)
    assert told.str.contains("none is left without them").all()


def test_p3_one_sensor_that_drifts_away_is_flagged(served, settings, tmp_path):
    z = road()
    report = ingested(served, settings, tmp_path / "p", profile(z, z + np.linspace(0, 0.9, len(z))))
    assert "come apart" in report.faults["message"].iloc[0]


def test_p3_a_sound_profile_is_not_flagged(served, settings, tmp_path):
    assert ingested(served, settings, tmp_path / "p", profile(road(), road(seed=2))).faults.empty


@pytest.mark.parametrize("missing", ["left", "right"])
def test_p4_one_wheel_path_is_marked_and_no_mean_is_formed(missing, served, settings, tmp_path):
    frame = profile(road()).assign(**{f"elevation_{missing}": np.nan})
    report = ingested(served, settings, tmp_path / "p", frame)
    assert report.faults["rule"].tolist() == ["one wheel path"]
    # a device without one of its paths is looked at by somebody first
    assert report.state == "held"
    assert published.table(served, "events").empty
    release(served, report.run, user="lin", reason="the other laser was taken out on purpose")
    there = {"left": "right", "right": "left"}[missing]
    assert set(published.table(served, "events")["kind"]) == {f"iri_{there}"}


def test_p4_swapped_channels_are_set_right_by_the_manifest_and_never_taken_twice(served, settings, tmp_path):
    left, right = 1000 * road(seed=1), 2000 * road(seed=1)
    content = erd({"LElev.": right, "RElev.": left}, step=STEP)
    swapped = {"LElev.": "elevation_right", "RElev.": "elevation_left"}
    options = PLACE | {"start_m": 10_000}
    data = [{"kind": "longitudinal_profile", "file": "p.erd", "options": options, "columns": swapped}]
    ingest_package(package(tmp_path / "p", {"p.erd": content}, data), store=served, settings=settings)
    assert (iri(served, "iri_right")["value"].to_numpy() > 1.9 * iri(served, "iri_left")["value"].to_numpy()).all()
    data[0]["columns"] = {"LElev.": "elevation_right"}
    report = ingest_package(package(tmp_path / "q", {"p.erd": content}, data), store=served, settings=settings)
    assert report.faults["message"].str.contains("both mean elevation_right").any()


def test_p5_a_stop_takes_its_stretch_out_and_says_so(served, settings, tmp_path):
    z = road()
    speed = np.full(len(z), 80.0)
    speed[3000:3010] = [20, 10, 5, 0, 0, 0, 5, 10, 20, 24]
    report = ingested(served, settings, tmp_path / "p", profile(z, speed_kmh=speed))
    (fault,) = report.faults.to_dict("records")
    assert fault["rule"] == "too slow"
    assert "from 10289 to 10312 m: driven at 0 km/h, under 25 km/h" in fault["message"]
    found = iri(served)
    # the filter starts anew behind it
    assert not ((found["from_m"] < 10_322.5) & (found["to_m"] > 10_289.5)).any()
    stored = published.table(served, "longitudinal_profile")
    assert stored["speed_kmh"].min() == 0
    assert stored["elevation_left"].notna().all()


def test_p5_a_drive_that_is_slow_all_along_has_no_roughness(served, settings, tmp_path):
    report = ingested(served, settings, tmp_path / "p", profile(road(), speed_kmh=12.0))
    assert sorted(report.faults["rule"]) == ["no roughness", "too slow"]
    assert iri(served).empty


def test_p6_a_bump_of_known_height_gives_the_independent_answer(served, settings, tmp_path):
    """Triangle of 10 mm over 4 m every 0.25 m, 12 m into a cell of which 30 m are there: vector tri_pulse."""
    x = np.arange(0, 130.01, 0.25)
    bump = np.interp(x, [112, 114, 116], [0, 0.010, 0], left=0, right=0)
    ingested(served, settings, tmp_path / "p", profile(bump, step=0.25))
    second = iri(served).sort_values("from_m").iloc[1]
    assert second["value"] == pytest.approx(0.9720789214153327, rel=1e-6)


def test_p6_a_sine_of_known_wavelength_gives_the_closed_form(served, settings, tmp_path):
    x = np.arange(0, 900, 0.05)
    ingested(served, settings, tmp_path / "p", profile(1e-3 * np.sin(2 * np.pi * x / 5.0), step=0.05))
    assert iri(served)["value"].iloc[3] == pytest.approx(0.9318894403157924, rel=0.01)


def lanes(change, *, count=10):
    """Return transverse profiles 5 m wide with a rut of 12 mm in the right wheel path, changed."""
    offsets = np.round(np.linspace(-2.5, 2.5, 201), 3)
    rut = -12 * (np.abs(offsets - 0.85) < 0.4) * np.cos(np.pi * (offsets - 0.85) / 0.8)
    heights = np.tile(rut - 20 * offsets, (count, 1))
    change(offsets, heights)
    frame = pd.DataFrame(heights, columns=[f"{o:.3f}" for o in offsets])
    return frame.assign(**PLACE, measure_m=10_005 + 10.0 * np.arange(count))


def as_it_is(x, z):
    pass


def kerb(x, z):
    z[:, x > 1.8] += 150


def drop_off(x, z):
    z[:, x > 1.8] -= 300


def parked_car(x, z):
    z[:, x > 1.9] = 900


def dropouts(x, z):
    z[np.random.default_rng(3).random(z.shape) < 0.2] = np.nan


@pytest.mark.parametrize("change", [kerb, drop_off, parked_car, dropouts])
def test_p7_profiles_are_trimmed_to_the_lane_and_the_depth_is_bounded(change, served, settings, tmp_path):
    report = ingested(served, settings, tmp_path / "p", lanes(change), kind="transverse_profile")
    assert len(report.rejected) == 0
    ruts = published.table(served, "wheel_path_ruts").set_index("side")["rut_mm"]
    assert ruts["right"].between(10.5, 12.01).all()
    assert ruts["left"].max() < 0.2


def test_p7_half_a_lane_that_is_not_seen_has_no_rut_and_says_so(served, settings, tmp_path):
    def blind(x, z):
        z[:, x > 0.3] = np.nan

    report = ingested(served, settings, tmp_path / "p", lanes(blind), kind="transverse_profile")
    assert set(report.faults["rule"]) == {"no rut"}
    assert set(published.table(served, "wheel_path_ruts")["side"]) == {"left"}
    assert "rut" not in set(published.table(served, "events")["kind"])


@pytest.mark.parametrize(
    "shape", [0 * X, 20 * X, -25 * np.abs(X), 40 - 8 * X**2], ids=["flat", "fall", "roof", "crown"]
)
@pytest.mark.parametrize("method", ["straightedge", "wire", "five_point"])
def test_p8_flat_or_crowned_lanes_have_no_rut(shape, method):
    assert rut_depth(shape, spacing=0.025, method=method) == pytest.approx(0, abs=1e-9)


def test_p8_levelled_crown_tells_its_fall_and_holds_no_water(served, settings, tmp_path):
    def plane(x, z):
        z[:] = -25 * x

    report = ingested(served, settings, tmp_path / "p", lanes(plane), kind="transverse_profile", levelled=True)
    assert report.faults.empty
    values = published.table(served, "events").groupby("kind")["value"].mean()
    assert values.to_dict() == pytest.approx(
        {"rut": 0, "rut_max": 0, "rut_width": 0, "rut_water": 0, "cross_slope": 2.5}
    )


@pytest.mark.parametrize(("crossfall", "words"), [(2.0, ""), ("steep", "is no fall"), (400, "is no fall")])
def test_p8_water_in_ruts_needs_a_crossfall_that_is_one(crossfall, words, served, settings, tmp_path):
    report = ingested(served, settings, tmp_path / "p", lanes(as_it_is), kind="transverse_profile", crossfall=crossfall)
    if words:
        assert words in report.faults["message"].iloc[0]
    else:
        water = published.table(served, "events").groupby("kind")["value"].mean()["rut_water"]
        # heights fall by 2 % themselves: with 2 % more the rut of 12 mm over 0.8 m keeps little
        assert 0 < water < 6


def test_p4_one_wheel_path_of_a_laser_survey_forms_no_mean(served, settings, tmp_path):
    content = results(section(0, number=1, rough=[(875, 2.0)], ruts=[("Left", 5, 850, 8)]))
    data = [{"kind": "lcms", "files": "*.xml", "options": PLACE | {"start_m": 10_000}}]
    ingest_package(package(tmp_path / "p", {"a_1.xml": content}, data), store=served, settings=settings)
    kinds = set(published.table(served, "events")["kind"])
    assert {"iri_left", "rut_max"} <= kinds
    assert not {"iri", "rut", "iri_right"} & kinds
