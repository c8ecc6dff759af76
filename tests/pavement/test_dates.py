import datetime as dt

import pytest

from pavement.dates import month_start, parse_date, roc_date, roc_year
from pavement.errors import SurveyError


@pytest.mark.parametrize(
    "text", ["2024-03-02", "2024/3/2", "113/3/2", "113.03.02", "1130302", "113年3月2日", "民國113年3月2日"]
)
def test_one_day_in_every_written_form(text: str) -> None:
    assert parse_date(text) == dt.date(2024, 3, 2)


@pytest.mark.parametrize("text", ["03/04/2021", "113/2/30", "45352", "", "38/1/1", "990108", "2101-01-01", "24-13-01"])
def test_d1_d2_d3_what_could_mean_two_days_is_refused(text: str) -> None:
    with pytest.raises(SurveyError):
        parse_date(text)


@pytest.mark.parametrize(
    "text", ["112.08", "112/8", "112/08", "112-08", "112年8月", "民國112年8月", "2023-08", "2023/8"]
)
def test_a_month_alone_in_every_written_form(text: str) -> None:
    assert month_start(text) == dt.date(2023, 8, 1)


@pytest.mark.parametrize(
    "text", ["112.1", "112.8", "112-8", "112.13", "112.00", "11208", "112", "12.08", "112.08.01", ""]
)
def test_d1_what_may_be_two_months_or_none_is_no_month(text: str) -> None:
    assert month_start(text) is None


def test_roc_faces() -> None:
    assert roc_date(dt.date(2023, 8, 1)) == "112/08/01"
    assert roc_year(2024) == 113
