"""Data routes: the map's geometry and values, and survey images, for signed-in people only."""

from __future__ import annotations

import gzip
import json
from typing import Any

import numpy as np
import pandas as pd
from flask import Flask, Response, abort, request, send_file

from dashboard import grade_map, guard, i18n, queries, ui
from dashboard.context import Context
from dashboard.i18n import measure_label, number, t, unit_text
from dashboard.signs import posted_place
from pavement.store import objects

# five classes from light to dark that stay apart for colour-blind readers
SEQUENCE = ("#d9ebb5", "#8ccfb7", "#3fa9bf", "#2873ad", "#26327f")
_KINDS_OF_IMAGE = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG": "image/png", b"RIFF": "image/webp"}
# the next person at this browser may not see what this one did
_ASK_AGAIN = "private, no-cache"
_POST_EVERY = 1000.0
_SIMPLER = 0.5
_STRETCH = 100.0
# a label lies this far from its road [em], and below or above it where the road runs flatter than this sine
_CLEAR, _STEEP = 2.4, 0.4


def register(server: Flask, context: Context) -> None:
    """Add the data routes to the server."""
    server.add_url_rule("/data/cells/<int:version>", "cells", lambda version: _geometry(context, _cells, version))
    server.add_url_rule("/data/posts/<int:version>", "posts", lambda version: _geometry(context, _posts, version))
    server.add_url_rule(
        "/data/values/<int:version>/<kind>/<int:year>/<language>",
        "values",
        lambda kind, year, **_: _values(context, kind, year),
    )
    server.add_url_rule("/image/<sha256>", "image", lambda sha256: _image(context, sha256))


def strict_json(content: Any) -> Response:
    """Return strict JSON, compressed when the browser takes it; missing numbers are null."""
    text = json.dumps(content, allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode()
    response = Response(text, mimetype="application/json")
    if "gzip" in request.headers.get("Accept-Encoding", "") and len(text) > 2000:
        response.set_data(gzip.compress(text, 5))
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding, Cookie"
    return response


def or_null(values: pd.Series, digits: int = 6) -> list[float | None]:
    """Return numbers as plain floats, missing and infinite ones as None."""
    rounded = values.astype(float).round(digits)
    return [float(v) if np.isfinite(v) else None for v in rounded]


def _geometry(context: Context, make: Any, version: int) -> Response:
    if version != queries.version(context):
        abort(409)
    response = strict_json(make(context))
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response


@queries.kept
def _cells(context: Context) -> dict[str, Any]:
    frame = queries.cells(context)
    # pieces of a few decimetres at the ends of a cell would turn its sideways shift on the map
    frame = frame.set_geometry(frame.geometry.simplify(_SIMPLER)).to_crs("EPSG:4326")
    sides = lane_sides(frame, queries.routes(context))
    shapes = json.loads(frame.geometry.set_precision(1e-6, mode="pointwise").to_json(show_bbox=False))["features"]
    features = [
        {
            "type": "Feature",
            "id": at,
            "properties": {
                "cell": row.cell,
                "route": row.route,
                "direction": row.direction,
                "lane": row.lane,
                "length": round(row.to_m - row.from_m, 1),
                "side": float(side),
                "place": place,
            },
            "geometry": shape["geometry"],
        }
        for at, (row, side, place, shape) in enumerate(
            zip(frame.itertuples(), sides, i18n.places(frame), shapes, strict=True)
        )
    ]
    return {"type": "FeatureCollection", "features": features}


def lane_sides(cells: pd.DataFrame, routes: pd.DataFrame) -> pd.Series:
    """Return how many lane widths each cell is drawn right of its line: lanes from the inside, mirrored by sense."""
    sense = routes.set_index(["route", "direction"])["sense"].astype(float)
    keys = pd.MultiIndex.from_frame(cells[["route", "direction"]])
    number = pd.to_numeric(cells["lane"], errors="coerce")
    stretch = [cells["route"], cells["direction"], cells["from_m"] // _STRETCH]
    outermost = number.groupby(stretch).transform("max").fillna(number.max())
    beside = cells["lane"].map({"shoulder_in": -np.inf, "shoulder_out": 2.0}).fillna(1.0)
    lane = number.fillna((outermost + beside).clip(lower=0.0))
    return lane.astype(float) * sense.reindex(keys).fillna(1.0).to_numpy()


@queries.kept
def _posts(context: Context) -> dict[str, Any]:
    frame = queries.cells(context)
    one = frame[frame["from_m"] % _POST_EVERY == 0].drop_duplicates(["route", "from_m"]).to_crs("EPSG:4326")
    features = [
        {
            "type": "Feature",
            "properties": {
                "label": post_label(row.route, row.direction, row.from_m),
                "major": row.from_m % (5 * _POST_EVERY) == 0,
                **beside_road(*row.geometry.coords[0][:2], *row.geometry.coords[-1][:2]),
            },
            "geometry": {"type": "Point", "coordinates": [round(c, 6) for c in row.geometry.coords[0]]},
        }
        for row in one.itertuples()
    ]
    return {"type": "FeatureCollection", "features": features}


def beside_road(x0: float, y0: float, x1: float, y1: float) -> dict[str, Any]:
    """Return where the label of a post stands clear of its road: anchor and offset [em, down], always to the right."""
    # a degree of longitude is shorter than one of latitude
    run, rise = (x1 - x0) * np.cos(np.radians(y0)), y1 - y0
    length = float(np.hypot(run, rise)) or 1.0
    right, down = rise / length, run / length
    if right < 0:
        right, down = -right, -down
    side = "" if abs(down) < _STEEP else ("top" if down > 0 else "bottom")
    anchor = f"{side}-left" if side and right > 1 - _STEEP else side or "left"
    return {"anchor": anchor, "offset": [round(_CLEAR * right, 2), round(_CLEAR * down, 2)]}


def post_label(route: str, direction: str, measure: float) -> str:
    """Return the text beside a kilometre post: the route's name at every fifth."""
    text = posted_place(route, direction, measure).removesuffix("+000")
    return f"{i18n.route_label(route)} {text}" if measure % (5 * _POST_EVERY) == 0 else text


def _values(context: Context, kind: str, year: int) -> Response:
    if kind == grade_map.KIND:
        return _grades(context, year)
    if kind not in queries.kinds(context):
        abort(404)
    past = year == queries.NEWEST or year in queries.years(context, kind)
    if not past and year not in queries.forecast_years(context, kind):
        abort(404)
    frame = queries.values(context, kind, year) if past else queries.forecast_values(context, kind, year)
    return strict_json(_described(kind, year, frame, past=past) | _bands(frame, past=past))


def _grades(context: Context, year: int) -> Response:
    if year != queries.NEWEST and year not in grade_map.years(context):
        abort(404)
    frame = grade_map.grades(context, year)
    told = {"year_text": _year_text(year, frame, past=True), "surveyed": _surveyed(frame)}
    return strict_json(grade_map.described(frame) | told)


def _described(kind: str, year: int, frame: pd.DataFrame, *, past: bool) -> dict[str, Any]:
    row = i18n.measures().loc[kind]
    cuts = queries.breaks(kind, frame["value"])
    return {
        "values": or_null(frame["value"]),
        "label": measure_label(kind, unit=False),
        "title": measure_label(kind),
        "unit": unit_text(str(row["unit"])),
        "digits": int(row["digits"]),
        "year_text": _year_text(year, frame, past=past),
        **legend(kind, cuts, lowest=float(frame["value"].min())),
    }


def _year_text(year: int, frame: pd.DataFrame, *, past: bool) -> str:
    if not past:
        return t("{year} forecast, median", year=i18n.year_text(year))
    if year != queries.NEWEST:
        return i18n.year_text(year)
    years = frame.loc[frame["value"].notna(), "year"].astype(int)
    if years.empty:
        return t("Newest value of each cell")
    first, last = int(years.min()), int(years.max())
    return t("newest value of each cell, {years}", years=str(first) if first == last else f"{first} – {last}")


def legend(kind: str, cuts: list[float], *, lowest: float) -> dict[str, Any]:
    """
    Return class borders, their colours and texts, and the note that says where the borders come from.

    Parameters
    ----------
    lowest
        Smallest value shown; without borders it is the only one.
    """
    limit = queries.limits_in_force(kind)
    if limit is not None:
        return _graded(limit, cuts)
    digits = int(i18n.measures().loc[kind, "digits"])
    marks = [number(c, digits) for c in cuts]
    inner = [f"{a} – {b}" for a, b in zip(marks, marks[1:], strict=False)]
    one = t("{value} everywhere", value=number(lowest, digits))
    classes = [f"< {marks[0]}", *inner, f"≥ {marks[-1]}"] if marks else [one]
    places = np.linspace(0, len(SEQUENCE) - 1, len(classes)).round().astype(int)
    return {"breaks": cuts, "colours": [SEQUENCE[p] for p in places], "classes": classes, "note": _note(len(classes))}


def _graded(limit: pd.Series, cuts: list[float]) -> dict[str, Any]:
    """Return the legend of a kind with limits, the smallest values first; the limits themselves are fair."""
    low, high = (limit_text(cut) for cut in cuts)
    grades = [(t("Good"), ui.GOOD), (t("Fair"), ui.FAIR), (t("Poor"), ui.POOR)]
    if limit["worse"] == "low":
        grades.reverse()
    words, colours = zip(*grades, strict=True)
    ranges = [f"< {low}", f"{low} – {high}", f"> {high}"]
    return {
        # a class begins at its border: the next number above keeps the upper limit in the middle one
        "breaks": [cuts[0], float(np.nextafter(cuts[1], np.inf))],
        "colours": list(colours),
        "classes": [f"{word}  {span}" for word, span in zip(words, ranges, strict=True)],
        "note": t("Limits: {source}; {status}", source=t(str(limit["source"])), status=t(str(limit["status"]))),
    }


def limit_text(value: float) -> str:
    """Return a limit with two decimals, or three where it would not be itself with two (95 in/mi are 1.499 m/km)."""
    return number(value, 2 if abs(value - round(value, 2)) < 1e-6 else 3)


def _note(classes: int) -> str:
    """Return where the borders of a kind without limits come from."""
    if classes == len(SEQUENCE):
        return t("Classes: fifths of the cells shown; no limit is set for this measure")
    if classes > 1:
        return t("{count} classes, for many cells have equal values; no limit is set for this measure", count=classes)
    return t("All cells with a value have the same one; no limit is set for this measure")


def _bands(frame: pd.DataFrame, *, past: bool) -> dict[str, Any]:
    if not past:
        return {"low": or_null(frame["low"]), "high": or_null(frame["high"])}
    quality = frame["quality"] if "quality" in frame else pd.Series("", index=frame.index)
    words = [ui.quality_text(q) if isinstance(q, str) else "" for q in quality]
    return {"quality": words, "surveyed": _surveyed(frame)}


def _surveyed(frame: pd.DataFrame) -> list[str]:
    """Return the day of each value, its year where the day is not known; empty where there is no value."""
    nothing = pd.Series(pd.NaT, index=frame.index)
    days = pd.to_datetime(frame.get("surveyed_on", nothing)).dt.strftime("%Y-%m-%d")
    years = frame["year"].astype("Int64").astype(object)
    return [
        "" if pd.isna(value) else str(year) if pd.isna(day) else str(day)
        for value, year, day in zip(frame["value"], years, days, strict=True)
    ]


@queries.kept
def _shown_images(context: Context) -> frozenset[str]:
    """Return the hashes that pages may show: frames and photos, never packages or models."""
    frames = queries.table(context, "frames")
    return _hashes(frames, ("image", "overlay")) | _photos(context)


@queries.kept
def _photos(context: Context) -> frozenset[str]:
    """Return the hashes of the photos of records: people and number plates may be on them."""
    return _hashes(queries.table(context, "distress"), ("photo", "repair_photo"))


def _hashes(frame: pd.DataFrame, columns: tuple[str, ...]) -> frozenset[str]:
    known = [frame[c].dropna().astype(str) for c in columns if len(frame) and c in frame]
    return frozenset(pd.concat(known)) if known else frozenset()


def photos_blurred(context: Context) -> bool:
    """Return whether the person of this request sees photos of records blurred only (W12)."""
    # any word but the one that says so leaves them blurred
    return context.settings["photos"] != "keep" and not guard.allowed("photos")


@queries.kept
def _blurred(context: Context, sha256: str) -> bytes:
    from ingest.imagery.parameters import parameters
    from ingest.imagery.privacy import blurred_photo

    return blurred_photo(objects.read(context.store, sha256), values=parameters())


def _image(context: Context, sha256: str) -> Response:
    guard.checked_id(sha256, pattern=guard.SHA256)
    if sha256 not in _shown_images(context):
        abort(404)
    path = objects.path(context.store, sha256)
    if not path.is_file():
        abort(404)
    photo = sha256 in _photos(context)
    if photo and photos_blurred(context):
        response = Response(_blurred(context, sha256), mimetype="image/jpeg")
        response.headers["Cache-Control"] = _ASK_AGAIN
        return response
    with path.open("rb") as stream:
        head = stream.read(4)
    kind = next((k for magic, k in _KINDS_OF_IMAGE.items() if head.startswith(magic)), None)
    if kind is None:
        abort(404)
    response = send_file(path.resolve(), mimetype=kind, conditional=True, etag=sha256)
    response.headers["Cache-Control"] = _ASK_AGAIN if photo else "private, max-age=3600"
    return response
