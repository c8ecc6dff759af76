"""One road cut into frames gives what the whole gives: cracks, potholes and zones counted once (I11, I13)."""

import cv2
import numpy as np
import pandas as pd
import pytest
import shapely

from ingest.imagery import placing
from ingest.imagery.camera import Camera
from ingest.imagery.lane_shapes import no_shapes
from ingest.imagery.on_lane import OnLane
from ingest.imagery.placing import lane_measures, windows
from ingest.imagery.survey import quantify_frames
from pavement.measures.cracking import crack_parts
from pavement.network.overlay import gather
from pavement.schema import check

from .conftest import as_image, asphalt, line_length, painted, wandering, with_line

WIDTH = 3.6
LENGTH = 12.0
PLACE = {"route": "N1", "direction": "S", "lane": "1"}


def frames(starts, length, *, sense=1, at=5000.0):
    """Return frames by how far from the beginning of the drive [m] they start."""
    lower = [at + s if sense == 1 else at + LENGTH - s - length for s in starts]
    names = [f"f{i:02d}" for i in range(len(starts))]
    return pd.DataFrame({"frame": names, **PLACE, "measure_m": lower, "length_m": length, "sense": sense})


def cut_out(lines, holes, start, length, *, width=WIDTH):
    """Return what a frame sees of drawn lines and polygons, cut by shapely."""
    box = shapely.box(-width / 2, start, width / 2, start + length)
    seen = [shapely.intersection(line, box) for line in lines]
    kept = [(n, shapely.affinity.translate(s, 0, -start)) for n, s in enumerate(seen) if s.length > 0]
    pieces = pd.DataFrame({"geometry": [s for _, s in kept], "width_mm": [2.0 + n for n, _ in kept]})
    pieces["type"] = [
        "transverse" if lines[n].bounds[2] - lines[n].bounds[0] > 0.5 else "longitudinal" for n, _ in kept
    ]
    parts = shapely.intersection(np.array(holes, dtype=object), box)
    shapes = shapely.get_parts(parts[~shapely.is_empty(parts)])
    potholes = shaped([("pothole", shapely.affinity.translate(s, 0, -start)) for s in shapes])
    steps = np.minimum(np.arange(np.ceil(length / 0.1 - 1e-9) + 1) * 0.1, length)
    return OnLane(crack_parts(pieces), potholes, steps * width, width, length, width)


def shaped(kinds_and_shapes):
    """Return shapes of a frame, in the order of its findings."""
    shapes = no_shapes()
    for number, (kind, shape) in enumerate(kinds_and_shapes):
        shapes.loc[number] = [kind, shape, number, np.nan, np.nan, np.empty(0)]
    return shapes


def road():
    y = np.arange(0.0, LENGTH + 0.01, 0.1)
    wave = shapely.LineString(np.column_stack([0.4 * np.sin(y), y]))
    across = [shapely.LineString([(-1.8, a - 0.2), (1.8, a + 0.2)]) for a in (3.0, 7.93, 11.4)]
    short = shapely.LineString([(1.0, 5.9), (1.02, 6.25)])
    holes = [shapely.Point(x, a).buffer(0.2) for x, a in ((-0.9, 4.0), (0.5, 6.05), (1.2, 9.0))]
    return [wave, *across, short], holes


def together(starts, length, *, sense=1):
    lines, holes = road()
    listed = frames(starts, length, sense=sense)
    seen = {f: cut_out(lines, holes, s, length) for f, s in zip(listed["frame"], starts, strict=True)}
    found = lane_measures(listed, seen)
    return found.measures, found.zones


ABUTTING = (np.arange(6) * 2.0, 2.0)
OVERLAPPING = (np.arange(11) * 1.0, 2.0)
RAGGED = (np.array([0.0, 1.7, 3.9, 5.0, 6.3, 8.4, 9.5, 10.0]), 2.0 + 1e-9)


def totals(measures):
    area = (measures["to_m"] - measures["from_m"]) * WIDTH
    rates = ["crack_length", "crack_longitudinal", "crack_transverse", "crack_percent"]
    counts = ["pothole_count", "pothole_area", "transverse_complete", "transverse_incomplete"]
    return pd.concat([measures[rates].mul(area, axis=0).sum(), measures[counts].sum()])


@pytest.mark.parametrize("sense", [1, -1])
@pytest.mark.parametrize(("starts", "length"), [ABUTTING, OVERLAPPING], ids=["abutting", "overlapping"])
def test_frames_give_what_one_long_image_gives(starts, length, sense):
    """I11, I13: cracks and holes at borders and in strips seen twice."""
    whole, zones = together(np.array([0.0]), LENGTH)
    measures, cut_zones = together(starts, length, sense=sense)
    pd.testing.assert_series_equal(
        totals(measures).drop("crack_percent"), totals(whole).drop("crack_percent"), check_exact=False, rtol=1e-6
    )
    # squares of the grid that a border cuts may count on both of its sides
    assert totals(measures)["crack_percent"] == pytest.approx(totals(whole)["crack_percent"], rel=0.1)
    lines, holes = road()
    assert totals(measures)["crack_length"] == pytest.approx(sum(line.length for line in lines), rel=1e-6)
    assert measures["pothole_area"].sum() == pytest.approx(sum(h.area for h in holes), rel=1e-6)
    keys = ["zone", "type"]
    expected = zones.groupby(keys)["length_m"].sum()
    pd.testing.assert_series_equal(cut_zones.groupby(keys)["length_m"].sum(), expected, check_exact=False, rtol=1e-6)


def test_blocks_of_frames_give_what_all_at_once_give(monkeypatch):
    """Cracks go on from one block into the next."""
    whole = together(*ABUTTING)
    monkeypatch.setattr(placing, "_BLOCK", 1)
    for one, other in zip(together(*ABUTTING), whole, strict=True):
        pd.testing.assert_frame_equal(one, other)


def test_a_strip_seen_by_no_frame_is_not_made_up():
    measures, _ = together(np.array([0.0, 2.0, 6.0]), 2.0)
    assert (measures["to_m"] - measures["from_m"]).sum() == pytest.approx(6.0)


def test_windows_share_what_is_seen_twice_and_never_overlap():
    own = windows(frames(*RAGGED))
    assert (own["to_m"].to_numpy()[:-1] <= own["from_m"].to_numpy()[1:] + 1e-9).all()
    seen = shapely.union_all([shapely.box(s, 0, s + RAGGED[1], 1) for s in RAGGED[0]])
    assert (own["to_m"] - own["from_m"]).sum() == pytest.approx(seen.area)


def test_each_frame_answers_for_the_nearer_half_of_what_two_see():
    own = windows(frames(np.array([0.0, 1.0, 2.8]), 2.0))
    assert own[["from_m", "to_m"]].to_numpy().tolist() == [[5000.0, 5001.5], [5001.5, 5002.9], [5002.9, 5004.8]]


def test_a_frame_within_another_takes_no_place_twice():
    listed = frames(np.array([0.0, 0.5, 3.0]), 2.0).assign(length_m=[6.0, 1.0, 2.0])
    own = windows(listed)
    assert (own["to_m"].to_numpy()[:-1] <= own["from_m"].to_numpy()[1:] + 1e-9).all()
    assert (own["to_m"] - own["from_m"]).sum() <= 6.0 + 1e-9


def test_windows_end_where_cells_do():
    cells = pd.DataFrame({"cell": ["a", "b"], **PLACE, "from_m": [4900.0, 5005.0], "to_m": [5005.0, 5100.0]})
    own = windows(frames(*ABUTTING), cells=cells)
    assert own[own["frame"] == "f02"][["from_m", "to_m"]].to_numpy().tolist() == [[5004.0, 5005.0], [5005.0, 5006.0]]


def test_lanes_do_not_share_their_holes():
    lines, holes = road()
    listed = pd.concat([frames(*ABUTTING), frames(*ABUTTING).assign(lane="2")], ignore_index=True)
    listed["frame"] = [f"f{i:02d}" for i in range(len(listed))]
    seen = {
        f: cut_out(lines, holes, s, 2.0) for f, s in zip(listed["frame"], [*ABUTTING[0], *ABUTTING[0]], strict=True)
    }
    measures = lane_measures(listed, seen).measures
    assert measures.groupby("lane")["pothole_count"].sum().tolist() == [3, 3]
    assert measures["transverse_complete"].sum() == 6


def test_no_frames_give_no_rows():
    found = lane_measures(frames(np.empty(0), 2.0), {})
    assert found.measures.empty
    assert found.zones.empty
    assert found.same_as == {}


MM = 4.0
LONG = wandering([(2500, 2400), (2700, 5000), (2500, 7900)])
ACROSS = wandering([(500, 1850), (3800, 2150)])
SHORT = wandering([(1000, 1500), (1060, 500)])


@pytest.fixture(scope="module")
def drawn():
    """Return 8 m of road 4.3 m wide at 4 mm a pixel, painted, the top of the image ahead."""
    road = painted(asphalt(height=2000, width=1075, seed=4), mm=MM, places=(400.0, 3900.0))
    for line in (LONG, ACROSS, SHORT):
        road = with_line(road, line, width_mm=12.0, mm=MM)
    rows, columns = np.indices(road.shape)
    # on the border of two frames of 2 m
    road[np.hypot(rows * MM - 6000.0, columns * MM - 1400.0) < 160.0] *= 0.5
    return road


def package(folder, drawn, step):
    files, rows = {}, []
    for number, start in enumerate(np.arange(0.0, 6.01, step)):
        bottom = 2000 - round(start * 1000 / MM)
        name = f"{number:02d}.png"
        cv2.imwrite(str(folder / name), as_image(drawn[bottom - 500 : bottom]))
        files[name] = folder / name
        rows.append({"frame": name[:2], "file": name, **PLACE, "measure_m": 5000.0 + start, "length_m": 2.0})
    day = pd.Timestamp("2024-03-01T02:00:00Z")
    return pd.DataFrame(rows).assign(taken_at=[day + pd.Timedelta(seconds=n) for n in range(len(rows))]), files


@pytest.mark.parametrize("step", [2.0, 1.0], ids=["abutting", "overlapping"])
def test_images_of_one_road_give_its_cracks_and_its_hole_once(tmp_path, drawn, step):
    """I13: the hole lies on the border of two frames; I11: with overlap all is seen twice."""
    positions, files = package(tmp_path, drawn, step)
    result = quantify_frames(positions, files, Camera("downward", MM), settings={"workers": 1})
    cells = pd.DataFrame({"cell": ["c"], **PLACE, "from_m": [5000.0], "to_m": [5100.0]})
    values = gather(result.events, cells, coverage_min=0.5).set_index("kind")
    assert values.loc["pothole_count", "value"] == 1
    assert values.loc["pothole_area", "value"] == pytest.approx(np.pi * 0.16**2, rel=0.15)
    assert values.loc["transverse_complete", "value"] == 1
    assert values.loc["crack_length", "coverage"] == pytest.approx(0.08)
    long, across = line_length(LONG), line_length(ACROSS)
    along = long + line_length(SHORT)
    area = 8.0 * (3.5 - 0.15)
    assert values.loc["crack_longitudinal", "value"] * area == pytest.approx(along, rel=0.06)
    assert values.loc["crack_transverse", "value"] * area == pytest.approx(across, rel=0.06)
    zones = result.crack_zones.groupby(["zone", "type"])["length_m"].sum()
    assert zones["lane", "transverse"] == pytest.approx(across, rel=0.06)
    # the long crack wanders from 0.35 to 0.55 m right of the centre: its wheel path begins at 0.375 m
    assert zones["wheel_path_right", "longitudinal"] == pytest.approx(long * 0.175 / 0.2, rel=0.08)
    assert zones["wheel_path_left", "longitudinal"] == pytest.approx(line_length(SHORT), rel=0.08)
    good, faults = check(result.crack_zones, "crack_zones", file="crack_zones")
    assert faults.empty
    assert len(good) == len(result.crack_zones)
