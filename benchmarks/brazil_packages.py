"""Survey packages of the real Brazilian frames, in the product's own package format.

No coordinates and no dates are published. The lines are therefore schematic (straight, sections one after the other)
and the dates are marked as unknown in the titles; chainage within a section is the index in the file name [m].
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

CRS = "EPSG:31982"
ZONE = "-03:00"
FRAME_M = 5.0
# direction letters and places are made up; growth of the index in the direction of travel was measured
ROADS = {
    "290": {"route": "BR290", "direction": "W", "start": (480_000.0, 6_680_000.0), "step": (-1.0, 0.0)},
    "386": {"route": "BR386", "direction": "S", "start": (430_000.0, 6_800_000.0), "step": (0.0, -1.0)},
}


def placed(frames: pd.DataFrame) -> pd.DataFrame:
    """Return the frames with route, direction and measure [m]: sections of a road one after the other."""
    ends = frames.groupby(["road", "section"])["index"].max().reset_index()
    # a gap of at least a kilometre keeps sections apart
    room = (np.ceil(ends["index"] / 1000.0) + 1.0) * 1000.0
    base = (room.groupby(ends["road"]).cumsum() - room).rename("base")
    located = frames.merge(ends[["road", "section"]].join(base), on=["road", "section"])
    return located.assign(
        route=located["road"].map(lambda r: ROADS[r]["route"]),
        direction=located["road"].map(lambda r: ROADS[r]["direction"]),
        measure_m=located["base"] + located["index"],
    ).sort_values(["route", "measure_m"], ignore_index=True)


def write_network(frames: pd.DataFrame, folder: Path) -> Path:
    """Write one network package of both roads, with lanes only where frames lie, and return its folder."""
    place = folder / "network"
    place.mkdir(parents=True)
    ends = frames.groupby("road")["measure_m"].max() + 1000.0
    routes = {"type": "FeatureCollection", "features": [_feature(road, float(end)) for road, end in ends.items()]}
    (place / "routes.geojson").write_text(json.dumps(routes), encoding="utf-8")
    points = [
        (ROADS[road]["route"], ROADS[road]["direction"], m, *_point(road, m))
        for road, end in ends.items()
        for m in (0.0, float(end))
    ]
    _csv(place / "calibration.csv", ["route", "direction", "measure_m", "x", "y"], points)
    spans = frames.groupby(["route", "direction", "section"])["measure_m"].agg(["min", "max"]).reset_index()
    lanes = [
        (s.route, s.direction, "1", low, high, "示意車道", "Schematic lane", 3.6, 0.0)
        for s in spans.itertuples()
        for low, high in [(np.floor(s.min / 100) * 100, np.ceil((s.max + FRAME_M) / 100) * 100)]
    ]
    names = ["route", "direction", "lane", "from_m", "to_m", "name_zh", "name_en", "width_m", "offset_m"]
    _csv(place / "lanes.csv", names, lanes)
    entry = (
        '[[data]]\nkind = "network"\nfile = "routes.geojson"\ncalibration = "calibration.csv"\nlanes = "lanes.csv"\n'
    )
    return _manifest(
        place, "br-network", "BR-290 and BR-386: schematic straight lines, no coordinates published", entry
    )


def write_frames(frames: pd.DataFrame, road: str, *, images: Path, camera: Mapping[str, object], folder: Path) -> Path:
    """Write the package of one road's frames and return its folder."""
    place = folder / f"br{road}"
    (place / "frames").mkdir(parents=True)
    own = frames[frames["road"] == road]
    for frame in own["frame"]:
        _linked(images / f"{frame}.jpg", place / "frames" / f"{frame}.jpg")
    seconds = pd.to_timedelta(np.arange(len(own)) / 4.0, unit="s")
    taken = (pd.Timestamp(f"2015-07-01T12:00:00{ZONE}") + seconds).map(lambda t: t.isoformat())
    positions = own.assign(file=own["frame"] + ".jpg", lane="1", length_m=FRAME_M, taken_at=taken)
    columns = ["frame", "file", "route", "direction", "lane", "measure_m", "length_m", "taken_at"]
    positions[columns].to_csv(place / "frames.csv", index=False)
    entry = '[[data]]\nkind = "frames"\nfiles = "frames/*.jpg"\npositions = "frames.csv"\n'
    table = "".join(f"{key} = {json.dumps(value)}\n" for key, value in camera.items())
    title = f"BR-{road} forward frames; day not published (2014-2017), position schematic"
    return _manifest(place, f"br{road}-frames", title, f"{entry}\n[camera]\n{table}")


def _point(road: str, measure: float) -> tuple[float, float]:
    (x, y), (east, north) = ROADS[road]["start"], ROADS[road]["step"]
    return x + east * measure, y + north * measure


def _feature(road: str, end: float) -> dict[str, object]:
    properties = {
        "route": ROADS[road]["route"],
        "direction": ROADS[road]["direction"],
        "name_zh": f"BR-{road}（示意）",
        "name_en": f"BR-{road} (schematic)",
        "sense": 1,
        "from_m": 0.0,
        "to_m": end,
        "version": "schematic",
    }
    line = {"type": "LineString", "coordinates": [_point(road, 0.0), _point(road, end)]}
    return {"type": "Feature", "properties": properties, "geometry": line}


def _csv(path: Path, columns: list[str], rows: list[tuple[object, ...]]) -> None:
    pd.DataFrame(rows, columns=columns).to_csv(path, index=False)


def _linked(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _manifest(place: Path, survey: str, title: str, body: str) -> Path:
    hashes = {
        path.relative_to(place).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(place.rglob("*"))
        if path.is_file()
    }
    head = f"""format = 1
[survey]
id = "{survey}"
title = "{title}"
operator = "DNIT survey vehicle (open data, MIT licence, Passos 2020)"
vehicle = "HDV"
started = 2015-07-01T12:00:00{ZONE}
ended = 2015-07-01T13:00:00{ZONE}
crs = "{CRS}"

"""
    listed = "".join(f'"{name}" = "{digest}"\n' for name, digest in hashes.items())
    (place / "manifest.toml").write_text(f"{head}{body}\n[sha256]\n{listed}", encoding="utf-8")
    return place
