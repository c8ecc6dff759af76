"""Treatment lengths with the same borders on all lanes."""

import numpy as np
import pandas as pd

from pavement.network.aligned_lengths import aligned_lengths
from pavement.planning.sections import sections


def carriageway(lanes: dict[str, tuple[float, float]], *, shift: float = 0.0, seed: int = 0) -> pd.DataFrame:
    """Return cells of 100 m of lanes from one place to another, lane 2 shifted, with a step of condition at 3 km."""
    rng = np.random.default_rng(seed)
    rows = []
    for lane, (begin, end) in lanes.items():
        for start in np.arange(begin, end, 100.0):
            at = start + (shift if lane == "2" else 0.0)
            rows.append((f"{lane}-{at:.0f}", "N1", "S", lane, at, at + 100, rng.normal(20 if at < 3000 else 60, 3)))
    return pd.DataFrame(rows, columns=["cell", "route", "direction", "lane", "from_m", "to_m", "penalty"])


def units(cells: pd.DataFrame) -> pd.DataFrame:
    cut = aligned_lengths(cells, minimum=500, maximum=2000, key="penalty")
    assert cut["cell"].tolist() == cells["cell"].tolist()
    keys = {c: (c, "first") for c in ("route", "direction", "lane")}
    return (
        cells.assign(unit=cut["unit"])
        .groupby("unit", as_index=False)
        .agg(**keys, from_m=("from_m", "min"), to_m=("to_m", "max"))
    )


def test_all_lanes_are_cut_at_one_place_and_none_is_too_long() -> None:
    made = units(carriageway({"1": (0, 6000), "2": (0, 6000), "3": (0, 4200)}))
    borders = {lane: set(own["from_m"]) | set(own["to_m"]) for lane, own in made.groupby("lane")}
    assert borders["1"] == borders["2"]
    # the lane that ends on the way has the borders of the others, and its own end
    assert borders["3"] - {4200.0} <= borders["1"]
    assert 3000.0 in borders["1"]
    length = made["to_m"] - made["from_m"]
    assert length.max() <= 2000
    assert length[made["lane"] != "3"].min() >= 500
    found = sections(made)
    assert made.groupby(found.of_unit)["lane"].nunique().max() == 3
    assert len(set(found.chain)) == 1


def test_a_hole_in_a_lane_parts_its_lengths() -> None:
    cells = carriageway({"1": (0, 2000), "2": (0, 2000)})
    made = units(cells[~((cells["lane"] == "2") & cells["from_m"].between(700, 900))])
    own = made[made["lane"] == "2"].sort_values("from_m")
    assert (own["from_m"].to_numpy()[1:] >= own["to_m"].to_numpy()[:-1]).all()
    assert 700.0 in set(own["to_m"])
    assert 1000.0 in set(own["from_m"])


def test_cells_that_begin_elsewhere_on_a_lane_still_make_sections_one_after_another() -> None:
    made = units(carriageway({"1": (0, 6000), "2": (0, 6000)}, shift=40.0))
    found = sections(made)
    assert found.count == (made["lane"] == "1").sum()
    assert len(set(found.chain)) == 1
