"""Exports of what was measured: segment table, cracks by zone, homogeneous sections, each saying what it rests on."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from pavement.condition.crack_zones import cell_zones
from pavement.condition.latest_values import latest_values
from pavement.errors import StoreError
from pavement.network.chainage import posted
from pavement.network.chainage_equations import End, posted_of_measures
from pavement.network.homogeneous_sections import homogeneous_sections, section_table
from pavement.schema import labels, measures, read_table, schema, with_unit
from pavement.store import audit, published, registry, segments
from pavement.store.basis_words import basis_in_words, rows_in_words
from pavement.store.database import Store
from pavement.store.files import checked_format, write_csv, write_geopackage, write_xlsx
from pavement.store.overlap_words import also_posted
from pavement.store.print_sheet import PrintSheet
from pavement.store.runs import data_version, runs
from pavement.store.section_words import sections_in_words

_PLACE = ("route", "direction", "lane", "from_m", "to_m")
# columns of each CSV row, which travels without the note beside it
_ROW_NOTES = {"data version": "資料版本", "audit head": "稽核鏈"}
# columns that exports add to the table of actions: name in Chinese and English, meaning in Chinese and English
BESIDE = {
    "from_posted": ("起點", "From (posted)", "起點樁號，含路線與方向", "Start as posted, with route and direction"),
    "to_posted": ("終點", "To (posted)", "終點樁號，含路線與方向", "End as posted, with route and direction"),
    "status_reason": (
        "狀態理由",
        "Reason of status",
        "設定此狀態之理由；尚未設定者留白",
        "Why somebody set the status; empty while nobody has",
    ),
    "status_code": (
        "理由類別",
        "Kind of reason",
        "理由之類別（decision_reasons.csv）；未填者留白",
        "Kind of the reason (decision_reasons.csv); may be empty",
    ),
    "status_by": ("狀態設定者", "Status set by", "設定此狀態之人員", "Who set the status"),
    "status_at": ("狀態設定時間", "Status set at", "設定此狀態之時間（UTC）", "When the status was set (UTC)"),
}
# the same of the segment table, where roads have more than one number
_ALSO = {
    "also_posted": (
        "共線樁號",
        "Also posted as",
        "該路段依共線道路其他路線編號之樁號",
        "Where the cell lies by the other numbers of its road",
    ),
}
# what the dictionary of a layer tells of a column beside its names
_TOLD = ("unit", "description_zh", "description", "source", "status")


def posted_ends(rows: pd.DataFrame, equations: pd.DataFrame, *, language: str) -> dict[str, list[str]]:
    """Return both ends of stretches as posted, with route and direction."""
    ends: dict[str, tuple[str, End]] = {"from_posted": ("from_m", "start"), "to_posted": ("to_m", "end")}
    result = {}
    for name, (column, end) in ends.items():
        asked = rows[["route", "direction"]].assign(measure=rows[column])
        signs = posted_of_measures(asked, equations, end=end)
        places = zip(rows["route"], signs["posted"], rows["direction"], signs["piece"], strict=True)
        result[name] = [posted(r, m, d, language=language, piece=piece) for r, m, d, piece in places]
    return result


def segment_export(store: Store, out: Path, *, language: str = "zh_TW", cells: Sequence[str] | None = None) -> Path:
    """
    Write the segment table, all its cells or the given ones in their order; the file's suffix decides the format.

    A GeoPackage keeps the columns' own names and holds further layers: ``provenance`` (which run gave which kind in
    which year, how much of it and of what quality), ``crack_zones`` (see :func:`zone_export`), ``runs`` and
    ``dictionary``. A sheet has headers in one language
    and leaves out kinds without any value.
    """
    kind = checked_format(out)
    version, frame = segments.of_one_version(store, segments.segment_table)
    notes = basis(store) | {"data version": version, "rows": "all"}
    if cells is not None:
        notes["rows"] = rows_in_words(len(cells), frame["cell"].nunique(), language=language)
        frame = of_cells(frame, cells)
    overlaps = published.table(store, "overlaps")
    if len(overlaps):
        signs = also_posted(frame, overlaps, published.table(store, "chainage"), language=language)
        frame.insert(list(frame.columns).index("to_m") + 1, "also_posted", signs)
    if kind == ".gpkg":
        layers = {
            "segments": frame,
            "provenance": provenance(frame),
            "runs": runs(store).drop(columns=["manifest", "faults"]),
            "dictionary": dictionary(frame, "segments"),
        }
        zones = _of_zones(store, cells)
        return write_geopackage(layers | ({"crack_zones": zones} if len(zones) else {}), out, notes=notes)
    words = _column_words(frame, "segments", language=language)
    kinds = [k for k in measures().index if k in frame and frame[k].isna().all()]
    empty = [
        f"{k}{ending}" for k in kinds for ending in ("", "_run", "_quality", "_method", "_coverage", "_surveyed_on")
    ]
    sheet = pd.DataFrame(frame.drop(columns=["geometry", *[c for c in empty if c in frame]])).rename(columns=words)
    return write_sheet(
        sheet, out, notes, title="路段表" if language.startswith("zh") else "Segment table", language=language
    )


def zone_export(store: Store, out: Path, *, language: str = "zh_TW") -> Path:
    """
    Write extent and severity of cracks by cell, year, zone of the lane and type; the file's suffix decides the format.

    Raises
    ------
    StoreError
        No survey has brought cracks by zone, or a suffix other than .csv, .xlsx and .gpkg.
    """
    kind = checked_format(out)
    version, rows = segments.of_one_version(store, lambda s: _of_zones(s, None))
    if rows.empty:
        raise StoreError("No survey has brought cracks by zone.", cure="Ingest frames that show both lane lines.")
    notes = basis(store) | {"data version": version, "rows": "all"}
    if kind == ".gpkg":
        lines = segments.cells(store).set_index("cell")["geometry"].reindex(rows["cell"])
        layer = gpd.GeoDataFrame(rows, geometry=lines.to_numpy(), crs=store.crs)
        return write_geopackage({"crack_zones": layer, "dictionary": dictionary(layer, "cell_zones")}, out, notes=notes)
    zh = language.startswith("zh")
    words = read_table("crack_words")
    shown = rows.round({"length_m": 2, "per_100_m": 2, "width_mm": 1, "seen_m": 1})
    for column in ("zone", "type", "severity"):
        named = words[words["group"] == column].set_index("word")["zh" if zh else "en"]
        shown[column] = shown[column].map(named).fillna("")
    heads = labels("cell_zones", language=language)
    title = "裂縫橫向分區" if zh else "Cracks by zone"
    return write_sheet(shown.rename(columns=heads), out, notes, title=title, language=language)


def section_export(store: Store, out: Path, *, kind: str, method: str, minimum: float, language: str = "zh_TW") -> Path:
    """
    Write the homogeneous sections of every lane for one kind; the file's suffix decides the format.

    Parameters
    ----------
    kind
        Measured kind; of each cell the newest value counts that no later work has renewed.
    method
        ``cda`` or ``pelt``, see :func:`pavement.network.homogeneous_sections.homogeneous_sections`.
    minimum
        Shortest section. [m]

    Raises
    ------
    StoreError
        The kind is not known or was never measured, or a suffix other than .csv, .xlsx and .gpkg.
    PlanError
        Another method.
    """
    suffix = checked_format(out)
    version, (rows, sections) = segments.of_one_version(store, lambda s: _sections(s, kind, method, minimum))
    notes = basis(store) | {"data version": version, "rows": "all"}
    if suffix == ".gpkg":
        layer = gpd.GeoDataFrame(rows, geometry=sections, crs=store.crs)
        layers = {"homogeneous_sections": layer, "dictionary": dictionary(layer, "homogeneous_sections")}
        return write_geopackage(layers, out, notes=notes)
    zh = language.startswith("zh")
    digits = int(measures()["digits"][kind]) + 1
    shown = sections_in_words(rows, language=language).round({"mean": digits, "deviation": digits, "coverage": 3})
    for at, (name, texts) in enumerate(
        posted_ends(rows, published.table(store, "chainage"), language=language).items()
    ):
        shown.insert(2 + at, name, texts)
    heads = labels("homogeneous_sections", language=language)
    heads |= {name: words[0 if zh else 1] for name, words in BESIDE.items()}
    title = "均質路段" if zh else "Homogeneous sections"
    return write_sheet(shown.rename(columns=heads), out, notes, title=title, language=language)


def _sections(store: Store, kind: str, method: str, minimum: float) -> tuple[pd.DataFrame, gpd.GeoSeries]:
    """Return the table of sections and their lines."""
    if kind not in measures().index:
        raise StoreError(f"No kind {kind!r} is measured.", cure=f"Kinds: {', '.join(measures().index)}.")
    known = segments.cells(store)
    values = latest_values(segments.segment_table(store), published.table(store, "works"), kinds=[kind])
    if kind not in values or values[kind].isna().all():
        raise StoreError(f"No value of {kind} is in force.", cure="Ingest a survey that brings it.")
    placed = pd.DataFrame(known.drop(columns="geometry")).assign(
        **{kind: known["cell"].map(values[kind]).astype(float)}
    )
    found = homogeneous_sections(placed, key=kind, method=method, minimum=minimum)
    rows = section_table(placed, found, key=kind)
    return rows, action_shapes(rows, known)


def _of_zones(store: Store, chosen: Sequence[str] | None) -> pd.DataFrame:
    rows, known = published.table(store, "crack_zones"), segments.cells(store)
    return cell_zones(rows, known if chosen is None else known[known["cell"].isin(list(chosen))])


def of_cells(table: gpd.GeoDataFrame, cells: Sequence[str]) -> gpd.GeoDataFrame:
    """Return all years of the given cells of a segment table, in the order of the cells."""
    if unknown := sorted(set(cells) - set(table["cell"])):
        raise StoreError(f"There is no cell {unknown[0]!r}.", cure="Load the segment table again.")
    order = pd.Series(range(len(cells)), index=list(cells))
    at = table["cell"].astype(str).map(order)
    return table.assign(at=at).dropna(subset=["at"]).sort_values(["at", "year"], ignore_index=True).drop(columns="at")


def provenance(frame: pd.DataFrame) -> pd.DataFrame:
    """Return kind × year × run × quality of a segment table: number of cells and range of values."""
    parts = []
    for kind in [k for k in measures().index if f"{k}_quality" in frame]:
        part = frame[["year", kind, f"{kind}_run", f"{kind}_quality"]].dropna(subset=[kind])
        part = part.set_axis(["year", "value", "run", "quality"], axis=1).astype({"run": "str", "quality": "str"})
        groups = part.groupby(["year", "run", "quality"])["value"]
        parts.append(groups.agg(cells="count", lowest="min", highest="max").reset_index().assign(kind=kind))
    columns = ["kind", "year", "run", "quality", "cells", "lowest", "highest"]
    filled = [p for p in parts if len(p)]
    return pd.concat(filled, ignore_index=True)[columns] if filled else pd.DataFrame(columns=columns)


def basis(store: Store) -> dict[str, Any]:
    """Return what an export rests on: data version, runs in force, live models, audit head, CRS, moment."""
    known = runs(store)
    return {
        "data version": data_version(store),
        "runs": " ".join(known.loc[known["state"] == "published", "run"].str[:12]),
        "models": json.dumps(registry.live_models(store)),
        "audit head": audit.head(store),
        "crs": store.crs,
        "written": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
    }


def write_sheet(
    frame: pd.DataFrame,
    out: Path,
    notes: dict[str, Any],
    *,
    title: str,
    language: str,
    printed: PrintSheet | None = None,
    more: Mapping[str, pd.DataFrame] | None = None,
) -> Path:
    """Write a sheet with what it rests on in one language; a workbook also with further sheets and one to print."""
    zh = language.startswith("zh")
    said = basis_in_words(notes, language=language)
    if checked_format(out) == ".xlsx":
        heads = ("依據", "內容") if zh else ("basis", "value")
        return write_xlsx(frame, out, notes=said, title=title, heads=heads, printed=printed, more=more)
    words = {name: chinese if zh else name.capitalize() for name, chinese in _ROW_NOTES.items()}
    beside = {word: str(notes[name]) for name, word in words.items()}
    return write_csv(frame.assign(**beside), out, notes=said)


def _column_words(frame: pd.DataFrame, table: str, *, language: str) -> dict[str, str]:
    """Return column → header in one language, for the columns of a table and those of kinds, runs and qualities."""
    zh = language.startswith("zh")
    known = labels(table, language=language) | {name: words[0 if zh else 1] for name, words in _ALSO.items()}
    run, quality, day = ("批次", "品質", "調查日期") if zh else ("run", "quality", "surveyed on")
    method, coverage = ("方法", "覆蓋率") if zh else ("method", "coverage")
    for kind, row in measures().iterrows():
        name = row["zh" if zh else "en"]
        known |= {
            str(kind): with_unit(name, row["unit"]),
            f"{kind}_run": f"{name} {run}",
            f"{kind}_quality": f"{name} {quality}",
            f"{kind}_surveyed_on": f"{name} {day}",
            f"{kind}_method": f"{name} {method}",
            f"{kind}_coverage": f"{name} {coverage}",
        }
    return {str(c): known.get(str(c), str(c)) for c in frame.columns}


def dictionary(frame: pd.DataFrame, table: str) -> pd.DataFrame:
    """Return what each column of a layer is, in both languages, with unit, source and status where they are known."""
    zh, en = (_column_words(frame, table, language=language) for language in ("zh_TW", "en"))
    known = schema(table).to_dict("index") | measures().to_dict("index")
    known |= {name: {"description_zh": words[2], "description": words[3]} for name, words in _ALSO.items()}
    if table == "actions":
        details = schema("work_details")
        known = details.to_dict("index") | known
        zh |= {name: zh[name] if zh[name] != name else row["zh"] for name, row in _within(details, zh).items()}
        en |= {name: en[name] if en[name] != name else row["en"] for name, row in _within(details, en).items()}
    if table in ("actions", "plan_projects"):
        zh |= {name: words[0] for name, words in BESIDE.items()}
        en |= {name: words[1] for name, words in BESIDE.items()}
        known |= {name: {"description_zh": words[2], "description": words[3]} for name, words in BESIDE.items()}
    rows = [
        {"column": str(c), "zh": zh[str(c)], "en": en[str(c)]}
        | {name: known.get(str(c), {}).get(name, "") for name in _TOLD}
        for c in frame.columns
        if c != "geometry"
    ]
    return pd.DataFrame(rows)


def _within(described: pd.DataFrame, words: dict[str, str]) -> dict[str, dict[str, Any]]:
    return {str(name): row for name, row in described.to_dict("index").items() if name in words}


def action_shapes(actions: pd.DataFrame, cells: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """Return the line of each action: the cells within it, joined."""
    keys = list(_PLACE[:3])
    asked = actions[list(_PLACE)].reset_index(drop=True).reset_index(names="action")
    pairs = asked.merge(cells[[*_PLACE, "geometry"]], on=keys, suffixes=("", "_cell")).sort_values("from_m_cell")
    inside = (pairs["from_m_cell"] >= pairs["from_m"] - 1e-6) & (pairs["to_m_cell"] <= pairs["to_m"] + 1e-6)
    groups = pairs[inside].groupby("action")["geometry"]
    lines = {at: shapely.line_merge(shapely.union_all(list(lines))) for at, lines in groups}
    found = [lines.get(at) for at in range(len(actions))]
    return gpd.GeoSeries(found, index=actions.index, crs=cells.crs)
