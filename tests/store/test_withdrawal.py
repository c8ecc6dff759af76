"""A run taken out of force: readers see what it had superseded, and nothing is lost."""

import pytest

from pavement.errors import StoreError
from pavement.store import audit, published, runs
from pavement.store.database import Store
from pavement.store.withdrawal import reinstate, withdraw
from tests.store.made import cell_values, draft, network


def test_what_it_superseded_is_in_force_again(store: Store) -> None:
    runs.publish(store, draft("b", survey="s", cell_values=cell_values(iri=1.5)), user="wang")
    runs.publish(store, draft("c", survey="s", cell_values=cell_values(iri=9.5)), user="wang")
    assert withdraw(store, "c" * 12, user="wang", reason="wrong vehicle") == "b" * 64
    assert published.table(store, "cell_values")["value"].max() < 9
    states = runs.runs(store).set_index("run")["state"]
    assert states.to_dict() == {"c" * 64: "withdrawn", "b" * 64: "published"}
    assert runs.data_version(store) == 3
    last = audit.trail(store).iloc[-1]
    assert (last["action"], last["user"], last["subject"]) == ("withdraw", "wang", "c" * 64)
    assert "wrong vehicle" in last["detail"]


def test_a_run_that_superseded_nothing_leaves_nothing_behind(store: Store) -> None:
    runs.publish(store, draft("b", cell_values=cell_values()), user="wang")
    assert withdraw(store, "b", user="wang", reason="a test") is None
    assert published.table(store, "cell_values").empty


@pytest.mark.parametrize(
    ("run", "reason", "said"), [("x", "why", "no run"), ("", "why", "run"), ("b", "  ", "needs a reason")]
)
def test_what_cannot_be_withdrawn_is_refused(store: Store, run: str, reason: str, said: str) -> None:
    runs.publish(store, draft("b", cell_values=cell_values()), user="wang")
    with pytest.raises(StoreError, match=said):
        withdraw(store, run, user="wang", reason=reason)
    assert runs.data_version(store) == 1


def test_a_run_is_withdrawn_once(store: Store) -> None:
    runs.publish(store, draft("b", cell_values=cell_values()), user="wang")
    withdraw(store, "b", user="wang", reason="a test")
    with pytest.raises(StoreError, match="withdrawn, not in force"):
        withdraw(store, "b", user="wang", reason="again")


def test_a_network_that_others_stand_on_stays(store: Store) -> None:
    runs.publish(store, network(), user="wang")
    runs.publish(store, draft("b", cell_values=cell_values()), user="wang")
    with pytest.raises(StoreError, match="1 other runs stand on"):
        withdraw(store, "a", user="wang", reason="why not")
    withdraw(store, "b", user="wang", reason="a test")
    withdraw(store, "a", user="wang", reason="a test")


def test_a_withdrawn_run_comes_back_and_supersedes_again_what_had_come_back(store: Store) -> None:
    runs.publish(store, draft("b", survey="s", cell_values=cell_values(iri=1.5)), user="wang")
    runs.publish(store, draft("c", survey="s", cell_values=cell_values(iri=9.5)), user="wang")
    withdraw(store, "c", user="wang", reason="wrong vehicle")
    assert reinstate(store, "c", user="lin", reason="it was the right one") == "b" * 64
    assert published.table(store, "cell_values")["value"].max() > 9
    states = runs.runs(store).set_index("run")["state"]
    assert states.to_dict() == {"c" * 64: "published", "b" * 64: "superseded"}
    last = audit.trail(store).iloc[-1]
    assert (last["action"], last["user"], last["subject"]) == ("reinstate", "lin", "c" * 64)
    assert "it was the right one" in last["detail"]
    assert withdraw(store, "c", user="wang", reason="after all") == "b" * 64


def test_a_withdrawn_run_without_a_successor_comes_back_alone(store: Store) -> None:
    runs.publish(store, network(), user="wang")
    runs.publish(store, draft("b", cell_values=cell_values()), user="wang")
    withdraw(store, "b", user="wang", reason="a test")
    assert reinstate(store, "b", user="wang", reason="a test") is None
    assert len(published.table(store, "cell_values"))


@pytest.mark.parametrize(("run", "reason", "said"), [("b", "why", "not withdrawn"), ("c", " ", "needs a reason")])
def test_what_cannot_be_put_back_is_refused(store: Store, run: str, reason: str, said: str) -> None:
    runs.publish(store, draft("b", survey="x", cell_values=cell_values()), user="wang")
    runs.publish(store, draft("c", survey="y", cell_values=cell_values()), user="wang")
    withdraw(store, "c", user="wang", reason="a test")
    with pytest.raises(StoreError, match=said):
        reinstate(store, run, user="wang", reason=reason)


def test_a_later_run_of_the_survey_or_another_network_stands_in_the_way(store: Store) -> None:
    runs.publish(store, network(), user="wang")
    runs.publish(store, draft("b", survey="s", cell_values=cell_values()), user="wang")
    withdraw(store, "b", user="wang", reason="a test")
    runs.publish(store, draft("c", survey="s", cell_values=cell_values()), user="wang")
    with pytest.raises(StoreError, match="came later and is in force. Withdraw that one first"):
        reinstate(store, "b", user="wang", reason="a test")
    withdraw(store, "c", user="wang", reason="a test")
    runs.publish(store, network("d"), user="wang")
    with pytest.raises(StoreError, match="network has changed"):
        reinstate(store, "b", user="wang", reason="a test")
