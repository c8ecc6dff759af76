"""Ruts, roughness, faults at joints, ravelling and texture of LCMS sections, as events on stretches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ingest.readers.lcms_sections import Section
from pavement.errors import SurveyError
from pavement.measures.rutting import rut_method

Floats = NDArray[np.float64]
_SIDES = ("left", "right")
# how positions of ruts may be written: factor to metres, and whether they count from the start of the section; the
# first that fits every position of a survey stands
_WAYS = {"m": (1.0, False), "mm": (0.001, False), "m of the section": (1.0, True), "mm of the section": (0.001, True)}
_TOLERANCE = 0.01


def position_way(sections: Sequence[Section], *, said: str | None) -> str:
    """
    Return how positions of ruts are written, told by which way puts every one of them into its own section.

    Parameters
    ----------
    said
        The way that the manifest names; it must fit too.

    Raises
    ------
    SurveyError
        No way fits, or not the one that is said.
    """
    if said is not None and said not in _WAYS:
        raise SurveyError(f"position_unit = {said!r} is not known.", cure=f"Use one of: {', '.join(_WAYS)}.")
    tried = [said] if said is not None else list(_WAYS)
    fits = [way for way in tried if all(_inside(section, way) for section in sections)]
    if not fits:
        raise SurveyError(
            "Positions of ruts lie outside their sections in every unit that was tried.",
            cure="Check DistanceBegin_m and DistanceEnd_m, or say options = { position_unit = … }.",
        )
    return fits[0]


def _inside(section: Section, way: str) -> bool:
    at = _positions(section, way)
    slack = _TOLERANCE * (section.end_m - section.begin_m)
    known = at[np.isfinite(at)]
    return bool(((known >= section.begin_m - slack) & (known <= section.end_m + slack)).all())


def _positions(section: Section, way: str) -> Floats:
    """Return the distance driven at each rut. [m]"""
    factor, from_start = _WAYS[way]
    return section.ruts["position"].to_numpy(float) * factor + (section.begin_m if from_start else 0.0)


def rut_rows(sections: Sequence[Section], *, way: str) -> pd.DataFrame:
    """
    Return the valid ruts, each on the part of its section that is nearest to it.

    Returns
    -------
    rows
        section (its place in `sections`), begin, end (distance driven [m]), side, rut_mm, width_mm [mm].
    """
    parts = [_of_section(number, section, way) for number, section in enumerate(sections) if len(section.ruts)]
    columns = ["section", "begin", "end", "side", "rut_mm", "width_mm"]
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True)[columns] if filled else pd.DataFrame(columns=columns)


def _of_section(number: int, section: Section, way: str) -> pd.DataFrame:
    at = np.clip(_positions(section, way), section.begin_m, section.end_m)
    places = np.unique(at[np.isfinite(at)])
    borders = np.concatenate([[section.begin_m], (places[1:] + places[:-1]) / 2, [section.end_m]])
    ruts = section.ruts
    valid = (
        np.isfinite(at)
        & (ruts["width"].to_numpy(float) > 0)
        & (ruts["depth"].to_numpy(float) >= 0)
        & ruts["side"].isin(_SIDES).to_numpy()
    )
    place = np.searchsorted(places, at[valid])
    return pd.DataFrame(
        {
            "section": number,
            "begin": borders[place],
            "end": borders[place + 1],
            "side": ruts["side"].to_numpy(object)[valid],
            "rut_mm": ruts["depth"].to_numpy(float)[valid],
            "width_mm": ruts["width"].to_numpy(float)[valid],
        }
    )


def rut_values(ruts: pd.DataFrame) -> pd.DataFrame:
    """Return section, begin, end, kind and value of the ruts of a lane: the mean of both wheel paths where both are."""
    keys = ["section", "begin", "end"]
    sides = ruts.pivot_table(index=keys, columns="side", values=["rut_mm", "width_mm"], aggfunc="mean")
    sides = sides.reindex(columns=pd.MultiIndex.from_product([["rut_mm", "width_mm"], _SIDES]))
    depth, width = sides["rut_mm"], sides["width_mm"]
    values = {
        "rut": (depth["left"] + depth["right"]) / 2,
        "rut_max": depth.max(axis=1),
        "rut_width": (width["left"] + width["right"]) / 2,
    }
    parts = [v.dropna().rename("value").reset_index().assign(kind=kind) for kind, v in values.items()]
    return pd.concat(parts, ignore_index=True)


def told_method(options: Mapping[str, object]) -> str:
    """
    Return the method of the vendor's ruts as the options say, in the words of our own where it is the same method.

    Raises
    ------
    SurveyError
        ``rut_method`` is no text or ``rut_length`` no length.
    """
    method, length = options.get("rut_method"), options.get("rut_length")
    if method is None:
        return "LCMS, method not told"
    if not isinstance(method, str) or (length is not None and not (isinstance(length, int | float) and length > 0)):
        raise SurveyError(
            "rut_method and rut_length do not name a method.",
            cure='Write options = { rut_method = "straightedge", rut_length = 2.0 }.',
        )
    return rut_method(method, length=None if length is None else float(length))


def section_values(sections: Sequence[Section], centres: Sequence[float]) -> pd.DataFrame:
    """
    Return what stands for whole sections: roughness, faults at joints, ravelling and texture.

    Parameters
    ----------
    centres
        Lane centre from the left edge of each image. [m]

    Returns
    -------
    values
        section, begin, end (distance driven [m]), kind, value; roughness in the unit that it is written in.
    """
    rows: list[tuple[int, float, float, str, float]] = []
    for number, (section, centre) in enumerate(zip(sections, centres, strict=True)):
        faults = section.joints["fault"].dropna()
        told = _roughness(section, centre) | {
            "faulting": float(faults.mean()) if len(faults) else np.nan,
            "ravelling_percent": section.ravelling_percent,
            "mpd": section.mpd,
        }
        rows += [(number, section.begin_m, section.end_m, kind, value) for kind, value in told.items()]
    found = pd.DataFrame(rows, columns=["section", "begin", "end", "kind", "value"])
    return found.dropna(subset=["value"]).reset_index(drop=True)


def _roughness(section: Section, centre: float) -> dict[str, float]:
    """Return the roughness of each wheel path and their mean; a negative one was not measured."""
    rough = section.rough[section.rough["iri"] >= 0]
    left = rough.loc[rough["x"] < centre, "iri"].mean()
    right = rough.loc[rough["x"] >= centre, "iri"].mean()
    return {"iri_left": float(left), "iri_right": float(right), "iri": float((left + right) / 2)}
