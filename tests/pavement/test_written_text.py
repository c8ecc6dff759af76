"""Files as spreadsheets save them."""

import pandas as pd
import pytest

from pavement.written_text import csv_table, text_of

TEXT = "office,note\n北區,夜間施工\n"
EXPECTED = pd.DataFrame({"office": ["北區"], "note": ["夜間施工"]})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp950"])
@pytest.mark.parametrize("cut", [",", ";", "\t"])
def test_a_table_is_read_as_it_was_saved(encoding: str, cut: str) -> None:
    written = TEXT.replace(",", cut).replace("\n", "\r\n").encode(encoding)
    pd.testing.assert_frame_equal(csv_table(written), EXPECTED)


def test_headings_lose_spaces_and_rows_without_heading_have_numbers() -> None:
    assert list(csv_table(b"year, budget \n2026,1\n").columns) == ["year", "budget"]
    assert csv_table(b'"30,000,000"\n', heading=False).loc[0, 0] == "30,000,000"


@pytest.mark.parametrize("content", [b"\xff\x00\x12", b"a\x00b", b"\x81\x00"])
def test_what_is_no_text_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="no text in UTF-8, UTF-16 or Big5"):
        text_of(content)
