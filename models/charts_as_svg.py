"""Plain charts as SVG text: lines or points with bars, axes and a legend, without a drawing library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

import numpy as np

WIDTH, HEIGHT = 860, 480
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 260, 44, 60
# names of places stand slanted and need room
_BOTTOM_OF_NAMES = 150
# Okabe and Ito, "Color Universal Design", 2008: told apart with any eyes
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000", "#999999")
_FONT = "'Noto Sans TC','Microsoft JhengHei',sans-serif"
_TICKS = 6


@dataclass(frozen=True)
class Series:
    """Points of one colour: their places, and where known the ends of their bars; missing ones are left out."""

    name: str
    x: Sequence[float]
    y: Sequence[float | None]
    low: Sequence[float | None] = field(default_factory=tuple)
    high: Sequence[float | None] = field(default_factory=tuple)

    def points(self) -> list[tuple[float, float, float, float]]:
        """Return x, y, low and high of every point that has a y."""
        low, high = self.low or self.y, self.high or self.y
        known = [p for p in zip(self.x, self.y, low, high, strict=True) if p[1] is not None]
        return [(x, y, y if a is None else a, y if b is None else b) for x, y, a, b in known if y is not None]


@dataclass(frozen=True)
class Axes:
    """What stands about a chart: titles, names of whole x places, a level line, the diagonal, and joined points."""

    title: str
    across: str
    up: str
    names: Sequence[str] = ()
    level: float | None = None
    diagonal: bool = False
    joined: bool = True


def chart(series: Sequence[Series], axes: Axes) -> str:
    """Return a chart as SVG text; without any point it holds its titles alone."""
    points = [p for one in series for p in one.points()]
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="{_FONT}" '
        f'font-size="12"><rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>'
    )
    parts = [head, _text(_LEFT, 24, axes.title, size=15)]
    if points:
        scale = _Scale(points, axes)
        parts += [*_frame(scale, axes), *(_drawn(one, k, scale, axes) for k, one in enumerate(series))]
        parts += [_key(one.name, k) for k, one in enumerate(series)]
    return "\n".join([*parts, "</svg>"]) + "\n"


class _Scale:
    """Turns values into places on the sheet; a class because both axes are needed by every part."""

    def __init__(self, points: list[tuple[float, float, float, float]], axes: Axes) -> None:
        x = [p[0] for p in points]
        y = [v for p in points for v in p[1:]] + ([] if axes.level is None else [axes.level])
        if axes.diagonal:
            x = y = [*x, *y]
        self.x, self.y = _limits(x), _limits(y)
        self.floor = HEIGHT - (_BOTTOM_OF_NAMES if axes.names else _BOTTOM)
        if axes.names:
            self.x = (-0.5, len(axes.names) - 0.5)

    def at(self, x: float, y: float) -> tuple[float, float]:
        across = (x - self.x[0]) / (self.x[1] - self.x[0])
        up = (y - self.y[0]) / (self.y[1] - self.y[0])
        return _LEFT + across * (WIDTH - _LEFT - _RIGHT), self.floor - up * (self.floor - _TOP)


def _limits(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    room = (high - low) * 0.06 or max(abs(high), 1.0) * 0.06
    return low - room, high + room


def ticks(low: float, high: float) -> list[float]:
    """Return round numbers between two limits, about six of them."""
    raw = (high - low) / _TICKS
    power = 10.0 ** np.floor(np.log10(raw))
    step = next(power * k for k in (1, 2, 5, 10) if power * k >= raw)
    # less than nothing is rounded away with the last digits: no tick reads -0
    return [round(float(k * step), 12) + 0.0 for k in np.arange(np.ceil(low / step), np.floor(high / step) + 1)]


def _frame(scale: _Scale, axes: Axes) -> list[str]:
    right, floor = WIDTH - _RIGHT, scale.floor
    parts = [f'<path d="M{_LEFT} {_TOP}V{floor}H{right}" fill="none" stroke="#333"/>']
    for value in ticks(*scale.y):
        y = scale.at(scale.x[0], value)[1]
        parts += [_rule(_LEFT, y, right, y, "#e5e5e5"), _text(_LEFT - 8, y + 4, f"{value:.4g}", anchor="end")]
    places = enumerate(axes.names) if axes.names else ((v, f"{v:.4g}") for v in ticks(*scale.x))
    for value, name in places:
        x = scale.at(value, scale.y[0])[0]
        turn = f' transform="rotate(-35 {x:.1f} {floor + 14})"' if axes.names else ""
        parts.append(_text(x, floor + 16, name, anchor="end" if axes.names else "middle", more=turn))
    if axes.level is not None:
        y = scale.at(scale.x[0], axes.level)[1]
        parts.append(_rule(_LEFT, y, right, y, "#333", dashes=True))
    if axes.diagonal:
        parts.append(_rule(*scale.at(scale.x[0], scale.x[0]), *scale.at(scale.x[1], scale.x[1]), "#333", dashes=True))
    middle = (_TOP + floor) / 2
    turned = f' transform="rotate(-90 16 {middle})"'
    return [
        *parts,
        _text(right, HEIGHT - 6, axes.across, anchor="end"),
        _text(16, middle, axes.up, anchor="middle", more=turned),
    ]


def _drawn(one: Series, number: int, scale: _Scale, axes: Axes) -> str:
    colour, parts = _COLOURS[number % len(_COLOURS)], []
    # bars of several series at one place stand beside one another
    aside = (number % len(_COLOURS)) * 2.5
    places = [(scale.at(x, y), scale.at(x, low)[1], scale.at(x, high)[1]) for x, y, low, high in one.points()]
    places = [((x + aside, y), low, high) for (x, y), low, high in places]
    if axes.joined and len(places) > 1:
        line = " ".join(f"{x:.1f},{y:.1f}" for (x, y), _, _ in places)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
    for (x, y), low, high in places:
        if low != high:
            parts.append(_rule(x, low, x, high, colour))
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>')
    return "".join(parts)


def _key(name: str, number: int) -> str:
    x, y = WIDTH - _RIGHT + 16, _TOP + 8 + 20 * number
    mark = f'<circle cx="{x}" cy="{y}" r="4" fill="{_COLOURS[number % len(_COLOURS)]}"/>'
    return mark + _text(x + 10, y + 4, name)


def _rule(x0: float, y0: float, x1: float, y1: float, colour: str, *, dashes: bool = False) -> str:
    dashed = ' stroke-dasharray="5 4"' if dashes else ""
    return f'<path d="M{x0:.1f} {y0:.1f}L{x1:.1f} {y1:.1f}" stroke="{colour}"{dashed}/>'


def _text(x: float, y: float, text: str, *, anchor: str = "start", size: int = 12, more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}"{more}>{escape(text)}</text>'
