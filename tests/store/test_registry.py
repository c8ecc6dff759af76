"""The registry: every version kept, one live a target, damage found before a parser meets it (M1, M10, M11, M14)."""

import json
import threading
from typing import Any

import pytest
import sqlalchemy as sa

from pavement.errors import ModelError, StoreError
from pavement.store import audit, checks, objects, registry, runs
from pavement.store.database import Store, open_store, writing
from pavement.store.tables import AUDIT, MODEL
from tests.store.made import draft, works

COLUMNS = ["iri", "age", "esal"]


def register(store: Store, text: str, *, target: str = "iri", **more: object) -> str:
    """Register a text and return its id."""
    card = {"error": 0.2, "trained_on": ["b" * 64]} | more
    return registry.register(store, target, text, columns=COLUMNS, card=card, user="lin").model


def test_a_model_comes_back_as_it_went_in(store: Store) -> None:
    runs.publish(store, draft("b", works=works()), user="wang")
    model = register(store, "tree\n1", target="crack_percent")
    found = registry.version(store, model)
    assert registry.text(store, model) == "tree\n1"
    assert (found.columns, found.card["error"], found.data_version) == (tuple(COLUMNS), 0.2, 1)
    assert model.startswith("crack-percent-")
    assert registry.live(store, "crack_percent") is None


def test_the_same_text_again_is_the_same_version(store: Store) -> None:
    """M15: trained again from the same data with the same seed."""
    assert register(store, "tree") == register(store, "tree") != register(store, "tree", target="rut")
    assert len(registry.versions(store)) == 2
    assert registry.versions(store, "rut")["target"].tolist() == ["rut"]


def test_trained_again_by_a_newer_version_the_card_is_renewed_and_the_old_one_kept(store: Store) -> None:
    model = register(store, "tree")
    before = registry.version(store, model)
    assert register(store, "tree", peers={"AC": 0.03}) == model
    renewed = registry.version(store, model)
    assert renewed.card["peers"] == {"AC": 0.03}
    assert (renewed.created_at, renewed.created_by) == (before.created_at, before.created_by)
    former = renewed.card["former_cards"]
    assert json.loads(objects.read(store, former[0]["sha256"])) == before.card
    assert (former[0]["by"], former[0]["data_version"]) == ("lin", 0)
    # it can still be used, the audit tells of both, and a check looks at the old card too
    assert registry.text(store, model) == "tree"
    assert audit.trail(store)["action"].tolist() == ["register"] * 2
    assert former[0]["sha256"] in checks.referenced(store)
    # the same card once more changes nothing
    register(store, "tree", peers={"AC": 0.03})
    assert registry.version(store, model) == renewed
    assert len(audit.trail(store)) == 2


def test_under_a_live_model_nothing_that_forecasts_are_made_with_changes(store: Store) -> None:
    model = register(store, "tree", resets=[1], memory={"shared": 0.5})
    registry.promote(store, "iri", model, user="chen", reason="first")
    register(store, "tree", resets=[2], memory={"shared": 0.9}, peers={})
    card = registry.version(store, model).card
    assert (card["resets"], card["memory"], card["peers"]) == ([1], {"shared": 0.5}, {})


def test_m1_a_card_that_was_put_back_to_the_former_one_is_not_what_was_registered(store: Store) -> None:
    model = register(store, "tree")
    card = json.dumps(registry.version(store, model).card, ensure_ascii=False, sort_keys=True)
    register(store, "tree", peers={})
    with writing(store) as connection:
        connection.execute(sa.update(MODEL).where(MODEL.c.model == model).values(card=card))
    with pytest.raises(ModelError, match="not what was registered"):
        registry.text(store, model)


def test_promotion_and_rollback_are_named_in_the_audit(store: Store) -> None:
    first, second = register(store, "a"), register(store, "b")
    for model in (first, second, first):
        registry.promote(store, "iri", model, user="chen", reason="better")
        live = registry.live(store, "iri")
        assert live is not None
        assert live.model == model
    listed = registry.versions(store).set_index("model")
    assert listed["live"].to_dict() == {first: True, second: False}
    assert listed.loc[first, "promoted_by"] == "chen"
    trail = audit.trail(store)
    assert trail["action"].tolist() == ["register"] * 2 + ["promote"] * 3
    assert set(trail.loc[trail["action"] == "promote", "user"]) == {"chen"}
    assert listed.loc[first, "reason"] == "better"
    assert json.loads(trail.iloc[-1]["detail"]) == {"target": "iri", "former": second, "reason": "better"}


def test_m1_a_card_that_was_edited_afterwards_is_not_what_was_registered(store: Store) -> None:
    model = register(store, "a")
    with writing(store) as connection:
        connection.execute(sa.update(MODEL).where(MODEL.c.model == model).values(card='{"error": 0.01}'))
    with pytest.raises(ModelError, match="not what was registered"):
        registry.text(store, model)


def forged(store: Store, original: str) -> dict[str, Any]:
    """Put a model into the database that nobody registered, and return the audit row that would speak for it."""
    row: dict[str, Any] = {"model": "iri-forged", "object": objects.put(store, b"forged")}
    with writing(store) as connection:
        held = connection.execute(sa.select(MODEL).where(MODEL.c.model == original)).mappings().one()
        row = {**held, **row}
        connection.execute(sa.insert(MODEL).values(**row))
        last = connection.execute(sa.select(AUDIT).order_by(AUDIT.c.sequence.desc()).limit(1)).mappings().one()
    proof = registry._proof(row)
    about = {"action": "register", "subject": row["model"], "detail": json.dumps(proof)}
    return {**last, **about, "sequence": last["sequence"] + 1, "previous": last["hash"], "hash": "0" * 64}


def test_m1_a_registration_that_the_chain_does_not_hold_speaks_for_no_model(store: Store) -> None:
    first = register(store, "a")
    row = forged(store, first)
    with writing(store) as connection:
        connection.execute(sa.insert(AUDIT).values(**row))
    with pytest.raises(ModelError, match="not what was registered"):
        registry.text(store, "iri-forged")
    with pytest.raises(StoreError, match="not what was registered"):
        registry.promote(store, "iri", "iri-forged", user="chen", reason="better")
    # what was registered after it follows a broken chain
    with pytest.raises(ModelError, match="not what was registered"):
        registry.text(store, register(store, "b"))


@pytest.mark.parametrize("hashed", [False, True])
def test_m1_a_registration_that_was_rewritten_speaks_for_no_model(store: Store, *, hashed: bool) -> None:
    """Seen also where this process has checked the chain before, and where the hash of the row was made anew."""
    first, second, third = (register(store, text) for text in "abc")
    assert [registry.text(store, model) for model in (first, second, third)] == ["a", "b", "c"]
    row = forged(store, first)
    with writing(store) as connection:
        connection.execute(sa.text("DROP TRIGGER audit_no_UPDATE"))
        held = connection.execute(sa.select(AUDIT).where(AUDIT.c.subject == second)).mappings().one()
        new = {**held, "subject": "iri-forged", "detail": row["detail"]}
        new["hash"] = audit._hash(new) if hashed else held["hash"]
        connection.execute(sa.update(AUDIT).where(AUDIT.c.sequence == held["sequence"]).values(**new))
    for model in ("iri-forged", second):
        with pytest.raises(ModelError, match="not what was registered"):
            registry.text(store, model)
    # opened anew, nor does the chain vouch for what follows it
    with open_store(store.home) as again:
        for model in ("iri-forged", second, third):
            with pytest.raises(ModelError, match="not what was registered"):
                registry.text(again, model)


def test_m10_who_goes_back_second_is_told_and_nothing_moves(store: Store) -> None:
    """Two people see the third model live; both go back, and the first model does not become live."""
    first, second, third = (register(store, text) for text in "abc")
    for model in (first, second, third):
        registry.promote(store, "iri", model, user="chen", reason="better")
    assert registry.rollback(store, "iri", user="wu", reason="worse", replaces=third) == second
    with pytest.raises(StoreError, match=f"{second} became the live model of iri meanwhile"):
        registry.rollback(store, "iri", user="lin", reason="worse", replaces=third)
    assert registry.live_models(store) == {"iri": second}
    assert registry.rollback(store, "iri", user="lin", reason="worse too", replaces=second) == first


def test_rollback_goes_back_step_by_step_and_says_when_there_is_no_further(store: Store) -> None:
    first, second, third = (register(store, text) for text in "abc")
    with pytest.raises(StoreError, match="No model of iri was live before"):
        registry.rollback(store, "iri", user="chen", reason="worse")
    for model in (first, second, third):
        registry.promote(store, "iri", model, user="chen", reason="better")
    registry.promote(store, "rut", register(store, "d", target="rut"), user="chen", reason="better")
    assert registry.rollback(store, "iri", user="wu", reason="worse in tunnels") == second
    assert registry.live_models(store)["iri"] == second
    assert registry.rollback(store, "iri", user="wu", reason="worse") == first
    with pytest.raises(StoreError, match="No model of iri was live before"):
        registry.rollback(store, "iri", user="wu", reason="worse")
    registry.promote(store, "iri", third, user="chen", reason="repaired")
    registry.withdraw(store, "iri", user="chen", reason="none is good")
    assert registry.rollback(store, "iri", user="wu", reason="was good after all") == third
    last = audit.trail(store).iloc[-1]
    assert (last["action"], json.loads(last["detail"])["reason"]) == ("rollback", "was good after all")


def test_nothing_goes_live_or_back_without_a_reason(store: Store) -> None:
    first, second = register(store, "a"), register(store, "b")
    for model in (first, second):
        registry.promote(store, "iri", model, user="chen", reason="better")
    with pytest.raises(StoreError, match="No reason"):
        registry.promote(store, "iri", first, user="chen", reason=" ")
    with pytest.raises(StoreError, match="No reason"):
        registry.rollback(store, "iri", user="chen", reason="")
    with pytest.raises(StoreError, match="No reason"):
        registry.withdraw(store, "iri", user="chen", reason="")
    assert registry.live_models(store) == {"iri": second}


def test_m1_a_row_that_names_the_text_of_another_model_is_not_what_was_registered(store: Store) -> None:
    first, second = register(store, "a"), register(store, "b")
    registry.promote(store, "iri", first, user="chen", reason="better")
    with writing(store) as connection:
        other = registry.version(store, second).object
        connection.execute(sa.update(MODEL).where(MODEL.c.model == first).values(object=other))
    with pytest.raises(ModelError, match="not what was registered"):
        registry.text(store, first)
    with pytest.raises(StoreError, match="not what was registered"):
        registry.promote(store, "iri", first, user="chen", reason="better")


def test_m14_without_a_live_model_there_is_none(store: Store) -> None:
    registry.promote(store, "iri", register(store, "a"), user="chen", reason="better")
    registry.withdraw(store, "iri", user="chen", reason="better")
    assert registry.live(store, "iri") is None
    assert registry.live_models(store) == {}
    with pytest.raises(StoreError, match="no live model"):
        registry.withdraw(store, "iri", user="chen", reason="better")


@pytest.mark.parametrize("content", [b"", b"tree", b"tree\x00 1 2 3", b"TREE 1 2 3", b"tree 9 9 9", None])
def test_m1_a_damaged_text_is_found_by_its_hash(store: Store, content: bytes | None) -> None:
    model = register(store, "tree 1 2 3")
    file = objects.path(store, registry.version(store, model).object)
    file.unlink()
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ModelError, match=f"Model {model} cannot be used"):
        registry.text(store, model)
    with pytest.raises(StoreError, match="damaged|missing"):
        registry.promote(store, "iri", model, user="chen", reason="better")
    assert registry.live(store, "iri") is None


def test_what_cannot_go_live_is_refused(store: Store) -> None:
    model = register(store, "a")
    with pytest.raises(StoreError, match="a model of iri, not of rut"):
        registry.promote(store, "rut", model, user="chen", reason="better")
    with pytest.raises(StoreError, match="Nobody is named"):
        registry.promote(store, "iri", model, user=" ", reason="better")
    with pytest.raises(StoreError, match="no model 'iri-x'"):
        registry.promote(store, "iri", "iri-x", user="chen", reason="better")
    with pytest.raises(StoreError, match="is empty"):
        register(store, " ")


def test_m10_of_two_who_promote_at_once_one_is_told(store: Store) -> None:
    models = [register(store, text) for text in "abcd"]
    told: list[str] = []

    def promote(model: str) -> None:
        try:
            registry.promote(store, "iri", model, user=model, reason="better", replaces="")
        except StoreError as error:
            told.append(str(error))

    threads = [threading.Thread(target=promote, args=(model,)) for model in models]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    live = registry.live(store, "iri")
    assert live is not None
    assert len(told) == 3
    assert all(f"{live.model} became the live model" in words for words in told)
    assert registry.versions(store)["live"].sum() == 1
