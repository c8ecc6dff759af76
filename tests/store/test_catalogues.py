"""Versions of the treatment catalogue: kept whole or not at all, by who took the newest, and told with every plan."""

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa

from pavement.errors import PlanError, StoreError
from pavement.planning.penalty import penalty
from pavement.planning.strategies import followers
from pavement.schema import read_table
from pavement.store import audit, catalogues, plans
from pavement.store.catalogue_changes import change_lines, changes
from pavement.store.database import writing
from pavement.store.price_words import price_note
from pavement.store.tables import CATALOGUE
from tests.store.made import actions, treatment_lengths


def tables(**changes: dict[str, object]) -> dict[str, pd.DataFrame]:
    """Return the tables as a spreadsheet gives them back, with cells of a treatment changed."""
    own = [name for name in catalogues.FILES if name != catalogues.RESETS]
    as_given = {name: catalogues.as_text(catalogues.csv(read_table(name))) for name in own}
    for treatment, cells in changes.items():
        for column, value in cells.items():
            table = as_given["treatments"]
            table.loc[table["treatment"] == treatment, column] = value
    return as_given


def test_without_a_version_the_tables_of_the_product_are_in_force(store):
    kept = catalogues.current(store)
    assert kept.version == 0
    pd.testing.assert_frame_equal(kept.treatments, read_table("treatments"))
    assert catalogues.versions(store).empty


def test_a_kept_version_is_in_force_with_who_and_why_and_what_was_not_changed_is_the_same(store):
    changed = tables(mill_overlay={"cost_mid": "655", "status": "verified"})
    assert catalogues.keep(store, changed, reason="tender 114-07", user="chen", replaces=0) == 1
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
        catalogues.keep(store, tables(mill_overlay=cells, overlay=cells), reason="x", user="chen", replaces=0)
    assert sum(said in message for message in caught.value.faults["message"]) == 2
    assert catalogues.current(store).version == 0


def test_a_treatment_that_records_do_not_know_or_one_left_out_is_refused(store):
    treatments = tables()["treatments"]
    added = treatments.assign(treatment=treatments["treatment"].replace("overlay", "slurry"))
    with pytest.raises(PlanError, match="names slurry"):
        catalogues.keep(store, {"treatments": added}, reason="x", user="chen", replaces=0)
    with pytest.raises(PlanError, match="lacks joint_repair"):
        catalogues.keep(store, {"treatments": treatments.iloc[:-1]}, reason="x", user="chen", replaces=0)


def test_who_changed_an_older_version_is_told_and_nobody_s_change_is_lost(store):
    catalogues.keep(store, tables(), reason="first", user="chen", replaces=0)
    with pytest.raises(StoreError, match="Version 1 was kept meanwhile"):
        catalogues.keep(store, tables(), reason="second", user="lin", replaces=0)
    assert catalogues.versions(store)["reason"].tolist() == ["first"]
    with pytest.raises(StoreError, match="needs a reason"):
        catalogues.keep(store, tables(), reason=" ", user="lin", replaces=1)


def test_prices_are_told_by_their_state(store):
    used = ["mill_overlay", "crack_seal"]
    assert price_note(catalogues.current(store), used, language="en") == "Prices are examples, to confirm."
    sure = {"status": "verified"}
    catalogues.keep(store, tables(mill_overlay=sure), reason="a", user="chen", replaces=0)
    note = price_note(catalogues.current(store), used, language="en")
    assert note == "Prices of catalogue version 1; to confirm: Crack sealing."
    catalogues.keep(store, tables(mill_overlay=sure, crack_seal=sure), reason="b", user="chen", replaces=1)
    assert price_note(catalogues.current(store), used, language="zh_TW") == "單價依目錄第 2 版。"


def test_what_is_no_table_is_refused():
    with pytest.raises(PlanError, match=r"treatments\.csv cannot be read"):
        catalogues.as_text(b"\xff\x00\x81", name="treatments.csv")
    with pytest.raises(PlanError, match="cannot be read"):
        catalogues.as_text(b"")


def test_a_plan_keeps_the_tables_it_was_made_from_when_those_of_the_product_change(store, monkeypatch):
    frames = {"actions": actions(), "treatment_lengths": treatment_lengths()}
    old = catalogues.current(store)
    own = frames | catalogues.frames(old)
    saved = plans.save(store, own, summary={"catalogue": 0}, forecast_set=None, user="a")
    assert catalogues.is_that_of(store, saved, old)
    # words on sources change no plan, points and pairs do
    assert catalogues.is_that_of(store, saved, old._replace(penalty=old.penalty.assign(source="x", status="y")))
    assert not catalogues.is_that_of(store, saved, old._replace(penalty=old.penalty.assign(weight=1.0)))
    assert not catalogues.is_that_of(store, saved, old._replace(strategy_pairs=old.strategy_pairs[1:]))

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
    dearer = tables(mill_overlay={"cost_mid": "720"})
    rules = dearer["triggers"]
    catalogues.keep(store, dearer, reason="tender", user="chen", replaces=0)
    gone = rules.index[rules["treatment"] == "mill_overlay"][-1]
    fewer = rules.drop(index=gone)
    catalogues.keep(store, {"triggers": fewer}, reason="fewer rules", user="chen", replaces=1)
    first, second = changes(store, 1), changes(store, 2)
    told = first[["row", "column", "before", "after"]].to_numpy().tolist()
    assert told == [["mill_overlay", "cost_mid", "600", "720"]]
    assert set(second["table"]) == {"triggers"}
    assert (second["after"] == "").all()
    assert len(second) == (rules.loc[gone].drop(["treatment", "rule", "kind"]) != "").sum()
    assert change_lines(second, language="en") == [f"removed: {second['row'].iloc[0]}"]
    pair = second.assign(table="strategy_pairs", row="crack_seal overlay")
    assert change_lines(pair, language="zh_TW") == ["移除先後組合：crack_seal → overlay"]
    assert change_lines(first, language="en")[0].endswith("600 → 720")
    assert change_lines(first, language="zh_TW") != change_lines(first, language="en")


RESET = {
    **{"treatment": "mill_overlay", "kind": "iri", "level": "0.9", "spread": "0.2", "scale": "log", "capped": "True"},
    **{"rate_factor": "1", "works": "40", "basis": "estimated", "rate_works": "0", "rate_basis": "default"},
    "source": "works on record",
}


def test_a_version_holds_penalty_pairs_and_estimated_levels_and_its_history_tells_them(store):
    given = tables()
    points, pairs = given["penalty"], given["strategy_pairs"]
    points.loc[(points["kind"] == "iri") & (points["value"] == "1.5"), "penalty"] = "30"
    own = {"penalty": points, "strategy_pairs": pairs.iloc[1:], "resets": pd.DataFrame([RESET])}
    catalogues.keep(store, own, reason="workshop", user="chen", replaces=0)
    kept = catalogues.current(store)
    assert kept.lacks == ()
    assert penalty({"iri": np.array([1.5])}, kept.rules().curves).tolist() == [30]
    first = pairs.iloc[0]
    assert first["second"] not in [f.treatment for f in followers(kept.rules(), years=10)[first["first"]]]
    assert kept.resets[["treatment", "level", "works"]].to_numpy().tolist() == [["mill_overlay", 0.9, 40]]
    told = changes(store, 1)
    assert ["penalty", "iri 1.5", "penalty", "25", "30"] in told.to_numpy().tolist()
    assert set(told["table"]) == {"penalty", "strategy_pairs", "resets"}
    # what is not given stays, so that levels of the live models count again only when somebody says so
    catalogues.keep(store, tables(overlay={"cost_mid": "501"}) | own, reason="price", user="chen", replaces=1)
    assert set(changes(store, 2)["table"]) == {"treatments"}
    catalogues.keep(store, {"resets": pd.DataFrame(columns=list(RESET))}, reason="models", user="chen", replaces=2)
    assert catalogues.current(store).resets.empty


def test_a_version_of_before_reads_as_installed_and_says_so(store):
    catalogues.keep(store, tables(), reason="a", user="chen", replaces=0)
    with writing(store) as connection:
        connection.execute(sa.update(CATALOGUE).values(penalty="", strategy_pairs="", resets=""))
    kept = catalogues.current(store)
    assert kept.lacks == ("penalty", "strategy_pairs")
    pd.testing.assert_frame_equal(kept.penalty, read_table("penalty"))
    assert changes(store, 1).empty


def test_every_fault_of_the_other_tables_is_listed(store):
    given = tables()
    points = given["penalty"].assign(kind=given["penalty"]["kind"].replace("rut", "ruts"))
    points.loc[points["kind"] == "iri", "penalty"] = "25"
    pairs = given["strategy_pairs"].copy()
    pairs.loc[0, "second"], pairs.loc[1, "gap_most"] = "slurry", "0"
    pairs.loc[2, ["gap_least", "gap_most"]] = ["5", "4"]
    rules = given["triggers"].copy()
    rules.loc[0, "unit"] = "mm"
    levels = pd.DataFrame([RESET | {"kind": "colour"}])
    with pytest.raises(PlanError) as caught:
        catalogues.checked(given | {"penalty": points, "strategy_pairs": pairs, "triggers": rules, "resets": levels})
    faults = caught.value.faults
    assert faults.groupby("file")["row"].apply(sorted).to_dict() == {
        "penalty.csv": [2, 6], "resets.csv": [2], "strategy_pairs.csv": [2, 3, 4], "triggers.csv": [2],
    }  # fmt: skip
