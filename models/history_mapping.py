"""The mapping of a plain table of histories: which of its columns is what, and in which unit."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from models.panel import CONTEXT
from pavement.errors import SurveyError

# words of [columns] that are columns of the panel under another name
_ALIASES = {"load": "esal"}
_SINGLE = ("site", "year", "date", "value", "work", "family", "built", "device")
_KNOWN = ("id", *_SINGLE, "load", *CONTEXT, "features")
_CURE = "docs/forecasts.md shows a whole mapping."


@dataclass(frozen=True)
class Mapping:
    """
    Which columns of a table are what.

    Attributes
    ----------
    id
        Columns that together name a unit.
    value
        Column of the target.
    year, date
        Column of the time of a survey; one of the two is empty.
    site, work, family, built
        Columns of the place that must stay on one side of a split, of what changes at each intervention, of the surface
        family and of the year of construction; empty where not mapped.
    device
        Column of what each survey was made with, such as a profiler or a vehicle; empty where not mapped.
    context
        Column of the table for each context column of the panel, such as age.
    features
        Other columns that are features.
    units
        Unit of `value` and of context columns, where it is not that of the product.
    date_format
        How dates are written, as ``%d/%m/%Y``; empty for year-month-day.
    """

    id: tuple[str, ...]
    value: str
    year: str = ""
    date: str = ""
    site: str = ""
    work: str = ""
    family: str = ""
    built: str = ""
    device: str = ""
    context: dict[str, str] = field(default_factory=dict)
    features: tuple[str, ...] = ()
    units: dict[str, str] = field(default_factory=dict)
    date_format: str = ""

    @property
    def columns(self) -> list[str]:
        """Return every column of the table that is read, each once."""
        single = (self.value, self.year, self.date, self.site, self.work, self.family, self.built, self.device)
        return list(dict.fromkeys(c for c in (*self.id, *single, *self.context.values(), *self.features) if c))

    @property
    def optional(self) -> tuple[str, ...]:
        """Return the columns that a table to be judged may lack: what a model learned from them counts as missing."""
        needed = {*self.id, self.value, self.year, self.date, self.site, self.work}
        return tuple(c for c in self.columns if c not in needed)


def mapping_from_file(path: Path) -> Mapping:
    """
    Return the mapping of a TOML file.

    Raises
    ------
    SurveyError
        The file cannot be read, or is no mapping; every fault is in the message.
    """
    try:
        held = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SurveyError(f"The mapping {path.name} cannot be read: {error}.", cure=_CURE) from error
    return mapping_of(held, file=path.name)


def mapping_of(held: dict[str, Any], *, file: str) -> Mapping:
    """Return the mapping of a parsed TOML; see :func:`mapping_from_file`."""
    given = held.get("columns")
    if not isinstance(given, dict):
        raise SurveyError(f"{file} has no [columns].", cure=_CURE)
    units = held.get("units", {})
    if wrong := [*_outer(held), *_wrong(given), *_wrong_units(units, given)]:
        raise SurveyError(f"{file}: {'; '.join(wrong)}.", cure=_CURE)
    features = _texts(given.get("features", []))
    context = {str(_ALIASES.get(k, k)): v for k, v in given.items() if k == "load" or k in CONTEXT}
    # a feature of the very name of a context column is that column
    context |= {name: name for name in features if name in CONTEXT and name not in context}
    taken = set(context.values())
    return Mapping(
        id=_texts(given["id"]),
        context=context,
        features=tuple(dict.fromkeys(f for f in features if f not in taken)),
        units={_ALIASES.get(k, k): v for k, v in units.items()},
        date_format=held.get("date_format", ""),
        **{name: given.get(name, "") for name in _SINGLE},
    )


def _outer(held: dict[str, Any]) -> list[str]:
    found = [f"[{k}] is not known" for k in held if k not in ("columns", "units", "date_format")]
    return found + ["date_format is no text"] * (not isinstance(held.get("date_format", ""), str))


def _wrong(given: dict[str, Any]) -> list[str]:
    """Return what is wrong with [columns]."""
    found = [f"{k} is not known under [columns] (known: {', '.join(_KNOWN)})" for k in given if k not in _KNOWN]
    found += [f"{k} is needed under [columns]" for k in ("id", "value") if k not in given]
    if ("year" in given) == ("date" in given):
        found.append("one of year and date is needed under [columns]")
    if "load" in given and "esal" in given:
        found.append("load and esal are the same: map one")
    for key, column in given.items():
        many = key in ("id", "features")
        right = isinstance(column, str) or (many and isinstance(column, list))
        names = column if isinstance(column, list) else [column]
        if not right or not all(isinstance(n, str) and n for n in names) or (key == "id" and not names):
            found.append(f"{key} is no column name{' or list of them' if many else ''}")
    if not found:
        own = {given[k] for k in ("value", "year", "date") if k in given}
        found += [f"{f} is a feature and already something else" for f in _texts(given.get("features", [])) if f in own]
    return found


def _wrong_units(units: Any, given: dict[str, Any]) -> list[str]:
    if not isinstance(units, dict):
        return ["[units] is no table"]
    allowed = {"value", "load", *CONTEXT}
    found = [f"[units] {k} is not known (known: {', '.join(sorted(allowed))})" for k in units if k not in allowed]
    found += [f"[units] {k} is no text" for k, v in units.items() if not isinstance(v, str)]
    named = {*given, *_texts(given.get("features", []) if isinstance(given.get("features", []), (str, list)) else [])}
    return found + [f"[units] {k} is of no mapped column" for k in units if k in allowed and k not in named]


def _texts(given: str | list[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)
