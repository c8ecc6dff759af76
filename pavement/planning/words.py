"""Words for reasons, in both languages: values with units, conditions met, places in the table of treatments."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from pavement.planning.treatments import CAUSE, Trigger, kinds
from pavement.schema import read_table
from pavement.units import unit_sign

LANGUAGES = ("zh", "en")
_SHOWN = ("iri", "rut", "crack_percent")
_RATIO = {"unit": "-", "digits": 2}


@cache
def _measures() -> dict[str, dict[str, Any]]:
    """Return the table of kinds by kind, read once: thousands of reasons ask for it."""
    return {str(row["kind"]): row for row in kinds().reset_index().to_dict("records")}


@cache
def _causes(language: str) -> dict[float, str]:
    """Return the words of causes by their code."""
    return {float(code): str(word) for code, word in read_table("causes").set_index("code")[language].items()}


def value_text(kind: str, value: float, language: str, *, name: str = "") -> str:
    """Return a value as ``車轍深度 7.2 mm`` or ``rut depth 7.2 mm``; a ratio has no kind and a name of its own."""
    row = _measures().get(kind, _RATIO)
    name = name or (str(row["zh"]) if language == "zh" else _lower(str(row["en"])))
    return f"{name} {value:.{int(row['digits'])}f} {unit_sign(str(row['unit']), language=language)}".rstrip()


def _lower(text: str) -> str:
    """Return a name as within a sentence; abbreviations keep their capitals."""
    return text[0].lower() + text[1:] if len(text) > 1 and text[1].islower() else text


def limit_text(trigger: Trigger) -> str:
    """Return the limits of a trigger as ``≥ 1.5``, ``< 10`` or ``1.5–2.7``."""
    return limits_text(trigger.at_least, trigger.below)


def limits_text(at_least: float, below: float) -> str:
    """Return limits as ``≥ 1.5``, ``< 10`` or ``1.5–2.7``."""
    if np.isinf(below):
        return f"≥ {at_least:g}"
    return f"< {below:g}" if np.isinf(at_least) else f"{at_least:g}–{below:g}"


def condition_text(values: dict[str, float], language: str) -> str:
    """Return roughness, rut depth and area cracked, as far as they are known."""
    known = [value_text(k, values[k], language) for k in _SHOWN if k in values and not np.isnan(values[k])]
    return ("、" if language == "zh" else ", ").join(known)


def forecast_text(year: int, edge: str, language: str) -> str:
    """Return of when a forecast condition is, and at which edge of the forecast where it is not the mean."""
    worse = edge != "mean"
    if language == "zh":
        return f"{year} 年初預測" + ("（採悲觀邊界）" if worse else "")
    return f"Forecast for the start of {year}" + (", at the worse edge of the forecast" if worse else "")


def rule_text(values: dict[str, float], rules: list[list[Trigger]], language: str) -> str:
    """Return the first rule of a treatment that the values meet, in words; "" when they meet none."""
    for rule in rules:
        words = [_trigger_text(trigger, values.get(trigger.kind, np.nan), language) for trigger in rule]
        if None not in words:
            return ("、" if language == "zh" else ", ").join(str(w) for w in words if w)
    return ""


def _trigger_text(trigger: Trigger, value: float, language: str) -> str | None:
    """Return a trigger that holds in words, "" for a cause nobody knows, or None when it does not hold."""
    if trigger.kind == CAUSE:
        return _cause_text(trigger, value, language)
    if np.isnan(value):
        name = str(_measures()[trigger.kind][language])
        unknown = f"{name}未量測" if language == "zh" else f"{_lower(name)} not measured"
        return unknown if trigger.if_missing else None
    if not trigger.at_least <= value < trigger.below:
        return None
    limits, said = limit_text(trigger), value_text(trigger.kind, value, language)
    return f"{said}（條件 {limits}）" if language == "zh" else f"{said} (rule {limits})"


def _cause_text(trigger: Trigger, value: float, language: str) -> str | None:
    if np.isnan(value):
        return "" if trigger.if_missing else None
    if not trigger.at_least <= value < trigger.below:
        return None
    word = _causes(language)[value]
    return f"成因{word}" if language == "zh" else f"cause {word}"


def money_text(amount: float, language: str) -> str:
    """Return an amount as ``2,340 千元`` or ``NT$2,340k``."""
    # what rounds to nothing has no sign
    said = f"{round(amount, -3) / 1000 + 0.0:,.0f}"
    return f"{said} 千元" if language == "zh" else f"NT${said}k"


def percent_text(share: float, digits: int = 0) -> str:
    """Return a share as ``2.3 %``."""
    return f"{100 * share:.{digits}f} %"
