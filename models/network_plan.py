"""The network under a plan of actions: the live models, the levels after work and the memory their cards hold."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from models.draws import draw_parts
from models.kept_resets import kept_memory, kept_resets
from models.network import forecasting_models, network_states
from models.treated import forecast
from pavement.errors import ModelError
from pavement.schema import check
from pavement.settings import Settings
from pavement.store.database import Store


def read_actions(frame: pd.DataFrame, *, file: str) -> pd.DataFrame:
    """
    Return table ``cell_actions`` from cells of text.

    Raises
    ------
    ModelError
        Any cell cannot be read; `faults` lists every one.
    """
    good, faults = check(frame, "cell_actions", file=file)
    if len(faults):
        first = faults.iloc[0]
        raise ModelError(
            f"{file} has {len(faults)} faults; the first, in row {first['row']}: {first['message']}",
            cure=str(first["cure"]),
            faults=faults,
        )
    return good.reset_index(drop=True)


def forecast_actions(store: Store, actions: pd.DataFrame, *, settings: Settings) -> pd.DataFrame:
    """
    Return the forecast of every surveyed cell under actions; see :func:`models.treated.forecast`.

    Nothing is kept in the store.
    """
    states, years, last = _ahead(store, settings)
    models = forecasting_models(store, states, settings=settings)
    found = forecast(states, actions, years=years, models=models, resets=kept_resets(store))
    return found[found["year"] <= last].reset_index(drop=True)


def drawn_actions(
    store: Store, actions: pd.DataFrame, *, settings: Settings, n: int, neighbours: bool = False
) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield kind and futures of some cells after the other: cell, draw, and a column for each calendar year."""
    states, years, last = _ahead(store, settings)
    origin = np.floor(states["time"].to_numpy(float)).astype(int)
    models = forecasting_models(store, states, settings=settings)
    columns = list(range(int(origin.min()), last + 1))
    parts = draw_parts(
        *(states, actions),
        years=years,
        models=models,
        resets=kept_resets(store),
        n=n,
        seed=int(settings["seed"]),
        memory=kept_memory(store, neighbours=neighbours),
    )
    for some, _, drawn in parts:
        first = np.floor(some["time"].to_numpy(float)).astype(int)
        at = np.array(columns)[None, :] - first[:, None]
        for kind, values in drawn.items():
            taken = np.take_along_axis(values, np.clip(at, 0, values.shape[2] - 1)[:, None, :], axis=2)
            taken = np.where((at < 0)[:, None, :], np.float32(np.nan), taken)
            frame = pd.DataFrame(taken.reshape(-1, len(columns)), columns=[str(y) for y in columns])
            frame.insert(0, "cell", np.repeat(some["unit"].astype(str).to_numpy(object), n))
            frame.insert(1, "draw", np.tile(np.arange(1, n + 1), len(some)))
            yield kind, frame


def _ahead(store: Store, settings: Settings) -> tuple[pd.DataFrame, int, int]:
    """Return the states of the network, the years from the oldest of them to the last year, and that year."""
    states = network_states(store)
    if states.empty:
        raise ModelError("No cell has a survey to forecast from.", cure="Ingest surveys first.")
    surveyed = np.floor(states["time"])
    last = int(surveyed.max()) + int(settings["forecast_years"])
    return states, last - int(surveyed.min()), last
