"""Reports of distress on the pages: a photo by phone, its place, the form, the steps, who may, and what it links to."""

import io
import json
from functools import partial

import cv2
import numpy as np
import pandas as pd
import pytest
from plotly.utils import PlotlyJSONEncoder
from pyproj import Transformer

from dashboard import photo_uploads, report_form
from dashboard.pages import report as report_page
from dashboard.pages import reports as of_states
from pavement.settings import load_settings
from pavement.store import database, objects, reports, runs, users
from tests.dashboard.conftest import PASSWORD, english_client, load
from tests.ingest.phone import exif, photo


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """Return a store of its own with the made network: reports would be seen by the tests beside."""
    chosen = load_settings(environment={"PAVEMENT_HOME": str(tmp_path_factory.mktemp("reports"))})
    with database.open_store(chosen.home) as opened:
        load("made").fill(opened)
        for role in users.ROLES:
            users.add(opened, role, password=PASSWORD, role=role)
        yield opened, chosen


@pytest.fixture(scope="module")
def pages(own):
    from dashboard.app import create_app

    return create_app(*own)


@pytest.fixture
def enter(pages):
    return partial(english_client, pages)


def call(client, outputs, trigger, states):
    """Post one callback of several outputs as the browser does."""
    body = {
        "output": "..{}..".format("...".join(outputs)),
        "outputs": [{"id": o.rsplit(".", 1)[0], "property": o.rsplit(".", 1)[1].split("@")[0]} for o in outputs],
        "inputs": [{"id": i, "property": "n_clicks", "value": 1 if i == trigger else None} for i in states["inputs"]],
        "changedPropIds": [f"{trigger}.n_clicks"],
        "state": [{"id": i, "property": p, "value": v} for i, p, v in states["state"]],
    }
    return client.post("/_dash-update-component", json=body)


def outputs_of(pages, name):
    found = [o for o in pages.callback_map if name in o]
    assert len(found) == 1
    return found[0].strip(".").split("...")


def send(pages, client, **fields):
    told = {
        "way": "N1 S",
        "chainage": "20k+023",
        "lane": None,
        "words": "坑洞",
        "day": "2024-03-20",
        "source": "patrol",
    }
    told |= fields
    photo_key = told.pop("photo", "")
    state = [(f"report-{n}", "value", told[n]) for n in ("way", "chainage", "lane", "words", "day", "source")]
    state.append(("report-photo", "data", photo_key))
    return call(client, outputs_of(pages, "report-fault"), "report-send", {"inputs": ["report-send"], "state": state})


def page(client, path):
    body = {
        "output": "page.children",
        "outputs": {"id": "page", "property": "children"},
        "changedPropIds": ["url.pathname"],
        "inputs": [{"id": "url", "property": "pathname", "value": path}],
        "state": [],
    }
    answer = client.post("/_dash-update-component", json=body)
    return json.dumps(answer.get_json(), ensure_ascii=False)


def near_the_road():
    return Transformer.from_crs("EPSG:3826", "EPSG:4326", always_xy=True).transform(255_008.0, 2_739_977.0)


def test_a_photo_by_phone_tells_its_place_and_keeps_none(own, enter):
    """W12: the position goes to the form alone; what is kept has no EXIF."""
    answer = enter("data").post("/reports/photos", data=photo(exif(*near_the_road())), content_type="image/jpeg")
    told = answer.get_json()
    assert answer.status_code == 200
    assert {p["way"] for p in told["places"]} == {"N1 S", "N1 N"}
    assert all(p["chainage"].startswith("20k+02") for p in told["places"])
    assert told["day"] == "2024-05-01"
    assert "Say which direction." in told["said"]
    kept = list(photo_uploads.folder(type("C", (), {"settings": own[1]})).glob(f"{told['photo']}*"))
    assert len(kept) == 1
    assert b"Exif" not in kept[0].read_bytes()


@pytest.mark.parametrize(("data", "said"), [
    (b"", "empty"), (b"GIF89a" + b"0" * 50, "GIF"), (photo()[:300], "cut short"), (b"<html>", "web page"),
    (b"\0\0\0\x18ftypheic" + b"0" * 40, "HEIC"),
])  # fmt: skip
def test_f12_i14_what_is_no_photo_is_refused_in_words(enter, data, said):
    answer = enter("data").post("/reports/photos", data=data, content_type="image/jpeg")
    assert answer.status_code == 400
    assert said in answer.get_json()["error"]
    assert "Take the photo again" in answer.get_json()["error"]
    assert "vehicle" not in answer.get_json()["error"], "it is somebody's telephone"


def test_w4_a_photo_over_the_limit_is_refused(enter, own):
    answer = enter("data").post("/reports/photos", data=b"0" * (own[1]["photo_limit"] + 1))
    assert answer.status_code == 413
    assert "photo_limit" in answer.get_json()["error"]


@pytest.mark.parametrize(("role", "may"), [("viewer", False), ("planner", True), ("data", True), ("admin", True)])
def test_w2_who_may_report(pages, enter, role, may):
    client = enter(role)
    assert (client.post("/reports/photos", data=photo()).status_code == 200) == may
    assert (send(pages, client).status_code == 200) == may
    assert ("report-send" in page(client, "/reports")) == may


def test_a_report_goes_from_phone_to_repair(own, pages, enter):
    store, _ = own
    client = enter("data")
    key = client.post("/reports/photos", data=photo(shade=33)).get_json()["photo"]
    answer = send(pages, client, photo=key, words="坑洞 at the joint", lane="1")
    assert answer.status_code == 200, answer.get_data(as_text=True)
    path = answer.get_json()["response"]["url"]["pathname"]
    record = reports.reports(store).set_index("id").loc[path.removeprefix("/report/")]
    assert (record["measure_m"], record["lane"], record["state"]) == (20023.0, "1", "reported")
    assert record["position"] == "N1 20k+023 southbound"
    assert objects.read(store, record["photo"])[:3] == b"\xff\xd8\xff"
    shown = page(client, path)
    assert "坑洞 at the joint" in shown
    assert f"/image/{record['photo']}" in shown
    assert client.get(f"/image/{record['photo']}", buffered=True).status_code == 200
    after = client.post("/reports/photos", data=photo(shade=200)).get_json()["photo"]
    told = {"reason": "filled", "planned-on": None, "planned-method": None, "repaired-on": "113/03/21"}
    told |= {"contractor": "甲", "repair-method": "坑洞修補"}
    fields = [(f"step-{name}", "value", value) for name, value in told.items()]
    about = ("step-record", "data", {"id": path[8:], "seen": record["run"]})
    state = [about, fields[0], ("report-photo", "data", after), *fields[1:]]
    inputs = {"inputs": ["step-planned", "step-repaired"], "state": state}
    done = call(client, outputs_of(pages, "step-fault"), "step-repaired", inputs)
    assert done.status_code == 200
    assert done.get_json()["response"]["step-fault"]["children"] == ""
    record = reports.reports(store).set_index("id").loc[path[8:]]
    assert (record["state"], record["contractor"], record["repair_note"]) == ("repaired", "甲", "filled")
    assert record["repair_photo"] not in ("", record["photo"])
    shown = page(client, path)
    assert "filled" in shown
    assert f"/image/{record['repair_photo']}" in shown
    # a second person who saw the page before is told
    late = call(client, outputs_of(pages, "step-fault"), "step-repaired", inputs)
    assert late.status_code in (200, 404)
    assert reports.reports(store).set_index("id").loc[path[8:], "contractor"] == "甲"


@pytest.mark.parametrize(("fields", "said"), [
    ({"way": None}, "not chosen"), ({"chainage": "99k"}, "beyond the route"), ({"chainage": "soon"}, "chainage"),
    ({"words": ""}, "description"), ({"day": "31/12/2024"}, "reported_on"), ({"day": "2099-01-01"}, "future"),
    ({"way": "N9 S"}, "N9"),
])  # fmt: skip
def test_what_is_missing_or_wrong_is_told_and_nothing_is_written(own, pages, enter, fields, said):
    before = len(reports.reports(own[0]))
    answer = send(pages, enter("data"), **fields)
    assert said in json.dumps(answer.get_json()["response"]["report-fault"])
    assert len(reports.reports(own[0])) == before


@pytest.mark.parametrize("fields", [{"words": {"a": 1}}, {"lane": ["1"]}, {"day": 3}])
def test_w8_forged_values_are_refused(pages, enter, fields):
    assert send(pages, enter("data"), **fields).status_code == 400


def test_w5_a_photo_of_somebody_else_is_not_there(pages, enter):
    key = enter("data").post("/reports/photos", data=photo()).get_json()["photo"]
    assert send(pages, enter("planner"), photo=key).status_code == 404
    assert send(pages, enter("planner"), photo="../../x").status_code == 404


def test_a_report_is_linked_with_what_frames_show_and_who_found_it_first(own, pages, enter):
    client = enter("data")
    path = send(pages, client, words="crack along the lane", lane="1").get_json()["response"]["url"]["pathname"]
    shown = page(client, path)
    assert "Found first by: a survey" in shown
    assert "/segment/n1-s-1-020000" in shown
    found = reports.links(own[0])
    mine = found[found["record"] == reports.reports(own[0]).set_index("id").loc[path[8:], "record"]]
    assert mine["kind"].tolist() == ["crack"]
    assert (mine["days"].item(), mine["distance_m"].item()) == (-15, 3.0)


def test_open_reports_stand_first_and_a_state_can_be_chosen():
    states = ["repaired", "reported", "planned", "reported", "repaired"]
    days = pd.to_datetime(["2024-05-05", "2024-03-03", "2024-04-04", None, "2024-02-02"])
    found = pd.DataFrame({"state": states, "reported_on": days, "id": list("abcde")})
    # undated ones come last of their state, and still before what is repaired
    assert list(of_states.chosen(found, "all")["id"]) == list("bdcae")
    assert list(of_states.chosen(found, "planned")["id"]) == ["c"]


def test_the_list_follows_the_state_that_is_chosen(own, pages, enter):
    client = enter("viewer")
    send(pages, enter("data"), words="open one")
    for state, there in (("all", True), ("reported", True), ("repaired", False)):
        body = {
            "output": "reports-table.children",
            "outputs": {"id": "reports-table", "property": "children"},
            "inputs": [{"id": "reports-state", "property": "value", "value": state}],
            "changedPropIds": ["reports-state.value"],
        }
        answer = client.post("/_dash-update-component", json=body)
        assert answer.status_code == 200
        assert ("open one" in answer.get_data(as_text=True)) == there
    body["inputs"][0]["value"] = "forged"
    assert client.post("/_dash-update-component", json=body).status_code == 400


def test_a_step_waits_for_its_note_and_a_repair_that_is_done_folds_its_form(app):
    record = pd.Series({"id": "a", "run": "b", "state": "planned"})
    with app.server.test_request_context():
        form = json.dumps(report_form.step_form(record), cls=PlotlyJSONEncoder)
        done = json.dumps(report_form.step_form(record.replace("planned", "repaired")), cls=PlotlyJSONEncoder)
    assert form.index("step-reason") < min(form.index('"step-planned"'), form.index('"step-repaired"'))
    assert form.count('"disabled": true') == 2
    assert '"Details"' not in form
    assert '"Details"' in done
    assert "step-reason" in done


@pytest.mark.parametrize(("language", "said"), [("en", "N99 14k+802 southbound"), ("zh_TW", "國道99號 14k+802 南下")])
def test_a_position_is_told_in_the_language_of_the_page(app, monkeypatch, language, said):
    monkeypatch.setitem(app.server.config, "LANGUAGE", language)
    with app.server.app_context():
        assert report_page.position_text("國道99號 14k+802 南下") == said
        assert report_page.position_text("N99 14k+802 southbound") == said
        assert report_page.position_text("國道99號 14k+802 南下 加油站旁") == "國道99號 14k+802 南下 加油站旁"
        assert report_page.position_text("") == ""


def test_reports_are_no_packages_and_leave_the_data_version(own, pages, enter):
    before = runs.data_version(own[0])
    send(pages, enter("data"), words="another")
    assert runs.data_version(own[0]) == before
    assert "another" not in page(enter("viewer"), "/quality")
    assert "another" in page(enter("viewer"), "/reports")


def test_w12_viewers_see_photos_blurred(own, pages, enter):
    client = enter("data")
    noise = np.random.default_rng(1).integers(0, 255, (200, 300, 3), dtype=np.uint8)
    sharp = cv2.imencode(".jpg", noise)[1].tobytes()
    key = client.post("/reports/photos", data=sharp).get_json()["photo"]
    path = send(pages, client, photo=key).get_json()["response"]["url"]["pathname"]
    name = reports.reports(own[0]).set_index("id").loc[path[8:], "photo"]
    seen = {role: enter(role).get(f"/image/{name}", buffered=True).data for role in ("viewer", "data")}
    spread = {r: cv2.Laplacian(cv2.imdecode(np.frombuffer(d, np.uint8), 0), cv2.CV_64F).var() for r, d in seen.items()}
    assert spread["viewer"] < spread["data"] / 10
    assert "blurred for your role" in page(enter("viewer"), path)


def test_photos_whose_report_never_came_go_within_the_hour(own, enter):
    import os
    import time

    key = enter("data").post("/reports/photos", data=photo()).get_json()["photo"]
    place = photo_uploads.folder(type("C", (), {"settings": own[1]}))
    (file,) = place.glob(f"{key}*")
    assert photo_uploads.remove_stale(place) == 0
    os.utime(file, (time.time() - 3700,) * 2)
    assert photo_uploads.remove_stale(place) >= 1
    assert not file.exists()


def test_checks_of_a_run_are_on_its_page_and_go_out(pages, enter):
    client = enter("data")
    assert client.get("/export/quality/" + "f" * 64 + ".json").status_code == 404
    assert client.get("/export/quality/" + "b" * 64 + ".pdf").status_code == 404
    assert io.BytesIO(client.get("/export/records.zip?sheets=xlsx").data).read(2) == b"PK"
    assert client.get("/export/records.zip?sheets=ods").status_code == 404


def decide(pages, client, path, way, finding):
    """Press a button beside a finding as the browser does."""
    outputs = outputs_of(pages, "link-fault")
    identity = {"index": f"{way} {finding}", "type": "link"}
    body = {
        "output": "..{}..".format("...".join(outputs)),
        "outputs": [{"id": o.rsplit(".", 1)[0], "property": o.rsplit(".", 1)[1].split("@")[0]} for o in outputs],
        "inputs": [[{"id": identity, "property": "n_clicks", "value": 1}]],
        "changedPropIds": [json.dumps(identity, separators=(",", ":")) + ".n_clicks"],
        "state": [{"id": "url", "property": "pathname", "value": path}],
    }
    return client.post("/_dash-update-component", json=body)


def test_w2_a_person_says_whether_a_report_is_a_finding(own, pages, enter):
    client = enter("data")
    path = send(pages, client, words="crack by the joint", lane="1").get_json()["response"]["url"]["pathname"]
    record = reports.reports(own[0]).set_index("id").loc[path[8:], "record"]

    def mine():
        found = reports.links(own[0])
        return found[found["record"] == record]

    first = str(mine()["finding"].item())
    assert f"confirmed {first}" not in page(enter("viewer"), path)
    assert decide(pages, enter("viewer"), path, "rejected", first).status_code == 403
    shown = json.dumps(decide(pages, client, path, "confirmed", first).get_json())
    assert "confirmed by data" in shown
    assert mine()["decided_by"].tolist() == ["data"]
    assert decide(pages, client, path, "perhaps", first).status_code == 400
    again = decide(pages, client, path, "confirmed", first).get_json()["response"]["link-fault"]["children"]
    assert "decided before" in again
    shown = json.dumps(decide(pages, client, path, "rejected", first).get_json())
    assert "Not this report" in shown
    assert first not in mine()["finding"].tolist()
    client.get("/language/zh_TW")
    assert "並非此通報" in page(client, path)
