"""Surface or structural: what speaks for it, and what it does to the plan."""

import numpy as np
import pandas as pd
import pytest

from pavement.planning.cause import causes, early_repairs, evidence, surfaces
from pavement.planning.optimise import plan
from pavement.planning.treatments import catalogue
from tests.planning.conftest import make_units, money, straight_lines


def cause_of(**state: float) -> pd.Series:
    return causes(pd.DataFrame([state])).iloc[0]


@pytest.mark.parametrize(
    ("state", "cause"),
    [
        ({"ism": 0.10}, "structural"),
        ({"ism": 0.40}, "surface"),
        ({"ism": 0.20}, ""),
        ({"iri": 3.0}, ""),
        # one sign of a lesser weight does not pay for rebuilding: cores first
        ({"hpms_cracking": 20.0}, "doubtful"),
        ({"ism": 0.10, "crack_transverse": 0.8, "crack_length": 1.0}, "doubtful"),
        ({"early_repairs": 1.0, "hpms_cracking": 20.0, "ism": 0.30}, "structural"),
        # few cracks say nothing of their pattern, and shallow ruts nothing of their shape
        ({"crack_pattern": 0.04, "crack_length": 0.05}, ""),
        ({"rut_width": 1200.0, "rut": 3.0}, ""),
        ({"rut_width": 1200.0, "rut": 9.0}, "structural"),
        ({"rut_width": 300.0, "rut": 9.0}, "surface"),
        # asphalt's limits do not judge slabs
        ({"ism": 0.10, "surface_jointed": 1.0}, ""),
        # AASHTO 93: 20 million axles on 100 MPa x .33 ask for more than 6
        ({"sn_effective": 4.0, "esal": 2e6, "subgrade_modulus": 100.0}, "structural"),
        ({"sn_effective": 9.0, "esal": 2e6, "subgrade_modulus": 100.0}, "surface"),
    ],
)
def test_cause_by_evidence(state: dict[str, float], cause: str) -> None:
    found = cause_of(**state)
    assert found["cause"] == cause
    assert found["coring"] == (cause == "doubtful")


def test_evidence_names_value_limit_and_what_it_speaks_for() -> None:
    found = cause_of(ism=0.10, crack_transverse=0.8, crack_length=1.0)
    assert found["evidence_en"] == (
        "structural: impulse stiffness ISM 0.100 kN/µm (< 0.15); surface: share of transverse cracks 0.80 (≥ 0.5)"
    )
    assert found["evidence_zh"].startswith("結構性：衝擊勁度模數 ISM 0.100 kN/µm（< 0.15）；表層：橫向裂縫")
    assert "鑽心" in found["said_zh"]
    assert "cores" in found["said_en"]
    rows = evidence(pd.DataFrame({"ism": [0.4, 0.1]}))
    assert rows["row"].tolist() == [0, 1]
    assert rows["speaks_for"].tolist() == ["surface", "structural"]


def test_repairs_are_early_within_the_years_and_until_rebuilt() -> None:
    cells = pd.DataFrame(
        {"cell": list("abcd"), "route": "N1", "direction": "S", "lane": "1",
         "from_m": [0.0, 100.0, 200.0, 300.0], "to_m": [100.0, 200.0, 300.0, 400.0]}
    )  # fmt: skip
    # a: again after 2 years; b: after 6; c: as a, then rebuilt; d: one job in two parts
    mill, again = "mill_overlay 2015-05-01", "patching 2017-05-01"
    jobs = {
        0: [mill, again],
        1: [mill, "mill_overlay 2021-05-01"],
        2: [mill, again, "rehabilitation 2019-05-01"],
        3: [mill, "mill_overlay 2015-05-20"],
    }
    rows = [(100.0 * cell, *job.split()) for cell, own in jobs.items() for job in own]
    works = pd.DataFrame(rows, columns=["from_m", "treatment", "completed_on"])
    works = works.assign(route="N1", direction="S", lane="", to_m=works["from_m"] + 100)
    works["completed_on"] = pd.to_datetime(works["completed_on"])
    assert early_repairs(cells, works).tolist() == [1.0, 0.0, 0.0, 0.0]
    elsewhere = early_repairs(cells.assign(direction="N"), works)
    assert elsewhere.isna().all()


def test_surface_is_that_of_the_largest_share() -> None:
    units = pd.DataFrame({"surface_jointed": [0.0, 0.6, 0.1, np.nan], "surface_continuous": [0.0, 0.1, 0.8, np.nan]})
    assert surfaces(units).tolist() == ["asphalt", "jointed", "continuous", "asphalt"]


def test_plan_takes_the_family_of_the_cause_and_says_why() -> None:
    units = make_units(30, seed=3).assign(iri=2.2, rut=7.0, crack_percent=8.0, age=12.0)
    units["ism"] = np.tile([0.1, 0.4, np.nan], 10)
    made = plan(units, budgets=money(5e8), forecast=straight_lines, catalogue=catalogue(), discount_rate=0.03).actions
    family = catalogue().treatments["category"].reindex(made["treatment"]).to_numpy()
    assert set(made["cause"]) == {"structural", "surface", ""}
    assert (family[made["cause"] == "surface"] != "structural").all()
    assert not set(made.loc[made["cause"] == "structural", "treatment"]) & {"mill_overlay", "thin_overlay"}
    told = made[(made["cause"] == "structural") & ~made["unit"].duplicated()]
    assert len(told)
    words = "The cause is structural (structural: impulse stiffness ISM 0.100"
    assert told["reason_en"].str.contains(words, regex=False).all()
    assert told["reason_zh"].str.contains("損壞成因屬結構性（結構性：衝擊勁度模數 ISM 0.100", regex=False).all()
    assert (made["coring"] == "no").all()


def test_doubtful_work_asks_for_cores() -> None:
    units = make_units(4).assign(iri=2.2, rut=7.0, crack_percent=8.0, age=12.0, ism=np.nan, hpms_cracking=20.0)
    made = plan(
        units, budgets=money(5e8, years=2), forecast=straight_lines, catalogue=catalogue(), discount_rate=0.03
    ).actions
    assert len(made)
    assert (made["coring"] == "yes").all()
    assert made["reason_zh"].str.contains("鑽心").any()
