"""What a run's own values tell of its sensors: coverage, gaps, stuck values, missing wheel paths, silent sensors."""

from __future__ import annotations

import pandas as pd

from pavement.measures.limits import limit

COLUMNS = ["check", "kind", "value", "count"]
_LANE = ["kind", "route", "direction", "lane"]
# a value on record is rounded by whoever wrote it, so equal neighbours tell nothing of a sensor
_NO_SENSOR = ("recorded", "estimated")


def sensor_checks(values: pd.DataFrame, cells: pd.DataFrame, paths: pd.DataFrame) -> pd.DataFrame:
    """
    Return what the values of a run show of its sensors.

    Parameters
    ----------
    values
        Rows of ``cell_values`` of one run.
    cells
        The network's cells.
    paths
        kind, and left and right: whether each wheel path was measured; one row a sample or stretch.

    Returns
    -------
    checks
        check, kind, value, count (of cells or samples judged): ``coverage`` [-] and longest ``gap`` [m] within the
        stretch surveyed, ``sensor_share`` [-] against the run's most complete kind, share ``stuck`` [-] in rows of at
        least ``stuck_cells`` neighbours of one value, share with ``one_path`` alone [-].
    """
    along = _along(values, cells)
    parts = [_coverage(along), _gaps(along), _shares(values), _stuck(along), _one_path(paths)]
    return pd.concat([p[COLUMNS] for p in parts if len(p)] or [_none()], ignore_index=True)


def _none() -> pd.DataFrame:
    return pd.DataFrame(columns=COLUMNS)


def _along(values: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """Return each kind's cells from the first to the last surveyed one of each lane, in order; value empty in gaps."""
    net = pd.DataFrame(cells[["cell", *_LANE[1:], "from_m", "to_m"]])
    seen = (
        values[["cell", "kind", "value", "coverage", "quality"]].drop_duplicates(["cell", "kind"]).merge(net, on="cell")
    )
    ends = seen.groupby(_LANE, as_index=False, observed=True).agg(first=("from_m", "min"), last=("to_m", "max"))
    asked = ends.merge(net, on=_LANE[1:])
    asked = asked[(asked["from_m"] >= asked["first"]) & (asked["to_m"] <= asked["last"])]
    known = seen[["cell", "kind", "value", "coverage", "quality"]]
    joined = asked.merge(known, on=["cell", "kind"], how="left").sort_values([*_LANE, "from_m"], ignore_index=True)
    return joined.assign(length=joined["to_m"] - joined["from_m"])


def _coverage(along: pd.DataFrame) -> pd.DataFrame:
    seen = along["coverage"].where(along["value"].notna(), 0.0).fillna(0.0) * along["length"]
    by_kind = along.assign(seen=seen).groupby("kind", as_index=False, observed=True)
    found = by_kind.agg(seen=("seen", "sum"), length=("length", "sum"), count=("cell", "size"))
    return found.assign(check="coverage", value=found["seen"] / found["length"])


def _gaps(along: pd.DataFrame) -> pd.DataFrame:
    empty = along["value"].isna()
    run = (empty.ne(empty.shift()) | along[_LANE].ne(along[_LANE].shift()).any(axis=1)).cumsum()
    found = along.assign(missing=along["length"].where(empty, 0.0), run=run)
    longest = found.groupby(["kind", "run"], observed=True)["missing"].sum().groupby("kind", observed=True).max()
    count = along.groupby("kind", observed=True).size()
    return pd.DataFrame({"kind": longest.index, "value": longest.to_numpy(), "count": count.to_numpy(), "check": "gap"})


def _shares(values: pd.DataFrame) -> pd.DataFrame:
    count = values.groupby("kind", observed=True)["cell"].nunique()
    most = count.max() if len(count) else 1
    share = (count / most).to_numpy(float)
    return pd.DataFrame({"kind": count.index, "value": share, "count": most, "check": "sensor_share"})


def _stuck(along: pd.DataFrame) -> pd.DataFrame:
    seen = along[along["value"].notna() & ~along["quality"].isin(_NO_SENSOR)]
    same = seen["value"].eq(seen["value"].shift()) & seen[_LANE].eq(seen[_LANE].shift()).all(axis=1)
    size = seen.groupby((~same).cumsum())["value"].transform("size")
    found = (
        seen.assign(stuck=size >= limit("stuck_cells")).groupby("kind", observed=True)["stuck"].agg(["mean", "size"])
    )
    return pd.DataFrame(
        {"kind": found.index, "value": found["mean"].to_numpy(), "count": found["size"].to_numpy(), "check": "stuck"}
    )


def _one_path(paths: pd.DataFrame) -> pd.DataFrame:
    seen = paths[paths["left"] | paths["right"]]
    found = seen.assign(one=seen["left"] ^ seen["right"]).groupby("kind")["one"].agg(["mean", "size"])
    return pd.DataFrame(
        {"kind": found.index, "value": found["mean"].to_numpy(), "count": found["size"].to_numpy(), "check": "one_path"}
    )


def wheel_paths(profile: pd.DataFrame | None, ruts: pd.DataFrame | None) -> pd.DataFrame:
    """
    Return which wheel paths a run measured, for :func:`sensor_checks`.

    Parameters
    ----------
    profile
        Rows of ``longitudinal_profile``: each sample counts for iri.
    ruts
        Rows of ``wheel_path_ruts``: each stretch and method counts for rut.
    """
    parts = []
    if profile is not None and len(profile):
        sides = {side: profile[f"elevation_{side}"].notna() for side in ("left", "right")}
        parts.append(pd.DataFrame({"kind": "iri", **sides}))
    if ruts is not None and len(ruts):
        place = [*_LANE[1:], "from_m", "to_m", "method"]
        sided = ruts.assign(left=ruts["side"] == "left", right=ruts["side"] == "right")
        both = sided.groupby(place, as_index=False, observed=True)[["left", "right"]].any()
        parts.append(both.assign(kind="rut")[["kind", "left", "right"]])
    empty = pd.DataFrame({"kind": pd.Series(dtype=str), "left": pd.Series(dtype=bool), "right": pd.Series(dtype=bool)})
    return pd.concat(parts, ignore_index=True) if parts else empty
