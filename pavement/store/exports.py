"""Exports: the segment table and the work list as GeoPackage, CSV and xlsx, each saying what it rests on."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from pavement.errors import StoreError
from pavement.network.chainage import DIRECTION_NAMES, posted_measure
from pavement.network.routes import route_name
from pavement.schema import labels, measures, read_table
from pavement.store import audit, forecasts, plans, segments
from pavement.store.database import Store
from pavement.store.runs import data_version

_FORMULA = re.compile(r"^[\s'\"]*[=+\-@|%]|^[\t\r\n]")
FORMATS = (".csv", ".xlsx", ".gpkg")


def worklist(store: Store, out: Path, *, plan: str | None = None, language: str = "zh_TW") -> Path:
    """
    Write the ranked work list of a plan, the newest when none is named; the file's suffix decides the format.

    Raises
    ------
    StoreError
        No plan, or a suffix other than .csv, .xlsx and .gpkg.
    """
    chosen = plans.newest(store) if plan is None else plans.named(store, plan)
    if chosen is None:
        raise StoreError("There is no plan yet.", cure="Make one: pavement plan.")
    actions = plans.frame(store, chosen, "actions").sort_values("rank", ignore_index=True)
    notes = basis(store) | {
        "plan": chosen.plan,
        "plan made": chosen.created_at,
        "plan data version": chosen.data_version,
    }
    frame = worklist_frame(actions, language=language)
    if out.suffix == ".gpkg":
        shapes = _action_shapes(store, actions)
        layers = {"worklist": gpd.GeoDataFrame(frame, geometry=shapes, crs=store.crs)}
        return _geopackage(layers, out, notes)
    return _sheet(frame, out, notes)


def worklist_frame(actions: pd.DataFrame, *, language: str) -> pd.DataFrame:
    """Return actions as people read them: posted chainage, labels in one language, one reason."""
    zh = language.startswith("zh")
    names = labels("actions", language=language)
    shown = actions.drop(columns=["reason_en" if zh else "reason_zh", "plan"])
    names |= {"reason_zh": "理由", "reason_en": "Reason"}
    words = read_table("treatments").set_index("treatment")["zh" if zh else "en"]
    shown["treatment"] = shown["treatment"].map(words).fillna(shown["treatment"])
    shown["direction"] = shown["direction"].map(DIRECTION_NAMES["zh_TW" if zh else "en"]).fillna(shown["direction"])
    shown["route"] = shown["route"].map(route_name) if zh else shown["route"]
    for column in ("from_m", "to_m"):
        shown[column] = shown[column].map(posted_measure)
        names[column] = names[column].removesuffix(" [m]")
    return shown.rename(columns=names)


def segment_export(store: Store, out: Path, *, language: str = "zh_TW") -> Path:
    """Write the segment table; a GeoPackage also holds the layer ``dictionary`` that says what each column is."""
    frame = segments.segment_table(store)
    notes = basis(store)
    if out.suffix == ".gpkg":
        dictionary = measures().reset_index()[["kind", "unit", "zh", "en", "description", "source", "status"]]
        return _geopackage({"segments": _plain(frame), "dictionary": dictionary}, out, notes)
    return _sheet(pd.DataFrame(_plain(frame).drop(columns="geometry")), out, notes | {"language": language})


def basis(store: Store) -> dict[str, Any]:
    """Return what an export rests on: data version, forecast models, head of the audit trail, moment."""
    found = forecasts.newest(store)
    return {
        "data version": data_version(store),
        "models": json.dumps(found.models) if found else "none",
        "audit head": audit.head(store),
        "crs": store.crs,
        "written": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "prices": "example rows, to confirm",
    }


def safe_text(value: Any) -> Any:
    """Return a cell that a spreadsheet cannot take for a formula; numbers stay as they are."""
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def _sheet(frame: pd.DataFrame, out: Path, notes: dict[str, Any]) -> Path:
    if out.suffix not in FORMATS:
        raise StoreError(f"{out.name}: unknown format.", cure=f"Use one of {', '.join(FORMATS)}.")
    part = out.with_name(f".part-{out.name}")
    if out.suffix == ".csv":
        safe = frame.apply(lambda c: c if pd.api.types.is_numeric_dtype(c) else c.map(safe_text))
        safe.columns = [safe_text(str(c)) for c in safe.columns]
        safe.to_csv(part, index=False, encoding="utf-8-sig", lineterminator="\r\n")
        lines = "".join(f"{k}: {v}\n" for k, v in notes.items())
        out.with_suffix(".csv.txt").write_text(lines, encoding="utf-8")
    else:
        _workbook(frame, part, notes)
    part.replace(out)
    return out


def _workbook(frame: pd.DataFrame, part: Path, notes: dict[str, Any]) -> None:
    options = {"strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": False}
    with pd.ExcelWriter(part, engine="xlsxwriter", engine_kwargs={"options": options}) as book:
        frame.to_excel(book, sheet_name="list", index=False, freeze_panes=(1, 0))
        pd.DataFrame(notes.items(), columns=["basis", "value"]).to_excel(book, sheet_name="basis", index=False)
        sheet = book.sheets["list"]
        sheet.autofilter(0, 0, max(len(frame), 1), max(len(frame.columns) - 1, 0))
        sheet.autofit(300)


def _geopackage(layers: dict[str, pd.DataFrame], out: Path, notes: dict[str, Any]) -> Path:
    part = out.with_name(f".part-{out.name}")
    part.unlink(missing_ok=True)
    every = layers | {"basis": pd.DataFrame({"basis": list(notes), "value": [str(v) for v in notes.values()]})}
    for name, frame in every.items():
        shaped = frame if isinstance(frame, gpd.GeoDataFrame) else gpd.GeoDataFrame(frame, geometry=[None] * len(frame))
        shaped.to_file(part, layer=name, driver="GPKG", engine="pyogrio", index=False)
    part.replace(out)
    return out


def _plain(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the table with text instead of categories, which no exchange format knows."""
    return frame.astype({c: str for c in frame.select_dtypes("category").columns})


def _action_shapes(store: Store, actions: pd.DataFrame) -> gpd.GeoSeries:
    """Return the line of each action: its cells joined."""
    cells = segments.cells(store).sort_values("from_m")
    keys = ["route", "direction", "lane"]
    pairs = actions.reset_index(names="action")[["action", *keys, "from_m", "to_m"]].merge(
        cells[[*keys, "from_m", "to_m", "geometry"]], on=keys, suffixes=("", "_cell")
    )
    inside = pairs[(pairs["from_m_cell"] >= pairs["from_m"] - 1e-6) & (pairs["to_m_cell"] <= pairs["to_m"] + 1e-6)]
    lines = inside.groupby("action")["geometry"].agg(lambda g: shapely.line_merge(shapely.multilinestrings(list(g))))
    return gpd.GeoSeries(lines.reindex(actions.index), crs=store.crs)
