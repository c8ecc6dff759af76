"""From a store to a forecast by LightGBM: published values, a candidate, its promotion, the forecast of every cell."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.network import forecast_network, live_models, network_states, prolonged
from models.train import Candidate, train
from models.watch import watch
from pavement.errors import ModelError
from pavement.settings import Settings, load_settings
from pavement.store import audit, forecasts, registry, runs
from pavement.store.database import Store, open_store
from tests.models.conftest import made_panel
from tests.store.made import cells, draft

# what its tests share takes long to make: one process makes it
pytestmark = pytest.mark.xdist_group("from store")

UNITS, SURVEYS = 320, 7


def values() -> pd.DataFrame:
    """Return the made panel as measured values of cells: 32 km of one lane, whose rate is set by the load."""
    panel = made_panel(UNITS, SURVEYS)
    names = cells(count=UNITS)["cell"].to_numpy()
    day = pd.to_datetime(panel["time"].astype(int).astype(str) + "-03-02")
    frame = pd.DataFrame({"cell": np.repeat(names, SURVEYS), "year": day.dt.year, "surveyed_on": day})
    parts = [frame.assign(kind=kind, value=panel[kind]) for kind in ("iri", "esal")]
    return pd.concat(parts, ignore_index=True).assign(coverage=1.0, quality="measured", method="made")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return load_settings(environment={"PAVEMENT_HOME": str(tmp_path_factory.mktemp("home"))})


@pytest.fixture(scope="module")
def store(settings: Settings) -> Store:
    opened = open_store(Path(settings.home))
    network = draft("a", survey="network", cells=pd.DataFrame(cells(count=UNITS)))
    runs.publish(opened, network, user="wang")
    runs.publish(opened, draft("b", survey="profile", cell_values=values()), user="wang")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def candidate(store: Store, settings: Settings) -> Candidate:
    return train(store, target="iri", settings=settings, user="chen")


def test_the_candidate_learned_and_goes_live_only_by_approval(store: Store, candidate: Candidate) -> None:
    assert candidate.fitted.learned
    assert "esal" in candidate.fitted.columns
    scores = candidate.scores.query("split == 'by site' and horizon == 5").set_index("model")["rmse"]
    assert scores["forecast"] < 0.7 * scores["persistence"]
    card = registry.version(store, candidate.model).card
    # no work is published, so every level is a default
    assert {row["basis"] for row in card["resets"]} == {"default", "rule"}
    assert 0 <= card["memory"]["yearly"] < 1
    assert registry.live(store, "iri") is None
    registry.promote(store, "iri", candidate.model, user="lin", reason="better")
    assert live_models(store)["iri"].columns == candidate.fitted.columns
    assert audit.trail(store).iloc[-1]["action"] == "promote"


def test_every_cell_is_forecast_by_the_live_model(store: Store, settings: Settings, candidate: Candidate) -> None:
    registry.promote(store, "iri", candidate.model, user="lin", reason="better")
    found = forecast_network(store, settings=settings, user="chen")
    assert found["cell"].nunique() == UNITS
    assert set(found["model"]) == {candidate.model}
    assert set(found.loc[found["year"] <= 2026, "basis"]) == {"model"}
    grown = found.pivot_table(index="cell", columns="year", values="value")
    assert (grown.diff(axis=1).iloc[:, 1:] >= -1e-9).all(axis=None)
    # the made rate is .03 + .05 x load a year: the loaded third must grow faster, by about as much
    load = values().query("kind == 'esal'").groupby("cell")["value"].first()
    rate = (grown[2026] - grown[2021]) / 5
    light, heavy = (rate[load[load.between(*span)].index].mean() for span in ((0, 0.6e6), (1.4e6, 2e6)))
    assert light == pytest.approx(0.03 + 0.05 * 0.3, abs=0.015)
    assert heavy == pytest.approx(0.03 + 0.05 * 1.7, abs=0.025)
    # the network is as it was at training
    moved = watch(store, settings=settings).drift
    assert set(moved["alarm"]) == {""}
    assert {"iri", "esal", "family"} <= set(moved["feature"])
    # nobody measured cracks
    assert found["first_crack"].isna().all()
    kept = forecasts.latest(store)
    pd.testing.assert_frame_equal(kept[list(found.columns)], found, check_dtype=False)


@pytest.mark.nightly
def test_years_after_the_kept_forecast_go_on_from_where_it_ends(
    store: Store, settings: Settings, candidate: Candidate
) -> None:
    registry.promote(store, "iri", candidate.model, user="lin", reason="better")
    kept = forecast_network(store, settings=settings, user="chen")
    moved = kept.assign(value=kept["value"] + 0.25)
    end = int(kept["year"].max())
    got = prolonged(moved, network_states(store), last=end + 5, models=live_models(store))
    table = got.pivot_table(index="cell", columns="year", values="value")
    whole = moved.pivot_table(index="cell", columns="year", values="value")
    pd.testing.assert_frame_equal(table[whole.columns], whole)
    longer = forecast_network(store, settings=settings.replaced(forecast_years=end + 5 - 2021), user="chen")
    longer = longer.pivot_table(index="cell", columns="year", values="value") + 0.25
    pd.testing.assert_frame_equal(table, longer)
    # the interval goes on with it, so that a plan can be made on its edge
    assert (got["low"] <= got["high"]).all()
    last = got[got["year"] == end + 5]
    assert (last["high"] > last["value"]).any()
    assert sorted(prolonged(kept, network_states(store), last=2023, models={})["year"].unique()) == [2021, 2022, 2023]


def test_cells_surveyed_earlier_are_forecast_to_the_same_year(tmp_path: Path, settings: Settings) -> None:
    with open_store(tmp_path) as store:
        runs.publish(store, draft("a", survey="network", cells=pd.DataFrame(cells(count=UNITS))), user="wang")
        early = values()
        early = early[(early["cell"] != early["cell"].iloc[0]) | (early["year"] <= 2019)]
        runs.publish(store, draft("b", survey="profile", cell_values=early), user="wang")
        found = forecast_network(store, settings=settings)
    ends = found.groupby("cell")["year"].max()
    origins = found.groupby("cell")["origin_year"].first()
    assert origins.nunique() == 2
    assert (ends == ends.iloc[0]).all()


def test_a_kind_that_nobody_measured_cannot_be_trained(store: Store, settings: Settings) -> None:
    with pytest.raises(ModelError, match="crack_percent"):
        train(store, target="crack_percent", settings=settings)
