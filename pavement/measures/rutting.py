"""Rut depth from transverse profiles: straightedge, stretched wire and five points."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pavement.errors import SurveyError
from pavement.measures.limits import limit

Floats = NDArray[np.float64]

# profiles worked on together: small enough to stay in the processor's cache
_BLOCK = 2048


def rut_depth(height: ArrayLike, *, spacing: float, method: str = "straightedge", length: float = 2.0) -> float:
    """
    Return the deepest rut of one transverse profile centred on its lane. [mm]

    Parameters
    ----------
    height
        Heights from left to right, upward positive, shape (m,). [mm]
    spacing
        Distance of points. [m]
    method, length
        See :func:`rut_depths`.

    Examples
    --------
    >>> import numpy as np
    >>> basin = 20 * np.abs(np.linspace(-1, 1, 701)) - 20
    >>> round(rut_depth(basin, spacing=0.005, method="wire"), 3)
    20.0
    """
    heights = np.asarray(height, dtype=float)
    offsets = (np.arange(len(heights)) - (len(heights) - 1) / 2) * spacing
    left, right = rut_depths(heights[None, :], offsets, method=method, length=length)
    return float(np.fmax(left, right)[0])


def rut_method(method: str = "straightedge", *, length: float | None = None) -> str:
    """Return the words that stand with a rut depth: methods and lengths must never be mixed; `length` in [m]."""
    if method == "straightedge":
        return f"straightedge {limit('straightedge') if length is None else length:g} m"
    return "wire over the lane" if method == "wire" else method


def rut_depths(
    heights: ArrayLike, offsets: ArrayLike, *, method: str = "straightedge", length: float = 2.0
) -> tuple[Floats, Floats]:
    """
    Return the rut depth of the left and the right half of the lane, one value a profile. [mm]

    Parameters
    ----------
    heights
        Shape (n, m), upward positive; a missing point is NaN and supports nothing. [mm]
    offsets
        Distance from the lane centre, growing from left to right, shape (m,). [m]
    method
        ``straightedge`` of `length`, resting on two points of the profile anywhere in the lane; ``wire`` stretched
        over the whole profile; ``five_point`` at the lane edges, wheel path centres and lane centre.
    length
        Length of the straightedge: results of different lengths must never be mixed. [m]

    Returns
    -------
    left, right
        Shape (n,), 0 or more. NaN where under half of the points of that half lane are known.

    Raises
    ------
    SurveyError
        Unknown method, offsets that do not grow or do not fit the heights, or a length of no more than one spacing.

    Notes
    -----
    A straightedge at rest is a chord between two points no farther apart than its length, with all points between
    below it; the gap at a point is the largest chord above it less its height. For each left support the largest
    slope to any right support beyond the point is a running maximum, so m x w steps do for all profiles at once.

    References
    ----------
    .. [1] AASHTO R 48 (five points), R 87-18 (wheel paths); Austroads AGAM (straightedge, wire).
    """
    z, x = np.atleast_2d(np.asarray(heights, dtype=float)), np.asarray(offsets, dtype=float)
    check_profiles(z, x, method, length)
    if method == "five_point":
        return _five_points(z, x)
    reach = np.inf if method == "wire" else length
    halves = np.empty((2, len(z)))
    for start in range(0, len(z), _BLOCK):
        gap = gaps(np.ascontiguousarray(z[start : start + _BLOCK].T), x, reach)
        halves[0, start : start + _BLOCK] = gap[x <= 1e-9].max(axis=0)
        halves[1, start : start + _BLOCK] = gap[x >= -1e-9].max(axis=0)
    for half, side in zip(halves, (x <= 1e-9, x >= -1e-9), strict=True):
        half[np.isfinite(z[:, side]).mean(axis=1) < limit("rut_valid_min")] = np.nan
    return halves[0], halves[1]


def check_profiles(z: Floats, x: Floats, method: str, length: float) -> None:
    """Raise SurveyError where heights (n, m), offsets (m,) [m], method and length [m] give no rut; see rut_depths."""
    if method not in ("straightedge", "wire", "five_point"):
        raise SurveyError(f"No rut depth is defined by {method!r}.", cure="Use 'straightedge', 'wire' or 'five_point'.")
    if x.ndim != 1 or z.shape[1] != len(x) or len(x) < 3 or not (np.diff(x) > 0).all():
        raise SurveyError(
            f"Heights of shape {z.shape} do not fit {x.size} offsets.",
            cure="Give three or more offsets that grow from left to right, one for each column of heights.",
        )
    if x[0] > 0 or x[-1] < 0:
        raise SurveyError(
            f"Offsets run from {x[0]:g} to {x[-1]:g} m and miss the lane centre.",
            cure="Measure offsets from the lane centre, left negative.",
        )
    if method == "straightedge" and length <= np.diff(x).max():
        raise SurveyError(f"A straightedge of {length:g} m spans no point.", cure="Points lie too far apart.")


def gaps(z: Floats, x: Floats, reach: float) -> Floats:
    """Return the largest gap under chords of at most `reach` [m] at each point, shape (m, n); 0 where unknown. [mm]"""
    seen = np.isfinite(z)
    ground = np.where(seen, z, -np.inf)
    hull = ground.copy()
    last = np.searchsorted(x, x + reach + 1e-9, side="right")
    for a in range(len(x) - 2):
        stop = last[a]
        if stop - a < 3:
            continue
        run = (x[a + 1 : stop] - x[a])[:, None]
        support = np.where(seen[a], ground[a], 0.0)
        chord = ground[a + 1 : stop] - support
        chord /= run
        backwards = chord[::-1]
        np.maximum.accumulate(backwards, axis=0, out=backwards)
        chord *= run
        chord += support
        chord[:, ~seen[a]] = -np.inf
        np.maximum(hull[a + 1 : stop], chord, out=hull[a + 1 : stop])
    return np.where(seen, hull - np.where(seen, z, 0.0), 0.0)


def _five_points(z: Floats, x: Floats) -> tuple[Floats, Floats]:
    wheel = limit("wheel_path_offset")
    places = np.array([-2 * wheel, -wheel, 0.0, wheel, 2 * wheel])
    if x[0] > places[0] + 1e-9 or x[-1] < places[-1] - 1e-9:
        raise SurveyError(
            f"Offsets run from {x[0]:g} to {x[-1]:g} m; five points need {places[0]:g} to {places[-1]:g} m.",
            cure="Use method 'straightedge' for narrower profiles.",
        )
    below = np.clip(np.searchsorted(x, places + 1e-9, side="right") - 1, 0, len(x) - 2)
    share = (places - x[below]) / (x[below + 1] - x[below])
    # a share of 0 must not pick up a missing neighbour
    low, high = np.where(share < 1, z[:, below], 0.0), np.where(share > 0, z[:, below + 1], 0.0)
    down = -(low * (1 - share) + high * share)
    left = down[:, 1] - (down[:, 0] + down[:, 2]) / 2
    right = down[:, 3] - (down[:, 2] + down[:, 4]) / 2
    return np.maximum(left, 0.0), np.maximum(right, 0.0)


def cleaned(
    heights: ArrayLike, offsets: ArrayLike, *, width: ArrayLike | None = None
) -> tuple[Floats, NDArray[np.bool_]]:
    """
    Return heights with points beyond the lane and spikes made missing, and which points were spikes (P7).

    Parameters
    ----------
    heights, offsets
        As in :func:`rut_depths`. [mm], [m]
    width
        Width of the lane, one for all profiles or shape (n,); ``rut_profile_width`` is kept at most, and all of it
        where the width is missing. [m]

    Returns
    -------
    heights, spikes
        Shape (n, m). A point is a spike when it stands more than ``rut_spike`` off the median of itself and its two
        neighbours; kerbs, drop-offs and vehicles beyond the lane are cut away with what lies there.
    """
    z, x = np.atleast_2d(np.asarray(heights, dtype=float)), np.asarray(offsets, dtype=float)
    most = limit("rut_profile_width")
    kept = np.fmin(most, np.broadcast_to(np.asarray(most if width is None else width, dtype=float), len(z)))
    inside = np.where(np.abs(x) <= kept[:, None] / 2 + 1e-9, z, np.nan)
    # the straight line on through the two nearest points stands in for the neighbour an end point lacks
    first, last = 2 * inside[:, :1] - inside[:, 1:2], 2 * inside[:, -1:] - inside[:, -2:-1]
    padded = np.concatenate([first, inside, last], axis=1)
    middle = _median_of_three(padded[:, :-2], inside, padded[:, 2:])
    spikes = np.abs(inside - middle) > limit("rut_spike")
    return np.where(spikes, np.nan, inside), spikes


def _median_of_three(a: Floats, b: Floats, c: Floats) -> Floats:
    """Return the middle of three; NaN where one is missing."""
    return np.maximum(np.minimum(a, b), np.minimum(np.maximum(a, b), c))
