"""Projects to choose whole ones from."""

import numpy as np

from benchmarks.projects import RULES, network
from pavement.planning.basis import basis
from pavement.planning.limits import no_limits
from pavement.planning.project_answer import Joined, best_answer, ready_to_join
from pavement.planning.project_near import fitting
from pavement.planning.projects import Columns
from pavement.planning.treatments import catalogue
from tests.planning.conftest import money, straight_lines


def test_what_passes_a_limit_alone_is_left_out_unless_others_give_back() -> None:
    none = np.empty(0, dtype=np.int64)
    amount = np.array([[5.0, 9.0], [4.0, -9.0], [4.0, 0.0]])
    found = Columns(np.arange(3), np.ones(3, dtype=np.int64), none, none, np.ones(3), amount)
    assert fitting(found, np.array([4.0, 1.0])).tolist() == [1, 2]


def test_o4_one_section_gains_no_less_with_more_money_and_its_plan_is_not_empty() -> None:
    joined = Joined(RULES, catalogue())
    units, treatments = ready_to_join(network(30, seed=1).drop(columns="growth").iloc[:3], joined.catalogue, joined)
    ready = basis(units, years=range(2026, 2036), forecast=straight_lines, catalogue=treatments, discount_rate=0.03)
    value = [best_answer(ready, money(m * 1e6, years=10), no_limits(), joined).value for m in (0.5, 1, 2, 6)]
    assert value[0] > 5e5
    assert (np.diff(value) >= 0).all()
