"""International roughness index from longitudinal profiles: the quarter car of ASTM E1926."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import expm
from scipy.signal import lfilter

from pavement.errors import SurveyError
from pavement.measures.limits import limit

Floats = NDArray[np.float64]

# the reference car of ASTM E1926: not adjustable, a different car is a different index
_K1, _K2, _C, _U, _SPEED = 653.0, 63.3, 6.0, 0.15, 80 / 3.6
_CAR = np.array(
    [
        [0.0, 1.0, 0.0, 0.0],
        [-_K2, -_C, _K2, _C],
        [0.0, 0.0, 0.0, 1.0],
        [_K2 / _U, _C / _U, -(_K1 + _K2) / _U, -_C / _U],
    ]
)
_ROAD = np.array([0.0, 0.0, 0.0, _K1 / _U])
# measures are told to a micrometre: what lies below is the rounding of sums
_MEASURE_DIGITS = 6


def state_transition(spacing: float) -> tuple[Floats, Floats]:
    """
    Return the matrix ST (4, 4) and the vector PR (4,) that carry the car over one sample of `spacing` [m].

    Notes
    -----
    ``ST = expm(A dx / V)``, ``PR = A^-1 (ST - I) B``; states are the sprung slope, its rate, the unsprung slope, its
    rate. Printed tables of these coefficients carry errors, so none is used.

    References
    ----------
    .. [1] Sayers, "On the calculation of IRI from longitudinal road profile", TRR 1501, 1995.
    """
    st = expm(_CAR * (spacing / _SPEED))
    return st, np.linalg.solve(_CAR, (st - np.eye(4)) @ _ROAD)


def rectified_slope(elevation: ArrayLike, *, spacing: float, averaged: bool = False) -> Floats:
    """
    Return the rectified slope of the quarter car at each sample of one profile, in the direction of travel.

    Parameters
    ----------
    elevation
        Heights, shape (n,). [m]
    spacing
        Distance of samples. [m]
    averaged
        True when the profiler has already averaged over 250 mm: it must not be done twice.

    Returns
    -------
    slope
        Shape (n - k,), k the samples of the 250 mm average: value i belongs to the step that starts at sample i.
        [m/km]

    Raises
    ------
    SurveyError
        Spacing over 0.3 m, a missing height (split there, never bridge), or a profile no longer than 11 m (P1, P2).

    References
    ----------
    .. [1] ASTM E1926; Sayers 1995; World Bank Technical Paper 46.
    """
    heights = _checked(elevation, spacing)
    k = 1 if averaged else max(1, int(limit("iri_average") / spacing + 0.5))
    slope = (heights[k:] - heights[:-k]) / (k * spacing)
    j = min(int(limit("iri_run_in") / spacing + 0.5), len(heights) - 1)
    start = (heights[j] - heights[0]) / (j * spacing)
    return np.abs(_response(slope, start, spacing)) * 1000


def _checked(elevation: ArrayLike, spacing: float) -> Floats:
    heights = np.asarray(elevation, dtype=float)
    if not 0 < spacing <= limit("iri_spacing_max") + 1e-9:
        raise SurveyError(
            f"A profile sampled every {spacing:g} m gives no roughness index.",
            cure=f"Survey with at most {limit('iri_spacing_max'):g} m between samples.",
        )
    if heights.ndim != 1 or (len(heights) - 1) * spacing <= limit("iri_run_in"):
        raise SurveyError(
            f"A profile of shape {heights.shape} every {spacing:g} m is no longer than the "
            f"{limit('iri_run_in'):g} m over which the filter starts.",
            cure="Give a longer profile.",
        )
    if not np.isfinite(heights).all():
        raise SurveyError(
            f"The profile has {int((~np.isfinite(heights)).sum())} missing heights.",
            cure="Split it there; a gap is never bridged.",
        )
    return heights


@cache
def _modes(spacing: float) -> tuple[NDArray[np.complex128], NDArray[np.complex128], NDArray[np.complex128]]:
    """Return pole, input gain and state-to-mode row of the car's two oscillations over one sample."""
    rates, vectors = np.linalg.eig(_CAR)
    inverse = np.linalg.inv(vectors)
    _, pr = state_transition(spacing)
    upper = rates.imag > 0
    seen = (vectors[0] - vectors[2])[upper]
    # the other two modes are the conjugates of these: their sum is twice the real part
    return (
        np.exp(rates[upper] * spacing / _SPEED),
        2 * seen * (inverse @ pr)[upper],
        2 * seen[:, None] * inverse[upper],
    )


def _response(slope: Floats, start: float, spacing: float) -> Floats:
    """Return sprung minus unsprung slope after each step: the recursion as one real filter for each oscillation."""
    poles, gains, rows = _modes(spacing)
    state = rows @ np.array([start, 0.0, start, 0.0])
    total = np.zeros(len(slope))
    for pole, gain, begin in zip(poles, gains, state, strict=True):
        forward = [gain.real, -(gain * pole.conjugate()).real]
        back = [1.0, -2 * pole.real, abs(pole) ** 2]
        # the filter's memory that makes it ring on as the start would by itself: Re(begin pole^n)
        first, second = (begin * pole).real, (begin * pole**2).real
        total += lfilter(forward, back, slope, zi=[first, second + back[1] * first])[0]
    return total


def roughness(elevation: ArrayLike, *, spacing: float, averaged: bool = False) -> float:
    """
    Return the international roughness index of one profile [m/km], the mean of :func:`rectified_slope`.

    Examples
    --------
    >>> import numpy as np
    >>> flat = np.linspace(0, 1, 401)
    >>> abs(roughness(flat, spacing=0.25)) < 1e-9
    True
    """
    return float(rectified_slope(elevation, spacing=spacing, averaged=averaged).mean())


class TrackPiece(NamedTuple):
    """An unbroken piece of one track: middle of each step [m], its rectified slope [m/km], and the spacing [m]."""

    middle: Floats
    slope: Floats
    spacing: float


Tracks = dict[str, list[TrackPiece]]


def rectified_tracks(profile: pd.DataFrame, *, averaged: bool = False, lead_in: float | None = None) -> Tracks:
    """
    Return the rectified slopes of one drive over one lane, the quarter car run once over each unbroken piece.

    Parameters
    ----------
    profile
        Columns measure_m [m], elevation_left, elevation_right [m], in the order of travel.
    averaged
        See :func:`rectified_slope`.
    lead_in
        Start of each piece left out, because it depends on how the filter is started; 11 m when not given. [m]

    Returns
    -------
    tracks
        Pieces of ``left`` and ``right``, and of ``half``: the profile half way between both (half car), where both are
        known.
    """
    lead = limit("iri_run_in") if lead_in is None else lead_in
    measure = profile["measure_m"].to_numpy(float)
    left, right = (profile[f"elevation_{side}"].to_numpy(float) for side in ("left", "right"))
    heights = {"left": left, "right": right, "half": (left + right) / 2}
    return {name: _track(measure, track, averaged, lead) for name, track in heights.items()}


def segment_roughness(
    profile: pd.DataFrame, *, length: float, averaged: bool = False, lead_in: float | None = None
) -> pd.DataFrame:
    """Return what :func:`stretch_roughness` tells of :func:`rectified_tracks`: one run, then stretches of `length`."""
    return stretch_roughness(rectified_tracks(profile, averaged=averaged, lead_in=lead_in), length=length)


def stretch_roughness(tracks: Tracks, *, length: float) -> pd.DataFrame:
    """
    Return mean roughness of the stretches between round measures of one drive over one lane.

    Parameters
    ----------
    tracks
        From :func:`rectified_tracks`: stretches take their samples from its one run.
    length
        Length of stretches; cuts lie at its multiples. [m]

    Returns
    -------
    stretches
        from_m, to_m [m] of the part with values, iri_left, iri_right, iri [m/km] (mean of both, MRI), hri [m/km] (of
        the averaged profile, half car: lower than MRI), samples. A wheel path without heights has no value, and then
        there is no mean (P4).
    """
    left, right, half = (_binned(tracks[name], length) for name in ("left", "right", "half"))
    both = left.add_suffix("_left").join(right.add_suffix("_right"), how="outer")
    result = pd.DataFrame(
        {
            "from_m": both[["from_m_left", "from_m_right"]].min(axis=1),
            "to_m": both[["to_m_left", "to_m_right"]].max(axis=1),
            "iri_left": both["slope_left"],
            "iri_right": both["slope_right"],
            "iri": (both["slope_left"] + both["slope_right"]) / 2,
            "hri": half["slope"].reindex(both.index),
            "samples": both[["samples_left", "samples_right"]].max(axis=1),
        }
    )
    return result.sort_values("from_m").reset_index(drop=True)


def _track(measure: Floats, elevation: Floats, averaged: bool, lead_in: float) -> list[TrackPiece]:
    """Return the pieces of a wheel path that are long enough."""
    found: list[TrackPiece] = []
    steps = np.diff(measure)
    spacing = float(np.median(np.abs(steps))) if len(steps) else np.nan
    for at, heights in unbroken(measure, elevation, spacing=spacing):
        step = abs(at[-1] - at[0]) / (len(at) - 1)
        if (len(at) - 1) * step <= max(limit("iri_run_in"), lead_in):
            continue
        slope = rectified_slope(heights, spacing=step, averaged=averaged)
        first = int(np.ceil(lead_in / step - 1e-6))
        # a value belongs to the step that starts at its sample, on either side of it as the drive goes
        middle = at[: len(slope)] + np.sign(at[-1] - at[0]) * step / 2
        found.append(TrackPiece(middle[first:], slope[first:], spacing))
    return found


def unbroken(measure: Floats, elevation: Floats, *, spacing: float) -> list[tuple[Floats, Floats]]:
    """
    Return the evenly spaced pieces of a profile between missing heights, gaps and turns (P2).

    A step over 1.5 spacings, backwards or of no length breaks the profile; a piece whose samples wander more than
    half a spacing from even steps is resampled by straight lines.
    """
    if len(measure) < 2:
        return []
    sense = 1.0 if np.nanmedian(np.diff(measure)) >= 0 else -1.0
    steps = np.diff(measure) * sense
    missing = ~np.isfinite(elevation) | ~np.isfinite(measure)
    cut = (steps > limit("iri_step_max") * spacing) | ~(steps > 0) | missing[1:] | missing[:-1]
    borders = np.concatenate([[0], np.flatnonzero(cut) + 1, [len(measure)]])
    pieces = [(measure[a:b], elevation[a:b]) for a, b in zip(borders[:-1], borders[1:], strict=True) if b - a > 1]
    return [_even(at, heights, sense) for at, heights in pieces]


def _even(measure: Floats, elevation: Floats, sense: float) -> tuple[Floats, Floats]:
    even = np.linspace(measure[0], measure[-1], len(measure))
    if np.abs(even - measure).max() <= 0.5 * abs(even[1] - even[0]):
        return measure, elevation
    return even, np.interp(sense * even, sense * measure, elevation)


def _binned(pieces: list[TrackPiece], length: float) -> pd.DataFrame:
    """Return mean slope, extent and count of steps in each stretch, indexed by stretch."""
    middle, slope = (np.concatenate([np.empty(0), *(p[at] for p in pieces)]) for at in (0, 1))
    spacing = pieces[0].spacing if pieces else np.nan
    # a step whose middle is a rounding error below a cut belongs to the stretch that starts there
    stretch = np.floor(middle / length + 1e-9).astype(int)
    frame = pd.DataFrame({"stretch": stretch, "middle": middle, "slope": slope})
    grouped = frame.groupby("stretch")
    low = (grouped["middle"].min() - spacing / 2).round(_MEASURE_DIGITS)
    high = (grouped["middle"].max() + spacing / 2).round(_MEASURE_DIGITS)
    start = low.index.to_numpy(float) * length
    return pd.DataFrame(
        {
            "slope": grouped["slope"].mean(),
            "from_m": np.clip(low, start, start + length),
            "to_m": np.clip(high, start, start + length),
            "samples": grouped.size(),
        }
    )
