"""Projects to choose whole ones from."""

import numpy as np

from pavement.planning.project_near import fitting
from pavement.planning.projects import Columns


def test_what_passes_a_limit_alone_is_left_out_unless_others_give_back() -> None:
    none = np.empty(0, dtype=np.int64)
    amount = np.array([[5.0, 9.0], [4.0, -9.0], [4.0, 0.0]])
    found = Columns(np.arange(3), np.ones(3, dtype=np.int64), none, none, np.ones(3), amount)
    assert fitting(found, np.array([4.0, 1.0])).tolist() == [1, 2]
