import numpy as np
import pandas as pd
import pytest

from pavement import schema as described
from pavement.errors import FAULT_COLUMNS, SchemaError
from pavement.schema import check, labels, meanings, schema, table_names

GOOD = {
    "work": "w1",
    "route": "007",
    "direction": "S",
    "from_m": "0",
    "to_m": "100",
    "completed_on": "112/8/1",
    "treatment": "overlay",
}


def works(**changes: str) -> pd.DataFrame:
    return pd.DataFrame([GOOD | changes])


def test_good_rows_are_typed_and_others_listed_with_row_and_cure() -> None:
    frame = pd.concat([works(), works(work="w2", from_m="12,345")], ignore_index=True)
    good, faults = check(frame, "works", file="works.csv")
    assert good["completed_on"].iloc[0] == pd.Timestamp("2023-08-01")
    assert faults.columns.tolist() == list(FAULT_COLUMNS)
    row = faults.iloc[0]
    assert (row["file"], row["row"], row["column"], row["rule"]) == ("works.csv", 3, "from_m", "type")
    assert row["cure"]


@pytest.mark.parametrize("route", ["007", "NA", "1E5", "TRUE", "nan"])
def test_t6_ids_stay_text(route: str) -> None:
    good, faults = check(works(route=route), "works", file="w")
    assert faults.empty
    assert good["route"].tolist() == [route]


@pytest.mark.parametrize("value", ["inf", "1e400", "NaN", "-", "n/a", "0x1F", "9" * 400, "1,5"])
def test_t7_t10_what_is_no_number_is_rejected(value: str) -> None:
    good, faults = check(works(from_m=value), "works", file="w")
    assert good.empty
    assert faults["rule"].tolist() == ["type"]


@pytest.mark.parametrize("value", ["-1", "1e9"])
def test_t8_out_of_range_names_the_limits(value: str) -> None:
    _, faults = check(works(from_m=value), "works", file="w")
    assert "0 to 1000000 m" in faults["cure"].iloc[0]


def test_t14_second_of_one_key_is_rejected() -> None:
    good, faults = check(pd.concat([works(), works()], ignore_index=True), "works", file="w")
    assert len(good) == 1
    assert faults["rule"].tolist() == ["duplicate"]


def test_t4_t5_columns_missing_or_twice() -> None:
    with pytest.raises(SchemaError, match=r"needs the columns \['treatment'\].*columns ="):
        check(works().drop(columns="treatment"), "works", file="w")
    with pytest.raises(SchemaError, match="more than once"):
        check(works().assign(**{" ROUTE ": "x"}), "works", file="w")


def test_t18_header_only_is_an_empty_table() -> None:
    good, faults = check(works().iloc[:0], "works", file="w")
    assert good.empty
    assert faults.empty


def test_typed_input_passes_as_it_is() -> None:
    frame = pd.DataFrame(
        {
            "route": "N1",
            "direction": "S",
            "lane": "1",
            "measure_m": np.arange(3.0),
            "elevation_left": 0.1,
            "elevation_right": [0.1, np.nan, 0.2],
        }
    )
    good, faults = check(frame, "longitudinal_profile", file="p.parquet")
    assert len(good) == 2
    assert faults["rule"].tolist() == ["required"]


@pytest.mark.parametrize("name", [*table_names(), "panel"])
def test_every_table_is_described_whole_in_both_languages(name: str) -> None:
    frame = schema(name)
    assert frame.index.is_unique
    assert (frame["zh"] != "").all()
    assert (frame["en"] != "").all()
    assert set(frame["type"]) <= {"text", "int", "float", "date", "datetime", "bool", "geometry", "json"}
    assert labels(name, language="en").keys() == labels(name, language="zh_TW").keys()


@pytest.mark.parametrize("word", ["zh", "en", "description", "description_zh"])
def test_a_column_that_is_not_explained_in_both_languages_is_refused(word: str, monkeypatch, tmp_path) -> None:
    (tmp_path / "schema").mkdir()
    told = schema("cells").reset_index()
    told.loc[told["column"] == "lane", word] = ""
    told.to_csv(tmp_path / "schema" / f"own_{word}.csv", index=False)
    monkeypatch.setattr(described, "_ROOT", tmp_path)
    with pytest.raises(SchemaError, match=rf"lane\.{word}'\]") as found:
        schema(f"own_{word}")
    assert "description_zh" in found.value.cure


def test_meanings_are_told_in_the_language_asked_for() -> None:
    assert meanings("frames", language="zh_TW")["taken_at"] == "拍攝時刻，依相機時鐘"
    assert meanings("frames", language="en")["taken_at"] == "Moment of the shot by the camera's clock"
