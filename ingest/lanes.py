"""Lanes as people write them: numbers from the inside or the outside, names, and names that need the lanes there."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

import numpy as np
import pandas as pd

from ingest.columns import text_of
from ingest.fault_list import Marks
from ingest.formats import format_table
from ingest.network import Network

_PLACE = ["route", "direction"]
# lanes of formats/lane_names.csv that the number of lanes at the place decides: name → lane by that number
_RELATIVE: dict[str, Callable[[pd.Series], pd.Series]] = {
    "outermost": lambda count: count,
    "middle": lambda count: 2.0 * (count == 3),
    "middle_in": lambda count: 2.0 * (count == 4),
    "middle_out": lambda count: 3.0 * (count == 4),
}
# a number that was counted from the outside
_FROM_OUTSIDE = "outside:"


def lane_split(frame: pd.DataFrame, network: Network) -> pd.DataFrame:
    """Return the frame with a lane named at the end of ``location`` in a column of its own, where there is none."""
    if "location" not in frame.columns or "lane" in frame.columns:
        return frame
    own = [network.lanes[c].astype(str) for c in ("name_zh", "name_en") if c in network.lanes]
    names = {n for c in [*own, format_table("lane_names")["name"]] for n in c if len(n) > 1}
    # the longest first, so that 外側路肩 is not read as 路肩
    ends = "|".join(re.escape(n) for n in sorted(names, key=len, reverse=True))
    parts = text_of(frame, "location").str.extract(rf"(?i)^(?P<place>.*?)[\s,、，]*(?P<lane>{ends})?$")
    return frame.assign(location=parts["place"], lane=parts["lane"].fillna(""))


def lane_ids(frame: pd.DataFrame, place: pd.DataFrame, network: Network, marks: Marks, *, required: bool) -> pd.Series:
    """
    Return lane ids, the names of the route's own lanes first.

    What needs to know how many lanes there are (外側車道, a number counted from the outside) stays a word that
    :func:`lanes_there` makes an id of.
    """
    written = text_of(frame, "lane")
    own = network.lanes
    names = dict(
        zip(format_table("lane_names")["name"].str.casefold(), format_table("lane_names")["lane"], strict=True)
    )
    ids = {str(lane).casefold(): str(lane) for lane in own["lane"].unique()}
    named: dict[tuple[str, str, str], str] = {}
    for label in [c for c in ("name_zh", "name_en") if c in own.columns]:
        for route, direction, lane, name in own[["route", "direction", "lane", label]].itertuples(index=False):
            named[(str(route), str(direction), str(name).casefold())] = str(lane)
    unique = pd.DataFrame({"r": place["route"], "d": place["direction"], "t": written}).drop_duplicates()
    found: dict[tuple[str, str, str], str | None] = {}
    for route, direction, text in unique.itertuples(index=False):
        key = text.casefold()
        found[(route, direction, text)] = named.get((route, direction, key)) or _lane(
            key, ids, names, network.lanes_from
        )
    keys = list(zip(place["route"], place["direction"], written, strict=True))
    lane = pd.Series([found[k] for k in keys], index=frame.index, dtype=object)
    lane = lane.where(written != "", "")
    cure = (
        f"Lanes of the network: {', '.join(sorted(set(ids.values())))}; names: lanes table or formats/lane_names.csv."
    )
    marks.add(lane.isna(), "lane", "unknown lane", "Lane {value!r} is not known.", cure, written)
    if required:
        marks.add(
            lane == "", "lane", "unknown lane", "The lane is empty.", "Fill it in; this record needs one lane.", written
        )
    return lane.fillna("")


def _lane(key: str, ids: dict[str, str], names: dict[str, str], side: str) -> str | None:
    """Return the lane of a name or number that the route's own lanes do not have."""
    plain = re.sub(r"[\s()]", "", unicodedata.normalize("NFKC", key))
    lane = ids.get(key, names.get(key, names.get(plain, ids.get(plain))))
    return f"{_FROM_OUTSIDE}{lane}" if side == "outside" and lane and lane.isdigit() else lane


def lane_counts(place: pd.DataFrame, targets: list[str], lanes: pd.DataFrame) -> pd.Series:
    """Return how many numbered lanes stand beside each other at places; missing where that changes along a stretch."""
    numbered = lanes[lanes["lane"].astype(str).str.fullmatch(r"\d+")]
    asked = place[_PLACE].assign(low=place[targets[0]], high=place[targets[-1]]).reset_index(names="row")
    pairs = asked.merge(numbered[[*_PLACE, "lane", "from_m", "to_m"]], on=_PLACE)
    point = len(targets) == 1
    touched = (pairs["from_m"] <= pairs["low"]) & (pairs["to_m"] > pairs["low"])
    if not point:
        touched = (pairs["from_m"] < pairs["high"] - 1e-3) & (pairs["to_m"] > pairs["low"] + 1e-3)
    pairs = pairs[touched]
    covered = np.minimum(pairs["to_m"], pairs["high"]) - np.maximum(pairs["from_m"], pairs["low"])
    whole = pairs["high"] - pairs["low"]
    length = covered.groupby([pairs["row"], pairs["lane"]]).sum()
    full = length >= whole.groupby([pairs["row"], pairs["lane"]]).first() - 1e-3
    by_row = full.groupby(level=0)
    count = by_row.size().where(by_row.all())
    return count.reindex(place.index).astype(float)


def lanes_there(
    place: pd.DataFrame, frame: pd.DataFrame, targets: list[str], network: Network, marks: Marks
) -> pd.DataFrame:
    """Return places with every lane as an id, and mark lanes that are not there."""
    result = place
    outside = place["lane"].str.startswith(_FROM_OUTSIDE)
    relative = place["lane"].isin(list(_RELATIVE)) | outside
    if relative.any():
        rows = place[relative]
        count = lane_counts(rows, targets, network.lanes).fillna(0.0)
        number = pd.Series(0.0, index=rows.index)
        for word, of_count in _RELATIVE.items():
            number = number.where(rows["lane"] != word, of_count(count))
        counted = pd.to_numeric(rows["lane"].str.removeprefix(_FROM_OUTSIDE), errors="coerce")
        number = number.where(counted.isna(), count + 1 - counted).where(count > 0, 0.0)
        unclear = relative & (number.reindex(place.index, fill_value=1.0) < 1)
        message = "Lane {value}: the lanes of the network there do not tell which one it is."
        cure = "Write its number from the inside; where the number of lanes changes, cut the stretch."
        marks.add(unclear, "lane", "unknown lane", message, cure, text_of(frame, "lane"))
        ids = number.where(number >= 1, 0.0).astype(int).astype(str)
        result = place.assign(lane=place["lane"].where(~relative, ids.reindex(place.index)))
    _within_lane(result, targets, network, marks)
    return result


def _within_lane(place: pd.DataFrame, targets: list[str], network: Network, marks: Marks) -> None:
    """Mark records on a lane that does not exist there; a lane may stand in several pieces."""
    low, high = place[targets[0]], place[targets[-1]]
    covered = pd.Series(0.0, index=place.index)
    own = network.lanes.assign(lane=network.lanes["lane"].astype(str))
    for route, direction, lane, start, end in own[["route", "direction", "lane", "from_m", "to_m"]].itertuples(
        index=False
    ):
        on = (place["route"] == route) & (place["direction"] == direction) & (place["lane"] == lane)
        if len(targets) == 1:
            covered[on & (low >= start - 1e-6) & (low <= end + 1e-6)] = 1.0
        else:
            covered[on] += (high.clip(upper=end) - low.clip(lower=start)).clip(lower=0)[on]
    short = (covered < 0.5) if len(targets) == 1 else (covered < high - low - 1e-3)
    missing = (place["lane"] != "") & (place["direction"] != "") & low.notna() & high.notna() & short
    where = place["lane"].astype(str) + " at " + low.astype(str)
    marks.add(
        missing, "lane", "lane ends", "Lane {value} m is not there.", "See from_m and to_m in the lanes table.", where
    )
