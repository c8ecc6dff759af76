import pytest

from pavement.errors import LocationError
from pavement.network.chainage import parse
from pavement.network.stretch import ends


@pytest.mark.parametrize(
    ("text", "start", "end", "direction"),
    [
        ("國道1號 25k+300~26k+000 南下", 25300.0, 26000.0, "S"),
        ("國道1號南下25k+300至26k+000", 25300.0, 26000.0, "S"),
        ("N1 S 10.3k~11k", 10300.0, 11000.0, "S"),
        ("N1 10K+300.5～11K+200.5 N", 10300.5, 11200.5, "N"),
        ("國1 10公里300公尺至11公里 北上", 10300.0, 11000.0, "N"),
        ("Ｎ１　Ｓ　１０ｋ＋３００～１１ｋ", 10300.0, 11000.0, "S"),
        ("自國道1號10k+000到11k+500 南下", 10000.0, 11500.0, "S"),
        ("N1 10k+000-11k+000 S", 10000.0, 11000.0, "S"),
        ("from 10k+000 to 11k+000 N1 S", 10000.0, 11000.0, "S"),
    ],
)
def test_written_forms(text: str, start: float, end: float, direction: str) -> None:
    first, last = (parse(t) for t in ends(text))
    assert (first.route, first.measure, first.direction) == ("N1", start, direction)
    assert (last.route, last.measure, last.direction) == ("N1", end, direction)


def test_words_between_belong_to_their_side() -> None:
    assert [parse(t) for t in ends("國道1號 10k 南下 ~ 國道1號 11k 南下")] == [
        parse("國道1號 10k 南下"),
        parse("國道1號 11k 南下"),
    ]
    assert [parse(t).route for t in ends("N1 10k ~ N3 11k")] == ["N1", "N3"]


@pytest.mark.parametrize(
    "text", ["", "N1 S", "N1 10k S", "N1 10k 11k S", "N1 10k~11k~12k", "N1 10k 左右 11k", "N1 10k~-11k S"]
)
def test_what_is_no_stretch_says_so(text: str) -> None:
    with pytest.raises(LocationError) as caught:
        ends(text)
    assert "25k+300~26k+000" in caught.value.cure
