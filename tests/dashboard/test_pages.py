"""Pages as components: what they hold, what they refuse."""

import io
import json
import zipfile

import pandas as pd
import pytest
from werkzeug.exceptions import BadRequest

from dashboard.pages import PAGES, models, plan, worklist
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


def test_a_cell_page_says_value_unit_run_date_and_reason(signed_in):
    client = signed_in("viewer")
    client.get("/language/en")
    text = page_text(client, "/segment/n1-s-1-020000")
    for part in ("N1 20k+000 – 20k+100 southbound Lane 1", " m/km", "2024-03-05", "measured", "/run/" + "b" * 64):
        assert part in text
    assert "Forecast IRI of 2025 is 3.1 m/km, above the trigger" in text
    assert "Too dear" in page_text(client, "/segment/n1-n-1-020000")


def assert_card(client, language, words):
    """Assert that a card stands on the page of the cell that has its values, and not on that of another."""
    client.get(f"/language/{language}")
    text = page_text(client, "/segment/n1-s-1-020000")
    for part in words:
        assert part in text
    assert words[0] not in page_text(client, "/segment/n1-n-1-020000")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            (
                "Cracks by zone of the lane",
                "Left wheel path",
                "25.0",
                "2.0 mm low",
                "87.5",
                "7.0 mm medium",
                "Other",
                "15.0",
                "8.0 mm medium",
                "4 m of 100 m",
            ),
        ),
        (
            "zh_TW",
            (
                "車道橫向分區裂縫",
                "左輪跡",
                "25.0",
                "2.0 mm 輕",
                "87.5",
                "7.0 mm 中",
                "其他",
                "15.0",
                "8.0 mm 中",
                "100 公尺中有 4 公尺",
            ),
        ),
    ],
)
def test_a_cell_page_shows_cracks_by_zone_and_type(signed_in, language, words):
    assert_card(signed_in("viewer"), language, words)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            ("Ruts by wheel path and method", "straightedge 2 m", "8.0", "6.0", "wire over the lane", "12.0", "9.0"),
        ),
        ("zh_TW", ("各輪跡車轍深度（依方法）", "左輪跡 [mm]", "直規 2 m", "8.0", "全車道拉線", "12.0", "9.0")),
    ],
)
def test_a_cell_page_shows_ruts_of_each_wheel_path_by_method(signed_in, language, words):
    assert_card(signed_in("viewer"), language, words)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", '"title": "Mean of the two wheel paths (MRI)"'),
        ("zh_TW", '"title": "左右輪跡之平均（MRI）"'),
    ],
)
def test_a_measure_says_what_it_means_where_one_points_at_it(signed_in, language, words):
    client = signed_in("viewer")
    client.get(f"/language/{language}")
    assert words in page_text(client, "/segment/n1-s-1-020000")
    assert words.split('"')[3] in page_text(client, "/segments")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Layers and bearing", "Asphalt", "DGAC", "180", "Granular base", "2010", "Structural number", "4.88")),
        ("zh_TW", ("結構層與承載", "瀝青混凝土", "粒料底層", "鋪設年", "結構層紀錄或檢測", "結構數", "4.88")),
    ],
)
def test_a_cell_page_shows_the_layers_that_lie_there(signed_in, language, words):
    assert_card(signed_in("viewer"), language, words)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            (
                "Places of localised roughness",
                "20k+040 – 20k+046",
                "6.5",
                "20k+043",
                "4.25",
                "over 7.62 m",
                "2.50 m/km",
            ),
        ),
        ("zh_TW", ("局部糙度路段", "最差處", "20k+040 – 20k+046", "4.25")),
    ],
)
def test_a_cell_page_shows_its_rough_places(signed_in, language, words):
    assert_card(signed_in("viewer"), language, words)


def test_cracks_by_zone_are_a_file(signed_in):
    client = signed_in("viewer")
    client.get("/language/en")
    table = pd.read_csv(io.BytesIO(client.get("/export/zones.csv").data), comment="#")
    lane = table[table["Zone"] == "Whole lane"].iloc[0]
    assert lane[["Type", "Severity", "Length per 100 m [m]", "Length seen [m]"]].tolist() == [
        "Transverse",
        "medium",
        87.5,
        4,
    ]
    assert client.get("/export/zones.pdf").status_code == 404


def test_the_work_list_shows_bound_and_gap(signed_in):
    client = signed_in("viewer")
    client.get("/language/en")
    text = page_text(client, "/worklist")
    assert "at most 0.01 is possible: gap 0.330 %" in text
    assert "/export/worklist/plan-0001.xlsx" in text
    assert "Prices are examples, to confirm" in text


@pytest.mark.parametrize("role", ["viewer", "planner", "data", "admin"])
def test_w2_only_planners_may_make_plans(signed_in, role):
    assert ("plan-go" in page_text(signed_in(role), "/plan")) == (role in ("planner", "admin"))
    assert ("train-go" in page_text(signed_in(role), "/models")) == (role == "admin")


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


@pytest.mark.parametrize(
    ("budget", "years"), [("60", 10), (None, 10), (60, 0), (60, 31), (60, 1.5), (-1, 5), (1e9, 5), (True, 5), ([1], 5)]
)
def test_w8_forged_plan_arguments_are_refused(budget, years):
    with pytest.raises(BadRequest):
        plan.arguments(budget, years)


def test_plan_arguments_become_money(app):
    with app.server.test_request_context():
        found = plan.arguments(60.5, 10)
        kept = plan.arguments(60.5, 10, True)
    assert (found["budget"], found["years"], found["keep_empty"]) == (60.5e6, 10, False)
    assert kept["keep_empty"] is True


@pytest.mark.parametrize("keep", ["yes", [True], {"a": 1}])
def test_w8_a_forged_wish_for_an_empty_plan_is_refused(app, keep):
    with app.server.test_request_context(), pytest.raises(BadRequest):
        plan.arguments(60, 10, keep)


def test_a_budget_in_millions_is_shown_in_full(app):
    with app.server.test_request_context():
        assert plan.full_amount(0.00006, 10) == "＝每年 NT$ 60，10 年共 NT$ 600"
        assert plan.full_amount("", 10) == ""


def test_the_grid_of_the_work_list_has_a_column_for_each_field(app, made):
    with app.server.test_request_context():
        rows = worklist.rows(made.actions())
        fields = [column["field"] for column in worklist.columns()]
    assert set(fields) <= set(rows.columns)
    assert rows["cost"].sum() == made.actions()["cost"].sum()


def test_the_reason_in_the_grid_is_what_triggers_the_work():
    from pavement.planning.optimise import plan as make
    from pavement.planning.treatments import catalogue
    from tests.planning.conftest import make_units, money, straight_lines

    made = make(
        make_units(25, seed=3), years=5, budgets=money(4e6), forecast=straight_lines, catalogue=catalogue(),
        discount_rate=0.03,
    )  # fmt: skip
    for language, rest in (("zh", "，採"), ("en", "; hence ")):
        for reason in made.actions[f"reason_{language}"]:
            trigger = worklist.trigger_text(reason)
            assert trigger
            assert reason.startswith(f"{trigger}{rest}")


def test_an_export_of_chosen_works_keeps_their_order(signed_in):
    client = signed_in("planner")
    client.get("/language/en")

    def ranks(text):
        answer = client.post("/export/worklist/plan-0001.csv", data={"ranks": text})
        return answer.status_code, pd.read_csv(io.BytesIO(answer.data))["Rank"].tolist() if answer.data else []

    assert ranks("3,1") == (200, [3, 1])
    assert ranks("") == (200, list(range(1, 9)))


@pytest.mark.parametrize("ranks", ["none", "1,", "1,1", "0", "999", "-1", "1;2", "1 or 1=1"])
def test_w8_forged_ranks_are_refused(signed_in, ranks):
    answer = signed_in("planner").post("/export/worklist/plan-0001.csv", data={"ranks": ranks})
    assert answer.status_code == 400


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


def test_scores_show_every_competitor_beside_the_model(app):
    frame = pd.DataFrame(
        [
            {
                "split": "by site",
                "horizon": 1,
                "model": m,
                "pairs": 9,
                "rmse": 0.2,
                "mae": 0.1,
                "skill": s,
                "coverage": c,
            }
            for m, s, c in (("persistence", 0.0, None), ("family curve", 0.2, None), ("forecast", 0.4, 0.91))
        ]
    )
    with app.server.test_request_context():
        text = json.dumps(models.scores(frame, "iri").to_plotly_json(), default=lambda c: c.to_plotly_json())
    for part in ("[m/km]", "0.200", "0.40", "91 %", "family curve"):
        assert part in text


def test_a_measure_that_was_never_surveyed_has_no_chart(signed_in):
    client = signed_in("viewer")
    client.get("/language/en")
    text = page_text(client, "/segment/n1-n-1-020000")
    charts = text.partition("History and forecast")[2]
    assert "Roughness IRI" in charts
    assert "Skid number" not in text.partition("History of other measures")[2]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            ("Gaps and overlaps of frames", "gap 1 (8.0 m), overlap 1 (1.5 m)", "N1 20k+002 – 20k+010", "Frame after"),
        ),
        ("zh_TW", ("影像缺漏與重疊", "缺漏 1 (8.0 m)、重疊 1 (1.5 m)", "20k+002", "後一影像")),
    ],
)
def test_a_run_page_lists_gaps_and_overlaps_of_its_frames(signed_in, language, words):
    """I11."""
    client = signed_in("data")
    client.get(f"/language/{language}")
    text = page_text(client, "/run/" + "b" * 64)
    for word in words:
        assert word in text, word
    assert words[0] not in page_text(client, "/run/" + "a" * 64)


def test_only_those_who_upload_may_withdraw_a_run(signed_in):
    for role in ("viewer", "planner", "data", "admin"):
        shown = "withdraw-reason" in page_text(signed_in(role), "/run/" + "b" * 64)
        assert shown == (role in ("data", "admin"))


def test_a_withdrawn_run_keeps_its_faults_and_says_who_withdrew_it(tmp_path, made, settings):
    from dashboard.app import create_app
    from pavement.store import runs, users, withdrawal
    from pavement.store.database import open_store

    with open_store(tmp_path) as store:
        made.fill(store)
        frame = runs.runs(store)
        run = frame.loc[frame["faults"] > 0, "run"].iloc[0]
        message = runs.faults(store, run)["message"].iloc[0]
        users.add(store, "data", password="a long password", role="data")
        client = create_app(store, settings).server.test_client()
        client.post("/login", data={"name": "data", "password": "a long password"})
        client.get("/language/en")
        assert message in page_text(client, f"/run/{run}")
        assert "Withdrawn and put back" not in page_text(client, f"/run/{run}")
        withdrawal.withdraw(store, run, user="wang", reason="wrong lane")
        text = page_text(client, f"/run/{run}")
        assert message in text
        assert "wrong lane" in text
        assert "wang" in text


def test_what_was_refused_stays_listed_with_its_report(signed_in, store):
    from dashboard import jobs
    from pavement.store import jobs as rows

    def ended(name: str, result: dict[str, object], message: str) -> int:
        number = jobs.ask(store, "ingest", {"file": "x.zip", "name": name}, user="data")
        while (job := rows.claim(store, worker=1)) is not None and job.id != number:
            rows.finish(store, job.id, state="cancelled")
        rows.finish(store, number, result=result, message=message)
        return number

    ended("good.zip", {"state": "published"}, "8 rows published, 0 fault(s) listed.")
    lost = ended("lost.zip", {"state": "refused"}, "Route 'N77' is not on the network.")
    client = signed_in("data")
    client.get("/language/en")
    text = page_text(client, "/upload")
    assert "lost.zip" in text
    assert "Route 'N77' is not on the network." in text
    assert "good.zip" not in text
    assert [job.id for job in jobs.unpublished(store, limit=1)] == [lost]


def test_the_records_of_the_agency_go_out_as_a_package(signed_in):
    # its photos are sharp, and a viewer sees them blurred only
    assert signed_in("viewer").get("/export/records.zip").status_code == 403
    answer = signed_in("planner").get("/export/records.zip")
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert {"manifest.toml", "works.csv"} <= set(archive.namelist())


def test_o8_lengths_without_work_are_listed_with_the_reason(signed_in):
    client = signed_in("viewer")
    client.get("/language/en")
    text = page_text(client, "/plan")
    assert "Treatment lengths without work" in text
    assert "Too dear" in text
    assert "N1 20k+000" in text
