"""Speed and memory of gantry counts: a made month of M03A against plain pandas, and ESAL on the real gantries.

``python -m benchmarks.traffic`` measures; ``python -m benchmarks.traffic --taiwan HOME`` fills a store with a network
drawn through the real gantries and a made month, by the verbs that everybody uses, and prints loads by section.
"""

from __future__ import annotations

import argparse
import datetime as dt
import io
import os
import resource
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

import pandas as pd

from benchmarks.gantry_network import gantry_points, write_gantry_list, write_gantry_network
from ingest.package import PackageFile
from ingest.readers.tdcs import Known, aggregated
from ingest.run import ingest_package
from ingest.tdcs_text import COLUMNS, groups
from pavement.measures.traffic import truck_factors
from pavement.settings import load_settings
from pavement.store import published, segments
from pavement.store.database import open_store
from sample_data.gantry_counts import CLASSES, SLOTS, slot_files, volumes, write_archive, write_counts

SHARED = Path(__file__).resolve().parents[2] / "shared"
FIRST = dt.date(2024, 3, 1)
COUNT = 335
CASES = ("idle", "ours_packed", "ours_loose", "pandas_packed", "pandas_loose", "duckdb_loose")


def made_gantries() -> list[str]:
    """Return 335 ids, in both directions of three routes."""
    return [f"{1 + 2 * (n % 3):02d}F{n // 3 * 20 + 5:04d}{'NS'[n % 2]}" for n in range(COUNT)]


def write_month(folder: Path, *, days: int) -> None:
    """Write the same days as daily archives and as loose files."""
    names = made_gantries()
    for day in (FIRST + dt.timedelta(days=n) for n in range(days)):
        files = slot_files(day, names, volumes(day, names, seed=1), slash=day.day % 2 == 0)
        write_archive(folder / f"M03A_{day:%Y%m%d}.tar.gz", files)
        loose = folder / f"{day:%Y%m%d}"
        loose.mkdir()
        for name, content in files.items():
            (loose / Path(name).name).write_bytes(content)


def ours(folder: Path, pattern: str) -> float:
    found = [PackageFile(p.name, p, "", p.stat().st_size) for p in sorted(folder.glob(pattern))]
    known = Known(frozenset(made_gantries()), tuple(truck_factors().index))
    settings = load_settings(environment={"PAVEMENT_HOME": str(folder)}).replaced(workers=2)
    parts = aggregated(groups(found, said=""), known, settings=settings)
    return float(sum(rows["volume"].sum() for part in parts for rows in part.rows))


def _unpacked(path: Path) -> list[bytes]:
    with tarfile.open(path) as archive:
        return [archive.extractfile(m).read() for m in archive if m.isfile()]  # type: ignore[union-attr]


def plain(folder: Path, pattern: str) -> float:
    """Return the sum that pandas gives day by day: read_csv and groupby, nothing checked."""
    total = 0.0
    sources = sorted(folder.glob(pattern))
    days = [[p] for p in sources] if pattern.endswith("gz") else [sorted(p.glob("*.csv")) for p in sources]
    for files in days:
        parts = _unpacked(files[0]) if files[0].suffix == ".gz" else [p.read_bytes() for p in files]
        frame = pd.read_csv(io.BytesIO(b"".join(parts)), names=COLUMNS["M03A"])
        daily = frame.groupby(["gantry", "vehicle_class", frame["time"].str[:10]])["volume"].sum()
        total += float(daily.sum())
    return total


def duck(folder: Path) -> float:
    """Return the sum that DuckDB gives, when it is there: it is no dependency of the project."""
    import duckdb

    kinds = {name: "INTEGER" if name == "volume" else "VARCHAR" for name in COLUMNS["M03A"]}
    source = f"read_csv('{folder}/*/*.csv', header=false, columns={kinds}, auto_detect=false)"
    query = f"select gantry, vehicle_class, left(time, 10) as d, sum(volume) as v from {source} group by all"
    duckdb.sql("set threads = 2")
    return float(duckdb.sql(f"select sum(v) from ({query})").fetchall()[0][0])


def run_case(case: str, folder: Path) -> None:
    """Run one case in this process and print its sum, wall, processor time and peak memory."""
    wall, cpu = time.perf_counter(), time.process_time()
    work = {
        "idle": lambda: 0.0,
        "ours_packed": lambda: ours(folder, "*.tar.gz"),
        "ours_loose": lambda: ours(folder, "*/*.csv"),
        "pandas_packed": lambda: plain(folder, "*.tar.gz"),
        "pandas_loose": lambda: plain(folder, "2*[0-9]"),
        "duckdb_loose": lambda: duck(folder),
    }
    total = work[case]()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(total, wall, cpu, peak)


def measure(days: int) -> int:
    """Print rows a second and peak memory of every case, and return the exit status."""
    rows = days * SLOTS * COUNT * len(CLASSES)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_month(folder, days=days)
        packed = sum(p.stat().st_size for p in folder.glob("*.tar.gz"))
        print(f"{days} days of {COUNT} gantries: {rows:,} rows, {packed / 2**20:.0f} MiB packed; 2 threads")
        sums = set()
        for case in CASES:
            command = [sys.executable, "-m", "benchmarks.traffic", "--case", case, name]
            done = subprocess.run(command, capture_output=True, text=True, env=dict(os.environ), check=False)
            if done.returncode:
                print(f"{case:14} not run: {done.stderr.strip().splitlines()[-1]}")
                continue
            total, wall, cpu, peak = map(float, done.stdout.split())
            sums |= {round(total)} if case != "idle" else set()
            speed = f"{rows / wall / 1e6:5.2f} M rows/s ({rows / cpu / 1e6:.2f} a second of one core)" if total else ""
            print(f"{case:14} {wall:6.1f} s {peak:6.0f} MiB {speed}")
        print("all cases agree" if len(sums) == 1 else f"the cases differ: {sorted(sums)}")
        return int(len(sums) != 1)


def taiwan(home: Path, *, days: int) -> int:
    """Fill a store with the real gantries and a made month, print loads by section, and return the exit status."""
    if not SHARED.is_dir():
        print(f"The real gantries are not here: {SHARED} is absent. Nothing was run.")
        return 1
    points = gantry_points(SHARED)
    settings = load_settings(environment={"PAVEMENT_HOME": str(home)})
    store = open_store(settings.home, url="", crs=settings["crs"])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        packages = [
            write_gantry_network(folder / "network", points),
            write_gantry_list(folder / "gantries", SHARED, since=dt.date(2024, 1, 1)),
            write_counts(folder / "counts", points["gantry"].tolist(), first=FIRST, days=days, seed=1),
        ]
        for package in packages:
            start = time.perf_counter()
            report = ingest_package(package, store=store, settings=settings)
            print(report.text(), f"  ({time.perf_counter() - start:.1f} s)")
    start = time.perf_counter()
    table = pd.DataFrame(segments.segment_table(store).drop(columns="geometry"))
    print(f"segment table: {len(table):,} rows in {time.perf_counter() - start:.1f} s")
    print(sections_text(published.table(store, "traffic"), table).to_string(index=False))
    store.close()
    return 0


def sections_text(traffic: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Return the loads of the ten sections that carry most, from the cells in each. [1/year]"""
    stretches = traffic.drop_duplicates("counter")[["counter", "route", "direction", "from_m", "to_m"]]
    joined = table.merge(stretches, on=["route", "direction"], suffixes=("", "_section"))
    within = joined[(joined["from_m"] >= joined["from_m_section"]) & (joined["to_m"] <= joined["to_m_section"])]
    loads = ["aadt", "aadtt", "esal_low", "esal", "esal_high"]
    lane = within.groupby(["counter", "route", "direction", "from_m_section", "to_m_section", "lane"])[loads].mean()
    heaviest = lane.reset_index().sort_values("esal", ascending=False).drop_duplicates("counter")
    return heaviest.head(10).round(0)


def main() -> int:
    """Run what the command line asks for."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--taiwan", type=Path, metavar="HOME", help="home folder of the store to fill")
    asked.add_argument("--days", type=int, default=30)
    asked.add_argument("--case", choices=CASES, help=argparse.SUPPRESS)
    asked.add_argument("folder", nargs="?", type=Path, help=argparse.SUPPRESS)
    given = asked.parse_args()
    if given.case:
        run_case(given.case, given.folder)
        return 0
    return taiwan(given.taiwan, days=given.days) if given.taiwan else measure(given.days)


if __name__ == "__main__":
    sys.exit(main())
