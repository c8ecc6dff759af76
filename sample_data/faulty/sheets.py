"""Sheets with faults that cost a row, or the whole sheet where rows cannot be trusted."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sample_data.faulty.register import EVENTS, HEADER, ROWS, changed, fault, package, sheet
from sample_data.freeway import freeway
from sample_data.manifest import MANIFEST, sha256
from sample_data.surroundings import write_network


def _with(folder: Path, name: str, *rows: str) -> Path:
    """Return a package of four sound rows and some that are not."""
    return package(folder / name, {"events.csv": sheet((*ROWS, *rows))})


@fault("T1", "refused", "byte")
def utf16(folder: Path) -> Path:
    """T1: the sheet is UTF-16 and the manifest does not say so; refused, naming the byte."""
    return package(folder / "utf16", {"events.csv": sheet().encode("utf-16")})


@fault("T2", "refused", "delimiter")
def semicolons(folder: Path) -> Path:
    """T2: columns are parted by semicolons and the manifest does not say so; refused, not half read."""
    return package(folder / "semicolons", {"events.csv": sheet().replace(",", ";")})


@fault("T3", "published", "has 9 fields")
def ragged_row(folder: Path) -> Path:
    """T3: row 6 has a field too few; that row is listed, nothing is shifted, the others are published."""
    return _with(folder, "ragged-row", "N99,S,2,10100,10200,iri,1.4,vendor survey,measured")


@fault("T4", "refused", "Value")
def duplicate_column(folder: Path) -> Path:
    """T4: two columns have one name but for case; refused."""
    rows = [f"{row},1" for row in ROWS]
    return package(folder / "duplicate-column", {"events.csv": sheet(rows, header=f"{HEADER},Value")})


@fault("T5", "refused", "value")
def missing_column(folder: Path) -> Path:
    """T5: the column value is called reading; refused with the columns found and the mapping to add."""
    return package(folder / "missing-column", {"events.csv": sheet(header=HEADER.replace("value", "reading"))})


@fault("T7", "published", "-999")
def marker_as_number(folder: Path) -> Path:
    """T7: -999 stands for a missing value that the schema does not know; that row is refused."""
    return _with(folder, "marker-as-number", "N99,S,2,10100,10200,iri,-999,vendor survey,measured,2024-03-04")


@fault("T8", "published", "400")
def out_of_range(folder: Path) -> Path:
    """T8: an IRI of 400 and one of -1; both rows are refused with the limit, the others are published."""
    rows = [f"N99,S,2,{m},{m + 100},iri,{v},vendor survey,measured,2024-03-04" for m, v in ((10100, 400), (10200, -1))]
    return _with(folder, "out-of-range", *rows)


@fault("T9", "refused", "in/mi")
def inches_per_mile(folder: Path) -> Path:
    """T9: IRI in in/mi under a column of m/km; refused, for a median of 80 looks like in/mi."""
    header = "route,direction,lane,from_m,to_m,surveyed_on,iri"
    rows = [f"N99,S,1,{m},{m + 100},2021-10-12,{62 + (m - 10000) // 25}" for m in range(10000, 10900, 100)]
    data = [{"kind": "performance", "file": "performance.csv"}]
    return package(folder / "inches-per-mile", {"performance.csv": sheet(rows, header=header)}, data=data)


@fault("T10", "published", "1e400")
def infinite(folder: Path) -> Path:
    """T10: a value of 1e400; that row is refused."""
    return _with(folder, "infinite", "N99,S,2,10100,10200,iri,1e400,vendor survey,measured,2024-03-04")


@fault("T11", "published", "total")
def totals_line(folder: Path) -> Path:
    """T11: the header again in mid-file, and a line of totals; both are listed and left out."""
    return _with(folder, "totals-line", HEADER, "total,,,,,iri,5.05,,,")


@fault("T15", "published", "N77")
def unknown_route(folder: Path) -> Path:
    """T15: a route the network does not have; that row is refused, naming the nearest known one."""
    return _with(folder, "unknown-route", "N77,S,2,10100,10200,iri,1.4,vendor survey,measured,2024-03-04")


@fault("T15", "published", "friction")
def unknown_kind(folder: Path) -> Path:
    """T15: a kind of measure that is not in the table; that row is refused."""
    return _with(folder, "unknown-kind", "N99,S,2,10100,10200,friction,51,vendor survey,measured,2024-03-04")


@fault("T18", "published", "no rows")
def header_only(folder: Path) -> Path:
    """T18: a sheet with a header and no rows beside a sound one; accepted as empty, and said."""
    header = "route,direction,lane,from_m,to_m,layer,kind,thickness_mm"
    files = {"events.csv": sheet(), "layers.csv": f"{header}\n"}
    return package(folder / "header-only", files, data=[EVENTS, {"kind": "layers", "file": "layers.csv"}])


@fault("G6", "published", "10300")
def start_after_end(folder: Path) -> Path:
    """G6: a stretch that starts after its end, and one of no length; refused, never turned round."""
    rows = [f"N99,S,2,{a},{b},iri,1.4,vendor survey,measured,2024-03-04" for a, b in ((10300, 10200), (10400, 10400))]
    return _with(folder, "start-after-end", *rows)


@fault("G6", "published", "12500")
def beyond_the_end(folder: Path) -> Path:
    """G6: a stretch that runs past the end of the route; refused, never cut."""
    return _with(folder, "beyond-the-end", "N99,S,2,11900,12500,iri,1.4,vendor survey,measured,2024-03-04")


@fault("D1", "published", "25/04/2021")
def day_first_date(folder: Path) -> Path:
    """D1: a date written day first; that row is refused, not guessed."""
    return _with(folder, "day-first-date", "N99,S,2,10100,10200,iri,1.4,vendor survey,measured,25/04/2021")


@fault("D3", "published", "future")
def future_date(folder: Path) -> Path:
    """D3: a value surveyed in a year yet to come; that row is refused."""
    later = dt.date.today().year + 3
    return _with(folder, "future-date", f"N99,S,2,10100,10200,iri,1.4,vendor survey,measured,{later}-03-04")


@fault("G1", "refused", "CRS")
def another_crs(folder: Path) -> Path:
    """G1: the routes say one CRS and the manifest another; refused, for neither can be trusted."""
    path = write_network(folder / "another-crs", freeway("small", seed=1))
    changed(path / MANIFEST, "EPSG:3826", "EPSG:4326")
    return path


@fault("G2", "refused", "EPSG:4326")
def metres_as_degrees(folder: Path) -> Path:
    """G2: a network in metres that is said to be in degrees; refused by where it would lie."""
    path = write_network(folder / "metres-as-degrees", freeway("small", seed=1))
    changed(path / MANIFEST, "EPSG:3826", "EPSG:4326")
    return _redrawn(path, lambda routes: {k: v for k, v in routes.items() if k != "crs"})


@fault("G3", "refused", "no length")
def lines_of_no_length(folder: Path) -> Path:
    """G3: the line of every route is one point twice; each is refused with its id, so nothing is left."""

    def shrunk(routes: dict[str, Any]) -> dict[str, Any]:
        for feature in routes["features"]:
            feature["geometry"]["coordinates"] = [feature["geometry"]["coordinates"][0]] * 2
        return routes

    return _redrawn(write_network(folder / "lines-of-no-length", freeway("small", seed=1)), shrunk)


def _redrawn(path: Path, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Path:
    """Return a network package whose routes were changed and hashed anew."""
    routes = path / "routes.geojson"
    before = sha256(routes)
    routes.write_text(json.dumps(change(json.loads(routes.read_text(encoding="utf-8")))), encoding="utf-8")
    changed(path / MANIFEST, before, sha256(routes))
    return path
