"""Signs: chainage as it is posted along the road, where a network has chainage equations."""

from __future__ import annotations

import pandas as pd
from flask import current_app, has_app_context

from pavement.network.chainage import posted_chainages, posted_measure
from pavement.network.chainage_equations import End, no_equations

# key of the app's configuration: a function that gives the table ``chainage``
CONFIG = "EQUATIONS"


def equations() -> pd.DataFrame:
    """Return the chainage equations of the running app; none outside of one."""
    ask = current_app.config.get(CONFIG) if has_app_context() else None
    return ask() if ask else no_equations()


def posted_place(route: str, direction: str, measure: float, *, end: End = "start") -> str:
    """Return a measure [m] of a route as posted, ``25k+300`` or ``25k+300A``."""
    known = equations()
    if known.empty:
        return posted_measure(measure)
    place = pd.DataFrame({"route": [route], "direction": [direction], "measure": [measure]})
    return str(posted_chainages(place, "measure", known, end=end).iloc[0])


def posted_column(frame: pd.DataFrame, column: str, *, end: End = "start") -> pd.Series:
    """Return a column of measures [m] as posted; `frame` has route and direction."""
    return posted_chainages(frame, column, equations(), end=end)
