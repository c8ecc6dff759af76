"""What a model was made from: data, settings, parameters, seed, libraries; and in which of them two models differ."""

from __future__ import annotations

from typing import Any

import pandas as pd

from models.artefact import FORMAT
from models.libraries import versions
from models.snapshot import snapshot
from pavement.schema import read_table
from pavement.settings import Settings

# settings of the program that training reads
SETTINGS = ("seed", "interval")
PARTS = ("data", "test places", "settings", "parameters", "seed", "libraries", "format")


def provenance(panel: pd.DataFrame, *, settings: Settings, data_version: int) -> dict[str, Any]:
    """
    Return what training rests on, for the card of a model.

    Parameters
    ----------
    panel
        What was learned from, test places left out.
    """
    table = read_table("model_parameters")
    return {
        "snapshot": {"sha256": snapshot(panel), "rows": len(panel), "units": int(panel["unit"].nunique())},
        "data_version": data_version,
        "settings": {name: settings[name] for name in SETTINGS},
        "parameters": {str(n): float(v) for n, v in zip(table["name"], table["value"], strict=True)},
        "libraries": versions(),
        "format": FORMAT,
    }


def differences(mine: dict[str, Any], other: dict[str, Any]) -> dict[str, list[str]]:
    """
    Return in which of :data:`PARTS` the cards of two models differ, and how; empty when in none (M15).

    Each difference is a line such as ``leaves: 12 → 16``.
    """
    found = {
        "data": _changed(_data(mine), _data(other)),
        "test places": _changed(_places(mine), _places(other)),
        "settings": _changed(_without_seed(mine), _without_seed(other)),
        "parameters": _changed(mine.get("parameters", {}), other.get("parameters", {})),
        "seed": _changed({"seed": mine.get("seed")}, {"seed": other.get("seed")}),
        "libraries": _changed(mine.get("libraries", {}), other.get("libraries", {})),
        "format": _changed({"format": mine.get("format")}, {"format": other.get("format")}),
    }
    return {part: lines for part, lines in found.items() if lines}


def _data(card: dict[str, Any]) -> dict[str, Any]:
    held = dict(card.get("snapshot", {}))
    return held | {"sha256": str(held.get("sha256", ""))[:12]}


def _places(card: dict[str, Any]) -> dict[str, Any]:
    held = card.get("test_places", {})
    return {"sha256": str(held.get("sha256", ""))[:12], "blocks": held.get("blocks")}


def _without_seed(card: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in card.get("settings", {}).items() if name != "seed"}


def _changed(mine: dict[str, Any], other: dict[str, Any]) -> list[str]:
    names = [*mine, *(n for n in other if n not in mine)]
    return [f"{n}: {mine.get(n)} → {other.get(n)}" for n in names if mine.get(n) != other.get(n)]
