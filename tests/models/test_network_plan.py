"""From a store: levels after work and memory of the live model's card, in the forecast of works and in the plan."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from dashboard.plan_forecast import Wanted, forecast_plan
from models.artefact import text_of
from models.draws import Memory
from models.fallback import ageing_curve
from models.kept_resets import kept_memory, kept_resets
from models.network import network_states
from models.network_plan import drawn_actions, forecast_actions, read_actions
from models.resets import default_resets, treatments_with
from models.train import records
from pavement.errors import ModelError
from pavement.planning.treatments import catalogue
from pavement.progress import silent
from pavement.settings import Settings, load_settings
from pavement.store import registry, runs
from pavement.store.database import Store, open_store
from tests.store.made import cells, draft

COUNT = 12


def values() -> pd.DataFrame:
    """Return IRI of two surveys of every cell, the last in 2024."""
    names = cells(count=COUNT)["cell"]
    days = pd.to_datetime(["2022-03-02", "2024-03-02"])
    frame = pd.DataFrame({"cell": np.repeat(names, 2), "surveyed_on": np.tile(days, COUNT)})
    frame = frame.assign(year=frame["surveyed_on"].dt.year, kind="iri", value=np.tile([1.9, 2.0], COUNT))
    return frame.assign(coverage=1.0, quality="measured", method="made")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return load_settings(environment={"PAVEMENT_HOME": str(tmp_path_factory.mktemp("home"))})


@pytest.fixture(scope="module")
def store(settings: Settings) -> Store:
    opened = open_store(Path(settings.home))
    runs.publish(opened, draft("a", survey="network", cells=pd.DataFrame(cells(count=COUNT))), user="wang")
    runs.publish(opened, draft("b", survey="profile", cell_values=values()), user="wang")
    yield opened
    opened.close()


def card() -> dict[str, object]:
    """Return a card whose levels say that mill and overlay left 1.05 m/km in 40 jobs."""
    frame = default_resets()
    own = (frame["treatment"] == "mill_overlay") & (frame["kind"] == "iri")
    seen = {
        "level": 1.05,
        "spread": 0.1,
        "basis": "estimated",
        "works": 40,
        "rate_factor": 1.2,
        "rate_basis": "estimated",
    }
    frame = frame.assign(**{name: frame[name].where(~own, value) for name, value in seen.items()})
    kept = frame[frame["kind"] == "iri"]
    return {"resets": records(kept), "memory": {"shared": 0.2, "yearly": 0.7, "block": 0.0}}


@pytest.fixture(scope="module")
def live(store: Store) -> str:
    model = ageing_curve("iri", level=0.9)
    kept = registry.register(store, "iri", text_of(model), columns=(), card=card(), user="chen")
    registry.promote(store, "iri", kept.model, user="lin", reason="checked")
    return kept.model


def works(store: Store) -> pd.DataFrame:
    first = network_states(store)["unit"].iloc[0]
    return pd.DataFrame({"cell": [first], "year": [2027], "treatment": ["mill_overlay"]})


@pytest.mark.usefixtures("live")
def test_levels_of_the_card_are_used_and_others_are_the_defaults(store: Store) -> None:
    found = kept_resets(store).set_index(["treatment", "kind"])
    assert found.loc[("mill_overlay", "iri"), ["level", "basis", "works"]].tolist() == [1.05, "estimated", 40]
    assert found.loc[("overlay", "iri"), ["level", "basis"]].tolist() == [0.98, "default"]
    assert found.loc[("mill_overlay", "rut"), "basis"] == "default"
    assert len(found) == len(default_resets())
    assert kept_memory(store, neighbours=True)["iri"] == Memory(0.2, 0.7, 0.5)


@pytest.mark.usefixtures("live")
def test_works_on_cells_are_forecast_with_them(store: Store, settings: Settings) -> None:
    todo = works(store)
    found = forecast_actions(store, todo, settings=settings)
    cell = found[found["cell"] == todo["cell"].iloc[0]].set_index("year")
    assert cell.loc[2027, "value"] == pytest.approx(1.05)
    assert cell.loc[2027, ["treatment", "reset"]].tolist() == ["mill_overlay", "estimated"]
    assert cell.loc[2027, "low"] < 1.05 < cell.loc[2027, "high"]
    others = found[found["cell"] != todo["cell"].iloc[0]]
    assert others.loc[others["year"] == 2027, "value"].min() > 2.0
    assert found["cell"].nunique() == COUNT


@pytest.mark.usefixtures("live")
def test_the_plan_takes_estimated_levels_and_its_catalogue_says_so(store: Store) -> None:
    rules = catalogue(treatments_with(kept_resets(store))).treatments
    assert rules.loc["mill_overlay", "reset_iri"] == 1.05
    assert "reset_iri estimated from 40 jobs" in rules.loc["mill_overlay", "source"]
    assert rules.loc["overlay", "reset_iri"] == 0.98
    assert np.isnan(rules.loc["crack_seal", "reset_iri"])


@pytest.mark.usefixtures("live")
def test_the_files_hold_forecast_levels_and_futures(store: Store, settings: Settings, tmp_path: Path) -> None:
    todo = works(store)
    todo.to_csv(tmp_path / "works.csv", index=False)
    wanted = Wanted(tmp_path / "works.csv", 20, tmp_path / "out")
    said = list(forecast_plan(store, settings, wanted, progress=silent))
    assert "under 1 works" in said[0]
    assert "levels after work estimated" in said[1]
    assert len(pd.read_csv(tmp_path / "out" / "resets.csv")) == len(default_resets())
    table = pq.read_table(tmp_path / "out" / "draws-iri.parquet").to_pandas()
    assert len(table) == 20 * COUNT
    own = table[table["cell"] == todo["cell"].iloc[0]]
    written = pd.read_csv(tmp_path / "out" / "forecast.csv", dtype={"cell": str})
    row = written[(written["cell"] == todo["cell"].iloc[0]) & (written["year"] == 2030)].iloc[0]
    assert own["2030"].median() == pytest.approx(row["value"], abs=0.02)
    parts = [f for _, f in drawn_actions(store, todo, settings=settings, n=20)]
    pd.testing.assert_frame_equal(pd.concat(parts, ignore_index=True), table, check_dtype=False)


def test_faults_of_a_list_of_works_are_named() -> None:
    frame = pd.DataFrame({"cell": ["a", "a"], "year": ["soon", "2027"], "treatment": ["overlay", ""]})
    with pytest.raises(ModelError, match=r"works\.csv has 2 faults; the first, in row 2: year = 'soon'"):
        read_actions(frame, file="works.csv")


def test_draws_need_a_folder(store: Store, settings: Settings) -> None:
    with pytest.raises(ModelError, match="folder"):
        list(forecast_plan(store, settings, Wanted(None, 20, None), progress=silent))
