"""Draws of treatment lengths: many futures of each, as the mean of the futures of its cells."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from models.draws import draw_parts
from models.kept_resets import kept_memory
from models.network import forecasting_models, network_states
from pavement.errors import ModelError
from pavement.planning.units import unit_of_cells
from pavement.settings import Settings
from pavement.store import published
from pavement.store.database import Store

Floats = NDArray[np.float64]
Single = NDArray[np.float32]
_NO_WORK = pd.DataFrame({"cell": pd.Series(dtype=str), "year": pd.Series(dtype=int), "treatment": pd.Series(dtype=str)})


def unit_draws(
    store: Store, lengths: pd.DataFrame, *, kinds: tuple[str, ...], first: int, years: int, n: int, settings: Settings
) -> dict[str, Single]:
    """
    Return n futures of each treatment length without work, by kind, (N, n, years + 1) from the start of a year.

    Parameters
    ----------
    lengths
        From :func:`pavement.planning.units.units`.
    kinds
        Kinds to draw, those that can be forecast.
    first
        Calendar year of the first value.
    years
        Years after it.
    n
        Futures of each.

    Notes
    -----
    A future of a length is the mean of the same future of its cells by length. Cells of one block (a kilometre of a
    road) share the rank of a part of the futures (``draw_neighbours``), else each has its own: a length spreads less
    than a cell and more than cells apart would. Kinds are drawn apart from each other.
    """
    states = network_states(store)
    if states.empty:
        raise ModelError("No cell has a survey to draw from.", cure="Ingest surveys first.")
    models = forecasting_models(store, states, settings=settings)
    models = {kind: model for kind, model in models.items() if kind in kinds}
    own = unit_of_cells(lengths, published.table(store, "cells")).set_index("cell")
    origin = int(np.floor(states["time"].min()))
    parts = draw_parts(
        *(states, _NO_WORK),
        years=first + years - origin,
        models=models,
        n=n,
        seed=int(settings["seed"]),
        memory=kept_memory(store, neighbours=True),
    )
    row = pd.Series(np.arange(len(lengths)), index=lengths["unit"])
    shape = (len(lengths), n, years + 1)
    sums = {kind: np.zeros((shape[0], n * shape[2]), dtype=np.float32) for kind in models}
    known = {kind: np.zeros(shape[0]) for kind in models}
    for some, _, drawn in parts:
        own_rows = own.reindex(some["unit"].astype(str))
        place = own_rows["unit"].map(row).to_numpy(float)
        at = first - np.floor(some["time"].to_numpy(float)).astype(int)[:, None] + np.arange(years + 1)
        for kind, values in drawn.items():
            ahead = np.take_along_axis(values, np.clip(at, 0, values.shape[2] - 1)[:, None, :], axis=2)
            flat = ahead.reshape(len(some), -1)
            told = np.flatnonzero(np.isfinite(flat).all(axis=1) & ~np.isnan(place) & (at[:, 0] >= 0))
            length = own_rows["length"].to_numpy(float)[told]
            spread = csr_array((length, (place[told].astype(int), np.arange(len(told)))), shape=(shape[0], len(told)))
            sums[kind] += spread @ flat[told]
            known[kind] += np.bincount(place[told].astype(int), length, minlength=shape[0])
    return {kind: _mean(total, known[kind]).reshape(shape) for kind, total in sums.items()}


def _mean(total: Single, length: Floats) -> Single:
    """Return sums over lengths, NaN where nothing is known."""
    return np.asarray(total / np.where(length > 0, length, np.nan)[:, None], dtype=np.float32)


def one_by_one(drawn: dict[str, Single]) -> Iterator[dict[str, Floats]]:
    """Yield the futures in turn, by kind, (N, years + 1)."""
    count = min((values.shape[1] for values in drawn.values()), default=0)
    for number in range(count):
        yield {kind: values[:, number].astype(np.float64) for kind, values in drawn.items()}
