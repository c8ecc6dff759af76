"""What the present system records goes out again, and comes in elsewhere as it was (its manual, Table 7)."""

import zipfile

import pandas as pd
import pytest

from ingest.run import ingest_package
from pavement.errors import StoreError
from pavement.store import objects, published
from pavement.store.database import open_store
from pavement.store.record_exports import TABLES, record_export
from tests.ingest.builders import NETWORK, X, Y, network_files, package, settings_at
from tests.ingest.test_agency_records import photo

SHEETS = {
    "sections": "位置,全車道數,全路幅寬度,道路形式,輔助車道,槽化區,避車彎,車道角度,車道中心坐標\n"
    f'國道1號 10k+000~11k+000 南下,2,10.5,路堤,無,有,無,180,"{X}, {Y - 500}"\n',
    "works": "施工編號,國道,行向,起點里程,終點里程,車道,完工日期,標案資料,工法,施工厚度(公分),種類,材質\n"
    "A1,國道1號,南下,10k+000.5,10k+500,1,113/01/02,112-1,銑刨加鋪,5,開放級配,改質瀝青\n"
    "A2,國道1號,北上,11k+000,11k+500,,,=1+1,,,,\n",
    "performance": "國道,行向,車道,起點,迄點,檢測日期,糙度,鋪面行駛品質,調整後加速度均方根指標,抗滑值,撓度\n"
    "國1,南向,1,10k,10.1k,112.10.12,1.9,70,1.2,45,0.3\n國1,南向,1,10.1k,10.2k,112.10.12,2.1,,,,\n",
    "distress": "紀錄編號,通報日期,損壞說明,照片,位置,通報來源,預計處理日期及方式,日期,廠商,處理方式,說明,修復照片\n"
    "D1,113/01/05,坑洞,a.jpg,國道1號 10k+250 南下,巡查,113/01/08 坑洞修補,113/01/07,甲,坑洞修補,完成,b.jpg\n",
}


@pytest.fixture(params=[True, False], ids=["hashed", "unverified"])
def recorded(request, served, settings, tmp_path):
    photos = {"photos/a.jpg": photo(b""), "photos/b.jpg": photo(b"x")}
    files = {f"{name}.csv": text for name, text in SHEETS.items()} | photos
    data = [{"kind": n, "file": f"{n}.csv"} | ({"photos": "photos/*.jpg"} if n == "distress" else {}) for n in SHEETS]
    data += [{"kind": "performance", "file": "old.csv", "options": {"method": "response type"}}]
    files["old.csv"] = SHEETS["performance"].replace("112.10.12", "101.10.12")
    folder = package(tmp_path / "p", files, data, id="pms", hashes=request.param)
    report = ingest_package(folder, store=served, settings=settings)
    assert report.rejected.empty, report.text()
    return served


def rows(store, name):
    frame = published.table(store, "events" if name == "performance" else name).drop(columns="run")
    return frame.sort_values(list(frame.columns), ignore_index=True).drop(
        columns=["photo", "repair_photo"], errors="ignore"
    )


def taken_in(out, home, number):
    settings = settings_at(home / str(number))
    other = open_store(settings.home, url="", crs=settings["crs"])
    ingest_package(package(home / f"n{number}", network_files(), NETWORK, id="network"), store=other, settings=settings)
    report = ingest_package(out, store=other, settings=settings)
    assert report.rejected.empty, report.text()
    return other


@pytest.mark.parametrize(
    ("recorded", "language", "sheets"),
    [
        (True, "zh_TW", "csv"),
        (False, "en", "xlsx"),
        *(
            pytest.param(*further, marks=pytest.mark.nightly)
            for further in (
                (False, "zh_TW", "csv"),
                (True, "en", "xlsx"),
                (True, "zh_TW", "xlsx"),
                (False, "zh_TW", "xlsx"),
            )
        ),
    ],
    indirect=["recorded"],
)
def test_every_record_comes_back_in_another_store_and_in_the_next(recorded, tmp_path, language, sheets):
    store = recorded
    for hop in (1, 2):
        out = record_export(store, tmp_path / f"records{hop}.zip", language=language, sheets=sheets)
        store = taken_in(out, tmp_path, hop)
        for name in TABLES:
            assert len(rows(recorded, name)), name
            pd.testing.assert_frame_equal(rows(store, name), rows(recorded, name), check_dtype=False, obj=name)
        shown = published.table(store, "distress").iloc[0]
        assert objects.read(store, shown["photo"])[:3] == b"\xff\xd8\xff"
        assert objects.read(store, shown["repair_photo"])[:3] == b"\xff\xd8\xff"
    assert len(rows(store, "performance")) == 12
    assert set(rows(store, "performance")["method"]) == {"agency record", "response type"}


def test_what_a_vehicle_measured_is_no_record(served, settings, tmp_path):
    sheet = "kind,value,route,direction,lane,from_m,to_m,surveyed_on\niri,1.9,N1,S,1,10000,10100,2023-10-12\n"
    folder = package(tmp_path / "e", {"e.csv": sheet}, [{"kind": "events", "file": "e.csv"}], id="van")
    assert ingest_package(folder, store=served, settings=settings).rejected.empty
    with pytest.raises(StoreError, match="no records"):
        record_export(served, tmp_path / "r.zip")


def test_sheets_speak_the_agency_s_language_and_hold_no_formula(recorded, tmp_path):
    with zipfile.ZipFile(record_export(recorded, tmp_path / "r.zip")) as archive:
        text = archive.read("works.csv").decode("utf-8-sig")
        # both photos are the same once their EXIF is gone, so one file stands for both
        assert len([n for n in archive.namelist() if n.startswith("photos/")]) == 1
    for word in ("標案", "起點里程", "國道1號", "10k+000.5", "南下", "銑刨加鋪 5 cm"):
        assert word in text
    assert ",'=1+1," in text


def test_english_sheets_have_english_headings(recorded, tmp_path):
    with zipfile.ZipFile(record_export(recorded, tmp_path / "r.zip", language="en")) as archive:
        works, distress = (
            archive.read(f"{name}.csv").decode("utf-8-sig").splitlines()[0] for name in ("works", "distress")
        )
    assert "From chainage,To chainage" in works
    assert ",Chainage," in distress
    assert "_" not in works + distress


def test_an_empty_store_and_another_suffix_are_refused(served, tmp_path):
    with pytest.raises(StoreError, match="no records"):
        record_export(served, tmp_path / "r.zip")
    with pytest.raises(StoreError, match=".zip"):
        record_export(served, tmp_path / "r.csv")
    with pytest.raises(StoreError, match="not written as"):
        record_export(served, tmp_path / "r.zip", sheets="ods")
