"""The forecast of the network: every cell from its last survey, by the live models."""

from __future__ import annotations

import numpy as np
import pandas as pd

from models.artefact import model_of
from models.fitting import FittedModel
from models.forecast import forecast_states
from models.panel import TARGETS, last_states, panel_from_segments
from pavement.errors import ModelError
from pavement.progress import Progress, silent
from pavement.settings import Settings
from pavement.store import forecasts, published, registry, segments
from pavement.store.database import Store


def live_models(store: Store) -> dict[str, FittedModel]:
    """Return the live model of each target that has one, each checked against its hash and tried before use."""
    found = {}
    for target in TARGETS:
        version = registry.live(store, target)
        if version is not None:
            model = model_of(registry.text(store, version.model))
            if model.columns != version.columns or model.target != target:
                raise ModelError(f"{version.model} does not fit its registered signature.", cure="Train again.")
            found[target] = model
    return found


def network_states(store: Store) -> pd.DataFrame:
    """Return what is known of every surveyed cell now; see :func:`models.panel.last_states`."""
    return last_states(panel_from_segments(segments.segment_table(store), published.table(store, "works")))


def forecast_network(
    store: Store, *, settings: Settings, progress: Progress = silent, user: str = "cli"
) -> pd.DataFrame:
    """
    Forecast every surveyed cell with the live models, keep the set, and return it as the table ``forecasts``.

    Raises
    ------
    ModelError
        No model is live.
    """
    models = live_models(store)
    if not models:
        raise ModelError("No model is live.", cure="Train and promote one: pavement train --promote.")
    states = network_states(store)
    progress(0, 1, "forecast")
    long = forecast_states(states, years=int(settings["forecast_years"]), models=models)
    names = {t: v.model for t in models if (v := registry.live(store, t))}
    origin = np.floor(states["time"]).astype(int).reindex(long["state"]).to_numpy()
    frame = pd.DataFrame(
        {
            "cell": states["unit"].reindex(long["state"]).to_numpy(),
            "year": origin + long["step"].to_numpy(),
            **{c: long[c].to_numpy() for c in ("kind", "value", "low", "high")},
            "origin_year": origin,
            "basis": long["basis"].to_numpy(),
            "model": long["kind"].map(names).to_numpy(),
        }
    )
    forecasts.save(store, frame, models=names, user=user)
    progress(1, 1, "forecast")
    return frame
