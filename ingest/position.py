"""Places as written, resolved to route, direction, lane and measure; what cannot be placed is said, never clamped."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from ingest.columns import LOCATION, numbers, text_of
from ingest.fault_list import Marks
from ingest.formats import limit
from ingest.lanes import lane_ids, lane_split
from ingest.matching import heading_off, routed
from ingest.network import Network
from ingest.ring import across_joint, lanes_around, settled
from ingest.signs import SUFFIX, measured
from pavement.errors import Fault, LocationError, SchemaError, fault_frame
from pavement.network.chainage import DIRECTION_WORDS, parse_many
from pavement.network.routes import route_id, unknown_route
from pavement.network.stretch import ends

Span = Literal["stretch", "place"]
LaneRule = Literal["required", "optional", "none"]
_ENDS = ("from_chainage", "to_chainage", "fault", "cure")
_TEXTS = {"from_chainage": "from_m", "to_chainage": "to_m", "chainage": "measure_m"}


def located(
    frame: pd.DataFrame, *, network: Network, crs: str, span: Span, lane: LaneRule, file: str, drive: bool = False
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Return records with their place on the network, and a fault for each that has none.

    Parameters
    ----------
    frame
        Columns of :data:`ingest.columns.LOCATION` in any of the ways a place is written, further columns, ``_row``.
    network
        Where places can lie.
    crs
        CRS of x and y.
    span
        ``stretch`` gives from_m and to_m, ``place`` gives measure_m [m].
    lane
        Whether a lane is ``required``, ``optional`` (empty means every lane) or not part of the table (``none``).
    file
        Name shown in faults.
    drive
        Whether the rows follow each other as one drive, which tells roads of places without a route.

    Returns
    -------
    records, faults
        All rows with route, direction, lane and measures as columns; those with a fault have missing measures.

    Raises
    ------
    SchemaError
        The columns name no place.
    LocationError
        So many coordinates lie off the network that the CRS must be wrong (G1, G2).
    """
    targets = ["from_m", "to_m"] if span == "stretch" else ["measure_m"]
    frame = lane_split(frame, network) if lane != "none" else frame
    _require(frame, targets, file=file)
    marks = Marks(frame, file=file)
    place = written_places(_stretches_split(frame, span, marks), targets, marks)
    xy = _coordinates(frame, network, marks, crs=crs)
    if targets == ["measure_m"]:
        place = routed(place, frame, xy, network=network, marks=marks, drive=drive)
    place = measured(_named(place, frame, network, marks, lane=lane), targets, network.chainage, marks)
    if targets == ["measure_m"]:
        place = _from_coordinates(place, frame, xy, network, marks, crs=crs)
    place, across = across_joint(place, targets, network)
    _within_route(place, frame, targets, network, marks, across=across)
    if lane != "none":
        place = lanes_around(place, frame, targets, network, marks, across=across)
    place.loc[marks.any, targets] = np.nan
    rest = frame.drop(columns=[c for c in LOCATION if c in frame.columns])
    return pd.concat([place, rest], axis=1), _told_of(marks, across)


def _told_of(marks: Marks, across: pd.Series) -> pd.DataFrame:
    """Return the faults, and a note of how many stretches run across the joint of a ring."""
    count = int((across & ~marks.any).sum())
    if not count:
        return marks.frame()
    message = f"{count:,} stretches run across the start of their ring."
    note = Fault(marks.file, None, "from_m+to_m", "", "joint", message, "Nothing to do, if they are meant so.")
    return pd.concat([marks.frame(), fault_frame([note])], ignore_index=True)


def named(frame: pd.DataFrame, *, network: Network, marks: Marks) -> pd.DataFrame:
    """Return the ids of route, direction and lane written in columns of those names; unknown ones are marked."""
    place = pd.DataFrame({"route": text_of(frame, "route"), "direction": text_of(frame, "direction")})
    return _named(place, frame, network, marks, lane="required")


def _named(place: pd.DataFrame, frame: pd.DataFrame, network: Network, marks: Marks, *, lane: LaneRule) -> pd.DataFrame:
    place = _on_route(place, frame, network, marks)
    if lane != "none":
        place["lane"] = lane_ids(frame, place, network, marks, required=lane == "required")
    return place


def _require(frame: pd.DataFrame, targets: list[str], *, file: str) -> None:
    have = set(frame.columns)
    ways = [{t, *(k for k, v in _TEXTS.items() if v == t)} for t in targets]
    if all(have & way for way in ways) or "location" in have or (targets == ["measure_m"] and {"x", "y"} <= have):
        return
    wanted = "from_m and to_m, from_chainage and to_chainage" if len(targets) == 2 else "measure_m, chainage, x and y"
    given = ", ".join(c for c in frame.columns if c != "_row")
    raise SchemaError(
        f"{file}: no column says where the records lie; the file has {given}.",
        cure=f"Needed: route, direction and {wanted}, or location. Map them in the manifest under columns.",
    )


def _stretches_split(frame: pd.DataFrame, span: Span, marks: Marks) -> pd.DataFrame:
    """Return the frame with a stretch written in ``location`` split into two posted chainages; others are marked."""
    if span == "place" or "location" not in frame.columns or {"from_m", "from_chainage"} & set(frame.columns):
        return frame
    text = text_of(frame, "location")
    seen = {t: _ends_or_fault(t) for t in text.unique() if t}
    nothing = ("", "", "", "")
    parts = pd.DataFrame([seen.get(t, nothing) for t in text], columns=list(_ENDS), index=frame.index)
    marks.add(parts["fault"] != "", "location", "stretch", parts["fault"], parts["cure"])
    return frame.assign(from_chainage=parts["from_chainage"], to_chainage=parts["to_chainage"])


def _ends_or_fault(text: str) -> tuple[str, str, str, str]:
    try:
        return (*ends(text), "", "")
    except LocationError as error:
        return "", "", error.message.replace("{", "(").replace("}", ")"), error.cure


def written_places(frame: pd.DataFrame, targets: list[str], marks: Marks) -> pd.DataFrame:
    """
    Return route and direction in words and the `targets` [m] as the columns say them, posted texts parsed.

    What was posted has its suffix beside it, until :func:`ingest.signs.measured` makes a measure of it.
    """
    place = pd.DataFrame({"route": text_of(frame, "route"), "direction": text_of(frame, "direction")})
    for target in targets:
        source = next((k for k, v in _TEXTS.items() if v == target and k in frame.columns), "")
        if not source and target not in frame.columns and target == "measure_m":
            source = "location" if "location" in frame.columns else ""
        if source:
            place = _parsed(frame, source, target, place, marks)
        else:
            place[target] = _measured(frame, target, marks)
    return place


def _measured(frame: pd.DataFrame, target: str, marks: Marks) -> pd.Series:
    if target not in frame.columns:
        return pd.Series(np.nan, index=frame.index)
    amount = numbers(frame[target])
    if pd.api.types.is_numeric_dtype(frame[target].dtype):
        written = frame[target].notna()
    else:
        written = text_of(frame, target) != ""
    wrong = written & ~np.isfinite(amount)
    marks.add(
        wrong, target, "type", "{value!r} is not a measure in metres.", "Write metres, or map the column to a chainage."
    )
    return amount.where(np.isfinite(amount))


def _parsed(frame: pd.DataFrame, source: str, target: str, place: pd.DataFrame, marks: Marks) -> pd.DataFrame:
    text = text_of(frame, source)
    filled = text != ""
    read = parse_many(text[filled]).reindex(frame.index)
    fault = read["fault"].fillna("")
    cure = "Write 25k+300; a plain number of metres or kilometres must say its unit in the header, as in 里程 (m)."
    marks.add(fault != "", source, "chainage", fault.str.replace("{", "(").str.replace("}", ")"), cure)
    result = place.assign(**{target: read["measure"].astype(float), f"{target}{SUFFIX}": read["piece"]})
    for part in ("route", "direction"):
        said = read[part].fillna("")
        result[part] = result[part].where(result[part] != "", said)
        conflict = _conflicts(part, place[part], said)
        marks.add(conflict, source, part, f"{{value!r}} contradicts the column {part}.", "Correct one of them.")
    return result


def _conflicts(part: str, column: pd.Series, said: pd.Series) -> pd.Series:
    both = (column != "") & (said != "")
    if not both.any():
        return both
    change = route_or_none if part == "route" else direction_letter
    seen = {t: change(t) or t for t in column[both].unique()}
    return both & (column.map(seen) != said)


def route_or_none(text: str) -> str | None:
    """Return the id of a route's name, or nothing."""
    try:
        return route_id(text)
    except LocationError:
        return None


def direction_letter(text: str) -> str | None:
    """Return N, S, E or W for a direction in words, + or - for 順向 and 逆向, or nothing."""
    return DIRECTION_WORDS.get(text.casefold())


def _on_route(place: pd.DataFrame, frame: pd.DataFrame, network: Network, marks: Marks) -> pd.DataFrame:
    """Return place with the ids of routes and compass letters of directions."""
    result = place.copy()
    seen = {t: network.own_names.get(t) or route_or_none(t) for t in place["route"].unique()}
    ids = place["route"].map(seen)
    cures = {t: _nearest(seen[t] or t, network) for t in seen if seen[t] not in network.names}
    unknown = ~ids.isin(network.names)
    marks.add(
        unknown,
        "route",
        "unknown route",
        "Route {value!r} is not on the network.",
        place["route"].map(cures),
        place["route"],
    )
    result["route"] = ids.where(~unknown, "").fillna("")
    words = place["direction"]
    letters = words.map({t: direction_letter(t) for t in words.unique()}).fillna("")
    signed = letters.isin(["+", "-"])
    if signed.any():
        of_sense = {(r, "+" if s > 0 else "-"): d for (r, d), s in network.senses.items()}
        keys = pd.Series(list(zip(result["route"], letters, strict=True)), index=frame.index)
        letters = letters.where(~signed, keys.map(of_sense).fillna(""))
    exists = pd.Series([k in network.limits for k in zip(result["route"], letters, strict=True)], index=frame.index)
    result["direction"] = letters.where(exists, "")
    known = ", ".join(sorted({f"{r} {d}" for r, d in network.limits}))
    message = "Direction {value!r} is not one of the route's."
    marks.add(~exists, "direction", "unknown direction", message, f"Known: {known}.", words)
    return result


def _nearest(text: str, network: Network) -> str:
    return unknown_route(text, network.names).cure


def _coordinates(frame: pd.DataFrame, network: Network, marks: Marks, *, crs: str) -> np.ndarray:
    """Return x, y in the working frame, (n, 2); NaN where there is none or it lies off the network."""
    xy = np.full((len(frame), 2), np.nan)
    if not {"x", "y"} <= set(frame.columns):
        return xy
    x, y = numbers(frame["x"]), numbers(frame["y"])
    given = x.notna() & y.notna()
    found = network.projected(x, y, crs=crs)
    inside = network.inside(found)
    refuse_wrong_crs(inside[given.to_numpy()], crs=crs, file=marks.file)
    words = "x, y = {value} lie outside the network's box."
    marks.add(given & ~inside, "x", "off the network", words, _cure(crs), _pairs(frame))
    usable = given.to_numpy() & inside
    xy[usable] = found[usable]
    return xy


def _cure(crs: str) -> str:
    return f"Check the coordinates and the CRS {crs} of the package."


def _from_coordinates(
    place: pd.DataFrame, frame: pd.DataFrame, xy: np.ndarray, network: Network, marks: Marks, *, crs: str
) -> pd.DataFrame:
    """Return place with measures from x, y where none is written; where one is, the two must agree."""
    usable = pd.Series(np.isfinite(xy).all(axis=1), index=frame.index) & (place["direction"] != "")
    if not usable.any():
        return place
    measure = pd.Series(np.nan, index=frame.index)
    distance, turn = measure.copy(), measure.copy()
    joint = pd.Series(False, index=frame.index)
    heading = numbers(frame["heading"]) if "heading" in frame else None
    for (route, direction), index in place[usable].groupby(["route", "direction"], sort=False).groups.items():
        at = frame.index.get_indexer(index)
        key = (str(route), str(direction))
        known = network.calibrations[key]
        found, distance.loc[index] = known.measure(xy[at, 0], xy[at, 1])
        measure.loc[index], joint.loc[index] = settled(pd.Series(found, index=index), known)
        if heading is not None:
            turn.loc[index] = heading_off(known, found, heading[index].to_numpy(float), sense=network.senses[key])
    pairs = _pairs(frame)
    far = usable & (distance > limit("snap_distance"))
    marks.add(far, "x", "far from the route", "x, y = {value} lie far from the route.", _cure(crs), pairs)
    across = usable & (turn > limit("heading_limit"))
    cure = "The vehicle was on a ramp or another road: write that route, or leave the record out."
    marks.add(across, "heading", "heading", "The heading {value} is not that of the route there.", cure)
    written = place["measure_m"].notna()
    apart = usable & written & ((measure - place["measure_m"]).abs() > limit("measure_mismatch"))
    marks.add(apart, "x", "places disagree", "x, y = {value} and the measure name different places.", _cure(crs), pairs)
    both = usable & joint & ~written
    cure = "Write its measure; of a drive, keep the records before and behind it."
    marks.add(both, "x", "joint of a ring", "x, y = {value} lie where the ring ends and begins.", cure, pairs)
    return place.assign(measure_m=place["measure_m"].where(written, measure))


def _pairs(frame: pd.DataFrame) -> pd.Series:
    return text_of(frame, "x") + " " + text_of(frame, "y")


def refuse_wrong_crs(inside: np.ndarray, *, crs: str, file: str) -> None:
    """Raise LocationError when most of many places lie off the network: the CRS is wrong, not the places (G1, G2)."""
    if len(inside) and 1 - inside.mean() > limit("crs_share"):
        raise LocationError(
            f"{file}: {int((~inside).sum())} of {len(inside)} places lie off the network when x, y are read as {crs}.",
            cure="Check survey.crs in the manifest, and that x is east and y is north.",
        )


def _within_route(
    place: pd.DataFrame, frame: pd.DataFrame, targets: list[str], network: Network, marks: Marks, *, across: pd.Series
) -> None:
    keys = pd.Series(list(zip(place["route"], place["direction"], strict=True)), index=frame.index)
    low = keys.map({k: v[0] for k, v in network.limits.items()}).astype(float)
    high = keys.map({k: v[1] for k, v in network.limits.items()}).astype(float)
    known = low.notna()
    for target in targets:
        value = place[target]
        marks.add(
            known & value.isna(), target, "required", "The place is empty.", "Fill it in; nothing is guessed.", value
        )
        # across the joint of a ring the end lies on the next lap
        last = high + (high - low) * (across & (target == "to_m"))
        beyond = known & ((value < low - 1e-6) | (value > last + 1e-6))
        limits = "The route runs from " + _whole(low) + " to " + _whole(high) + " m."
        marks.add(beyond, target, "beyond the route", f"{target} = {{value}} lies beyond the route.", limits, value)
    if len(targets) == 2:
        wrong = place["from_m"] >= place["to_m"]
        both = place["from_m"].astype(str) + " to " + place["to_m"].astype(str)
        message = "The stretch {value} m does not run from a smaller to a larger measure."
        marks.add(wrong, "from_m+to_m", "order", message, "Give start and end in growing measure.", both)


def _whole(values: pd.Series) -> pd.Series:
    return values.map("{:.0f}".format).astype(str)
