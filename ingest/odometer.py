"""Places bridged by the vehicle's odometer where satellites failed: tunnels, drop-outs, jumps, frozen fixes (G8)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ingest.formats import limit
from pavement.errors import Fault, fault_frame
from pavement.network.calibration import measure_of_odometer

COLUMN = "odometer_m"
NOTE = "bridged"
_WAY = ["route", "direction", "lane"]
_NO_FIX = ("off the network", "far from the route", "required")
_PLACE_COLUMNS = ("x", "measure_m")


def bridged(placed: pd.DataFrame, lost: pd.DataFrame, *, file: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Return records whose missing or wild places are filled by the odometer, and what is still wrong or to be told.

    Parameters
    ----------
    placed, lost
        Records and faults from :func:`ingest.position.located`, as places; a column ``odometer_m`` [m] of text or
        numbers, which grows along the drive.
    file
        Name shown in faults.

    Returns
    -------
    records, faults
        A place between two good fixes at most ``odometer_gap`` apart, whose distance on the road agrees with that on
        the odometer, is interpolated; a fix that departs by more than ``odometer_jump`` from where the odometer says
        is one of the missing ones. Where the odometer cannot help, the record stays without a place.
    """
    if COLUMN not in placed:
        return placed, lost
    odometer = pd.to_numeric(placed[COLUMN], errors="coerce")
    no_fix = lost["rule"].isin(_NO_FIX) & lost["column"].isin(_PLACE_COLUMNS)
    asked = placed["_row"].isin(lost.loc[no_fix, "row"]) & ~placed["_row"].isin(lost.loc[~no_fix, "row"])
    measure = placed["measure_m"].astype(float).copy()
    wild = pd.Series(False, index=placed.index)
    for _, index in placed.groupby(_WAY, sort=False).groups.items():
        own = odometer[index].dropna().sort_values()
        wild[own.index] = _wild(measure[own.index], own)
        open_ = wild[own.index] | asked[own.index]
        measure[own.index] = _interpolated(measure[own.index].where(~open_), own).where(open_, measure[own.index])
    filled = (asked | wild) & measure.notna()
    told = lost[~lost["row"].isin(placed.loc[filled, "_row"])]
    unplaced = wild & measure.isna()
    parts = [told, _jumps(placed[unplaced], file=file), _note(int(filled.sum()), file=file)]
    parts.append(_drift(placed.assign(measure_m=measure), odometer, file=file))
    return placed.assign(measure_m=measure), pd.concat([p for p in parts if len(p)] or [told], ignore_index=True)


def _wild(measure: pd.Series, odometer: pd.Series) -> pd.Series:
    """Return which fixes stand off the line that the odometer draws through their neighbours."""
    known = measure.dropna()
    if len(known) < int(limit("odometer_fixes")):
        return pd.Series(False, index=measure.index)
    along = odometer[known.index]
    sense = np.sign(np.median(np.diff(known)) or 1.0)
    offset = known - measure_of_odometer(along, start=0.0, sense=int(sense))
    usual = offset.rolling(int(limit("odometer_fixes")), center=True, min_periods=1).median()
    return ((offset - usual).abs() > limit("odometer_jump")).reindex(measure.index, fill_value=False)


def _interpolated(measure: pd.Series, odometer: pd.Series) -> pd.Series:
    """Return a place for each odometer reading between two fixes that agree with it; missing for the others."""
    known = measure.dropna()
    if len(known) < 2:
        return measure
    reading, place = odometer[known.index].to_numpy(float), known.to_numpy(float)
    after = np.clip(np.searchsorted(reading, odometer.to_numpy(float)), 1, len(reading) - 1)
    gap, step = reading[after] - reading[after - 1], place[after] - place[after - 1]
    share = (odometer.to_numpy(float) - reading[after - 1]) / np.where(gap > 0, gap, np.nan)
    agrees = np.abs(np.abs(step) - gap) <= np.maximum(limit("odometer_slack"), limit("odometer_error") * gap)
    good = agrees & (gap <= limit("odometer_gap")) & (share >= 0) & (share <= 1)
    return pd.Series(np.where(good, place[after - 1] + share * step, np.nan), index=measure.index)


def _jumps(rows: pd.DataFrame, *, file: str) -> pd.DataFrame:
    message = "The place jumps away from where the odometer says."
    cure = "Check the positions about it; a gap is bridged between two good fixes only."
    return fault_frame([Fault(file, int(row), COLUMN, "", "odometer", message, cure) for row in rows["_row"]])


def _note(count: int, *, file: str) -> pd.DataFrame:
    if not count:
        return fault_frame([])
    message = f"Places without a usable fix, bridged by the odometer: {count:,}."
    return fault_frame([Fault(file, None, COLUMN, "", NOTE, message, "Nothing to do.")])


def _drift(placed: pd.DataFrame, odometer: pd.Series, *, file: str) -> pd.DataFrame:
    """Return a note for each drive whose odometer departs from the calibrated measure by more than ``drift`` (G13)."""
    known = placed[_WAY].assign(reading=odometer, measure=placed["measure_m"]).dropna(subset=["reading", "measure"])
    ends = known.sort_values("reading").groupby(_WAY, sort=True)[["reading", "measure"]]
    driven = (ends.last() - ends.first()).abs()
    # a few metres of play at both ends would call every short drive a drifting one
    driven = driven[driven["measure"] * limit("drift") > limit("odometer_slack")]
    off = driven["reading"] / driven["measure"] - 1
    cure = "Calibrate the odometer; places of good fixes were taken from them."
    found = [
        Fault(file, None, COLUMN, f"{r} {d} {lane}", "drift", _said(f"{r} {d} lane {lane}", share), cure)
        for (r, d, lane), share in off[off.abs() > limit("drift")].items()
    ]
    return fault_frame(found)


def _said(place: str, share: float) -> str:
    return f"{place}: the odometer runs {100 * share:+.1f} % off the calibrated measure."
