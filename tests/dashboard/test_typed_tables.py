"""Tables typed, pasted or uploaded on a page: cuts, encodings, ROC years, and what is refused."""

import base64

import pytest

from dashboard.typed_tables import LARGEST, decoded, in_calendar_years, rows, table
from pavement.errors import PlanError


def address(raw: bytes) -> str:
    """Return a file as a browser gives it to a page."""
    return f"data:text/csv;base64,{base64.b64encode(raw).decode()}"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp950"])
def test_a_file_in_any_usual_encoding_is_text(encoding) -> None:
    text = "id,scope\n上限,木柵工務段\n"
    assert decoded(address(text.replace("\n", "\r\n").encode(encoding)), file="a.csv") == text


@pytest.mark.parametrize(
    "content",
    [None, "", 3, "no comma", "data:;base64,###", address(b""), address(b"a" * (LARGEST + 1))],
)
def test_w8_what_is_no_file_is_refused(content) -> None:
    with pytest.raises(PlanError, match="is empty or larger than"):
        decoded(content, file="a.csv")


def test_w8_a_binary_file_is_refused_as_no_text() -> None:
    with pytest.raises(PlanError, match="is no text"):
        decoded(address(b"PK\x03\x04\x00\x00\xff\xfe\x9f"), file="a.xlsx")


@pytest.mark.parametrize("cut", [",", "\t", ";"])
def test_rows_from_a_spreadsheet_or_a_csv_are_the_same(cut) -> None:
    text = f"ID{cut} Year{cut}unit\n a{cut}115{cut}%\n\n{cut}{cut}\nb{cut}2027年{cut}x\n"
    found = table(text, file="t")
    assert found.columns.tolist() == ["id", "year", "unit"]
    assert found.to_numpy().tolist() == [["a", "2026", "%"], ["b", "2027", "x"]]


def test_short_rows_are_filled_and_no_rows_are_no_table() -> None:
    assert rows("a,b,c\n1\n", file="t").iloc[1].tolist() == ["1", "", ""]
    assert table("\n \n", file="t").empty
    with pytest.raises(PlanError, match="larger than"):
        rows("a" * (LARGEST + 1), file="t")


def test_what_is_no_year_stays_to_be_told_of() -> None:
    found = in_calendar_years(table("year\nsoon\n民國113年\n\n9999\n", file="t"))
    assert found["year"].tolist() == ["soon", "2024", "9999"]
