"""What the frames of a run brought, on its page."""

import pytest

from dashboard import run_frames
from tests.dashboard.test_pages import page_text

RUN = "/run/" + "b" * 64


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Frames judged", "1 (out of focus 1)", "9.0 m", "straight down, 2 mm a pixel, 256 × 256 px")),
        (
            "zh_TW",
            (
                "已判讀影像",
                "1 (失焦 1)",
                "9.0 m",
                "垂直向下、每像素 2 mm、256 × 256 px",
                "國道1號 南下 第 1 車道",
            ),
        ),
    ],
)
def test_it_says_totals_camera_and_where_the_frames_lie(signed_in, language, words):
    client = signed_in("viewer")
    client.get(f"/language/{language}")
    text = page_text(client, RUN)
    for word in words:
        assert word in text, word
    assert '"href": "/segment/n1-s-1-020000"' in text
    assert words[0] not in page_text(client, "/run/" + "a" * 64)


@pytest.mark.parametrize(
    ("method", "words"),
    [
        ("classical 3; grid 0.1 m", "線狀濾波 3、格網 0.1 m"),
        ("learned 4 0a1b2c3d 4e5f6a7b; grid 0.1 m", "神經網路 4、權重 0a1b2c3d 4e5f6a7b、格網 0.1 m"),
        ("something else", "something else"),
    ],
)
def test_an_engine_is_named_with_version_and_weights(app, method, words):
    with app.server.test_request_context():
        assert run_frames.engine_text(method) == words


def test_what_a_camera_has_beyond_scale_and_size_tells_two_apart(app):
    with app.server.test_request_context():
        said = run_frames.camera_text({"kind": "forward", "mm_per_pixel": 4.5, "near_m": 3.0})
        assert said == "朝前拍攝、每像素 4.5 mm、near_m = 3.0"
        assert run_frames.camera_text({}) == "–"


def test_columns_of_notes_have_their_labels(app):
    import pandas as pd

    from dashboard.pages.quality import fault_table

    row = {"file": "a.csv", "row": 3, "column": "usable", "value": "", "rule": "", "message": "", "cure": ""}
    with app.server.test_request_context():
        assert "Span(children='可用', title='usable')" in str(fault_table(pd.DataFrame([row])))
