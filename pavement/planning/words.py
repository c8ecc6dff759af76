"""Words for reasons, in both languages: values with units, conditions met, places in the table of treatments."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from pavement.planning.treatments import Catalogue
from pavement.schema import measures

LANGUAGES = ("zh", "en")
_SHOWN = ("iri", "rut", "crack_percent")


@cache
def _measures() -> dict[str, dict[str, Any]]:
    """Return the table of measured kinds by kind, read once: thousands of reasons ask for it."""
    return {str(row["kind"]): row for row in measures().reset_index().to_dict("records")}


def rules_of(catalogue: Catalogue) -> dict[str, list[list[dict[str, Any]]]]:
    """Return for each treatment its rules, each a list of triggers."""
    found: dict[str, list[list[dict[str, Any]]]] = {}
    for (treatment, _), rows in catalogue.triggers.groupby(["treatment", "rule"], sort=True):
        found.setdefault(str(treatment), []).append(rows.to_dict("records"))
    return found


def value_text(kind: str, value: float, language: str) -> str:
    """Return a measured value as ``車轍深度 7.2 mm`` or ``rut depth 7.2 mm``."""
    row = _measures()[kind]
    name = str(row["zh"]) if language == "zh" else _lower(str(row["en"]))
    unit = "" if row["unit"] == "-" else f" {row['unit']}"
    return f"{name} {value:.{int(row['digits'])}f}{unit}"


def _lower(text: str) -> str:
    """Return a name as within a sentence; abbreviations keep their capitals."""
    return text[0].lower() + text[1:] if len(text) > 1 and text[1].islower() else text


def limit_text(row: dict[str, Any]) -> str:
    """Return the limits of a trigger as ``≥ 1.5``, ``< 10`` or ``1.5–2.7``."""
    low, high = row["at_least"], row["below"]
    if np.isnan(high):
        return f"≥ {low:g}"
    return f"< {high:g}" if np.isnan(low) else f"{low:g}–{high:g}"


def condition_text(values: dict[str, float], language: str) -> str:
    """Return roughness, rut depth and area cracked, as far as they are known."""
    known = [value_text(k, values[k], language) for k in _SHOWN if k in values and not np.isnan(values[k])]
    return ("、" if language == "zh" else ", ").join(known)


def rule_text(values: dict[str, float], rules: list[list[dict[str, Any]]], language: str) -> str:
    """Return the first rule of a treatment that the values meet, in words; "" when they meet none."""
    for rule in rules:
        words = [_trigger_text(row, values.get(str(row["kind"]), np.nan), language) for row in rule]
        if None not in words:
            return ("、" if language == "zh" else ", ").join(str(w) for w in words)
    return ""


def _trigger_text(row: dict[str, Any], value: float, language: str) -> str | None:
    """Return a trigger that holds in words, or None when it does not hold."""
    kind = str(row["kind"])
    if np.isnan(value):
        name = str(_measures()[kind][language])
        unknown = f"{name}未量測" if language == "zh" else f"{_lower(name)} not measured"
        return unknown if row["if_missing"] else None
    low = -np.inf if np.isnan(row["at_least"]) else row["at_least"]
    high = np.inf if np.isnan(row["below"]) else row["below"]
    if not low <= value < high:
        return None
    limits = limit_text(row)
    said = value_text(kind, value, language)
    return f"{said}（條件 {limits}）" if language == "zh" else f"{said} (rule {limits})"


def money_text(amount: float, language: str) -> str:
    """Return an amount as ``2,340 千元`` or ``NT$2,340k``."""
    return f"{amount / 1000:,.0f} 千元" if language == "zh" else f"NT${amount / 1000:,.0f}k"
