"""Chainage equations (斷鏈): between the continuous measure of a route and the chainage posted along it."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

End = Literal["start", "end"]
KEYS = ["route", "direction"]
COLUMNS = [*KEYS, "piece", "from_m", "to_m", "posted_m"]
# metres: what two borders may differ by
_TOUCH = 1e-6


def no_equations() -> pd.DataFrame:
    """Return the table ``chainage`` of a network whose posted chainage is its measure everywhere."""
    return pd.DataFrame({c: pd.Series(dtype=float if c.endswith("_m") else object) for c in COLUMNS})


def measures_of_posted(places: pd.DataFrame, equations: pd.DataFrame, *, end: End = "start") -> pd.DataFrame:
    """
    Return every measure at which a posted chainage stands.

    Parameters
    ----------
    places
        Columns route, direction, posted [m] and piece ("" where none is written).
    equations
        Table ``chainage``; a route without rows is posted by its measure.
    end
        Whether the places are starts (or points) or ends of stretches: on the border of two pieces a start belongs to
        the piece that begins there, an end to the one that ends there.

    Returns
    -------
    found
        Columns row (the index of `places`), piece and measure [m], by row and measure: one row where the posted
        chainage stands once, several in a long chain, none in a short chain or where there is no such piece.
    """
    asked = places.reset_index(names="row").rename(columns={"piece": "asked"})
    own = asked.merge(equations[COLUMNS], on=KEYS, how="left")
    plain = own["from_m"].isna() & (own["asked"] == "")
    last = own["posted_m"] + own["to_m"] - own["from_m"]
    fits = (own["asked"] == "") | (own["asked"] == own["piece"].fillna(""))
    fits &= (own["posted"] >= own["posted_m"] - _TOUCH) & (own["posted"] <= last + _TOUCH)
    measure = (own["from_m"] + own["posted"] - own["posted_m"]).where(~plain, own["posted"])
    border = last if end == "start" else own["posted_m"]
    # where two pieces meet, the one on whose open border the place lies gives way
    own = own.assign(measure=measure, open=~plain & ((own["posted"] - border).abs() <= _TOUCH))[plain | fits]
    own = own[~own["open"] | own.groupby("row")["open"].transform("all")]
    found = own.assign(piece=own["piece"].fillna(""), at=own["measure"].round(6))
    found = found.sort_values(["row", "at"]).drop_duplicates(["row", "at"])
    return found[["row", "piece", "measure"]].reset_index(drop=True)


def posted_of_measures(places: pd.DataFrame, equations: pd.DataFrame, *, end: End = "start") -> pd.DataFrame:
    """
    Return the chainage posted at measures.

    Parameters
    ----------
    places
        Columns route, direction and measure [m].
    equations, end
        As of :func:`measures_of_posted`.

    Returns
    -------
    posted
        Columns posted [m] and piece, on the index of `places`; the measure itself where no piece holds it.
    """
    plain = pd.DataFrame({"posted": places["measure"].astype(float), "piece": ""}, index=places.index)
    if equations.empty or places.empty:
        return plain
    line = equations[COLUMNS].sort_values("from_m").rename(columns={"from_m": "start"})
    line = line.assign(start=line["start"].astype(float)).astype(dict.fromkeys(KEYS, "str"))
    asked = places[KEYS].astype("str").assign(measure=places["measure"].astype(float), row=np.arange(len(places)))
    known = asked.dropna(subset=["measure"]).sort_values("measure")
    # a measure within a micrometre of a border lies on it
    shifted = known.assign(at=known["measure"] + (_TOUCH if end == "start" else -_TOUCH))
    own = pd.merge_asof(shifted, line, left_on="at", right_on="start", by=KEYS)
    held = own[own["at"] <= own["to_m"] + 2 * _TOUCH]
    rows = held["row"].to_numpy()
    posted, piece = plain["posted"].to_numpy(copy=True), plain["piece"].to_numpy(dtype=object, copy=True)
    posted[rows] = (held["posted_m"] + held["measure"] - held["start"]).to_numpy()
    piece[rows] = held["piece"].fillna("").to_numpy()
    return pd.DataFrame({"posted": posted, "piece": piece}, index=places.index)


def equation_faults(equations: pd.DataFrame, limits: pd.DataFrame) -> pd.DataFrame:
    """
    Return what is wrong with a table of chainage equations.

    Parameters
    ----------
    equations
        Table ``chainage``.
    limits
        Columns route, direction, from_m, to_m [m]: where each route begins and ends.

    Returns
    -------
    faults
        Columns row (index of `equations`), rule and message: pieces that leave a gap, overlap or do not reach the ends
        of their route, and duplicated chainage that no suffix tells apart.
    """
    line = equations.sort_values([*KEYS, "from_m"])
    of_route = line.groupby(KEYS, sort=False)
    before = of_route["to_m"].shift()
    routes = limits.set_index(KEYS)[["from_m", "to_m"]].rename(columns={"from_m": "low", "to_m": "high"})
    line = line.join(routes, on=KEYS)
    first, last = before.isna(), of_route["from_m"].shift(-1).isna()
    length = line["to_m"] - line["from_m"]
    checks = {
        "order": (length <= 0, "The piece does not run from a smaller to a larger measure."),
        "gap": ((line["from_m"] - before).abs() > 1e-3, "The piece does not begin where the one before it ends."),
        "ends": (
            first & ((line["from_m"] - line["low"]).abs() > 1) | last & ((line["to_m"] - line["high"]).abs() > 1),
            "The pieces do not reach from end to end of their route.",
        ),
        "long chain": (_doubled(line), "Its chainage is posted twice on the route, and no suffix tells the two apart."),
    }
    found = [
        pd.DataFrame({"row": line.index[wrong.to_numpy()], "rule": rule, "message": message})
        for rule, (wrong, message) in checks.items()
    ]
    return pd.concat(found, ignore_index=True).drop_duplicates("row")


def _doubled(line: pd.DataFrame) -> pd.Series:
    """Return which pieces share posted chainage with a piece of the same suffix on their route."""
    piece = line["piece"].fillna("")
    ordered = line.assign(piece=piece, high=line["posted_m"] + line["to_m"] - line["from_m"])
    ordered = ordered.sort_values([*KEYS, "piece", "posted_m"])
    reach = ordered.groupby([*KEYS, "piece"], sort=False)["high"].cummax()
    before = reach.groupby([ordered[k] for k in (*KEYS, "piece")], sort=False).shift()
    return (ordered["posted_m"] < before - 1e-3).reindex(line.index)
