"""Lists of gantries: what ids say, versions, and what cannot be placed."""

import pytest

from ingest.run import ingest_package
from pavement.store import published
from tests.ingest.builders import X, Y, package


def sent(store, settings, folder, sheet, *, name="list", options=None, columns=None, **survey):
    entry = {"kind": "gantries", "file": "g.csv", "columns": columns or {}, "options": options or {}}
    made = package(folder / name, {"g.csv": sheet}, [{k: v for k, v in entry.items() if v}], id=name, **survey)
    return ingest_package(made, store=store, settings=settings)


def test_the_published_list_is_read_as_it_is(served, settings, tmp_path):
    sheet = f"gantry_id,mileage,lon,lat,section_start,in_list\n01F0105S,10K+500,{X},{Y - 500},甲,True\n"
    names = {"gantry_id": "gantry", "mileage": "chainage", "lon": "x", "lat": "y"}
    report = sent(served, settings, tmp_path, sheet, options={"valid_from": "2024-01-01"}, columns=names)
    assert report.rejected.empty
    got = published.table(served, "gantries").iloc[0]
    assert got[["route", "variant", "direction", "measure_m"]].tolist() == ["N1", "main", "S", 10_500]
    assert str(got["valid_from"])[:10] == "2024-01-01"
    assert (got["x"], got["y"]) == (X, Y - 500)


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ("01X0105S,2020-01-01,", "gantry"),
        ("03F0105S,2020-01-01,", "unknown route"),
        ("01F9000S,2020-01-01,", "beyond the route"),
        ("01F0105S,,", "required"),
        ("01F0105S,2099-01-01,", "future"),
    ],
)
def test_a_gantry_that_cannot_be_used_is_listed_and_the_others_are_kept(served, settings, tmp_path, row, rule):
    report = sent(served, settings, tmp_path, f"gantry,valid_from,valid_to\n01F0115S,2020-01-01,\n{row}\n")
    assert report.rejected["rule"].tolist() == [rule]
    assert report.rejected["row"].tolist() == [3]
    assert published.table(served, "gantries")["gantry"].tolist() == ["01F0115S"]


def test_versions_of_one_gantry_stand_beside_each_other(served, settings, tmp_path):
    sheet = (
        "gantry,valid_from,valid_to,from_m,to_m\n01F0105S,2020-01-01,2023-01-01,,\n01F0105S,2023-01-01,,10200,11800\n"
    )
    assert sent(served, settings, tmp_path, sheet).rejected.empty
    assert published.table(served, "gantries")["from_m"].fillna(0).tolist() == [0, 10_200]


def test_a_section_with_one_end_is_refused(served, settings, tmp_path):
    sheet = "gantry,valid_from,from_m,to_m\n01F0105S,2020-01-01,10200,\n01F0115S,2020-01-01,,\n"
    assert sent(served, settings, tmp_path, sheet).rejected["rule"].tolist() == ["order"]


def test_a_position_far_from_the_mileage_is_doubted_and_the_mileage_stands(served, settings, tmp_path):
    sheet = f"gantry,valid_from,x,y\n01F0105S,2020-01-01,{X},{Y - 1500}\n"
    report = sent(served, settings, tmp_path, sheet)
    told = report.faults[report.faults["rule"] == "doubtful"]["message"].iloc[0]
    assert told.startswith("01F0105S, 1,000 m apart")
    assert published.table(served, "gantries")["measure_m"].tolist() == [10_500]
