"""Signs: posted chainage that records give, turned into measures; what stands twice or nowhere is listed."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ingest.fault_list import Marks
from pavement.network.chainage import posted_measure
from pavement.network.chainage_equations import KEYS, measures_of_posted

# beside a target: the suffix of its posted chainage; missing where the target is a measure already
SUFFIX = "_piece"


def measured(place: pd.DataFrame, targets: list[str], equations: pd.DataFrame, marks: Marks) -> pd.DataFrame:
    """
    Return places with their posted targets as measures [m].

    Parameters
    ----------
    place
        Columns route and direction as ids, the targets, and for posted ones the target with :data:`SUFFIX`.
    targets
        ``measure_m``, or ``from_m`` and ``to_m``.
    equations
        Table ``chainage`` of the network.
    marks
        Takes posted chainage that stands twice (a long chain without its suffix) or nowhere (a short chain).
    """
    result = place
    for target in [t for t in targets if f"{t}{SUFFIX}" in place]:
        suffix = place[f"{target}{SUFFIX}"]
        asked = place[KEYS].assign(posted=place[target], piece=suffix.fillna(""))
        asked = asked[asked["posted"].notna() & (asked["direction"] != "")]
        result = result.drop(columns=f"{target}{SUFFIX}")
        if equations.empty and (asked["piece"] == "").all():
            continue
        found = measures_of_posted(asked, equations, end="end" if target == "to_m" else "start")
        count = found.groupby("row").size().reindex(place.index, fill_value=0)
        in_question = pd.Series(place.index.isin(asked.index), index=place.index)
        written = [_written(m, p) for m, p in zip(place[target], suffix.fillna(""), strict=True)]
        text = pd.Series(written, index=place.index, dtype=object)
        places = _places(found[found["row"].map(count) > 1], place.index)
        twice = "{value} stands at " + count.astype(str) + " places: " + places + "."
        cure = "Write the suffix of its piece behind it, as the table chainage of the network has it."
        marks.add(in_question & (count > 1), target, "long chain", twice, cure, text)
        cure = "It lies in a short chain, or its piece is another: see the table chainage of the network."
        marks.add(in_question & (count == 0), target, "short chain", "{value} does not stand on its route.", cure, text)
        one = found.drop_duplicates("row").set_index("row")["measure"].reindex(place.index)
        result = result.assign(**{target: place[target].where(~in_question, one.where(count == 1))})
    return result


def _written(measure: float, piece: str) -> str:
    return "" if np.isnan(measure) else posted_measure(measure, piece)


def _places(found: pd.DataFrame, index: pd.Index) -> pd.Series:
    """Return in words where posted chainage stands, by row."""
    if found.empty:
        return pd.Series("", index=index)
    measure = found["measure"].map("{:.0f} m".format)
    said = measure.where(found["piece"] == "", found["piece"] + " at " + measure)
    return said.groupby(found["row"]).agg(" and ".join).reindex(index, fill_value="")
