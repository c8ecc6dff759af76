"""Futures of treatment lengths: the mean of the same future of their cells, by length."""

import numpy as np
import pandas as pd

from models.draws import draws
from models.kept_resets import kept_memory
from models.network import forecasting_models, network_states
from models.unit_draws import one_by_one, unit_draws
from pavement.store import published
from tests.models.test_network_plan import COUNT, settings, store

__all__ = ["settings", "store"]
ASKED = {"kinds": ("iri", "rut"), "first": 2025, "years": 6, "n": 12}


def lengths(store) -> pd.DataFrame:
    """Return treatment lengths of five cells and of the rest."""
    cells = published.table(store, "cells").sort_values("from_m")
    first = cells.iloc[0]
    ends = [float(first["from_m"]), float(cells["from_m"].iloc[5]), float(cells["to_m"].max())]
    place = {k: first[k] for k in ("route", "direction", "lane")}
    return pd.DataFrame([place | {"unit": f"u{n}", "from_m": ends[n], "to_m": ends[n + 1]} for n in range(2)])


def test_a_future_of_a_length_is_the_mean_of_that_future_of_its_cells(store, settings) -> None:
    units = lengths(store)
    found = unit_draws(store, units, settings=settings, **ASKED)
    assert list(found) == ["iri"]
    assert found["iri"].shape == (2, 12, 7)
    states = network_states(store)
    whole = draws(
        states,
        pd.DataFrame({"cell": [], "year": [], "treatment": []}),
        years=7,
        models=forecasting_models(store, states, settings=settings),
        n=12,
        seed=int(settings["seed"]),
        memory=kept_memory(store, neighbours=True),
    )["iri"]
    place = published.table(store, "cells").set_index("cell").loc[states["unit"]]
    inside = (place["from_m"] < units["to_m"].iloc[0]).to_numpy()
    # the last surveys are of 2024, so 2025 is a year on
    want = np.stack([whole[inside, :, 1:].mean(axis=0), whole[~inside, :, 1:].mean(axis=0)])
    assert (inside.sum(), len(inside)) == (5, COUNT)
    np.testing.assert_allclose(found["iri"], want, rtol=1e-5)


def test_a_length_spreads_less_than_its_cells_and_never_heals(store, settings) -> None:
    found = unit_draws(store, lengths(store), settings=settings, **ASKED)["iri"]
    assert (np.diff(found, axis=2) >= -1e-6).all()
    assert (found[:, :, -1].std(axis=1) > 0.02).all()


def test_futures_come_one_by_one_and_the_same_again(store, settings) -> None:
    found = unit_draws(store, lengths(store), settings=settings, **ASKED)
    again = unit_draws(store, lengths(store), settings=settings, **ASKED)
    np.testing.assert_array_equal(found["iri"], again["iri"])
    turns = list(one_by_one(found))
    assert len(turns) == 12
    np.testing.assert_allclose(turns[3]["iri"], found["iri"][:, 3])


def test_a_length_without_surveyed_cells_has_no_future(store, settings) -> None:
    units = lengths(store).assign(lane=["1", "9"])
    found = unit_draws(store, units, settings=settings, **ASKED)["iri"]
    assert np.isfinite(found[0]).all()
    assert np.isnan(found[1]).all()
