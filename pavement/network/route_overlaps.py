"""Overlaps: stretches where one road carries two route numbers (共線), and the cells are those of the main one."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from pavement.schema import measures, schema

KEYS = ["route", "direction"]
MAIN = [f"main_{c}" for c in (*KEYS, "from_m", "to_m")]
_TOUCH = 1e-6
# a place at the very end of a half-open stretch is put this far before it [m]
_WITHIN = 1e-3


def no_overlaps() -> pd.DataFrame:
    """Return a table ``overlaps`` without rows."""
    return pd.DataFrame({c: [] for c in schema("overlaps").index})


def on_main(rows: pd.DataFrame, overlaps: pd.DataFrame, *, ids: Sequence[str] = (), extent: str = "") -> pd.DataFrame:
    """
    Return rows of a table that lie on routes, those on an overlap at their places on its main route.

    Parameters
    ----------
    rows
        Columns route, direction and from_m, to_m or measure_m [m].
    overlaps
        Table ``overlaps``.
    ids
        Text columns that name a record; its second piece is named ``W1/2`` where the first is ``W1``.
    extent
        Column with the length [m] of what begins at measure_m, such as a frame: it goes where its middle lies.

    Returns
    -------
    rows
        In the same order. A stretch that crosses the end of an overlap comes in several pieces; what sums over its
        length (values of such kinds, ``length_m``) is shared among them by length.
    """
    if rows.empty or overlaps.empty or not rows["route"].isin(set(overlaps["route"])).any():
        return rows
    rows = rows.reset_index(drop=True)
    length = rows[extent].astype(float) if extent else 0.0
    low = rows["from_m"] if "from_m" in rows else rows["measure_m"] + length / 2
    places = rows[KEYS].astype(str).assign(from_m=low, to_m=rows["to_m"] if "from_m" in rows else low)
    found = pieces(places.astype({"from_m": float, "to_m": float}), overlaps)
    if found.empty:
        return rows
    moved = rows.loc[found["row"]].reset_index(drop=True).assign(route=found["route"], direction=found["direction"])
    if "from_m" in rows:
        moved = _shared(moved.assign(from_m=found["from_m"], to_m=found["to_m"]), found)
    else:
        half = moved[extent].astype(float) / 2 if extent else 0.0
        moved = moved.assign(measure_m=found["from_m"] - half)
    nth = found.groupby("row").cumcount()
    for name in [c for c in ids if c in rows]:
        moved[name] = moved[name].where(nth == 0, moved[name].astype(str) + "/" + (nth + 1).astype(str))
    order = pd.concat([rows.drop(index=found["row"].unique()).reset_index(names="_at"), moved.assign(_at=found["row"])])
    return order.sort_values("_at", kind="stable").drop(columns="_at").reset_index(drop=True)


def _shared(moved: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """Return pieces with their share of what sums over the whole stretch, and peaks at their places on the piece."""
    changed = {}
    if {"kind", "value"} <= set(moved.columns):
        summed = moved["kind"].astype(str).map(measures()["gather"]).eq("sum")
        changed["value"] = moved["value"].where(~summed, moved["value"] * found["share"])
    if "length_m" in moved:
        changed["length_m"] = moved["length_m"] * found["share"]
    if "peak_m" in moved:
        inside = moved["peak_m"].clip(found["old_from_m"], found["old_to_m"]) - found["old_from_m"]
        along = inside * (found["to_m"] - found["from_m"]) / (found["old_to_m"] - found["old_from_m"])
        changed["peak_m"] = (found["from_m"] + along).where(~found["turned"], found["to_m"] - along)
    return moved.assign(**changed)


def pieces(places: pd.DataFrame, overlaps: pd.DataFrame) -> pd.DataFrame:
    """
    Return the pieces of stretches that touch an overlap: on the main route what lies in one, as it was what does not.

    Parameters
    ----------
    places
        Columns route, direction, from_m, to_m [m]; a place has both alike.
    overlaps
        Table ``overlaps``; those of one route do not overlap each other.

    Returns
    -------
    pieces
        Columns row (the index of `places`), route, direction, from_m, to_m, old_from_m, old_to_m [m], share (of the old
        length), carried and turned; by row and old place. Places that touch no overlap have none.
    """
    hit = _hits(places, overlaps)
    kept = _between(hit)
    found = pd.concat([_carried(hit), kept], ignore_index=True) if len(kept) else _carried(hit)
    return found.sort_values(["row", "old_from_m"], kind="stable", ignore_index=True)


def beside(places: pd.DataFrame, overlaps: pd.DataFrame) -> pd.DataFrame:
    """
    Return where stretches of main routes lie by the routes that run along with them.

    Columns as of :func:`pieces`; one row a stretch and route, in the order of `places`.
    """
    return _carried(_hits(places, _swapped(overlaps))).sort_values(["row", *KEYS, "from_m"], ignore_index=True)


def _swapped(overlaps: pd.DataFrame) -> pd.DataFrame:
    own = [*KEYS, "from_m", "to_m"]
    return overlaps.rename(columns=dict(zip([*own, *MAIN], [*MAIN, *own], strict=True)))


def outside(rows: pd.DataFrame, overlaps: pd.DataFrame) -> pd.DataFrame:
    """Return stretches without their parts on overlaps, cut where one begins or ends; index anew."""
    rows = rows.reset_index(drop=True)
    found = pieces(rows[[*KEYS, "from_m", "to_m"]], overlaps)
    if found.empty:
        return rows
    left = found[~found["carried"]].reset_index(drop=True)
    cut = rows.loc[left["row"]].reset_index(drop=True).assign(from_m=left["from_m"], to_m=left["to_m"], _at=left["row"])
    order = pd.concat([rows.drop(index=found["row"].unique()).reset_index(names="_at"), cut])
    return order.sort_values(["_at", "from_m"]).drop(columns="_at").reset_index(drop=True)


def _hits(places: pd.DataFrame, overlaps: pd.DataFrame) -> pd.DataFrame:
    """Return each place with each overlap that it touches, and the common part as low and high."""
    line = overlaps[[*KEYS, "from_m", "to_m", *MAIN, "turned"]]
    line = line.rename(columns={"from_m": "over_from_m", "to_m": "over_to_m"}).astype(dict.fromkeys(KEYS, str))
    near = places[places["route"].isin(set(line["route"]))]
    both = near[[*KEYS, "from_m", "to_m"]].reset_index(names="row").merge(line, on=KEYS)
    low, high = both[["from_m", "over_from_m"]].max(axis=1), both[["to_m", "over_to_m"]].min(axis=1)
    point = both["to_m"] <= both["from_m"] + _TOUCH
    inside = (both["from_m"] >= both["over_from_m"] - _TOUCH) & (both["from_m"] < both["over_to_m"] - _TOUCH)
    touched = inside.where(point, high - low > _TOUCH)
    found = both.assign(low=low, high=high.where(~point, low), point=point, turned=both["turned"].eq("yes"))
    return found[touched].sort_values(["row", "low"], ignore_index=True)


def _carried(hit: pd.DataFrame) -> pd.DataFrame:
    """Return the common parts at their places on the main route."""
    scale = (hit["main_to_m"] - hit["main_from_m"]) / (hit["over_to_m"] - hit["over_from_m"])
    ends = [
        (hit["main_from_m"] + scale * (m - hit["over_from_m"])).where(
            ~hit["turned"], hit["main_to_m"] - scale * (m - hit["over_from_m"])
        )
        for m in (hit["low"], hit["high"])
    ]
    start, end = ends[0].where(~hit["turned"], ends[1]), ends[1].where(~hit["turned"], ends[0])
    # turned about, the first place of the overlap would be the first one behind it
    last = hit["point"] & (start > hit["main_to_m"] - _WITHIN)
    start, end = (m.where(~last, hit["main_to_m"] - _WITHIN) for m in (start, end))
    whole = (hit["to_m"] - hit["from_m"]).where(~hit["point"], 1.0)
    return pd.DataFrame(
        {
            "row": hit["row"],
            "route": hit["main_route"],
            "direction": hit["main_direction"],
            "from_m": start,
            "to_m": end,
            "old_from_m": hit["low"],
            "old_to_m": hit["high"],
            "share": ((hit["high"] - hit["low"]) / whole).where(~hit["point"], 1.0),
            "carried": True,
            "turned": hit["turned"],
        }
    )


def _between(hit: pd.DataFrame) -> pd.DataFrame:
    """Return the parts of touched stretches before, between and behind the overlaps that they touch."""
    of_row = hit.groupby("row")
    before = hit.assign(start=of_row["high"].shift().fillna(hit["from_m"]), end=hit["low"])
    behind = hit.drop_duplicates("row", keep="last").assign(start=lambda f: f["high"], end=lambda f: f["to_m"])
    parts = pd.concat([before, behind], ignore_index=True)
    parts = parts[(parts["end"] - parts["start"] > _TOUCH) & ~parts["point"]]
    place = {"from_m": parts["start"], "to_m": parts["end"]}
    return parts[["row", *KEYS]].assign(
        **place,
        old_from_m=parts["start"],
        old_to_m=parts["end"],
        share=(parts["end"] - parts["start"]) / (parts["to_m"] - parts["from_m"]),
        carried=False,
        turned=False,
    )
