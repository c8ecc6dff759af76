"""Versions of the treatment catalogue: kept whole or not at all, by who took the newest, and told with every plan."""

import pandas as pd
import pytest

from pavement.errors import PlanError, StoreError
from pavement.schema import read_table
from pavement.store import audit, catalogues, plans
from pavement.store.catalogue_changes import change_lines, changes
from pavement.store.price_words import price_note
from tests.store.made import actions, treatment_lengths


def tables(**changes: dict[str, object]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the tables as a spreadsheet gives them back, with cells of a treatment changed."""
    as_given = [catalogues.as_text(catalogues.csv(read_table(name))) for name in catalogues.FILES]
    for treatment, cells in changes.items():
        for column, value in cells.items():
            as_given[0].loc[as_given[0]["treatment"] == treatment, column] = value
    return as_given[0], as_given[1]


def test_without_a_version_the_tables_of_the_product_are_in_force(store):
    kept = catalogues.current(store)
    assert kept.version == 0
    pd.testing.assert_frame_equal(kept.treatments, read_table("treatments"))
    assert catalogues.versions(store).empty


def test_a_kept_version_is_in_force_with_who_and_why_and_what_was_not_changed_is_the_same(store):
    changed = tables(mill_overlay={"cost_mid": "655", "status": "verified"})
    assert catalogues.keep(store, *changed, reason="tender 114-07", user="chen", replaces=0) == 1
    kept = catalogues.current(store)
    assert (kept.version, kept.made_by, kept.reason) == (1, "chen", "tender 114-07")
    supplied = read_table("treatments")
    assert kept.treatments.set_index("treatment").loc["mill_overlay", "cost_mid"] == 655
    same = supplied["treatment"] != "mill_overlay"
    pd.testing.assert_frame_equal(kept.treatments[same], supplied[same])
    pd.testing.assert_frame_equal(kept.triggers, read_table("triggers"))
    trail = audit.trail(store)
    assert trail["action"].tolist()[-1] == "keep catalogue"
    assert audit.first_broken(store) is None


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"cost_mid": "0"}, "needs a cost above 0"),
        ({"cost_mid": "much"}, "is not a number"),
        ({"life": ""}, "needs a life above 0 years"),
        ({"reset_iri": ""}, "needs a reset"),
        ({"nights_per_km": ""}, "needs night shifts per km"),
    ],
)
def test_o2_a_catalogue_that_is_not_whole_is_refused_with_every_fault_and_the_former_stays(store, cells, said):
    with pytest.raises(PlanError) as caught:
        catalogues.keep(store, *tables(mill_overlay=cells, overlay=cells), reason="x", user="chen", replaces=0)
    assert sum(said in message for message in caught.value.faults["message"]) == 2
    assert catalogues.current(store).version == 0


def test_a_treatment_that_records_do_not_know_or_one_left_out_is_refused(store):
    treatments, triggers = tables()
    added = treatments.assign(treatment=treatments["treatment"].replace("overlay", "slurry"))
    with pytest.raises(PlanError, match="names slurry"):
        catalogues.keep(store, added, triggers, reason="x", user="chen", replaces=0)
    with pytest.raises(PlanError, match="lacks joint_repair"):
        catalogues.keep(store, treatments.iloc[:-1], triggers, reason="x", user="chen", replaces=0)


def test_who_changed_an_older_version_is_told_and_nobody_s_change_is_lost(store):
    catalogues.keep(store, *tables(), reason="first", user="chen", replaces=0)
    with pytest.raises(StoreError, match="Version 1 was kept meanwhile"):
        catalogues.keep(store, *tables(), reason="second", user="lin", replaces=0)
    assert catalogues.versions(store)["reason"].tolist() == ["first"]
    with pytest.raises(StoreError, match="needs a reason"):
        catalogues.keep(store, *tables(), reason=" ", user="lin", replaces=1)


def test_prices_are_told_by_their_state(store):
    used = ["mill_overlay", "crack_seal"]
    assert price_note(catalogues.current(store), used, language="en") == "Prices are examples, to confirm."
    sure = {"status": "verified"}
    catalogues.keep(store, *tables(mill_overlay=sure), reason="a", user="chen", replaces=0)
    note = price_note(catalogues.current(store), used, language="en")
    assert note == "Prices of catalogue version 1; to confirm: Crack sealing."
    catalogues.keep(store, *tables(mill_overlay=sure, crack_seal=sure), reason="b", user="chen", replaces=1)
    assert price_note(catalogues.current(store), used, language="zh_TW") == "單價依目錄第 2 版。"


def test_what_is_no_table_is_refused():
    with pytest.raises(PlanError, match=r"treatments\.csv cannot be read"):
        catalogues.as_text("工法".encode("big5"), name="treatments.csv")
    with pytest.raises(PlanError, match="cannot be read"):
        catalogues.as_text(b"")


def test_a_plan_keeps_the_tables_it_was_made_from_when_those_of_the_product_change(store, monkeypatch):
    frames = {"actions": actions(), "treatment_lengths": treatment_lengths()}
    old = catalogues.current(store)
    own = frames | catalogues.frames(old)
    saved = plans.save(store, own, summary={"catalogue": 0}, forecast_set=None, user="a")
    assert catalogues.is_that_of(store, saved, old)

    def renewed(name: str) -> pd.DataFrame:
        table = read_table(name)
        return table.assign(cost_mid=1.0) if name == "treatments" else table

    monkeypatch.setattr(catalogues, "read_table", renewed)
    assert (catalogues.current(store).treatments["cost_mid"] == 1).all()
    pd.testing.assert_frame_equal(catalogues.of_plan(store, saved).treatments, read_table("treatments"))
    assert not catalogues.is_that_of(store, saved, catalogues.current(store))
    lost = plans.save(store, frames, summary={"catalogue": 9}, forecast_set=None, user="a")
    with pytest.raises(StoreError, match="Version 9 of the catalogue"):
        catalogues.of_plan(store, lost)


def test_each_version_tells_what_it_changed_against_the_one_before(store):
    dearer, rules = tables(mill_overlay={"cost_mid": "720"})
    catalogues.keep(store, dearer, rules, reason="tender", user="chen", replaces=0)
    gone = rules.index[rules["treatment"] == "mill_overlay"][-1]
    fewer = rules.drop(index=gone)
    catalogues.keep(store, dearer, fewer, reason="fewer rules", user="chen", replaces=1)
    first, second = changes(store, 1), changes(store, 2)
    told = first[["row", "column", "before", "after"]].to_numpy().tolist()
    assert told == [["mill_overlay", "cost_mid", "600", "720"]]
    assert set(second["table"]) == {"triggers"}
    assert (second["after"] == "").all()
    assert len(second) == (rules.loc[gone].drop(["treatment", "rule", "kind"]) != "").sum()
    assert change_lines(first, language="en")[0].endswith("600 → 720")
    assert change_lines(first, language="zh_TW") != change_lines(first, language="en")
