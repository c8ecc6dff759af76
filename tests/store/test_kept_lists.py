"""Lists are kept as one in force: the check list knows bridge works, and plans section offices, without a file."""

import datetime as dt

import pandas as pd
import pytest

from dashboard.fault_words import fault_words
from pavement.errors import StoreError
from pavement.store import plans, runs
from pavement.store.kept_lists import BRIDGES, OFFICES
from pavement.store.plan_review import review
from tests.store.made import actions, network, treatment_lengths

HEAD = "route,direction,from_m,to_m,first_year,last_year,note\n"
TODAY = dt.date(2025, 5, 1)


@pytest.fixture
def planned(store):
    runs.publish(store, network(), user="wang")
    frames = {"actions": actions(), "treatment_lengths": treatment_lengths()}
    plans.save(store, frames, summary={}, forecast_set=None, user="lin")
    return store


def listed(store, text: str) -> pd.DataFrame:
    return BRIDGES.parsed(store, (HEAD + text).encode(), name="bridges.csv")


def test_the_check_list_knows_the_list_in_force_and_the_newest_alone(planned):
    work = actions().iloc[0]
    at = f"{work['route']},,{work['from_m']:.0f},{work['to_m']:.0f},{work['year']},{work['year']},deck"
    plan = plans.newest(planned)
    assert not review(planned, plan)["check"].eq("bridge").any()
    BRIDGES.keep(planned, listed(planned, at), title="bridges.csv", user="lin", today=TODAY)
    found = review(planned, plan)
    assert found.loc[found["check"] == "bridge", "unit"].tolist() == [work["unit"]]
    assert found.loc[found["check"] == "bridge", "en"].str.contains("deck").all()
    # a new list takes the place of the one before
    BRIDGES.keep(planned, listed(planned, "N1,,0,100,1990,1991,old"), title="b.csv", user="lin", today=TODAY)
    assert BRIDGES.kept(planned)["note"].tolist() == ["old"]
    assert not review(planned, plan)["check"].eq("bridge").any()


@pytest.mark.parametrize("text", ["N1,,x,100,2026,2027,a", "N1,Q,0,100,2026,2027,a"])
def test_a_wrong_row_is_listed_and_nothing_is_kept(planned, text):
    with pytest.raises(StoreError, match="holds 1 faults") as refused:
        listed(planned, text)
    assert refused.value.faults["row"].tolist() == [2]
    assert BRIDGES.kept(planned).empty


def test_every_row_that_makes_no_sense_is_listed_with_its_cure(planned):
    rows = ["N42,,0,100,2026,2027,a", "N1,,900,100,2026,2026,b", "N1,S,0,100,2027,2026,c", "N1,E,9,9,2026,2026,d",
            "N1,S,0,x,2,1,e"]  # fmt: skip
    with pytest.raises(StoreError, match="holds 9 faults") as refused:
        listed(planned, "\n".join(rows))
    faults = refused.value.faults
    assert faults["row"].tolist() == [2, 3, 4, 5, 5, 6, 6, 6, 6]
    assert faults["column"].tolist()[:5] == ["route", "to_m", "last_year", "direction", "to_m"]
    for row in faults.head(5).itertuples():
        words = [fault_words(str(said), language="zh_TW") for said in (row.message, row.cure)]
        assert not any(e in " ".join(words) for e in ("does", "lies", "has no", "Check", "Leave", "nearest"))


def offices(store, text: str) -> pd.DataFrame:
    return OFFICES.parsed(store, ("route,direction,from_m,to_m,office\n" + text).encode("cp950"), name="o.csv")


def test_section_offices_are_kept_and_stretches_of_two_offices_refused(planned):
    OFFICES.keep(
        planned, offices(planned, "N1,S,0,30000,北區\nN1,S,30000,40000,中區"), title="o", user="lin", today=TODAY
    )
    assert OFFICES.kept(planned)["office"].tolist() == ["北區", "中區"]
    with pytest.raises(StoreError, match="holds 1 faults") as refused:
        offices(planned, "N1,S,0,20000,a\nN1,,20000,30000,b\nN1,,30000,40000,c\nN1,,19999,19999.5,d")
    assert refused.value.faults["row"].tolist() == [5]
    assert "that of row 2" in refused.value.faults["message"].iloc[0]
