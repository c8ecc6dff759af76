"""Places of dense samples: names resolved once for each lane, measures checked all at once."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ingest.columns import text_of
from ingest.fault_list import NONE, Marks
from ingest.position import located, named
from ingest.readers.reading import Context, joined
from pavement.errors import FAULT_COLUMNS, Fault

_NAMES = ["route", "direction", "lane"]


def samples(frame: pd.DataFrame, context: Context, *, file: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Return samples that have a place, and faults; neighbouring rows with one fault are listed as one range.

    Parameters
    ----------
    frame
        Columns route, direction, lane and measure_m, or any other way of writing a place; ``_row``.

    Returns
    -------
    samples, faults
        Rows with route, direction, lane (as categories, for speed) and measure_m [m].
    """
    network, crs = context.located_network(), context.manifest.crs
    plain = {*_NAMES, "measure_m"} <= set(frame.columns) and not {"x", "y"} <= set(frame.columns)
    if not plain or not pd.api.types.is_numeric_dtype(frame["measure_m"].dtype) or frame.empty:
        placed, lost = located(frame, network=network, crs=crs, span="place", lane="required", file=file, drive=True)
        bad = placed["_row"].isin(lost["row"])
        good = placed[~bad].reset_index(drop=True)
        return good.astype(dict.fromkeys(_NAMES, "category")), ranges(lost)
    number = _numbers(frame)
    first = pd.Series(number).drop_duplicates().index
    heads = frame.iloc[first][[*_NAMES, "_row"]].reset_index(drop=True)
    heads, lost = _resolved(heads, context, file=file)
    result = frame.drop(columns=_NAMES)
    for place, column in enumerate(_NAMES):
        names, codes = np.unique(heads[column].astype(str), return_inverse=True)
        result.insert(place, column, pd.Categorical.from_codes(codes[number], categories=list(names)))
    known = heads["known"].to_numpy()[number]
    bad, listed = _off_limits(result, known, context, file=file)
    keep = known & ~bad
    return result[keep].reset_index(drop=True), joined(lost, ranges(listed))


def _numbers(frame: pd.DataFrame) -> np.ndarray:
    """Return a number for each distinct set of names, in the order in which they come."""
    number = np.zeros(len(frame), dtype="int64")
    for column in _NAMES:
        codes, names = pd.factorize(frame[column], use_na_sentinel=False)
        number = number * max(len(names), 1) + codes
    return pd.factorize(number)[0]


def plain_names(frame: pd.DataFrame) -> pd.DataFrame:
    """Return samples with route, direction and lane as text instead of categories."""
    return frame.astype(dict.fromkeys(_NAMES, str))


def _resolved(heads: pd.DataFrame, context: Context, *, file: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return heads with ids and whether they are known; a name that is not known is one fault for all its rows."""
    network = context.located_network()
    marks = Marks(heads, file=file)
    place = named(heads, network=network, marks=marks)
    lanes = set(network.lanes[_NAMES].astype(str).itertuples(index=False, name=None))
    there = pd.Series([key in lanes for key in place[_NAMES].itertuples(index=False, name=None)], index=heads.index)
    cure = "See the lanes table of the network."
    marks.add(~there, "lane", "unknown lane", "{value} is not there.", cure, place[_NAMES].agg(" ".join, axis=1))
    return place.assign(known=~marks.any.to_numpy()), marks.frame()


def _off_limits(
    frame: pd.DataFrame, known: np.ndarray, context: Context, *, file: str
) -> tuple[np.ndarray, pd.DataFrame]:
    """Return which samples lie on no piece of their lane, and the faults."""
    network = context.located_network()
    measure = frame["measure_m"].to_numpy(float)
    on = np.zeros(len(frame), dtype=bool)
    lanes = network.lanes.assign(lane=network.lanes["lane"].astype(str))
    for key, index in frame.groupby(_NAMES, sort=False, observed=True).indices.items():
        pieces = lanes[(lanes[_NAMES] == list(key)).all(axis=1)]
        for low, high in pieces[["from_m", "to_m"]].astype(float).itertuples(index=False):
            on[index] |= (measure[index] >= low - 1e-6) & (measure[index] <= high + 1e-6)
    bad = known & ~on
    if not bad.any():
        return bad, NONE
    marks = Marks(frame, file=file)
    cure = "See from_m and to_m in the lanes table."
    marks.add(
        pd.Series(bad, index=frame.index), "measure_m", "beyond the lane", "{value} m lies beyond its lane.", cure
    )
    return bad, marks.frame()


def ranges(faults: pd.DataFrame) -> pd.DataFrame:
    """Return faults with runs of neighbouring rows of one rule and column told once."""
    if faults.empty:
        return faults
    row = faults["row"].astype(float)
    same = (faults["rule"] == faults["rule"].shift()) & (faults["column"] == faults["column"].shift())
    run = (~(same & (row == row.shift() + 1))).cumsum()
    grouped = faults.groupby(run.to_numpy())
    first = grouped.first()
    last = grouped["row"].last()
    several = (last != first["row"]).fillna(False).to_numpy(dtype=bool)
    text = first["message"] + " The same to row " + last.astype(str) + "."
    first["message"] = first["message"].where(~several, text)
    return first[list(FAULT_COLUMNS)].reset_index(drop=True)


def number_faults(
    frame: pd.DataFrame, column: str, *, low: float, high: float, unit: str, required: bool, file: str
) -> tuple[pd.Series, pd.DataFrame]:
    """Return a column as numbers, and a fault for each run of cells that are none or outside the limits (T8, T10)."""
    written = frame[column]
    amount = pd.to_numeric(written, errors="coerce").astype(float)
    if not required and pd.api.types.is_numeric_dtype(written.dtype):
        inside = (amount >= low) & (amount <= high) | written.isna()
        if inside.all():
            return amount, NONE
    marks = Marks(frame, file=file)
    empty = written.isna() if pd.api.types.is_numeric_dtype(written.dtype) else text_of(frame, column) == ""
    marks.add(~empty & ~np.isfinite(amount), column, "type", f"{column} = {{value!r}} is not a number.", "Write one.")
    limits = f"Accepted: {low:g} to {high:g} {unit}; check the unit."
    outside = (amount < low) | (amount > high)
    marks.add(outside, column, "range", f"{column} = {{value}} is outside its limits.", limits)
    if required:
        marks.add(empty, column, "required", f"{column} is empty.", "Fill it in; this column is required.")
    return amount.where(~marks.any), ranges(marks.frame())


def repeated(frame: pd.DataFrame, *, file: str) -> tuple[pd.DataFrame, list[Fault]]:
    """Return samples without those of a place already seen, and one fault that counts them (T14)."""
    again = frame.duplicated([*_NAMES, "measure_m"])
    if not again.any():
        return frame, []
    row = int(frame.loc[again.idxmax(), "_row"])
    message = f"Samples at a place already given: {int(again.sum())}; the first is row {row}."
    return frame[~again].reset_index(drop=True), [
        Fault(file, row, "measure_m", "", "duplicate", message, "Give each drive its own package.")
    ]
