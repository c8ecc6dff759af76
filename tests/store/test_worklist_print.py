"""The work list as it is printed: a sheet of A3 pages, and the report of a plan."""

import re
import shutil
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
import shapely

from pavement.errors import StoreError
from pavement.network.chainage_equations import COLUMNS
from pavement.store import plan_report, plans, report_charts, report_sections, worklist_export
from pavement.store.database import Store, open_store
from tests.store.test_exports import fill


@pytest.fixture
def planned(filled_home, tmp_path: Path) -> Iterator[Store]:
    """Return a store with a plan of two works in two years."""
    with open_store(shutil.copytree(filled_home(fill), tmp_path / "planned")) as opened:
        yield opened


@pytest.mark.parametrize(("language", "name"), [("zh_TW", "列印版"), ("en", "Print")])
def test_the_sheet_to_print_repeats_its_header_on_pages_across(
    planned: Store, tmp_path: Path, language: str, name: str
) -> None:
    sheet = openpyxl.load_workbook(worklist_export.worklist(planned, tmp_path / "w.xlsx", language=language))[name]
    assert sheet.print_title_rows == "$1:$1"
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 8)
    assert (sheet.sheet_properties.pageSetUpPr.fitToPage, sheet.page_setup.fitToHeight) == (True, 0)
    # the second work is of another year, so of another page
    assert [b.id for b in sheet.row_breaks.brk] == [2]
    assert "plan-0001" in sheet.oddHeader.left.text
    assert sheet.max_row == 3


def test_a_work_tells_its_quantities_and_what_it_is_forecast_to_be(planned: Store, tmp_path: Path) -> None:
    back = pd.read_csv(worklist_export.worklist(planned, tmp_path / "w.csv", language="en")).set_index("Rank")
    # 500 m of 3.65 m, 5 cm thick
    assert back["Asphalt [t]"].tolist() == pytest.approx([214.4, 214.4])
    assert back["IRI at the year of work [m/km]"].tolist() == [2.0, 2.0]
    assert back["IRI, upper end [m/km]"].tolist() == [2.5, 2.5]
    assert back["IRI now [m/km]"].tolist() == pytest.approx([2.2, 1.7])
    assert set(back["Confidence"]) == {"high"}


def test_the_report_holds_map_charts_and_works(planned: Store, tmp_path: Path) -> None:
    page = plan_report.plan_report(planned, tmp_path / "r.html", language="zh_TW").read_text(encoding="utf-8")
    assert page.count("<svg") == 2
    assert "國道1號 25k+500 南下" in page
    assert "瀝青混凝土 214.4 t" in page
    # the works of two years on the map
    assert page.count('stroke="#0072b2" stroke-width="3"') == page.count('stroke="#d55e00" stroke-width="4"') > 0
    with pytest.raises(StoreError, match="unknown format"):
        plan_report.plan_report(planned, tmp_path / "r.doc")


def test_the_report_sets_usual_ways_beside_the_plan(planned: Store) -> None:
    plan = plans.newest(planned)
    assert plan is not None
    lengths = plans.frame(planned, plan, "treatment_lengths")
    rows = [("plan", 2025, 30.0, 8e6, 50.0), ("plan", 2026, 20.0, 2e6, 50.0)]
    rows += [("worst", 2025, 31.0, 5e6, 36.0), ("worst", 2026, 24.0, 6e6, 36.0), ("nothing", 2026, 40.0, 0.0, 0.0)]
    told = pd.DataFrame(rows, columns=["method", "year", "mean", "spent", "benefit"]).assign(kind="penalty")
    frames = {"actions": plans.actions(planned, plan), "treatment_lengths": lengths, "baselines": told}
    saved = plans.save(planned, frames, summary={}, forecast_set=None, user="lin")
    page = plan_report.report_page(planned, saved, language="en")
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in re.findall(r"<tr>(.*?)</tr>", page)]
    assert ["This plan", "100.0", "10.0", "20.00"] in cells
    assert ["Worst first", "72.0", "11.0", "24.00"] in cells
    assert ["Without work", "0.0", "0.0", "40.00"] in cells


def test_the_report_tells_limits_and_approval(planned: Store) -> None:
    plan = plans.newest(planned)
    assert plan is not None
    lengths = plans.frame(planned, plan, "treatment_lengths")
    limits = pd.DataFrame(
        [("nights", "night_shifts", "", 2025, "at_most", 40.0, "night", 38.2, 0.0, False)]
        + [("cracks", "poor_share", "crack_percent", 2026, "at_most", 5.0, "%", 4.2, 9.0, True)],
        columns=["id", "kind", "scope", "year", "side", "limit", "unit", "used", "price", "binding"],
    )
    frames = {"actions": plans.actions(planned, plan), "treatment_lengths": lengths, "limits": limits}
    saved = plans.save(planned, frames, summary={}, forecast_set=None, user="lin")
    told = report_sections.limits_used(planned, saved, language="zh_TW")
    assert told.iloc[0].tolist() == ["nights", "夜間施工班次", "2025", "38.20", "≤", "40.00", "夜"]
    assert "裂縫面積率" in told.iloc[1, 1]
    assert "尚未核定" in report_sections.approval_words(planned, saved, language="zh_TW")
    plans.approve(planned, saved.plan, reason="Meeting of May.", checks={"stop": 0, "doubt": 3}, user="chen")
    said = report_sections.approval_words(planned, saved, language="en")
    assert "Approved by chen on 20" in said
    assert "Meeting of May. Check list then: 0 to be solved, 3 to be judged, 0 to see." in said
    page = plan_report.report_page(planned, saved, language="zh_TW")
    assert page.index("夜間施工班次") > page.index("計畫之限制")
    assert "人員決定及其代價" not in page


def test_a_pdf_holds_every_page_with_its_letters(planned: Store, tmp_path: Path) -> None:
    pytest.importorskip("weasyprint", exc_type=OSError, reason="needs Pango")
    written = plan_report.plan_report(planned, tmp_path / "r.pdf", language="zh_TW").read_bytes()
    assert written.startswith(b"%PDF-")
    streams = [
        zlib.decompress(part) for part in re.findall(rb"stream\n(.*?)\nendstream", written, re.S) if part[:1] == b"x"
    ]
    objects = b"".join([written, *streams])
    # figures and charts, map, list: a page each at least
    assert len(re.findall(rb"/Type /Page\b", objects)) >= 3
    assert b"CJK" in objects


def test_posts_stand_at_round_chainage_with_the_sign_of_the_road() -> None:
    lines = [shapely.LineString([(x, 0), (x + 1000, 0)]) for x in range(0, 5000, 1000)]
    cells = gpd.GeoDataFrame(
        {"route": "N1", "direction": "S", "lane": "1", "from_m": [500.0 + 1000 * k for k in range(5)]}
        | {"to_m": [1500.0 + 1000 * k for k in range(5)]},
        geometry=lines,
        crs="EPSG:3826",
    )
    other = cells.assign(lane="2", geometry=cells.translate(yoff=3.5))
    equations = pd.DataFrame([("N1", "S", "A", 500.0, 5500.0, 10_750.0)], columns=COLUMNS)
    posts = plan_report.kilometre_posts(pd.concat([other, cells]), equations, language="en")
    assert list(posts.index) == ["N1 11k+000A", "N1 12k+000A", "N1 13k+000A", "N1 14k+000A", "N1 15k+000A"]
    assert list(zip(posts.x, posts.y, strict=True)) == [(250.0 + 1000 * k, 0.0) for k in range(5)]


@pytest.mark.parametrize(
    ("low", "high", "expected", "digits"),
    [
        (1.08, 1.48, [1.1, 1.2, 1.3, 1.4], 1),
        (0, 32.4, [0, 10, 20, 30], 0),
        (0, 0.0037, [0, 0.001, 0.002, 0.003], 3),
        (5, 5.25, [5, 5.05, 5.1, 5.15, 5.2, 5.25], 2),
        (0, 3456, [0, 1000, 2000, 3000], 0),
    ],
)
def test_an_axis_has_round_values_that_its_decimals_tell_apart(
    low: float, high: float, expected: list[float], digits: int
) -> None:
    values, shown = report_charts.ticks(low, high)
    assert values == pytest.approx(expected)
    assert shown == digits


def test_without_pango_a_pdf_is_refused_with_its_cure(
    planned: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(StoreError, match="write .html and print it"):
        plan_report.plan_report(planned, tmp_path / "r.pdf")
    assert not (tmp_path / "r.pdf").exists()
