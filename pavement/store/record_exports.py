"""The agency's own records out again: a package of sheets and photos that any store, this one too, takes in."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd

from pavement.errors import StoreError
from pavement.network.chainage import DIRECTION_NAMES
from pavement.network.routes import route_name
from pavement.schema import labels, read_table, schema
from pavement.store import exports, objects, published
from pavement.store.database import Store
from pavement.store.files import safe_text, whole

TABLES = ("sections", "works", "performance", "distress")
_PERFORMANCE = ("iri", "prqi", "aari", "friction_sn", "ism")
_PHOTOS = ("photo", "repair_photo")
_PLACES = {
    "from_m": ("起點里程", "from_chainage"),
    "to_m": ("終點里程", "to_chainage"),
    "measure_m": ("里程", "chainage"),
}


def record_export(store: Store, out: Path, *, language: str = "zh_TW") -> Path:
    """
    Write road basics, construction history, performance tests and distress records, with their photos, as one zip.

    A CSV sheet each, under the headings of one language and posted chainage, and a manifest: what the present system
    records, in a shape that ``pavement ingest`` takes. Text that a spreadsheet could take for a formula gets a
    leading ``'``.

    Raises
    ------
    StoreError
        The suffix is not .zip, there is no record at all, or a photo is damaged.
    """
    if out.suffix.lower() != ".zip":
        raise StoreError(f"{out.name}: records go into a zip.", cure="Name a file that ends in .zip.")
    frames = {name: _rows(store, name) for name in TABLES}
    held = {name: frame for name, frame in frames.items() if len(frame)}
    if not held:
        raise StoreError("The store holds no records of the agency.", cure="Ingest some first.")
    photos = _photos(held.get("distress"))
    notes = exports.basis(store)
    with whole(out) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.toml", _manifest(list(held), notes, with_photos=bool(photos)))
        for name, frame in held.items():
            archive.writestr(f"{name}.csv", _sheet(frame, name, language=language))
        for name, digest in photos.items():
            archive.writestr(name, objects.read(store, digest))
    return out


def _rows(store: Store, name: str) -> pd.DataFrame:
    if name != "performance":
        return published.table(store, name).drop(columns="run")
    kinds = [("kind", "in", list(_PERFORMANCE)), ("quality", "==", "recorded")]
    events = published.table(store, "events", filters=kinds)
    place = [c for c in schema(name).index if c not in _PERFORMANCE]
    wide = events.pivot_table(index=place, columns="kind", values="value", aggfunc="last").reset_index()
    return wide.rename_axis(columns=None).reindex(columns=list(schema(name).index))


def _photos(distress: pd.DataFrame | None) -> dict[str, str]:
    """Return the file name of each photo and its hash."""
    if distress is None:
        return {}
    found = pd.concat([distress[c] for c in _PHOTOS]).dropna()
    return {_photo(digest): digest for digest in sorted(set(found) - {""})}


def _photo(digest: str) -> str:
    return f"photos/{digest[:16]}.jpg" if digest else ""


def _sheet(frame: pd.DataFrame, name: str, *, language: str) -> str:
    zh = language.startswith("zh")
    shown = frame.assign(**{c: frame[c].fillna("").map(_photo) for c in _PHOTOS if c in frame})
    words = labels(name, language=language)
    for column, heads in _PLACES.items():
        if column in shown:
            shown[column] = shown[column].map(_chainage)
            words[column] = heads[0 if zh else 1]
    if zh:
        shown["route"] = shown["route"].map(route_name)
        shown["direction"] = shown["direction"].map(DIRECTION_NAMES["zh_TW"]).fillna(shown["direction"])
    if "treatment" in shown:
        names = read_table("treatments").set_index("treatment")["zh" if zh else "en"]
        shown["treatment"] = shown["treatment"].map(names).fillna(shown["treatment"])
    for column in shown.select_dtypes("datetime").columns:
        shown[column] = shown[column].dt.strftime("%Y-%m-%d")
    for column in shown.select_dtypes(exclude="number").columns:
        shown[column] = shown[column].map(safe_text)
    text = io.StringIO()
    shown.rename(columns=words).to_csv(text, index=False, lineterminator="\r\n")
    return "\ufeff" + text.getvalue()


def _chainage(measure: float) -> str:
    """Return a measure as posted, to the millimetre where it needs that."""
    kilometre, rest = divmod(round(measure * 1000), 1_000_000)
    metres = f"{rest / 1000:07.3f}".rstrip("0").rstrip(".")
    return f"{kilometre}k+{metres}"


def _manifest(names: list[str], notes: dict[str, Any], *, with_photos: bool) -> str:
    moment = notes["written"].replace("+00:00", "Z")
    survey = {
        "id": "agency-records",
        "title": f"匯出之紀錄 Exported records (data version {notes['data version']})",
        "operator": "export",
        "vehicle": "records",
        "crs": notes["crs"],
    }
    lines = ["format = 1", "", "[survey]", *(f"{k} = {json.dumps(v, ensure_ascii=False)}" for k, v in survey.items())]
    lines += [f"started = {moment}", f"ended = {moment}"]
    for name in names:
        lines += ["", "[[data]]", f'kind = "{name}"', f'file = "{name}.csv"']
        if name == "distress" and with_photos:
            lines.append('photos = "photos/*.jpg"')
    return "\n".join(lines) + "\n"
