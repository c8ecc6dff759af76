"""How cracks changed between two surveys of one place: new, grown, unchanged or gone, in length and in width."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from ingest.imagery.outlines import in_view

STATES = ("new", "grown", "unchanged", "gone")
POINT_COLUMNS = ("crack", "line", "x", "y", "length", "width_mm")
GROWTH_COLUMNS = (
    "crack", "state", "before", "length_then_m", "length_now_m", "growth_m", "width_then_mm", "width_now_mm",
    "widening_mm",
)  # fmt: skip


def crack_points(findings: pd.DataFrame, *, values: Mapping[str, float]) -> pd.DataFrame:
    """
    Return the centrelines of cracks as points at even steps.

    Parameters
    ----------
    findings
        Columns finding, kind, width_mm, outline (JSON lists of lines, in pixels of the stored view).
    values
        Image parameters; ``growth_step_px`` is the step.

    Returns
    -------
    points
        One row a point: crack, line, x, y [px], length that it stands for [px], width_mm of its crack. [mm]
    """
    cracks = findings[findings["kind"] == "crack"]
    parts = [
        _even(line, crack=row.finding, width_mm=row.width_mm, step=values["growth_step_px"])
        for row in cracks.itertuples()
        for line in in_view(row.outline, 1.0)
        if len(line) > 1
    ]
    if not parts:
        return pd.DataFrame({c: pd.Series(dtype=object if c == "crack" else float) for c in POINT_COLUMNS})
    number = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    return pd.concat(parts, ignore_index=True).assign(line=number)[list(POINT_COLUMNS)]


def _even(line: np.ndarray, *, crack: str, width_mm: float, step: float) -> pd.DataFrame:
    along = np.r_[0.0, np.cumsum(np.hypot(*np.diff(line, axis=0).T))]
    count = max(1, round(along[-1] / step))
    at = (np.arange(count) + 0.5) * along[-1] / count
    x, y = (np.interp(at, along, line[:, axis]) for axis in (0, 1))
    return pd.DataFrame({"crack": crack, "x": x, "y": y, "length": along[-1] / count, "width_mm": width_mm})


def with_neighbours(points: pd.DataFrame, others: pd.DataFrame, *, within: float) -> pd.DataFrame:
    """
    Return points with `other`: the crack of the nearest of the others, empty where none lies within a distance.

    Parameters
    ----------
    points, others
        As :func:`crack_points` returns, on one plane.
    within
        Distance, in the unit of the points.
    """
    if points.empty or others.empty:
        return points.assign(other="")
    away, nearest = cKDTree(others[["x", "y"]].to_numpy(float)).query(points[["x", "y"]].to_numpy(float))
    names = others["crack"].to_numpy(object)[nearest]
    return points.assign(other=np.where(away <= within, names, ""))


def crack_growth(then: pd.DataFrame, now: pd.DataFrame, *, values: Mapping[str, float]) -> pd.DataFrame:
    """
    Return what became of each crack between two surveys.

    A place of a crack was there before when a crack of the other survey lies within ``growth_match_mm`` or the other
    view shows a trace of it. A crack of which hardly anything was there is new, one of the earlier survey of which
    hardly anything is left is gone (repaired, or not seen). What is between has grown when it is longer or wider by
    more than two readings of one crack differ, and is unchanged otherwise. An earlier length counts for the later
    crack it lies nearest to, so that cracks that have joined are one crack with the length of both.

    Parameters
    ----------
    then, now
        As :func:`crack_points` returns, on one plane [m], each within what both surveys saw; with `trace` as
        :func:`ingest.imagery.traces.with_traces` adds where the views were looked at.
    values
        Image parameters.

    Returns
    -------
    growth
        One row a crack, the later ones first: crack, state, before (the earlier cracks it continues), length_then_m,
        length_now_m, growth_m [m]; width_then_mm, width_now_mm, widening_mm [mm].
    """
    now, then = matched(now, then, values=values), matched(then, now, values=values)
    later = _totals(now, "now")
    found = then[then["other"] != ""]
    earlier = _totals(found.assign(crack=found["other"], before=found["crack"]), "then")
    rows = later.join(earlier, how="left").fillna({"length_then_m": 0.0, "before": ""})
    rows["length_then_m"] += _length_where(now, now["known"] & (now["other"] == "")).reindex(rows.index, fill_value=0.0)
    rows["state"] = np.where(_known_share(now) < values["growth_known_min"], "new", _kept_state(rows, values))
    # a stray trace is no earlier length of a new crack
    rows.loc[rows["state"] == "new", ["length_then_m", "width_then_mm", "before"]] = [0.0, np.nan, ""]
    lost = _lost(then, values)
    parts = [part for part in (rows, lost) if len(part)] or [rows]
    whole = pd.concat(parts).rename_axis("crack").reset_index()
    whole["growth_m"] = whole["length_now_m"] - whole["length_then_m"]
    whole["widening_mm"] = whole["width_now_mm"] - whole["width_then_mm"]
    return whole[list(GROWTH_COLUMNS)]


def matched(points: pd.DataFrame, others: pd.DataFrame, *, values: Mapping[str, float]) -> pd.DataFrame:
    """Return points with `other`, as :func:`with_neighbours`, and `known`: found in the other survey, or traced."""
    near = with_neighbours(points, others, within=values["growth_match_mm"] / 1000.0)
    trace = near["trace"].astype(bool) if "trace" in near else False
    return near.assign(known=(near["other"] != "") | trace)


def _lost(then: pd.DataFrame, values: Mapping[str, float]) -> pd.DataFrame:
    """Return the earlier cracks that no later one continues: gone, or unchanged where the later view has a trace."""
    alone = then[~then["crack"].isin(then.loc[then["other"] != "", "crack"])]
    rows = _totals(alone, "then")
    left = _length_where(alone, alone["known"]).reindex(rows.index, fill_value=0.0)
    gone = (_known_share(alone) < values["growth_known_min"]).reindex(rows.index, fill_value=True)
    return rows.assign(
        state=np.where(gone, "gone", "unchanged"),
        length_now_m=np.where(gone, 0.0, left),
        # what a trace does not show of a crack is not told as shrinking
        length_then_m=np.where(gone, rows["length_then_m"], left),
        width_now_mm=np.nan,
        before=rows.index.astype(str),
    )


def _kept_state(rows: pd.DataFrame, values: Mapping[str, float]) -> np.ndarray:
    longer = rows["length_now_m"] - rows["length_then_m"] > values["growth_length_min"]
    wider = rows["width_now_mm"] - rows["width_then_mm"] > values["growth_width_min"]
    return np.where(longer | wider, "grown", "unchanged")


def _length_where(points: pd.DataFrame, mask: pd.Series) -> pd.Series:
    return points["length"].astype(float).where(mask, 0.0).groupby(points["crack"]).sum()


def _known_share(points: pd.DataFrame) -> pd.Series:
    """Return the share of each crack's length that the other survey has too."""
    return _length_where(points, points["known"]) / points["length"].astype(float).groupby(points["crack"]).sum()


def _totals(points: pd.DataFrame, when: str) -> pd.DataFrame:
    """Return length and mean width of each crack, and the earlier cracks in it where they are told apart."""
    length, width = points["length"].astype(float), points["width_mm"].astype(float)
    by = points["crack"]
    weight = length.where(width.notna(), 0.0).groupby(by).sum()
    found = pd.DataFrame(
        {
            f"length_{when}_m": length.groupby(by).sum(),
            f"width_{when}_mm": (width.fillna(0.0) * length).groupby(by).sum() / weight.replace(0.0, np.nan),
        }
    )
    if "before" in points:
        found["before"] = points["before"].astype(str).groupby(by).agg(lambda names: " ".join(sorted(set(names))))
    return found
