"""The card of an evaluation, made from its JSON alone: Markdown in one language, and charts."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

from models.charts_as_svg import Axes, Series, chart
from models.explain import feature_label
from pavement.schema import measures, read_table

SPLITS = ("by_site", "forward", "test")
# told as years: of a survey whose day nobody knows the decimals say nothing
_TIMES = ("first", "last")
_COUNTS = ("file", "rows", "surveys", "units", "sites", "pairs", "first", "last", "sha256")


class Card:
    """
    The card of one report; a class because every part needs the report and its words.

    Parameters
    ----------
    report
        From :mod:`models.evaluation_report`, as it was or read back from its JSON.
    language
        ``zh_TW`` or ``en``.
    """

    def __init__(self, report: dict[str, Any], *, language: str) -> None:
        self.report, self.language = report, language
        column = "zh" if language.startswith("zh") else "en"
        self._words = read_table("evaluation_terms").set_index("term")[column]
        self._unit = str(report["settings"]["unit"])
        self._splits = [s for s in SPLITS if s in report]
        self._target = str(measures().loc[report["settings"]["target"], column])

    def files(self) -> dict[str, str]:
        """Return the text of each file of the card by its name."""
        drawn = {f"skill_{split}.svg": self._skill(split) for split in self._splits}
        drawn |= {"coverage.svg": self._coverage(), "predicted.svg": self._predicted()}
        return drawn | {"card.md": self._text(list(drawn))}

    def _word(self, term: str) -> str:
        if term in self._words.index:
            return str(self._words[term]).format(unit=self._unit, target=self._target)
        return feature_label(term, language=self.language)

    def _skill(self, split: str) -> str:
        rows = {"forecast": self.report[split]}
        for name in self._baselines(split):
            rows[name] = {h: f["baselines"].get(name, {}) for h, f in self.report[split].items()}
        series = [
            Series(
                self._word(name),
                [float(h) for h in of],
                [f.get("skill") for f in of.values()],
                [f.get("skill_low") for f in of.values()],
                [f.get("skill_high") for f in of.values()],
            )
            for name, of in rows.items()
        ]
        title = f"{self._word('skill')}: {self._word(split)}"
        return chart(series, Axes(title, self._word("horizon"), self._word("skill"), level=0.0))

    def _baselines(self, split: str) -> list[str]:
        return list(next(iter(self.report[split].values()))["baselines"])

    def _coverage(self) -> str:
        """Return coverage by split and slice, one colour a horizon."""
        parts = {self._word(s): self.report[s] for s in self._splits}
        parts |= {f"{self._word(k)}: {p}": of for k, p, of in self._slices()}
        horizons = [f"{h:g}" for h in self.report["settings"]["horizons"]]
        places = [float(k) for k in range(len(parts))]
        series = [
            Series(f"{self._word('horizon')} {h}", places, [of[h]["coverage_90"] for of in parts.values()])
            for h in horizons
        ]
        word, level = self._word("coverage_90"), float(self.report["settings"]["interval"])
        return chart(series, Axes(word, "", word, names=list(parts), level=level, joined=False))

    def _slices(self) -> list[tuple[str, str, dict[str, Any]]]:
        kinds = {k: v for k, v in self.report["slices"].items() if k != "of"}
        thirds = {"low", "middle", "high"}
        return [
            # a family is called as the table calls it
            (kind, self._word(part) if kind != "family" and part in thirds else part, of)
            for kind, parts in kinds.items()
            for part, of in parts.items()
        ]

    def _predicted(self) -> str:
        series = [
            Series(
                f"{self._word('horizon')} {h}",
                *([b[c] for b in bins] for c in ("predicted", "found", "found_low", "found_high")),
            )
            for h, bins in self.report["predicted_found"].items()
        ]
        axes = Axes(
            self._word("predicted_found"), self._word("predicted"), self._word("found"), diagonal=True, joined=False
        )
        return chart(series, axes)

    def _text(self, drawn: list[str]) -> str:
        parts = [f"# {self._word('title')}", self._data()]
        for split in self._splits:
            parts += [f"## {self._word(split)}", self._figures(split)]
        parts += [f"![{name}]({name})" for name in drawn]
        parts += [f"## {self._word('slices')}", self._sliced()]
        if self.report.get("offsets"):
            parts += [f"## {self._word('offsets')}", self._offsets()]
        parts.append(f"## {self._word('notes')}")
        parts.append("\n".join(f"- {_safe(note)}" for note in self.report["notes"]) or "-")
        parts += [f"## {self._word('settings')}", self._settings()]
        return "\n\n".join(parts) + "\n"

    def _data(self) -> str:
        data = self.report["data"]
        tables = data if "train" in data else {"data": data}
        told = {c: self._year if c in _TIMES else self._number for c in _COUNTS}
        rows = [[self._word(c), *(tell(t.get(c)) for t in tables.values())] for c, tell in told.items()]
        return _table(["", *(self._word(name) for name in tables)], rows)

    def _figures(self, split: str) -> str:
        rows = []
        for horizon, own in self.report[split].items():
            shipped = {k: own[k] for k in ("model_as_shipped",) if k in own}
            for name, figures in {"forecast": own, **shipped, **own["baselines"]}.items():
                rows.append([horizon, self._word(name), *self._row(figures)])
        return _table([self._word("horizon"), self._word("model"), *self._heads()], rows)

    def _sliced(self) -> str:
        rows = [
            [_safe(self._word(kind)), _safe(part), horizon, *self._row(figures)]
            for kind, part, of in self._slices()
            for horizon, figures in of.items()
        ]
        return _table([self._word("slices"), self._word("slice"), self._word("horizon"), *self._heads()], rows)

    def _offsets(self) -> str:
        """Return the offset of each device and year, and what became of it."""
        columns = ("campaign", "offset", "se", "units")
        rows = [
            [_safe(str(row["campaign"])), *(self._number(row[c]) for c in columns[1:]), self._word(row["why"])]
            for row in self.report["offsets"]
        ]
        return _table([*(self._word(c) for c in columns), self._word("verdict")], rows)

    def _heads(self) -> list[str]:
        return [self._word(c) for c in ("n", "rmse", "skill", "coverage_90", "width_90")]

    def _row(self, figures: dict[str, Any]) -> list[str]:
        low, high = figures["skill_low"], figures["skill_high"]
        skill = self._number(figures["skill"])
        skill += f" ({self._number(low)} … {self._number(high)})" if low is not None else ""
        rest = [self._number(figures[c]) for c in ("coverage_90", "width_90")]
        return [self._number(figures["n"]), self._number(figures["rmse"]), skill, *rest]

    def _settings(self) -> str:
        settings = self.report["settings"]
        shares = {k or "*": v for k, v in self.report["shares"].items()}
        said = [
            f"- {self._word('seed')}: {settings['seed']}; {self._word('border')}: {self._number(settings['border'])}",
            f"- {self._word('features')}: {_safe(', '.join(map(self._word, self.report['features'])))}",
        ]
        for family, share in shares.items():
            named = ", ".join(f"{self._word(name)} {value:.2f}" for name, value in share.items() if value > 0)
            said.append(f"- {self._word('shares')} ({_safe(family)}): {named or '-'}")
        return "\n".join(said)

    @staticmethod
    def _year(value: Any) -> str:
        return "-" if value is None else str(int(value))

    @staticmethod
    def _number(value: Any) -> str:
        if value is None:
            return "-"
        return f"{value:.3f}" if isinstance(value, float) else _safe(str(value))


def write_card(report: dict[str, Any], folder: Path, *, language: str) -> None:
    """Write the card of a report into a folder: ``card.md`` and its charts."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in Card(report, language=language).files().items():
        (folder / name).write_text(text, encoding="utf-8")


def _safe(text: str) -> str:
    return escape(text, quote=False).replace("|", "\\|").replace("\n", " ")


def _table(heads: list[str], rows: list[list[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
