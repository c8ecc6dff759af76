"""Frames on the page of a cell: those that were not judged look unlike sound road, and the order is that of travel."""

import json

import pandas as pd
import pytest

from dashboard import frame_large, places, queries
from dashboard.context import Context
from tests.dashboard.test_pages import page_text

PAGE = "/segment/n1-s-1-020000"


@pytest.fixture
def frames(app, store, settings):
    context = Context(store, settings)
    cell = queries.cells(context).set_index("cell", drop=False).loc["n1-s-1-020000"]
    with app.server.test_request_context():
        return places.frames_on(context, cell)


def shown(client, at, *, layer="overlay"):
    """Return title, picture, and whether the buttons before and after are off, for the frame at a place."""
    buttons = [f"frame-{way}" for way in ("before", "after")]
    wanted = [("frame-modal", "title"), ("frame-large", "children"), *[(name, "disabled") for name in buttons]]
    body = {
        "output": ".." + "...".join(f"{name}.{prop}" for name, prop in wanted) + "..",
        "outputs": [{"id": name, "property": prop} for name, prop in wanted],
        "inputs": [
            {"id": "frame-at", "property": "data", "value": at},
            {"id": "frame-layer", "property": "value", "value": layer},
        ],
        "changedPropIds": ["frame-at.data"],
        "state": [{"id": "url", "property": "pathname", "value": PAGE}],
    }
    answer = client.post("/_dash-update-component", json=body)
    return answer.status_code, json.dumps(answer.get_json(), ensure_ascii=False)


@pytest.mark.parametrize(
    ("language", "said"), [("en", "out of focus; not judged"), ("zh_TW", "失焦，無法判讀")], ids=["en", "zh"]
)
def test_a_frame_that_was_not_judged_says_so_small_and_large(signed_in, frames, language, said):
    client = signed_in("viewer")
    client.get(f"/language/{language}")
    assert page_text(client, PAGE).count(f'"children": "{said}", "className": "badge unjudged"') == 1
    at = frames["frame"].tolist().index("f6")
    assert said in shown(client, at)[1]
    assert said not in shown(client, at - 1)[1]


def test_days_come_newest_first_and_each_in_direction_of_travel(frames, monkeypatch, app, store, settings):
    assert frames["frame"].tolist() == [f"f{at}" for at in range(7)] + [f"e{at}" for at in range(6)]
    context = Context(store, settings)
    falling = queries.routes(context).assign(sense=-1)
    monkeypatch.setattr(queries, "routes", lambda _: falling)
    cell = queries.cells(context).set_index("cell", drop=False).loc["n1-s-1-020000"]
    with app.server.test_request_context():
        turned = places.frames_on(context, cell)["frame"].tolist()
    assert turned == [f"f{at}" for at in reversed(range(7))] + [f"e{at}" for at in reversed(range(6))]


def test_steps_stay_within_a_day():
    frames = pd.DataFrame({"taken_at": ["2024-03-05 02:00", "2024-03-05 02:01", "2022-03-05 02:00"]})
    assert [frame_large.stepped(frames, at, 1) for at in range(3)] == [1, None, None]
    assert [frame_large.stepped(frames, at, -1) for at in range(3)] == [None, 0, None]


def test_a_large_frame_is_shown_plain_or_with_findings(signed_in, frames):
    client = signed_in("viewer")
    for layer in frame_large.LAYERS:
        assert f"/image/{frames[layer].iloc[1]}" in shown(client, 1, layer=layer)[1]
    assert frames["image"].iloc[1] != frames["overlay"].iloc[1]
    assert shown(client, 99)[0] == 400
    assert shown(client, 1, layer="else")[0] == 400
