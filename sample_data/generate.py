"""The whole sample: packages in the order they must be ingested, and the truth beside them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pavement.errors import SettingsError
from pavement.progress import Progress, silent
from sample_data.ageing import LAST, History, history
from sample_data.frames import Views, surfaces, write_frames
from sample_data.freeway import Freeway, freeway
from sample_data.records import write_records
from sample_data.surroundings import write_fwd, write_layers, write_network, write_traffic, write_weather
from sample_data.vendor import write_performance, write_survey

TRUTH = "truth"


@dataclass(frozen=True)
class Size:
    """How much is made: survey years, years of early tests, deflections and frames, and which frames."""

    years: range
    performance: int
    fwd: int
    frames: tuple[int, ...]
    views: Views


SIZES = {
    "demo": Size(range(2018, LAST + 1), 2017, 2024, (2023, 2025), Views((6.0, 14.0, 26.0), 50, 15, 2)),
    "medium": Size(range(2022, LAST + 1), 2021, 2024, (2025,), Views((12.0,), 2, 1, 1)),
    "small": Size(range(2022, LAST + 1), 2021, 2024, (2023, 2025), Views((12.0,), 4, 2, 1)),
}
_WEATHER = range(2016, LAST + 1)


def generate(out: Path, *, seed: int, size: str = "demo", progress: Progress = silent) -> list[Path]:
    """
    Write the made freeway's survey packages and return their folders in the order they must be ingested.

    Parameters
    ----------
    out
        Folder to fill; ``truth/`` in it holds the true state and is part of no package.
    seed
        The same seed makes the same sample.
    size
        ``demo`` (30 km, 8 surveys), ``medium`` (6 km, 4 surveys, just enough to train on) or ``small`` (2 km, 4
        surveys, too few to train on).
    progress
        Called after each package.

    Raises
    ------
    SettingsError
        No such size.
    """
    if size not in SIZES:
        raise SettingsError(f"There is no sample of size {size!r}.", cure=f"Sizes: {', '.join(SIZES)}.")
    network = freeway(size, seed=seed)
    what = SIZES[size]
    truth = history(network, years=range(what.performance, LAST + 1), seed=seed)
    write_truth(out / TRUTH, truth)
    steps = _steps(network, truth, what, seed=seed)
    frames = _frame_steps(network, truth, what, out=out, seed=seed)
    for done, (name, write) in enumerate((steps | frames).items()):
        progress(done, len(steps) + len(frames), name)
        write(out / name)
    progress(len(steps) + len(frames), len(steps) + len(frames), "sample")
    return [out / name for name in steps | frames]


def _frame_steps(
    network: Freeway, truth: History, what: Size, *, out: Path, seed: int
) -> dict[str, Callable[[Path], object]]:
    found = surfaces(network, truth, views=what.views, years=what.frames, seed=seed)

    def write(folder: Path, year: int) -> None:
        frames, findings = write_frames(folder, found, views=what.views, year=year, seed=seed, lanes=network.lanes)
        frames.to_parquet(out / TRUTH / f"frames-{year}.parquet", index=False)
        findings.to_parquet(out / TRUTH / f"findings-{year}.parquet", index=False)

    return {f"{n}-{y}-frames": lambda p, y=y: write(p, y) for n, y in enumerate(what.frames, start=30)}  # type: ignore[misc]


def _steps(network: Freeway, truth: History, what: Size, *, seed: int) -> dict[str, Callable[[Path], object]]:
    """Return how to write each package, by folder name, in order."""
    steps: dict[str, Callable[[Path], object]] = {
        "00-network": lambda p: write_network(p, network),
        "01-records": lambda p: write_records(p, network, truth, years=what.years, seed=seed),
        "02-layers": lambda p: write_layers(p, truth),
        "03-traffic": lambda p: write_traffic(p, network, years=range(what.performance, LAST + 1), seed=seed),
        "04-weather": lambda p: write_weather(p, years=_WEATHER, seed=seed),
        "05-fwd": lambda p: write_fwd(p, truth, year=what.fwd, seed=seed),
        f"06-{what.performance}-performance": lambda p: write_performance(p, truth, year=what.performance, seed=seed),
    }
    for number, year in enumerate(what.years, start=10):
        steps[f"{number}-{year}-profile"] = lambda p, y=year: write_survey(p, network, truth, year=y, seed=seed)  # type: ignore[misc]
    return steps


def write_truth(folder: Path, truth: History) -> Path:
    """Write the true state of every cell and year, what cells are made of, and all works, recorded or not."""
    folder.mkdir(parents=True, exist_ok=True)
    truth.states.to_parquet(folder / "states.parquet", index=False)
    truth.ground.to_parquet(folder / "ground.parquet", index=False)
    works = truth.works.assign(completed_on=pd.to_datetime(truth.works["completed_on"]))
    works.to_parquet(folder / "works.parquet", index=False)
    note = {"synthetic": True, "use": "tests and demonstration; never to claim accuracy"}
    (folder / "about.json").write_text(json.dumps(note, indent=1) + "\n", encoding="utf-8")
    return folder
