"""Whether a view shows a trace of a line that was found on another view of the same place only."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
import pandas as pd

from ingest.imagery.ridges import levelled, line_response


def line_strength(
    view: np.ndarray, seen: np.ndarray, *, mm_per_pixel: float, values: Mapping[str, float]
) -> np.ndarray:
    """
    Return how strongly a dark line runs near each pixel, 0 for what is usual in the view.

    Parameters
    ----------
    view
        BGR view from above, shape (height, width, 3).
    seen
        Where it shows the road, shape (height, width).
    mm_per_pixel
        Its scale.
    values
        Image parameters; ``growth_trace_mm`` is how far from a pixel a line may run.
    """
    grey = cv2.cvtColor(view, cv2.COLOR_BGR2GRAY)
    inside = cv2.erode(seen.astype(np.uint8), np.ones((5, 5), np.uint8), borderValue=1) > 0
    level = levelled(grey, inside, mm_per_pixel=mm_per_pixel, values=values)
    response = line_response(level, inside, mm_per_pixel=mm_per_pixel, values=values)
    response[~inside] = 0.0
    size = 2 * max(1, round(values["growth_trace_mm"] / mm_per_pixel)) + 1
    near = cv2.dilate(response, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))
    usual = float(np.median(near[inside][::7])) if inside.any() else 0.0
    return np.asarray(near - usual, np.float32)


def with_traces(
    points: pd.DataFrame, own: np.ndarray, other: np.ndarray, *, metre: float, values: Mapping[str, float]
) -> pd.DataFrame:
    """
    Return points of cracks with `trace`: whether the other view shows a line there that is not much weaker.

    A finder misses a faint crack on one day and finds it on another. What it found on one view only is told as new or
    gone where the other view shows hardly anything; where the strengths do not tell them apart it is taken as there.

    Parameters
    ----------
    points
        As :func:`ingest.imagery.growth.crack_points` returns, on the ground of both views. [m]
    own, other
        As :func:`line_strength` returns, of the view the cracks were found on and of the other.
    metre
        Metres a pixel.
    values
        Image parameters; strengths are averaged over ``growth_trace_m`` along the line.
    """
    if points.empty:
        return points.assign(trace=pd.Series(dtype=bool))
    column, row = (np.floor(points[axis].to_numpy(float) / metre + 0.5).astype(int) for axis in "xy")
    column, row = np.clip(column, 0, own.shape[1] - 1), np.clip(row, 0, own.shape[0] - 1)
    step = float(points["length"].median())
    window = max(1, round(values["growth_trace_m"] / max(step, 1e-6)))
    sampled = pd.DataFrame({"own": own[row, column], "other": other[row, column]}, index=points.index)
    mean = sampled.groupby(points["line"]).rolling(window, min_periods=1, center=True).mean().droplevel(0)
    mean = mean.reindex(points.index)
    return points.assign(trace=mean["other"] >= values["growth_trace_share"] * mean["own"])
