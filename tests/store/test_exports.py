"""Exports come back as they went out, are safe to open, and say what they rest on (E1, E2, E4-E9)."""

import json
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest

from pavement.errors import StoreError
from pavement.store import audit, exports, files, forecasts, plans, published, runs, segments, worklist_export
from pavement.store.database import Store, open_store
from pavement.store.files import safe_text, write_csv, write_xlsx
from pavement.store.work_details import work_details
from tests.store.made import actions, cell_values, draft, forecast, network, treatment_lengths

NOTES = {"data version": 1, "audit head": "ab"}
RISKY = [
    "=1+1",
    "+886",
    "-x",
    "@cmd",
    "|calc",
    "%x",
    "\tx",
    "\rx",
    "\nx",
    '  ="a"',
    "'=1",
    '"=1',
    "a,b",
    'q"q',
    "路面 🛣",
    "l1\nl2",
]


def fill(store: Store) -> None:
    """Publish two surveys, save a forecast and a plan, and have the segment table made."""
    runs.publish(store, network(), user="wang")
    runs.publish(store, draft("b", cell_values=cell_values()), user="wang")
    found = forecasts.save(store, forecast(), models={"iri": "iri-0123456789ab"}, user="wang")
    frames = {"actions": actions(), "treatment_lengths": treatment_lengths()}
    plans.save(store, frames, summary={"budgets": {"2025": 1e7}}, forecast_set=found.id, user="lin")
    segments.segment_table(store)


@pytest.fixture
def planned(filled_home, tmp_path: Path) -> Iterator[Store]:
    """Return such a store; its files are copied, so each test has its own."""
    with open_store(shutil.copytree(filled_home(fill), tmp_path / "planned")) as opened:
        yield opened


@pytest.mark.parametrize("text", RISKY[:12])
def test_e1_text_that_looks_like_a_formula_is_quoted(text: str) -> None:
    assert safe_text(text) == f"'{text}"


@pytest.mark.parametrize("value", ["N1", "25k+300", "國道1號", "", -1.5, 3, None, "007", "a=b"])
def test_e1_other_cells_are_untouched(value: object) -> None:
    assert safe_text(value) == value


def table() -> pd.DataFrame:
    """Return numbers, ids, dates and risky text."""
    count = len(RISKY)
    return pd.DataFrame(
        {
            "=id": [f"{n:03d}" for n in range(count)],
            "negative": -np.arange(count) / 3,
            "long": 9_007_199_254_740_993 + np.arange(count),
            "missing": [np.nan, *np.ones(count - 1)],
            "text": RISKY,
            "day": pd.Timestamp(2024, 2, 29),
            "kind": pd.Categorical(["iri"] * count),
        }
    )


def test_e2_e7_csv_comes_back_equal(tmp_path: Path) -> None:
    out = write_csv(table(), tmp_path / "t.csv", notes=NOTES)
    assert out.read_bytes().startswith(b"\xef\xbb\xbf")
    back = pd.read_csv(out, dtype={"'=id": str}, encoding="utf-8-sig", lineterminator=None)
    assert back.columns[0] == "'=id"
    assert back["'=id"].tolist() == table()["=id"].tolist()
    np.testing.assert_array_equal(back["negative"], table()["negative"])
    np.testing.assert_array_equal(back["long"], table()["long"])
    assert back["missing"].isna().tolist() == table()["missing"].isna().tolist()
    assert back["day"].unique().tolist() == ["2024-02-29"]
    assert back["text"].tolist() == [safe_text(text) for text in RISKY]
    assert "audit head: ab" in (tmp_path / "t.csv.txt").read_text(encoding="utf-8")


def test_e1_e2_xlsx_cells_are_typed(tmp_path: Path) -> None:
    write_xlsx(table().drop(columns="long"), tmp_path / "t.xlsx", notes=NOTES, title="list")
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    rows = list(book["list"].iter_rows(min_row=2))
    assert {row[3].data_type for row in rows} == {"s"}
    assert [row[3].value for row in rows][0] == "=1+1"
    assert [row[1].value for row in rows] == pytest.approx(table()["negative"])
    assert rows[0][2].value is None
    assert rows[0][4].value.isoformat() == "2024-02-29T00:00:00"
    assert [r[0].value for r in book["basis"].iter_rows()] == ["basis", *NOTES]


def test_e4_more_than_a_sheet_takes_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_XLSX_ROWS", 10)
    with pytest.raises(StoreError, match="do not fit into a sheet. Write .csv or .gpkg"):
        write_xlsx(table(), tmp_path / "t.xlsx", notes=NOTES, title="x")
    with pytest.raises(StoreError, match="do not fit"):
        write_xlsx(pd.DataFrame({"a": ["x" * 40_000]}), tmp_path / "t.xlsx", notes=NOTES, title="x")
    assert list(tmp_path.iterdir()) == []


def test_e6_a_failed_export_leaves_the_former_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = write_csv(table(), tmp_path / "t.csv", notes=NOTES)
    before = out.read_bytes()

    def fail(*_: object, **__: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(pd.DataFrame, "to_csv", fail)
    with pytest.raises(OSError, match="disk full"):
        write_csv(table(), out, notes=NOTES)
    assert out.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["t.csv", "t.csv.txt"]


def test_every_column_of_a_geopackage_is_described(planned: Store, tmp_path: Path) -> None:
    out = worklist_export.worklist(planned, tmp_path / "w.gpkg")
    columns = set(pyogrio.read_dataframe(out, layer="worklist").columns) - {"geometry"}
    told = pyogrio.read_dataframe(out, layer="dictionary").set_index("column")
    assert set(told.index) == columns
    assert "version" not in columns
    assert [c for c in columns if told.loc[c, "zh"] == c or told.loc[c, "en"] == c] == []
    assert told["description_zh"].str.contains("[\u4e00-\u9fff]").all()
    assert told["description"].str.contains("[A-Za-z]").all()


@pytest.mark.parametrize("language", ["zh_TW", "en"])
@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_worklist_in_both_languages(planned: Store, tmp_path: Path, suffix: str, language: str) -> None:
    out = worklist_export.worklist(planned, tmp_path / f"w.{suffix}", language=language)
    back = pd.read_csv(out) if suffix == "csv" else pd.read_excel(out)
    zh = language == "zh_TW"
    assert back["起點" if zh else "From (posted)"].tolist() == (
        ["國道1號 25k+500 南下", "國道1號 25k+000 南下"] if zh else ["N1 25k+500 southbound", "N1 25k+000 southbound"]
    )
    assert back["費用 [NT$]" if zh else "Cost [NT$]"].tolist() == [2.5e6, 1.5e6]
    assert back["排序" if zh else "Rank"].tolist() == [1, 2]
    assert back["理由" if zh else "Reason"].str.startswith("預測" if zh else "Forecast").all()


def test_e9_worklist_carries_what_it_rests_on(planned: Store, tmp_path: Path) -> None:
    csv = worklist_export.worklist(planned, tmp_path / "w.csv", language="en")
    assert pd.read_csv(csv)["Audit head"].unique().tolist() == [audit.head(planned)]
    said = (tmp_path / "w.csv.txt").read_text(encoding="utf-8")
    book = openpyxl.load_workbook(worklist_export.worklist(planned, tmp_path / "w.xlsx", language="en"))
    basis = {r[0].value: r[1].value for r in book["basis"].iter_rows()}
    for text in ("plan-0001", "iri-0123456789ab", audit.head(planned), "lin"):
        assert text in said
        assert any(text in str(v) for v in basis.values())
    assert basis["data version"] == "2"
    assert len(basis["settings sha256"]) == 64
    assert basis["rows"] == "all"


def test_what_a_chinese_sheet_rests_on_is_said_in_chinese(planned: Store, tmp_path: Path) -> None:
    for write in (worklist_export.worklist, exports.segment_export):
        book = openpyxl.load_workbook(write(planned, tmp_path / "w.xlsx", language="zh_TW"))
        assert book.sheetnames[1] == "依據"
        rows = [[cell.value for cell in row] for row in book["依據"].iter_rows()]
        assert rows[0] == ["依據", "內容"]
        assert [name for name, _ in rows if not re.search("[\u4e00-\u9fff]", name)] == []
        assert dict(rows)["資料版本"] == "2"
    said = dict([[c.value for c in r] for r in openpyxl.load_workbook(
        worklist_export.worklist(planned, tmp_path / "w.xlsx", language="zh_TW"))["依據"].iter_rows()])  # fmt: skip
    assert said["單價"] == "待確認"
    assert said["工法目錄版本"] == "隨附"
    assert said["計畫製作者"] == "lin"


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "gpkg"])
def test_chosen_works_are_written_in_the_order_given(planned: Store, tmp_path: Path, suffix: str) -> None:
    read = {"csv": pd.read_csv, "xlsx": pd.read_excel, "gpkg": partial(pyogrio.read_dataframe, layer="worklist")}
    for ranks in ([2, 1], [2]):
        out = worklist_export.worklist(planned, tmp_path / f"w.{suffix}", language="en", ranks=ranks)
        back = read[suffix](out)
        assert back["rank" if suffix == "gpkg" else "Rank"].tolist() == ranks
    if suffix == "gpkg":
        assert back.geometry.length.tolist() == pytest.approx([500 * np.hypot(1, 0.1)], rel=1e-6)
        basis = pyogrio.read_dataframe(out, layer="basis").set_index("basis")["value"]
        assert basis["rows"] == "1 of 2, as filtered and sorted on the page"


def test_a_rank_that_the_plan_does_not_hold_is_refused(planned: Store, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no work of rank 3"):
        worklist_export.worklist(planned, tmp_path / "w.csv", ranks=[1, 3])
    assert not (tmp_path / "w.csv").exists()


def test_worklist_as_geopackage(planned: Store, tmp_path: Path) -> None:
    out = worklist_export.worklist(planned, tmp_path / "w.gpkg")
    back = gpd.read_file(out, layer="worklist")
    assert back.crs == planned.crs
    # five cells of 100 m drawn 10 m askew
    assert back.geometry.length.tolist() == pytest.approx([500 * np.hypot(1, 0.1)] * 2, rel=1e-6)
    assert set(back.geometry.geom_type) <= {"LineString", "MultiLineString"}
    assert {"worklist", "dictionary", "basis"} == {name for name, _ in pyogrio.list_layers(out)}
    with closing(sqlite3.connect(out)) as connection:
        assert "plan-0001" in connection.execute("SELECT description FROM gpkg_contents").fetchone()[0]


def test_status_set_by_people_is_exported(planned: Store, tmp_path: Path) -> None:
    unit = actions()["unit"].iloc[0]
    plans.set_status(
        planned, "plan-0001", unit, status="deferred", reason="=bridge works", code="other", version=0, user="lin"
    )
    back = pd.read_csv(worklist_export.worklist(planned, tmp_path / "w.csv", language="en"))
    row = back.loc[back["Treatment length"] == unit].iloc[0]
    assert (row["Status"], row["Reason of status"]) == ("deferred", "'=bridge works")
    assert "暫緩" in set(pd.read_csv(worklist_export.worklist(planned, tmp_path / "zh.csv"))["狀態"])


@pytest.mark.parametrize("suffix", ["csv", "gpkg"])
def test_chosen_cells_are_written_in_the_order_given(planned: Store, tmp_path: Path, suffix: str) -> None:
    table = segments.segment_table(planned)
    chosen = sorted(table["cell"].unique())[:2][::-1]
    out = exports.segment_export(planned, tmp_path / f"s.{suffix}", language="en", cells=chosen)
    back = pd.read_csv(out) if suffix == "csv" else gpd.read_file(out, layer="segments")
    name = "Cell" if suffix == "csv" else "cell"
    assert back[name].drop_duplicates().tolist() == chosen
    assert len(back) == table["cell"].isin(chosen).sum()
    with pytest.raises(StoreError, match="no cell 'x'"):
        exports.segment_export(planned, tmp_path / "x.csv", cells=["x"])


def test_segments_as_geopackage_come_back_whole(planned: Store, tmp_path: Path) -> None:
    out = exports.segment_export(planned, tmp_path / "s.gpkg")
    table = segments.segment_table(planned)
    back = gpd.read_file(out, layer="segments")
    assert len(back) == len(table) == 20
    np.testing.assert_allclose(back["iri"], table["iri"])
    assert back["iri_run"].unique().tolist() == ["b" * 64]
    assert back.geometry.geom_equals(table.geometry.reset_index(drop=True)).all()
    given = pyogrio.read_dataframe(out, layer="provenance", read_geometry=False)
    row = given[(given["kind"] == "iri") & (given["year"] == 2024)].iloc[0]
    assert (row["run"], row["cells"], row["quality"]) == ("b" * 64, 10, "measured")
    words = pyogrio.read_dataframe(out, layer="dictionary", read_geometry=False).set_index("column")
    assert words.loc["iri", "unit"] == "m/km"
    assert set(words.index) == set(table.columns) - {"geometry"}
    listed = pyogrio.read_dataframe(out, layer="runs", read_geometry=False)
    assert set(listed["run"]) == {"a" * 64, "b" * 64}


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_segments_as_sheet(planned: Store, tmp_path: Path, suffix: str) -> None:
    out = exports.segment_export(planned, tmp_path / f"s.{suffix}", language="en")
    back = pd.read_csv(out) if suffix == "csv" else pd.read_excel(out)
    assert back["Roughness IRI [m/km]"].tolist() == pytest.approx(segments.segment_table(planned)["iri"])
    assert "Rain [mm]" not in back


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "gpkg"])
def test_e8_empty_lists_are_valid_files(store: Store, tmp_path: Path, suffix: str) -> None:
    frames = {"actions": actions().iloc[:0], "treatment_lengths": treatment_lengths().iloc[:0]}
    plans.save(store, frames, summary={}, forecast_set=None, user="lin")
    for out in (
        worklist_export.worklist(store, tmp_path / f"w.{suffix}"),
        exports.segment_export(store, tmp_path / f"s.{suffix}"),
    ):
        read = {"csv": pd.read_csv, "xlsx": pd.read_excel, "gpkg": partial(pyogrio.read_dataframe, layer=0)}[suffix]
        assert len(read(out)) == 0
    assert json.loads(exports.basis(store)["models"]) == {}


def test_no_plan_and_unknown_formats_are_refused(store: Store, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="There is no plan yet"):
        worklist_export.worklist(store, tmp_path / "w.csv")
    with pytest.raises(StoreError, match="There is no plan 'plan-0009'"):
        worklist_export.worklist(store, tmp_path / "w.csv", plan="plan-0009")
    for out in ("w.shp", "w"):
        with pytest.raises(StoreError, match="unknown format"):
            exports.segment_export(store, tmp_path / out)
    with pytest.raises(StoreError, match="folder that exists"):
        exports.segment_export(store, tmp_path / "no" / "w.csv")


def test_work_list_tells_cause_and_cores_in_words_of_one_language(planned: Store) -> None:
    told = plans.actions(planned, "plan-0001").assign(
        cause=["doubtful", ""], coring=["yes", "no"], evidence_zh="結構性：輪跡帶裂縫率 20 %", evidence_en="wheel path"
    )
    equations = published.table(planned, "chainage")
    details = work_details(planned, plans.named(planned, "plan-0001"), told)
    zh = worklist_export.worklist_frame(told, details, language="zh_TW", equations=equations)
    assert zh[["損壞成因", "應鑽心"]].to_numpy().tolist() == [["不明確", "是"], ["", "否"]]
    assert zh["成因依據"].str.contains("輪跡帶").all()
    en = worklist_export.worklist_frame(told, details, language="en", equations=equations)
    assert en["Cause of damage"].tolist() == ["doubtful", ""]
    assert en["Evidence"].tolist() == ["wheel path"] * 2
