"""The whole journey over the small sample: command line and pages end in the same work list."""

import io
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

# what its tests share takes long to make: one process makes it
pytestmark = pytest.mark.xdist_group("journey")

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "over the whole road"


def pavement(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a verb of the command line on a home folder, as a person would."""
    environment = os.environ | {"PAVEMENT_HOME": str(home), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "dashboard.cli", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=900, cwd=home, check=False)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home folder in which the demo of the small sample ran to its end."""
    folder = tmp_path_factory.mktemp("journey")
    done = pavement(folder, "demo", "--no-serve", "--size", "small")
    assert done.returncode == 0, done.stdout + done.stderr
    (folder / "said.txt").write_text(done.stdout, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def listed(home: Path) -> pd.DataFrame:
    """Return the work list that the command line exports, in English."""
    done = pavement(home, "export", "worklist", "list.csv", "--language", "en")
    assert done.returncode == 0, done.stderr
    return pd.read_csv(home / "list.csv")


@pytest.fixture(scope="module")
def app(home: Path):
    """Return the pages over the same home folder."""
    from dashboard.app import create_app
    from pavement.settings import load_settings
    from pavement.store import users
    from pavement.store.database import open_store

    settings = load_settings(environment={"PAVEMENT_HOME": str(home)})
    store = open_store(home)
    users.add(store, "walker", password=PASSWORD, role="planner")
    yield create_app(store, settings)
    store.close()


def signed_in(app):
    """Return a client that signed in through the login form."""
    client = app.server.test_client()
    assert client.get("/language/en?next=/login").status_code == 302
    answer = client.post("/login", data={"name": "walker", "password": PASSWORD, "next": "/"})
    assert answer.status_code == 302
    return client


def test_every_package_was_published_and_the_way_in_was_told(home: Path) -> None:
    said = (home / "said.txt").read_text(encoding="utf-8")
    assert said.count(": published.") >= 12
    assert "refused" not in said
    assert re.search(r"scenarios-0001: \d+ questions answered side by side", said)
    assert "Sign in as demo" in said


def test_the_list_is_ranked_within_its_budgets_and_gives_reasons(listed: pd.DataFrame) -> None:
    assert len(listed) > 0
    assert listed["Rank"].tolist() == list(range(1, len(listed) + 1))
    assert listed["Reason"].str.len().min() > 20
    assert (listed.groupby("Year")["Cost [NT$]"].sum() <= 60_000_000).all()


def test_both_faces_give_the_same_work_list(app, listed: pd.DataFrame) -> None:
    answer = signed_in(app).get("/export/worklist/plan-0001.csv")
    assert answer.status_code == 200
    # every download is itself an entry of the audit trail, whose head therefore differs
    mine, other = (f.drop(columns="Audit head") for f in (pd.read_csv(io.BytesIO(answer.data)), listed))
    pd.testing.assert_frame_equal(mine, other)


# by day tests/store/test_exports.py holds the three formats against the store
@pytest.mark.nightly
def test_workbook_and_geopackage_hold_the_same_rows(home: Path, listed: pd.DataFrame) -> None:
    for name in ("list.xlsx", "list.gpkg"):
        done = pavement(home, "export", "worklist", name, "--language", "en")
        assert done.returncode == 0, done.stderr
    book = pd.read_excel(home / "list.xlsx", sheet_name=0)
    shapes = gpd.read_file(home / "list.gpkg", layer="worklist")
    assert book["Cost [NT$]"].tolist() == pytest.approx(listed["Cost [NT$]"].tolist())
    assert len(shapes) == len(listed)
    assert shapes.crs.to_epsg() == 3826
    assert (shapes.geometry.length > 300).all()


# by day tests/ingest/test_command_line.py sends the same packages again, tests/planning plans the same again (O7)
@pytest.mark.nightly
def test_the_same_again_changes_nothing(home: Path, listed: pd.DataFrame) -> None:
    done = pavement(home, "demo", "--no-serve", "--size", "small")
    assert done.returncode == 0
    assert ": published." not in done.stdout
    assert "questions answered" not in done.stdout
    assert done.stdout.count("unchanged") >= 12
    pavement(home, "export", "worklist", "again.csv", "--language", "en")
    again = pd.read_csv(home / "again.csv")
    pd.testing.assert_frame_equal(again.drop(columns="Audit head"), listed.drop(columns="Audit head"))


@pytest.mark.nightly
def test_a_broken_package_is_told_and_leaves_everything_as_it_was(home: Path, tmp_path: Path) -> None:
    from sample_data.faulty import FAULTS

    before = pavement(home, "check").stdout
    path = FAULTS["wrong_hash"](tmp_path)
    done = pavement(home, "ingest", str(path))
    assert "sha256" in done.stdout + done.stderr
    assert pavement(home, "check").stdout == before


@pytest.mark.browser
def test_a_planner_sees_the_list_and_opens_its_first_length_and_segment(app, chromium, listed: pd.DataFrame) -> None:
    import waitress.server

    server = waitress.server.create_server(app.server, host="127.0.0.1", port=0, threads=8)
    threading.Thread(target=server.run, daemon=True).start()
    address = f"http://127.0.0.1:{server.effective_port}"
    page = chromium.new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{address}/language/en?next=/login")
    page.fill("#name", "walker")
    page.fill("#password", PASSWORD)
    page.evaluate("document.querySelector('[name=next]').value = '/worklist'")
    page.click("button[type=submit]")
    page.wait_for_selector(f"#worklist-sum:has-text('{len(listed)} of {len(listed)}')")
    first = listed.iloc[0]
    assert first["From (posted)"].split()[1] in page.inner_text("#worklist-grid")
    unit = first["Treatment length"]
    page.click("#worklist-grid .ag-row[row-index='0'] .ag-cell[col-id='treatment']")
    page.wait_for_url(f"{address}/length/{unit}")
    page.wait_for_selector(f"text={first['Reason'][:60]}")
    assert first["Treatment"] in page.inner_text("#page")
    # the first cell of the treatment length carries the name of its route, direction, lane and start
    page.click("text=First cell")
    page.wait_for_url(f"{address}/segment/{unit.rsplit('-', 1)[0]}")
    page.wait_for_selector(".planned")
    assert first["Treatment"] in page.inner_text("#page")
    assert first["Reason"][:60] in page.inner_text("#page")
    page.close()
    server.close()
