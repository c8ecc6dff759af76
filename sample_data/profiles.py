"""Profiles a survey vehicle would record: roughness and ruts of the made truth, in metres of road."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from pavement.measures.iri import rectified_slope
from sample_data.process import Floats, constants, correlated, stream_of
from sample_data.sheets import repeated, write_parquet

SPACING = 0.1
CROSS_SPACING = 10.0
OFFSETS = np.round(np.arange(-1.75, 1.76, 0.1), 2)
_WHEEL_PATH, _WHEEL_WIDTH = 0.875, 1.0
_ROUNDS = 4


def longitudinal(cells: pd.DataFrame, *, sense: int, seed: int, year: int) -> pd.DataFrame:
    """
    Return one drive over one lane whose roughness is that of its cells.

    Parameters
    ----------
    cells
        Cells of one unbroken lane in growing measure: route, direction, lane, from_m, to_m [m], iri [m/km].
    sense
        1 when the vehicle drives with the measures, -1 against them.

    Returns
    -------
    profile
        measure_mm, elevation_left, elevation_right [um], as whole numbers, in the order of travel.
    """
    name = tuple(cells[["route", "direction", "lane"]].iloc[0])
    base, fresh = stream_of(seed, "road", *name), stream_of(seed, "drive", *name, year)
    start, end = (round(float(v) / SPACING) for v in (cells["from_m"].iloc[0], cells["to_m"].iloc[-1]))
    step = np.arange(start, end)
    cell = step // 1000 - start // 1000
    order = slice(None, None, sense)
    shared = base.standard_normal(len(step))
    side = 0.06 * correlated(base, len(cells), spacing=100.0, length=800.0)
    tracks = {}
    for track, sign in (("elevation_left", -1), ("elevation_right", 1)):
        # the road keeps its shape from year to year; a drive adds its own wander
        shape = 0.8 * shared + 0.6 * base.standard_normal(len(step)) + 0.15 * fresh.standard_normal(len(step))
        target = cells["iri"].to_numpy(float) * (1 + sign * side)
        heights = shaped(shape[order], cell[order], target)
        tracks[track] = np.round(heights * 1e5).astype(np.int64) * 10
    return pd.DataFrame({"measure_mm": step[order] * 100, **tracks})


def shaped(slope: Floats, cell: np.ndarray, target: Floats) -> Floats:
    """
    Return heights [m] whose roughness is `target` [m/km] in each cell.

    Parameters
    ----------
    slope
        Random slopes of the road at each sample in the order of travel, shape (n,).
    cell
        Number of the cell of each sample.

    Notes
    -----
    Roughness is linear in the height of bumps, but a car still swings from the cell before: a few rounds of scaling
    each cell's slopes by target over result settle it.
    """
    gain = target * 1e-3
    heights = np.empty(0)
    for turn in range(_ROUNDS):
        heights = np.cumsum(slope * gain[cell]) * SPACING
        if turn == _ROUNDS - 1:
            break
        found = rectified_slope(heights, spacing=SPACING)
        own = cell[: len(found)]
        total, count = np.bincount(own, found, len(target)), np.bincount(own, minlength=len(target))
        gain = gain * target / np.maximum(total / np.maximum(count, 1), 1e-9)
    return heights


def transverse(cells: pd.DataFrame, *, sense: int, seed: int, year: int) -> pd.DataFrame:
    """
    Return transverse profiles every 10 m whose ruts are those of the cells.

    Parameters
    ----------
    cells
        As for :func:`longitudinal`, with rut [mm].

    Returns
    -------
    profiles
        measure_m [m] and a column an offset [m] with heights [mm]: two cosine basins 1 m wide, crossfall and noise.
    """
    name = tuple(cells[["route", "direction", "lane"]].iloc[0])
    base, fresh = stream_of(seed, "cross", *name), stream_of(seed, "cross", *name, year)
    start, end = float(cells["from_m"].iloc[0]), float(cells["to_m"].iloc[-1])
    measure = np.arange(start + CROSS_SPACING / 2, end, CROSS_SPACING)
    cell = (measure // 100 - start // 100).astype(int)
    along = 1 + 0.12 * correlated(base, len(measure), spacing=CROSS_SPACING, length=30.0)
    # the mean over a cell stays the cell's rut
    along /= np.bincount(cell, along)[cell] / np.bincount(cell)[cell]
    depth = cells["rut"].to_numpy(float)[cell] * along
    lean = 0.1 * correlated(base, len(measure), spacing=CROSS_SPACING, length=400.0)
    fall = 20.0 + base.normal(0, 3) + fresh.normal(0, 0.2, len(measure))
    heights = -fall[:, None] * OFFSETS + fresh.normal(0, 0.1, (len(measure), len(OFFSETS)))
    for sign in (-1, 1):
        away = np.clip((OFFSETS - sign * _WHEEL_PATH) / _WHEEL_WIDTH, -0.5, 0.5)
        heights -= (depth * (1 + sign * lean))[:, None] * 0.5 * (1 + np.cos(2 * np.pi * away))
    frame = pd.DataFrame(heights.round(1), columns=[f"{o:.2f}" for o in OFFSETS])
    frame.insert(0, "measure_m", measure)
    return frame.iloc[::sense]


def seen(cells: pd.DataFrame, *, seed: int, year: int) -> pd.DataFrame:
    """Return cells with iri [m/km] and rut [mm] as one survey sees them: the truth and its noise."""
    p, rng = constants(), stream_of(seed, "survey", year)
    shift = rng.normal(0, p["noise_iri_year"])
    iri = cells["iri"] + shift + rng.normal(0, p["noise_iri"], len(cells))
    rut = cells["rut"] + rng.normal(0, p["noise_rut"], len(cells))
    return cells.assign(iri=iri.clip(lower=0.4), rut=rut.clip(lower=0.2))


def write_profiles(folder: Path, cells: pd.DataFrame, *, sense: int, seed: int, year: int) -> list[dict[str, object]]:
    """Write both profiles of one unbroken lane and return their ``[[data]]`` entries."""
    route, direction, lane = (str(v) for v in cells[["route", "direction", "lane"]].iloc[0])
    name = f"{route}-{direction}-{lane}-{round(float(cells['from_m'].iloc[0])):06d}.parquet".lower()
    along, across = (make(cells, sense=sense, seed=seed, year=year) for make in (longitudinal, transverse))
    place = {k: repeated(v, len(along)) for k, v in (("route", route), ("direction", direction), ("lane", lane))}
    tracks = ["elevation_left", "elevation_right"]
    columns = (
        place | {"measure_m": along["measure_mm"].to_numpy()} | {t: along[t].astype("int32").to_numpy() for t in tracks}
    )
    write_parquet(
        columns, folder / "longitudinal" / name, encoding=dict.fromkeys(["measure_m", *tracks], "DELTA_BINARY_PACKED")
    )
    place = {k: repeated(v, len(across)) for k, v in (("route", route), ("direction", direction), ("lane", lane))}
    heights = {c: across[c].to_numpy(np.float32) for c in across.columns if c != "measure_m"}
    columns = place | {"measure_m": across["measure_m"].to_numpy()} | heights
    write_parquet(
        columns, folder / "transverse" / name, encoding=dict.fromkeys(["measure_m", *heights], "BYTE_STREAM_SPLIT")
    )
    units = {"measure_m": "mm", **dict.fromkeys(tracks, "um")}
    return [
        {
            "kind": "longitudinal_profile",
            "file": f"longitudinal/{name}",
            "units": units,
            "options": {"averaged": False},
        },
        {"kind": "transverse_profile", "file": f"transverse/{name}"},
    ]
