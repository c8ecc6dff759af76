"""A run against what is known already: repeat runs, reference sections, and the survey before."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pavement.condition.joins import overlaps
from pavement.condition.quality import UNRECORDED, WITHOUT_EFFECT, survey_changes
from pavement.condition.run_sensors import COLUMNS
from pavement.measures.limits import limit

# of a normal distribution, 95 % lie within this many standard deviations
_COVER = 1.96


def repeat_checks(values: pd.DataFrame, earlier: pd.DataFrame) -> pd.DataFrame:
    """
    Return how far a run agrees with other runs over the same cells within ``repeat_days``.

    Parameters
    ----------
    values, earlier
        Rows of ``cell_values`` of the run, and of other surveys in force.

    Returns
    -------
    checks
        ``repeat_bias``, the size of the mean difference, and ``repeatability``, in the unit of the kind: the distance
        within which 95 % of the differences of two runs lie, r = 1.96 sqrt(2) s_r with s_r the standard deviation of
        one run, that of the differences over sqrt(2).

    References
    ----------
    ISO 5725-6:1994, 4.1.4 (from memory).
    """
    pairs = _pairs(values, earlier)
    near = (pairs["surveyed_on"] - pairs["surveyed_on_other"]).abs() <= pd.Timedelta(days=limit("repeat_days"))
    found = _differences(pairs[near])
    bias = found.assign(check="repeat_bias", value=found["mean"].abs())
    spread = found[found["count"] > 1].assign(check="repeatability", value=lambda f: _COVER * f["std"])
    return pd.concat([bias, spread], ignore_index=True)[COLUMNS]


def _pairs(values: pd.DataFrame, others: pd.DataFrame) -> pd.DataFrame:
    columns = ["cell", "kind", "value", "surveyed_on"]
    pairs = values[columns].merge(others[columns], on=["cell", "kind"], suffixes=("", "_other"))
    days = {c: pd.to_datetime(pairs[c]) for c in ("surveyed_on", "surveyed_on_other")}
    return pairs.assign(**days, difference=pairs["value"] - pairs["value_other"])


def _differences(pairs: pd.DataFrame) -> pd.DataFrame:
    return pairs.groupby("kind", as_index=False, observed=True)["difference"].agg(["mean", "std", "count"])


def reference_checks(values: pd.DataFrame, cells: pd.DataFrame, references: pd.DataFrame) -> pd.DataFrame:
    """
    Return the largest deviation of a run from the known value of a reference section, in the unit of each kind.

    Parameters
    ----------
    values, cells
        Rows of ``cell_values`` of the run; the network's cells.
    references
        Table ``references``; a value counts for surveys from its first to its last day, and where at least half of the
        section is covered.
    """
    found = reference_deviations(values, cells, references)
    if found.empty:
        return pd.DataFrame(columns=COLUMNS)
    worst = found.assign(value=found["deviation"].abs()).groupby("kind", as_index=False, observed=True)
    return worst.agg(value=("value", "max"), count=("value", "size")).assign(check="reference")[COLUMNS]


def reference_deviations(values: pd.DataFrame, cells: pd.DataFrame, references: pd.DataFrame) -> pd.DataFrame:
    """Return reference, kind, known, measured (mean by length) and deviation of each section that a run covers."""
    columns = ["reference", "kind", "known", "measured", "deviation"]
    if references.empty or values.empty:
        return pd.DataFrame(columns=columns)
    at = references.reset_index(drop=True)
    own = cells[cells["cell"].isin(values["cell"])].reset_index(drop=True)
    joined = overlaps(at, own)
    met = at.loc[joined["stretch"], ["reference", "kind", "value", "valid_from", "valid_to", "from_m", "to_m"]]
    met = met.rename(columns={"value": "known"}).reset_index(drop=True)
    met = met.assign(cell=own["cell"].to_numpy()[joined["cell"]], length=joined["length"].to_numpy())
    both = met.merge(values[["cell", "kind", "value", "surveyed_on"]], on=["cell", "kind"])
    day = pd.to_datetime(both["surveyed_on"])
    begun, ended = pd.to_datetime(both["valid_from"]), pd.to_datetime(both["valid_to"])
    both = both[(begun.isna() | (day >= begun)) & (ended.isna() | (day <= ended))]
    sums = both.assign(sum=both["value"] * both["length"], size=both["to_m"] - both["from_m"])
    keys = ["reference", "kind"]
    found = sums.groupby(keys, as_index=False, observed=True).agg(
        known=("known", "first"), sum=("sum", "sum"), length=("length", "sum"), size=("size", "first")
    )
    found = found[found["length"] >= limit("work_share") * found["size"]]
    measured = found["sum"] / found["length"]
    return found.assign(measured=measured, deviation=measured - found["known"])[columns].reset_index(drop=True)


def change_checks(
    values: pd.DataFrame, earlier: pd.DataFrame, cells: pd.DataFrame, works: pd.DataFrame
) -> pd.DataFrame:
    """
    Return how a run differs from the survey before it.

    Returns
    -------
    checks
        Shares of cells that are ``better`` without work on record (P9) and ``idle``, no better in spite of one (P10)
        [-]; size of the median change without work, the ``shift`` of the whole run, over at most ``shift_years``
        [unit].
    """
    known = set(earlier["kind"])
    frames = [_with_before(values, earlier, kind, cells) for kind in values["kind"].unique() if kind in known]
    changes = [survey_changes(f, works) for f in frames if f["cell"].duplicated().any()]
    if not changes:
        return pd.DataFrame(columns=COLUMNS)
    found = pd.concat(changes, ignore_index=True)
    worked = found["worked"].astype(bool)
    near = ~worked & (found["year"] - found["before_year"] <= limit("shift_years"))
    parts = [
        _share(found[~worked], "better", UNRECORDED),
        _share(found[worked], "idle", WITHOUT_EFFECT),
        _shift(found[near]),
    ]
    return pd.concat([p for p in parts if len(p)] or [pd.DataFrame(columns=COLUMNS)], ignore_index=True)[COLUMNS]


def _with_before(values: pd.DataFrame, earlier: pd.DataFrame, kind: str, cells: pd.DataFrame) -> pd.DataFrame:
    """Return the run's cells of a kind with their value and the last one of an earlier year, as a segment table."""
    own = values[values["kind"] == kind]
    past = earlier[(earlier["kind"] == kind) & earlier["cell"].isin(own["cell"])]
    first = past["cell"].map(own.groupby("cell")["year"].min())
    past = past[past["year"] < first].sort_values(["year", "coverage", "surveyed_on"], kind="stable")
    rows = pd.concat([past.drop_duplicates("cell", keep="last"), own], ignore_index=True)
    shown = rows[["cell", "year", "surveyed_on"]].assign(**{kind: rows["value"].astype(float)})
    return shown.merge(pd.DataFrame(cells.drop(columns="geometry", errors="ignore")), on="cell")


def _share(changes: pd.DataFrame, check: str, finding: str) -> pd.DataFrame:
    found = (
        changes.assign(odd=changes["finding"] == finding).groupby("kind", observed=True)["odd"].agg(["mean", "size"])
    )
    return pd.DataFrame(
        {"check": check, "kind": found.index, "value": found["mean"].to_numpy(), "count": found["size"].to_numpy()}
    )


def _shift(changes: pd.DataFrame) -> pd.DataFrame:
    change = changes.assign(change=(changes["value"] - changes["before"]).astype(float))
    found = change.groupby("kind", observed=True)["change"].agg(["median", "size"])
    size = np.abs(found["median"].to_numpy(float))
    return pd.DataFrame({"check": "shift", "kind": found.index, "value": size, "count": found["size"].to_numpy()})
