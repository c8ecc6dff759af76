"""A measure that falls as the exact mirror of one that rises: PCI with the numbers of ruts, as 100 - x."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from models import boosted, targets
from models import directions as ways
from models.draws import draws
from models.explain import contributions
from models.fitting import FittedModel, fit_pairs, training_pairs
from models.forecast import forecast_states
from models.offsets import campaign_offsets, labels_without
from models.panel import last_states
from models.parameters import parameter
from models.peers import peers_card, peers_of
from models.reasons import peers_text, reasons
from models.resets import default_resets, resets
from models.targets import all_targets, as_learned
from models.treated import forecast
from pavement.schema import read_table
from tests.models.conftest import SEED, made_panel

TOP = 100.0
KINDS = ("rut", "pci")


@pytest.fixture(scope="module", autouse=True)
def mirrored() -> Iterator[None]:
    """Let PCI have every number of the rut depth, so that 100 - x differs from x in its direction alone."""
    known = all_targets()
    like = replace(known["rut"], name="pci", sign=-1, shared=False)
    found = known | {"pci": like, "rut": replace(known["rut"], shared=False)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(targets, "all_targets", lambda: found)
        # fewer trees mirror as well as many
        fast = {"trees": 40.0, "trees_of_size": 20.0, "learning_rate": 0.15}
        patch.setattr(boosted, "parameter", lambda name: fast.get(name) or parameter(name))
        # PCI is held to the directions that ruts are free of: here they are alike in this too
        features = read_table("features").assign(free_for="rut pci")
        patch.setattr(ways, "read_table", lambda name: features if name == "features" else read_table(name))
        yield


def rutted(units: int = 320) -> pd.DataFrame:
    """Return a panel of ruts in eighths of a millimetre, so that 100 - x is exact; some heal without a record."""
    panel = made_panel(units, surveys=5).drop(columns="iri")
    since = panel["time"] - 2015
    grown = 4 + (1 + panel["esal"] / 1e6) * since + np.where(since >= 4, 0.5, 0.0)
    noise = np.random.default_rng(SEED).normal(0, 0.5, len(panel))
    healed = (panel["unit"] < "u012") & (since >= 3)
    return panel.assign(rut=((np.where(healed, 1.0, grown) + noise).clip(0, 90) * 8).round() / 8)


def turned(panel: pd.DataFrame) -> pd.DataFrame:
    return panel.rename(columns={"rut": "pci"}).assign(pci=TOP - panel["rut"])


@pytest.fixture(scope="module")
def both(mirrored: None) -> tuple[pd.DataFrame, pd.DataFrame]:
    panel = rutted()
    return panel, turned(panel)


@pytest.fixture(scope="module")
def own_pairs(both: tuple[pd.DataFrame, pd.DataFrame]) -> list[pd.DataFrame]:
    return [training_pairs(p, target=t, seed=SEED) for p, t in zip(both, KINDS, strict=True)]


@pytest.fixture(scope="module")
def fitted(own_pairs: list[pd.DataFrame]) -> list[FittedModel]:
    return [fit_pairs(own, target=t, seed=SEED)[0] for own, t in zip(own_pairs, KINDS, strict=True)]


def test_the_increments_of_a_falling_measure_are_those_of_its_mirror_to_the_byte(own_pairs) -> None:
    rising, falling = own_pairs
    assert falling["suspected"].any()
    for column in ("increment", "present", "suspected", "horizon"):
        assert falling[column].to_numpy().tobytes() == rising[column].to_numpy().tobytes()
    # what is told of the past has the sign of the measure, and a model reads it as damage
    for ending in targets.HISTORY:
        assert (falling[f"pci{ending}"].to_numpy() == -rising[f"rut{ending}"].to_numpy()).sum() == (
            rising[f"rut{ending}"].notna().sum()
        )
        read = as_learned(falling[[f"pci{ending}"]].to_numpy(), [f"pci{ending}"])[:, 0]
        np.testing.assert_array_equal(read, rising[f"rut{ending}"].to_numpy())


def test_a_falling_measure_is_forecast_drawn_and_reset_as_the_mirror_of_a_rising_one(both, fitted) -> None:
    rising, falling = fitted
    assert falling.learned
    assert falling.booster.replace("pci", "rut") == rising.booster
    assert falling.shares == rising.shares
    assert falling.intervals == rising.intervals
    states = [last_states(p) for p in both]
    mine, other = (forecast_states(s, years=15, models={m.target: m}) for s, m in zip(states, fitted, strict=True))
    for end, mirror in (("value", "value"), ("low", "high"), ("high", "low")):
        np.testing.assert_array_equal(other[end], TOP - mine[mirror])
    assert (other["low"] <= other["high"]).all()
    assert (other.groupby("state")["value"].diff().dropna() <= 0).all()
    works = pd.DataFrame({"cell": ["u003", "u100"], "year": [2023, 2025], "treatment": "mill_overlay"})
    levels = default_resets()
    levels = levels[levels["kind"].isin(["rut", "pci"])]
    flipped = levels[levels["kind"] == "rut"].assign(kind="pci", level=lambda f: TOP - f["level"])
    levels = pd.concat([levels[levels["kind"] == "rut"], flipped])
    treated = [
        forecast(s, works, years=12, models={m.target: m}, resets=levels) for s, m in zip(states, fitted, strict=True)
    ]
    np.testing.assert_allclose(treated[1]["value"], TOP - treated[0]["value"], atol=1e-9)
    np.testing.assert_allclose(treated[1]["low"], TOP - treated[0]["high"], atol=1e-9)
    drawn = [
        draws(s, works, years=12, models={m.target: m}, resets=levels, n=20, seed=4)[m.target]
        for s, m in zip(states, fitted, strict=True)
    ]
    np.testing.assert_allclose(drawn[1], TOP - drawn[0], atol=2e-4)


def test_reasons_and_offsets_have_the_sign_of_the_measure(both, own_pairs, fitted) -> None:
    offsets = [campaign_offsets(p, target=m.target) for p, m in zip(both, fitted, strict=True)]
    assert offsets[0]["taken_out"].any()
    np.testing.assert_allclose(offsets[1]["offset"], -offsets[0]["offset"], atol=1e-12)
    clean = [labels_without(p, o)["increment"] for p, o in zip(own_pairs, offsets, strict=True)]
    np.testing.assert_allclose(clean[1], clean[0], atol=1e-12)
    told, rates = [], []
    for panel, pairs_of, model in zip(both, own_pairs, fitted, strict=True):
        state = last_states(panel).iloc[[40]]
        peers = peers_of({"peers": peers_card(pairs_of, columns=model.columns)}, state)
        told.append(reasons(model, state, years=5, language="en", peers=peers))
        rates.append(peers_text(peers, target=model.target, years=5, language="en"))
        assert contributions(model, state, horizon=5.0).sum(axis=1).iloc[0] > 0
    assert told[1].change < 0 < told[0].change
    # PCI is told in whole points, ruts by the tenth
    assert told[1].change == pytest.approx(-told[0].change, abs=0.5)
    assert sum(value for _, value in told[1].parts) == told[1].change
    assert ": +" in rates[0]
    assert ": \u2212" in rates[1]


def test_an_estimated_level_of_pci_is_high_and_never_worse_than_before() -> None:
    panel = turned(rutted(64)).assign(epoch=lambda f: (f["time"] >= 2018).astype(int))
    panel["pci"] = np.where(panel["epoch"] == 1, 95.0, 70.0)
    works = pd.DataFrame({"unit": panel["unit"].unique(), "epoch": 1, "treatment": "mill_overlay"})
    works["completed"] = 2017.5 + np.arange(len(works)) * 0.002
    own = training_pairs(panel, target="pci", seed=SEED)
    row = resets(panel, works, own, target="pci").set_index("treatment").loc["mill_overlay"]
    assert row["basis"] == "estimated"
    assert 93 < row["level"] < 97
