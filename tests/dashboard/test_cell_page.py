"""The page of a cell: what it says of each measure, its layers, cracks, ruts and rough places."""

import io

import pandas as pd
import pytest

from tests.dashboard.test_pages import page_text


def assert_card(client, language, words):
    """Assert that a card stands on the page of the cell that has its values, and not on that of another."""
    client.get(f"/language/{language}")
    text = page_text(client, "/segment/n1-s-1-020000")
    for part in words:
        assert part in text
    assert words[0] not in page_text(client, "/segment/n1-n-1-020000")


def test_a_cell_page_says_value_unit_run_date_and_reason(signed_in):
    client = signed_in("viewer")
    client.get("/language/en")
    text = page_text(client, "/segment/n1-s-1-020000")
    for part in ("N1 20k+000 – 20k+100 southbound Lane 1", " m/km", "2024-03-05", "measured", "/run/" + "b" * 64):
        assert part in text
    assert "Forecast IRI of 2025 is 3.1 m/km, above the trigger" in text
    assert "Too dear" in page_text(client, "/segment/n1-n-1-020000")


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


def test_a_measure_that_was_never_surveyed_has_no_chart(signed_in):
    client = signed_in("viewer")
    client.get("/language/en")
    text = page_text(client, "/segment/n1-n-1-020000")
    charts = text.partition("History and forecast")[2]
    assert "Roughness IRI" in charts
    assert "Skid number" not in text.partition("History of other measures")[2]
