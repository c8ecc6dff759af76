"""Upload of survey packages: pieces streamed to a file in quarantine, then a job that ingests it."""

from __future__ import annotations

import json
import secrets
import shutil
import time
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, jsonify, request
from flask_login import current_user

from dashboard import guard, jobs
from dashboard.context import Context
from dashboard.i18n import t
from pavement.store import jobs as store_jobs
from pavement.store.database import Store

CHUNK = 16 * 2**20
_READ = 2**20
_PART_AGE = 3600.0
# between the file's last change of name and its job's row in the queue [s]
_HANDOVER = 60.0
_OPEN_UPLOADS = 20


def register(server: Flask, context: Context) -> None:
    """Add the upload routes to the server."""
    add = server.add_url_rule
    add("/uploads", "upload_begin", lambda: _begin(context), methods=["POST"])
    add("/uploads/<name>", "upload_state", lambda name: _state(context, name), methods=["GET"])
    add("/uploads/<name>", "upload_piece", lambda name: _piece(context, name), methods=["PUT"])
    add("/uploads/<name>", "upload_drop", lambda name: _drop(context, name), methods=["DELETE"])
    add("/uploads/<name>/done", "upload_done", lambda name: _done(context, name), methods=["POST"])


def folder(context: Context) -> Path:
    """Return the folder of unfinished and waiting uploads."""
    place = context.settings.home / "uploads"
    place.mkdir(parents=True, exist_ok=True)
    return place


def remove_stale(place: Path, *, now: float | None = None, age: float = _PART_AGE) -> int:
    """Remove parts that nobody has added to for an hour; return how many. ``age`` in [s]."""
    now = time.time() if now is None else now
    stale = [f for f in place.glob("*.part") if now - f.stat().st_mtime > age]
    for part in stale:
        part.unlink(missing_ok=True)
        part.with_suffix(".json").unlink(missing_ok=True)
    return len(stale)


def remove_orphans(place: Path, store: Store, *, now: float | None = None) -> int:
    """Remove packages that no open job will read: of a worker that was killed, or a job cancelled in the queue."""
    # an upload that has just arrived gets its job in the next moment
    until = (time.time() if now is None else now) - _HANDOVER
    arrived = [f for f in place.glob("*.zip") if f.stat().st_ctime < until]
    waiting = {job.arguments.get("file") for job in store_jobs.listing(store, states=store_jobs.OPEN, limit=100_000)}
    orphans = [f for f in arrived if f.name not in waiting]
    for package in orphans:
        package.unlink(missing_ok=True)
    return len(orphans)


def _refused(text: str, status: int, **more: Any) -> Response:
    response = jsonify(error=text, **more)
    response.status_code = status
    return response


def _begin(context: Context) -> Response:
    request.max_content_length = 16 * 1024
    asked = request.get_json(silent=True)
    if not isinstance(asked, dict) or not isinstance(asked.get("size"), int) or isinstance(asked["size"], bool):
        abort(400)
    size, name = asked["size"], str(asked.get("name", ""))[:200]
    limit = context.settings["upload_limit"]
    if size > limit:
        text = t("The package is larger than the limit of {limit} MB (setting upload_limit).", limit=limit // 2**20)
        return _refused(text, 413)
    if size <= 0:
        return _refused(t("The file is empty."), 400)
    if not name.lower().endswith(".zip"):
        return _refused(t("Choose a .zip file."), 400)
    place = folder(context)
    remove_stale(place)
    free, reserve = shutil.disk_usage(place).free, context.settings["disk_reserve"]
    if size > free - reserve:
        text = t(
            "The disk of the store has {free} MB free, of which {reserve} MB must stay (setting disk_reserve). "
            "Make room, then send it again.",
            free=free // 2**20,
            reserve=reserve // 2**20,
        )
        return _refused(text, 507)
    if len(list(place.glob("*.part"))) >= _OPEN_UPLOADS:
        return _refused(t("Too many uploads are open; wait until one is finished."), 429)
    key = secrets.token_hex(16)
    (place / f"{key}.json").write_text(json.dumps({"name": name, "size": size, "user": current_user.name}))
    (place / f"{key}.part").touch()
    return jsonify(id=key, piece=CHUNK)


def _open_part(context: Context, name: str) -> tuple[Path, dict[str, Any]]:
    guard.checked_id(name)
    part = folder(context) / f"{name}.part"
    if not part.is_file():
        abort(404)
    about = json.loads(part.with_suffix(".json").read_text())
    # one person's upload is nobody else's business
    if about["user"] != current_user.name:
        abort(404)
    return part, about


def _state(context: Context, name: str) -> Response:
    part, about = _open_part(context, name)
    return jsonify(received=part.stat().st_size, size=about["size"])


def _piece(context: Context, name: str) -> Response:
    part, about = _open_part(context, name)
    request.max_content_length = CHUNK
    length, received = request.content_length, part.stat().st_size
    if length is None or length > CHUNK:
        return _refused(t("A piece is larger than allowed."), 413)
    if request.args.get("offset", type=int) != received:
        return _refused(t("The pieces are out of order."), 409, received=received)
    if received + length > about["size"]:
        return _refused(t("More was sent than announced."), 413)
    try:
        with part.open("ab") as stream:
            while data := request.stream.read(_READ):
                stream.write(data)
    except OSError as error:
        # what arrived so far stays: the browser asks where to go on
        return _refused(t("The server cannot keep the file: {cause}", cause=error.strerror or "?"), 507)
    return jsonify(received=part.stat().st_size)


def _drop(context: Context, name: str) -> Response:
    part, _ = _open_part(context, name)
    part.unlink(missing_ok=True)
    part.with_suffix(".json").unlink(missing_ok=True)
    return jsonify(removed=True)


def _done(context: Context, name: str) -> Response:
    part, about = _open_part(context, name)
    if part.stat().st_size != about["size"]:
        return _refused(t("The file has not arrived whole."), 409, received=part.stat().st_size)
    package = part.with_suffix(".zip")
    part.rename(package)
    part.with_suffix(".json").unlink(missing_ok=True)
    job = jobs.ask(context.store, "ingest", {"file": package.name, "name": about["name"]}, user=current_user.name)
    return jsonify(job=job)
