"""The card is made from the JSON alone, in both languages, and its charts are whole."""

import json
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest

from models.charts_as_svg import Axes, Series, chart, ticks
from models.evaluation_card import Card, write_card

_FIGURES = {"n": 40, "sites": 9, "rmse": 0.21, "mae": 0.1, "skill": 0.25, "skill_low": 0.1, "skill_high": 0.4}
_FIGURES |= {"coverage_90": 0.91, "width_90": 0.5}
_NONE = dict.fromkeys(_FIGURES) | {"n": 0, "sites": 0}


def report(note: str = "No site is mapped.") -> dict:
    split = {
        "1": _FIGURES | {"baselines": {"persistence": _FIGURES | {"skill": 0.0}}},
        "5": _NONE | {"baselines": {}},
    }
    return {
        "by_site": split,
        "forward": {h: _NONE | {"baselines": {}} for h in ("1", "5")},
        "slices": {"of": "by_site", "family": {"AC|<b>": {"1": _FIGURES, "5": _NONE}}},
        "predicted_found": {"1": [{"predicted": 0.1, "found": 0.12, "found_low": 0.0, "found_high": 0.2}], "5": []},
        "shares": {"": {"LightGBM": 0.6, "HDM-4 line": 0.4, "family rate": 0.0}},
        "features": ["iri", "iri_slope", "x_asphalt"],
        "notes": [note],
        "data": {"file": "h.csv", "rows": 100, "units": 20, "sites": 9, "pairs": 40, "first": 2008.5, "last": 2016.5},
        "settings": {
            "target": "iri",
            "unit": "m/km",
            "seed": 1,
            "horizons": [1.0, 5.0],
            "border": None,
            "interval": 0.9,
        },
    }


@pytest.mark.parametrize(
    ("language", "words"), [("zh_TW", ("預測", "不變", "公式線")), ("en", ("Forecast", "no change"))]
)
def test_a_card_tells_every_figure_in_a_language(tmp_path: Path, language: str, words: tuple[str, ...]) -> None:
    write_card(json.loads(json.dumps(report())), tmp_path, language=language)
    text = (tmp_path / "card.md").read_text(encoding="utf-8")
    assert "| 40 | 0.210 | 0.250 (0.100 … 0.400) | 0.910 | 0.500 |" in text
    assert all(word in text for word in (*words, "No site is mapped.", "h.csv"))
    names = {"skill_by_site.svg", "skill_forward.svg", "coverage.svg", "predicted.svg"}
    assert {p.name for p in tmp_path.iterdir()} == names | {"card.md"}
    assert all(f"![{name}]({name})" in text for name in names)


def test_what_a_table_calls_its_families_stays_text() -> None:
    files = Card(report(), language="en").files()
    assert "AC\\|&lt;b&gt;" in files["card.md"]
    for name, text in files.items():
        if name.endswith(".svg"):
            fromstring(text)  # noqa: S314
    assert "AC|&lt;b&gt;" in files["coverage.svg"]


def test_points_stand_where_their_values_are() -> None:
    drawn = fromstring(
        chart([Series("a", [1, 3, 5], [0.1, 0.2, None], [0.0, 0.1, None], [0.2, 0.3, None])], Axes("t", "x", "y"))
    )  # noqa: S314
    space = "{http://www.w3.org/2000/svg}"
    dots = [c for c in drawn.iter(f"{space}circle") if c.get("r") == "3.5"]
    # a missing value is no point; more is further up
    assert len(dots) == 2
    assert float(dots[1].get("cy")) < float(dots[0].get("cy"))
    assert float(dots[1].get("cx")) > float(dots[0].get("cx"))


def test_a_chart_without_points_holds_its_title() -> None:
    assert "nothing" in chart([], Axes("nothing", "x", "y"))


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ((0.0, 1.0), [0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        ((-0.13, 0.42), [-0.1, 0, 0.1, 0.2, 0.3, 0.4]),
        ((3.0, 61.0), [10, 20, 30, 40, 50, 60]),
    ],
)
def test_ticks_are_round(limits: tuple[float, float], expected: list[float]) -> None:
    assert ticks(*limits) == pytest.approx(expected)


def test_offsets_of_devices_stand_in_the_card() -> None:
    row = {"campaign": "laser 2015", "offset": 0.1, "se": 0.01, "units": 40, "why": "beyond its error"}
    text = Card(report() | {"offsets": [row]}, language="en").files()["card.md"]
    assert "| laser 2015 | 0.100 | 0.010 | 40 | beyond its error, taken out of what is learned from |" in text
    assert "Offsets of devices" not in Card(report(), language="en").files()["card.md"]
