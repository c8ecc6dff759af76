"""A sheet to print: A3 across, headers on each page, page numbers, a new page for each group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xlsxwriter

_A3 = 8
# pages break within a group by themselves; a program takes no more breaks than this by hand
_MOST_BREAKS = 1000


@dataclass(frozen=True)
class PrintSheet:
    """
    A table to print.

    Attributes
    ----------
    frame
        Text and numbers, headers as they are printed.
    widths
        Width of each column, in characters.
    digits
        Decimals of number columns.
    name, head, foot
        Name of the sheet, and what stands above and below each page.
    group
        Value of each row; a new one begins a new page.
    """

    frame: pd.DataFrame
    widths: Mapping[str, float]
    digits: Mapping[str, int]
    name: str
    head: str
    foot: str
    group: pd.Series


def add_print_sheet(book: xlsxwriter.Workbook, wanted: PrintSheet) -> None:
    """Add a sheet to print to a workbook; text is typed text."""
    sheet = book.add_worksheet(wanted.name[:31])
    _page(sheet, wanted)
    box = {"border": 1, "border_color": "#9aa5b1", "valign": "top", "text_wrap": True, "font_size": 10}
    head = book.add_format(box | {"bold": True, "bg_color": "#e8edf2", "valign": "vcenter", "align": "center"})
    text = book.add_format(box)
    for at, column in enumerate(wanted.frame.columns):
        digits = wanted.digits.get(str(column))
        number = book.add_format(box | {"num_format": "#,##0" + (f".{'0' * digits}" if digits else "")})
        sheet.set_column(at, at, wanted.widths.get(str(column), 10))
        sheet.write_string(0, at, str(column), head)
        for row, value in enumerate(wanted.frame[column].astype(object).tolist(), start=1):
            _write(sheet, (row, at), value, text if digits is None else number)
    sheet.set_row(0, 44)


def _page(sheet: Any, wanted: PrintSheet) -> None:
    sheet.set_landscape()
    sheet.set_paper(_A3)
    sheet.set_margins(left=0.4, right=0.4, top=0.7, bottom=0.6)
    sheet.repeat_rows(0)
    sheet.fit_to_pages(1, 0)
    sheet.freeze_panes(1, 0)
    # an ampersand begins a code there
    sheet.set_header(f'&L&12&"-,Bold"{wanted.head.replace("&", "&&")}')
    sheet.set_footer(f"&L&9{wanted.foot.replace('&', '&&')[:180]}&R&9&P / &N")
    rows = len(wanted.frame)
    sheet.print_area(0, 0, rows, max(0, len(wanted.frame.columns) - 1))
    group = wanted.group.to_numpy()
    breaks = np.flatnonzero(group[1:] != group[:-1]) + 2 if rows > 1 else np.array([], dtype=int)
    sheet.set_h_pagebreaks(breaks[:_MOST_BREAKS].tolist())


def _write(sheet: Any, at: tuple[int, int], value: Any, style: Any) -> None:
    if value is None or value != value:
        sheet.write_blank(*at, None, style)
    elif isinstance(value, str):
        sheet.write_string(*at, value, style)
    else:
        sheet.write_number(*at, float(value), style)
