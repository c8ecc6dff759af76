"""The PCI: the standard's worked example, its rules by hand, and what must always hold (P11)."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pavement.condition.indices import index_grade
from pavement.condition.pci import (
    allowed_deducts,
    deduct_rows,
    pci,
    provenance,
    sample_units,
    section_pci,
    steps,
    units_pci,
    worksheet,
)
from pavement.condition.pci_curves import deduct
from pavement.condition.pci_distresses import known_distresses
from pavement.errors import SurveyError
from tests.examples import examples

FOOT = 0.3048
# ASTM D6433 worked example: distress, severity, quantity in ft2, ft or count, deduct read by the standard
EXAMPLE = [
    ("alligator_cracking", "L", 13, 7.9),
    ("alligator_cracking", "H", 14, 23.4),
    ("edge_cracking", "L", 130, 7.5),
    ("joint_reflection_cracking", "M", 143, 25.1),
    ("patching_and_utility_cut_patching", "H", 22, 17.9),
    ("potholes", "L", 1, 11.2),
    ("rutting", "L", 21, 6.9),
    ("weathering", "L", 250, 5.3),
]
AREA = 2500 * FOOT**2


def in_metres(rows: list[tuple[str, str, float]], pavement: str = "asphalt") -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["distress", "severity", "quantity"])
    factor = frame["distress"].map(known_distresses(pavement)["measured"]).map({"area": FOOT**2, "length": FOOT})
    return frame.assign(quantity=frame["quantity"] * factor.fillna(1.0))


def example() -> pd.DataFrame:
    return in_metres([row[:3] for row in EXAMPLE])


def found(*rows: tuple[str, str, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["distress", "severity", "quantity"])


def test_worked_example_of_the_standard() -> None:
    sheet = worksheet(example(), area=AREA)
    read = sheet.deducts.set_index(["distress", "severity"])["deduct"]
    words = {"L": "low", "M": "medium", "H": "high"}
    for distress, severity, _, printed in EXAMPLE:
        assert read[distress, words[severity]] == pytest.approx(printed, abs=2), distress
    assert sheet.allowed == pytest.approx(7.9, abs=0.02)
    assert sheet.iterations["q"].tolist() == [8, 7, 6, 5, 4, 3, 2, 1]
    assert sheet.iterations["corrected"].max() == pytest.approx(51, abs=2)
    assert sheet.pci == pytest.approx(49, abs=2)
    assert index_grade(pd.Series([sheet.pci]), index="pci").iloc[0] == "Poor"
    assert sheet.provenance == provenance()
    assert "ASTM" not in provenance()


def test_densities_are_those_of_the_example_in_feet() -> None:
    sheet = worksheet(example(), area=AREA).deducts.set_index(["distress", "severity"])
    assert sheet.loc[("edge_cracking", "low"), "density"] == pytest.approx(5.2)
    assert sheet.loc[("potholes", "low"), "density"] == pytest.approx(0.04)
    assert sheet.loc[("rutting", "low"), "density"] == pytest.approx(0.84)


def test_totals_of_the_steps_follow_the_standard_from_its_own_deducts() -> None:
    rows = pd.DataFrame({"deduct": [d for *_, d in EXAMPLE]})
    made = steps(rows["deduct"].sort_values(ascending=False).to_numpy()[None, :], "asphalt")
    totals = {q: total[0] for q, total, _ in made}
    expected = {8: 104.7, 7: 101.9, 6: 97.0, 5: 91.5, 4: 85.6, 3: 76.4, 2: 60.5, 1: 39.1}
    for q, total in expected.items():
        assert totals[q] == pytest.approx(total, abs=0.2), q


def test_older_rule_of_the_army_manual_reads_the_same_curves() -> None:
    sheet = worksheet(found(("alligator_cracking", "medium", 0.64), ("rutting", "low", 2.0)), area=100)
    assert sheet.deducts["deduct"].tolist() == pytest.approx([17, 13], abs=2)


@pytest.mark.parametrize(("highest", "allowed"), [(2, 10), (25.1, 7.87857142857143), (48, 1 + 9 / 98 * 52), (100, 1)])
def test_number_of_deducts_allowed(highest: float, allowed: float) -> None:
    assert allowed_deducts(highest) == pytest.approx(allowed, abs=1e-9)


@pytest.mark.real
def test_vectors(shared: Path) -> None:
    folder = shared / "data/vectors/pci"
    for row in json.loads((folder / "m_rule.json").read_text())["rows"]:
        assert allowed_deducts(row["hdv"]) == pytest.approx(row["m_roads"], abs=1e-9)
    vector = json.loads((folder / "astm_d6433_example.json").read_text())
    # its type 19 is the weathering and ravelling of older editions
    names = {1: 1, 7: 7, 8: 8, 11: 11, 13: 13, 15: 15, 19: 20}
    rows = [(known_distresses("asphalt").index[names[r["type"]] - 1], r["sev"], r["qty"]) for r in vector["rows"]]
    area = vector["sample_unit_area_ft2"] * FOOT**2
    assert pci(in_metres(rows), area=area) == pytest.approx(vector["pci"], abs=2)


def test_no_distress_and_a_single_small_one() -> None:
    assert pci(found(), area=200) == 100
    assert pci(found(("rutting", "low", 0.0)), area=200) == 100
    one = worksheet(found(("alligator_cracking", "high", 20.0)), area=200)
    assert one.pci == pytest.approx(100 - one.deducts["deduct"].iloc[0])
    assert np.isnan(one.allowed)
    assert one.iterations.empty


def test_rows_of_one_distress_add_up_and_numbers_and_letters_are_known() -> None:
    whole = pci(found(("alligator_cracking", "medium", 3.0)), area=200)
    assert pci(found((1, "M", 1.0), ("1", "medium", 2.0)), area=200) == whole
    assert pci(found(("polished_aggregate", "", 50.0)), area=200) < 100


@pytest.mark.parametrize("severity", ["", None, np.nan, "none"])
def test_p11_a_missing_severity_is_not_taken_as_low(severity: Any) -> None:
    """A distress without a grade would make the index too good; some distresses have none."""
    with pytest.raises(SurveyError, match=r"severity .* of 'rutting'.*only polished_aggregate may go without"):
        pci(found(("rutting", severity, 9.0)), area=200)
    bare, graded = (pci(found(("polished_aggregate", s, 50.0)), area=200) for s in (severity, "high"))
    assert bare == graded < 100


@pytest.mark.parametrize("pavement", ["asphalt", "concrete"])
def test_only_distresses_whose_curves_are_one_have_no_grades(pavement: str) -> None:
    known = known_distresses(pavement)
    at = np.geomspace(0.1, 100, 30)
    low, high = (
        np.array([deduct(at, distress=d, severity=s, pavement=pavement)[0] for d in known.index])
        for s in ("low", "high")
    )
    assert known.index[(low == high).all(axis=1)].tolist() == known.index[known["graded"] == "no"].tolist()


def test_names_and_severities_are_known_in_any_writing() -> None:
    given_rows = [("Alligator cracking", "Low", 2.0), ("LANE-SHOULDER DROP-OFF", " m ", 9.0), ("Rutting", "H", 1.0)]
    got = worksheet(found(*given_rows), area=200).deducts
    assert set(zip(got["distress"], got["severity"], strict=True)) == {
        *(("alligator_cracking", "low"), ("lane_shoulder_drop_off", "medium"), ("rutting", "high")),
    }


def test_t22_columns_that_are_missing_are_named() -> None:
    """T22: a table that is no table of distresses."""
    with pytest.raises(SurveyError, match="no column severity, quantity"):
        pci(found(("rutting", "low", 1.0))[["distress"]], area=100)


@pytest.mark.parametrize("area", [None, "large", np.nan, np.inf, 0, -5.0])
def test_t22_areas_that_are_none_are_refused(area: Any) -> None:
    """T22: sizes that cannot be."""
    with pytest.raises(SurveyError, match=f"an area of {area}"):
        pci(found(("rutting", "low", 1.0)), area=area)


def test_concrete_counts_slabs_and_no_more_than_there_are() -> None:
    with pytest.raises(SurveyError, match=r"corner_break is on more slabs than the 20 .* numbers of slabs"):
        pci(found(("corner_break", "low", 12), ("corner_break", "high", 9)), area=20, pavement="concrete")
    assert pci(found(("corner_break", "low", 12), ("corner_break", "high", 8)), area=20, pavement="concrete") < 100


def test_concrete_counts_slabs() -> None:
    sheet = worksheet(found(("linear_cracking", "medium", 4)), area=20, pavement="concrete")
    assert sheet.deducts["density"].iloc[0] == pytest.approx(20)
    assert 0 < sheet.pci < 100
    # joint seal damage is rated for the whole unit
    assert pci(found((26, "high", 1)), area=20, pavement="concrete") == pytest.approx(92)


def test_beyond_the_curve_its_last_deduct_stands_and_is_flagged() -> None:
    rows = found(("potholes", "low", 1e-5), ("edge_cracking", "low", 500.0), ("rutting", "low", 2.0))
    sheet = worksheet(rows, area=100).deducts.set_index("distress")
    assert sheet["end"].to_dict() == {"potholes": "below", "edge_cracking": "beyond", "rutting": "within"}
    assert sheet.loc["edge_cracking", "deduct"] == pytest.approx(14.0, abs=0.1)


@pytest.mark.parametrize(
    ("row", "what"),
    [
        (("cracks", "low", 1.0), "distress 'cracks'"),
        (("rutting", "awful", 1.0), "severity 'awful'"),
        (("rutting", "low", -1.0), "quantity"),
        (("rutting", "low", np.nan), "quantity"),
    ],
)
def test_what_the_index_does_not_know_is_refused(row: tuple[str, str, float], what: str) -> None:
    with pytest.raises(SurveyError, match=what):
        pci(found(row), area=100)


def test_other_pavements_and_empty_areas_are_refused() -> None:
    with pytest.raises(SurveyError, match="gravel"):
        pci(found(), area=100, pavement="gravel")
    with pytest.raises(SurveyError, match="area of 0"):
        pci(found(("rutting", "low", 1.0)), area=0)


def test_many_units_at_once_equal_each_by_itself() -> None:
    rng = np.random.default_rng(7)
    names = list(known_distresses("asphalt").index)
    frame = pd.DataFrame(
        {
            "unit": rng.integers(0, 40, 300),
            "distress": rng.choice(names, 300),
            "severity": rng.choice(["low", "medium", "high"], 300),
            "quantity": rng.gamma(0.5, 8.0, 300),
        }
    )
    areas = pd.Series(rng.uniform(150, 320, 42), index=range(42))
    got = units_pci(deduct_rows(frame, areas=areas, pavement="asphalt"), units=areas.index, pavement="asphalt")["pci"]
    alone = [pci(frame[frame["unit"] == u], area=areas[u]) for u in areas.index]
    np.testing.assert_allclose(got, alone, atol=1e-9)
    assert got.loc[[40, 41]].tolist() == [100, 100]


PLACES = st.sampled_from([*known_distresses("asphalt").index])
GRADES = st.sampled_from(["low", "medium", "high"])
AMOUNTS = st.floats(0, 1e4, allow_nan=False)


@settings(deadline=None, max_examples=examples(150))
@given(rows=st.lists(st.tuples(PLACES, GRADES, AMOUNTS), max_size=14), area=st.floats(1, 1e4))
def test_p11_the_index_lies_within_0_and_100(rows: list[tuple[str, str, float]], area: float) -> None:
    assert 0 <= pci(found(*rows), area=area) <= 100


# densities [%] over the range that the charts draw
DENSITIES = st.floats(np.log10(0.05), np.log10(50)).map(lambda exponent: 10**exponent)


@settings(deadline=None, max_examples=examples(150))
@given(
    rows=st.lists(st.tuples(PLACES, GRADES, DENSITIES), min_size=1, max_size=5),
    more=DENSITIES,
    at=st.integers(0, 4),
)
def test_p11_more_distress_never_raises_the_index(rows: list[tuple[str, str, float]], more: float, at: int) -> None:
    """Among as many deducts as the standard counts beside the highest."""
    area = 250.0
    given_rows = [(distress, severity, density / 100 * area) for distress, severity, density in rows]
    distress, severity, _ = rows[at % len(rows)]
    after = worksheet(found(*given_rows, (distress, severity, more / 100 * area)), area=area)
    assume(allowed_deducts(after.deducts["deduct"].max()) >= (after.deducts["deduct"] > 0).sum())
    assert after.pci <= worksheet(found(*given_rows), area=area).pci + 1e-9


@pytest.mark.parametrize("pavement", ["asphalt", "concrete"])
def test_p11_every_curve_falls_with_density_and_severity(pavement: str) -> None:
    most = 200 if pavement == "asphalt" else 100
    grid = [known_distresses(pavement).index, ["low", "medium", "high"], np.geomspace(1e-3, most, 60)]
    index = pd.MultiIndex.from_product(grid, names=["distress", "severity", "quantity"])
    rows = index.to_frame(index=False).reset_index(names="unit")
    deducts = deduct_rows(rows, areas=pd.Series(100.0, index=rows["unit"]), pavement=pavement)
    values = units_pci(deducts, units=pd.Index(rows["unit"]), pavement=pavement)["pci"].to_numpy()
    cube = values.reshape([len(part) for part in grid])
    assert (np.diff(cube, axis=2) <= 1e-9).all()
    assert (np.diff(cube, axis=1) <= 1e-9).all()


def test_section_is_weighted_by_area_and_additional_units_stand_for_themselves() -> None:
    units = pd.DataFrame({"pci": [80.0, 60.0, 10.0], "area": [200.0, 300.0, 250.0]})
    assert section_pci(units) == pytest.approx((80 * 200 + 60 * 300 + 10 * 250) / 750)
    added = units.assign(additional=[False, False, True])
    assert section_pci(added, area=2500) == pytest.approx((68 * 2250 + 10 * 250) / 2500)


def test_number_of_units_to_survey() -> None:
    assert sample_units(1) == 1
    assert sample_units(30) == int(np.ceil(30 * 100 / (6.25 * 29 + 100)))
    assert sample_units(30, pavement="concrete") == int(np.ceil(30 * 225 / (6.25 * 29 + 225)))
    assert sample_units(40, deviation=0.0) == 0
    with pytest.raises(SurveyError, match="0 sample units"):
        sample_units(0)
