"""The catalogue is whole, in the units of its kinds, and refused when it is not (O2)."""

import numpy as np
import pandas as pd
import pytest

from pavement.errors import PlanError
from pavement.planning.catalogue_words import rule_words
from pavement.planning.treatments import SURFACES, catalogue, lies_on, triggered
from pavement.schema import read_table


def test_shipped_catalogue_holds_what_the_agency_names() -> None:
    table = catalogue().treatments
    assert {"mill_overlay", "mill_overlay_thick", "thin_overlay", "overlay", "rehabilitation"} <= set(table.index)
    assert {"crack_seal", "patching", "pothole_patch", "hot_in_place", "friction_restoration"} <= set(table.index)
    assert {"slab_replacement", "joint_repair", "diamond_grinding"} <= set(table.index)
    assert "construction" not in table.index
    assert {"construction", "reconstruction"} <= set(read_table("treatments")["treatment"])


def test_prices_stand_as_to_confirm() -> None:
    table = catalogue().treatments
    assert (table["status"] == "to confirm").all()
    assert table["price_source"].str.contains("example").all()


def test_every_treatment_says_its_kind_nights_carbon_and_where_they_are_from() -> None:
    table = catalogue().treatments
    assert set(table["category"]) == {"preservation", "repair", "renewal", "structural", "safety"}
    assert (table[["nights_per_km", "kgco2e_m2"]] > 0).all(axis=None)
    assert (table[["nights_source", "carbon_source", "price_source", "source"]] != "").all(axis=None)


def test_carbon_of_paving_is_that_of_the_mix() -> None:
    """NAPA SIP 106: 56.7 kg a tonne at 2.40 t/m3 = 1.36 kgCO2e per m2 and cm."""
    table = catalogue().treatments.loc[["thin_overlay", "mill_overlay", "mill_overlay_thick", "rehabilitation"]]
    np.testing.assert_allclose(table["kgco2e_m2"] / (table["pave_mm"] / 10), 56.7 * 2.40 / 100, rtol=0.01)


def test_seals_and_patches_leave_roughness_and_ruts() -> None:
    """LTPP: crack seal +.03, patching +.05 m/km: no gain."""
    table = catalogue().treatments.loc[["crack_seal", "patching", "pothole_patch"]]
    assert table[["reset_iri", "reset_rut"]].isna().all(axis=None)
    assert not table["resets_age"].any()


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        ("cost_mid", "0", "cost"),
        ("cost_mid", "", "cost"),
        ("cost_low", "900", "cost"),
        ("mobilisation", "", "cost"),
        ("life", "", "life"),
        ("life", "0", "life"),
        ("reset_iri", "", "reset"),
        ("reset_rut", "sane", "type"),
        ("price_date", "", "cost"),
        ("nights_per_km", "", "nights"),
        ("kgco2e_m2", "", "carbon"),
        ("rate_rut", "", "reset"),
        ("reset_friction_sn", "", "reset"),
        ("category", "cosmetic", "allowed"),
        ("surfaces", "gravel", "known"),
        ("cost_mid", "-5", "range"),
        ("cost_mid", "inf", "type"),
    ],
)
def test_o2_catalogue_without_cost_life_or_reset_is_refused(column: str, value: str, rule: str) -> None:
    table = read_table("treatments").astype(object)
    wrong = table["treatment"] == "mill_overlay"
    table.loc[wrong, column] = value
    with pytest.raises(PlanError) as refused:
        catalogue(table)
    faults = refused.value.faults
    assert rule in faults["rule"].tolist()
    assert (faults["row"] == table.index[wrong][0] + 2).all()
    assert refused.value.cure


def test_o2_treatment_without_any_effect_or_rule_is_refused() -> None:
    table = read_table("treatments").astype(object)
    seal = table["treatment"] == "crack_seal"
    table.loc[seal, "crack_delay"] = 0
    rules = read_table("triggers")
    with pytest.raises(PlanError, match="2 faults") as refused:
        catalogue(table, rules[rules["treatment"] != "overlay"])
    assert set(refused.value.faults["rule"]) == {"reset", "trigger"}


def test_trigger_in_other_units_means_the_same() -> None:
    rules = read_table("triggers")
    inches = rules.assign(
        at_least=np.where(rules["kind"] == "rut", rules["at_least"] / 25.4, rules["at_least"]),
        below=np.where(rules["kind"] == "rut", rules["below"] / 25.4, rules["below"]),
        unit=np.where(rules["kind"] == "rut", "in", rules["unit"]),
    )
    pd.testing.assert_frame_equal(catalogue(triggers=inches).triggers, catalogue().triggers)


def test_trigger_without_limit_or_kind_is_refused() -> None:
    rules = read_table("triggers").astype({"at_least": object, "below": object})
    rules.loc[0, "at_least"] = ""
    rules.loc[1, "kind"] = "smoothness"
    with pytest.raises(PlanError) as refused:
        catalogue(triggers=rules)
    assert refused.value.faults["row"].tolist() == [3, 2]


@pytest.mark.parametrize(
    ("state", "chosen"),
    [
        ({"iri": 1.0, "rut": 2.0, "crack_percent": 0.2}, set()),
        ({"iri": 1.0, "rut": 2.0, "crack_percent": 3.0}, {"crack_seal"}),
        ({"iri": 2.0, "rut": 6.0, "crack_percent": 3.0}, {"thin_overlay", "mill_overlay", "hot_in_place"}),
        ({"iri": 2.0, "rut": 12.0, "crack_percent": 3.0, "ism": 0.3}, {"mill_overlay_thick"}),
        ({"iri": 2.0, "rut": 12.0, "crack_percent": 3.0}, {"mill_overlay_thick"}),
        ({"iri": 2.0, "rut": 12.0, "crack_percent": 3.0, "ism": 0.1}, {"rehabilitation"}),
        ({"iri": 2.0, "rut": 6.0, "crack_percent": 3.0, "ism": 0.1}, {"mill_overlay", "hot_in_place"}),
        ({"iri": 2.0, "rut": 6.0, "crack_percent": 3.0, "cause": 2.0}, {"rehabilitation"}),
        ({"iri": 2.0, "rut": 12.0, "crack_percent": 3.0, "ism": 0.1, "cause": 1.0}, {"rehabilitation"}),
        ({"iri": 2.0, "rut": 12.0, "crack_percent": 3.0, "ism": 0.1, "cause": 0.0}, set()),
        ({"friction_sn": 30.0, "iri": 1.0}, {"friction_restoration"}),
        ({"friction_sn": 30.0, "iri": 2.0, "surface": 1.0}, {"friction_restoration", "diamond_grinding"}),
        (
            {"faulting": 3.0, "crack_percent": 8.0, "age": 12.0, "surface": 1.0},
            {"diamond_grinding", "joint_repair", "slab_replacement"},
        ),
        (
            {"faulting": 3.0, "crack_percent": 8.0, "age": 12.0, "surface": 1.0, "cause": 2.0},
            {"joint_repair", "slab_replacement", "rehabilitation"},
        ),
        ({"crack_percent": 25.0}, {"mill_overlay_thick"}),
        ({"pothole_area": 0.2}, {"pothole_patch"}),
    ],
)
def test_starter_tree_on_its_surface_and_by_the_cause(state: dict[str, float], chosen: set[str]) -> None:
    known = catalogue()
    values = {kind: np.array([value]) for kind, value in state.items()}
    able = {t for t, row in known.treatments.iterrows() if lies_on(values, row, count=1)[0]}
    assert {t for t in able if triggered(values, known.rules[t])[0]} == chosen


def test_every_surface_has_treatments() -> None:
    table = catalogue().treatments
    for code, surface in enumerate(SURFACES):
        able = [t for t, row in table.iterrows() if lies_on({"surface": np.array([float(code)])}, row, count=1)[0]]
        assert len(able) >= 5, surface


@pytest.mark.parametrize(("at_least", "unit"), [(2.54, "mm"), (0.1, "in")])
def test_rules_are_told_in_the_unit_of_the_kind_whatever_the_table_is_written_in(at_least: float, unit: str) -> None:
    rules = read_table("triggers").query("treatment == 'diamond_grinding' and rule == 1 and kind == 'faulting'")
    said = rule_words(rules.assign(at_least=at_least, unit=unit), language="en")
    assert said["diamond_grinding"] == "Faulting ≥ 2.54 mm"


def test_no_limit_of_the_catalogue_is_written_in_inches() -> None:
    assert not read_table("triggers")["unit"].isin(["in", "in/mi", "ft"]).any()
