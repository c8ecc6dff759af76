"""Quality of the segment table: unexplained changes, coverage by year, and the age of surveys."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pavement.measures.limits import limit
from pavement.schema import measures

_WATCHED = ("iri", "rut", "crack_percent")


def unexplained_changes(segments: pd.DataFrame) -> pd.DataFrame:
    """
    Return condition that got better without work on record (P9), or not better in spite of it (P10).

    Parameters
    ----------
    segments
        The segment table; columns cell, year, works and any of iri, rut, crack_percent. A survey is compared with the
        one before it, however many years lie between.

    Returns
    -------
    changes
        cell, year, kind, before, value (units of the kind), before_year, finding: ``unrecorded work or error`` or
        ``work without effect``. Neither pair should teach a model until it is settled.
    """
    found = [_changes(segments, kind) for kind in _WATCHED if kind in segments]
    columns = ["cell", "year", "kind", "before", "value", "before_year", "finding"]
    return pd.concat(found or [pd.DataFrame(columns=columns)], ignore_index=True)[columns]


def _changes(segments: pd.DataFrame, kind: str) -> pd.DataFrame:
    given = pd.DataFrame(segments[["cell", "year", "works", kind]]).dropna(subset=[kind])
    given = given.sort_values(["cell", "year"], ignore_index=True).rename(columns={kind: "value"})
    before = given.groupby("cell", sort=False)[["value", "year", "works"]].shift()
    worked = given["works"].fillna(0) > before["works"].fillna(0)
    change = given["value"] - before["value"]
    better = change < -limit(f"improvement_{kind}")
    finding = np.select(
        [better & ~worked, worked & (change >= 0)], ["unrecorded work or error", "work without effect"], default=""
    )
    result = given.assign(kind=kind, before=before["value"], before_year=before["year"], finding=finding)
    return result[before["value"].notna() & (finding != "")]


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
    kinds = [k for k in measures().index if f"{k}_quality" in segments]
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
