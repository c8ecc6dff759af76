"""One place over the years: its views laid over the newest, its cracks compared from survey to survey."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import pandas as pd

from ingest.imagery.camera import TopView
from ingest.imagery.drawing import colours
from ingest.imagery.growth import GROWTH_COLUMNS, crack_growth, crack_points, matched
from ingest.imagery.registration import Alignment, alignment, laid_over, placed
from ingest.imagery.traces import line_strength, with_traces

UNUSABLE, NO_SCALE = "not usable", "no scale"
NOT_COMPARED = "not compared"
# apart for colour-blind readers, and from grey asphalt
COLOURS = colours("growth_states")
_UNSEEN = (48, 44, 42)
# JPEG leaves a little light in what was black
_BLACK = 12


@dataclass(frozen=True)
class Sight:
    """
    A stored frame of the place.

    Attributes
    ----------
    frame, survey, taken_at
        What the frames table says; `survey` names its run.
    image
        The stored view from above (BGR), shape (height, width, 3), travel upwards.
    mm_per_pixel
        Its scale; NaN when it is not known.
    entry_m
        Where its lower edge lies in travel, growing ahead. [m]
    usable
        Whether anything was measured on it.
    findings
        Its rows of the findings table.
    """

    frame: str
    survey: str
    taken_at: pd.Timestamp
    image: np.ndarray
    mm_per_pixel: float
    entry_m: float
    usable: bool
    findings: pd.DataFrame


@dataclass(frozen=True)
class Panel:
    """A view as it is shown: `aligned` to the newest or, where `reason` says why not, as it is; BGR `picture`."""

    sight: Sight
    aligned: bool
    reason: str
    agreement: float
    picture: np.ndarray


@dataclass(frozen=True)
class PlaceHistory:
    """Panels from the oldest to the newest, and growth: columns frame_then, frame_now and those of a growth table."""

    panels: tuple[Panel, ...]
    growth: pd.DataFrame


@dataclass(frozen=True)
class _Laid:
    """A sight on the ground of the newest: its view, where it sees the road, and its cracks [m]."""

    sight: Sight
    view: np.ndarray
    seen: np.ndarray
    cracks: pd.DataFrame


def place_history(sights: Sequence[Sight], *, values: Mapping[str, float]) -> PlaceHistory:
    """
    Return one place over the years.

    Views are laid over the newest one. Cracks are compared between neighbouring surveys among those that could be
    laid over and were usable, within what both saw; nothing is said about growth elsewhere. Cracks are drawn in the
    colour of what became of them since the survey before; those of the oldest that is compared, until the next.

    Parameters
    ----------
    sights
        Frames of the place, one a survey, in any order; at least one.
    values
        Image parameters.
    """
    ordered = sorted(sights, key=lambda sight: sight.taken_at)
    newest = ordered[-1]
    found = [_alignment(sight, newest, values) for sight in ordered]
    laid = [_laid(s, a, newest, values) if a.aligned else None for s, a in zip(ordered, found, strict=True)]
    panels: list[Panel] = []
    tables: list[pd.DataFrame] = []
    before: _Laid | None = None
    oldest = -1
    for sight, how, one in zip(ordered, found, laid, strict=True):
        reason = how.reason or ("" if sight.usable else UNUSABLE)
        if one is None:
            picture = _drawn(sight.image, crack_points(sight.findings, values=values), scale=1.0)
        elif before is None or not sight.usable:
            picture = _drawn(one.view, one.cracks, scale=newest.mm_per_pixel / 1000.0)
            oldest = len(panels) if sight.usable else oldest
        else:
            pair = _compared(before, one, newest.mm_per_pixel / 1000.0, values)
            picture = pair.picture
            if not tables:
                panels[oldest] = replace(panels[oldest], picture=pair.earlier)
            tables.append(pair.growth.assign(frame_then=before.sight.frame, frame_now=sight.frame))
        panels.append(Panel(sight, how.aligned, reason, how.agreement, picture))
        before = one if one is not None and sight.usable else before
    columns = ["frame_then", "frame_now", *GROWTH_COLUMNS]
    growth = pd.concat(tables, ignore_index=True)[columns] if tables else pd.DataFrame(columns=columns)
    return PlaceHistory(tuple(panels), growth)


def _alignment(sight: Sight, newest: Sight, values: Mapping[str, float]) -> Alignment:
    same = np.eye(2, 3)
    if sight is newest:
        return Alignment(same, True, "", 1.0, 0, 0.0)
    if not (np.isfinite(sight.mm_per_pixel) and np.isfinite(newest.mm_per_pixel)):
        return Alignment(same, False, NO_SCALE, 0.0, 0, np.nan)
    then, now = (TopView(s.image, seen_road(s.image), s.mm_per_pixel) for s in (sight, newest))
    return alignment(then, now, ahead_m=sight.entry_m - newest.entry_m, values=values)


def seen_road(image: np.ndarray) -> np.ndarray:
    """Return where a stored view shows road, shape (height, width): what a warp left black shows none."""
    blue, green, red = cv2.split(image)
    dark = (cv2.max(cv2.max(blue, green), red) <= _BLACK).astype(np.uint8)
    # a dark crack is thin, what was never seen is not
    return cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((9, 9), np.uint8)) == 0


def _laid(sight: Sight, how: Alignment, newest: Sight, values: Mapping[str, float]) -> _Laid:
    shape = newest.image.shape[:2]
    view, within = laid_over(sight.image, how.matrix, shape)
    road, _ = laid_over(seen_road(sight.image).astype(np.uint8), how.matrix, shape)
    seen = within & (road > 0)
    points = crack_points(sight.findings, values=values)
    metre = newest.mm_per_pixel / 1000.0
    on_newest = placed(points[["x", "y"]].to_numpy(float), how.matrix) * metre
    stretch = float(np.sqrt(np.linalg.det(how.matrix[:, :2])))
    cracks = points.assign(x=on_newest[:, 0], y=on_newest[:, 1], length=points["length"] * stretch * metre)
    return _Laid(sight, np.where(seen[..., None], view, np.array(_UNSEEN, np.uint8)), seen, cracks)


@dataclass(frozen=True)
class _Pair:
    growth: pd.DataFrame
    picture: np.ndarray
    earlier: np.ndarray


def _compared(then: _Laid, now: _Laid, metre: float, values: Mapping[str, float]) -> _Pair:
    """Return the growth between two surveys within what both saw, and the later and earlier view with it drawn."""
    both = then.seen & now.seen
    inside = [_within(laid.cracks, both, metre) for laid in (then, now)]
    earlier, later = (laid.cracks[mask] for laid, mask in zip((then, now), inside, strict=True))
    before, after = (line_strength(laid.view, both, mm_per_pixel=1000.0 * metre, values=values) for laid in (then, now))
    earlier = with_traces(earlier, before, after, metre=metre, values=values)
    later = with_traces(later, after, before, metre=metre, values=values)
    growth = crack_growth(earlier, later, values=values)
    state = growth.set_index("crack")["state"]
    told = _later_states(matched(later, earlier, values=values), state)
    # an earlier crack of its own row was not found again: gone, or there as a trace
    lost = earlier[earlier["crack"].isin(state.index)]
    lost = lost.assign(state=lost["crack"].map(state) if len(lost) else "")
    first = _earlier_states(matched(earlier, later, values=values), state)
    outside = [laid.cracks[~mask].assign(state=NOT_COMPARED) for laid, mask in zip((then, now), inside, strict=True)]
    return _Pair(
        growth,
        _drawn(now.view, _together(outside[1], lost, told), scale=metre),
        _drawn(then.view, _together(outside[0], first), scale=metre),
    )


def _later_states(marked: pd.DataFrame, state: pd.Series) -> pd.DataFrame:
    """Return the later points with the state of their crack; the part of a grown one that was not there is new."""
    kind = marked["crack"].map(state) if len(marked) else pd.Series(dtype=str)
    return marked.assign(state=kind.where((kind != "grown") | marked["known"], "new"))


def _earlier_states(marked: pd.DataFrame, state: pd.Series) -> pd.DataFrame:
    """Return the earlier points with what became of them; the part of a crack that was not found again is gone."""
    if marked.empty:
        return marked.assign(state=pd.Series(dtype=str))
    continued = marked["other"].map(state).where(lambda found: found != "new")
    left = pd.Series(np.where(marked["known"], "unchanged", "gone"), index=marked.index)
    return marked.assign(state=marked["crack"].map(state).fillna(continued).fillna(left))


def _together(first: pd.DataFrame, *others: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([part for part in (first, *others) if len(part)] or [first])


def _within(points: pd.DataFrame, both: np.ndarray, metre: float) -> np.ndarray:
    column, row = (np.floor(points[axis].to_numpy(float) / metre + 0.5).astype(int) for axis in "xy")
    inside = (column >= 0) & (column < both.shape[1]) & (row >= 0) & (row < both.shape[0])
    return inside & both[np.clip(row, 0, both.shape[0] - 1), np.clip(column, 0, both.shape[1] - 1)]


def _drawn(image: np.ndarray, points: pd.DataFrame, *, scale: float) -> np.ndarray:
    """Return a view with cracks drawn: runs of points of one line and state, `scale` in units of the points a pixel."""
    picture = image.copy()
    thick = max(1, round(image.shape[1] / 450))
    if points.empty:
        return picture
    state = points["state"] if "state" in points else pd.Series(NOT_COMPARED, index=points.index)
    line = points["line"].to_numpy()
    # a gap of points that lie outside of what both saw ends a run
    jump = np.r_[
        True, (line[1:] != line[:-1]) | (state.to_numpy()[1:] != state.to_numpy()[:-1]) | (np.diff(points.index) != 1)
    ]
    xy = np.round(points[["x", "y"]].to_numpy(float) / scale * 8).astype(np.int32)
    starts = np.flatnonzero(jump)
    for run, kind in zip(np.split(xy, starts[1:]), state.iloc[starts], strict=True):
        cv2.polylines(picture, [run[:, None]], False, COLOURS[kind], thick, cv2.LINE_AA, 3)
    return picture
