"""Speed of the measures: roughness against the loop of the standard, rut depth, and the segment table."""

from __future__ import annotations

import sys
import time

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from pavement.condition.segment_table import context_values, segment_table
from pavement.measures.iri import rectified_slope, rectified_tracks, state_transition, stretch_roughness
from pavement.measures.local_roughness import rough_places, running_roughness
from pavement.measures.profile_doubts import profile_doubts
from pavement.measures.rut_width import rut_widths
from pavement.measures.rutting import rut_depths

SPACING = 0.025


def seconds(function, *arguments, **options):
    """Return the result of a call and its wall time [s]; of quick calls the best of three."""
    walls: list[float] = []
    while len(walls) < 3 and sum(walls) < 5:
        start = time.perf_counter()
        result = function(*arguments, **options)
        walls.append(time.perf_counter() - start)
    return result, min(walls)


def plain_slope(elevation: np.ndarray) -> np.ndarray:
    """Return the rectified slope by one matrix product a sample, as the standard's program does. [m/km]"""
    st, pr = state_transition(SPACING)
    k, j = int(0.25 / SPACING + 0.5), int(11 / SPACING + 0.5)
    slope = (elevation[k:] - elevation[:-k]) / (k * SPACING)
    start = (elevation[j] - elevation[0]) / (j * SPACING)
    state, result = np.array([start, 0.0, start, 0.0]), np.empty(len(slope))
    for i, u in enumerate(slope):
        state = st @ state + pr * u
        result[i] = abs(state[0] - state[2])
    return result * 1000


def roughness_speed(rng: np.random.Generator) -> None:
    tracks = rng.normal(0, 2e-4, (2, int(100_000 / SPACING))).cumsum(axis=1)
    part = tracks[0, : int(10_000 / SPACING)]
    loop, loop_time = seconds(plain_slope, part)
    fast, fast_time = seconds(rectified_slope, part, spacing=SPACING)
    _, whole = seconds(lambda: [rectified_slope(z, spacing=SPACING) for z in tracks])
    print(f"roughness, 100 km x 2 tracks every 25 mm: {whole:.2f} s")
    drive = pd.DataFrame(
        {"measure_m": np.arange(tracks.shape[1]) * SPACING, "elevation_left": tracks[0], "elevation_right": tracks[1]}
    )
    passed, run = seconds(rectified_tracks, drive)
    cells, told = seconds(stretch_roughness, passed, length=100.0)
    print(f"  both tracks and half car by one pass: {run:.2f} s; MRI, HRI of {len(cells)} cells from it: {told:.2f} s")
    running, ran = seconds(running_roughness, passed)
    places, found = seconds(rough_places, running)
    print(f"  running roughness: {ran:.2f} s; {len(places):,} rough places: {found:.2f} s")
    doubts, doubted = seconds(profile_doubts, tracks[0], spacing=SPACING)
    print(f"  doubts about one track: {doubted:.2f} s ({int(doubts.any.sum())} samples)")
    print(f"  10 km of one track: {fast_time:.3f} s, loop {loop_time:.2f} s, ratio {loop_time / fast_time:.0f}")
    print(f"  largest difference to the loop: {np.abs(loop - fast).max() / loop.mean():.1e} of the mean")


def rut_speed(rng: np.random.Generator) -> None:
    heights, offsets = rng.normal(0, 2, (120_000, 36)), np.linspace(-1.75, 1.75, 36)
    for method in ("straightedge", "wire", "five_point"):
        _, wall = seconds(rut_depths, heights, offsets, method=method)
        print(f"rut depth, 120 000 profiles of 36 points, {method}: {wall:.2f} s, {120_000 / wall:,.0f} profiles/s")
    _, wall = seconds(rut_widths, heights, offsets)
    print(f"rut width, 120 000 profiles of 36 points, straightedge: {wall:.2f} s, {120_000 / wall:,.0f} profiles/s")
    dense = rng.normal(0, 2, (500, 701))
    _, wall = seconds(rut_depths, dense, np.linspace(-1.75, 1.75, 701))
    print(f"rut depth, 500 profiles of 701 points, straightedge: {wall:.2f} s, {500 / wall:,.0f} profiles/s")


def network(cells_wanted: int, years: list[int], rng: np.random.Generator) -> tuple[gpd.GeoDataFrame, dict]:
    """Return cells of a straight road of two directions with three lanes, and the records on it."""
    per = cells_wanted // 6
    start = np.arange(per) * 100.0
    lanes = [(way, lane) for way in "NS" for lane in "123"]
    frames = [pd.DataFrame({"direction": w, "lane": n, "from_m": start, "to_m": start + 100}) for w, n in lanes]
    cells = pd.concat(frames, ignore_index=True).assign(route="N1")
    cells["cell"] = [
        f"n1-{w}-{n}-{int(a):06d}" for w, n, a in zip(cells["direction"], cells["lane"], cells["from_m"], strict=True)
    ]
    ends = np.stack([np.column_stack([250_000 + cells[c], np.full(len(cells), 2.7e6)]) for c in ("from_m", "to_m")], 1)
    length = per * 100.0
    return gpd.GeoDataFrame(cells, geometry=shapely.linestrings(ends), crs="EPSG:3826"), {
        "traffic": _traffic(length, years),
        "stations": pd.DataFrame(
            {"station": list("abc"), "x": 250_000 + length * np.array([0, 0.5, 1]), "y": 2_705_000.0}
        ),
        "weather": _weather(years, rng),
        "layers": _layers(length),
        "works": _works(length, max(10, cells_wanted // 10), rng),
        "years": years,
    }


def _stretches(length: float, step: float, **columns) -> pd.DataFrame:
    start = np.arange(0, length, step)
    frame = pd.DataFrame({"from_m": start, "to_m": np.minimum(start + step, length), "route": "N1"})
    return pd.concat([frame.assign(direction=way, **columns) for way in "NS"], ignore_index=True)


def _traffic(length: float, years: list[int]) -> pd.DataFrame:
    classes = {"31": 40_000, "32": 4_000, "41": 800, "42": 3_000, "5": 2_500}
    parts = [
        _stretches(length, 10_000, year=y, vehicle_class=c, aadt=float(n), run="t")
        for y in years
        for c, n in classes.items()
    ]
    frame = pd.concat(parts, ignore_index=True)
    return frame.assign(counter=frame["direction"] + frame["from_m"].astype(str))


def _weather(years: list[int], rng: np.random.Generator) -> pd.DataFrame:
    days = pd.date_range(f"{years[0]}-01-01", f"{years[-1]}-12-31")
    high = 25 + 8 * np.sin(np.arange(len(days)) / 58) + rng.normal(0, 2, len(days))
    frame = pd.DataFrame({"date": days, "temp_max": high, "temp_min": high - 8, "precipitation_mm": 2.0, "run": "w"})
    return pd.concat([frame.assign(station=s) for s in "abc"], ignore_index=True)


def _layers(length: float) -> pd.DataFrame:
    stack = (("asphalt", 250.0), ("treated_base", 200.0), ("granular_base", 300.0))
    date = pd.Timestamp("2015-05-01")
    parts = [
        _stretches(length, 500, lane="", layer=i, kind=k, thickness_mm=t, placed_on=pd.NaT, surveyed_on=date, run="l")
        for i, (k, t) in enumerate(stack, start=1)
    ]
    return pd.concat(parts, ignore_index=True)


def _works(length: float, count: int, rng: np.random.Generator) -> pd.DataFrame:
    start = rng.integers(0, int(length / 100), count) * 100.0
    return pd.DataFrame(
        {
            "work": [f"w{k}" for k in range(count)],
            "route": "N1",
            "direction": rng.choice(list("NS"), count),
            "lane": rng.choice(["", "1", "2", "3"], count),
            "from_m": start,
            "to_m": start + 1000,
            "completed_on": pd.to_datetime(rng.integers(10_000, 20_000, count), unit="D"),
            "treatment": rng.choice(["mill_overlay", "construction", "crack_seal"], count),
            "run": "k",
        }
    )


def table_speed(rng: np.random.Generator, *, cells_wanted: int, years: list[int]) -> None:
    cells, records = network(cells_wanted, years, rng)
    values, first = seconds(context_values, cells, **records)
    table, second = seconds(segment_table, cells, values)
    print(
        f"segment table, {len(cells):,} cells x {len(years)} years: context {first:.1f} s ({len(values):,} values), "
        f"table {second:.1f} s ({table.shape[0]:,} rows x {table.shape[1]} columns)"
    )


def main() -> None:
    rng = np.random.default_rng(20260101)
    roughness_speed(rng)
    rut_speed(rng)
    table_speed(rng, cells_wanted=1_500, years=list(range(2017, 2025)))
    if "--large" in sys.argv:
        table_speed(rng, cells_wanted=120_000, years=list(range(2015, 2025)))


if __name__ == "__main__":
    main()
