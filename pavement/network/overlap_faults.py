"""What can be wrong with a table of overlaps."""

from __future__ import annotations

import pandas as pd

from pavement.network.route_overlaps import KEYS, MAIN

_TOUCH = 1e-6


def overlap_faults(overlaps: pd.DataFrame, limits: pd.DataFrame, *, length_error: float) -> pd.DataFrame:
    """
    Return what is wrong with a table of overlaps.

    Parameters
    ----------
    overlaps
        Table ``overlaps``.
    limits
        Columns route, direction, from_m, to_m [m] and sense (1 or -1) of every route.
    length_error
        Share by which the two lengths of an overlap may differ. [-]

    Returns
    -------
    faults
        Columns row (index of `overlaps`), rule and message: a stretch without length or beyond its route, a route that
        overlaps itself, lengths that differ, overlaps of one route that overlap each other, a main stretch that is
        itself overlapped (a chain), and measures said to run the other way than they do.
    """
    overlaps = overlaps.astype(dict.fromkeys(["from_m", "to_m", *MAIN[2:]], float))
    own, main = overlaps["to_m"] - overlaps["from_m"], overlaps["main_to_m"] - overlaps["main_from_m"]
    same = (overlaps["route"] == overlaps["main_route"]) & (overlaps["direction"] == overlaps["main_direction"])
    beyond = _beyond(overlaps, [*KEYS, "from_m", "to_m"], limits) | _beyond(overlaps, MAIN, limits)
    written = overlaps["turned"].fillna("").astype(str)
    checks = {
        "order": ((own <= 0) | (main <= 0), "The stretch does not run from a smaller to a larger measure."),
        "same route": (same, "A route cannot overlap itself."),
        "beyond the route": (beyond, "The stretch lies beyond its route."),
        "length": ((own - main).abs() > length_error * own, "The lengths by the two routes differ too much."),
        "overlap": (_doubled(overlaps), "The stretch overlaps another one of its route."),
        "chain": (_chained(overlaps), "The main route is itself overlapped there."),
        "turned": ((written != "") & (written != turned(overlaps, limits)), "The measures run the other way."),
    }
    found = [
        pd.DataFrame({"row": overlaps.index[wrong.to_numpy(bool)], "rule": rule, "message": message})
        for rule, (wrong, message) in checks.items()
    ]
    return pd.concat(found, ignore_index=True).drop_duplicates("row")


def turned(overlaps: pd.DataFrame, limits: pd.DataFrame) -> pd.Series:
    """Return yes where the measure of one route grows in the direction of travel and that of the other falls."""
    sense = limits.set_index(KEYS)["sense"].astype(float)
    own, main = (sense.reindex(pd.MultiIndex.from_frame(overlaps[columns])).to_numpy() for columns in (KEYS, MAIN[:2]))
    return pd.Series(own * main < 0, index=overlaps.index).map({True: "yes", False: "no"})


def _beyond(overlaps: pd.DataFrame, columns: list[str], limits: pd.DataFrame) -> pd.Series:
    known = limits.set_index(KEYS)[["from_m", "to_m"]].astype(float)
    ends = known.reindex(pd.MultiIndex.from_frame(overlaps[columns[:2]])).set_axis(overlaps.index)
    return ~((overlaps[columns[2]] >= ends["from_m"] - 1.0) & (overlaps[columns[3]] <= ends["to_m"] + 1.0))


def _doubled(overlaps: pd.DataFrame) -> pd.Series:
    line = overlaps.sort_values([*KEYS, "from_m"])
    reach = line.groupby(KEYS, sort=False)["to_m"].cummax()
    before = reach.groupby([line[k] for k in KEYS], sort=False).shift()
    return (line["from_m"] < before - _TOUCH).reindex(overlaps.index)


def _chained(overlaps: pd.DataFrame) -> pd.Series:
    """Return whether the main stretch touches a stretch that lies on another main route."""
    mains = overlaps[MAIN].set_axis([*KEYS, "from_m", "to_m"], axis=1).rename_axis("row").reset_index()
    both = mains.merge(overlaps[[*KEYS, "from_m", "to_m"]], on=KEYS, suffixes=("", "_over"))
    touched = (both["from_m"] < both["to_m_over"] - _TOUCH) & (both["to_m"] > both["from_m_over"] + _TOUCH)
    return pd.Series(overlaps.index.isin(both.loc[touched, "row"]), index=overlaps.index)
