"""Numbers of the image work, read from ``pavement/tables/imagery.csv``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pavement.errors import SettingsError
from pavement.schema import read_table


def parameters(**changes: float) -> Mapping[str, float]:
    """
    Return parameter → value, with some values changed.

    Raises
    ------
    SettingsError
        A changed parameter is not in the table.
    """
    table = read_table("imagery").set_index("parameter")["value"].astype(float).to_dict()
    if unknown := sorted(set(changes) - set(table)):
        raise SettingsError(f"No image parameter named {unknown}.", cure=f"The parameters are {sorted(table)}.")
    return table | changes


def chosen_parameters(settings: Mapping[str, Any]) -> dict[str, float]:
    """Return parameter → value, with the thresholds of the setting `image_parameters` in place of the table's."""
    return dict(parameters(**settings.get("image_parameters", {})))


def of_kind(values: Mapping[str, float], kind: str) -> Mapping[str, float]:
    """
    Return parameters as they are for a kind of camera.

    Lines of a forward view are blurred in its far rows, and depth has another grain than tone.
    """
    return {**values, **{name: values[f"{name}_{kind}"] for name in values if f"{name}_{kind}" in values}}
