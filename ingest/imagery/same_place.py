"""Which stored frames show one place, survey by survey."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
import pandas as pd

from ingest.imagery.history import PlaceHistory, Sight, place_history
from ingest.imagery.parameters import parameters
from pavement.errors import ImageError, LocationError
from pavement.network.chainage import posted_measure
from pavement.store import objects
from pavement.store.database import Store

_MOST = 4
_LANE = ["route", "direction", "lane"]


def frames_of_place(
    frames: pd.DataFrame, *, route: str, direction: str, lane: str, measure: float, values: Mapping[str, float]
) -> pd.DataFrame:
    """
    Return the frames that show a place best, one a survey (run), the oldest first.

    Of the newest survey it is the frame whose middle lies nearest; of the others the one that lies nearest to that
    frame, as long as the two can share a place within the error of position that alignment searches.

    Parameters
    ----------
    frames
        The published frames, with their run.
    route, direction, lane
        The lane.
    measure
        Where on it. [m]
    values
        Image parameters.

    Raises
    ------
    LocationError
        The lane has no frames, or none lies there.
    """
    lane_frames = _of_lane(frames, route=route, direction=direction, lane=lane)
    middle = lane_frames["measure_m"] + lane_frames["length_m"] / 2
    away = (middle - measure).abs() - lane_frames["length_m"] / 2
    there = lane_frames[away <= values["align_ahead"]]
    if there.empty:
        raise LocationError(
            f"No frame of {route} {direction} lane {lane} shows {posted_measure(measure)}.",
            cure="Name a place that frames cover; the page of its cell lists them.",
        )
    newest = there.loc[there["run"].astype(str) == str(there.sort_values("taken_at")["run"].iloc[-1])]
    base = newest.loc[(middle[newest.index] - measure).abs().idxmin()]
    off = (middle - middle[base.name]).abs()
    near = lane_frames[off <= (lane_frames["length_m"] + base["length_m"]) / 4 + values["align_ahead"]]
    near = near.assign(off=off[near.index], run=near["run"].astype(str))
    others = near[near["run"] != str(base["run"])].sort_values("off").drop_duplicates("run")
    chosen = pd.concat([others[others["taken_at"] <= base["taken_at"]], near.loc[[base.name]]])
    return chosen.sort_values("taken_at").drop(columns="off").tail(_MOST)


def _of_lane(frames: pd.DataFrame, *, route: str, direction: str, lane: str) -> pd.DataFrame:
    """Return the frames of a lane that are stored."""
    if not len(frames):
        raise LocationError("The store has no frames.", cure="Ingest a survey package with pavement frames first.")
    stored = frames[frames["image"].fillna("").ne("")]
    ways = stored[_LANE].astype(str)
    found = stored[ways.eq([route, direction, lane]).all(axis=1)]
    if found.empty:
        there = ", ".join(" ".join(way) for way in ways.drop_duplicates().sort_values(_LANE).to_numpy())
        raise LocationError(
            f"{route} {direction} lane {lane} has no frames.",
            cure=f"Name a route, direction and lane that have frames: {there}.",
        )
    return found


def sights(store: Store, chosen: pd.DataFrame, findings: pd.DataFrame, *, sense: int) -> list[Sight]:
    """
    Return the frames of a place as they are stored, with what was found on them.

    Parameters
    ----------
    store
        Where their views are.
    chosen
        As :func:`frames_of_place` returns.
    findings
        The published findings, with their run.
    sense
        1 where the measure grows in travel, -1 where it falls.

    Raises
    ------
    StoreError
        A view is missing or damaged.
    ImageError
        A view cannot be decoded.
    """
    return [_sight(store, row, findings, sense=sense) for _, row in chosen.iterrows()]


def _sight(store: Store, row: pd.Series, findings: pd.DataFrame, *, sense: int) -> Sight:
    image = cv2.imdecode(np.frombuffer(objects.read(store, str(row["image"])), np.uint8), cv2.IMREAD_COLOR)
    if image is None:
        raise ImageError(f"{row['frame']}: its stored view cannot be read.", cure="Check the store: pavement check.")
    own = findings[(findings["frame"] == row["frame"]) & (findings["run"].astype(str) == str(row["run"]))]
    entry = row["measure_m"] if sense >= 0 else -(row["measure_m"] + row["length_m"])
    return Sight(
        frame=str(row["frame"]),
        survey=str(row["run"]),
        taken_at=row["taken_at"],
        image=image,
        mm_per_pixel=_scale(row, image),
        entry_m=float(entry),
        usable=bool(row["usable"]),
        findings=own,
    )


def _scale(row: pd.Series, image: np.ndarray) -> float:
    """Return the scale of a stored view; one kept before views said theirs covers its length from edge to edge."""
    told = float(row.get("view_mm", np.nan))
    return told if np.isfinite(told) and told > 0 else float(row["length_m"]) * 1000.0 / image.shape[0]


def stored_history(
    store: Store,
    tables: Mapping[str, pd.DataFrame],
    *,
    place: tuple[str, str, str, float],
    values: Mapping[str, float] | None = None,
) -> PlaceHistory:
    """
    Return one place over the years, from what the store keeps.

    Parameters
    ----------
    store
        Where the views are.
    tables
        The published tables frames, findings and routes.
    place
        Route, direction, lane and measure [m].
    values
        Image parameters; those of the table when not given.

    Raises
    ------
    LocationError
        The lane has no frames, or none lies there.
    StoreError, ImageError
        A view is missing, damaged or cannot be decoded.
    """
    values = parameters() if values is None else values
    route, direction, lane, measure = place
    chosen = frames_of_place(
        tables["frames"], route=route, direction=direction, lane=lane, measure=measure, values=values
    )
    routes = tables["routes"]
    own = routes[(routes["route"] == route) & (routes["direction"] == direction)]
    sense = int(own["sense"].iloc[0]) if len(own) else 1
    return place_history(sights(store, chosen, tables["findings"], sense=sense), values=values)
