"""Places of dense samples: names resolved once for each lane, measures checked all at once."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ingest.fault_list import Marks
from ingest.position import located, text_of
from ingest.readers.reading import Context, joined
from pavement.errors import FAULT_COLUMNS, Fault, no_faults

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
        Rows with route, direction, lane and measure_m [m] in front of their other columns.
    """
    network, crs = context.located_network(), context.manifest.crs
    plain = {*_NAMES, "measure_m"} <= set(frame.columns) and not {"x", "y"} <= set(frame.columns)
    if not plain or not pd.api.types.is_numeric_dtype(frame["measure_m"].dtype) or frame.empty:
        placed, lost = located(frame, network=network, crs=crs, span="place", lane="required", file=file)
        bad = placed["_row"].isin(lost["row"])
        return placed[~bad].reset_index(drop=True), ranges(lost)
    groups = pd.MultiIndex.from_arrays([text_codes(frame[c]) for c in _NAMES])
    number, _ = pd.factorize(groups)
    first = pd.Series(number).drop_duplicates().index
    heads = frame.iloc[first][[*_NAMES, "measure_m", "_row"]].reset_index(drop=True)
    # the head's own measure is checked with all others below: here any place in the middle of its lane will do
    heads, lost = _resolved(heads, context, file=file)
    result = frame.copy()
    for column in _NAMES:
        result[column] = heads[column].to_numpy()[number]
    known = heads["known"].to_numpy()[number]
    bad, listed = _off_limits(result, known, context, file=file)
    keep = known & ~bad
    return result[keep].reset_index(drop=True), joined(lost, ranges(listed))


def text_codes(values: pd.Series) -> np.ndarray:
    """Return a number for each distinct value."""
    return pd.factorize(values)[0]


def _resolved(heads: pd.DataFrame, context: Context, *, file: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return heads with ids and whether they are known; a name that is not known is one fault for all its rows."""
    network = context.located_network()
    asked = heads.drop(columns="measure_m").assign(measure_m=_middles(heads, context))
    placed, lost = located(asked, network=network, crs=context.manifest.crs, span="place", lane="required", file=file)
    unknown = placed["_row"].isin(lost["row"])
    names = {"unknown route", "unknown direction", "unknown lane", "lane ends"}
    return placed.assign(known=~unknown.to_numpy()), lost[lost["rule"].isin(names)]


def _middles(heads: pd.DataFrame, context: Context) -> pd.Series:
    """Return a measure in the middle of the first piece of each head's lane; the head's own where none is found."""
    network = context.located_network()
    asked = heads.assign(measure_m=heads["measure_m"].astype(float))
    placed, _ = located(asked, network=network, crs=context.manifest.crs, span="place", lane="optional", file="")
    lanes = network.lanes.assign(lane=network.lanes["lane"].astype(str)).drop_duplicates(_NAMES)
    middle = lanes.set_index(_NAMES)[["from_m", "to_m"]].astype(float).mean(axis=1)
    found = middle.reindex(pd.MultiIndex.from_frame(placed[_NAMES].astype(str))).to_numpy()
    return pd.Series(found, index=heads.index).fillna(asked["measure_m"])


def _off_limits(
    frame: pd.DataFrame, known: np.ndarray, context: Context, *, file: str
) -> tuple[np.ndarray, pd.DataFrame]:
    """Return which samples lie on no piece of their lane, and the faults."""
    network = context.located_network()
    measure = frame["measure_m"].to_numpy(float)
    on = np.zeros(len(frame), dtype=bool)
    lanes = network.lanes.assign(lane=network.lanes["lane"].astype(str))
    for key, index in frame.groupby(_NAMES, sort=False).indices.items():
        pieces = lanes[(lanes[_NAMES] == list(key)).all(axis=1)]
        for low, high in pieces[["from_m", "to_m"]].astype(float).itertuples(index=False):
            on[index] |= (measure[index] >= low - 1e-6) & (measure[index] <= high + 1e-6)
    bad = known & ~on
    if not bad.any():
        return bad, no_faults()
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
    """Return a column as numbers and a fault for each run of cells that are none or lie outside the limits (T8, T10)."""
    written = frame[column]
    amount = pd.to_numeric(written, errors="coerce").astype(float)
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
    message = f"{int(again.sum())} samples repeat a place already given; the first is row {row}."
    return frame[~again].reset_index(drop=True), [
        Fault(file, row, "measure_m", "", "duplicate", message, "Give each drive its own package.")
    ]
