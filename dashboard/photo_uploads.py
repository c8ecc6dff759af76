"""Photos from a phone: received alone, freed of EXIF at once, kept aside until the report that names them is sent."""

from __future__ import annotations

import secrets
import time
from pathlib import Path

from flask import Flask, Response, abort, jsonify, request
from flask_login import current_user

from dashboard import guard, i18n, queries
from dashboard.context import Context
from dashboard.fault_words import fault_words
from dashboard.i18n import number, t
from ingest.exif_position import PhotoPlace, photo_place
from ingest.nearby import Near, nearby
from ingest.network import OPTIONAL, TABLES, Network, known_network
from pavement.errors import ImageError
from pavement.network.chainage import posted_measure
from pavement.store import published

_KEPT = 3600.0
_WAITING = 200


def register(server: Flask, context: Context) -> None:
    """Add the route that takes a photo."""
    server.add_url_rule("/reports/photos", "report_photo", lambda: _received(context), methods=["POST"])


def folder(context: Context) -> Path:
    """Return the folder of photos whose report has not been sent yet."""
    place = context.settings.home / "uploads" / "photos"
    place.mkdir(parents=True, exist_ok=True)
    return place


def taken(context: Context, key: str) -> bytes | None:
    """Return the photo of a key that this person has sent, and forget it; None for an empty key."""
    if not key:
        return None
    guard.checked_id(key)
    file = _file(context, key)
    if not file.is_file():
        abort(404)
    content = file.read_bytes()
    file.unlink(missing_ok=True)
    return content


def remove_stale(place: Path, *, now: float | None = None) -> int:
    """Remove photos whose report was not sent within the hour; return how many."""
    now = time.time() if now is None else now
    stale = [f for f in place.glob("*.jpg") if now - f.stat().st_mtime > _KEPT]
    for file in stale:
        file.unlink(missing_ok=True)
    return len(stale)


def _file(context: Context, key: str) -> Path:
    # one person's photo is nobody else's business
    return folder(context) / f"{key}-{current_user.name.encode().hex()[:120]}.jpg"


def _received(context: Context) -> Response:
    from ingest.imagery.frames import strip_exif

    limit = int(context.settings["photo_limit"])
    request.max_content_length = limit
    if (request.content_length or 0) > limit:
        text = t("The photo is larger than the limit of {limit} MB (setting photo_limit).", limit=limit // 2**20)
        return _refused(text, 413)
    place = folder(context)
    remove_stale(place)
    if len(list(place.glob("*.jpg"))) >= _WAITING:
        return _refused(t("Too many uploads are open; wait until one is finished."), 429)
    data = request.get_data()
    try:
        photo = strip_exif(data, name=t("The photo"))
    except ImageError as error:
        # cures of frames name the vehicle and the camera file: here it is somebody's telephone
        cure = t("Take the photo again or choose another, as JPEG or PNG.")
        return _refused(f"{fault_words(error.message)} {cure}", 400)
    key = secrets.token_hex(16)
    _file(context, key).write_bytes(photo)
    told = photo_place(data)
    return jsonify(photo=key, day="" if told.day is None else told.day.isoformat(), **_where(context, told))


def _refused(text: str, status: int) -> Response:
    response = jsonify(error=text)
    response.status_code = status
    return response


@queries.kept
def network(context: Context) -> Network:
    """Return the network on which reports are located."""
    return known_network({name: published.table(context.store, name) for name in (*TABLES, *OPTIONAL)})


def _where(context: Context, told: PhotoPlace) -> dict[str, object]:
    """Return the places that the photo's position may mean, and what to say of them."""
    if told.longitude is None or told.latitude is None:
        return {"places": [], "said": t("The photo tells no position: write the chainage.")}
    found = nearby(network(context), told.longitude, told.latitude)
    if not found:
        return {"places": [], "said": t("The photo was taken on no route of the network: write the chainage.")}
    listed = t(", ").join(_place_text(near) for near in found)
    said = t("Position by the photo: {places}.", places=listed)
    if len(found) > 1:
        said += " " + t("Say which direction.")
    places = [{"way": f"{n.route} {n.direction}", "chainage": posted_measure(n.measure_m)} for n in found]
    return {"places": places, "said": said}


def _place_text(near: Near) -> str:
    road = f"{i18n.route_label(near.route)} {posted_measure(near.measure_m)} {i18n.direction_text(near.direction)}"
    return t("{road} ({distance} m off)", road=road, distance=number(near.distance_m))
