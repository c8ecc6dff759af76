"""The pages in a real browser: they draw, they answer, they stay on this machine."""

import io
import re
import zipfile

import pandas as pd
import pyogrio
import pytest

# its pages and its browser are started once
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

PAGES = [
    "/segments",
    "/segment/n1-s-1-020000",
    "/worklist",
    "/plan",
    "/models",
    "/reports",
    "/quality",
    "/upload",
    "/run/" + "b" * 64,
]
DRAWN = "#map-canvas[data-drawn]"


@pytest.mark.parametrize(
    ("language", "width", "height"), [("zh_TW", 1440, 900), pytest.param("en", 1920, 1080, marks=pytest.mark.nightly)]
)
def test_every_page_draws_without_errors_or_outside_requests(visit, language, width, height):
    page = visit("/", language=language, width=width, height=height)
    page.wait_for_selector(DRAWN)
    for path in PAGES:
        page.goto(page.url.split("/", 3)[0] + "//" + page.url.split("/", 3)[2] + path)
        page.wait_for_selector(".page-head h1")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{path} is wider than the window"
        assert "Error" not in page.inner_text("#page h1")
    assert page.get_attribute("html", "lang") == ("en" if language == "en" else "zh-Hant-TW")
    assert page.seen.outside == []
    assert page.seen.console == []
    assert page.seen.refused == []


def test_wrong_password_says_so_and_stays(chromium, address):
    page = chromium.new_context().new_page()
    page.goto(f"{address}/segments")
    assert "/login" in page.url
    page.fill("#name", "nobody")
    page.fill("#password", "not the password")
    page.click("button[type=submit]")
    assert page.inner_text(".login-fault") == "帳號或密碼錯誤。"
    page.context.close()


def test_the_map_recolours_without_sending_its_geometry_again(visit):
    page = visit("/")
    page.wait_for_selector(DRAWN)
    assert "Roughness IRI" in page.inner_text("#map-legend")
    page.click("#map-kind")
    page.click("text=Rut depth [mm]")
    page.wait_for_selector("#map-canvas[data-drawn*='/rut/0/']")
    legend = page.inner_text("#map-legend")
    assert "Rut depth [mm]" in legend
    assert "5.08" in legend
    assert len([url for url in page.seen.asked if "/data/cells/" in url]) == 1
    assert len([url for url in page.seen.asked if "/data/values/" in url]) == 2


def test_a_forecast_year_is_drawn_with_its_band(visit):
    page = visit("/")
    page.wait_for_selector(DRAWN)
    page.click("#map-year")
    page.click("text='2030'")
    page.wait_for_selector("#map-canvas[data-drawn*='/iri/2030/']")
    assert "2030 forecast, median" in page.inner_text("#map-legend")
    at = page.evaluate("window.dash_clientside.pavement_map.where('n1-s-1-022000')")
    page.mouse.move(at["x"], at["y"])
    page.wait_for_selector("#map-tip:not([hidden])")
    tip = page.inner_text("#map-tip")
    assert "m/km" in tip
    assert "90 % interval" in tip


def test_pointing_at_a_cell_tells_and_a_click_opens_it(visit):
    page = visit("/")
    page.wait_for_selector(DRAWN)
    at = page.evaluate("window.dash_clientside.pavement_map.where('n1-n-2-023000')")
    page.mouse.move(at["x"], at["y"])
    page.wait_for_selector("#map-tip:not([hidden])")
    assert "N1 23k+000 – 23k+100 northbound Lane 2" in page.inner_text("#map-tip")
    # up to five pixels beside the cell still hit one
    page.mouse.click(at["x"] + 5, at["y"])
    page.wait_for_url(re.compile("/segment/n1-n-2-02"))
    page.wait_for_selector(".page-head h1")
    assert "northbound Lane 2" in page.inner_text(".page-head h1")


def test_filters_narrow_the_map_and_its_legend(visit):
    page = visit("/")
    page.wait_for_selector(DRAWN)

    def kilometres():
        return sum(float(k) for k in re.findall(r"([\d.]+) km", page.inner_text("#map-legend")))

    assert kilometres() == pytest.approx(24.0, abs=0.2)
    page.click("#map-direction")
    page.click("text='southbound'")
    page.keyboard.press("Escape")
    page.wait_for_function("() => document.querySelector('#map-legend').innerText.includes('km')")
    page.wait_for_timeout(500)
    assert kilometres() == pytest.approx(12.0, abs=0.2)


def test_the_language_switch_keeps_the_page(visit):
    page = visit("/quality")
    page.wait_for_selector("text=Data quality")
    page.click("#languages >> text=中文")
    page.wait_for_selector("h1:has-text('資料品質')")
    assert page.url.endswith("/quality")


def test_frames_switch_between_findings_and_image_and_open_large(visit):
    page = visit("/segment/n1-s-1-020000")
    page.wait_for_selector("#frames img")
    assert page.is_visible("#frames .layer-overlay >> nth=0")
    page.click("text=Image only")
    page.wait_for_selector("#frames.show-image")
    assert not page.is_visible("#frames .layer-overlay >> nth=0")
    page.click("#frames .thumb >> nth=1")
    page.wait_for_selector(".frame-large")
    assert page.evaluate("document.querySelector('.frame-large').naturalWidth") == 256


def test_an_enlarged_frame_fills_its_window_and_is_turned_over_to_the_ends_of_its_day(visit):
    page = visit("/segment/n1-s-1-020000")
    page.click("#frames .thumb >> nth=5")
    page.wait_for_selector(".frame-large")
    title = ".mantine-Modal-title"
    assert page.inner_text(title) == "20k+050 · f5 · cracks 1.5 m"
    assert page.evaluate("document.querySelector('.frame-large').clientWidth") > 1200
    page.keyboard.press("ArrowRight")
    page.wait_for_selector(f"{title} .unjudged:has-text('out of focus; not judged')")
    page.wait_for_selector("#frame-after:disabled")
    page.keyboard.press("ArrowLeft")
    page.wait_for_selector(f"{title}:has-text('f5')")
    overlay = page.get_attribute(".frame-large", "src")
    page.click(".mantine-Modal-body >> text=Image only")
    page.wait_for_function("old => document.querySelector('.frame-large').getAttribute('src') !== old", arg=overlay)
    assert page.seen.console == []


@pytest.mark.parametrize("language", [pytest.param("en", marks=pytest.mark.nightly), "zh_TW"])
def test_a_cell_page_fits_a_phone(visit, language):
    page = visit("/segment/n1-s-1-020000", language=language, width=420)
    page.wait_for_selector(".history-panels img")
    assert page.evaluate("document.documentElement.scrollWidth") == 420
    # no card is narrower than it can be read in, and no value lies over the next column
    assert page.evaluate("Math.min(...[...document.querySelectorAll('.page .card')].map(c => c.clientWidth))") > 330
    over = "c => [...c].filter(td => td.scrollWidth > td.clientWidth + 1).map(td => td.innerText)"
    assert page.eval_on_selector_all("table.values td", over) == []


def test_the_work_list_filters_and_adds_up(visit):
    page = visit("/worklist")
    page.wait_for_selector("#worklist-sum:has-text('8 of 8')")
    assert "Exports hold all 8" in page.inner_text("#worklist-sum")
    page.fill("#worklist-grid input[aria-label='Year Filter …']:not([disabled])", "2025")
    page.wait_for_selector("#worklist-sum:has-text('3 of 8')")
    assert "6,573,000" in page.inner_text("#worklist-sum")
    assert "Exports hold the filtered 3 of 8" in page.inner_text("#worklist-sum")
    page.fill("#worklist-grid input[aria-label='Year Filter …']:not([disabled])", "1999")
    page.wait_for_selector("#worklist-sum:has-text('There is nothing to export.')")
    assert page.is_disabled("text=Excel")


@pytest.mark.parametrize(
    ("name", "suffix"),
    [("CSV", "csv"), pytest.param("Excel", "xlsx", marks=pytest.mark.nightly), ("GeoPackage", "gpkg")],
)
def test_the_export_holds_the_rows_as_filtered_and_sorted(visit, name, suffix):
    page = visit("/worklist")
    page.wait_for_selector("#worklist-sum:has-text('8 of 8')")
    assert exported(page, name, suffix) == list(range(1, 9))
    page.fill("#worklist-grid input[aria-label='Year Filter …']:not([disabled])", "2025")
    page.wait_for_selector("#worklist-sum:has-text('3 of 8')")
    # by rank from the last to the first
    page.click("#worklist-grid .ag-header-cell-text:text-is('Rank')")
    page.click("#worklist-grid .ag-header-cell-text:text-is('Rank')")
    page.wait_for_function("() => document.querySelector('#worklist-ranks').value === '3,2,1'")
    assert exported(page, name, suffix) == [3, 2, 1]


@pytest.mark.parametrize(("path", "grid"), [("/worklist", "worklist-grid"), ("/segments", "segments-grid")])
def test_chainage_is_filtered_as_posted(visit, path, grid):
    page = visit(path)
    page.wait_for_selector(f"#{grid} .ag-cell[col-id=from_m]")
    page.fill(f"#{grid} input[aria-label='Chainage Filter …']", "22k+")
    cells = f"[...document.querySelectorAll('#{grid} .ag-cell[col-id=from_m]')]"
    page.wait_for_function(f"() => {cells}.every(c => c.innerText.includes('22k+'))")
    assert page.locator(f"#{grid} .ag-cell[col-id=from_m]").count() > 0


def test_the_export_of_the_segment_table_holds_the_cells_shown(visit):
    page = visit("/segments")
    page.wait_for_selector("#segments-sum:has-text('Shown')")
    page.fill("#segments-grid input[aria-label='Chainage Filter …']", "22k+")
    shown = page.locator("#segments-sum")
    page.wait_for_function("() => !document.querySelector('#segments-cells').value.includes('023000')")
    cells = page.input_value("#segments-cells").split(",")
    assert f"Shown: {len(cells)} of " in shown.inner_text()
    with page.expect_download() as download:
        page.click("button:has-text('CSV')")
    back = pd.read_csv(download.value.path())
    assert back["Cell"].drop_duplicates().tolist() == cells
    assert back["From [m]"].between(22_000, 22_999).all()
    assert len(set(back["Year"])) > 1


def exported(page, name, suffix):
    """Return the ranks in the file that a button gives."""
    with page.expect_download() as download:
        page.click(f"button:has-text('{name}')")
    assert download.value.suggested_filename == f"worklist-plan-0001.{suffix}"
    file = download.value.path().rename(download.value.path().with_suffix(f".{suffix}"))
    if suffix == "gpkg":
        return pyogrio.read_dataframe(file, layer="worklist")["rank"].tolist()
    return (pd.read_csv if suffix == "csv" else pd.read_excel)(file)["Rank"].tolist()


@pytest.mark.parametrize(
    ("language", "width", "height"),
    [("zh_TW", 1440, 900), ("en", 1440, 900), pytest.param("en", 1920, 1080, marks=pytest.mark.nightly)],
)
def test_no_column_of_the_work_list_is_cut_or_out_of_sight(visit, language, width, height):
    page = visit("/worklist", language=language, width=width, height=height)
    page.wait_for_selector("#worklist-sum:has-text('8')")
    # widths settle once rows have their heights; columns that do not fit never get in sight
    within = (
        "() => (n => n.scrollWidth <= n.clientWidth)(document.querySelector('#worklist-grid .ag-center-cols-viewport'))"
    )
    page.wait_for_function(within, timeout=10_000)
    cut = page.eval_on_selector_all(
        "#worklist-grid .ag-cell, #worklist-grid .ag-header-cell-text",
        "nodes => nodes.filter(n => n.scrollWidth > n.clientWidth).map(n => n.innerText)",
    )
    assert cut == []
    lefts = "nodes => nodes.map(n => Math.round(n.getBoundingClientRect().x))"
    filters = page.eval_on_selector_all("#worklist-grid .ag-floating-filter", lefts)
    heads = page.eval_on_selector_all("#worklist-grid .ag-header-cell:not(.ag-floating-filter)", lefts)
    assert sorted(filters) == sorted(heads)
    assert len(heads) == len(set(heads)) == 13


def test_w6_text_from_surveys_is_shown_as_text(visit):
    page = visit("/quality")
    page.on("dialog", lambda _: pytest.fail("a script from a survey ran"))
    page.wait_for_selector("text=<script>alert(1)</script>")
    assert page.is_visible("text=Survey <b>2024</b>")


def test_an_upload_is_followed_to_its_report(visit, store, settings):
    from dashboard import worker

    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("readme.txt", "a package without a manifest")
    page = visit("/upload", role="data")
    page.wait_for_selector("#upload-file", state="attached")
    page.set_input_files(
        "#upload-file", {"name": "bad.zip", "mimeType": "application/zip", "buffer": package.getvalue()}
    )
    page.wait_for_selector("text=Waiting for the worker")
    assert not page.is_visible("#upload-bar"), "the report tells how far it is; two bars would contradict each other"
    assert worker.work(store, settings, once=True) == 1
    page.wait_for_selector("text=bad.zip was refused")
    assert "bad.zip has no manifest.toml" in page.inner_text("#upload-report")


def test_w2_a_viewer_sees_no_upload(visit):
    page = visit("/quality", role="viewer")
    page.wait_for_selector("#nav-quality")
    assert page.query_selector("#nav-upload") is None


def test_w9_an_ended_session_leads_to_the_sign_in_page(visit, store):
    from pavement.store import users

    page = visit("/quality")
    page.wait_for_selector("text=Data quality")
    page.wait_for_load_state("networkidle")
    # not by its cookie, which an answer on its way would bring back
    users.end_sessions(store, "admin")
    # whatever the page asks next leads away, perhaps before the click: then there is nothing left to click on
    page.evaluate("() => { setTimeout(() => document.querySelector('#nav-segments')?.click(), 0) }")
    page.wait_for_url(re.compile("/login"))


def test_a_run_is_withdrawn_with_a_reason_and_what_it_replaced_comes_back(visit, store):
    import datetime as dt

    import pandas as pd

    from pavement.store import audit, runs, withdrawal

    value = {"cell": "n1-s-1-020000", "year": 2024, "kind": "friction_sn", "coverage": 1.0, "quality": "recorded"}
    for name, number in (("d", 41.0), ("e", 99.0)):
        values = pd.DataFrame([value | {"value": number, "method": "made", "surveyed_on": pd.Timestamp(2024, 5, 1)}])
        runs.publish(
            store,
            runs.RunDraft(run=name * 64, survey="skid", package="skid.zip", title=f"Skid {name}", operator="Made",
                          surveyed_on=dt.date(2024, 5, 1), tables={"cell_values": values}),
            user="data",
        )  # fmt: skip
    page = visit("/run/" + "e" * 64, role="data")
    page.click("#withdraw")
    page.wait_for_selector("#withdraw-said:has-text('needs a reason')")
    page.fill("#withdraw-reason", "wrong vehicle")
    page.click("#withdraw")
    page.wait_for_selector("dd:has-text('withdrawn')")
    states = runs.runs(store).set_index("run")["state"]
    assert (states["e" * 64], states["d" * 64]) == ("withdrawn", "published")
    assert audit.trail(store).iloc[-1]["user"] == "data"
    page.fill("#withdraw-reason", "it was the right one")
    page.click("#withdraw:has-text('Put back')")
    page.wait_for_selector("dd:has-text('in force')")
    states = runs.runs(store).set_index("run")["state"]
    assert (states["e" * 64], states["d" * 64]) == ("published", "superseded")
    withdrawal.withdraw(store, "e" * 64, user="data", reason="end of the test")
    assert page.seen.console == []
    # the store is shared: leave it as it was
    withdrawal.withdraw(store, "d" * 64, user="data", reason="end of the test")


@pytest.mark.parametrize(
    ("language", "grown"), [pytest.param("en", "1 grown", marks=pytest.mark.nightly), ("zh_TW", "擴展 1 條")]
)
def test_a_place_is_shown_in_both_its_years(visit, language, grown):
    page = visit("/segment/n1-s-1-020000", language=language)
    page.wait_for_selector(".history-panel img >> nth=1")
    assert page.locator(".history-panel.apart").count() == 0
    text = page.inner_text("#history")
    assert "2022-03-05" in text
    assert "2024-03-05" in text
    assert grown in text
