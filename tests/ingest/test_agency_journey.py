"""The agency's four groups as workbooks with Chinese headings: in, out again, into an empty store, and equal there."""

import io

import openpyxl
import pandas as pd
import pytest

from ingest.run import ingest_package
from pavement.store import published, runs
from pavement.store.database import open_store
from pavement.store.record_exports import TABLES, record_export
from tests.ingest.builders import NETWORK, X, Y, network_files, package, settings_at
from tests.ingest.test_agency_records import photo

# as the manual of the present system names its fields (Table 7); ROC days and months, posted chainage
GROUPS = {
    "sections": [
        ["位置", "全車道數", "全路幅寬度", "道路形式", "輔助車道", "槽化區", "避車彎", "車道角度", "車道中心坐標"],
        ["國道1號 10k+000~11k+000 南下", 2, 10.5, "路堤", "無", "有", "無", 180, f"{X}, {Y - 500}"],
        ["國道1號 11k+000~12k+000 南下", 3, 14.25, "橋梁", "有", "無", "有", 180.5, f"{X}, {Y - 1500}"],
    ],
    "works": [
        ["位置", "標案資料", "完工日期", "施工厚度(公分)", "種類", "材質", "工法"],
        ["國道1號 10k+000~10k+500 南下 內側車道", "112-1 第3標", "112/8/1", 5, "開放級配", "改質瀝青", "銑刨加鋪"],
        ["國道1號 10k+500~11k+000 南下", "111-7", 1110915, 10, "密級配", "=A1+1", ""],
        ["國道1號 11k+000~11k+500 南下", "112-2", "112.08", 5, "密級配", "", "薄層罩面"],
    ],
    "performance": [
        ["國道", "行向", "車道", "起點里程", "終點里程", "檢測日期", "糙度", "鋪面行駛品質", "調整後加速度均方根指標",
         "抗滑值", "撓度"],
        ["國道1號", "南下", 1, "10k+000", "10k+100", "112.10.12", 1.93, 71, 1.2, 45, 0.31],
        ["國道1號", "南下", 1, "10k+100", "10k+200", "112.10.12", 2.07, None, None, 44, None],
    ],
    "distress": [
        ["位置", "損壞說明", "損壞照片", "通報日期", "通報來源", "預計處理日期及方式",
         "修復日期", "廠商", "處理方式", "說明", "修復照片"],
        ["國道1號 10k+250 南下 外側車道", "坑洞", "a.jpg", "113/01/05", "巡查", "113/01/08~113/01/09 坑洞修補",
         "113/01/09", "範例工程", "坑洞修補", "完成", "b.jpg"],
        ["國道1號 11k+300 南下", "-龜裂，長約 3 m", "", "113/02/01", "用路人通報", "", "", "", "", "", ""],
    ],
}  # fmt: skip


def workbook(rows):
    book = openpyxl.Workbook()
    for row in rows:
        # a text that begins with = is what somebody typed, not a formula
        book.active.append([None] * len(row))
        for at, value in enumerate(row, start=1):
            cell = book.active.cell(book.active.max_row, at, value)
            if isinstance(value, str):
                cell.data_type = "s"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def opened(home):
    settings = settings_at(home)
    store = open_store(settings.home, url="", crs=settings["crs"])
    ingest_package(package(home / "n", network_files(), NETWORK, id="network"), store=store, settings=settings)
    return store, settings


def rows_of(store, name):
    frame = published.table(store, "events" if name == "performance" else name).drop(columns="run")
    return frame.sort_values(list(frame.columns), ignore_index=True)


@pytest.mark.parametrize("sheets", ["csv", "xlsx"])
def test_the_agency_s_records_go_in_out_and_in_again_equal(tmp_path, sheets):
    first, settings = opened(tmp_path / "first")
    files = {f"{name}.xlsx": workbook(rows) for name, rows in GROUPS.items()}
    files |= {"photos/a.jpg": photo(b"a"), "photos/b.jpg": photo(b"b", shade=90)}
    data = [{"kind": name, "file": f"{name}.xlsx"} for name in GROUPS]
    data[-1]["photos"] = "photos/*.jpg"
    report = ingest_package(package(tmp_path / "p", files, data, id="pms"), store=first, settings=settings)
    assert report.state == "published", report.text()
    assert report.rejected.empty, report.text()
    months = report.faults[report.faults["rule"] == "month"]
    assert months["column"].tolist() == ["completed_on"]
    works = published.table(first, "works").set_index("contract")
    assert works["completed_on"].astype(str).str[:10].to_dict() == {
        "112-1 第3標": "2023-08-01", "111-7": "2022-09-15", "112-2": "2023-08-01",
    }  # fmt: skip
    assert works.loc["111-7", "material"] == "=A1+1"

    out = record_export(first, tmp_path / "out.zip", sheets=sheets)
    second, other = opened(tmp_path / "second")
    again = ingest_package(out, store=second, settings=other)
    assert again.state == "published", again.text()
    assert again.rejected.empty, again.text()
    for name in TABLES:
        assert len(rows_of(first, name)), name
        pd.testing.assert_frame_equal(
            rows_of(second, name), rows_of(first, name), check_dtype=False, check_exact=True, obj=name
        )
    states = runs.runs(second)["state"]
    assert states.eq("published").all()
    first.close()
    second.close()


def test_d1_a_month_that_may_be_two_is_refused_with_its_row(served, settings, tmp_path):
    """D1: a workbook shows October, 112.10, as 112.1; nothing is guessed."""
    rows = [GROUPS["works"][0], [*GROUPS["works"][1][:2], 112.1, *GROUPS["works"][1][3:]]]
    folder = package(tmp_path / "p", {"w.xlsx": workbook(rows)}, [{"kind": "works", "file": "w.xlsx"}], id="w")
    report = ingest_package(folder, store=served, settings=settings)
    assert report.rejected[["row", "column", "value"]].to_numpy().tolist() == [[2, "completed_on", "112.1"]]
