"""The agency's records of a place are shown with their labels, photos and dates, and only where they lie."""

import json
from types import SimpleNamespace

import pandas as pd
import pytest

from dashboard import places, records
from pavement.schema import schema

ROW = pd.Series({"route": "N1", "direction": "S", "lane": "1", "from_m": 100.0, "to_m": 200.0})


def table_of(name: str, rows: list[dict[str, object]]) -> pd.DataFrame:
    return pd.DataFrame(rows).reindex(columns=list(schema(name).index))


@pytest.fixture
def tables(monkeypatch):
    report = {"route": "N1", "direction": "S", "lane": "", "reported_on": pd.Timestamp("2024-09-02"), "photo": "f" * 64}
    held = {
        "distress": table_of(
            "distress",
            [
                report | {"record": "D1", "measure_m": 150.0, "description": "坑洞"},
                report | {"record": "D2", "measure_m": 200.0, "description": "elsewhere"},
                report | {"record": "D3", "measure_m": 150.0, "lane": "2", "description": "other lane"},
            ],
        ),
        "sections": table_of(
            "sections",
            [
                {
                    "route": "N1",
                    "direction": "S",
                    "from_m": 0.0,
                    "to_m": 1000.0,
                    "full_width_m": 10.5,
                    "road_form": "橋梁",
                }
            ],
        ),
    }
    monkeypatch.setattr(places, "table", lambda _, name: held[name])
    monkeypatch.setattr(records.queries, "table", lambda _, name: held[name])


def said(app, card) -> str:
    with app.server.test_request_context():
        from flask import session

        session["language"] = "en"
        context = SimpleNamespace(settings={"photos": "blur"})
        return json.dumps(card(context, ROW), default=lambda c: c.to_plotly_json(), ensure_ascii=False)


def test_distress_of_the_cell_and_lane_alone_with_its_photo(app, tables):
    text = said(app, records.distress_card)
    assert "坑洞" in text
    assert "2024-09-02" in text
    assert f"/image/{'f' * 64}" in text
    assert "Photos are blurred for your role" in text, "nobody is signed in here"
    assert "elsewhere" not in text
    assert "other lane" not in text
    assert "Repaired on" not in text, "columns without any value are left out"


def test_road_basics_with_their_units(app, tables):
    text = said(app, records.road_card)
    assert "Full width [m]" in text
    assert "10.5" in text
    assert "橋梁" in text
