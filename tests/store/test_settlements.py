"""P9, P10: the answer of a person settles what a model learns from, and is kept with name, words and audit."""

import datetime as dt
import json

import pandas as pd
import pytest

from models.history import with_history
from models.panel import pairs
from models.published_panel import published_panel
from pavement.condition.change_evidence import change_evidence
from pavement.errors import StoreError
from pavement.store import audit, published, runs, segments
from pavement.store.database import Store
from pavement.store.settlements import settle, settlements
from tests.store.made import cell_values, cells, draft, works


def surveys(fallen: float = 0.8) -> pd.DataFrame:
    """Return five yearly surveys; from 2022 on the first four cells are as if resurfaced."""
    frame = cell_values(years=(2020, 2021, 2022, 2023, 2024), iri=2.0)
    new = (frame["kind"] == "iri") & (frame["year"] >= 2022) & frame["cell"].isin(cells()["cell"].head(4))
    return frame.assign(value=frame["value"].where(~new, fallen + 0.05 * (frame["year"] - 2022)))


@pytest.fixture
def network(store: Store) -> Store:
    runs.publish(store, draft("a", survey="network", cells=pd.DataFrame(cells())), user="wang")
    runs.publish(store, draft("b", survey="profile", cell_values=surveys()), user="wang")
    return store


def open_changes(store: Store) -> pd.DataFrame:
    return change_evidence(segments.segment_table(store), published.table(store, "works"))


def suspected(store: Store) -> int:
    found = pairs(with_history(published_panel(store)), target="iri")
    return int(found["suspected"].sum())


def test_p9_unsettled_pairs_are_not_learned_from_and_work_done_makes_a_record(network: Store) -> None:
    found = open_changes(network)
    assert len(found) == 4
    assert found["likely"].all()
    assert suspected(network) == 4 * 2 * 3
    settle(network, found, answer="work done", reason="Contract 110-7", user="lin", day=dt.date(2021, 9, 1))
    made = published.table(network, "works").iloc[0]
    assert (made["source"], made["treatment"], made["from_m"], made["to_m"]) == (
        "asserted",
        "resurfacing",
        25000,
        25400,
    )
    assert made["completed_on"] == pd.Timestamp(2021, 9, 1)
    assert open_changes(network).empty
    assert suspected(network) == 0
    panel = published_panel(network)
    assert set(panel.loc[panel["unit"] == found["cell"].iloc[0], "epoch"]) == {0, 1}
    last = audit.trail(network).iloc[-1]
    assert (last["action"], last["user"]) == ("settle change", "lin")
    assert json.loads(last["detail"])["reason"] == "Contract 110-7"


def test_p9_an_error_leaves_that_survey_out_and_no_other(network: Store) -> None:
    found = open_changes(network)
    before = published_panel(network)
    settle(network, found, answer="this survey wrong", reason="Sensor was dirty", user="lin")
    after = published_panel(network)
    assert before["iri"].notna().sum() - after["iri"].notna().sum() == 4
    assert after["rut"].notna().sum() == before["rut"].notna().sum()
    # what was measured stays to be seen
    assert segments.segment_table(network)["iri"].notna().sum() == before["iri"].notna().sum()


def test_p9_left_open_it_still_teaches_nothing(network: Store) -> None:
    settle(network, open_changes(network), answer="leave", reason="Asked the contractor", user="lin")
    assert settlements(network)["answer"].tolist() == ["leave"] * 4
    assert suspected(network) == 24


def test_p9_a_later_answer_replaces_the_earlier_one_and_its_record(network: Store) -> None:
    found = open_changes(network)
    settle(network, found, answer="work done", reason="so it seems", user="lin")
    settle(network, found, answer="survey before wrong", reason="checked again", user="wu")
    assert published.table(network, "works").empty
    assert settlements(network)["answer"].unique().tolist() == ["survey before wrong"]


def test_p9_a_work_dated_a_year_off_is_put_right(network: Store) -> None:
    late = works().assign(completed_on=pd.Timestamp(2022, 8, 1), to_m=25_400.0)
    runs.publish(network, draft("c", survey="works", works=late), user="wang")
    found = open_changes(network).query("finding == 'unrecorded work or error'")
    assert set(found["work"]) == {"w1"}
    settle(network, found, answer="work moved", reason="ROC year was misread", user="lin")
    made = published.table(network, "works")
    assert made["completed_on"].tolist() == [pd.Timestamp(2021, 8, 1)]
    assert made["source"].tolist() == ["asserted"]
    assert open_changes(network).empty


def test_p10_work_done_lets_the_road_after_it_teach(network: Store) -> None:
    idle = works().assign(completed_on=pd.Timestamp(2022, 8, 1), from_m=25_500.0, to_m=26_000.0)
    runs.publish(network, draft("c", survey="works", works=idle), user="wang")
    found = open_changes(network).query("finding == 'work without effect' and kind == 'iri'")
    assert len(found) == 5
    before = suspected(network)
    settle(network, found, answer="work done", reason="thin patch only", user="lin")
    rut = open_changes(network).query("finding == 'work without effect' and kind == 'rut'")
    if len(rut):
        settle(network, rut, answer="work done", reason="thin patch only", user="lin")
    assert before - suspected(network) == 5


@pytest.mark.parametrize(
    ("answer", "reason", "day", "said"),
    [
        ("heal", "x", None, "no answer"),
        ("work done", " ", None, "a reason and a name"),
        ("work done", "x", dt.date(2024, 1, 1), "does not lie between"),
        ("work moved", "x", None, "No work on record"),
    ],
)
def test_answers_that_cannot_be_are_refused(network: Store, answer: str, reason: str, day: dt.date, said: str) -> None:
    with pytest.raises(StoreError, match=said):
        settle(network, open_changes(network), answer=answer, reason=reason, user="lin", day=day)
    assert settlements(network).empty
