"""What the verb ``history`` writes: one place over the years as a picture and a table."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from pavement.errors import LocationError, SurveyError
from pavement.network.chainage import parse
from pavement.network.chainage_equations import measures_of_posted
from pavement.network.route_overlaps import on_main
from pavement.store import published
from pavement.store.files import whole, write_csv

if TYPE_CHECKING:
    from ingest.imagery.history import Panel
    from pavement.store.database import Store

_CURE = "Write a measure such as 25k+300 or 25300."


def write_history(store: Store, out: Path, *, place: tuple[str, str, str, str]) -> list[str]:
    """
    Write ``history.png`` (frames side by side, aligned to the newest) and ``growth.csv``; return lines that say so.

    Parameters
    ----------
    store
        The open store.
    out
        Folder; made when it is not there.
    place
        Route, direction, lane, and measure as people write it: 25k+300 or 25300 [m].

    Raises
    ------
    LocationError
        The place cannot be read, or no frame lies there.
    SurveyError
        The folder cannot be made.
    """
    from ingest.imagery.drawing import as_png
    from ingest.imagery.history_picture import side_by_side
    from ingest.imagery.parameters import parameters
    from ingest.imagery.same_place import stored_history

    route, direction, lane, measure = place
    tables = {name: published.table(store, name) for name in ("frames", "findings", "routes")}
    asked = {"route": [route], "direction": [direction], "measure_m": [_measure(store, route, direction, measure)]}
    at = on_main(pd.DataFrame(asked), published.table(store, "overlaps")).iloc[0]
    found = stored_history(store, tables, place=(at["route"], at["direction"], lane, float(at["measure_m"])))
    _made(out)
    with whole(out / "history.png") as part:
        part.write_bytes(as_png(side_by_side(found)))
    write_csv(found.growth.round(3), out / "growth.csv", notes=dict(parameters()))
    counts = found.growth["state"].value_counts().to_dict()
    told = ", ".join(f"{count} {state}" for state, count in counts.items()) or "nothing compared"
    newest = found.panels[-1].sight
    lines = [*map(_line, found.panels[:-1]), f"{newest.taken_at:%Y-%m-%d}  {newest.frame}: the newest"]
    return [*lines, f"Cracks: {told}.", f"Written: {out / 'history.png'}, {out / 'growth.csv'}"]


def _measure(store: Store, route: str, direction: str, text: str) -> float:
    """Return the measure [m] of a place of a route; posted chainage that stands twice or nowhere is refused."""
    metres, piece = measure_of(text)
    if piece is None:
        return metres
    asked = pd.DataFrame({"route": [route], "direction": [direction], "posted": [metres], "piece": [piece]})
    found = measures_of_posted(asked, published.table(store, "chainage"))
    if len(found) != 1:
        places = ", ".join(f"{p} at {m:.0f} m" for p, m in zip(found["piece"], found["measure"], strict=True))
        raise LocationError(
            f"{text} stands at {len(found)} places of {route} {direction}. {places}".strip(), cure=_CURE
        )
    return float(found["measure"].iloc[0])


def _made(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SurveyError(
            f"{folder} cannot be written: {error.strerror}.", cure="Name a folder with room that may be written to."
        ) from error


def measure_of(text: str) -> tuple[float, str | None]:
    """
    Return metres from ``25k+300``, ``25.3k`` or plain metres, and the suffix of its piece where it is posted chainage.

    Raises
    ------
    LocationError
        It is none of these.
    """
    try:
        metres = float(text)
    except ValueError:
        return _posted(text)
    if not math.isfinite(metres):
        raise LocationError(f"{text!r} is no place.", cure=_CURE)
    return metres, None


def _posted(text: str) -> tuple[float, str]:
    try:
        place = parse(text)
    except LocationError as error:
        # route and direction are words of their own here
        raise LocationError(error.message, cure=_CURE) from error
    return place.measure, place.piece


def _line(panel: Panel) -> str:
    state = f"not aligned ({panel.reason})" if not panel.aligned else f"aligned, {100 * panel.agreement:.0f} % agree"
    told = f"{state}; {panel.reason}" if panel.aligned and panel.reason else state
    return f"{panel.sight.taken_at:%Y-%m-%d}  {panel.sight.frame}: {told}"
