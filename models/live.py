"""The live model of each target, opened; one that cannot be trusted is named with the reason and left out (M14)."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from models.artefact import model_of
from models.fitting import FittedModel
from models.signature import CURE, names
from models.targets import TARGETS
from pavement.errors import ModelError, StoreError
from pavement.store import registry
from pavement.store.database import Store


class LiveModels(NamedTuple):
    """By target: the live model opened, its id, and why a live model may not forecast."""

    models: dict[str, FittedModel]
    ids: dict[str, str]
    refused: dict[str, str]


def opened(store: Store, model: str) -> FittedModel:
    """
    Return a registered model after every check: hash, audit, format, signature, child process, golden forecasts.

    Raises
    ------
    ModelError
        It is missing, damaged, swapped or foreign, or does not say what it said in training.
    """
    version = registry.version(store, model)
    found = _tried(registry.text(store, model))
    if names(version.columns) != found.columns or found.target != version.target:
        raise ModelError(f"{model} does not fit its registered signature.", cure=CURE)
    return found


@lru_cache(maxsize=8)
def _tried(text: str) -> FittedModel:
    """Return the model of a text whose hash was checked; this process tries the same text once."""
    return model_of(text)


def live_models(store: Store) -> LiveModels:
    """Return the live models that may forecast, and why the others may not."""
    models: dict[str, FittedModel] = {}
    ids: dict[str, str] = {}
    refused: dict[str, str] = {}
    for target, model in registry.live_models(store).items():
        if target not in TARGETS:
            continue
        try:
            models[target], ids[target] = opened(store, model), model
        except (ModelError, StoreError) as error:
            refused[target] = str(error)
    return LiveModels(models, ids, refused)
