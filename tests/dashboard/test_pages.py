"""Pages as components: what they hold, what they refuse."""

import io
import json
import zipfile

import pandas as pd

from dashboard.pages import PAGES
from pavement.store import published


def page_text(client, path):
    """Return the page at a path as JSON text."""
    body = {
        "output": "page.children",
        "outputs": {"id": "page", "property": "children"},
        "inputs": [{"id": "url", "property": "pathname", "value": path}],
        "changedPropIds": ["url.pathname"],
        "state": [],
    }
    answer = client.post("/_dash-update-component", json=body)
    assert answer.status_code == 200
    return json.dumps(answer.get_json(), ensure_ascii=False)


def test_every_page_has_its_own_address():
    paths = [page.PATH for page in PAGES]
    assert len(paths) == len(set(paths))


def test_an_empty_store_says_what_to_do(tmp_path):
    from dashboard.app import create_app
    from pavement.settings import load_settings
    from pavement.store import database, users

    settings = load_settings(environment={"PAVEMENT_HOME": str(tmp_path)})
    store = database.open_store(tmp_path)
    users.add(store, "admin", password="correct horse", role="admin")
    client = create_app(store, settings).server.test_client()
    client.post("/login", data={"name": "admin", "password": "correct horse"})
    client.get("/language/en")
    for path in ("/", "/segments", "/quality"):
        assert "No survey has been published yet." in page_text(client, path)
    assert "No plan has been made yet." in page_text(client, "/worklist")
    assert "No plan has been made yet." in page_text(client, "/plan")
    assert "No forecast has been made yet." in page_text(client, "/models")
    assert "No package has been ingested yet." in page_text(client, "/upload")
    store.close()


def test_an_export_of_chosen_cells_keeps_their_order_and_all_their_years(signed_in, store):
    client = signed_in("planner")
    client.get("/language/en")
    cells = published.table(store, "cells")["cell"].tolist()[:3]

    def exported(text):
        answer = client.post("/export/segments.csv", data={"cells": text})
        return answer.status_code, pd.read_csv(io.BytesIO(answer.data)) if answer.status_code == 200 else None

    status, whole = exported("")
    assert status == 200
    status, some = exported(",".join(reversed(cells)))
    assert status == 200
    assert some["Cell"].drop_duplicates().tolist() == cells[::-1]
    years = whole[whole["Cell"].isin(cells)].groupby("Cell")["Year"].agg(list)
    assert some.groupby("Cell")["Year"].agg(list).to_dict() == years.to_dict()
    for forged in (f"{cells[0]},{cells[0]}", "nothing", f"{cells[0]},", "x" * (9 * 2**20)):
        assert exported(forged)[0] in (400, 413)


def test_the_records_of_the_agency_go_out_as_a_package(signed_in):
    # its photos are sharp, and a viewer sees them blurred only
    assert signed_in("viewer").get("/export/records.zip").status_code == 403
    answer = signed_in("planner").get("/export/records.zip")
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert {"manifest.toml", "works.csv"} <= set(archive.namelist())
