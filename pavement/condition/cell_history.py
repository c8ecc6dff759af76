"""History of cells by year: surface age, works to date and loads since the last surfacing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.condition.carried_traffic import once_each, rate_words
from pavement.condition.cell_traffic import CellTraffic
from pavement.condition.joins import Labels, long_values, overlaps, source_runs, stacked
from pavement.measures.limits import limit
from pavement.measures.traffic_growth import years_before
from pavement.schema import read_table

Floats = NDArray[np.float64]

CONSTRUCTION = "construction"


def surfacing_works() -> set[str]:
    """Return the works that lay a new surface: construction, and the treatments that reset the age."""
    table = read_table("treatments")
    return {CONSTRUCTION, *table.loc[table["resets_age"] == "yes", "treatment"]}


def decimal_year(dates: pd.Series) -> Floats:
    """Return dates as decimal years [year], right to the day in leap years too (D7)."""
    days = np.where(dates.dt.is_leap_year, 366.0, 365.0)
    return (dates.dt.year + (dates.dt.day_of_year - 1) / days).to_numpy(float)


def cell_works(cells: pd.DataFrame, works: pd.DataFrame) -> pd.DataFrame:
    """
    Return the surfacing works of cells, one row a cell and day.

    Parameters
    ----------
    cells, works
        Tables of those names; works with an empty lane count for every lane, works without a day for none.

    Returns
    -------
    works
        cell (position), completed (decimal year), laid (whether it was construction), treatment, run, material (kind
        and material as recorded), mill_mm, pave_mm (asphalt milled and paved), net_mm (their difference); sorted by
        cell and day.
        Works that cover under ``work_share`` of a cell are left out.
    """
    surfacing = works[works["treatment"].isin(surfacing_works()) & works["completed_on"].notna()]
    joined = overlaps(surfacing, cells)
    rows = surfacing.iloc[joined["stretch"].to_numpy()].reset_index(drop=True)
    size = (cells["to_m"] - cells["from_m"]).to_numpy(float)
    work = pd.DataFrame(
        {
            "cell": joined["cell"],
            "completed": decimal_year(pd.to_datetime(rows["completed_on"])),
            "share": joined["length"] / size[joined["cell"].to_numpy()],
            "laid": rows["treatment"] == CONSTRUCTION,
            "treatment": rows["treatment"].to_numpy(),
            "run": source_runs(rows).to_numpy(),
            "material": mix(rows).to_numpy(),
        }
    ).join(_asphalt_moved(rows))
    # one job is often recorded as several layers or adjoining stretches of one day
    days = work.groupby(["cell", "completed"], as_index=False).agg(
        share=("share", "sum"),
        laid=("laid", "all"),
        **{name: (name, "last") for name in ("treatment", "run", "material", "mill_mm", "pave_mm", "net_mm")},
    )
    return days[days["share"] >= limit("work_share")].drop(columns="share").reset_index(drop=True)


def mix(works: pd.DataFrame) -> pd.Series:
    """Return kind and material of works as one text, the material alone where it begins with the kind."""
    said = works.reindex(columns=["kind", "material"]).astype(object).fillna("").astype(str)
    pairs = zip(said["kind"], said["material"], strict=True)
    texts = [material if material.startswith(kind) else f"{kind} {material}".strip() for kind, material in pairs]
    return pd.Series(texts, index=works.index, dtype=object)


def _asphalt_moved(works: pd.DataFrame) -> pd.DataFrame:
    """
    Return the asphalt that each work milled, paved and so adds [mm], 0 where the treatment table does not say.

    The recorded thickness is what was paved; as much less was milled as the treatment mills less than it paves.
    Construction adds nothing: the layers on record are what it built.
    """
    table = read_table("treatments").set_index("treatment")
    mill, pave = (works["treatment"].map(table[c]).astype(float).fillna(0.0) for c in ("mill_mm", "pave_mm"))
    recorded = works["thickness_mm"].astype(float) if "thickness_mm" in works else pd.Series(np.nan, index=works.index)
    paved = recorded.fillna(pave).where(pave > 0, 0.0)
    # an inlay of another depth than the table's is milled as deep as it is paved
    net = (pave - mill).where(recorded.isna() | (mill > 0), recorded).where(pave > 0, 0.0)
    return pd.DataFrame({"mill_mm": (paved - net).clip(lower=0.0), "pave_mm": paved, "net_mm": net})


def history_values(
    cells: pd.DataFrame, works: pd.DataFrame, years: Sequence[int], *, traffic: CellTraffic | None
) -> pd.DataFrame:
    """
    Return age [year], works and esal_since_work of cells in long form, each at the end of the year.

    A cell without surfacing on record has no age. Its count of works is 0 where its direction has works on record at
    all, else missing. Construction starts the age but is no work to date.
    """
    found = cell_works(cells, works)
    last, number = _at_year_ends(found, len(cells), years)
    # one more row without a day stands for "no work"
    completed = np.append(found["completed"].to_numpy(float), np.nan)[last]
    ways = pd.MultiIndex.from_frame(works[["route", "direction"]])
    on_record = pd.MultiIndex.from_frame(cells[["route", "direction"]]).isin(ways)
    number = np.where(on_record[:, None], number, np.nan)
    # a count of 0 rests on the works table as a whole: its last run stands for it
    codes, names = pd.factorize(pd.concat([found["run"], source_runs(works).tail(1)]))
    run = Labels(codes[last], names.astype(str).tolist())
    ends = np.asarray(years, dtype=float) + 1
    whole = np.ones((1, 1))
    parts = [
        long_values(
            cells, years, "age", ends - completed, coverage=whole, quality="recorded", run=run, method="work records"
        ),
        long_values(cells, years, "works", number, coverage=whole, quality="recorded", run=run, method="work records"),
    ]
    if traffic is not None:
        parts.append(_loads_since(cells, completed, years, traffic=traffic))
    return stacked(parts)


def _at_year_ends(found: pd.DataFrame, count: int, years: Sequence[int]) -> tuple[NDArray[np.int64], Floats]:
    """Return the row of the last work of each cell by the end of each year (-1: none), and how many were repairs."""
    last, number = np.full((count, len(years)), -1), np.zeros((count, len(years)))
    cell, completed = found["cell"].to_numpy(), found["completed"].to_numpy()
    repair = (~found["laid"].astype(bool)).to_numpy(float)
    for column, year in enumerate(years):
        done = completed < year + 1
        # rows are sorted by day, so the newest of a cell is written last and stays
        last[cell[done], column] = np.flatnonzero(done)
        number[:, column] = np.bincount(cell[done], weights=repair[done], minlength=count)
    return last, number


def _loads_since(cells: pd.DataFrame, completed: Floats, years: Sequence[int], *, traffic: CellTraffic) -> pd.DataFrame:
    """Return axle loads from completion to the end of each year; those of years without a count are carried."""
    first = traffic.years[0]
    passed = np.concatenate([np.zeros((len(cells), 1)), np.cumsum(traffic.esal, axis=1)], axis=1)
    place = np.clip(completed - first, 0, None)
    whole = np.where(np.isfinite(place), place, 0).astype(int)
    rows = np.arange(len(cells))[:, None]
    at_work = passed[rows, whole] + (place - whole) * traffic.esal[rows, np.minimum(whole, len(traffic.years) - 1)]
    rate, allowed = traffic.growth.heavy[:, None], limit("growth_carry_max") + np.minimum(traffic.steps[:, :1], 0)
    before = years_before(first - completed, rate, allowed=allowed) * traffic.esal[:, :1]
    take = np.asarray(years) - first
    since = passed[:, take + 1] - at_work + before
    run = Labels(traffic.run.codes[:, take], traffic.run.names)
    carried = np.concatenate([np.zeros((len(cells), 1)), np.cumsum(traffic.steps != 0, axis=1)], axis=1)
    lacking = carried[:, take + 1] - carried[rows, whole] + np.ceil(np.clip(first - completed, 0, None))
    method = _sum_words(np.nan_to_num(lacking).astype(int), traffic)
    coverage = traffic.coverage[:, take]
    return long_values(
        cells, years, "esal_since_work", since, coverage=coverage, quality="estimated", run=run, method=method
    )


def _sum_words(lacking: NDArray[np.int64], traffic: CellTraffic) -> Labels:
    """Return what is said of sums of loads in which so many years were carried."""
    rate, said = rate_words(traffic.growth)
    key = lacking * len(said) + np.where(lacking > 0, rate[:, None], 0)
    found, codes = np.unique(key, return_inverse=True)
    whole = "sum of ESAL from the work record to the end of the year, truck factors to confirm"
    numbers = [divmod(k, len(said)) for k in found.tolist()]
    names = [f"{whole}; {n} of its years carried at {said[r][1]}" if n else whole for n, r in numbers]
    return once_each(codes.reshape(lacking.shape).astype(np.int32), names)
