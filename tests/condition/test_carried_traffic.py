"""Traffic carried beyond the counts: values by hand, and never without words that say so."""

import numpy as np
import pandas as pd
import pytest

from pavement.condition.cell_history import history_values
from pavement.condition.cell_traffic import cell_traffic, traffic_values
from tests.measures.test_traffic_growth import counts

CELL = "n1-s-1-000000"


def values(cells, traffic, years):
    found = traffic_values(cells, cell_traffic(cells, traffic, years), years)
    return found.astype({"cell": str, "kind": str, "method": str}).set_index(["cell", "kind", "year"]).sort_index()


def test_years_after_the_last_count_grow_at_the_rate_of_the_place(cells):
    """Cars by 2 %, trucks by 1 % a year, as counted in nine years to 2023."""
    got = values(cells, counts(0.02, heavy=0.01), [2023, 2024, 2026]).loc[CELL]
    cars, trucks = (np.array([f ** (y - 2015) for y in (2023, 2024, 2026)]) for f in (1.02, 1.01))
    np.testing.assert_allclose(got.loc["aadt", "value"], 10_000 * cars + 1_000 * trucks)
    np.testing.assert_allclose(got.loc["aadtt", "value"], 1_000 * trucks)
    np.testing.assert_allclose(got.loc["esal", "value"] / got.loc[("esal", 2023), "value"], trucks / trucks[0])
    assert got.loc[("aadt", 2023), ["quality", "method"]].tolist() == ["measured", "classified count"]
    said = "classified count; carried from 2023 at 2.0 %/year light, 1.0 %/year heavy (9 years of counts)"
    assert got.loc[("aadt", 2026), ["quality", "method"]].tolist() == ["estimated", said]
    loads = "classified count; carried from 2023 at 1.0 %/year (9 years of counts)"
    assert got.loc[("aadtt", 2026), "method"] == loads
    assert got.loc[("esal", 2026), "method"].startswith(f"{loads}; AASHTO 1993")


def test_a_place_with_few_years_is_carried_at_the_default_and_says_so(cells):
    got = values(cells, counts(0.05, years=[2022, 2023]), [2024]).loc[CELL]
    assert got.loc[("aadtt", 2024), "value"] == pytest.approx(1_000 * 1.05**8 * 1.01)
    assert got.loc[("aadtt", 2024), "method"].endswith("carried from 2023 at 1.0 %/year (default rate, to confirm)")


def test_years_before_the_first_count_are_carried_back(cells):
    got = values(cells, counts(0.02), [2012, 2015]).loc[CELL]
    assert got.loc[("aadt", 2012), "value"] == pytest.approx(11_000 / 1.02**3)
    assert "; carried back from 2015 at 2.0 %/year light" in got.loc[("aadt", 2012), "method"]


def test_beyond_the_limit_the_level_is_held_and_that_is_said(cells):
    got = values(cells, counts(0.02), [2033, 2034, 2040]).loc[CELL].loc["aadt"]
    np.testing.assert_allclose(got["value"], 11_000 * 1.02 ** (2023 - 2015 + 10))
    held = got["method"].str.contains("held beyond 10 years").to_dict()
    assert held == {2033: False, 2034: True, 2040: True}


def test_years_between_counts_lie_on_lines_and_are_not_called_carried(cells):
    got = values(cells, counts(0.02, years=[2015, 2016, 2017, 2018, 2020]), [2019]).loc[CELL].loc["aadt"]
    assert got["method"].tolist() == ["classified count of other years"]
    assert got["value"].tolist() == pytest.approx([11_000 * (1.02**3 + 1.02**5) / 2])


def test_a_cell_under_two_counters_takes_their_rates_by_length_and_the_fewer_years(cells):
    two = pd.concat([counts(0.02).assign(to_m=50.0), counts(0.04, counter="b", years=range(2018, 2024))
                     .assign(from_m=50.0)])  # fmt: skip
    got = values(cells, two, [2023, 2024]).loc[CELL].loc["aadt"]
    assert "3.0 %/year light, 3.0 %/year heavy (6 years of counts)" in got.loc[2024, "method"]
    assert got.loc[2024, "value"] / got.loc[2023, "value"] == pytest.approx(1.03)


@pytest.mark.parametrize("first", [2015, 2010])
def test_loads_since_the_work_follow_the_closed_form_and_tell_of_carried_years(cells, first):
    """A surface of 2010, counts of 2015-2023 growing by 2 %: loads of 2010-2026 are one geometric series."""
    traffic = counts(0.02)
    work = {"work": "w", "route": "N1", "direction": "S", "lane": "", "from_m": 0.0, "to_m": 500.0, "run": "r"}
    works = pd.DataFrame([work | {"completed_on": pd.Timestamp(2010, 1, 1), "treatment": "construction"}])
    loads = cell_traffic(cells, traffic, [first, 2026])
    found = history_values(cells, works, [2026], traffic=loads).astype({"cell": str, "kind": str, "method": str})
    got = found.set_index(["kind", "cell"]).loc[("esal_since_work", CELL)]
    row = cells.index[cells["cell"] == CELL][0]
    of_2015 = loads.esal[row, list(loads.years).index(2015)]
    assert got["value"] == pytest.approx(of_2015 / 1.02**5 * (1.02**17 - 1) / 0.02)
    assert got["method"].endswith("; 8 of its years carried at 2.0 %/year (9 years of counts)")
