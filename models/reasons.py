"""Reasons of a forecast in the words of engineers: few, with their direction, adding up to the change that is shown."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from models.explain import contributions, feature_label
from models.fitting import FittedModel
from models.forecast import paths, without_stale_history, years_since_measured
from models.input_rules import finite
from models.parameters import parameter
from models.peers import Peers
from models.targets import HISTORY, is_falling, target_of
from pavement.schema import measures, read_table, schema
from pavement.units import unit_sign

_MINUS = "\u2212"
_TRENDS = ("_slope", "_rise")
_HELD, _TOP, _OTHER = "held", "top", "other"
_PEERS, _ZERO = "peers", "zero"
_POINTS = {"zh": "百分點", "en": "percentage points"}
_CHANGE = {"zh": "{years} 年 {change} {unit}", "en": "{change} {unit} in {years} years"}
_RATE = {
    "zh": (
        "{who}的中位數：{years} 年 {change} {unit}（{pairs} 對調查）",
        "齡期與交通量相近的 {family} 路段",
        "{family} 路段",
    ),
    "en": (
        "median of {who}: {change} {unit} in {years} years ({pairs} pairs of surveys)",
        "its peers ({family}, like age and traffic)",
        "its peers ({family})",
    ),
}
_ALL = {"zh": "所有鋪面", "en": "all surfaces"}


@dataclass(frozen=True)
class Reasons:
    """
    Why a state changes as forecast.

    Attributes
    ----------
    change
        Change that the forecast shows, to the digits of the measure.
    parts
        Words and what they add, the largest first and "other" last; they add up to `change` to its last digit.
    """

    target: str
    years: int
    change: float
    parts: tuple[tuple[str, float], ...]


def reasons(
    model: FittedModel, state: pd.DataFrame, *, years: int, language: str, peers: Peers | None = None
) -> Reasons:
    """
    Return the change of one state and its reasons.

    Parameters
    ----------
    state
        One row, as for a forecast; a target measured before the `time` of the state is brought to it first, and the
        change counts from there.
    years
        Years ahead. [year]
    language
        ``zh_TW`` or ``en``.
    peers
        What values are high or low against, and what a curve is split against; without them no direction is told.

    Raises
    ------
    ModelError
        The contributions do not add up to the forecast (M9).
    """
    known = without_stale_history(finite(state))
    typical = None if peers is None else peers.typical(known)
    lag = years_since_measured(known, model.target)
    row = contributions(model, known, horizon=lag + years, typical=typical).iloc[0]
    if lag[0] > 0:
        row = row.sub(contributions(model, known, horizon=lag, typical=typical).iloc[0], fill_value=0.0)
    # what adds to damage takes from a measure that is worse when it is low
    row = target_of(model.target).sign * row
    line = paths(state, years=years, model=model).value[0]
    shown = float(line[-1] - line[0])
    # the only way from the sum to what is shown: it neither heals nor leaves its scale
    own = target_of(model.target)
    row[_TOP if own.damage(line)[-1] >= own.worst else _HELD] = shown - float(row.sum())
    digits = int(measures().loc[model.target, "digits"])
    grouped = _grouped(row, known.iloc[0], peers, language)
    return Reasons(model.target, years, _round(shown, digits), _rounded(grouped, shown, digits, language))


def _grouped(row: pd.Series, state: pd.Series, peers: Peers | None, language: str) -> list[tuple[str, float]]:
    """Return words and contribution of each reason; the word is that of the strongest feature of a reason."""
    members: dict[str, dict[str, float]] = {}
    for name, value in row.items():
        kept = _words().get(_row_of(str(name)), {})
        reason = kept.get("reason", str(name)).format(measure=_measure(str(name), language))
        members.setdefault(reason, {})[str(name)] = float(value)
    found = []
    for own in members.values():
        most, total = max(own, key=lambda name: abs(own[name])), sum(own.values())
        found.append((_turning(most, _told(most, state, peers, language), total, state, peers, language), total))
    return found


def _turning(name: str, text: str, total: float, state: pd.Series, peers: Peers | None, language: str) -> str:
    """Return the words of a past trend that adds against itself with what the model expects of it."""
    if not name.endswith(_TRENDS):
        return text
    level = _level(name, _words()[_row_of(name)]["against"], state, peers)
    if (level, total > 0) not in (("high", False), ("low", True)) or total == 0:
        return text
    fast = (level == "high") != is_falling(name)
    return _words()["slowing" if fast else "catching up"][_plain(language)].format(text=text)


def _told(name: str, state: pd.Series, peers: Peers | None, language: str) -> str:
    """Return a feature in words, with the direction of its value; one without words by its label."""
    row = _row_of(name)
    if not row:
        return feature_label(name, language=language)
    kept = _words()[row]
    level = _level(name, kept["against"], state, peers) or "plain"
    if (none := _words().get(f"no {name}")) and _shown_as_nothing(name, state):
        kept, level = none, "plain"
    form = kept[f"{level}_{'zh' if language.startswith('zh') else 'en'}"]
    return form.format(measure=_measure(name, language))


def _shown_as_nothing(name: str, state: pd.Series) -> bool:
    return name in state and round(float(state[name]), int(measures().loc[name, "digits"])) == 0


def _plain(language: str) -> str:
    return "plain_zh" if language.startswith("zh") else "plain_en"


@cache
def _words() -> dict[str, dict[str, str]]:
    """Return the rows of `reason_words.csv` by feature."""
    rows = read_table("reason_words").astype(str).to_dict("records")
    return {str(row["feature"]): {str(k): str(v) for k, v in row.items()} for row in rows}


@cache
def _row_of(name: str) -> str:
    """Return the row of `reason_words.csv` that a feature has: its own, else that of its beginning or ending."""
    past = [f"*{ending}" for ending in HISTORY if name.endswith(ending)]
    # the past of a measure that is worse when it is low has words of its own where those of the others would be wrong
    falling = [f"falling {row}" for row in past if is_falling(name)]
    rows = [name, f"{name.partition('=')[0]}=*", *falling, *past]
    return next((r for r in rows if r in _words()), "")


@cache
def _measure(name: str, language: str) -> str:
    """Return the measure that a feature tells the past of, as it is written inside a sentence."""
    base = next((name.removesuffix(e) for e in HISTORY if name.endswith(e)), name)
    columns = schema("panel")
    if base not in columns.index:
        return base
    if language.startswith("zh"):
        text = str(columns.loc[base, "zh"])
        return f"{text} " if text[-1:].isascii() else text
    text = str(columns.loc[base, "en"])
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def _level(name: str, against: str, state: pd.Series, peers: Peers | None) -> str:
    value = float(state[name]) if against and name in state and pd.notna(state[name]) else np.nan
    if against == _ZERO and value:
        return "high" if value > 0 else "low" if value < 0 else ""
    return peers.level(name, value) if against == _PEERS and peers is not None else ""


def _rounded(parts: list[tuple[str, float]], shown: float, digits: int, language: str) -> tuple[tuple[str, float], ...]:
    """Return the largest parts rounded, and what is left to the rounded change as "other"."""
    parts = sorted(((text, _round(value, digits)) for text, value in parts), key=lambda part: -abs(part[1]))
    most = int(parameter("reasons_max"))
    named = [part for part in parts[:most] if part[1] != 0]
    rest = _round(_round(shown, digits) - sum(value for _, value in named), digits)
    other = _words()[_OTHER][_plain(language)]
    return (*named, (other, rest)) if rest != 0 else tuple(named)


def _round(value: float, digits: int) -> float:
    # nothing has no sign
    return round(value, digits) + 0.0


def change_text(found: Reasons, *, language: str) -> str:
    """Return the change alone in words: ``+0.18 m/km in 5 years``."""
    word = "zh" if language.startswith("zh") else "en"
    digits = int(measures().loc[found.target, "digits"])
    unit = _unit(found.target, word, language)
    return _CHANGE[word].format(change=signed(found.change, digits), unit=unit, years=found.years).strip()


def sentence(found: Reasons, *, language: str) -> str:
    """Return the change with its reasons: ``+0.18 m/km in 5 years: heavy traffic +0.07, thin asphalt +0.05 …``."""
    digits = int(measures().loc[found.target, "digits"])
    colon, comma = ("：", "、") if language.startswith("zh") else (": ", ", ")
    parts = comma.join(f"{text} {signed(value, digits)}" for text, value in found.parts)
    whole = change_text(found, language=language)
    return f"{whole}{colon}{parts}" if parts else whole


def peers_text(peers: Peers, *, target: str, years: int, language: str) -> str:
    """
    Return the median of the peers in words, over as many years as the change beside it.

    ``median of its peers (AC, like age and traffic): +0.16 m/km in 5 years (1,234 pairs of surveys)``.
    """
    word = "zh" if language.startswith("zh") else "en"
    form, alike, plain = _RATE[word]
    who = (alike if peers.alike else plain).format(family=peers.family or _ALL[word])
    change = signed(target_of(target).sign * peers.rate * years, int(measures().loc[target, "digits"]))
    unit = _unit(target, word, language)
    return form.format(who=who, change=change, unit=unit, years=years, pairs=f"{peers.pairs:,}")


def _unit(target: str, word: str, language: str) -> str:
    # a change of a share is told in points, lest it be read as a share of the share
    unit = str(measures().loc[target, "unit"])
    return _POINTS[word] if unit == "%" else unit_sign(unit, language=language)


def signed(value: float, digits: int) -> str:
    """Return a change with its sign, none for nothing."""
    text = f"{value:+,.{digits}f}"
    return text.replace("-", _MINUS) if text.strip("+-0.,") else text[1:]
