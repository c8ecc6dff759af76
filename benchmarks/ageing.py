"""
Time and memory of the ageing of a made network: panel, training, forecast, draws and explanations, and how they grow.

``python -m benchmarks.ageing [cells ...]`` prints a table, 1,000 and 10,000 cells when none are named. Each size runs
in a process of its own, whose peak of memory is told by the system. Cells of 100 m are surveyed ten times, a year
apart; a fifth of them is resurfaced on record, a few unrecorded. ``--apart`` lets cracks be surveyed half a year after
the rest. Values are made by a seed, so no accuracy is claimed. What a store reads and writes is not timed.

``learn`` fits a model, ``judge`` makes what its card holds beside it; draws make their own forecast with intervals, so
the long table of the forecast comes on top only where it is asked for.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from models.draws import draw_parts, memory_of
from models.drift import feature_spread
from models.evaluate import by_site, forward
from models.fitting import CLEANED, FittedModel, fit_pairs, training_pairs
from models.forecast import forecast_states
from models.held_out import split
from models.offsets import campaign_offsets, labels_without
from models.panel import last_states, panel_from_segments
from models.reasons import reasons
from models.resets import network_works, resets
from models.targets import all_targets
from models.train import survey_card

T = TypeVar("T")
SIZES = (1_000, 10_000)
SEED, SURVEYS, FIRST = 20260101, 10, 2015
YEARS, DRAWS, EXPLAINED = 20, 100, 10
LANES, LANE_M = ("1", "2", "3", "4"), 50_000
# share of cells resurfaced on record, and of those whose record is lost; length of a work [cells]
RESURFACED, LOST, WORK_CELLS = 0.2, 0.05, 5
# what the made network holds
TARGETS = tuple(name for name, target in all_targets().items() if target.shared)


def network(count: int, *, seed: int = SEED) -> pd.DataFrame:
    """Return cells of 100 m with what stays the same over the years: place, layers, loads and climate."""
    rng = np.random.default_rng(seed)
    place = np.arange(count)
    along, road = place // len(LANES) % (LANE_M // 100), place // len(LANES) // (LANE_M // 100)
    site = place // (10 * len(LANES))
    kilometres = int(site.max()) + 1
    load, weather = rng.lognormal(13.5, 0.6, kilometres)[site], rng.normal(0, 1, kilometres)[site]
    lane = np.array(LANES, dtype=object)[place % len(LANES)]
    routes = np.array([f"N{n}" for n in range(1, road.max() // 2 + 2)], dtype=object)
    frame = pd.DataFrame({"route": routes[road // 2], "direction": np.array(["N", "S"], dtype=object)[road % 2]})
    frame = frame.assign(lane=lane, from_m=along * 100.0, to_m=along * 100.0 + 100)
    frame["cell"] = frame["route"].str.lower() + "-" + frame["direction"].str.lower() + "-" + lane
    frame["cell"] += "-" + (along * 100).astype(str)
    concrete = rng.random(kilometres)[site] < 0.1
    return frame.assign(
        surface_material=np.where(concrete, "JPCP", "dense graded asphalt"),
        sn=rng.normal(5.5, 0.8, count).clip(2),
        asphalt_mm=rng.choice([100.0, 150.0, 200.0, 250.0], count),
        base_mm=rng.choice([200.0, 300.0], count),
        esal=load * np.array([0.2, 0.6, 1.0, 1.2])[place % len(LANES)],
        aadtt=load / 180,
        temp_mean=23 + weather,
        rain_mm=2000 + 400 * weather,
        heat_days=(60 + 20 * weather).clip(0),
    )


def works_of(cells: pd.DataFrame, *, seed: int = SEED) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the works on record, and the year in which each cell was resurfaced, missing where it was not."""
    rng = np.random.default_rng([seed, 1])
    stretch = cells.groupby(["route", "direction", "lane"], sort=False).cumcount() // WORK_CELLS
    number = cells.groupby(["route", "direction", "lane", stretch], sort=False).ngroup().to_numpy()
    count = int(number.max()) + 1
    done = np.where(rng.random(count) < RESURFACED, FIRST + rng.uniform(1, SURVEYS - 1, count), np.nan)
    first = (
        cells.assign(number=number)
        .groupby("number")
        .agg(
            route=("route", "first"),
            direction=("direction", "first"),
            lane=("lane", "first"),
            from_m=("from_m", "min"),
            to_m=("to_m", "max"),
        )
    )
    kept = np.isfinite(done) & (rng.random(count) >= LOST)
    built = first.assign(completed_on=_days(FIRST - rng.uniform(2, 12, count)), treatment="construction")
    renewed = first[kept].assign(completed_on=_days(done[kept]), treatment="mill_overlay")
    works = pd.concat([built, renewed], ignore_index=True)
    names = [f"w{n}" for n in range(len(works))]
    return works.assign(work=names, thickness_mm=np.nan, kind="AC", material="", run="r"), done[number]


def _days(years: np.ndarray) -> pd.Series:
    whole = np.floor(years).astype(int)
    start = pd.to_datetime(pd.Series(whole.astype(str))) + pd.to_timedelta(np.floor((years - whole) * 365), unit="D")
    return pd.Series(start.to_numpy())


def segments_of(cells: pd.DataFrame, done: np.ndarray, *, apart: bool, seed: int = SEED) -> pd.DataFrame:
    """Return the segment table: ten surveys a cell, each year a campaign with an offset of its own."""
    rng = np.random.default_rng([seed, 2])
    count = len(cells)
    cell, step = np.repeat(np.arange(count), SURVEYS), np.tile(np.arange(SURVEYS), count)
    year = FIRST + step
    load = cells["esal"].to_numpy() / 1e6
    renewed = done[cell] < year + 0.2
    since = np.where(renewed, year + 0.2 - np.nan_to_num(done)[cell], step)
    rate = (0.02 + 0.03 * load * rng.lognormal(0, 0.3, count))[cell]
    start = np.where(renewed, 0.9, rng.normal(1.4, 0.25, count).clip(0.8)[cell])
    cracked = np.where(renewed, 0.0, rng.gamma(1, 3, count)[cell])
    size = count * SURVEYS
    offset = rng.normal(0, 0.04, SURVEYS)[step]
    values = {
        "iri": start + rate * since + offset + rng.normal(0, 0.06, size),
        "rut": np.where(renewed, 2.0, 4 * start) + 6 * rate * since + rng.normal(0, 0.7, size),
        "crack_percent": cracked * np.exp(0.06 * since) + 10 * rate * since + rng.normal(0, 1.5, size),
    }
    held = cells.drop(columns="surface_material").iloc[cell].reset_index(drop=True)
    # a table from the store holds each text once
    texts = {c: pd.Categorical(held[c]).astype(object) for c in ("cell", "route", "direction", "lane")}
    frame = held.assign(**texts, **{k: v.clip(0).round(3) for k, v in values.items()})
    frame["surface_material"] = cells["surface_material"].to_numpy(object)[cell]
    frame = frame.assign(year=year, surveyed_on=_day_of(year, "03-10"))
    return frame.assign(crack_percent_surveyed_on=_day_of(year, "09-10")) if apart else frame


def _day_of(year: np.ndarray, day: str) -> np.ndarray:
    every = {y: np.datetime64(f"{y}-{day}", "ns") for y in range(FIRST, FIRST + SURVEYS)}
    return np.array(list(every.values()))[year - FIRST]


class Clock:
    """Clock, processor and the peak of memory so far, of each step."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []

    def timed(self, step: str, work: Callable[..., T], *given: Any) -> T:
        """Return what some work returns, and note what it took."""
        wall, processor = time.perf_counter(), time.process_time()
        found = work(*given)
        self.note(step, time.perf_counter() - wall, time.process_time() - processor)
        return found

    def note(self, step: str, wall: float, processor: float) -> None:
        """Note what a step took."""
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        self.rows.append({"step": step, "clock": wall, "processor": processor, "peak": peak})
        print(self.rows[-1], file=sys.stderr, flush=True)


def learned(panel: pd.DataFrame, target: str, clock: Clock) -> tuple[FittedModel, dict[str, Any]]:
    """Return the model of a target and its card, by the steps of :func:`models.train.train` without its store."""
    learn, _, _ = split(panel, target=target)
    raw = training_pairs(learn, target=target, seed=SEED)
    offsets = campaign_offsets(learn, target=target)
    pairs = raw.assign(**{CLEANED: labels_without(raw, offsets)["increment"]}) if len(offsets) else raw
    clock.note(f"({len(pairs):,} pairs of {target})", 0.0, 0.0)
    fitted, judged = fit_pairs(pairs, target=target, seed=SEED)
    return fitted, {"learn": learn, "raw": raw, "pairs": pairs, "judged": judged}


def judged_card(panel: pd.DataFrame, works: pd.DataFrame, target: str, model: FittedModel, held: dict[str, Any]) -> Any:
    """Return what training writes beside a model: scores, resets, memory, spread and offsets."""
    scores = [by_site(held["judged"]), forward(held["raw"], target=target, seed=SEED)]
    found = resets(held["learn"], works, held["pairs"], target=target)
    spread = feature_spread(last_states(panel), list(model.columns))
    return scores, found, memory_of(held["judged"]), spread, survey_card(panel, target=target)


def measured(count: int, *, apart: bool) -> list[dict[str, Any]]:
    """Return clock [s], processor [s] and peak [MiB] of each step for a network of some cells, in this process."""
    cells = network(count)
    works, done = works_of(cells)
    segments = segments_of(cells, done, apart=apart)
    clock = Clock()
    clock.note("made", 0.0, 0.0)
    panel = clock.timed("panel", panel_from_segments, segments, works)
    on_record = network_works(segments, works)
    del segments
    models: dict[str, FittedModel] = {}
    for target in TARGETS:
        model, held = clock.timed(f"learn {target}", learned, panel, target, clock)
        clock.timed(f"judge {target}", judged_card, panel, on_record, target, model, held)
        models[target] = model
    states = clock.timed("states", last_states, panel)
    del panel
    long = clock.timed(f"forecast of {YEARS} years", lambda: forecast_states(states, years=YEARS, models=models))
    del long
    clock.timed(f"{DRAWS} draws", _drawn, states, models)
    _explained(states.dropna(subset=list(TARGETS)), models, clock)
    return clock.rows


def _drawn(states: pd.DataFrame, models: dict[str, FittedModel]) -> int:
    none = pd.DataFrame({"cell": [], "year": [], "treatment": []})
    parts = draw_parts(states, none, years=YEARS, models=models, n=DRAWS, seed=SEED)
    return sum(len(some) for some, _, _ in parts)


def _explained(states: pd.DataFrame, models: dict[str, FittedModel], clock: Clock) -> None:
    """Note the mean and the longest time that explaining one kind of one cell takes."""
    took = []
    for at in range(EXPLAINED):
        for model in models.values():
            wall, processor = time.perf_counter(), time.process_time()
            reasons(model, states.iloc[[at]], years=10, language="en")
            took.append((time.perf_counter() - wall, time.process_time() - processor))
    clock.note("explain one, mean", *np.mean(took, axis=0))
    clock.note("explain one, longest", *np.max(took, axis=0))


def table(found: dict[int, list[dict[str, Any]]]) -> pd.DataFrame:
    """Return one row a step: clock and processor at each size, and the exponent by which the processor's time grows."""
    frames = {count: pd.DataFrame(rows).query("clock > 0").set_index("step") for count, rows in found.items()}
    sums = {"train, all targets": "learn |judge ", "intervals and draws": "states|draws"}
    columns: dict[str, pd.Series] = {}
    for count, frame in frames.items():
        for name, pattern in sums.items():
            own = frame[frame.index.str.contains(pattern)]
            frame.loc[name] = [own["clock"].sum(), own["processor"].sum(), own["peak"].max()]
        columns |= {f"{count:,} {name}": frame[name] for name in ("clock", "processor")}
    shown = pd.DataFrame(columns)
    counts = sorted(frames)
    for few, many in zip(counts, counts[1:], strict=False):
        ratio = frames[many]["processor"] / frames[few]["processor"]
        shown[f"growth {few:,}-{many:,}"] = np.log(ratio) / np.log(many / few)
    return shown


def main() -> pd.DataFrame:
    """Print and return the time of every step at each number of cells."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("cells", nargs="*", type=int, default=list(SIZES))
    asked.add_argument("--apart", action="store_true", help="cracks are surveyed half a year after the rest")
    asked.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    given = asked.parse_args()
    if given.one:
        print(json.dumps(measured(given.cells[0], apart=given.apart)))
        return pd.DataFrame()
    found = {}
    for count in given.cells:
        command = [sys.executable, "-m", "benchmarks.ageing", str(count), "--one"]
        command += ["--apart"] if given.apart else []
        said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
        found[count] = json.loads(said.splitlines()[-1])
        peak, before = found[count][-1]["peak"], found[count][0]["peak"]
        load = ", ".join(f"{v:.1f}" for v in os.getloadavg())
        print(f"{count:,} cells: peak memory {peak:,.0f} MiB, {before:,.0f} before the panel; load {load}", flush=True)
    shown = table(found)
    print(f"{SURVEYS} surveys a cell, {os.cpu_count()} cores; seconds, and the exponent by which they grow with cells.")
    print(shown.round(2).to_string())
    return shown


if __name__ == "__main__":
    main()
