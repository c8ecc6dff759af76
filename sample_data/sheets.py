"""Sheets as an agency keeps them: its headers, ROC dates, posted chainage."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from pavement.dates import roc_date
from pavement.network.chainage import posted, posted_measure
from pavement.network.routes import route_name

DIRECTIONS = {"S": "南下", "N": "北上", "E": "東向", "W": "西向"}
LANES = {"": "全車道", "1": "內側車道", "2": "第2車道", "3": "第3車道", "aux": "輔助車道"}
TREATMENTS = {
    "construction": "新建",
    "mill_overlay": "銑刨加鋪",
    "thin_overlay": "薄層罩面",
    "pothole_patch": "坑洞修補",
    "crack_seal": "裂縫填封",
}


def write_csv(frame: pd.DataFrame, path: Path) -> Path:
    """Write a sheet as UTF-8 CSV and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")
    return path


def write_xlsx(frame: pd.DataFrame, path: Path, *, sheet: str) -> Path:
    """Write a sheet of text as one page of a workbook with a fixed date of creation."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(path) as book:
        book.set_properties({"created": dt.datetime(2026, 1, 1)})
        page = book.add_worksheet(sheet)
        page.write_row(0, 0, list(frame.columns))
        for number, row in enumerate(frame.itertuples(index=False), start=1):
            page.write_row(number, 0, ["" if pd.isna(v) else v for v in row])
    return path


def write_parquet(columns: Mapping[str, object], path: Path, *, encoding: Mapping[str, str]) -> Path:
    """Write columns as Parquet; text is kept as a dictionary, the others by `encoding`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.table(dict(columns))
    words = [f.name for f in table.schema if pa.types.is_string(f.type)]
    pq.write_table(
        table, path, compression="zstd", compression_level=3, use_dictionary=words, column_encoding=dict(encoding)
    )
    return path


def repeated(word: str, count: int) -> pa.Array:
    """Return a column that says the same word `count` times."""
    return pa.array(np.full(count, word, dtype=object), type=pa.string())


def routes_in_words(frame: pd.DataFrame) -> pd.DataFrame:
    """Return 國道別 and 行車方向 of records with route and direction."""
    return pd.DataFrame({"國道別": frame["route"].map(route_name), "行車方向": frame["direction"].map(DIRECTIONS)})


def stretches_in_words(frame: pd.DataFrame) -> pd.DataFrame:
    """Return route, direction and posted chainage from and to of records, under the agency's headers."""
    ends = {"起點里程": frame["from_m"].map(posted_measure), "終點里程": frame["to_m"].map(posted_measure)}
    return routes_in_words(frame).assign(**ends)


def places_in_words(frame: pd.DataFrame) -> pd.Series:
    """Return ``國道99號 25k+300 南下`` for records with route, direction and measure_m."""
    rows = zip(frame["route"], frame["measure_m"], frame["direction"], strict=True)
    return pd.Series([posted(route, measure, direction) for route, measure, direction in rows], index=frame.index)


def dates_in_words(dates: pd.Series) -> pd.Series:
    """Return dates as ROC dates, empty where missing."""
    return dates.map(lambda d: "" if pd.isna(d) else roc_date(d))
