"""How many cores a machine has does not change a model (M15)."""

import pytest
from threadpoolctl import threadpool_info

from models import train
from models.threads import one_thread
from pavement.errors import ModelError
from pavement.settings import load_settings


def threads() -> set[int]:
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


def test_inside_linear_algebra_has_one_thread_and_gets_back_what_it_had() -> None:
    before = threads()
    with one_thread():
        assert threads() == {1}
    assert threads() == before


def test_models_are_trained_on_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = set()

    def panel(store: object) -> None:
        seen.update(threads())
        raise ModelError("seen")

    monkeypatch.setattr(train, "published_panel", panel)
    with pytest.raises(ModelError, match="seen"):
        train.train(None, target="iri", settings=load_settings(environment={}))
    assert seen == {1}
