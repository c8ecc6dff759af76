"""What else stands on the signs of a road that carries more than one route number."""

from __future__ import annotations

import pandas as pd

from pavement.network.chainage import posted, posted_measure
from pavement.network.chainage_equations import posted_of_measures
from pavement.network.route_overlaps import KEYS, beside


def also_posted(rows: pd.DataFrame, overlaps: pd.DataFrame, equations: pd.DataFrame, *, language: str) -> pd.Series:
    """
    Return where stretches lie by the other numbers of their road, as posted; empty where it has one number.

    Parameters
    ----------
    rows
        Columns route, direction, from_m, to_m [m] of main routes.
    overlaps, equations
        Tables ``overlaps`` and ``chainage``.
    """
    said = pd.Series("", index=rows.index, dtype=object)
    if overlaps.empty or rows.empty:
        return said
    places = rows[[*KEYS, "from_m", "to_m"]].reset_index(drop=True).astype(dict.fromkeys(KEYS, str))
    found = beside(places, overlaps)
    starts = posted_of_measures(found[KEYS].assign(measure=found["from_m"]), equations)
    ends = posted_of_measures(found[KEYS].assign(measure=found["to_m"]), equations, end="end")
    last = [posted_measure(m, p) for m, p in zip(ends["posted"], ends["piece"], strict=True)]
    first = zip(found["route"], starts["posted"], found["direction"], starts["piece"], strict=True)
    texts = [
        f"{posted(r, m, d, language=language, piece=p)} – {to}" for (r, m, d, p), to in zip(first, last, strict=True)
    ]
    joined = pd.Series(texts, dtype=object).groupby(found["row"].to_numpy()).agg("; ".join)
    return pd.Series(joined.reindex(range(len(rows)), fill_value="").to_numpy(), index=rows.index, dtype=object)
