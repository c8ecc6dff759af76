import pandas as pd
import pytest

from pavement.errors import LocationError
from pavement.network.chainage import Chainage, named_lanes, parse, parse_many, posted


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("國道1號 25k+300 南下", Chainage("N1", 25300.0, "S")),
        ("N1 25K+300", Chainage("N1", 25300.0, "")),
        ("25.3k", Chainage("", 25300.0, "")),
        ("289K+900", Chainage("", 289900.0, "")),
        ("國道1號/順向/15.3k", Chainage("N1", 15300.0, "+")),
        ("國道３號甲線　１２Ｋ＋０５０　東向", Chainage("N3A", 12050.0, "E")),
        ("國1高架 40k+000 北上", Chainage("N1H", 40000.0, "N")),
        ("中山高 12公里300公尺 北上", Chainage("N1", 12300.0, "N")),
        ("國道一號 0+000", Chainage("N1", 0.0, "")),
        ("國道十號 5k+010 西向", Chainage("N10", 5010.0, "W")),
        ("國道1號南下25k+300", Chainage("N1", 25300.0, "S")),
        ("BR-386 9k+785 N", Chainage("BR386", 9785.0, "N")),
        ("7k+5.5", Chainage("", 7005.5, "")),
    ],
)
def test_written_forms(text: str, expected: Chainage) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize("text", ["", "N1", "南下", "25", "25k+1300", "1k+000 2k+000", "25k+300 上行", "+-", "k+300"])
def test_what_is_no_chainage_says_so(text: str) -> None:
    with pytest.raises(LocationError, match="Write|Put"):
        parse(text)


@pytest.mark.parametrize("text", ["國道98號 -1k+200", "N1 -0k+300", "國道1號 +25k+300 南下", "N1 \u22120k+300"])
def test_g6_a_sign_before_the_chainage_is_no_direction(text: str) -> None:
    with pytest.raises(LocationError, match="sign before the chainage") as caught:
        parse(text)
    assert "no sign" in caught.value.cure


def test_posted_is_read_back() -> None:
    for language in ("zh_TW", "en"):
        for route in ("N1", "N3A", "N1H"):
            text = posted(route, 25300.0, "S", language=language)
            assert parse(text) == Chainage(route, 25300.0, "S")
    assert posted("N1", 25300.0, "S") == "國道1號 25k+300 南下"


def test_many_keeps_index_and_lists_faults() -> None:
    frame = parse_many(pd.Series(["1k+000", "nowhere", "1k+000"], index=[7, 8, 9]))
    assert frame.index.tolist() == [7, 8, 9]
    assert frame["measure"].tolist()[0] == 1000.0
    assert "no chainage" in frame.loc[8, "fault"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("國道1號高架 25k+300 南下", Chainage("N1H", 25300.0, "S")),
        ("國道1號 高架 25k+300 南下", Chainage("N1H", 25300.0, "S")),
        ("國道1號五楊高架 25k+300", Chainage("N1H", 25300.0, "")),
        ("五楊高架 25k+300 北上", Chainage("N1H", 25300.0, "N")),
        ("國1高架(五楊) 36K+000", Chainage("N1H", 36000.0, "")),
        ("國道1號 高架（五楊）36k+000 南下", Chainage("N1H", 36000.0, "S")),
        ("國1(汐五)高架 36K+000 北上", Chainage("N1H", 36000.0, "N")),
        ("國道1號(五楊高架)南下 36K+000", Chainage("N1H", 36000.0, "S")),
        ("汐五高架道路 25k+300 北上", Chainage("N1H", 25300.0, "N")),
        ("n1h 25k+300 N", Chainage("N1H", 25300.0, "N")),
        ("國道1號平面 25k+300", Chainage("N1", 25300.0, "")),
        ("國3甲 5k+300 東向", Chainage("N3A", 5300.0, "E")),
        ("國道5號匝道 28k+700 南下", Chainage("N5R", 28700.0, "S")),
        ("國道5號匝道12 0k+100", Chainage("N5R12", 100.0, "")),
        ("05FR 28k+700", Chainage("N5R", 28700.0, "")),
        ("N5R12 0k+100 S", Chainage("N5R12", 100.0, "S")),
    ],
)
def test_elevated_roads_branches_and_ramps_are_routes_of_their_own(text: str, expected: Chainage) -> None:
    assert parse(text) == expected
    if expected.route != "N5R12":
        assert parse(posted(expected.route, expected.measure, expected.direction)) == expected


def test_lanes_without_a_number_have_a_name() -> None:
    lanes = pd.Series(["2", "aux", "shoulder_in"])
    assert named_lanes(lanes, language="zh_TW").tolist() == ["2", "輔助車道", "內路肩"]
    assert named_lanes(lanes, language="en").tolist() == ["2", "auxiliary", "inner shoulder"]
