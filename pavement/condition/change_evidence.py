"""What speaks for work in a change that no record explains: noise, other measures, neighbours, the next survey (P9)."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from pavement.condition.cell_history import decimal_year, surfacing_works
from pavement.condition.joins import overlaps
from pavement.condition.quality import UNRECORDED, survey_changes
from pavement.schema import read_table

_LANE = ["route", "direction", "lane"]
_SAME = ["kind", "year", "before_year", "finding"]
# cells nearer than this are neighbours [m]
_TOUCH = 1e-3
LASTS, GONE, UNSEEN = "lasts", "gone", "not seen again"


@cache
def evidence_limit(name: str) -> float:
    """Return one number of ``unexplained_limits.csv``."""
    return float(read_table("unexplained_limits").set_index("name").loc[name, "value"])


def change_evidence(segments: pd.DataFrame, works: pd.DataFrame) -> pd.DataFrame:
    """
    Return the changes that no record explains, with what speaks for work.

    Parameters
    ----------
    segments, works
        As of :func:`pavement.condition.quality.unexplained_changes`.

    Returns
    -------
    changes
        Rows of :func:`pavement.condition.quality.unexplained_changes` with route, direction, lane, from_m, to_m [m] and
        ``beyond_noise``; ``others``, whether another measure of the cell changed alike between the same years;
        ``stretch`` (number) and ``stretch_cells``, the neighbouring cells that changed alike; ``later``:
        :data:`LASTS`, :data:`GONE` (the next survey takes half of it back) or :data:`UNSEEN`; ``likely``, whether
        enough of these speak for work (always for work without effect); ``work``, ``moved_to``: a work on record that
        would explain the change were it dated a year earlier or later, and that day.
    """
    every = survey_changes(segments, works)
    found = every[every["finding"] != ""].drop(columns="worked").reset_index(drop=True)
    places = segments.drop_duplicates("cell")[["cell", *_LANE, "from_m", "to_m"]]
    found = found.merge(pd.DataFrame(places), on="cell", how="left").sort_values([*_LANE, *_SAME, "from_m"])
    found = _stretches(found.reset_index(drop=True))
    fell = found["finding"] == UNRECORDED
    noise = found["kind"].map({k: evidence_limit(f"noise_{k}") for k in found["kind"].unique()}).astype(float)
    kinds = found.groupby(["cell", "year", "finding"])["kind"].transform("size")
    found = found.assign(
        beyond_noise=found["before"] - found["value"] > noise, others=kinds > 1, later=_later(found, every)
    )
    signs = [found["beyond_noise"], found["others"], found["stretch_cells"] >= evidence_limit("stretch_cells")]
    count = sum((sign.astype(int) for sign in signs), (found["later"] == LASTS).astype(int))
    lasting = found["later"] != GONE
    found["likely"] = ~fell | (lasting & (count >= evidence_limit("evidence")))
    return found.join(_moved(found, segments, works))


def _stretches(found: pd.DataFrame) -> pd.DataFrame:
    """Return the changes with the number and size of the stretch of neighbouring cells that changed alike."""
    keys = found[[*_LANE, *_SAME]]
    apart = keys.ne(keys.shift()).any(axis=1) | (found["from_m"] - found["to_m"].shift()).abs().gt(_TOUCH)
    stretch = apart.cumsum()
    return found.assign(stretch=stretch, stretch_cells=stretch.groupby(stretch).transform("size"))


def _later(found: pd.DataFrame, every: pd.DataFrame) -> pd.Series:
    """Return whether the next survey of the same kind bears a fall out."""
    following = every[["cell", "kind", "before_year", "value", "worked"]]
    following = following.rename(columns={"before_year": "year", "value": "_next", "worked": "_worked"})
    joined = found.merge(following, on=["cell", "kind", "year"], how="left")
    seen = joined["_next"].notna() & ~joined["_worked"].eq(True)
    back = joined["_next"] - joined["value"] > (joined["before"] - joined["value"]) / 2
    said = np.select([~seen | (joined["finding"] != UNRECORDED), back], [UNSEEN, GONE], default=LASTS)
    return pd.Series(said, index=found.index)


def _moved(found: pd.DataFrame, segments: pd.DataFrame, works: pd.DataFrame) -> pd.DataFrame:
    """Return the work on record that explains each fall when dated some years off, and the day it would have."""
    empty = pd.DataFrame({"work": "", "moved_to": pd.NaT}, index=found.index)
    if found.empty or works.empty or "work" not in works:
        return empty
    surfacing = works[works["treatment"].isin(surfacing_works()) & works["completed_on"].notna()].reset_index(drop=True)
    cells = segments.drop_duplicates("cell").reset_index(drop=True)
    joined = overlaps(surfacing, cells)
    days = pd.to_datetime(surfacing["completed_on"]).iloc[joined["stretch"].to_numpy()].reset_index(drop=True)
    at = pd.DataFrame(
        {
            "cell": cells["cell"].to_numpy()[joined["cell"].to_numpy()],
            "work": surfacing["work"].to_numpy()[joined["stretch"].to_numpy()],
            "day_of_work": days,
        }
    )
    years = int(evidence_limit("shift_years"))
    shifts = [s for s in range(-years, years + 1) if s]
    tried = pd.concat([at.assign(moved_to=at["day_of_work"] + pd.DateOffset(years=s)) for s in shifts])
    fell = found.loc[found["finding"] == UNRECORDED, ["cell", "before_day", "day"]].rename_axis("row").reset_index()
    fits = fell.merge(tried, on="cell")
    moved = decimal_year(fits["moved_to"])
    fits = fits[(moved > fits["before_day"]) & (moved <= fits["day"])].drop_duplicates("row").set_index("row")
    told = fits[["work", "moved_to"]].reindex(found.index)
    return empty.assign(work=told["work"].fillna(""), moved_to=pd.to_datetime(told["moved_to"]))


def fall_rates(segments: pd.DataFrame, works: pd.DataFrame) -> pd.DataFrame:
    """
    Return how often condition falls without work on record, here and in histories elsewhere.

    Returns
    -------
    rates
        kind, fall [unit of the kind], surveys and share (of pairs of consecutive surveys without work between, here),
        elsewhere and elsewhere_surveys (``unexplained_rates.csv``), source.
    """
    every = survey_changes(segments, works)
    calm = every[~every["worked"].astype(bool)]
    rows = []
    for row in read_table("unexplained_rates").to_dict("records"):
        own = calm[calm["kind"] == row["kind"]]
        fell = (own["before"] - own["value"] > row["fall"]).mean() if len(own) else float("nan")
        told = {"elsewhere": row["share"], "elsewhere_surveys": int(row["surveys"]), "source": row["source"]}
        rows.append({"kind": row["kind"], "fall": row["fall"], "surveys": len(own), "share": float(fell)} | told)
    return pd.DataFrame(rows)
