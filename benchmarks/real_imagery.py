"""Real frames of BR-290 and BR-386 through the same ingest as any survey, and scored against their masks.

Run from the root of the project: ``python -m benchmarks.real_imagery HOME`` (needs ../shared).

Image parameters were chosen on BR-386; BR-290 was kept apart, but for its section 290RS070691, from whose lane masks
the camera is calibrated. The masks are hand-drawn regions, scored on the 5 m of lane nearest the vehicle.
"""

from __future__ import annotations

import functools
import multiprocessing
import sys
import tempfile
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import cv2
import pandas as pd

from benchmarks.brazil_camera import camera_table, distance_constant, lane_edges, names
from benchmarks.brazil_packages import CRS, placed, write_frames, write_network
from benchmarks.brazil_score import frame_rows, summary
from ingest.imagery.camera import Camera, camera_from_manifest
from ingest.imagery.engines import ENGINES
from ingest.run import ingest_package
from pavement.progress import silent
from pavement.settings import load_settings
from pavement.store.database import open_store
from pavement.store.published import table

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data" / "cracks" / "brazil_hdv_rs"
CALIBRATED_ON = {"290": ["290RS070691"], "386": ["386RS124739", "386RS169832", "386RS191729"]}


def cameras(folder: Path, frames: pd.DataFrame) -> dict[str, dict[str, object]]:
    """Return the ``[camera]`` table of each road, calibrated on its development sections."""
    made = {}
    for road, sections in CALIBRATED_ON.items():
        chosen = frames[frames["section"].isin(sections)]
        edges = lane_edges(folder, chosen["frame"])
        distance, pairs = distance_constant(folder, chosen, edges)
        print(f"BR-{road}: camera from {len(edges)} lane masks and {pairs} frame pairs, A = {distance:.0f} m px")
        made[road] = camera_table(edges, distance)
    return made


def ingested(
    folder: Path, frames: pd.DataFrame, tables: Mapping[str, Mapping[str, object]], home: Path
) -> pd.DataFrame:
    """Publish network and frames in a store at `home` and return the values of its cells."""
    # frames were drawn at random, so a cell is rarely covered by half
    home.mkdir(parents=True, exist_ok=True)
    (home / "settings.toml").write_text(f'crs = "{CRS}"\ncoverage_min = 0.05\n', encoding="utf-8")
    settings = load_settings(environment={"PAVEMENT_HOME": str(home)})
    store = open_store(home, crs=CRS)
    with tempfile.TemporaryDirectory() as place:
        packages = [write_network(frames, Path(place))]
        packages += [
            write_frames(frames, road, images=folder / "images", camera=camera, folder=Path(place))
            for road, camera in tables.items()
        ]
        for package in packages:
            report = ingest_package(package, store=store, settings=settings, progress=silent, user="benchmark")
            print(report.text(most=3))
            if report.state == "refused":
                raise SystemExit(1)
    return table(store, "cell_values")


def scores(folder: Path, frames: pd.DataFrame, made: Mapping[str, Camera], *, engine: str) -> pd.DataFrame:
    """Return the scores of an engine on development and kept-apart frames, one column each."""
    with ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn"), initializer=_one_thread) as pool:
        job = functools.partial(frame_rows, folder, cameras=made, engine=engine)
        parts = [frames.iloc[i : i + 10] for i in range(0, len(frames), 10)]
        rows = pd.concat(list(pool.map(job, parts)), ignore_index=True)
    calibration = rows["section"].isin(CALIBRATED_ON["290"])
    groups = {
        "BR-386, development": rows["road"] == "386",
        "BR-290, kept apart": (rows["road"] == "290") & ~calibration,
        "all 600": rows["road"].notna(),
    }
    return pd.DataFrame({name: summary(rows[chosen]) for name, chosen in groups.items()})


def _one_thread() -> None:
    cv2.setNumThreads(1)


def main(out_home: Path) -> pd.DataFrame:
    """Run the real survey to the end in `out_home`, print what came out, and return the scores."""
    if not SHARED.is_dir():
        raise SystemExit("The real frames (../shared/data/cracks/brazil_hdv_rs) are not here.")
    frames = placed(names(SHARED))
    tables = cameras(SHARED, frames)
    values = ingested(SHARED, frames, tables, out_home)
    cells = values[values["kind"].isin(["crack_percent", "pothole_count"])].groupby("kind")["value"]
    print(cells.agg(["size", "mean", "max"]).round(2).to_string())
    roads = {road: camera_from_manifest(table) for road, table in tables.items()}
    result = pd.concat({engine: scores(SHARED, frames, roads, engine=engine) for engine in ENGINES}, axis=1)
    for engine in ENGINES:
        print(f"{engine} engine", result[engine].round(3).to_string(), sep="\n")
    return result


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
