import time

import pytest

from models.in_turn import in_turn


def test_what_is_made_comes_in_the_order_asked() -> None:
    def slow(number: int) -> int:
        time.sleep(0.02 * (number == 0))
        return number

    assert list(in_turn(slow, range(7))) == list(range(7))
    assert list(in_turn(slow, [])) == []


def test_a_fault_of_one_is_told_and_not_swallowed() -> None:
    with pytest.raises(ZeroDivisionError):
        list(in_turn(lambda n: 1 // n, [2, 1, 0]))
