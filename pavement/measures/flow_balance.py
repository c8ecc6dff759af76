"""Traffic of road between counted sections, from the flow of the sections on either side; never silent."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pavement.measures.limits import limit

BALANCED = "flow balance: mean of the counted sections on either side, ramps between them not counted"
_ROAD = ["route", "direction", "year"]
_STRETCH = [*_ROAD, "from_m", "to_m", "counter"]


def between_sections(traffic: pd.DataFrame) -> pd.DataFrame:
    """
    Return estimates for stretches without a counter that lie between two counted ones of a route and direction.

    Parameters
    ----------
    traffic
        Table ``traffic``.

    Returns
    -------
    estimates
        Rows with the columns of `traffic`: ``quality`` estimated, ``method`` naming the rule, ``counter`` the names of
        both neighbours, ``run`` that of the section before.

    Notes
    -----
    The stretch carries what the section before carries, and what the ramps between add and take. As those are not
    counted, and the section after says what is left of it, the mean of both stands: half of their difference is its
    error. A stretch longer than ``balance_gap_max``, between sections counted in different classes, or with totals
    that differ by more than ``balance_difference_max`` of the larger, stays missing.
    """
    if traffic.empty:
        return traffic
    wide = _by_class(traffic)
    gaps = _gaps(wide.index.to_frame(index=False))
    before, after = wide.to_numpy()[gaps["before"]], wide.to_numpy()[gaps["after"]]
    total = np.stack([np.nansum(before, axis=1), np.nansum(after, axis=1)])
    apart = np.abs(total[0] - total[1]) > limit("balance_difference_max") * total.max(axis=0, initial=0.0)
    alike = (np.isnan(before) == np.isnan(after)).all(axis=1)
    kept = (alike & ~apart & (gaps["to_m"] - gaps["from_m"] <= limit("balance_gap_max"))).to_numpy(bool)
    mean = pd.DataFrame(((before + after) / 2)[kept], columns=wide.columns)
    found = pd.concat([gaps[kept].drop(columns=["before", "after"]).reset_index(drop=True), mean], axis=1)
    rows = found.melt([*_STRETCH, "run"], list(wide.columns), "vehicle_class", "aadt").dropna(subset="aadt")
    rows = rows.assign(quality="estimated", method=BALANCED)
    return rows.reindex(columns=list(dict.fromkeys([*traffic.columns, "quality", "method"]))).reset_index(drop=True)


def _by_class(traffic: pd.DataFrame) -> pd.DataFrame:
    """Return AADT with a row for each stretch counted, in road order, and a column for each class."""
    run = traffic["run"].astype(str) if "run" in traffic else pd.Series("", index=traffic.index)
    keys = [*_STRETCH, "run"]
    return traffic.assign(run=run).pivot_table("aadt", keys, "vehicle_class", aggfunc="sum", observed=True)


def _gaps(stretches: pd.DataFrame) -> pd.DataFrame:
    """Return stretches that no counter covers, with the places (rows from 0) of the counted ones before and after."""
    road = stretches.groupby(_ROAD, sort=False).ngroup()
    reached = stretches["to_m"].groupby(road).cummax()
    furthest = pd.Series(np.arange(len(stretches)), index=stretches.index).where(stretches["to_m"] == reached)
    before = furthest.groupby(road).ffill().groupby(road).shift()
    start = reached.groupby(road).shift()
    at = np.flatnonzero(((stretches["from_m"] - start) > 1e-6).to_numpy(bool))
    first = before.iloc[at].astype("int64").to_numpy()
    names = stretches["counter"].astype(str).to_numpy()
    return stretches.iloc[at][_ROAD].assign(
        from_m=start.iloc[at].to_numpy(),
        to_m=stretches["from_m"].iloc[at].to_numpy(),
        counter=[f"{a}|{b}" for a, b in zip(names[first], names[at], strict=True)],
        run=stretches["run"].to_numpy()[first],
        before=first,
        after=at,
    )
