"""Every field that the agency's system records comes in under its own Chinese header (its manual, Table 7)."""

import io

import cv2
import numpy as np
import pandas as pd
import pytest

from ingest.columns import columns
from ingest.manifest import Data
from ingest.run import ingest_package
from ingest.sheets import Sheet
from pavement.condition.cell_history import cell_works
from pavement.store import objects, published
from tests.ingest.builders import X, Y, package

FIELDS = {
    "sections": {
        "位置": "location", "全車道數": "lane_count", "全路幅寬度": "full_width_m", "道路形式": "road_form",
        "輔助車道": "auxiliary_lane", "槽化區": "channelised_area", "避車彎": "emergency_bay",
        "車道角度": "lane_angle_deg", "車道中心坐標": "centre_xy",
    },
    "works": {
        "位置": "location", "標案資料": "contract", "施工厚度": "thickness_mm", "種類": "kind", "材質": "material",
        "施工編號": "work", "完工日期": "completed_on", "工法": "treatment",
    },
    "performance": {
        "位置": "location", "糙度": "iri", "鋪面行駛品質": "prqi", "調整後加速度均方根指標": "aari",
        "抗滑值": "friction_sn", "撓度": "ism",
    },
    "distress": {
        "紀錄編號": "record", "通報日期": "reported_on", "損壞說明": "description", "照片": "photo",
        "位置": "position", "通報來源": "source", "預計處理日期及方式": "planned", "日期": "repaired_on",
        "廠商": "contractor", "處理方式": "repair_method", "說明": "repair_note", "修復照片": "repair_photo",
    },
}  # fmt: skip


@pytest.mark.parametrize("table", sorted(FIELDS))
def test_every_field_of_table_7_has_its_column(table):
    wanted = FIELDS[table]
    frame = pd.DataFrame([["x"] * len(wanted)], columns=list(wanted), dtype=object)
    found = columns(Sheet(frame, np.array([2]), []), table, Data(table, {}), file="a.csv")
    assert found.unused == []
    assert [c for c in found.frame.columns if c != "_row"] == list(wanted.values())


@pytest.mark.parametrize(("header", "column", "unit"), [
    ("起點里程", "from_chainage", ""), ("起點里程 (km)", "from_m", "km"), ("起點里程（公尺）", "from_m", "m"),
    ("施工厚度(公分)", "thickness_mm", "cm"), ("IRI (in/mi)", "iri", "in/mi"), ("Thickness [mm]", "thickness_mm", "mm"),
    ("國際糙度", None, ""),
])  # fmt: skip
def test_units_behind_headers_are_declared(header, column, unit):
    from ingest.columns import _known, _meaning

    table = "works" if "thick" in str(column) else "performance"
    assert _meaning(header, Data(table, {}), _known(table)) == (column, unit)


def ingested(store, settings, folder, kind, text, **files):
    name = f"{kind}.csv"
    photos = {"photos": "photos/*.jpg"} if files else {}
    made = package(folder, {name: text, **files}, [{"kind": kind, "file": name, **photos}], id=kind)
    report = ingest_package(made, store=store, settings=settings)
    assert report.state == "published", report.text()
    return report


def test_road_basics(served, settings, tmp_path):
    header = "位置,全車道數,全路幅寬度,道路形式,輔助車道,槽化區,避車彎,車道角度,車道中心坐標"
    row = f'國道1號 10k+000~11k+000 南下,2,10.5,路堤,無,有,無,180,"{X}, {Y - 500}"'
    assert ingested(served, settings, tmp_path / "p", "sections", f"{header}\n{row}\n").faults.empty
    got = published.table(served, "sections").iloc[0]
    assert (got["route"], got["direction"], got["from_m"], got["to_m"]) == ("N1", "S", 10000, 11000)
    assert (got["lane_count"], got["full_width_m"], got["road_form"]) == (2, 10.5, "路堤")
    assert (got["auxiliary_lane"], got["channelised_area"], got["emergency_bay"]) == ("無", "有", "無")
    assert (got["lane_angle_deg"], got["centre_x"], got["centre_y"]) == (180, X, Y - 500)


def test_half_a_centre_is_a_fault(served, settings, tmp_path):
    header = "國道別,行車方向,起點里程,終點里程,centre_x,centre_y"
    rows = [f"N1,南下,10k,11k,{X},{Y - 500}", f"N1,南下,11k,12k,{X},", "N1,北上,11k,12k,,"]
    report = ingested(served, settings, tmp_path / "p", "sections", "\n".join([header, *rows]))
    assert report.faults[["row", "column", "rule"]].to_numpy().tolist() == [[3, "centre_x", "coordinates"]]
    got = published.table(served, "sections").set_index("direction")
    assert got.loc["S", "centre_x"] == X
    assert np.isnan(got.loc["N", "centre_x"])


@pytest.mark.parametrize("written", [
    "國道1號 10.3k~11k 南下", "國道1號南下10公里300公尺至11公里", "自N1 S 10K+300到11K+000",
    "Ｎ１　１０ｋ＋３００～１１ｋ　南下",
])  # fmt: skip
def test_a_stretch_in_one_text_however_it_is_written(served, settings, tmp_path, written):
    text = f'位置,標案資料,施工厚度(公分)\n"{written} 內側車道",112-1,5\n'
    ingested(served, settings, tmp_path / "p", "works", text)
    got = published.table(served, "works").iloc[0]
    assert (got["route"], got["direction"], got["lane"], got["from_m"], got["to_m"]) == ("N1", "S", "1", 10300, 11000)


def test_what_is_no_stretch_says_so_and_how_to_write_one(served, settings, tmp_path):
    rows = ["國道1號 10k 南下,1,5", "國道1號 10k~11k 南下,2,5", "國道1號 -10k~11k 南下,3,5", "{交流道},4,5", ",5,5"]
    report = ingested(served, settings, tmp_path / "p", "works", "\n".join(["位置,標案資料,施工厚度(公分)", *rows]))
    told = report.rejected.set_index("row")
    assert told["rule"].to_dict() == {2: "stretch", 4: "chainage", 5: "stretch", 6: "unknown route"}
    assert told.loc[2, "message"] == "'國道1號 10k 南下' holds 1 chainages; a stretch has two."
    assert "25k+300~26k+000" in told.loc[2, "cure"]
    assert "sign before the chainage" in told.loc[4, "message"]
    assert published.table(served, "works")["contract"].tolist() == ["2"]


def test_construction_history_with_roc_dates_and_the_agency_s_treatments(served, settings, tmp_path):
    header = "施工編號,國道別,行車方向,車道別,起點里程,終點里程,完工日期,標案資料,工法,施工厚度(公分),種類,材質"
    rows = [
        "A1,國道1號,南下,內側車道,10K+000,10K+500,113/03/02,112-1,銑刨加鋪,5,開放級配,改質瀝青",
        "A2,中山高,順向,全車道,10.5k,11.2k,1090501,108-2,薄層罩面,2.5,,",
        "A3,N1,北上,2,10k+0,12k+0,2019-05-01,107-3,新建,20,,",
    ]
    assert ingested(served, settings, tmp_path / "p", "works", "\n".join([header, *rows])).faults.empty
    got = published.table(served, "works").set_index("work")
    assert got["route"].tolist() == ["N1"] * 3
    assert got["direction"].tolist() == ["S", "S", "N"]
    assert got["lane"].tolist() == ["1", "", "2"]
    assert got[["from_m", "to_m"]].to_numpy().tolist() == [[10000, 10500], [10500, 11200], [10000, 12000]]
    assert got["completed_on"].astype(str).tolist() == ["2024-03-02", "2020-05-01", "2019-05-01"]
    assert got["treatment"].tolist() == ["mill_overlay", "thin_overlay", "construction"]
    assert got["thickness_mm"].tolist() == [50, 25, 200]
    assert (got.loc["A1", "contract"], got.loc["A1", "kind"], got.loc["A1", "material"]) == (
        "112-1",
        "開放級配",
        "改質瀝青",
    )


def test_construction_history_under_exactly_the_headings_of_the_present_system(served, settings, tmp_path):
    """It records no day and no method: the works come in, are told of, and no age counts from those without a day."""
    header = "位置,標案資料,施工厚度(公分),種類,材質"
    rows = [
        "國道1號 10k+000~10k+500 南下,112-1 第3標,5,開放級配,改質瀝青",
        "國道1號 11k+000~11k+500 南下,111-7 第1標,5,銑刨加鋪,改質瀝青",
    ]
    report = ingested(served, settings, tmp_path / "p", "works", "\n".join([header, *rows]))
    assert report.rejected.empty
    said = report.faults[report.faults["rule"] == "not recorded"].set_index("column")["message"]
    assert "Works without a day of completion: 2." in said["completed_on"]
    assert "Works that do not say how they were done: 1." in said["treatment"]
    got = published.table(served, "works").sort_values("from_m")
    assert got["treatment"].tolist() == ["resurfacing", "mill_overlay"]
    assert got["contract"].tolist() == ["112-1 第3標", "111-7 第1標"]
    assert got["completed_on"].isna().all()
    assert got["work"].nunique() == 2
    assert cell_works(published.table(served, "cells"), got).empty


@pytest.mark.parametrize(
    ("written", "lane"),
    [
        ("國道1號 10k+100 南下 內側車道", "1"),
        ("國道1號 10k+100 南下外側車道", "2"),
        ("國道1號 10k+100 南下", ""),
        ("N1 10K+100 southbound, Outside lane", "2"),
    ],
)
def test_a_lane_at_the_end_of_a_position_is_read(served, settings, tmp_path, written, lane):
    ingested(served, settings, tmp_path / "p", "distress", f'紀錄編號,損壞說明,位置\nD1,坑洞,"{written}"\n')
    got = published.table(served, "distress").iloc[0]
    assert (got["measure_m"], got["direction"], got["lane"], got["position"]) == (10100, "S", lane, written)


def test_performance_tests(served, settings, tmp_path):
    header = "國道,行向,車道,起點,迄點,檢測日期,糙度,鋪面行駛品質,調整後加速度均方根指標,抗滑值,撓度"
    report = ingested(
        served, settings, tmp_path / "p", "performance", f"{header}\n國1,南向,1,10k,10.1k,112.10.12,1.9,70,1.2,45,0.3\n"
    )
    assert report.faults.empty
    got = published.table(served, "events").set_index("kind")
    assert got["value"].to_dict() == {"iri": 1.9, "prqi": 70, "aari": 1.2, "friction_sn": 45, "ism": 0.3}
    assert set(got["quality"]) == {"recorded"}
    values = published.table(served, "cell_values").set_index("kind")
    assert set(values["cell"]) == {"n1-s-1-010000"}
    assert set(values["year"]) == {2023}
    assert (values["coverage"] == 1).all()


def photo(exif, *, shade=40):
    image = np.full((64, 96, 3), (shade, 80, 200), np.uint8)
    data = cv2.imencode(".jpg", image)[1].tobytes()
    segment = b"Exif\x00\x00" + exif
    return data[:2] + b"\xff\xe1" + (len(segment) + 2).to_bytes(2, "big") + segment + data[2:]


def test_distress_and_repair_with_photos(served, settings, tmp_path):
    header = (
        "紀錄編號,通報日期,損壞說明,損壞照片,位置,通報來源,預計處理日期及方式,"
        "修復日期,修復廠商,處理方式,修復說明,修復照片"
    )
    rows = [
        "D1,113/01/05,坑洞,a.jpg,國道1號 10k+250 南下,巡查,113/01/08 坑洞修補,113/01/07,甲,坑洞修補,完成,photos/b.jpg",
        "D2,113/01/05,坑洞,gone.jpg,國道1號 10k+350 南下,巡查,,113/01/01,甲,坑洞修補,,",
        "D3,113/01/05,坑洞,gone.jpg,國道1號 10k+450 南下,巡查,,,,,,",
    ]
    secret = b"II*\x00GPS 25.0330N 121.5654E"
    files = {"photos/a.jpg": photo(secret), "photos/b.jpg": photo(secret)}
    report = ingested(served, settings, tmp_path / "p", "distress", "\n".join([header, *rows]), **files)
    assert report.faults[["row", "rule"]].to_numpy().tolist() == [[3, "order"], [4, "photo"]]
    got = published.table(served, "distress").set_index("record")
    assert list(got.index) == ["D1", "D3"]
    one = got.loc["D1"]
    assert (one["measure_m"], one["position"], one["source"]) == (10250, "國道1號 10k+250 南下", "巡查")
    assert (str(one["planned_on"])[:10], one["planned_method"]) == ("2024-01-08", "坑洞修補")
    assert (str(one["repaired_on"])[:10], one["contractor"], one["repair_method"], one["repair_note"]) == (
        "2024-01-07",
        "甲",
        "坑洞修補",
        "完成",
    )
    assert got.loc["D3", "photo"] == ""
    kept = objects.read(served, one["photo"])
    assert secret in files["photos/a.jpg"]
    assert b"GPS" not in kept
    assert b"Exif" not in kept
    assert cv2.imdecode(np.frombuffer(kept, np.uint8), cv2.IMREAD_COLOR).shape == (64, 96, 3)


@pytest.mark.parametrize(
    ("planned", "day", "method"),
    [
        ("113/01/08 坑洞修補", "2024-01-08", "坑洞修補"),
        ("1130108坑洞修補", "2024-01-08", "坑洞修補"),
        ("民國113年1月8日，坑洞修補", "2024-01-08", "坑洞修補"),
        ("113.01.08~113.01.10 坑洞修補", "2024-01-08", "坑洞修補 (113.01.08~113.01.10)"),
        ("113/01 坑洞修補", "NaT", "113/01 坑洞修補"),
        ("113年1月", "NaT", "113年1月"),
        ("8公分銑鋪", "NaT", "8公分銑鋪"),
        ("", "NaT", ""),
    ],
)
def test_planned_day_and_method_in_one_cell(served, settings, tmp_path, planned, day, method):
    text = f"紀錄編號,損壞說明,位置,預計處理日期及方式\nD1,坑洞,國道1號 10k+250 南下,{planned}\n"
    assert ingested(served, settings, tmp_path / "p", "distress", text).rejected.empty
    got = published.table(served, "distress").iloc[0]
    assert (str(got["planned_on"])[:10], got["planned_method"]) == (day, method)


def test_photos_of_one_name_in_two_folders_are_told_apart_or_asked_about(served, settings, tmp_path):
    header = "紀錄編號,通報日期,損壞說明,位置,照片,修復照片"
    rows = [
        "D1,113/01/05,坑洞,國道1號 10k+250 南下,before/1.jpg,photos/after/1.jpg",
        "D2,113/01/05,坑洞,國道1號 10k+350 南下,1.jpg,2.jpg",
    ]
    files = {f"photos/{n}.jpg": photo(b"", shade=s) for n, s in (("before/1", 0), ("after/1", 250), ("after/2", 120))}
    report = ingested(served, settings, tmp_path / "p", "distress", "\n".join([header, *rows]), **files)
    assert report.faults[["row", "column", "rule"]].to_numpy().tolist() == [[3, "photo", "photo"]]
    assert "1.jpg is the name of 2 photos" in report.faults["message"].iloc[0]
    assert "photos/after/1.jpg" in report.faults["cure"].iloc[0]
    got = published.table(served, "distress").set_index("record")

    def shades(record):
        kept = [objects.read(served, got.loc[record, c]) for c in ("photo", "repair_photo") if got.loc[record, c]]
        return [int(cv2.imdecode(np.frombuffer(k, np.uint8), cv2.IMREAD_COLOR)[0, 0, 0]) for k in kept]

    assert shades("D1") == pytest.approx([0, 250], abs=12)
    assert shades("D2") == pytest.approx([120], abs=12)


def test_records_in_a_workbook_with_real_dates(served, settings, tmp_path):
    stream = io.BytesIO()
    frame = pd.DataFrame(
        {
            "施工編號": ["A1"],
            "位置": ["國道1號 10k+000 至 11k+000 北上"],
            "完工日期": [pd.Timestamp("2020-05-01")],
            "工法": ["銑刨加鋪"],
            "車道": [1],
        }
    )
    frame.to_excel(stream, index=False)
    data = [{"kind": "works", "file": "works.xlsx"}]
    report = ingest_package(
        package(tmp_path / "p", {"works.xlsx": stream.getvalue()}, data), store=served, settings=settings
    )
    assert (report.state, len(report.faults)) == ("published", 0), report.text()
    got = published.table(served, "works").iloc[0]
    assert (got["direction"], got["from_m"], got["to_m"], got["lane"], str(got["completed_on"])[:10]) == (
        "N",
        10000,
        11000,
        "1",
        "2020-05-01",
    )
