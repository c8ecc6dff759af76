"""The watch over a store: a survey that does not bear the forecast out raises, is audited and marks what comes next."""

import json
from pathlib import Path

import pandas as pd
import pytest

from models.drift import feature_spread
from models.monitor import ALL, FEW
from models.network import forecast_network, network_states
from models.watch import Watched, alarm_text, doubts, raise_alarms, watch
from pavement.schema import read_table
from pavement.settings import Settings, load_settings
from pavement.store import audit, forecasts, runs
from pavement.store.database import Store, open_store
from tests.store.made import cell_values, cells, draft

UNITS = 60


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(environment={"PAVEMENT_HOME": str(tmp_path)})


@pytest.fixture
def store(settings: Settings) -> Store:
    with open_store(Path(settings.home)) as opened:
        runs.publish(opened, draft("a", survey="network", cells=pd.DataFrame(cells(count=UNITS))), user="wang")
        runs.publish(opened, draft("b", survey="2021", cell_values=surveyed(2020, 2021)), user="wang")
        yield opened


def surveyed(*years: int, more: float = 0.0) -> pd.DataFrame:
    """Return IRI about as the HDM-4 line lets it grow, and `more`."""
    frame = cell_values(years=years, count=UNITS).query("kind == 'iri'")
    return frame.assign(value=1.2 + 0.03 * (frame["year"] - 2020) + more + 0.01 * (frame.index % 3))


def test_m13_a_biased_survey_raises_within_one_refresh_and_marks_the_next_forecast(
    store: Store, settings: Settings
) -> None:
    first = forecast_network(store, settings=settings, user="chen")
    assert set(first["doubt"]) == {""}
    assert watch(store, settings=settings).monitor.empty
    runs.publish(store, draft("c", survey="2023", cell_values=surveyed(2023, more=0.5)), user="wang")
    found = watch(store, settings=settings)
    whole = found.monitor[found.monitor["by"] == ALL].iloc[0]
    assert whole["pairs"] == UNITS
    assert whole["model"] == "ageing-curve"
    assert whole["bias"] == pytest.approx(-0.5, abs=0.1)
    assert whole["coverage"] < 0.5
    assert found.alarms["alarm"].tolist() == ["under-covering", "biased"]
    again = forecast_network(store, settings=settings, user="chen")
    assert set(again.loc[again["kind"] == "iri", "doubt"]) == {"under-covering, biased"}
    assert set(forecasts.latest(store)["doubt"]) == {"under-covering, biased"}
    trail = audit.trail(store)
    alarms = trail[trail["action"] == "alarm"]
    assert alarms["subject"].tolist() == ["iri", "iri"]
    assert json.loads(alarms["detail"].iloc[1])["data_version"] == found.data_version
    # the same alarm of the same data is told once
    assert raise_alarms(store, found, user="chen") == []


def test_a_survey_that_bears_the_forecast_out_raises_nothing(store: Store, settings: Settings) -> None:
    forecast_network(store, settings=settings)
    runs.publish(store, draft("c", survey="2022", cell_values=surveyed(2022)), user="wang")
    found = watch(store, settings=settings)
    assert found.alarms.empty
    assert set(found.monitor.loc[found.monitor["by"] == ALL, "alarm"]) == {""}


def test_a_survey_of_a_few_cells_is_too_little(store: Store, settings: Settings) -> None:
    forecast_network(store, settings=settings)
    few = surveyed(2023, more=0.5).head(12)
    runs.publish(store, draft("c", survey="2023", cell_values=few), user="wang")
    found = watch(store, settings=settings)
    assert set(found.monitor["alarm"]) == {FEW}
    assert found.alarms.empty


def test_m13_cells_of_a_new_family_are_marked_and_others_are_not(store: Store) -> None:
    states = network_states(store)
    spread = feature_spread(states, [])
    now = states.assign(family=["PCC", *["AC"] * (len(states) - 1)])
    nothing = Watched(pd.DataFrame(), pd.DataFrame(), pd.DataFrame(columns=["kind", "alarm"]), 1)
    marks = doubts(nothing, now, spread, "iri")
    assert marks.tolist() == ["new family", *[""] * (len(states) - 1)]
    biased = Watched(pd.DataFrame(), pd.DataFrame(), pd.DataFrame({"kind": ["iri"], "alarm": ["biased"]}), 1)
    assert doubts(biased, now, spread, "iri").tolist()[:2] == ["biased, new family", "biased"]
    assert set(doubts(biased, now, spread, "rut")) == {"new family", ""}


@pytest.mark.parametrize("language", ["zh_TW", "en"])
def test_every_alarm_has_words(language: str) -> None:
    for alarm in read_table("alarms")["alarm"]:
        assert alarm_text(alarm, language=language) != alarm
    assert len(alarm_text("biased, drifted", language="zh_TW").split("、")) == 2
