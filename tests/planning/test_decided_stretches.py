"""Decided stretches stay lengths of their own however the network is cut, and say why where they find no place."""

import pandas as pd
import pytest

from pavement.network.treatment_lengths import treatment_lengths
from pavement.planning.decided_stretches import kept_apart, owners, stretches, units_of
from pavement.planning.fitted_decisions import fitted
from pavement.planning.treatments import catalogue

RULES = catalogue()
YEARS = range(2026, 2031)


def cells(count: int = 30) -> pd.DataFrame:
    """Return cells of 100 m of one lane."""
    ends = [100.0 * n for n in range(count)]
    return pd.DataFrame(
        {"cell": [f"c{n}" for n in range(count)], "route": "N1", "direction": "S", "lane": "1", "from_m": ends,
         "to_m": [e + 100.0 for e in ends], "penalty": [float(n // 7) * 20 for n in range(count)]}
    )  # fmt: skip


def asked(*rows: dict[str, object]) -> pd.DataFrame:
    usual = {"kind": "lock", "route": "N1", "direction": "S", "lane": "1", "at_m": float("nan"), "year": 2027,
             "treatment": "mill_overlay", "cost": float("nan"), "code": "", "reason": "x",
             "decided_by": "lin"}  # fmt: skip
    return pd.DataFrame([usual | {"decision": str(n)} | row for n, row in enumerate(rows)])


def made(given: pd.DataFrame, *, minimum: float = 500.0, maximum: float = 1500.0):
    """Return the lengths of the network with the stretches of decisions, and the decisions fitted to them."""
    line = cells()
    unit = treatment_lengths(line, minimum=minimum, maximum=maximum, key="penalty")["unit"]
    owner, why = owners(stretches(given), line)
    unit = kept_apart(line, unit, owner)
    grouped = line.assign(unit=unit).groupby("unit", sort=False)
    lengths = grouped.agg(from_m=("from_m", "min"), to_m=("to_m", "max")).reset_index()
    lengths = lengths.assign(route="N1", direction="S", lane="1")
    return lengths, fitted(given, why, line, lengths, years=YEARS, rules=RULES)


@pytest.mark.parametrize(("minimum", "maximum"), [(500.0, 1500.0), (200.0, 400.0), (1000.0, 3000.0)])
def test_a_decided_length_survives_another_cut_of_the_network(minimum, maximum):
    lengths, found = made(asked({"from_m": 300.0, "to_m": 900.0}), minimum=minimum, maximum=maximum)
    own = lengths.set_index("unit").loc[found.committed["unit"].iloc[0]]
    assert (own["from_m"], own["to_m"]) == (300.0, 900.0)
    assert found.table["fits"].tolist() == ["yes"]
    # nothing is lost and nothing stands twice
    ends = lengths.sort_values("from_m")
    assert ends["from_m"].tolist()[1:] == ends["to_m"].tolist()[:-1]
    assert (ends["from_m"].iloc[0], ends["to_m"].iloc[-1]) == (0.0, 3000.0)


def test_a_split_makes_two_lengths_and_a_join_one():
    split = {"kind": "split", "from_m": 0.0, "to_m": 700.0, "at_m": 350.0, "year": None, "treatment": ""}
    join = {"kind": "join", "from_m": 1400.0, "to_m": 2800.0, "year": None, "treatment": ""}
    lengths, found = made(asked(split, join))
    ends = set(zip(lengths["from_m"], lengths["to_m"], strict=True))
    # a cell belongs to the side that its middle lies on
    assert {(0.0, 300.0), (300.0, 700.0), (1400.0, 2800.0)} <= ends
    assert found.table["fits"].tolist() == ["yes", "yes"]
    assert found.committed.empty
    assert found.forbidden.empty


def test_where_ends_differ_the_later_decision_holds():
    lock = {"from_m": 0.0, "to_m": 700.0}
    split = {"kind": "split", "from_m": 0.0, "to_m": 700.0, "at_m": 300.0, "year": None, "treatment": ""}
    half = {"from_m": 300.0, "to_m": 700.0, "treatment": "thin_overlay"}
    _, found = made(asked(lock, split, half))
    assert found.table["fits"].tolist() == ["no", "yes", "yes"]
    assert found.table["why_en"].iloc[0] == "a later decision has other ends there"
    assert found.committed["treatment"].tolist() == ["thin_overlay"]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"lane": "9"}, "no cell of the lane lies there"),
        ({"year": 2025}, "its year is over"),
        ({"year": 2040}, "its year lies beyond the plan"),
        ({"treatment": "paint"}, "the catalogue has no such treatment"),
        ({"kind": "defer", "year": 2026, "treatment": ""}, "its year is over"),
    ],
)
def test_a_decision_that_does_not_fit_says_why(change, why):
    _, found = made(asked({"from_m": 300.0, "to_m": 900.0} | change))
    assert found.table[["fits", "why_en"]].to_numpy().tolist() == [["no", why]]
    assert found.table["why_zh"].iloc[0] != ""
    assert found.committed.empty
    assert found.forbidden.empty


def test_rules_hold_on_lengths_that_a_later_decision_cut():
    defer = {"kind": "defer", "from_m": 0.0, "to_m": 700.0, "year": 2029, "treatment": ""}
    forbid = {"kind": "forbid", "from_m": 0.0, "to_m": 700.0, "year": None, "treatment": "thin_overlay"}
    split = {"kind": "split", "from_m": 0.0, "to_m": 700.0, "at_m": 300.0, "year": None, "treatment": ""}
    lengths, found = made(asked(defer, forbid, split))
    halves = set(lengths.loc[lengths["to_m"] <= 700.0, "unit"])
    told = found.forbidden.fillna({"before": 0}).to_numpy().tolist()
    assert sorted(told) == sorted([[u, "", 2029.0] for u in halves] + [[u, "thin_overlay", 0.0] for u in halves])
    assert found.table["fits"].eq("yes").all()


def test_of_two_works_on_one_length_the_later_holds():
    _, found = made(asked({"from_m": 0.0, "to_m": 700.0}, {"from_m": 0.0, "to_m": 700.0, "year": 2028}))
    assert found.table["why_en"].tolist() == ["a later decision holds there", ""]
    assert found.committed["year"].tolist() == [2028]


def test_without_decisions_the_network_stays_as_it_was_cut():
    line = cells()
    unit = treatment_lengths(line, minimum=500, maximum=1500, key="penalty")["unit"]
    none = stretches(asked({"from_m": 0.0, "to_m": 0.0}).iloc[:0])
    owner, _ = owners(none, line)
    pd.testing.assert_series_equal(kept_apart(line, unit, owner), unit)
    assert units_of(none, pd.DataFrame(), line).empty


@pytest.mark.parametrize(
    ("year", "again", "held"),
    [
        (2027, 2030, [(2027, "mill_overlay", 2030, "crack_seal")]),
        (2025, 2030, [(2030, "crack_seal", None, "")]),
        (2027, 2031, [(2027, "mill_overlay", None, "")]),
        (2021, 2025, []),
    ],
)
def test_of_a_pair_that_holds_which_lies_in_the_plan(year, again, held):
    pair = {"from_m": 300.0, "to_m": 900.0, "year": year, "cost": 3e6, "second_year": again, "second": "crack_seal",
            "second_cost": 2e5, "mobilisation": 1e5}  # fmt: skip
    _, found = made(asked(pair))
    told = found.committed.astype(object).where(found.committed.notna(), None)
    assert list(told[["year", "treatment", "second_year", "second"]].itertuples(index=False, name=None)) == held
    assert told["cost"].tolist() == [2e5 if h[1] == "crack_seal" else 3e6 for h in held]
    assert told["second_cost"].tolist() == [2e5 if h[3] else None for h in held]
