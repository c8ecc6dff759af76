"""Crosswalk: places of a former version of a route, carried to where they lie in the version in force."""

from __future__ import annotations

import pandas as pd

KEYS = ["route", "direction", "version"]
_OLD = ["old_route", "old_direction", "old_version", "old_from_m", "old_to_m"]
# steps from the oldest version to the newest; a crosswalk that goes round in circles ends here
_MOST = 50
_TOUCH = 1e-6


def carried(places: pd.DataFrame, crosswalk: pd.DataFrame, current: pd.DataFrame) -> pd.DataFrame:
    """
    Return stretches of former versions at their places in the versions in force.

    Parameters
    ----------
    places
        Columns route, direction, version, from_m, to_m [m]; a place has both alike.
    crosswalk
        Table ``crosswalk``, of all versions between.
    current
        Columns route, direction and version of the routes in force.

    Returns
    -------
    pieces
        Columns row (the index of `places`), route, direction, from_m, to_m and share, the share of the old length that
        the piece holds; by row and place. What no row of the crosswalk carries on has no piece: a break in series.
    """
    keys = pd.MultiIndex.from_frame(current[KEYS].astype(str))
    rows = places[[*KEYS, "from_m", "to_m"]].reset_index(names="row").assign(share=1.0)
    done = []
    for _ in range(_MOST):
        arrived = pd.MultiIndex.from_frame(rows[KEYS].astype(str)).isin(keys)
        done.append(rows[arrived])
        rows = rows[~arrived]
        if rows.empty or crosswalk.empty:
            break
        rows = _stepped(rows, crosswalk)
    found = pd.concat(done, ignore_index=True).drop(columns="version")
    return _joined(found.sort_values(["row", "route", "direction", "from_m"], ignore_index=True))


def _stepped(rows: pd.DataFrame, crosswalk: pd.DataFrame) -> pd.DataFrame:
    """Return pieces one version later, cut at the rows of the crosswalk."""
    old = rows.rename(columns={"route": "old_route", "direction": "old_direction", "version": "old_version"})
    line = crosswalk.rename(columns={"from_m": "new_from_m", "to_m": "new_to_m"})
    own = old.merge(line, on=_OLD[:3])
    low, high = own[["from_m", "old_from_m"]].max(axis=1), own[["to_m", "old_to_m"]].min(axis=1)
    point = own["to_m"] <= own["from_m"] + _TOUCH
    inside = (own["from_m"] >= own["old_from_m"] - _TOUCH) & (own["from_m"] < own["old_to_m"] - _TOUCH)
    kept = inside.where(point, high - low > _TOUCH)
    own, low, high, point = own[kept], low[kept], high[kept].where(~point[kept], low[kept]), point[kept]
    scale = (own["new_to_m"] - own["new_from_m"]) / (own["old_to_m"] - own["old_from_m"])
    turned = own["turned"].fillna("no").eq("yes") if "turned" in own else pd.Series(False, index=own.index)
    start, end = (
        (own["new_from_m"] + scale * (m - own["old_from_m"])).where(
            ~turned, own["new_to_m"] - scale * (m - own["old_from_m"])
        )
        for m in (low, high)
    )
    length = (own["to_m"] - own["from_m"]).where(~point, 1.0)
    part = ((high - low) / length).where(~point, 1.0)
    ends = pd.DataFrame({"from_m": start.where(~turned, end), "to_m": end.where(~turned, start)})
    return pd.concat([own[["row", *KEYS]], ends, (own["share"] * part).rename("share")], axis=1)


def _joined(found: pd.DataFrame) -> pd.DataFrame:
    """Return pieces of a row that touch as one."""
    place = ["row", "route", "direction"]
    new = (found[place] != found[place].shift()).any(axis=1) | (found["from_m"] > found["to_m"].shift() + 1e-3)
    grouped = found.groupby(new.cumsum(), sort=False)
    result = grouped[place].first()
    result = result.assign(from_m=grouped["from_m"].min(), to_m=grouped["to_m"].max(), share=grouped["share"].sum())
    return result.reset_index(drop=True)


def uncovered(routes: pd.DataFrame, crosswalk: pd.DataFrame, current: pd.DataFrame) -> pd.DataFrame:
    """
    Return the routes of a former version whose places are not, or not all, carried to the version in force.

    Parameters
    ----------
    routes
        Former routes: route, direction, version, from_m, to_m [m].
    crosswalk, current
        As of :func:`carried`.

    Returns
    -------
    frame
        Columns route, direction, version and lost_m, the length without a place now. [m]
    """
    kept = carried(routes.reset_index(drop=True), crosswalk, current).groupby("row")["share"].sum()
    length = (routes["to_m"] - routes["from_m"]).reset_index(drop=True)
    lost = length * (1 - kept.reindex(length.index, fill_value=0.0))
    found = routes[KEYS].reset_index(drop=True).assign(lost_m=lost)
    return found[lost > 1.0].reset_index(drop=True)
