"""The agency's own records out again: a package of sheets and photos that any store, this one too, takes in."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from pavement.errors import StoreError
from pavement.network.chainage import DIRECTION_NAMES
from pavement.network.chainage_equations import posted_of_measures
from pavement.network.routes import route_name
from pavement.schema import labels, read_table, schema
from pavement.store import exports, objects, published, runs
from pavement.store.database import Store
from pavement.store.files import safe_text, whole, workbook

TABLES = ("sections", "works", "performance", "distress")
SHEETS = ("csv", "xlsx")
_UNVERIFIED = "unverified"
# the method of performance tests where the manifest names none
RECORD_METHOD = "agency record"
_PERFORMANCE = ("iri", "prqi", "aari", "friction_sn", "ism")
_PHOTOS = ("photo", "repair_photo")
_PLACES = {
    "from_m": ("起點里程", "From chainage"),
    "to_m": ("終點里程", "To chainage"),
    "measure_m": ("里程", "Chainage"),
}


@dataclass(frozen=True)
class _Part:
    """A sheet of the export: the table its rows are of, the options they are read with, whether its hash is told."""

    table: str
    rows: pd.DataFrame
    options: dict[str, Any]
    hashed: bool = True
    suffix: str = "csv"

    def file(self, name: str) -> str:
        """Return the name of its file."""
        return f"{name}.{self.suffix}"


def record_export(store: Store, out: Path, *, language: str = "zh_TW", sheets: str = "csv") -> Path:
    """
    Write road basics, construction history, performance tests and distress records, with their photos, as one zip.

    Sheets under the headings of one language and posted chainage, and a manifest: what the present system records, in
    a shape that ``pavement ingest`` takes. In CSV, text that a spreadsheet could take for a formula gets a leading
    ``'``, which the manifest tells and ``pavement ingest`` takes away; cells of a workbook are typed text. Performance
    tests stand in one sheet for each method; those that once came without a hash stay unverified, for the manifest
    gives no hash of their sheet.

    Parameters
    ----------
    sheets
        ``csv`` or ``xlsx``.

    Raises
    ------
    StoreError
        The suffix is not .zip, sheets of another kind, there is no record at all, or a photo is damaged.
    """
    if sheets not in SHEETS:
        raise StoreError(f"Records are not written as {sheets!r}.", cure=f"Write {' or '.join(SHEETS)}.")
    if out.suffix.lower() != ".zip":
        raise StoreError(f"{out.name}: records go into a zip.", cure="Name a file that ends in .zip.")
    held = {name: replace(part, suffix=sheets) for name, part in _parts(store).items()}
    if not held:
        raise StoreError("The store holds no records of the agency.", cure="Ingest some first.")
    photos = _photos(held.get("distress"))
    equations = published.table(store, "chainage")
    files = {part.file(name): _sheet(part, equations, language=language) for name, part in held.items()}
    files |= {name: objects.read(store, digest) for name, digest in photos.items()}
    with whole(out) as target, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.toml", _manifest(held, files, exports.basis(store), with_photos=bool(photos)))
        for name, content in files.items():
            archive.writestr(name, content)
    return out


def _parts(store: Store) -> dict[str, _Part]:
    """Return the sheets that have rows, by the name of their file."""
    tables = [name for name in TABLES if name != "performance"]
    parts = {name: _Part(name, published.table(store, name).drop(columns="run"), {}) for name in tables}
    return {name: part for name, part in (parts | _performance(store)).items() if len(part.rows)}


def _performance(store: Store) -> dict[str, _Part]:
    """Return the performance tests on record, a sheet for each method and quality."""
    events = published.table(store, "events", filters=[("kind", "in", list(_PERFORMANCE))])
    known = pd.MultiIndex.from_tuples(_methods_of_records(store), names=["run", "method"])
    events = events[pd.MultiIndex.from_frame(events[["run", "method"]].astype(str)).isin(known)]
    columns = list(schema("performance").index)
    place = [c for c in columns if c not in _PERFORMANCE]
    parts = {}
    for at, ((method, quality), rows) in enumerate(events.groupby(["method", "quality"], observed=True)):
        wide = rows.pivot_table(index=place, columns="kind", values="value", aggfunc="last", observed=True)
        wide = wide.reset_index().rename_axis(columns=None).reindex(columns=columns)
        name = f"performance-{at + 1}" if at else "performance"
        parts[name] = _Part("performance", wide, {"method": str(method)}, hashed=quality != _UNVERIFIED)
    return parts


def _methods_of_records(store: Store) -> list[tuple[str, str]]:
    """Return run and method of every performance sheet on record; what a vehicle measured has methods of its own."""
    known = runs.runs(store)
    return [
        (str(run), str(data["options"].get("method", RECORD_METHOD)))
        for run, manifest in zip(known["run"], known["manifest"], strict=True)
        for data in json.loads(manifest).get("data", [])
        if data["kind"] == "performance"
    ]


def _photos(distress: _Part | None) -> dict[str, str]:
    """Return the file name of each photo and its hash."""
    if distress is None:
        return {}
    found = pd.concat([distress.rows[c] for c in _PHOTOS]).dropna()
    return {_photo(digest): digest for digest in sorted(set(found) - {""})}


def _photo(digest: str) -> str:
    return f"photos/{digest[:16]}.jpg" if digest else ""


def _sheet(part: _Part, equations: pd.DataFrame, *, language: str) -> bytes:
    shown = _in_words(part, equations, language=language)
    if part.suffix == "xlsx":
        return workbook(shown)
    for column in shown.select_dtypes(exclude="number").columns:
        shown[column] = shown[column].map(safe_text)
    text = io.StringIO()
    shown.to_csv(text, index=False, lineterminator="\r\n")
    return ("\ufeff" + text.getvalue()).encode()


def _in_words(part: _Part, equations: pd.DataFrame, *, language: str) -> pd.DataFrame:
    """Return the rows of a sheet as people read them: headings and names of one language, posted chainage."""
    frame, name, zh = part.rows, part.table, language.startswith("zh")
    shown = frame.assign(**{c: frame[c].fillna("").map(_photo) for c in _PHOTOS if c in frame})
    words = labels(name, language=language)
    for column, heads in _PLACES.items():
        if column in shown:
            signs = posted_of_measures(
                frame[["route", "direction"]].assign(measure=frame[column]),
                equations,
                end="end" if column == "to_m" else "start",
            )
            shown[column] = signs["posted"].map(_chainage) + signs["piece"]
            words[column] = heads[0 if zh else 1]
    if zh:
        shown["route"] = shown["route"].map(route_name)
        shown["direction"] = shown["direction"].map(DIRECTION_NAMES["zh_TW"]).fillna(shown["direction"])
    if "treatment" in shown:
        names = read_table("treatments").set_index("treatment")["zh" if zh else "en"]
        shown["treatment"] = shown["treatment"].map(names).fillna(shown["treatment"])
    for column in shown.select_dtypes("datetime").columns:
        shown[column] = shown[column].dt.strftime("%Y-%m-%d")
    return shown.rename(columns=words)


def _chainage(measure: float) -> str:
    """Return a measure as posted, to the millimetre where it needs that."""
    kilometre, rest = divmod(round(measure * 1000), 1_000_000)
    metres = f"{rest / 1000:07.3f}".rstrip("0").rstrip(".")
    return f"{kilometre}k+{metres}"


def _manifest(held: dict[str, _Part], files: dict[str, bytes], notes: dict[str, Any], *, with_photos: bool) -> str:
    moment = notes["written"].replace("+00:00", "Z")
    survey = {
        "id": "agency-records",
        "title": f"匯出之紀錄 Exported records (data version {notes['data version']})",
        "operator": "export",
        "vehicle": "records",
        "crs": notes["crs"],
    }
    lines = ["format = 1", "", "[survey]", *(f"{k} = {_toml(v)}" for k, v in survey.items())]
    lines += [f"started = {moment}", f"ended = {moment}"]
    for name, part in held.items():
        lines += ["", "[[data]]", f'kind = "{part.table}"', f'file = "{part.file(name)}"']
        if name == "distress" and with_photos:
            lines.append('photos = "photos/*.jpg"')
        disarmed = ["disarmed = true"] if part.suffix == "csv" else []
        lines += ["[data.options]", *disarmed, *(f"{k} = {_toml(v)}" for k, v in part.options.items())]
    unhashed = {part.file(name) for name, part in held.items() if not part.hashed}
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in files.items() if name not in unhashed}
    lines += ["", "[sha256]", *(f'"{name}" = "{digest}"' for name, digest in hashes.items())]
    return "\n".join(lines) + "\n"


def _toml(text: str) -> str:
    # a string of JSON is one of TOML too
    return json.dumps(text, ensure_ascii=False)
