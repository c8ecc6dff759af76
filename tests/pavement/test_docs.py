"""The pages made from tables and code stand as they are made."""

import importlib.util
import re
from pathlib import Path

import pandas as pd
import pytest

from pavement.schema import measures, read_table, schema, table_names

DOCS = Path(__file__).resolve().parents[2] / "docs"
SPEC = importlib.util.spec_from_file_location("make_reference", DOCS / "make_reference.py")
assert SPEC is not None
assert SPEC.loader is not None
reference = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(reference)


@pytest.mark.parametrize(
    ("page", "made"),
    [
        ("settings.md", reference.settings_page),
        ("data_dictionary.md", reference.dictionary_page),
        ("command_line.md", reference.command_page),
        ("imagery.md", reference.imagery_page),
    ],
)
def test_page_is_as_made(page: str, made) -> None:
    assert (DOCS / page).read_text(encoding="utf-8") == made(), f"docs/{page} is out of date: run `make docs`"


TABLES = table_names()
# in the unit of the row's own kind, or of a column beside it
UNIT_OF_ITS_ROW = {
    "amount",
    "at_least",
    "at_most",
    "below",
    "bound",
    "deviation",
    "doubt",
    "drift",
    "drop",
    "high",
    "hold",
    "level",
    "limit",
    "low",
    "mean",
    "mean_high",
    "mean_low",
    "noise",
    "price",
    "quantity",
    "spread",
    "used",
    "value",
    "wander",
}


HAN = "[\u4e00-\u9fff]"
# words of the mainland for 資料, 資訊, 預設, 配對, 欄位, 坐標, 感測器, 影像, 影片
MAINLAND = "數據|信息|默認|匹配|字段|座標|傳感器|圖像|視頻"


def both_say(words: pd.DataFrame) -> None:
    """Check the names and meanings of a table: each is there in both languages, and in the script of its own."""
    for chinese, english in (("zh", "en"), ("description_zh", "description")):
        assert words.index[~words[chinese].str.contains(HAN)].tolist() == []
        assert words.index[~words[english].str.contains("[A-Za-z]")].tolist() == []
        assert words.index[words[english].str.contains(HAN)].tolist() == []
        assert words.index[words[chinese].str.contains(MAINLAND)].tolist() == []
        # Big5 holds no simplified character
        assert [text for text in words[chinese] if not _in_big5(text)] == []


def _in_big5(text: str) -> bool:
    han = "".join(re.findall(HAN, text))
    return han.encode("big5", errors="ignore").decode("big5") == han


@pytest.mark.parametrize("text", ["车辙深度", "里程数据"])
def test_simplified_words_are_told_from_ours(text: str) -> None:
    assert not _in_big5(text)


@pytest.mark.parametrize("table", [*TABLES, "panel"])
def test_every_column_has_a_name_and_a_meaning_in_both_languages(table: str) -> None:
    both_say(schema(table))


@pytest.mark.parametrize("table", [*TABLES, "panel"])
def test_a_meaning_in_chinese_tells_the_same_codes_and_numbers(table: str) -> None:
    """What stands in a cell, a file or a formula is no word to translate."""
    told = schema(table)
    for column, row in told.iterrows():
        codes = re.findall(r"tables/\w+\.csv|\d+ mm\b|D6433|R 85|23 CFR 490|SHA-256", row["description"])
        assert [code for code in codes if code not in row["description_zh"]] == [], column


@pytest.mark.parametrize("table", TABLES)
def test_every_quantity_has_a_unit(table: str) -> None:
    numbers = schema(table).query("type == 'float'")
    without = numbers.index[numbers["unit"] == ""]
    assert set(without) <= UNIT_OF_ITS_ROW


def test_every_table_is_named_and_explained_in_both_languages_and_in_the_dictionary() -> None:
    tables = read_table("tables").set_index("table")
    both_say(tables)
    page = (DOCS / "data_dictionary.md").read_text(encoding="utf-8")
    assert [name for name in tables.index if f"## `{name}`" not in page] == []
    assert [text for text in tables["description_zh"] if text not in page] == []


def test_every_measure_has_names_and_meanings_in_both_languages_a_unit_and_a_source() -> None:
    kinds = measures()
    assert (kinds[["unit", "source", "status"]] != "").all(axis=None)
    both_say(kinds)


def test_every_role_is_explained_in_both_languages() -> None:
    both_say(read_table("roles").set_index("role"))


def test_the_dictionary_says_each_column_in_both_languages() -> None:
    page = (DOCS / "data_dictionary.md").read_text(encoding="utf-8")
    lines = {line.split(" | ")[0]: line for line in page.splitlines()}
    assert lines["| `iri_peak`"].endswith(
        " | 該處左右輪跡之移動平均糙度 | Running roughness of both wheel paths there |"
    )
