"""Holes, patches, seals and worn areas along a lane: each once, whatever its frames share; the truth is drawn."""

import hashlib

import cv2
import numpy as np
import pandas as pd
import pytest
import shapely

from ingest.imagery.camera import Camera, camera_from_manifest
from ingest.imagery.lane_shapes import SHAPES, no_shapes, objects
from ingest.imagery.lane_things import lane_things
from ingest.imagery.on_lane import OnLane, no_parts
from ingest.imagery.placing import windows
from ingest.imagery.survey import quantify_frames
from pavement.network.overlay import gather

from .conftest import as_image, asphalt

PLACE = {"route": "N1", "direction": "S", "lane": "1"}
WIDTH, LENGTH = 3.6, 8.0


def frames(starts, length, *, sense=1, **place):
    """Return frames by how far from the beginning of the drive [m] they start."""
    lower = [5000.0 + (s if sense == 1 else LENGTH - s - length) for s in starts]
    names = [f"{place.get('lane', '1')}f{i}" for i in range(len(starts))]
    return pd.DataFrame({"frame": names, **PLACE, **place, "measure_m": lower, "length_m": length, "sense": sense})


def cut_out(things, start, length, *, lane_width=WIDTH):
    """Return what a frame sees of kinds, polygons, lengths [m] and depths that are even over a shape [mm]."""
    box, rows = shapely.box(-5, start, 5, start + length), []
    for kind, shape, long, depth in things:
        for part in shapely.get_parts(shapely.intersection(shape, box)):
            if part.area > 0:
                seen = shapely.affinity.translate(part, 0, -start)
                rows.append((kind, seen, len(rows), long * part.area / shape.area, depth, _slices(seen, depth)))
    shapes = pd.DataFrame(rows, columns=list(SHAPES)) if rows else no_shapes()
    return OnLane(
        no_parts(),
        shapes,
        np.linspace(0.0, WIDTH * length, round(length * 10) + 1),
        WIDTH,
        length,
        lane_width,
        heights=True,
    )


def _slices(shape, depth):
    """Return the volume of slices of 10 mm or less, cut by shapely. [m3]"""
    low, high = shape.bounds[1], shape.bounds[3]
    places = np.linspace(low, high, int(np.ceil((high - low) / 0.01)) + 1)
    boxes = shapely.box(-5, places[:-1], 5, places[1:])
    return shapely.area(shapely.intersection(shape, boxes)) * depth / 1000.0


def measured(things, starts, length, *, sense=1, **change):
    listed = frames(starts, length, sense=sense)
    own = windows(listed)
    near = own["measure_m"].where(own["sense"] > 0, own["measure_m"] + own["length_m"])
    seen = {f: cut_out(things, s, length, **change) for f, s in zip(listed["frame"], starts, strict=True)}
    return lane_things(own.assign(near=near), listed, seen, block=2, beside=2), own


HOLE = shapely.Polygon([(-1.0, 3.7), (-0.6, 3.9), (-0.5, 4.3), (-0.9, 4.2)])
STRIPS = {0.0: np.arange(0.0, 6.1, 2.0), 0.25: np.arange(0.0, 6.1, 1.5), 0.5: np.arange(0.0, 6.1, 1.0)}


@pytest.mark.parametrize("sense", [1, -1])
@pytest.mark.parametrize("starts", STRIPS.values(), ids=STRIPS)
def test_a_hole_has_its_area_volume_and_depth_once(starts, sense):
    found, _ = measured([("pothole", HOLE, 0.0, 40.0)], starts, 2.0, sense=sense)
    sums = found.measured.sum()
    assert sums["pothole_count"] == 1
    assert sums["pothole_area"] == pytest.approx(HOLE.area)
    assert sums["pothole_volume"] == pytest.approx(HOLE.area * 0.04)
    assert found.measured["pothole_depth"].dropna().tolist() == [40.0]


def test_an_uneven_hole_that_a_border_cuts_keeps_its_volume():
    """A frame that sees a shallow sliver beside one that sees all: by shares of area 12 % would be missing."""
    shallow, deep = shapely.box(0, 3.8, 0.4, 4.0), shapely.box(0, 4.0, 0.4, 4.4)
    whole = cut_out([("pothole", shapely.union_all([shallow, deep]), 0.0, 10.0)], 3.5, 2.0)
    depths = np.r_[np.full(20, 10.0), np.full(40, 50.0)]
    whole.shapes["volumes"] = objects([depths * 0.4 * 0.01 / 1000])
    listed = frames(np.array([2.0, 3.5]), 2.0)
    own = windows(listed).assign(near=lambda w: w["measure_m"])
    seen = dict(zip(listed["frame"], [cut_out([("pothole", shallow, 0.0, 10.0)], 2.0, 2.0), whole], strict=True))
    volume = lane_things(own, listed, seen).measured["pothole_volume"].sum()
    assert volume == pytest.approx((0.2 * 10 + 0.4 * 50) * 0.4 / 1000)


PATCH = shapely.box(0.2, 0.7, 1.2, 7.1)
WORN = shapely.box(-1.4, 2.5, -0.2, 6.6)
SEAL = shapely.box(1.3, 0.4, 1.36, 7.4)


@pytest.mark.parametrize("sense", [1, -1])
@pytest.mark.parametrize("starts", STRIPS.values(), ids=STRIPS)
def test_a_long_patch_is_one_and_every_stretch_has_its_part(starts, sense):
    things = [("patch", PATCH, 0.0, np.nan), ("ravelling", WORN, 0.0, np.nan), ("sealed_crack", SEAL, 7.0, np.nan)]
    found, own = measured(things, starts, 2.0, sense=sense)
    sums = found.measured.sum()
    assert sums["patch_count"] == 1
    assert sums[["patch_area", "ravelling_m2", "sealed_m"]].tolist() == pytest.approx([PATCH.area, WORN.area, 7.0])
    part = shapely.box(-5, own["from_m"] - 5000, 5, own["to_m"] - 5000)
    worn = WORN if sense == 1 else shapely.box(-1.4, LENGTH - 6.6, -0.2, LENGTH - 2.5)
    expected = shapely.area(shapely.intersection(worn, part))
    assert found.measured["ravelling_m2"].to_numpy() == pytest.approx(expected)
    # joined over all blocks of two stretches: every other row names the first
    firsts = {first for _, first in found.same_as.items()}
    assert len(firsts) == len(things)
    assert all(first not in found.same_as for first in firsts)


def test_a_crossed_outline_is_put_right():
    found, _ = measured([], np.array([0.0]), 4.0)
    assert found.measured[["pothole_count", "patch_count", "pothole_volume"]].to_numpy().tolist() == [[0, 0, 0]]
    crossed = cut_out([("pothole", HOLE, 0.0, 40.0)], 0.0, 8.0)
    crossed.shapes["shape"] = objects([shapely.Polygon([(0, 1), (1, 2), (1, 1), (0, 2)])])
    listed = frames(np.array([0.0]), 8.0)
    own = windows(listed).assign(near=lambda w: w["measure_m"])
    assert lane_things(own, listed, {"1f0": crossed}).measured["pothole_area"].tolist() == pytest.approx([0.5])


def test_what_lies_beside_the_lane_is_not_the_lanes():
    wide = ("patch", shapely.box(1.0, 1.0, 3.0, 2.0), 0.0, np.nan)
    found, _ = measured([wide], np.array([0.0]), 4.0)
    assert found.measured["patch_area"].tolist() == pytest.approx([0.8])
    unknown, _ = measured([wide], np.array([0.0]), 4.0, lane_width=np.nan)
    assert unknown.measured["patch_area"].tolist() == pytest.approx([2.0])


def test_two_lanes_share_nothing_and_things_apart_stay_apart():
    listed = pd.concat([frames([0.0, 2.0], 2.0), frames([0.0, 2.0], 2.0, lane="2")], ignore_index=True)
    things = [("patch", shapely.box(0, 1, 1, 1.6), 0.0, np.nan), ("patch", shapely.box(0, 1.75, 1, 3), 0.0, np.nan)]
    seen = {f: cut_out(things, s, 2.0) for f, s in zip(listed["frame"], [0.0, 2.0, 0.0, 2.0], strict=True)}
    own = windows(listed).assign(near=lambda w: w["measure_m"])
    found = lane_things(own, listed, seen)
    assert found.measured.groupby(own["lane"])["patch_count"].sum().tolist() == [2, 2]
    assert found.same_as == {("1f1", 0): ("1f0", 1), ("2f1", 0): ("2f0", 1)}


RANGE = {"kind": "range", "mm_across": 2.0, "mm_along": 5.0, "mm_per_count": 0.1, "zero": 30_000}
RADIUS, DEPTH = 0.15, 50.0


def lasered(folder, starts, *, at):
    """Write range images of 2 m of one road that is 2 m wide, with a paraboloid hole `at` metres along it."""
    rng = np.random.default_rng(3)
    road = rng.normal(0, 0.4, (1200, 1000))
    y, x = (np.indices(road.shape) + 0.5) * np.array([0.005, 0.002])[:, None, None]
    road -= DEPTH * np.clip(1 - (np.hypot(x - 0.7, y - at) / RADIUS) ** 2, 0, None)
    files, rows = {}, []
    for number, start in enumerate(starts):
        first = round(start / 0.005)
        # the top of an image is ahead
        counts = np.rint(road[first : first + 400][::-1] / 0.1 + 30_000).astype(np.uint16)
        files[f"{number}.png"] = folder / f"{number}.png"
        cv2.imwrite(str(files[f"{number}.png"]), counts)
        rows.append({"frame": f"r{number}", "file": f"{number}.png", "measure_m": 5000.0 + start, "length_m": 2.0})
    day = pd.Timestamp("2024-03-01T02:00:00Z")
    taken = [day + pd.Timedelta(seconds=n) for n in range(len(rows))]
    return pd.DataFrame(rows).assign(**PLACE, taken_at=taken), files


@pytest.mark.parametrize(
    ("step", "at"),
    [(2.0, 1.0), (2.0, 2.0), (1.5, 0.8), (1.5, 1.75), (1.5, 1.95), (1.0, 0.5), (1.0, 1.5), (1.0, 2.0)],
    ids=["0 %: inside", "0 %: on the border", "25 %: seen once", "25 %: in the strip", "25 %: on its border",
         "50 %: seen once", "50 %: in the strip", "50 %: on a border"],
)  # fmt: skip
def test_pothole_volume_within_5_percent_whatever_frames_share(tmp_path, step, at):
    positions, files = lasered(tmp_path, np.arange(0.0, 4.01, step)[:3], at=at)
    result = quantify_frames(positions, files, camera_from_manifest(RANGE), settings={"workers": 1})
    sums = result.events.groupby("kind")["value"].sum()
    assert sums["pothole_count"] == 1
    # a paraboloid holds half its cylinder
    assert sums["pothole_volume"] == pytest.approx(np.pi * RADIUS**2 * DEPTH / 2000, rel=0.05)
    depth = result.events.query("kind == 'pothole_depth'")
    assert depth["value"].tolist() == pytest.approx([DEPTH], abs=2.0)
    assert set(depth["method"]) == {"below the road around it"}
    holes = result.findings.query("kind == 'pothole'")
    assert len(set(holes["thing"])) == 1
    hashes = positions.set_index("frame")["file"].map(lambda f: hashlib.sha256(files[f].read_bytes()).hexdigest())
    assert holes["sha256"].tolist() == hashes[holes["frame"]].tolist()


MM = 4.0


def photographed(folder, step):
    """Write frames of 2 m of a road of 8 m with a patch over a border, and a field of lost stones."""
    road = asphalt(height=2000, width=900, seed=4)
    rows, columns = np.indices(road.shape) * MM / 1000.0
    laid = (rows > 3.4) & (rows < 4.7) & (columns > 0.6) & (columns < 1.1)
    road[laid] = 0.7 * (road.mean() + 0.6 * (road[laid] - road.mean()))
    stones = np.random.default_rng(8).normal(0, 30, road.shape)
    worn = (rows > 2.5) & (rows < 5.5) & (columns > 2.2) & (columns < 3.4)
    road[worn] += stones[worn]
    files, listed = {}, []
    for number, start in enumerate(np.arange(0.0, 6.01, step)):
        bottom = 2000 - round(start * 1000 / MM)
        name = f"{number:02d}.png"
        cv2.imwrite(str(folder / name), as_image(road[bottom - 500 : bottom]))
        files[name] = folder / name
        listed.append({"frame": name[:2], "file": name, "measure_m": 5000.0 + start, "length_m": 2.0})
    day = pd.Timestamp("2024-03-01T02:00:00Z")
    taken = [day + pd.Timedelta(seconds=n) for n in range(len(listed))]
    return pd.DataFrame(listed).assign(**PLACE, taken_at=taken), files


@pytest.mark.parametrize("step", [2.0, 1.0], ids=["abutting", "overlapping"])
def test_patches_and_ravelling_of_frames_reach_the_cell_once(tmp_path, step):
    positions, files = photographed(tmp_path, step)
    result = quantify_frames(positions, files, Camera("downward", MM), settings={"workers": 1})
    cells = pd.DataFrame({"cell": ["c"], **PLACE, "from_m": [5000.0], "to_m": [5008.0]})
    values = gather(result.events, cells, coverage_min=0.5).set_index("kind")["value"]
    assert values["patch_count"] == 1
    assert values["patch_area"] == pytest.approx(1.3 * 0.5, rel=0.1)
    assert values["ravelling_percent"] == pytest.approx(100 * 3.0 * 1.2 / (8.0 * 3.6), rel=0.2)
    assert values["bleeding_percent"] == 0
    patches = result.findings.query("kind == 'patch'")
    assert len(patches) > 1
    assert len(set(patches["thing"])) == 1
