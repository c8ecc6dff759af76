"""`pavement optimise`: anybody's strategies and budgets in, a plan and its proof out (O1, O4-O7)."""

import gzip
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from dashboard.cli import app
from pavement.errors import PlanError
from pavement.planning.checker import breaches
from tests.examples import examples
from tests.planning.made_instances import best_of_all, made_table


def run(
    folder: Path, table: pd.DataFrame | str, money: list[object] | str, *more: str, out: str = "plan.csv"
) -> Result:
    strategies, budgets = folder / "strategies.csv", folder / "budgets.csv"
    if isinstance(table, str):
        strategies.write_text(table, encoding="utf-8")
    else:
        table.to_csv(strategies, index=False)
    text = money if isinstance(money, str) else "\n".join(["budget", *map(str, money)])
    budgets.write_text(text, encoding="utf-8")
    return CliRunner().invoke(
        app, ["optimise", str(strategies), "--budgets", str(budgets), "--out", str(folder / out), *more]
    )


def report(result: Result) -> dict:
    assert result.exception is None, result.exception
    return json.loads(result.stdout)


def refused(result: Result) -> PlanError:
    assert isinstance(result.exception, PlanError), result.exception
    return result.exception


def plan_of(folder: Path, out: str = "plan.csv") -> pd.DataFrame:
    return pd.read_csv(folder / out, dtype={"unit": str, "strategy": str}, keep_default_na=False)


@settings(max_examples=examples(20), deadline=None)
@given(seed=st.integers(0, 10**6), budget=st.integers(0, 90), idle=st.sampled_from([0.0, 0.5]))
def test_o5_o6_plan_keeps_budgets_and_the_bound_stands_above_brute_force(tmp_path_factory, seed, budget, idle) -> None:
    folder = tmp_path_factory.mktemp("optimise")
    table = made_table(5, 3, seed=seed, idle=idle)
    said = report(run(folder, table, [budget] * 3))
    best = best_of_all(table, np.full(3, float(budget)))
    assert said["bound"] >= best - 1e-9 * abs(best)
    assert said["value"] == pytest.approx(best, rel=3e-4, abs=1e-9)
    limits = pd.Series(float(budget), index=["cost_1", "cost_2", "cost_3"])
    assert breaches(plan_of(folder), table, limits, value=said["value"]).empty
    assert said["gap"] == pytest.approx((said["bound"] - said["value"]) / abs(said["bound"] or 1), abs=1e-12)
    assert "plan found, proven to lie within" in said["status"] or "proven best" in said["status"]


def test_o4_more_money_is_never_worse(tmp_path: Path) -> None:
    table = made_table(40, 6, seed=3)
    values = [report(run(tmp_path, table, [budget] * 3))["value"] for budget in (0, 50, 100, 200, 400, 800, 10_000)]
    assert np.diff(values).min() >= 0
    assert values[0] == 0
    assert values[-1] == pytest.approx(table.groupby("unit")["benefit"].max().sum())


@pytest.mark.parametrize("out", ["plan.parquet", "plan.csv", "plan.csv.gz"])
def test_o7_same_input_same_bytes(tmp_path: Path, out: str) -> None:
    table = made_table(60, 8, seed=4)
    run(tmp_path, table, [300] * 3, out=out)
    first = (tmp_path / out).read_bytes()
    run(tmp_path, table, [300] * 3, out=out)
    assert (tmp_path / out).read_bytes() == first


def test_parquet_csv_and_packed_csv_hold_the_same_plan(tmp_path: Path) -> None:
    table = made_table(30, 6, seed=5)
    said = report(run(tmp_path, table, [200] * 3))
    for name, write in {
        "s.parquet": lambda path: table.to_parquet(path, index=False),
        "s.csv.gz": lambda path: path.write_bytes(gzip.compress(table.to_csv(index=False).encode())),
    }.items():
        write(tmp_path / name)
        again = CliRunner().invoke(
            app,
            [
                "optimise",
                str(tmp_path / name),
                "--budgets",
                str(tmp_path / "budgets.csv"),
                "--out",
                str(tmp_path / "o.csv"),
            ],
        )
        assert report(again)["value"] == said["value"]
        assert (tmp_path / "o.csv").read_bytes() == (tmp_path / "plan.csv").read_bytes()


def test_o5_cents_are_counted_and_never_rounded_over_the_budget(tmp_path: Path) -> None:
    """Three costs of 0.1 are 0.3 exactly, though not in floating point; 0.29 holds only two of them."""
    table = pd.DataFrame({"unit": ["a", "b", "c"], "strategy": "s", "benefit": 1.0, "cost_1": 0.1})
    assert report(run(tmp_path, table, [0.3]))["value"] == 3
    said = report(run(tmp_path, table, [0.29]))
    assert said["value"] == 2
    assert said["spent"] == {"1": 0.2}


def test_o5_costs_without_end_are_rounded_up(tmp_path: Path) -> None:
    table = pd.DataFrame({"unit": ["a", "b", "c"], "strategy": "s", "benefit": 1.0, "cost_1": 1 / 3})
    assert report(run(tmp_path, table, [0.99]))["value"] == 2
    assert report(run(tmp_path, table, [1.001]))["value"] == 3


def test_the_bound_holds_for_costs_that_were_rounded_up(tmp_path: Path) -> None:
    # all three fit to the last digit, but not when each is counted in parts of 1/10,000
    table = pd.DataFrame(
        {"unit": ["a", "b", "c"], "strategy": "s", "benefit": 1.0, "cost_1": [0.33331, 0.33331, 0.33338]}
    )
    said = report(run(tmp_path, table, [1]))
    assert said["value"] == 2
    assert 3 <= said["bound"] < 3.1
    # whole parts need no allowance
    assert report(run(tmp_path, table.assign(cost_1=0.5), [1]))["bound"] == 2


@pytest.mark.parametrize(("cost", "budget"), [(600_000_000_001, 600_000_000_000.6), (60_000_000.00004, 60_000_000)])
def test_o5_large_amounts_are_told_apart_to_the_last_part(tmp_path: Path, cost: float, budget: float) -> None:
    table = pd.DataFrame({"unit": ["a"], "strategy": "s", "benefit": 1.0, "cost_1": cost})
    assert report(run(tmp_path, table, [budget]))["value"] == 0


def test_a_unit_with_a_free_strategy_takes_one_of_its_rows(tmp_path: Path) -> None:
    table = pd.DataFrame(
        {
            "unit": ["a", "a", "b", "b", "c"],
            "strategy": ["nothing", "mend", "nothing", "mend", "mend"],
            "benefit": [-10.0, 2.0, 3.0, 2.0, -1.0],
            "cost_1": [0.0, 5.0, 0.0, 5.0, 0.0 + 5.0],
        }
    )
    said = report(run(tmp_path, table, [4]))
    assert said["value"] == -7
    assert plan_of(tmp_path)["strategy"].tolist() == ["nothing", "nothing", ""]
    assert report(run(tmp_path, table, [5]))["value"] == 5
    assert plan_of(tmp_path)["strategy"].tolist() == ["mend", "nothing", ""]


def test_o1_no_money_gives_an_empty_plan_with_the_reason(tmp_path: Path) -> None:
    said = report(run(tmp_path, made_table(5, 3, seed=6), [0, 0, 0]))
    assert said["value"] == 0
    assert "the cheapest costs NT$" in said["reason"]
    assert (plan_of(tmp_path)["strategy"] == "").all()


def test_o1_absurd_money_is_not_spent_on_nothing(tmp_path: Path) -> None:
    table = made_table(8, 4, seed=7)
    said = report(run(tmp_path, table, ["1e300"] * 3))
    assert said["gap"] < 1e-9
    assert set(said["price"].values()) == {0.0}


def test_years_of_the_budgets_name_what_is_spent(tmp_path: Path) -> None:
    said = report(run(tmp_path, made_table(8, 4, seed=8), "year,budget\n2027,60\n2028,50\n2029,70\n"))
    assert list(said["spent"]) == ["2027", "2028", "2029"]
    bare = report(run(tmp_path, made_table(8, 4, seed=8), "60\n50\n70\n"))
    assert list(bare["spent"].values()) == list(said["spent"].values())


def test_names_that_are_numbers_stay_names(tmp_path: Path) -> None:
    table = made_table(6, 3, seed=9).assign(unit=lambda t: t["unit"].str[1:].astype(int) + 100, strategy="7")
    table = table.drop_duplicates("unit").assign(strategy=7.0)
    table.to_parquet(tmp_path / "s.parquet")
    (tmp_path / "b.csv").write_text("1000\n1000\n1000\n")
    done = CliRunner().invoke(
        app,
        [
            "optimise",
            str(tmp_path / "s.parquet"),
            "--budgets",
            str(tmp_path / "b.csv"),
            "--out",
            str(tmp_path / "o.csv"),
        ],
    )
    assert report(done)["units"] == 6
    assert plan_of(tmp_path, "o.csv")["unit"].tolist() == [str(n) for n in range(100, 106)]


def test_every_fault_is_listed_with_its_row_and_cure(tmp_path: Path) -> None:
    text = (
        "unit,strategy,benefit,cost_1,cost_2\na,s,1,2,3\na,s,1,2,4\nb,s,x,2,3\nb,t,inf,-2,3\n,t,1,nan,3\n"
        "c,,1,1e30,3\nd,s,,2,3\n"
    )
    error = refused(run(tmp_path, text, [1, 1]))
    found = error.faults.set_index(["row", "column"])["rule"].to_dict()
    assert found == {
        (3, "strategy"): "twice",
        (4, "benefit"): "number",
        (5, "benefit"): "finite",
        (5, "cost_1"): "negative",
        (6, "unit"): "empty",
        (6, "cost_1"): "number",
        (7, "strategy"): "empty",
        (7, "cost_1"): "size",
        (8, "benefit"): "number",
    }
    assert (error.faults["cure"] != "").all()
    said = error.faults.set_index(["row", "column"])["message"]
    assert said[4, "benefit"] == "x is no number."
    assert said[8, "benefit"] == "The cell is empty."
    assert not (tmp_path / "plan.csv").exists()


@pytest.mark.filterwarnings("error")
def test_a_cost_without_end_is_a_fault_and_no_warning(tmp_path: Path) -> None:
    error = refused(run(tmp_path, "unit,strategy,benefit,cost_1\na,s,1,inf\n", [1]))
    assert error.faults["rule"].tolist() == ["finite"]


def test_what_no_budget_can_pay_leaves_no_price(tmp_path: Path) -> None:
    table = "unit,strategy,benefit,cost_1\na,s,1,1.5\nb,t,90,6\nc,t,80,6\nc,u,1,2\n"
    said = report(run(tmp_path, table, [5]))
    assert (said["value"], said["bound"], said["price"]) == (2, 2, {"1": 0})
    assert (said["units"], said["strategies"]) == (3, 4)
    assert plan_of(tmp_path)["strategy"].tolist() == ["s", "", "u"]


def test_one_fault_of_many_rows_is_counted(tmp_path: Path) -> None:
    error = refused(run(tmp_path, made_table(200, 3, seed=1).assign(cost_2=-1.0), [1, 1, 1]))
    assert len(error.faults) == 101
    assert "more rows" in error.faults["message"].iloc[-1]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("unit,strategy,cost_1\na,s,1\n", "no column benefit"),
        ("unit,strategy,benefit\na,s,1\n", "no column cost_1"),
        ("unit,strategy,benefit,cost_1,cost_3\na,s,1,1,1\n", "no column cost_2"),
        ("unit,strategy,benefit,cost_1\n", "no strategies"),
    ],
)
def test_a_table_without_what_it_needs_is_refused(tmp_path: Path, text: str, words: str) -> None:
    error = refused(run(tmp_path, text, [1]))
    assert error.faults["message"].str.contains(words).any()


@pytest.mark.parametrize(
    ("money", "words"),
    [
        ([1, 1], "2 budgets for 3 years"),
        ([1, -1, 1], "-1 is below 0"),
        ([1, "much", 1], "much is no number"),
        ([1, "inf", 1], "inf is no number"),
        ("", "no budgets"),
        ("year,money\n2027,1\n2028,1\n2029,1", "no column budget"),
        ("year,budget\n2027,1\n2029,1\n2028,1", "2029 does not follow"),
    ],
)
def test_budgets_that_do_not_fit_are_refused(tmp_path: Path, money: list[object] | str, words: str) -> None:
    error = refused(run(tmp_path, made_table(3, 2), money))
    assert error.faults["message"].str.contains(words).any(), error.faults["message"].tolist()


def test_files_that_cannot_be_read_or_written_are_one_line(tmp_path: Path) -> None:
    assert "cannot be read" in str(refused(run(tmp_path, "", [1])))
    assert "unknown format" in str(refused(run(tmp_path, made_table(3, 2), [1, 1, 1], out="plan.xlsx")))
    assert "no folder" in str(refused(run(tmp_path, made_table(3, 2), [1, 1, 1], out="nowhere/plan.csv")))
    (tmp_path / "s.parquet").write_bytes(b"PAR1 but no more")
    done = CliRunner().invoke(
        app,
        [
            "optimise",
            str(tmp_path / "s.parquet"),
            "--budgets",
            str(tmp_path / "budgets.csv"),
            "--out",
            str(tmp_path / "o.csv"),
        ],
    )
    assert "cannot be read" in str(refused(done))
