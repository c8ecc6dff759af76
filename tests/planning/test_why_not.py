"""Of a length that is left alone it is told what stands against its best work, and nothing is guessed."""

import pandas as pd

from pavement.planning.optimise import plan
from pavement.planning.policy import Policy
from pavement.planning.treatments import catalogue
from pavement.planning.why_not import cheaper_text
from tests.planning.conftest import make_units, money, straight_lines

UNITS = make_units(25, seed=3)
KNOWN = {"forecast": straight_lines, "catalogue": catalogue(), "discount_rate": 0.03}


def test_what_stands_against_a_work_under_limits_is_what_its_prices_say() -> None:
    row = {"id": "c", "kind": "carbon", "scope": "", "year": "", "at_least": "", "at_most": "22000", "unit": "kgCO2e"}
    found = plan(UNITS, budgets=money(3e6), policy=Policy(pd.DataFrame([row])), **KNOWN)
    best = found.considered.drop_duplicates("unit").set_index("unit")
    left = found.left.set_index("unit").join(best[["benefit", "money", "net"]]).dropna(subset=["net"])
    told, worth, asked = left["reason_en"], left["net"] > 0, left["benefit"] >= left["money"]
    assert told[worth].str.contains("worth it, but (?:too little money is left in 20|another limit leaves)").all()
    assert told[~worth & asked].str.contains("worth its money, but not what other limits ask for").all()
    assert told[~asked].str.contains("below the price of money, also with other limits").all()
    assert min(worth.sum(), (~worth & asked).sum(), (~asked).sum()) > 0
    assert not left["reason_zh"].str.contains("，或").any()


def test_a_hair_of_its_cost_is_not_told_as_a_hundred_percent() -> None:
    assert cheaper_text(0.997, "zh") == "費用略降即會入選"
    assert cheaper_text(0.91, "zh") == "費用降至 91 % 才會入選"
