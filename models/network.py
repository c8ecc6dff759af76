"""The forecast of the network: every cell from its last survey, by the live models."""

from __future__ import annotations

import numpy as np
import pandas as pd

from models import live
from models.fallback import NAME, ageing_curve
from models.first_crack import first_crack
from models.fitting import FittedModel
from models.forecast import forecast_states
from models.initiation import CRACKED
from models.kept_resets import kept_resets
from models.outside import outside_of_rows
from models.panel import last_states
from models.published_panel import published_panel
from models.renewal import renewed_states
from models.resets import treatments_with
from models.targets import TARGETS
from models.watch import Watched, doubts, raise_alarms, spreads, watch
from pavement.errors import ModelError
from pavement.progress import Progress, silent
from pavement.settings import Settings
from pavement.store import catalogues, forecasts, published
from pavement.store.database import Store
from pavement.store.runs import data_version


def live_models(store: Store) -> dict[str, FittedModel]:
    """Return the live model of each target that has one that can be trusted; see :mod:`models.live`."""
    return live.live_models(store).models


def forecasting_models(store: Store, states: pd.DataFrame, *, settings: Settings) -> dict[str, FittedModel]:
    """Return what forecasts each kind that the states hold: its live model, else the ageing curve of the table."""
    return _forecasting(live_models(store), states, settings)


def _forecasting(found: dict[str, FittedModel], states: pd.DataFrame, settings: Settings) -> dict[str, FittedModel]:
    measured = [t for t in TARGETS if t in states and states[t].notna().any()]
    return {t: found.get(t) or ageing_curve(t, level=float(settings["interval"])) for t in measured}


def network_states(store: Store) -> pd.DataFrame:
    """
    Return what is known of every surveyed cell now: its last survey, or the work that came after it.

    See :func:`models.panel.last_states` and :func:`models.renewal.renewed_states`.
    """
    return _states_of(store, published_panel(store))


def _states_of(store: Store, panel: pd.DataFrame) -> pd.DataFrame:
    cells, works = published.table(store, "cells"), published.table(store, "works")
    treatments = treatments_with(kept_resets(store), catalogues.current(store).treatments)
    return renewed_states(last_states(panel), cells, works, panel=panel, treatments=treatments)


def forecast_network(
    store: Store, *, settings: Settings, progress: Progress = silent, user: str = "cli"
) -> pd.DataFrame:
    """
    Forecast every surveyed cell to one last year, keep the set, and return it as the table ``forecasts``.

    A kind without a live model, or whose live model is damaged (M14), follows the ageing curve; basis and model say so.
    What the monitor finds of earlier forecasts and of the network marks the rows it concerns (M13), and its alarms go
    into the audit.

    Raises
    ------
    ModelError
        Nothing is published that can be forecast, or a column that a model needs is not there.
    """
    version = data_version(store)
    panel = published_panel(store)
    states = _states_of(store, panel)
    if states.empty:
        raise ModelError("No cell has a survey to forecast from.", cure="Ingest surveys first.")
    # opened once: a promotion while this runs changes neither what forecasts nor what the forecast says it rests on
    found = live.live_models(store)
    models = _forecasting(found.models, states, settings)
    progress(0, 1, "forecast")
    surveyed = np.floor(states["time"]).astype(int)
    # cells surveyed earlier are carried on to the year that the newest reach, so that every year shows the network
    last = int(surveyed.max()) + int(settings["forecast_years"])
    long = forecast_states(states, years=last - int(surveyed.min()), models=models)
    long = long[surveyed.reindex(long["state"]).to_numpy() + long["step"].to_numpy() <= last].reset_index(drop=True)
    names = {t: m for t, m in found.ids.items() if t in models}
    origin = surveyed.reindex(long["state"]).to_numpy()
    frame = pd.DataFrame(
        {
            "cell": states["unit"].reindex(long["state"]).to_numpy(),
            "year": origin + long["step"].to_numpy(),
            **{c: long[c].to_numpy() for c in ("kind", "value", "low", "high")},
            "origin_year": origin,
            "basis": long["basis"].to_numpy(),
            "model": long["kind"].map(lambda kind: names.get(kind, NAME)).to_numpy(),
            "first_crack": first_crack(states, long, models.get(CRACKED)).to_numpy(),
            "outside": outside_of_rows(states, long, models).to_numpy(),
        }
    )
    watched = watch(store, settings=settings, panel=panel, states=states)
    frame["doubt"] = _doubt(store, watched, states, long).to_numpy()
    # data published while this ran are not in it
    forecasts.save(store, frame, models=names, user=user, version=version, refused=found.refused)
    raise_alarms(store, watched, user=user)
    progress(1, 1, "forecast")
    return frame


def _doubt(store: Store, watched: Watched, states: pd.DataFrame, long: pd.DataFrame) -> pd.Series:
    """Return the alarms of each row of a long forecast."""
    spread, found = spreads(store), pd.Series("", index=long.index, dtype=object)
    for kind, own in long.groupby("kind"):
        told = doubts(watched, states, spread.get(str(kind), {}), str(kind))
        found.loc[own.index] = told.reindex(own["state"]).to_numpy()
    return found


def prolonged(ahead: pd.DataFrame, states: pd.DataFrame, *, last: int, models: dict[str, FittedModel]) -> pd.DataFrame:
    """
    Return a kept forecast with the years after it, as the models let the same cells age on.

    Parameters
    ----------
    ahead
        Table ``forecasts``.
    states
        From :func:`network_states`; a cell without a state has no years after the kept ones.
    last
        Calendar year to reach.
    models
        From :func:`forecasting_models`.

    Returns
    -------
    frame
        cell, year, kind, value, and low and high where the forecast has them.
    """
    ends = [c for c in ("value", "low", "high") if c in ahead]
    kept = ahead[["cell", "year", "kind", *ends]]
    end = kept.loc[kept.groupby(["cell", "kind"])["year"].idxmax()]
    if states.empty or last <= int(end["year"].min()):
        return kept[kept["year"] <= last]
    origin = np.floor(states["time"]).astype(int)
    long = forecast_states(states, years=last - int(origin.min()), models=models)
    more = long.assign(
        cell=states["unit"].reindex(long["state"]).to_numpy(),
        year=origin.reindex(long["state"]).to_numpy() + long["step"].to_numpy(),
    )
    at = more.merge(end[["cell", "kind", "year", "value"]], on=["cell", "kind", "year"], suffixes=("", "_kept"))
    at = at.assign(shift=at["value_kept"] - at["value"], end=at["year"])[["cell", "kind", "shift", "end"]]
    after = more.merge(at, on=["cell", "kind"])
    after = after[(after["year"] > after["end"]) & (after["year"] <= last)]
    # data published since the forecast move the start of the models, not what was forecast
    beyond = after.assign(**{c: after[c] + after["shift"] for c in ends})[["cell", "year", "kind", *ends]]
    return pd.concat([kept[kept["year"] <= last], beyond], ignore_index=True)
