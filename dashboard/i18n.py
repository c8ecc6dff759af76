"""Texts of the pages in Traditional Chinese and English."""

from __future__ import annotations

import datetime as dt
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

import pandas as pd
from babel.messages.pofile import read_po
from flask import current_app, has_app_context, has_request_context, session

from dashboard.signs import posted_column, posted_place
from pavement import schema
from pavement.dates import roc_year
from pavement.errors import SchemaError
from pavement.network.chainage import DIRECTION_NAMES
from pavement.network.routes import route_name
from pavement.units import unit_sign

# in the place of a unit where a quantity has none
NO_UNIT = "–"
_MINUS = "\u2212"
LANGUAGES = {"zh_TW": "中文", "en": "English"}


@cache
def catalogue(language: str) -> dict[str, str]:
    """Return English text → text in a language; empty for English itself."""
    file = files("dashboard").joinpath("locale", language, "LC_MESSAGES", "dashboard.po")
    if not file.is_file():
        return {}
    with file.open("rb") as stream:
        return {str(m.id): str(m.string) for m in read_po(stream, locale=language) if m.id and m.string}


@cache
def measures() -> pd.DataFrame:
    """Return the table of measured kinds, read once; nobody may change it."""
    return schema.measures()


@cache
def named_table(name: str) -> pd.DataFrame:
    """Return a table of ``pavement/tables`` by its first column, read once; empty when there is none."""
    try:
        table = schema.read_table(name)
    except SchemaError:
        return pd.DataFrame(columns=["zh", "en"])
    return table.set_index(table.columns[0])


def language() -> str:
    """Return the language of the present request: the person's choice, else the first language in the settings."""
    chosen = session.get("language") if has_request_context() else None
    if chosen in LANGUAGES:
        return str(chosen)
    return str(current_app.config.get("LANGUAGE", "zh_TW")) if has_app_context() else "zh_TW"


def t(text: str, **values: object) -> str:
    """Return an English text in the present language, its ``{names}`` filled in."""
    found = catalogue(language()).get(text, text)
    return found.format(**values) if values else found


def pick(zh: str, en: str) -> str:
    """Return the one of two texts that fits the present language, the other when it is empty."""
    first, second = (zh, en) if language().startswith("zh") else (en, zh)
    return first or second


def sentences(*parts: str) -> str:
    """Return sentences one behind the other, as the present language writes them; empty ones are passed over."""
    return ("" if language().startswith("zh") else " ").join(part for part in parts if part)


def unit_text(unit: str) -> str:
    """Return a unit as people write it; empty for a pure number."""
    return unit_sign(unit, language=language())


def group_labels() -> dict[str, str]:
    """Return the name of each group of measures, in the order in which they are shown."""
    return {
        "condition": t("Condition"),
        "index": t("Condition indices"),
        "structure": t("Structure"),
        "traffic": t("Traffic"),
        "climate": t("Climate"),
        "history": t("History"),
    }


def measure_label(kind: str, *, unit: bool = True) -> str:
    """Return the label of a measured kind, with its unit in brackets when asked for; [–] says that it has none."""
    table = measures()
    if kind not in table.index:
        return kind
    row = table.loc[kind]
    sign = unit_text(str(row["unit"]))
    text = pick(str(row["zh"]), str(row["en"]))
    return f"{text} [{sign or NO_UNIT}]" if unit else text


def measure_meaning(kind: str) -> str:
    """Return what a measured kind means in the present language; empty for what is no kind."""
    table = measures()
    return pick(*table.loc[kind, ["description_zh", "description"]]) if kind in table.index else ""


def number(value: float | None, digits: int = 0) -> str:
    """Return a number with separators, or a dash when there is none."""
    if value is None or value != value:
        return "–"
    text = f"{value:,.{digits}f}"
    # what is rounded to zero has no sign
    return text.replace("-", _MINUS) if text.strip("-0.") else text.removeprefix("-")


def change(value: float | None, digits: int = 0) -> str:
    """Return a difference with its sign."""
    text = number(value, digits)
    return f"+{text}" if text.strip("0.–") and not text.startswith(_MINUS) else text


def measure_text(kind: str, value: float | None, *, unit: bool = True) -> str:
    """Return a measured value with its digits and unit."""
    row = measures().loc[kind]
    sign = unit_text(str(row["unit"])) if unit else ""
    text = number(value, int(row["digits"]))
    return f"{text} {sign}".strip() if text != "–" else text


def html_language() -> str:
    """Return the language tag for the ``lang`` attribute of a page."""
    return "zh-Hant-TW" if language().startswith("zh") else "en"


def year_text(year: int) -> str:
    """Return a year as read in the present language: with the ROC year in Chinese."""
    return f"{year}（民國 {roc_year(year)} 年）" if language().startswith("zh") else str(year)


def column_label(columns: str) -> str:
    """Return the label of a column, or of several joined by +, from the tables; what is no column stays as it is."""
    known = _column_labels(language())
    return t(" and ").join(known.get(name, name) for name in columns.split("+"))


@cache
def _column_labels(language: str) -> dict[str, str]:
    """Return column → label over all tables; where tables differ, what most of them say."""
    words = "zh" if language.startswith("zh") else "en"
    tables = schema.read_table("tables")
    # files of a folder of images have columns of the same names as pages, which mean others
    names = tables.loc[tables["kept_in"] != "folder", "table"]
    said = pd.concat([schema.schema(name)[words] for name in names])
    return {str(column): str(labels.mode()[0]) for column, labels in said.groupby(level=0)}


def route_label(route: str) -> str:
    """Return a route's name in the present language."""
    return route_name(route) if language().startswith("zh") else route


def direction_text(direction: str) -> str:
    """Return a direction of travel in the present language."""
    return DIRECTION_NAMES[language()].get(direction, direction)


def place(route: str, direction: str, lane: str, from_m: float, to_m: float | None = None) -> str:
    """Return a place as posted: route, chainage, direction and lane."""
    start = posted_place(route, direction, from_m)
    span = start if to_m is None else f"{start} – {posted_place(route, direction, to_m, end='end')}"
    return f"{route_label(route)} {span} {direction_text(direction)} {lane_text(lane)}"


def places(frame: pd.DataFrame) -> list[str]:
    """Return what :func:`place` says of each stretch of a frame."""
    starts, ends = posted_column(frame, "from_m"), posted_column(frame, "to_m", end="end")
    rows = zip(frame["route"], starts, ends, frame["direction"], frame["lane"], strict=True)
    return [f"{route_label(r)} {a} – {b} {direction_text(d)} {lane_text(lane)}" for r, a, b, d, lane in rows]


def lane_text(lane: str) -> str:
    """Return a lane in the present language."""
    words = {"aux": t("Auxiliary lane"), "shoulder_in": t("Inner shoulder"), "shoulder_out": t("Outer shoulder")}
    return words.get(lane) or t("Lane {number}", number=lane)


def certainty_text(status: str) -> str:
    """Return how sure a number of a table is, in the present language."""
    return {"verified": t("verified"), "example": t("example"), "to confirm": t("to confirm")}.get(status, status)


def finding_text(kind: str) -> str:
    """Return a kind of finding in the present language."""
    words = {
        "crack": t("cracks"),
        "pothole": t("potholes"),
        "patch": t("patches"),
        "sealed_crack": t("sealed cracks"),
        "marking": t("markings"),
        "joint": t("joints"),
        "expansion_joint": t("expansion joints"),
        "stud": t("road studs"),
        "manhole": t("manhole covers"),
        "rail": t("rails"),
        "shadow": t("shadows"),
        "stain": t("oil and other stains"),
        "ravelling": t("ravelling"),
        "bleeding": t("bleeding"),
    }
    return words.get(kind, kind)


def reason_text(reason: str) -> str:
    """Return why a frame was not judged in the present language."""
    table = named_table("unusable_reasons")
    return pick(str(table.loc[reason, "zh"]), reason) if reason in table.index else reason


def not_judged_text(reason: str) -> str:
    """Return that a frame was not judged, and why where that is known."""
    said = reason_text(reason)
    return t("{reason}; not judged", reason=said) if said else t("not judged")


def status_text(status: str) -> str:
    """Return the status of an action in the present language."""
    words = {
        "proposed": t("proposed"),
        "committed": t("committed"),
        "deferred": t("deferred"),
        "locked": t("locked"),
        "rejected": t("ruled out"),
        "replaced": t("replaced"),
        "done": t("done"),
    }
    return words.get(status, status)


def step_text(label: str) -> str:
    """Return what a job reports as its present step in the present language; the English label stays as it is."""
    verb, _, kind = label.partition(" ")
    if verb == "train" and kind:
        return t("train {kind}", kind=measure_label(kind, unit=False))
    return t(label)


def treatment_text(treatment: str) -> str:
    """Return a treatment's name from the treatment table in the present language."""
    table = named_table("treatments")
    return (
        pick(str(table.loc[treatment, "zh"]), str(table.loc[treatment, "en"]))
        if treatment in table.index
        else treatment
    )


def cause_text(cause: str) -> str:
    """Return a cause of damage in the present language, as ``causes.csv`` has it."""
    table = named_table("causes")
    return pick(str(table.loc[cause, "zh"]), str(table.loc[cause, "en"])) if cause in table.index else cause


def moment(text: str, zone: str) -> str:
    """Return an ISO moment in UTC as date and time in the agency's time zone."""
    return dt.datetime.fromisoformat(text).astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")
