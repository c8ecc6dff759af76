"""Readers against answers known in closed form: roughness, ruts, weather, traffic, frames."""

import io

import numpy as np
import pandas as pd
import pytest

from ingest.readers.dense import ranges
from ingest.run import ingest_package
from pavement.errors import Cancelled, Fault, fault_frame
from pavement.store import objects, published, runs
from sample_data.faulty.images import sound_frame
from sample_data.frames import CAMERA
from tests.ingest.builders import X, Y, package


def parquet(frame):
    stream = io.BytesIO()
    frame.to_parquet(stream, index=False)
    return stream.getvalue()


def ingested(store, settings, folder, files, data, **more):
    report = ingest_package(package(folder, files, data, **more), store=store, settings=settings)
    assert report.state == "published", report.text()
    return report


def sine(direction, *, amplitude, wavelength, spacing=0.05, length=1000.0):
    at = np.arange(0, length, spacing)
    height = amplitude * np.sin(2 * np.pi * at / wavelength)
    measure = 10000 + at if direction == "S" else 12000 - at
    place = {"route": "N1", "direction": direction, "lane": "1"}
    return pd.DataFrame(
        place | {"measure_m": measure, "elevation_left": height * 1000, "elevation_right": height * 1000}
    )


@pytest.mark.parametrize("direction", ["S", "N"])
def test_roughness_of_a_sine_in_both_directions(direction, served, settings, tmp_path):
    # steady state: IRI = (2/pi) (2 pi a / lambda) |G|, |G| = 1.644 at 2.30 m with the 250 mm average
    data = [
        {
            "kind": "longitudinal_profile",
            "file": "p.parquet",
            "units": {"elevation_left": "mm", "elevation_right": "mm"},
        }
    ]
    files = {"p.parquet": parquet(sine(direction, amplitude=0.001, wavelength=2.3))}
    report = ingested(served, settings, tmp_path / "p", files, data)
    assert report.faults.empty
    expected = 2 / np.pi * 2 * np.pi * 0.001 / 2.3 * 1.644 * 1000
    every = published.table(served, "cell_values")
    assert set(every["kind"]) == {"iri", "iri_left", "iri_right", "hri", "iri_local"}
    values = every[every["kind"] == "iri"]
    # the first 11 m of a drive depend on how the filter starts and are left out
    full = values[values["coverage"] > 0.95]
    assert len(full) == 9
    assert np.allclose(full["value"][1:], expected, rtol=0.01)
    assert set(values["cell"].str[:7]) == {f"n1-{direction.lower()}-1-"[:7]}
    # both wheel paths are one sine: all means agree, and the worst 7.62 m of a steady state are hardly worse
    wide = every[every["coverage"] > 0.95].pivot_table(index="cell", columns="kind", values="value").iloc[1:]
    for kind in ("iri_left", "iri_right", "hri"):
        assert np.allclose(wide[kind], wide["iri"], rtol=1e-9)
    assert wide["iri_local"].between(wide["iri"], 1.1 * wide["iri"]).all()
    # 46 samples a wave: the highest lies half a sample beside the crest
    highest = published.table(served, "longitudinal_profile")["elevation_left"].max()
    assert highest == pytest.approx(0.001 * np.cos(np.pi / 46), abs=1e-9)


def basins(depths, measures, *, half=1.75):
    """Return transverse profiles with a cosine basin 1 m wide and of known depth in each wheel path [mm]."""
    # every 25 mm, so that a point lies in the bottom of each basin
    offsets = np.linspace(-half, half, round(half / 0.0125) + 1)
    rows = []
    for left, right in depths:
        height = 20.0 * offsets
        for centre, depth in ((-0.875, left), (0.875, right)):
            away = np.clip(offsets - centre, -0.5, 0.5)
            height = height - depth * 0.5 * (1 + np.cos(2 * np.pi * away))
        rows.append(height)
    frame = pd.DataFrame(rows, columns=[f"{o:.3f}" for o in offsets])
    frame.insert(0, "measure_m", np.asarray(measures, dtype=float))
    return frame.assign(route="N1", direction="S", lane="1")


def test_ruts_are_the_mean_and_the_larger_of_both_wheel_paths(served, settings, tmp_path):
    measures = np.arange(10005, 10200, 10.0)
    profiles = basins([(8, 12)] * 10 + [(0, 0)] * 10, measures)
    data = [{"kind": "transverse_profile", "file": "t.parquet"}]
    report = ingested(served, settings, tmp_path / "t", {"t.parquet": parquet(profiles)}, data)
    assert report.faults.empty
    values = published.table(served, "cell_values").pivot_table(index="cell", columns="kind", values="value")
    assert values.loc["n1-s-1-010000", ["rut", "rut_max"]].to_dict() == pytest.approx(
        {"rut": 10, "rut_max": 12}, abs=0.05
    )
    assert values.loc["n1-s-1-010100"].to_dict() == pytest.approx({"rut": 0, "rut_max": 0, "rut_width": 0}, abs=1e-6)
    assert (published.table(served, "cell_values")["coverage"] > 0.99).all()
    ruts = published.table(served, "wheel_path_ruts")
    assert set(ruts["method"]) == set(published.table(served, "events")["method"]) == {"straightedge 2 m"}
    sides = ruts[ruts["from_m"] < 10_100].groupby("side")["rut_mm"].agg(["size", "mean"])
    assert sides.loc["left"].tolist() == pytest.approx([10, 8], abs=0.05)
    assert sides.loc["right"].tolist() == pytest.approx([10, 12], abs=0.05)
    # a basin d/2 (1 + cos 2 pi x) is over 1 mm deep where cos 2 pi x > 2/d - 1
    widths = ruts[ruts["from_m"] < 10_100].groupby("side")["width_mm"].mean()
    for side, depth in (("left", 8), ("right", 12)):
        assert widths[side] == pytest.approx(1000 * np.arccos(2 / depth - 1) / np.pi, abs=2)


def kerbed(profiles, *, beyond, height):
    """Return profiles with what lies more than `beyond` [m] right of the centre raised by `height` [mm]."""
    raised = [c for c in profiles if c[0] in "-0123456789" and float(c) > beyond]
    return profiles.assign(**{c: profiles[c] + height for c in raised})


@pytest.mark.parametrize(
    ("change", "notes"),
    [
        (lambda p: p, []),
        (lambda p: kerbed(p, beyond=1.76, height=150.0), []),
        (lambda p: kerbed(p, beyond=1.9, height=-300.0), []),
        (lambda p: kerbed(p, beyond=1.8, height=900.0), []),
        (lambda p: p.assign(**{"0.500": p["0.500"] + 60.0}), ["spikes"]),
        (lambda p: p.assign(**{"-1.600": p["-1.600"] - 40.0}), ["spikes"]),
        (lambda p: p.assign(**dict.fromkeys(p.columns[2:60:4], np.nan)), []),
    ],
    ids=["clean", "kerb", "drop-off", "parked car", "stone", "hole", "drop-outs"],
)
def test_p7_what_is_no_lane_makes_no_rut(change, notes, served, settings, tmp_path):
    """P7: a profile 5 m wide over a lane of 3.5 m is trimmed to it; a spike supports no straightedge, and is said."""
    profiles = change(basins([(8, 12)] * 10, np.arange(10005, 10100, 10.0), half=2.5))
    data = [{"kind": "transverse_profile", "file": "t.parquet"}]
    report = ingested(served, settings, tmp_path / "t", {"t.parquet": parquet(profiles)}, data)
    assert report.faults["rule"].tolist() == notes
    assert len(report.rejected) == 0
    values = published.table(served, "cell_values").set_index("kind")["value"]
    assert values[["rut", "rut_max"]].to_dict() == pytest.approx({"rut": 10, "rut_max": 12}, abs=0.2)


@pytest.mark.parametrize(
    ("fault", "told"), [("spike", "1 spikes, 0 steps, 0.0 m"), ("stuck", "0 spikes, 0 steps, 40.")]
)
def test_p3_doubts_about_a_profile_are_told_with_both_roughnesses(fault, told, served, settings, tmp_path):
    profile = sine("S", amplitude=0.001, wavelength=2.3)
    heights = profile["elevation_left"].to_numpy().copy()
    if fault == "spike":
        heights[4000] += 150.0
    else:
        heights[4000:4800] = heights[4000]
    profile["elevation_left"] = heights
    units = {"elevation_left": "mm", "elevation_right": "mm"}
    data = [{"kind": "longitudinal_profile", "file": "p.parquet", "units": units}]
    report = ingested(served, settings, tmp_path / "p", {"p.parquet": parquet(profile)}, data)
    fault = report.faults.iloc[0]
    assert (fault["rule"], fault["row"], len(report.faults), len(report.rejected)) == ("doubtful", 4001, 1, 0)
    assert told in fault["message"]
    assert "without them" in fault["message"]


def test_single_sample_of_a_lane_gives_no_roughness(served, settings, tmp_path):
    data = [{"kind": "longitudinal_profile", "file": "p.parquet"}]
    profile = sine("S", amplitude=0.001, wavelength=2.3).iloc[:1]
    report = ingested(served, settings, tmp_path / "p", {"p.parquet": parquet(profile)}, data)
    assert report.faults["rule"].tolist() == ["no roughness"]


def test_transverse_heights_in_metres(served, settings, tmp_path):
    profiles = basins([(8, 12)] * 10, np.arange(10005, 10100, 10.0))
    heights = [c for c in profiles if c[-1].isdigit() and c != "measure_m"]
    profiles[heights] /= 1000
    data = [{"kind": "transverse_profile", "file": "t.parquet", "units": {"heights": "m"}}]
    ingested(served, settings, tmp_path / "t", {"t.parquet": parquet(profiles)}, data)
    values = published.table(served, "cell_values").set_index("kind")["value"]
    assert values["rut_max"] == pytest.approx(12, abs=0.05)


def test_samples_beyond_the_lane_and_of_unknown_lanes_are_told_once(served, settings, tmp_path):
    good, beyond = sine("S", amplitude=0.001, wavelength=2.3), sine("S", amplitude=0.001, wavelength=2.3, length=50)
    strange = beyond.assign(lane="9")
    beyond = beyond.assign(measure_m=beyond["measure_m"] + 2001)
    data = [
        {
            "kind": "longitudinal_profile",
            "file": "p.parquet",
            "units": {"elevation_left": "mm", "elevation_right": "mm"},
        }
    ]
    files = {"p.parquet": parquet(pd.concat([good, beyond, strange], ignore_index=True))}
    report = ingested(served, settings, tmp_path / "p", files, data)
    assert sorted(report.faults["rule"]) == ["beyond the lane", "unknown lane"]
    assert report.counts["longitudinal_profile"] == len(good)


def test_gap_in_a_profile_is_never_bridged(served, settings, tmp_path):
    profile = sine("S", amplitude=0.001, wavelength=2.3)
    profile = profile[~profile["measure_m"].between(10300, 10400)]
    data = [
        {
            "kind": "longitudinal_profile",
            "file": "p.parquet",
            "units": {"elevation_left": "mm", "elevation_right": "mm"},
        }
    ]
    ingested(served, settings, tmp_path / "p", {"p.parquet": parquet(profile)}, data)
    cells = set(published.table(served, "cell_values")["cell"])
    assert "n1-s-1-010300" not in cells
    assert {"n1-s-1-010200", "n1-s-1-010400"} <= cells


def test_runs_of_faults_are_told_as_one_range():
    faults = fault_frame(
        [Fault("a", r, "x", "", rule, "Bad.", "") for r, rule in ((2, "u"), (3, "u"), (4, "u"), (6, "u"), (7, "v"))]
    )
    told = ranges(faults)
    assert told["row"].tolist() == [2, 6, 7]
    assert told["message"].tolist() == ["Bad. The same to row 4.", "Bad.", "Bad."]


def test_weather_with_marks_and_its_stations(served, settings, tmp_path):
    stations = f"station,name,x,y,elevation_m\nS1,站一,{X + 5000},{Y},10\n"
    days = (
        "station,date,temp_max,temp_min,precipitation_mm\n"
        "S1,2023-01-01,20.5,12,T\nS1,2023-01-02,x,12,0.0\nS2,2023-01-01,20,12,0\nS1,2023-01-03,10,12,1\n"
    )
    data = [{"kind": "weather", "file": "w.csv", "stations": "s.csv"}]
    report = ingested(served, settings, tmp_path / "w", {"w.csv": days, "s.csv": stations}, data)
    assert dict(zip(report.faults["row"], report.faults["rule"], strict=True)) == {4: "unknown station", 5: "order"}
    got = published.table(served, "weather")
    assert got["precipitation_mm"].tolist() == [0.05, 0.0]
    assert got["temp_max"].isna().tolist() == [False, True]
    assert published.table(served, "stations")["x"].tolist() == [X + 5000]


def test_traffic_by_class_in_words(served, settings, tmp_path):
    sheet = (
        "偵測站,國道別,行車方向,起點里程,終點里程,年度,車種,年平均日交通量\n"
        "C1,國道1號,南下,10k+000,12k+000,2023,聯結車,1200\nC1,國道1號,南下,10k+000,12k+000,2023,31,20000\n"
    )
    ingested(served, settings, tmp_path / "t", {"t.csv": sheet}, [{"kind": "traffic", "file": "t.csv"}])
    got = published.table(served, "traffic").set_index("vehicle_class")["aadt"]
    assert got.to_dict() == {"5": 1200, "31": 20000}


def own_frame(number):
    """Return a frame as no other: the same bytes twice would be a copy."""
    content = sound_frame()
    return content[:2] + b"\xff\xfe\x00\x03" + bytes([number]) + content[2:]


def frames_package(folder):
    rows = [f"a{i},frames/{i}.jpg,N1,S,1,{10000 + 2 * i},2.0,2024-03-02T00:30:0{i}+08:00" for i in range(2)]
    files = {f"frames/{i}.jpg": own_frame(i) for i in range(2)}
    files["positions.csv"] = "\n".join(["frame,file,route,direction,lane,measure_m,length_m,taken_at", *rows]) + "\n"
    data = [{"kind": "frames", "files": "frames/*.jpg", "positions": "positions.csv"}]
    return package(folder, files, data, camera=CAMERA)


def test_frames_become_findings_events_and_stored_views(served, settings, tmp_path):
    # a line drawn straight is a joint to the network
    by_lines = settings.replaced(crack_engine="classical")
    report = ingest_package(frames_package(tmp_path / "f"), store=served, settings=by_lines)
    assert report.state == "published", report.text()
    frames = published.table(served, "frames")
    assert len(frames) == 2
    for column in ("image", "overlay"):
        assert objects.read(served, frames[column].iloc[0])[:3] == b"\xff\xd8\xff"
    assert (published.table(served, "findings")["kind"] == "crack").any()
    values = published.table(served, "cell_values").set_index("kind")
    # two frames of 2 m in a cell of 100 m: the day is the agency's, though it was still the day before in UTC
    assert values.loc["crack_percent", "coverage"] == pytest.approx(0.04)
    assert str(values.loc["crack_percent", "surveyed_on"])[:10] == "2024-03-02"


def test_cancelled_work_leaves_nothing(served, settings, tmp_path):
    def stop(done, total, label):
        if label == "frames":
            raise Cancelled

    before = runs.data_version(served)
    with pytest.raises(Cancelled):
        ingest_package(frames_package(tmp_path / "f"), store=served, settings=settings, progress=stop)
    assert runs.data_version(served) == before
    assert list((settings.home / "quarantine").iterdir()) == []


@pytest.mark.parametrize(
    ("zone", "time", "rules"),
    [
        ("Asia/Taipei", "2024-03-02T08:30:00", []),
        ("", "2024-03-02T08:30:00", ["type"]),
        # the hour that comes twice in autumn
        ("Europe/Berlin", "2024-10-27T02:30:00", ["type"]),
        ("Europe/Berlin", "2024-10-27T02:30:00+02:00", []),
    ],
)
def test_d4_time_of_a_frame_needs_a_zone_and_one_meaning(zone, time, rules, served, settings, tmp_path):
    folder = frames_package(tmp_path / "f")
    positions = (folder / "positions.csv").read_text().replace("2024-03-02T00:30:01+08:00", time)
    data = [{"kind": "frames", "files": "frames/*.jpg", "positions": "positions.csv"}]
    files = {f"frames/{i}.jpg": own_frame(i) for i in range(2)} | {"positions.csv": positions}
    more = {"timezone": zone} if zone else {}
    report = ingest_package(
        package(tmp_path / "g", files, data, camera=CAMERA, **more), store=served, settings=settings
    )
    told = report.faults[report.faults["column"] == "taken_at"]
    assert told["rule"].tolist() == rules, report.text()
    assert report.counts["frames"] == 2 - len(rules)
