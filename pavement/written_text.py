"""Small files that people save from a spreadsheet: what they are encoded in, and what cuts their cells."""

from __future__ import annotations

import io

import pandas as pd

# what spreadsheets in Taiwan write a CSV in; only a mark at its head tells UTF-16 from anything else
_ENCODINGS = ("utf-8-sig", "cp950")
_MARKS = (b"\xff\xfe", b"\xfe\xff")
CUTS = ("\t", ";", ",")


def text_of(content: bytes) -> str:
    """
    Return the text of a file in UTF-8, in UTF-16 with its mark, or in Big5, lines ended by a line feed.

    Raises
    ------
    ValueError
        It is no text in any of them.
    """
    for encoding in ("utf-16", *_ENCODINGS) if content[:2] in _MARKS else _ENCODINGS:
        try:
            text = content.decode(encoding)
        except UnicodeError:
            continue
        if "\x00" not in text:
            return text.replace("\r\n", "\n")
    raise ValueError("It is no text in UTF-8, UTF-16 or Big5")


def cut_of(text: str) -> str:
    """Return what cuts the cells of a table: the first of tab, semicolon and comma that its heading holds."""
    head = text.strip().partition("\n")[0]
    return next((c for c in CUTS if c in head), ",")


def csv_table(content: bytes, *, heading: bool = True) -> pd.DataFrame:
    """
    Return the rows of a CSV file as text; columns by number without `heading`.

    Raises
    ------
    ValueError
        It is no text, or no table.
    """
    text = text_of(content)
    head = "infer" if heading else None
    found = pd.read_csv(io.StringIO(text), header=head, dtype=str, keep_default_na=False, sep=cut_of(text))
    return found.rename(columns=lambda name: name.strip() if isinstance(name, str) else name)
