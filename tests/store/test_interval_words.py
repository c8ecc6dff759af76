"""Intervals are told with the level that their models were made with."""

from pavement.store import registry
from pavement.store.interval_words import interval_level, interval_words, level_of_set


def test_the_level_is_that_of_the_models_and_of_the_settings_where_none_tells(store) -> None:
    for target, card in (("iri", {"interval": 0.8}), ("rut", {})):
        registry.register(store, target, target, columns=["x"], card=card, user="lin")
    models = {row.target: row.model for row in registry.versions(store).itertuples()}
    assert interval_level(store, models, usual=0.9) == 0.8
    assert interval_level(store, {"rut": models["rut"]}, usual=0.9) == 0.9
    assert level_of_set(store, 99, usual=0.7) == 0.7
    assert interval_words(0.8, language="en").count("80 %") == 2
