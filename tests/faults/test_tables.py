"""Tables that must be refused or survived: T1-T16, T18-T20 and D1-D3 of the acceptance list."""

import io
import zipfile

import numpy as np
import openpyxl
import pandas as pd
import pytest

from ingest.columns import Columns, columns, in_table_units
from ingest.manifest import Data
from ingest.run import ingest_package
from ingest.sheets import sheet
from pavement.errors import PackageError, PavementError, SchemaError, SurveyError
from pavement.store import published
from tests.ingest.builders import kept_file, package

EVENTS = "route,direction,lane,from_m,to_m,kind,value,quality,surveyed_on"
WORKS = "work,route,direction,lane,from_m,to_m,completed_on,treatment\n"
TRAFFIC = "counter,route,direction,from_m,to_m,year,vehicle_class,aadt\n"


def read(tmp_path, settings, content, *, name="a.csv", kind="works", **how):
    return sheet(kept_file(tmp_path / name, content), Data(kind, {}, **how), settings=settings)


def ingested(served, settings, tmp_path, content, *, kind="events", name="a.csv", **entry):
    data = [{"kind": kind, "file": name, **entry}]
    return ingest_package(package(tmp_path / "p", {name: content}, data), store=served, settings=settings)


def test_t1_encoding_is_never_guessed(tmp_path, settings):
    with pytest.raises(SurveyError, match="not utf-8 text at byte 4"):
        read(tmp_path, settings, b"abc," + "路線".encode("big5"))
    assert list(read(tmp_path, settings, "路線,b\n1,2\n".encode("big5"), encoding="big5").frame) == ["路線", "b"]
    assert list(read(tmp_path, settings, "\ufeff路線,b\n1,2\n".encode()).frame) == ["路線", "b"]
    assert list(read(tmp_path, settings, "a,b\n1,2\n".encode("utf-16"), encoding="utf-16").frame) == ["a", "b"]
    with pytest.raises(SurveyError, match="NUL at character 3"):
        read(tmp_path, settings, b"a,b\0\n")


def test_t2_dialect_is_refused_not_half_read(tmp_path, settings):
    for other in ";\t":
        with pytest.raises(SurveyError, match="delimiter = "):
            read(tmp_path, settings, f"a{other}b\n1{other}2\n")
        assert list(read(tmp_path, settings, f"a{other}b\n1{other}2\n", delimiter=other).frame) == ["a", "b"]


def test_t2_decimal_comma_is_a_fault(served, settings, tmp_path):
    report = ingested(
        served,
        settings,
        tmp_path,
        EVENTS.replace(",", ";") + "\nN1;S;1;10000;10100;iri;1,5;measured;2024-03-02\n",
        delimiter=";",
    )
    assert report.state == "refused"
    assert "1,5" in set(report.faults["value"])


def test_t3_ragged_rows_name_their_line_and_shift_nothing(tmp_path, settings):
    found = read(tmp_path, settings, "a,b\n1,2\n1\n1,2,3\n\n7,8\n1,2,\n")
    assert found.frame.to_numpy().tolist() == [["1", "2"], ["7", "8"], ["1", "2"]]
    assert found.rows.tolist() == [2, 6, 7]
    assert [f.row for f in found.faults] == [3, 4]


@pytest.mark.parametrize("header", ["iri,iri", "iri, IRI ", "a,b,A"])
def test_t4_duplicate_columns(header, tmp_path, settings):
    with pytest.raises(SchemaError, match="more than once"):
        read(tmp_path, settings, header + "\n1,2,3\n")


def test_t4_two_headers_of_one_meaning(tmp_path, settings):
    with pytest.raises(SchemaError, match="both mean iri"):
        columns(read(tmp_path, settings, "IRI,糙度\n1,2\n"), "performance", Data("performance", {}), file="a.csv")


def test_t5_missing_column_names_those_found_and_the_mapping(served, settings, tmp_path):
    report = ingested(served, settings, tmp_path, "route,direction,from_m,to_m,Art,wert\nN1,S,10000,10100,iri,1.5\n")
    assert report.state == "refused"
    assert "columns kind, value;" in report.message
    assert "Art, wert" in report.message
    assert "columns = {" in report.message


def test_t6_text_stays_text(tmp_path, settings):
    assert read(tmp_path, settings, "a,b,c,d\n007,NA,1E5,TRUE\n").frame.iloc[0].tolist() == ["007", "NA", "1E5", "TRUE"]


@pytest.mark.parametrize(
    "value", ["NaN", "-", "n/a", "inf", "-inf", "1e400", "0x1F", "9" * 400, "1_000", "１", "", "-999", "25"]
)
def test_t7_t8_t10_values_that_are_none(value, served, settings, tmp_path):
    lines = [f"N1,S,1,{m},{m + 100},iri,{v},measured,2024-03-02" for m, v in ((10000, value), (10100, 1.5))]
    report = ingested(served, settings, tmp_path, "\n".join([EVENTS, *lines]))
    assert report.state == "published"
    assert report.faults["row"].tolist() == [2]
    assert report.faults["file"].tolist() == ["a.csv"]
    assert (report.faults[["rule", "message", "cure"]] != "").all(axis=None)
    assert published.table(served, "events")["value"].tolist() == [1.5]


def test_t8_source_of_a_limit_is_told(served, settings, tmp_path):
    report = ingested(served, settings, tmp_path, f"{EVENTS}\nN1,S,1,10000,10100,rut,3000,measured,2024-03-02\n")
    assert "0.0 to 100.0 mm" in report.faults["cure"].item()


@pytest.mark.parametrize(
    ("table", "column", "values", "looks", "unit"),
    [
        ("performance", "iri", [80, 95, 120], "in/mi", "m/km"),
        ("works", "thickness_mm", [2, 2, 4], "in", "mm"),
        ("fwd", "load_kn", [9, 11.2, 12], "kip", "kN"),
        ("fwd", "d0", [8, 12, 20], "mil", "um"),
        ("weather", "temp_max", [78, 85, 91], "degF", "degC"),
        ("lanes", "width_m", [11, 12, 12], "ft", "m"),
    ],
)
def test_t9_median_in_another_unit_is_refused(table, column, values, looks, unit, tmp_path, settings):
    written = read(tmp_path, settings, column + ",x\n" + "".join(f"{v},1\n" for v in values))

    def converted(**units):
        return in_table_units(Columns(written.frame, {}, []), table, Data(table, {}, units=units), file="a.csv")[column]

    with pytest.raises(SurveyError, match=f"looks like {looks}"):
        converted()
    assert converted(**{column: looks}).median() != np.median(values)
    assert converted(**{column: unit}).astype(float).median() == np.median(values)


def test_t9_in_per_mile_becomes_m_per_km(served, settings, tmp_path):
    sheet_ = f"{EVENTS}\nN1,S,1,10000,10100,iri,95,measured,2024-03-02\n"
    assert "looks like in/mi" in ingested(served, settings, tmp_path / "a", sheet_).message
    report = ingested(served, settings, tmp_path / "b", sheet_, units={"iri": "in/mi"})
    assert report.state == "published"
    # 1 m/km = 63.36 in/mi
    assert published.table(served, "events")["value"].item() == pytest.approx(95 / 63.36, rel=1e-9)


def test_t11_totals_comments_and_repeated_headers_are_counted(served, settings, tmp_path):
    good = "N1,S,1,10000,10100,iri,1.5,measured,2024-03-02"
    report = ingested(served, settings, tmp_path, f"{EVENTS}\n# comment\n{good}\n{EVENTS}\nTotal,,,,,,1.5,,\n")
    assert report.counts["events"] == 1
    assert sorted(report.rejected["row"].unique()) == [2, 4, 5]


def workbook(cells, *, sheets=("Sheet",), hidden=()):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name in sheets:
        page = book.create_sheet(name)
        for row in cells:
            page.append(row)
        page.sheet_state = "hidden" if name in hidden else "visible"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_t12_workbooks_give_values_only(tmp_path, settings):
    found = read(tmp_path, settings, workbook([["a", "b"], [1, "x"], [None, None], ["=1+1", "y"]]), name="a.xlsx")
    assert found.frame.to_numpy().tolist() == [[1, "x"]]
    assert [(f.row, f.column, f.rule) for f in found.faults] == [(4, "a", "formula")]
    two = workbook([["a"], [1]], sheets=("one", "two"))
    with pytest.raises(SurveyError, match="2 visible sheets"):
        read(tmp_path, settings, two, name="b.xlsx")
    assert len(read(tmp_path, settings, two, name="b.xlsx", options={"sheet": "two"}).frame) == 1
    one = workbook([["a"], [1]], sheets=("one", "two"), hidden=("two",))
    assert len(read(tmp_path, settings, one, name="c.xlsx").frame) == 1


def with_entry(content, name, data=b"x"):
    stream = io.BytesIO(content)
    with zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return stream.getvalue()


def test_t12_t13_macros_links_and_bombs_in_workbooks(tmp_path, settings):
    plain = workbook([["a"], [1]])
    for part in ("xl/vbaProject.bin", "xl/externalLinks/externalLink1.xml"):
        with pytest.raises(PackageError, match="macros or links"):
            read(tmp_path, settings, with_entry(plain, part), name="a.xlsx")
    with pytest.raises(PackageError, match="ratio_limit"):
        read(tmp_path, settings, with_entry(plain, "xl/media/x.bin", b"0" * 20_000_000), name="a.xlsx")


def test_t13_entity_bomb_in_a_workbook(tmp_path, settings):
    bomb = (
        b'<?xml version="1.0"?><!DOCTYPE z [<!ENTITY a "aaaaaaaaaa">'
        + b"".join(b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(9))
        + b"]><worksheet><sheetData><row><c><v>&j;</v></c></row></sheetData></worksheet>"
    )
    source = io.BytesIO(workbook([["a"], [1]]))
    target = io.BytesIO()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for entry in old.infolist():
            new.writestr(entry, bomb if "sheet1" in entry.filename else old.read(entry))
    with pytest.raises(PavementError):
        read(tmp_path, settings, target.getvalue(), name="a.xlsx")


def test_t14_same_key_twice(served, settings, tmp_path):
    line = "W1,N1,S,1,10000,10500,2020-05-01,mill_overlay"
    report = ingested(
        served,
        settings,
        tmp_path,
        f"{WORKS}{line}\n{line}\n",
        kind="works",
    )
    assert (report.counts["works"], report.faults["rule"].tolist()) == (1, ["duplicate"])


def test_t14_same_key_in_two_files(served, settings, tmp_path):
    one = (
        "work,route,direction,lane,from_m,to_m,completed_on,treatment\nW1,N1,S,1,10000,10500,2020-05-01,mill_overlay\n"
    )
    data = [{"kind": "works", "file": "a.csv"}, {"kind": "works", "file": "b.csv"}]
    report = ingest_package(
        package(tmp_path / "p", {"a.csv": one, "b.csv": one}, data), store=served, settings=settings
    )
    assert (report.counts["works"], report.faults["rule"].tolist()) == (1, ["duplicate"])


@pytest.mark.parametrize(
    ("kind", "text", "rule", "names"),
    [
        ("works", f"{WORKS}W1,N1,S,1,10000,10500,2020-05-01,超級罩面", "unknown treatment", "whoever maintains"),
        ("works", f"{WORKS}W1,N2,S,1,10000,10500,2020-05-01,新建", "unknown route", "N1"),
        ("works", f"{WORKS}W1,N1,S,7,10000,10500,2020-05-01,新建", "unknown lane", "1, 2"),
        ("traffic", f"{TRAFFIC}C1,N1,S,10000,12000,2020,99,5", "unknown vehicle_class", "truck_factors"),
        ("events", f"{EVENTS}\nN1,S,1,10000,10100,irri,1.5,measured,2024-03-02", "unknown kind", "iri"),
    ],
)
def test_t15_t16_unknown_names_say_what_is_known(kind, text, rule, names, served, settings, tmp_path):
    report = ingested(served, settings, tmp_path, text, kind=kind)
    fault = report.faults.iloc[0]
    assert (report.state, fault["rule"], fault["row"]) == ("refused", rule, 2)
    assert names in fault["cure"]


@pytest.mark.parametrize("wording", ["刨除重鋪", "刨除加鋪", "刨除加舖", "銑鋪", "刨鋪", "銑刨重鋪"])
def test_t15_common_wordings_of_milling_and_paving_are_known(wording, served, settings, tmp_path):
    text = f"{WORKS}W1,N1,S,1,10000,10500,2020-05-01,{wording}\n"
    assert ingested(served, settings, tmp_path, text, kind="works").rejected.empty
    assert published.table(served, "works")["treatment"].tolist() == ["mill_overlay"]


def test_t15_an_unknown_wording_costs_its_record_and_no_other(served, settings, tmp_path):
    """T15: the record is listed with its wording and row, the rest is published."""
    lines = ["W1,N1,S,1,10000,10500,2020-05-01,超級罩面", "W2,N1,S,1,10500,11000,2020-05-01,刨除重鋪"]
    report = ingested(served, settings, tmp_path, WORKS + "\n".join(lines) + "\n", kind="works")
    assert report.rejected[["row", "value"]].to_numpy().tolist() == [[2, "超級罩面"]]
    assert (report.state, report.counts["works"]) == ("published", 1)


@pytest.mark.parametrize(("written", "message", "cure"), [
    ("1.3l", "iri = '1.3l' is not a number.", "plain number"),
    ("2,0", "iri = '2,0' is not a number.", "decimal point"),
])  # fmt: skip
def test_t3_what_is_no_number_is_said_in_words_of_people(written, message, cure, served, settings, tmp_path):
    head = "location,lane,iri\n"
    report = ingested(served, settings, tmp_path, f'{head}國道1號 10k~11k 南下,1,"{written}"\n', kind="performance")
    told = report.faults.iloc[0]
    assert (told["message"], cure in told["cure"]) == (message, True)


@pytest.mark.parametrize(("written", "cure"), [
    ("112.1", "January or October, since a workbook shows 112.10 as 112.1"), ("112.8", "112.08"), ("soon", "113/03/02"),
])  # fmt: skip
def test_d1_a_date_that_is_none_says_why_and_what_to_write(written, cure, served, settings, tmp_path):
    """D1: nothing is guessed, and the reason stands where it is refused."""
    text = f"{WORKS}W1,N1,S,1,10000,10500,{written},新建\n"
    report = ingested(served, settings, tmp_path, text, kind="works")
    assert cure in report.faults["cure"].iloc[0]


def test_t18_header_only_is_accepted_with_a_note(served, settings, tmp_path):
    report = ingested(served, settings, tmp_path, f"{EVENTS}\n")
    assert (report.state, report.faults["rule"].tolist()) == ("published", ["no rows"])


FWD = "route,direction,lane,measure_m,drop,surveyed_on,load_kn,plate_radius_mm,d0,d300,d600,temp_surface"


def test_t19_drops_that_cannot_be(served, settings, tmp_path):
    lines = [
        "N1,S,1,10100,1,2024-03-02,50,150,200,150,90,31",
        "N1,S,1,10100,2,2024-03-02,50,150,-5,150,90,31",
        "N1,S,1,10100,3,2024-03-02,0,150,200,150,90,31",
        "N1,S,1,10200,1,2024-03-02,50,150,200,90,150,31",
        "N1,S,1,10300,1,2024-03-02,90,150,300,200,100,31",
    ]
    report = ingested(served, settings, tmp_path, FWD + "\n" + "\n".join(lines) + "\n", kind="fwd")
    assert dict(zip(report.faults["row"], report.faults["rule"], strict=True)) == {
        3: "range",
        4: "range",
        5: "drop",
        6: "load",
    }
    events = published.table(served, "events").set_index("kind")["value"]
    assert events.drop("surface_modulus").to_dict() == {"ism": 0.25, "d0": 200.0, "sci": 50.0, "bdi": 60.0}


@pytest.mark.parametrize(("temperature", "told"), [("", ["no temperature"]), ("31.5", [])])
def test_t20_no_temperature_no_correction_and_said(temperature, told, served, settings, tmp_path):
    """T20: the indices are formed as measured; the report and the method of each value say what is missing."""
    line = f"N1,S,1,10100,1,2024-03-02,50,150,200,150,90,{temperature}"
    report = ingested(served, settings, tmp_path, f"{FWD}\n{line}\n", kind="fwd")
    assert (report.state, report.faults["rule"].tolist(), len(report.rejected)) == ("published", told, 0)
    events = published.table(served, "events").set_index("kind")
    assert events["value"].drop("surface_modulus").to_dict() == {"ism": 0.25, "d0": 200.0, "sci": 50.0, "bdi": 60.0}
    assert events["method"].str.endswith("temperature not recorded").all() == bool(told)


def test_d1_d2_dates_are_read_one_way(served, settings, tmp_path):
    for number, date in enumerate(["03/04/2021", "25/04/2021", "44000", "1/2/68", "2024-02-30", "soon"]):
        line = f"{EVENTS}\nN1,S,1,10000,10100,iri,1.5,measured,{date}\n"
        assert ingested(served, settings, tmp_path / str(number), line).faults["column"].tolist() == ["surveyed_on"]


def test_d3_future_and_before_construction(served, settings, tmp_path):
    works = WORKS + "W1,N1,S,,10000,12000,2020-05-01,新建\n"
    assert ingested(served, settings, tmp_path / "w", works, kind="works").state == "published"
    lines = [
        f"N1,S,1,{m},{m + 100},iri,1.5,measured,{d}"
        for m, d in ((10000, "2019-01-01"), (10100, "2021-01-01"), (10200, "2099-01-01"), (10300, "1940-01-01"))
    ]
    data = [{"kind": "events", "file": "a.csv"}]
    folder = package(tmp_path / "e", {"a.csv": EVENTS + "\n" + "\n".join(lines)}, data, id="e")
    report = ingest_package(folder, store=served, settings=settings)
    assert dict(zip(report.faults["row"], report.faults["rule"], strict=True)) == {
        2: "before construction",
        4: "future",
        5: "type",
    }


def test_parquet_with_lists_or_damage_is_refused(tmp_path, settings):
    stream = io.BytesIO()
    pd.DataFrame({"a": [[1, 2]]}).to_parquet(stream)
    with pytest.raises(SchemaError, match="no plain values"):
        read(tmp_path, settings, stream.getvalue(), name="a.parquet")
    whole = stream.getvalue()
    for cut in (4, len(whole) // 2, len(whole) - 3):
        with pytest.raises(SurveyError, match="Parquet"):
            read(tmp_path, settings, whole[:cut], name="a.parquet")


def test_distress_under_exactly_the_headings_of_the_present_system_comes_in(served, settings, tmp_path):
    header = "位置,損壞說明,損壞照片,通報來源,預計處理日期及方式,修復日期,修復廠商,處理方式,修復說明,修復照片"
    rows = [
        "國道1號 10k+300 南下,坑洞,,巡查,113/05/02 坑洞修補,113/05/03,範例工程,坑洞修補,完成,",
        "國道1號 10k+500 南下,龜裂,,用路人通報,,,,,,",
    ]
    folder = package(
        tmp_path / "p", {"a.csv": "\n".join([header, *rows]) + "\n"}, [{"kind": "distress", "file": "a.csv"}]
    )
    report = ingest_package(folder, store=served, settings=settings)
    assert (report.state, report.counts["distress"]) == ("published", 2), report.text()
    got = published.table(served, "distress").sort_values("measure_m")
    assert got["description"].tolist() == ["坑洞", "龜裂"]
    assert got["record"].str.fullmatch("[0-9a-f]{12}").all()
    assert got["record"].is_unique
    assert str(got["repaired_on"].iloc[0])[:10] == "2024-05-03"
    assert str(got["planned_on"].iloc[0])[:10] == "2024-05-02"
    assert got["reported_on"].isna().all()


@pytest.mark.parametrize(("treatment", "thickness", "doubted"), [
    ("mill_overlay", "5", True), ("銑刨加鋪", "14.9", True), ("加鋪", "15", False), ("mill_overlay", "", False),
    ("crack_seal", "5", False),
])  # fmt: skip
def test_t16_a_paved_thickness_that_may_be_in_cm_is_doubted(treatment, thickness, doubted, served, settings, tmp_path):
    """T16: 施工厚度 5 is 5 cm to whoever wrote it; a seal is as thin as it says."""
    head = "work,route,direction,lane,from_m,to_m,completed_on,treatment,thickness_mm\n"
    # the median of a sheet is sound, so that nothing tells of a wrong unit of all
    others = "".join(f"V{n},N1,S,1,{10600 + n},{10700 + n},2020-05-01,mill_overlay,50\n" for n in range(3))
    text = f"{head}W1,N1,S,1,10000,10500,2020-05-01,{treatment},{thickness}\n{others}"
    report = ingested(served, settings, tmp_path, text, kind="works")
    told = report.faults[report.faults["column"] == "thickness_mm"]
    assert (report.state, report.counts["works"], len(told)) == ("published", 4, int(doubted))
    if doubted:
        assert told["rule"].tolist() == ["doubtful"]
        assert "units" in told["cure"].iloc[0]


def test_works_without_a_number_of_their_own_get_one(served, settings, tmp_path):
    header = "路線,方向,起點里程,終點里程,標案,施工厚度(cm),種類,材質,工法,完工日期"
    row = "國道1號,南下,10k+000,10k+500,113年度整修,5,密級配,改質瀝青,銑刨加鋪,113/06/01"
    folder = package(tmp_path / "p", {"a.csv": f"{header}\n{row}\n"}, [{"kind": "works", "file": "a.csv"}])
    report = ingest_package(folder, store=served, settings=settings)
    assert report.state == "published", report.text()
    got = published.table(served, "works").iloc[0]
    assert len(got["work"]) == 12
    assert (got["thickness_mm"], got["material"]) == (50.0, "改質瀝青")
