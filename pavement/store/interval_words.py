"""What the ends of a forecast are, in words: the level of its intervals and how they were made."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

from pavement.errors import StoreError
from pavement.store import forecasts, registry
from pavement.store.database import Store


def interval_level(store: Store, models: Mapping[str, str], *, usual: float) -> float:
    """
    Return the nominal coverage of the intervals of a forecast, the lowest where models differ. [-]

    Parameters
    ----------
    models
        Id of the model of each kind, as a forecast or a plan keeps them.
    usual
        That of the settings, where no model tells.
    """
    found = [usual]
    for name in models.values():
        # a model that is not registered here tells nothing
        with contextlib.suppress(StoreError):
            found.append(float(registry.version(store, name).card.get("interval", usual)))
    return min(found[1:], default=usual)


def level_of_set(store: Store, forecast_set: int | None, *, usual: float) -> float:
    """Return the nominal coverage of the intervals of a forecast set, that of the settings where it is not kept. [-]"""
    try:
        models = {} if forecast_set is None else forecasts.named(store, forecast_set).models
        return interval_level(store, models, usual=usual)
    except StoreError:
        return usual


def interval_words(level: float, *, language: str) -> str:
    """Return what an interval of a forecast is and how it was made, as sentences."""
    share = f"{100 * level:g} %"
    if language.startswith("zh"):
        return (
            f"區間：每格每年之 {share} 保形預測（conformal）區間，以未參與訓練之路段及由早期調查預測後期之誤差校準，"
            f"使 {share} 之調查值落於其中；實際涵蓋率見各模式頁。以表列老化曲線預測者，區間未經校準。"
        )
    return (
        f"Intervals: conformal, {share} for one cell in one year, calibrated on the errors at places left out of the "
        f"training and in later years forecast from earlier ones, so that {share} of what was surveyed fell inside; "
        "how much did stands on the page of each model. Kinds forecast by ageing curves of the table have intervals "
        "that nobody calibrated."
    )
