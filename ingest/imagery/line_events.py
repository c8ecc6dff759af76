"""What the lines of range images tell of the road, as events with their method and as ruts of each wheel path."""

from __future__ import annotations

import pandas as pd

from pavement.measures.rutting import rut_method

# of each wheel path or edge: what was measured, by which method
LINE_COLUMNS = ("kind", "side", "value", "method")
# kind stored, kind measured, and how its sides become one value: the mean, or the larger where a kind asks for it
_STORED = (
    ("rut", "rut", "mean"),
    ("rut_max", "rut", "max"),
    ("rut_water", "rut_water", "max"),
    ("drop_off", "drop_off", "max"),
    ("faulting", "faulting", "mean"),
    ("mpd", "mpd", "mean"),
)


def no_lines() -> pd.DataFrame:
    """Return a table of what lines measure without rows."""
    return pd.DataFrame({name: pd.Series(dtype=float if name == "value" else object) for name in LINE_COLUMNS})


def line_events(lines: pd.DataFrame) -> pd.DataFrame:
    """
    Return the values that stand for the lane of each frame, as the table of measures has them.

    Parameters
    ----------
    lines
        frame and :data:`LINE_COLUMNS`. Of the ruts only those by the agency's straightedge are taken
        (``straightedge``): depths by several methods have no mean.

    Returns
    -------
    events
        frame, kind, value, method: of sides that differ in it, both.
    """
    known = lines[lines["value"].notna() & ((lines["kind"] != "rut") | (lines["method"] == rut_method()))]
    parts = []
    for kind, measured, how in _STORED:
        sides = known[known["kind"] == measured].groupby("frame", sort=False)
        parts.append(sides.agg(value=("value", how), method=("method", _both)).reset_index().assign(kind=kind))
    found = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    return found[["frame", "kind", "value", "method"]].astype({"value": float})


def _both(methods: pd.Series) -> str:
    return "; ".join(dict.fromkeys(methods))


def line_ruts(lines: pd.DataFrame) -> pd.DataFrame:
    """Return frame, side, method, rut_mm [mm] and width_mm (not measured here) of each frame, wheel path and method."""
    ruts = lines[(lines["kind"] == "rut") & lines["value"].notna()]
    named = ruts[["frame", "side", "method", "value"]].rename(columns={"value": "rut_mm"}).reset_index(drop=True)
    return named.assign(width_mm=float("nan"))
