"""Quality of the segment table: unexplained changes, coverage by year, and the age of surveys."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.condition.cell_history import cell_works
from pavement.condition.survey_day import survey_day
from pavement.measures.limits import limit
from pavement.schema import measured_kinds, read_table

UNRECORDED, WITHOUT_EFFECT = "unrecorded work or error", "work without effect"
_WATCHED = ("iri", "rut", "crack_percent")
_COLUMNS = ["cell", "year", "kind", "before", "value", "before_year", "before_day", "day", "finding", "worked"]
# makes one growing key of cell and decimal year
_YEARS = 10_000.0


def unexplained_changes(segments: pd.DataFrame, works: pd.DataFrame) -> pd.DataFrame:
    """
    Return condition that got better without work on record (P9), or not better in spite of it (P10).

    Parameters
    ----------
    segments
        The segment table. A survey is compared with the one before it, however many years lie between; a work counts
        when it was completed between the two days on which the kind itself was surveyed (else the end of the year).
    works
        Table ``works``.

    Returns
    -------
    changes
        cell, year, kind, before, value (units of the kind), before_year, before_day and day (decimal years of the two
        surveys), finding: :data:`UNRECORDED` or :data:`WITHOUT_EFFECT` (no better, and worse than any new surface is
        left). Neither teaches a model until it is settled.
    """
    changes = survey_changes(segments, works)
    return changes[changes["finding"] != ""].drop(columns="worked").reset_index(drop=True)


def survey_changes(segments: pd.DataFrame, works: pd.DataFrame) -> pd.DataFrame:
    """
    Return how each value differs from the survey of its cell before it.

    Parameters
    ----------
    segments, works
        As of :func:`unexplained_changes`.

    Returns
    -------
    changes
        cell, year, kind, before, value (units of the kind), before_year, before_day, day (decimal years), finding (""
        where the change is explained) and worked: whether a surfacing work was completed between the two.
    """
    cells = segments.drop_duplicates("cell")
    done = cell_works(cells, works) if len(works) else None
    kinds = [k for k in _WATCHED if k in segments]
    found = [_changes(_surveys(segments, kind, done, pd.Index(cells["cell"])), kind) for kind in kinds]
    return pd.concat(found or [pd.DataFrame(columns=_COLUMNS)], ignore_index=True)[_COLUMNS]


def _surveys(segments: pd.DataFrame, kind: str, done: pd.DataFrame | None, cells: pd.Index) -> pd.DataFrame:
    """Return cell, year, day, value and the works seen by then, one row a survey of the kind."""
    seen = segments[segments[kind].notna()]
    given = pd.DataFrame(seen[["cell", "year"]].assign(value=seen[kind], day=survey_day(seen, kind, undated=1.0)))
    given["works"] = _works_by(given, done, cells)
    return given.sort_values(["cell", "day"], ignore_index=True)


def _works_by(given: pd.DataFrame, done: pd.DataFrame | None, cells: pd.Index) -> NDArray[np.int64]:
    """Return how many surfacing works of its cell, and of cells before it, each row's day has seen."""
    if done is None:
        return np.zeros(len(given), dtype=np.int64)
    # works are sorted by cell and day, so one search counts them; the cells before cancel out in differences
    day = cells.get_indexer(given["cell"]) * _YEARS + given["day"].to_numpy(float)
    return np.searchsorted((done["cell"] * _YEARS + done["completed"]).to_numpy(float), day, side="right")


def _changes(seen: pd.DataFrame, kind: str) -> pd.DataFrame:
    before = seen.groupby("cell", sort=False)[["value", "year", "day", "works"]].shift()
    worked = seen["works"] > before["works"]
    change = seen["value"] - before["value"]
    better = change < -limit(f"improvement_{kind}")
    bad = seen["value"] > _left(kind) + limit(f"improvement_{kind}")
    finding = np.select([better & ~worked, worked & (change >= 0) & bad], [UNRECORDED, WITHOUT_EFFECT], default="")
    then = {"before": before["value"], "before_year": before["year"], "before_day": before["day"]}
    result = seen.assign(kind=kind, finding=finding, worked=worked, **then)
    return result[before["value"].notna()]


def _left(kind: str) -> float:
    """Return the worst level that a new surface is left with (``treatments.csv``), in the unit of the kind."""
    table = read_table("treatments")
    levels = table.loc[table["resets_age"] == "yes", f"reset_{kind}"]
    return float(pd.to_numeric(levels, errors="coerce").max())


def survey_coverage(segments: pd.DataFrame, *, cells: int) -> pd.DataFrame:
    """
    Return how much of the network each kind covers in each year.

    Parameters
    ----------
    segments
        The segment table.
    cells
        Number of cells of the network.

    Returns
    -------
    coverage
        year, kind, measured, estimated (also partial and unverified) and missing, shares of all cells. [-]
    """
    kinds = [k for k in measured_kinds() if f"{k}_quality" in segments]
    years = segments["year"]
    parts = []
    for kind in kinds:
        known = segments[kind].notna()
        firm = known & segments[f"{kind}_quality"].isin(["measured", "recorded"])
        counts = pd.DataFrame({"known": known, "measured": firm}).groupby(years).sum()
        parts.append(counts.assign(kind=kind).reset_index())
    table = pd.concat(parts, ignore_index=True)
    return pd.DataFrame(
        {
            "year": table["year"],
            "kind": table["kind"],
            "measured": table["measured"] / cells,
            "estimated": (table["known"] - table["measured"]) / cells,
            "missing": 1 - table["known"] / cells,
        }
    )


def survey_age(segments: pd.DataFrame, *, kind: str, year: int) -> pd.Series:
    """Return the years since each cell's last value of a kind, by cell [year]; missing where there is none."""
    seen = segments.loc[segments[kind].notna() & (segments["year"] <= year)]
    last = seen.groupby("cell")["year"].max()
    return (year - last).reindex(pd.Index(segments["cell"].unique(), name="cell")).rename("survey_age")
