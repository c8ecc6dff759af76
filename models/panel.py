"""The panel: survey histories of units in one shape, and the pairs of surveys that models learn from."""

from __future__ import annotations

import numpy as np
import pandas as pd

from models.parameters import parameter
from pavement.condition.cell_history import cell_works, decimal_year
from pavement.schema import schema

TARGETS = ("iri", "rut", "crack_percent")
CONTEXT = (
    *("age", "sn", "asphalt_mm", "esal", "aadtt"),
    *("temp_mean", "freezing_index", "freeze_thaw", "heat_days", "rain_mm"),
)


def panel_from_segments(segments: pd.DataFrame, works: pd.DataFrame) -> pd.DataFrame:
    """
    Return the panel of a network.

    Parameters
    ----------
    segments
        Segment table.
    works
        Table ``works``; a survey before a work belongs to the epoch before it, to the day.

    Returns
    -------
    panel
        Table ``panel``, one row a cell and surveyed year, with ``length`` [m]; block = route, direction and kilometre,
        all lanes together.
    """
    targets = [t for t in TARGETS if t in segments]
    seen = segments[segments[targets].notna().any(axis=1)]
    dates = pd.to_datetime(seen["surveyed_on"])
    time = np.where(dates.notna(), decimal_year(dates), seen["year"] + 0.5)
    kilometre = (seen["from_m"] // 1000).astype(int).astype(str)
    frame = pd.DataFrame(
        {
            "unit": seen["cell"].astype(str),
            "block": seen["route"].astype(str) + "-" + seen["direction"].astype(str) + "-" + kilometre,
            "family": "AC",
            "time": time,
        }
    )
    cells = segments.drop_duplicates("cell").reset_index(drop=True)
    frame["epoch"], since = _epochs(frame, cells, works)
    for column in (*targets, *(c for c in CONTEXT if c in seen)):
        frame[column] = seen[column].astype(float)
    if len(works):
        frame["age"] = since
    wanted = [c for c in schema("panel").index if c in frame]
    return frame[wanted].sort_values(["unit", "time"], ignore_index=True)


def _epochs(frame: pd.DataFrame, cells: pd.DataFrame, works: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return works before each survey and the years since the last of them; missing where there is none."""
    if works.empty:
        return np.zeros(len(frame), int), np.full(len(frame), np.nan)
    done = cell_works(cells, works).sort_values(["cell", "completed"])
    position = pd.Series(np.arange(len(cells)), index=cells["cell"].astype(str)).reindex(frame["unit"]).to_numpy()
    apart = 10_000.0
    keys = done["cell"].to_numpy() * apart + done["completed"].to_numpy()
    at = np.searchsorted(keys, position * apart + frame["time"].to_numpy(), side="right")
    first = np.searchsorted(keys, position * apart, side="left")
    last = done["completed"].to_numpy()[np.clip(at - 1, 0, None)] if len(done) else np.zeros(len(frame))
    return at - first, np.where(at > first, frame["time"].to_numpy() - last, np.nan)


def split_at_drops(panel: pd.DataFrame) -> pd.DataFrame:
    """
    Return the panel with an epoch begun at each unexplained fall, and ``suspected`` true for the survey after it.

    A fall beyond the noise of two surveys without work on record is work that nobody wrote down, or an error (P9);
    pairs across it would teach that roads heal.
    """
    frame = panel.sort_values(["unit", "time"], ignore_index=True)
    same = (frame["unit"] == frame["unit"].shift()) & (frame["epoch"] == frame["epoch"].shift())
    fell = pd.Series(False, index=frame.index)
    for target in (t for t in TARGETS if t in frame):
        last = frame.groupby(["unit", "epoch"])[target].ffill().shift()
        fell |= same & (last - frame[target] > parameter(f"drop_{target}"))
    extra = fell.groupby(frame["unit"]).cumsum().astype(int)
    return frame.assign(epoch=frame["epoch"].astype(int) + extra, suspected=fell)


def with_history(panel: pd.DataFrame) -> pd.DataFrame:
    """
    Return the panel with what each unit's own history said by that survey, inside its epoch.

    Added for each target: ``<target>_slope``, the least-squares slope so far shrunk towards zero by the span it rests
    on [unit/year], and ``<target>_rise``, the change since the epoch's first survey. Nothing later than a row is used.
    """
    frame = panel.sort_values(["unit", "time"], ignore_index=True)
    keys = [frame["unit"], frame["epoch"]]
    for target in (t for t in TARGETS if t in frame):
        known = frame[target].notna()
        y = frame[target].where(known)
        start = frame["time"].where(known).groupby(keys).transform("first")
        first = y.groupby(keys).transform("first")
        t, rise = (frame["time"] - start).where(known), y - first
        sums = {
            n: v.fillna(0).groupby(keys).cumsum() for n, v in {"t": t, "r": rise, "tt": t * t, "tr": t * rise}.items()
        }
        n = known.groupby(keys).cumsum()
        spread = sums["tt"] - sums["t"] ** 2 / n.where(n > 0)
        slope = (sums["tr"] - sums["t"] * sums["r"] / n.where(n > 0)) / spread.where(spread > 1e-9)
        weight = t**2 / (t**2 + parameter("slope_span") ** 2)
        frame[f"{target}_slope"] = slope * weight
        frame[f"{target}_rise"] = rise.where(n > 1)
    return frame


def pairs(panel: pd.DataFrame, *, target: str) -> pd.DataFrame:
    """
    Return every pair of surveys of one unit inside one epoch.

    Parameters
    ----------
    panel
        Panel with histories, from :func:`with_history`.
    target
        One of :data:`TARGETS`.

    Returns
    -------
    pairs
        What was known at the first survey of each pair (panel columns), ``horizon`` [year], ``later`` (time of the
        second survey) and ``increment`` (change of the target); sorted by unit, time and horizon.
    """
    carried = [c for c in panel if c in TARGETS or str(c).endswith(("_slope", "_rise"))]
    # surveys of another kind seldom fall on the same day: what the last of each said is known too
    filled = panel.assign(**{c: panel.groupby(["unit", "epoch"])[c].ffill() for c in carried})
    known = filled[panel[target].notna()]
    later = known[["unit", "epoch", "time", target]].rename(columns={"time": "later", target: "_after"})
    joined = known.merge(later, on=["unit", "epoch"])
    horizon = joined["later"] - joined["time"]
    keep = (horizon >= parameter("horizon_min")) & (horizon <= parameter("horizon_max"))
    joined = joined.assign(horizon=horizon, increment=joined["_after"] - joined[target]).drop(columns="_after")[keep]
    return joined.sort_values(["unit", "time", "horizon"], ignore_index=True)


def last_states(panel: pd.DataFrame) -> pd.DataFrame:
    """
    Return what is known of each unit now: its last survey, older targets of the same epoch filled in.

    One row a unit, with histories; ``time`` is the time of the last survey.
    """
    frame = with_history(split_at_drops(panel))
    columns = [c for c in frame if c not in ("unit", "block", "family", "time", "epoch", "suspected")]
    filled = frame.assign(**{c: frame.groupby(["unit", "epoch"])[c].ffill() for c in columns})
    return filled.groupby("unit", as_index=False).tail(1).reset_index(drop=True)
