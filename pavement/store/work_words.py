"""Works of a plan with their details, in the words of the reader's language: for sheets and for print."""

from __future__ import annotations

import pandas as pd

from pavement.dates import roc_year
from pavement.network.chainage import named_lanes
from pavement.planning.work_condition import KINDS
from pavement.schema import labels, measures, read_table
from pavement.store.print_sheet import PrintSheet

_CONFIDENCE = {"high": ("高", "high"), "medium": ("中", "medium"), "low": ("低", "low")}
STATUS = {
    "proposed": "建議",
    "committed": "核定",
    "deferred": "暫緩",
    "locked": "鎖定",
    "rejected": "不採",
    "replaced": "改列",
    "done": "完工",
}
_DECIMALS = {"length_m": 0, "asphalt_t": 1, "milled_m3": 1, "sealed_m": 0, "pothole_m2": 2}
# columns of the page to print: header in Chinese and English, width in characters
_PRINTED = {
    "rank": ("排序", "Rank", 6),
    "year": ("年度", "Year", 7),
    "from_posted": ("起點", "From", 15),
    "to_posted": ("終點", "To", 15),
    "lane": ("車道", "Lane", 7),
    "length_m": ("長度\n[m]", "Length\n[m]", 8),
    "area_m2": ("面積\n[m²]", "Area\n[m²]", 9),
    "treatment": ("工法", "Treatment", 14),
    "amounts": ("數量", "Quantities", 20),
    "cost": ("費用\n[NT$]", "Cost\n[NT$]", 13),
    "now": ("現況", "Condition now", 19),
    "then": (
        "施工年度預測（各格區間端點之平均）",
        "Forecast for that year (mean ends of its cells' intervals)",
        29,
    ),
    "confidence": ("可信度", "Confidence", 20),
    "reason": ("理由", "Reason", 52),
    "seen": ("影像、通報", "Photos, reports", 20),
    "status": ("狀態", "Status", 12),
}
_DIGITS = {"rank": 0, "length_m": 0, "area_m2": 0, "cost": 0}


def details_in_words(details: pd.DataFrame, *, language: str) -> pd.DataFrame:
    """Return table ``work_details`` with headers and words in one language, without its key."""
    zh = language.startswith("zh")
    shown = details.drop(columns=["unit", "year", "why_en" if zh else "why_zh"])
    shown["confidence"] = confidence_words(shown["confidence"], language=language)
    digits = {f"{kind}_{end}": int(measures()["digits"][kind]) + 1 for kind in KINDS for end in _ends()}
    names = labels("work_details", language=language) | {"why_en": "Why this confidence"}
    return shown.round(_DECIMALS | digits).rename(columns=names)


def confidence_words(levels: pd.Series, *, language: str) -> pd.Series:
    """Return levels of confidence in a language."""
    return levels.map({k: v[0 if language.startswith("zh") else 1] for k, v in _CONFIDENCE.items()})


def stay_words(details: pd.DataFrame, *, zh: bool) -> pd.Series:
    """Return in how many draws of the forecast works stay in the plan, in words; empty where nobody asked for it."""
    said = [
        "" if pd.isna(draws) else f"{draws} 次模擬中 {stays} 次維持" if zh else f"stays in {stays} of {draws} draws"
        for draws, stays in zip(details["draws"], details["stays"], strict=True)
    ]
    return pd.Series(said, index=details.index, dtype=object)


def _ends() -> tuple[str, ...]:
    return ("now", "then", "low", "high")


def printed(actions: pd.DataFrame, details: pd.DataFrame, *, language: str, head: str, foot: str) -> PrintSheet:
    """
    Return the work list as it is printed.

    Parameters
    ----------
    actions
        Works with from_posted and to_posted.
    details
        Table ``work_details`` of the same works, in the same order.
    language
        ``zh…`` or ``en``.
    head, foot
        What stands above and below each page.
    """
    zh = language.startswith("zh")
    names = read_table("treatments").set_index("treatment")["zh" if zh else "en"]
    works = actions.reset_index(drop=True)
    told = details.reset_index(drop=True)
    why = told["why_zh" if zh else "why_en"]
    level = confidence_words(told["confidence"], language=language)
    level = level.where(why == "", level + (("：" if zh else ": ") + why))
    columns = {
        "rank": works["rank"].astype(float),
        "year": works["year"].map(lambda y: f"{roc_year(int(y))} ({int(y)})" if zh else str(int(y))),
        "treatment": works["treatment"].map(names).fillna(works["treatment"]),
        "lane": named_lanes(works["lane"], language=language),
        "amounts": amounts(told, language=language),
        "length_m": told["length_m"],
        "area_m2": works["area_m2"],
        "cost": works["cost"],
        "now": _conditions(told, "now", language=language),
        "then": _conditions(told, "then", language=language),
        "confidence": _joined([level, stay_words(told, zh=zh)]),
        "reason": works["reason_zh" if zh else "reason_en"],
        "seen": _joined([told["photos"], told["reports"]]),
        "status": _joined([works["status"].map(STATUS) if zh else works["status"], _text(works, "status_reason")]),
    }
    frame = pd.DataFrame({name: columns.get(name, works.get(name)) for name in _PRINTED})
    heads = {name: (words[0] if zh else words[1]) for name, words in _PRINTED.items()}
    return PrintSheet(
        frame=frame.rename(columns=heads),
        widths={heads[name]: words[2] for name, words in _PRINTED.items()},
        digits={heads[name]: digits for name, digits in _DIGITS.items()},
        name="列印版" if zh else "Print",
        head=head,
        foot=foot,
        group=works["year"],
    )


def _text(works: pd.DataFrame, column: str) -> pd.Series:
    return works[column].fillna("") if column in works else pd.Series("", index=works.index)


def _joined(parts: list[pd.Series]) -> pd.Series:
    """Return texts below each other, the empty ones left out."""
    frame = pd.concat(parts, axis=1).fillna("").astype(str)
    return pd.Series(
        ["\n".join(t for t in row if t) for row in frame.itertuples(index=False)], index=frame.index, dtype="str"
    )


def amounts(details: pd.DataFrame, *, language: str) -> pd.Series:
    """Return the quantities of works as lines of text, such as ``Asphalt, density 2.35 t/m3: 257.3 t``."""
    zh = language.startswith("zh")
    rows = read_table("work_quantities").set_index("quantity")["zh" if zh else "en"]
    signs = {"asphalt_t": "t", "milled_m3": "m³", "sealed_m": "m", "pothole_m2": "m²"}
    lines = []
    for name, sign in signs.items():
        # what is told in brackets or behind a comma belongs to the table, not to every line
        short = str(rows[name]).split("（")[0].split(",")[0]
        said = details[name].map(lambda v, n=name, s=sign, w=short: "" if v != v else f"{w} {v:,.{_DECIMALS[n]}f} {s}")
        lines.append(said.astype(object))
    return _joined(lines)


def _conditions(details: pd.DataFrame, end: str, *, language: str) -> pd.Series:
    """Return the condition as lines of text, a kind a line, with its interval where there is one."""
    table = measures()
    short = {"iri": ("IRI", "IRI"), "rut": ("車轍", "Rut"), "crack_percent": ("裂縫", "Cracks")}
    at = 0 if language.startswith("zh") else 1
    lines = []
    for kind in KINDS:
        digits, unit = int(table["digits"][kind]), str(table["unit"][kind])
        texts = []
        ends = [details[f"{kind}_{e}"] for e in (end, "low", "high")]
        for value, low, high in zip(*ends, strict=True):
            span = f" ({low:.{digits}f}–{high:.{digits}f})" if end == "then" and low == low else ""
            texts.append("" if value != value else f"{short[kind][at]} {value:.{digits}f}{span} {unit}")
        lines.append(pd.Series(texts, index=details.index, dtype=object))
    return _joined(lines)
