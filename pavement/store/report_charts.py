"""Charts and map of a report as SVG, drawn with text and lines alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

_INK, _SOFT, _LINE = "#1d2b3a", "#5b6875", "#dfe4e8"
_BAR, _FRAME = "#2f6fb0", "#9aa5b1"
# told apart without colour vision as well (Okabe and Ito 2008)
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#8c6d31", "#7b4173", "#637939")
# width of the first group on a map; each later one is wider by one
_THINNEST = 3.0
# room that the text of a mark takes
_MARK_WIDE, _MARK_HIGH = 90.0, 14.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 52.0, 10.0, 10.0, 24.0


def bars(spent: pd.Series, budgets: pd.Series, *, width: float = 520, height: float = 200) -> str:
    """Return the money of each year [million NT$] as bars, with the budget as a frame around each."""
    top = max(float(budgets.max()), float(spent.max()), 1e-9) * 1.08
    step = (width - _LEFT - _RIGHT) / len(budgets)
    parts = _axis(0.0, top, width, height)
    for at, year in enumerate(budgets.index):
        x = _LEFT + (at + 0.2) * step
        for amount, style in ((spent[year], f'fill="{_BAR}"'), (budgets[year], f'fill="none" stroke="{_FRAME}"')):
            y = _y(float(amount), 0.0, top, height)
            parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{0.6 * step:.1f}" '
                         f'height="{height - _BOTTOM - y:.1f}" {style}/>')  # fmt: skip
        parts.append(_label(x + 0.3 * step, height - 8, str(year)))
    return _svg(parts, width, height)


def lines(series: Mapping[str, pd.Series], *, width: float = 350, height: float = 190) -> str:
    """Return values by year as lines, the first full and the others dashed, with their names below each other."""
    values = np.concatenate([s.to_numpy(float) for s in series.values()])
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    pad = max(0.08 * (high - low), 0.02 * abs(high), 1e-6)
    low, high = max(0.0, low - pad) if low >= 0 else low - pad, high + pad
    years = sorted({int(y) for s in series.values() for y in s.index})
    span = max(1, years[-1] - years[0])
    parts = _axis(low, high, width, height)
    wide = width - _LEFT - _RIGHT
    for at, (name, line) in enumerate(series.items()):
        points = " ".join(
            f"{_LEFT + (int(y) - years[0]) / span * wide:.1f},{_y(float(v), low, high, height):.1f}"
            for y, v in line.items()
            if v == v
        )
        dash = ' stroke-dasharray="5 3"' if at else ""
        parts.append(f'<polyline points="{points}" fill="none" stroke="{COLOURS[at]}" stroke-width="2"{dash}/>')
        parts.append(f'<text x="{_LEFT + 8}" y="{_TOP + 12 + 13 * at}" fill="{COLOURS[at]}" font-size="10">'
                     f"{'– – ' if at else '── '}{escape(name)}</text>")  # fmt: skip
    parts += [_label(_LEFT, height - 8, str(years[0])), _label(width - _RIGHT - 10, height - 8, str(years[-1]))]
    return _svg(parts, width, height)


def route_map(
    roads: gpd.GeoSeries,
    works: gpd.GeoSeries,
    groups: Sequence[str],
    *,
    marks: gpd.GeoSeries | None = None,
    width: float = 1000,
    height: float = 620,
) -> str:
    """
    Return the network in grey with the works on it, a colour for each group, north up and with a scale.

    Parameters
    ----------
    roads, works
        Lines in one projected system. [m]
    groups
        Group of each work, such as its year.
    marks
        Points with their text as the index, such as kilometre posts; a text that would cover another is left out.
    """
    box = roads.total_bounds
    if not len(roads) or not np.isfinite(box).all():
        return ""
    extent = np.maximum(box[2:] - box[:2], 100.0)
    scale = min((width - 20) / extent[0], (height - 20) / extent[1])
    origin = np.array([box[0], box[3]])
    shift = (np.array([width, height]) - scale * (box[2:] - box[:2])) / 2
    parts = [_path(line, origin, scale, shift, f'stroke="{_FRAME}" stroke-width="1.2"') for line in _lines(roads)]
    names = sorted(set(groups))
    # the last group widest and lowest, so that works of several years at one place are all seen
    for at, name in reversed(list(enumerate(names))):
        own = works[np.asarray(groups) == name]
        colour, wide = COLOURS[at % len(COLOURS)], _THINNEST + at
        style = f'stroke="{colour}" stroke-width="{wide:g}"'
        parts += [_path(line, origin, scale, shift, style) for line in _lines(own)]
        y = 16 + 15 * at
        parts.append(f'<line x1="8" x2="30" y1="{y - 4}" y2="{y - 4}" stroke="{colour}" stroke-width="6"/>')
        parts.append(f'<text x="36" y="{y}" font-size="11" fill="{_INK}">{escape(name)}</text>')
    if marks is not None:
        places = np.column_stack([marks.x, marks.y])
        parts += _marks((places - origin) * [scale, -scale] + shift, [str(text) for text in marks.index])
    parts += _scale_bar(scale, width, height)
    return _svg(parts, width, height)


def _marks(places: NDArray[np.float64], texts: Sequence[str]) -> list[str]:
    """Return dots with their texts right of them."""
    parts: list[str] = []
    taken: list[tuple[float, float]] = []
    for (x, y), text in zip(places, texts, strict=True):
        if any(abs(x - a) < _MARK_WIDE and abs(y - b) < _MARK_HIGH for a, b in taken):
            continue
        taken.append((x, y))
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="#fff" stroke="{_INK}"/>')
        parts.append(f'<text x="{x + 16:.1f}" y="{y + 4:.1f}" font-size="10" fill="{_INK}">{escape(text)}</text>')
    return parts


def _scale_bar(scale: float, width: float, height: float) -> list[str]:
    """Return a bar of a round length, at most a fifth of the width."""
    most = width / 5 / scale
    power = 10.0 ** np.floor(np.log10(most))
    length = max(m * power for m in (1, 2, 5) if m * power <= most)
    x, y = width - 20 - length * scale, height - 12
    text = f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"
    return [
        f'<line x1="{x:.1f}" x2="{width - 20}" y1="{y}" y2="{y}" stroke="{_INK}" stroke-width="2"/>',
        f'<text x="{x:.1f}" y="{y - 5}" font-size="11" fill="{_INK}">{text}</text>',
        f'<text x="{width - 40}" y="18" font-size="13" fill="{_INK}">N ↑</text>',
    ]


def _lines(shapes: gpd.GeoSeries) -> list[NDArray[np.float64]]:
    """Return the points of all lines, pieces of one shape apart."""
    pieces = shapes[shapes.notna() & ~shapes.is_empty].explode(index_parts=False)
    return [np.asarray(line.coords)[:, :2] for line in pieces]


def _path(
    points: NDArray[np.float64], origin: NDArray[np.float64], scale: float, shift: NDArray[np.float64], style: str
) -> str:
    placed = (points - origin) * [scale, -scale] + shift
    text = " ".join(f"{x:.1f},{y:.1f}" for x, y in placed)
    return f'<polyline points="{text}" fill="none" {style}/>'


def ticks(low: float, high: float) -> tuple[list[float], int]:
    """Return three to six round values within a range, and the decimals that tell them apart."""
    rough = (high - low) / 5
    power = 10.0 ** np.floor(np.log10(rough))
    # the small part keeps 0.2 / 0.1 = 1.9999… on its step
    step = power * next(m for m in (1, 2, 5, 10) if m * power >= rough * (1 - 1e-9))
    first, last = int(np.ceil(low / step - 1e-9)), int(np.floor(high / step + 1e-9))
    return [k * step for k in range(first, last + 1)], max(0, -int(np.floor(np.log10(step) + 1e-9)))


def _axis(low: float, high: float, width: float, height: float) -> list[str]:
    parts = []
    values, digits = ticks(low, high)
    for value in values:
        y = _y(value, low, high, height)
        parts.append(f'<line x1="{_LEFT}" x2="{width - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="{_LINE}"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" font-size="10" fill="{_SOFT}" text-anchor="end">'
                     f"{value:,.{digits}f}</text>")  # fmt: skip
    return parts


def _y(value: float, low: float, high: float, height: float) -> float:
    return height - _BOTTOM - (value - low) / (high - low) * (height - _TOP - _BOTTOM)


def _label(x: float, y: float, text: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="10" fill="{_SOFT}" text-anchor="middle">{escape(text)}</text>'


def _svg(parts: Sequence[str], width: float, height: float) -> str:
    # a viewer scales it to the column it stands in
    size = f'viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>' + "".join(parts) + "</svg>"
