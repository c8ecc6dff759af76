"""From a candidate to a live model and back: test places, comparison, reasons, provenance (M10, M12, M14, M15)."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models import promotion
from models.artefact import text_of
from models.comparison import ALIKE, BETTER, COLUMNS, WORSE, beside, is_worse
from models.fallback import NAME, ageing_curve
from models.fitting import FittedModel, Judged
from models.held_out import is_test_place, split
from models.live import live_models
from models.network import forecast_network
from models.promotion import BY_CURVE, NO_PLACES, promote, review
from models.provenance import differences
from models.snapshot import snapshot
from models.train import Candidate, train
from pavement.errors import ModelError, StoreError
from pavement.settings import Settings, load_settings
from pavement.store import audit, checks, objects, registry, runs
from pavement.store.database import Store, open_store
from tests.models.conftest import made_panel
from tests.store.made import cells, draft

# what its tests share takes long to make: one process makes it
pytestmark = pytest.mark.xdist_group("governance")

UNITS, YEARS = 700, (2015, 2016, 2020)


def values() -> pd.DataFrame:
    """Return 70 km of one lane, surveyed three times, whose rate is set by the load."""
    panel = made_panel(UNITS, 6)
    panel = panel[panel["time"].isin(YEARS)]
    names = cells(count=UNITS)["cell"].to_numpy()
    day = pd.to_datetime(panel["time"].astype(int).astype(str) + "-03-02").to_numpy()
    frame = pd.DataFrame({"cell": np.repeat(names, len(YEARS)), "year": panel["time"].astype(int), "surveyed_on": day})
    parts = [frame.assign(kind=kind, value=panel[kind].to_numpy()) for kind in ("iri", "esal")]
    return pd.concat(parts, ignore_index=True).assign(coverage=1.0, quality="measured", method="made")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return load_settings(environment={"PAVEMENT_HOME": str(tmp_path_factory.mktemp("home"))})


@pytest.fixture(scope="module")
def store(settings: Settings) -> Iterator[Store]:
    with open_store(Path(settings.home)) as opened:
        runs.publish(opened, draft("a", survey="network", cells=pd.DataFrame(cells(count=UNITS))), user="wang")
        runs.publish(opened, draft("b", survey="profile", cell_values=values()), user="wang")
        yield opened


@pytest.fixture(scope="module")
def candidate(store: Store, settings: Settings) -> Candidate:
    return train(store, target="iri", settings=settings, user="chen")


@pytest.fixture(scope="module")
def bad(store: Store, candidate: Candidate) -> str:
    """Return a registered model that says a road gets rougher by 1 m/km a year."""
    curve = ageing_curve("iri", level=0.9)
    wild = replace(
        curve, curves=(type(curve.curves[0])("family rate", "iri", {"": (1.0,)}),), shares={"": {"family rate": 1.0}}
    )
    card = registry.version(store, candidate.model).card
    card = {k: v for k, v in card.items() if k != "beside"}
    return registry.register(store, "iri", text_of(wild), columns=[], card=card, user="chen").model


def test_a_card_holds_what_the_model_was_made_from(store: Store, settings: Settings, candidate: Candidate) -> None:
    version = registry.version(store, candidate.model)
    card = version.card
    assert card["settings"] == {"seed": settings["seed"], "interval": settings["interval"]}
    assert card["seed"] == settings["seed"]
    assert set(card["libraries"]) == {"python", "lightgbm", "numpy", "pandas", "scikit-learn", "scipy"}
    assert card["parameters"]["leaves"] == 16
    assert len(card["snapshot"]["sha256"]) == 64
    assert ["iri", "m/km"] in list(version.columns)
    assert ["esal", "1/year"] in list(version.columns)


def test_test_places_are_kept_out_of_training_and_by_their_hash(store: Store, candidate: Candidate) -> None:
    card = registry.version(store, candidate.model).card
    places = json.loads(objects.read(store, card["test_places"]["sha256"]))
    assert places == sorted(b for b in (f"N1-S-{k}" for k in range(25, 95)) if is_test_place(b))
    assert card["test_places"]["blocks"] == len(places) >= 6
    assert card["test_places"]["of"] == 70
    assert card["blocks"] == 70 - len(places)
    assert card["test_places"]["sha256"] in checks.referenced(store)


def test_a_missing_text_of_the_panel_counts_as_missing() -> None:
    panel = made_panel(units=2, surveys=2)
    told = [
        snapshot(panel.assign(iri_device=pd.Series(d, dtype="str"))) for d in (["a", "b", "", None], ["a", "b", "", ""])
    ]
    assert told[0] != told[1]
    assert told[0] == snapshot(panel.assign(iri_device=pd.Series(["a", "b", "", np.nan], dtype=object)))


def test_the_same_places_are_drawn_whatever_else_the_network_holds() -> None:
    small, large = (made_panel(units=n, surveys=2) for n in (800, 1600))
    (learn, test, drawn), (_, _, more) = (split(p, target="iri") for p in (small, large))
    assert set(drawn.blocks) == set(more.blocks) & set(small["block"])
    assert not set(learn["block"]) & set(test["block"])
    assert len(learn) + len(test) == len(small)
    assert 0.08 < len(more.blocks) / 200 < 0.22


def test_a_small_network_keeps_no_test_places_and_says_so() -> None:
    learn, test, places = split(made_panel(units=320, surveys=2), target="iri")
    assert (len(learn), len(test)) == (640, 0)
    assert places.summary() == {"blocks": 0, "of": 40, "needed": 60}


def test_promotion_needs_a_reason_and_tells_the_audit_how_the_candidate_compared(
    store: Store, settings: Settings, candidate: Candidate, bad: str
) -> None:
    found = review(store, candidate.model, settings=settings)
    assert found.notes == (BY_CURVE,)
    assert found.rows["horizon"].tolist() == [1, 5]
    assert found.rows["verdict"].tolist()[-1] == BETTER
    with pytest.raises(StoreError, match="No reason"):
        promote(store, candidate.model, user="lin", reason=" ", settings=settings)
    assert registry.live(store, "iri") is None
    promote(store, candidate.model, user="lin", reason="first trained model", settings=settings)
    last = audit.trail(store).iloc[-1]
    detail = json.loads(last["detail"])
    assert (last["action"], last["user"], detail["reason"]) == ("promote", "lin", "first trained model")
    assert detail["beside"]["rows"][-1]["verdict"] == BETTER
    # one that is worse goes live only when that is confirmed
    with pytest.raises(ModelError, match="forecasts worse than iri-"):
        promote(store, bad, user="lin", reason="try", settings=settings)
    assert registry.live_models(store)["iri"] == candidate.model
    promote(store, bad, user="lin", reason="try", settings=settings, confirm_worse=True)
    assert json.loads(audit.trail(store).iloc[-1]["detail"])["worse"] is True
    assert registry.rollback(store, "iri", user="lin", reason="rougher than seen") == candidate.model


def test_m10_who_promotes_second_is_told(
    store: Store, settings: Settings, candidate: Candidate, bad: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.promote(store, "iri", candidate.model, user="lin", reason="as before")
    kept = promotion.review

    def overtaken(*args: object, **named: object) -> object:
        found = kept(*args, **named)
        registry.promote(store, "iri", bad, user="faster", reason="faster")
        return found

    monkeypatch.setattr(promotion, "review", overtaken)
    with pytest.raises(StoreError, match="became the live model of iri meanwhile"):
        promote(store, bad, user="lin", reason="mine", settings=settings, confirm_worse=True)
    assert registry.live_models(store) == {"iri": bad}
    assert audit.trail(store).iloc[-1]["user"] == "faster"
    registry.rollback(store, "iri", user="lin", reason="worse")


def test_m14_a_damaged_live_model_leaves_the_ageing_curve(
    store: Store, settings: Settings, candidate: Candidate
) -> None:
    registry.promote(store, "iri", candidate.model, user="lin", reason="as before")
    file = objects.path(store, registry.version(store, candidate.model).object)
    whole = file.read_bytes()
    file.unlink()
    for content in (None, whole[:-9]):
        if content is not None:
            file.write_bytes(content)
        assert "cannot be used" in live_models(store).refused["iri"]
    found = forecast_network(store, settings=settings, user="chen")
    assert set(found["model"]) == {NAME}
    assert set(found.loc[found["year"] <= found["origin_year"] + 5, "basis"]) == {"curve"}
    detail = json.loads(audit.trail(store).iloc[-1]["detail"])
    assert detail["models"] == {}
    assert "damaged" in detail["refused"]["iri"]
    file.unlink()
    file.write_bytes(whole)
    assert set(live_models(store).models) == {"iri"}


def test_m15_same_data_and_seed_give_the_same_bytes(store: Store, settings: Settings, candidate: Candidate) -> None:
    assert train(store, target="iri", settings=settings, user="wu").model == candidate.model


@pytest.mark.nightly
def test_m15_another_seed_is_named_as_the_difference(store: Store, settings: Settings, candidate: Candidate) -> None:
    other = train(store, target="iri", settings=settings.replaced(seed=99), user="chen")
    assert other.model != candidate.model
    mine, theirs = (registry.version(store, c.model).card for c in (candidate, other))
    assert differences(mine, theirs) == {"seed": [f"seed: {settings['seed']} → 99"]}


def test_m15_each_difference_is_named(store: Store, candidate: Candidate) -> None:
    card = registry.version(store, candidate.model).card
    other = json.loads(json.dumps(card))
    assert differences(card, other) == {}
    other["parameters"]["leaves"] = 31
    other["libraries"]["lightgbm"] = "3.3.2"
    other["settings"]["interval"] = 0.8
    other["snapshot"]["sha256"] = "f" * 64
    found = differences(card, other)
    assert set(found) == {"parameters", "libraries", "settings", "data"}
    assert found["parameters"] == ["leaves: 16.0 → 31"]


def test_a_snapshot_is_of_the_values_alone() -> None:
    panel = made_panel(units=20, surveys=3)
    found = snapshot(panel)
    moved = panel.sample(frac=1.0, random_state=1)[sorted(panel.columns, reverse=True)]
    assert snapshot(moved) == found
    assert snapshot(panel.astype({"epoch": "int32"})) == found
    assert snapshot(panel.assign(iri=panel["iri"] + 1e-9)) != found
    assert snapshot(panel.iloc[1:]) != found
    assert snapshot(panel.rename(columns={"iri": "rut", "rut": "iri"})) != found
    assert snapshot(panel.assign(iri=panel["iri"].where(panel["iri"] > 1))) != found


def test_a_comparison_tells_better_worse_and_chance_apart(
    pairs: pd.DataFrame, fitted: tuple[FittedModel, Judged]
) -> None:
    model, curve = fitted[0], ageing_curve("iri", level=0.9)
    some = pairs[pairs["unit"].str[-1] == "1"].reset_index(drop=True)
    good, poor, same = (beside(a, b, some, seed=1) for a, b in ((model, curve), (curve, model), (model, model)))
    assert list(good.columns) == list(COLUMNS)
    assert good["horizon"].tolist() == [1, 3, 5]
    assert good.set_index("horizon").loc[5, "verdict"] == BETTER
    assert poor.set_index("horizon").loc[5, "verdict"] == WORSE
    assert (is_worse(poor), is_worse(same)) == (True, False)
    assert same["verdict"].tolist() == [ALIKE] * 3
    assert (good["low"] <= good["difference"]).all()
    assert (good["difference"] <= good["high"]).all()
    # by hand at 5 years
    at = some[(some["horizon"] - 5).abs() <= 0.5]
    truth = at["increment"].to_numpy()
    known = good.set_index("horizon").loc[5]
    rise = curve.curves[0].increment(at, at["horizon"].to_numpy())
    assert known["live_rmse"] == pytest.approx(float(np.sqrt(np.mean((rise - truth) ** 2))))
    assert known["live_skill"] == pytest.approx(1 - np.mean((rise - truth) ** 2) / np.mean(truth**2))


def test_without_test_places_there_is_no_comparison_and_it_is_said(store: Store, candidate: Candidate) -> None:
    found = promotion.compared(
        store,
        candidate.fitted,
        card={},
        test=pd.DataFrame(),
        places={"blocks": 0, "of": 40, "needed": 60},
        level=0.9,
    )
    assert (found.notes, len(found.rows), found.worse) == ((NO_PLACES,), 0, False)


def test_training_never_sees_a_test_place(store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: set[str] = set()

    def watched(panel: pd.DataFrame, **named: object) -> pd.DataFrame:
        seen.update(panel["block"])
        raise ModelError("seen enough")

    monkeypatch.setattr("models.train.training_pairs", watched)
    with pytest.raises(ModelError, match="seen enough"):
        train(store, target="iri", settings=settings)
    assert len(seen) > 50
    assert not [b for b in seen if is_test_place(b)]
