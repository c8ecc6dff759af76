"""The pages made from tables and code stand as they are made."""

import importlib.util
from pathlib import Path

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
    "value",
    "doubt",
    "hold",
    "low",
    "high",
    "at_least",
    "below",
    "quantity",
    "mean",
    "deviation",
    "level",
    "spread",
}


@pytest.mark.parametrize("table", TABLES)
def test_every_column_has_a_label_in_both_languages_and_a_meaning(table: str) -> None:
    columns = schema(table)
    assert (columns[["zh", "en", "description"]] != "").all(axis=None)
    assert columns["zh"].str.contains("[\u4e00-\u9fff]").all()
    assert columns["en"].str.contains("[A-Za-z]").all()


@pytest.mark.parametrize("table", TABLES)
def test_every_quantity_has_a_unit(table: str) -> None:
    numbers = schema(table).query("type == 'float'")
    without = numbers.index[numbers["unit"] == ""]
    assert set(without) <= UNIT_OF_ITS_ROW


def test_every_table_is_named_in_both_languages_and_in_the_dictionary() -> None:
    tables = read_table("tables")
    assert tables["zh"].str.contains("[\u4e00-\u9fff]").all()
    assert tables["en"].str.contains("[A-Za-z]").all()
    page = (DOCS / "data_dictionary.md").read_text(encoding="utf-8")
    assert [name for name in tables["table"] if f"## `{name}`" not in page] == []


def test_every_measure_has_both_names_a_unit_and_a_source() -> None:
    kinds = measures()
    assert (kinds[["zh", "en", "unit", "description", "source", "status"]] != "").all(axis=None)
    assert kinds["zh"].str.contains("[\u4e00-\u9fff]").all()
