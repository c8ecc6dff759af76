"""In how many futures works stay in the plan: counted, within the same budgets and limits, the same every time."""

import numpy as np
import pandas as pd
import pytest

from pavement.errors import Cancelled, PlanError
from pavement.planning.basis import basis
from pavement.planning.limits import no_limits, plan_limits
from pavement.planning.policy import answered
from pavement.planning.stability import found_again, redrawn, stability
from pavement.planning.treatments import catalogue
from tests.planning.conftest import make_units, money, straight_lines

MONEY = money(6e6, years=4)


def ready(*, pruned: bool = True):
    units = make_units(40, seed=5)
    years = range(2026, 2030)
    return basis(units, years=years, forecast=straight_lines, catalogue=catalogue(), discount_rate=0.03, pruned=pruned)


@pytest.fixture(scope="module")
def start():
    return ready()


@pytest.fixture(scope="module")
def works(start):
    return answered(start, MONEY, no_limits()).works


def faster(start, factor: float):
    """Return a future in which all kinds grow by a factor of the forecast."""
    paths = start.look.untreated
    return {k: v[:, :1] + factor * (v - v[:, :1]) for k, v in paths.items() if k != "pothole_area"}


def planned(limits):
    """Return how works are chosen from a basis within limits."""
    return lambda ready: answered(ready, MONEY, limits, within=0.005).works


def asked(start, works, futures, **more):
    return stability(start, works, planned=planned(no_limits()), futures=futures, count=len(futures), **more)


def test_all_works_stay_in_a_future_that_is_the_forecast(start, works) -> None:
    found = asked(start, works, [start.look.untreated] * 2)
    again = found.works["again"].to_numpy()
    assert found.unmet == 0
    assert (found.works["draws"] == 2).all()
    # the same search on the same outlook: a work stays in both or in neither
    np.testing.assert_array_equal(found.works["stays"], 2 * again)
    assert again.mean() > 0.7


def test_what_stays_is_what_a_plan_of_that_future_holds(start, works) -> None:
    futures = [faster(start, 0.3), faster(start, 2.0)]
    found = asked(start, works, futures).works
    names = [set(map(tuple, answered(redrawn(start, f, pruned=True), MONEY, no_limits(), within=0.005).works[
        ["unit", "year", "treatment"]].to_numpy())) for f in futures]  # fmt: skip
    counted = [sum(tuple(key) in own for own in names) for key in works[["unit", "year", "treatment"]].to_numpy()]
    assert found["stays"].tolist() == counted
    assert 0 < found["stays"].mean() < 2
    assert (found["stays"] <= found["stays_near"]).all()
    assert (found["stays_near"] <= found["stays_unit"]).all()


def test_works_are_found_again_by_year_treatment_and_unit() -> None:
    works = pd.DataFrame({"unit": ["a", "b", "c", "d"], "year": 2030, "treatment": "overlay"})
    found = pd.DataFrame(
        {"unit": ["a", "b", "c"], "year": [2030, 2031, 2032], "treatment": ["overlay", "overlay", "crack_seal"]}
    )
    want = [[1, 1, 1], [0, 1, 1], [0, 0, 1], [0, 0, 0]]
    np.testing.assert_array_equal(found_again(works, found), np.array(want, dtype=bool))


def test_the_same_futures_give_the_same_answer(start, works) -> None:
    futures = [faster(start, f) for f in (0.5, 1.4)]
    pd.testing.assert_frame_equal(asked(start, works, futures).works, asked(start, works, futures).works)


def test_what_is_not_drawn_stays_as_the_outlook_has_it(start) -> None:
    path = start.look.untreated["iri"].copy()
    drawn = path + 1.0
    drawn[0, 3] = np.nan
    look = redrawn(start, {"iri": drawn}, pruned=True).look
    np.testing.assert_array_equal(look.untreated["iri"][0], path[0])
    np.testing.assert_array_equal(look.untreated["iri"][1:], drawn[1:])
    np.testing.assert_array_equal(look.untreated["rut"], start.look.untreated["rut"])
    assert look.renewed is start.look.renewed


def test_futures_in_which_limits_cannot_be_met_are_counted_apart() -> None:
    start = ready(pruned=False)
    rows = pd.DataFrame(
        [["p", "mean_condition", "iri", "2029", "", "1.9", "m/km"]],
        columns=["id", "kind", "scope", "year", "at_least", "at_most", "unit"],
    )
    limits = plan_limits(rows, file="l.csv", years=start.years, catalogue=start.catalogue, offices=set())
    works = answered(start, MONEY, limits).works
    bad = {"iri": start.look.untreated["iri"] + 3.0}
    given = {"planned": planned(limits), "pruned": False}
    found = stability(start, works, futures=[bad, start.look.untreated], count=2, **given)
    assert (found.unmet, found.works["draws"].unique().tolist()) == (1, [1])
    with pytest.raises(PlanError, match="Not all limits can be met"):
        stability(start, works, futures=[bad], count=1, **given)


def test_it_stops_when_told(start, works) -> None:
    def stop(done: int, total: int, label: str) -> None:
        assert (total, label) == (3, "draws")
        if done == 1:
            raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        asked(start, works, [start.look.untreated] * 2, progress=stop)
