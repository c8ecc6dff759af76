"""Layers of cells on any day: as the last survey saw them, milled and paved since."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.condition.cell_history import cell_works, decimal_year
from pavement.condition.surveyed_layers import GROUPS, SURVEY, groups_seen, surveyed_layers
from pavement.measures.layers import structural_share

Floats = NDArray[np.float64]

COLUMNS = ["cell", "layer", "kind", "material", "group", "thickness_mm", "placed", "age", "source", "run", "sn"]
# thinner remains of a layer are none [mm]
_NOTHING = 1e-6


def layer_stacks(
    cells: pd.DataFrame, layers: pd.DataFrame, works: pd.DataFrame, *, on: pd.Series | pd.DatetimeIndex
) -> pd.DataFrame:
    """
    Return the layers of each cell on a day of its own, from the surface down.

    Parameters
    ----------
    cells, layers, works
        Tables of those names.
    on
        Day wanted of each cell; the end of a year for its stack after the works of that year.

    Returns
    -------
    stacks
        cell (position), layer (1 is the surface), kind, material, group, thickness_mm [mm], placed (decimal year, NaN
        where not on record), age on the day [year], source (``survey`` or ``work``), run, sn (its share of the
        structural number [-]). Each group of layers is that of the newest survey on or before the day that tells of it,
        else of the oldest after it. Works after the survey of the asphalt take what they milled from the top, through
        as many layers as it reaches, and lay what they paved. Cells without asphalt or concrete on record get no
        works: what they would lie on is not known.
    """
    day = decimal_year(pd.Series(pd.to_datetime(np.asarray(on))))
    surveyed = surveyed_layers(cells, layers)
    surveyed = surveyed[surveyed["group"].isin(GROUPS)]
    if surveyed.empty:
        return pd.DataFrame(columns=COLUMNS)
    stack, since = _as_surveyed(surveyed, day)
    done = cell_works(cells, works) if len(works) else pd.DataFrame(columns=["cell", "completed", "mill_mm", "pave_mm"])
    cell = done["cell"].to_numpy(int)
    # the day of the work itself counts, as half a day after it would
    late = (done["completed"].to_numpy(float) > since[cell]) & (done["completed"].to_numpy(float) <= day[cell] + 1e-9)
    stack = _worked(stack, done[late])
    stack = stack[stack["thickness_mm"] > _NOTHING].sort_values(["cell", "depth"], ignore_index=True)
    return stack.assign(
        layer=stack.groupby("cell").cumcount() + 1,
        age=day[stack["cell"].to_numpy(int)] - stack["placed"],
        sn=structural_share(stack),
    )[COLUMNS]


def stack_changes(cell: pd.DataFrame, layers: pd.DataFrame, works: pd.DataFrame, *, today: dt.date) -> pd.DataFrame:
    """
    Return the stacks of one cell at the end of each year in which a survey saw or a work changed them, and today.

    Parameters
    ----------
    cell
        Row of the table ``cells``.
    layers, works
        Tables of those names.
    today
        Last day told.

    Returns
    -------
    stacks
        As of :func:`layer_stacks`, with ``on``: the day of each stack, in order.
    """
    surveyed = surveyed_layers(cell, layers)
    if surveyed.empty:
        return pd.DataFrame(columns=[*COLUMNS, "on"])
    seen = surveyed["survey"]
    changed = {*seen[seen > 0]}
    if len(works):
        done = cell_works(cell, works)
        moved = done[(done["mill_mm"] > 0) | (done["pave_mm"] > 0)]["completed"].astype(int)
        changed |= {*moved[moved > seen.min()]}
    days = [dt.date(int(year), 12, 31) for year in sorted(changed) if year < today.year]
    parts = [layer_stacks(cell, layers, works, on=pd.DatetimeIndex([day])).assign(on=day) for day in [*days, today]]
    return pd.concat(parts, ignore_index=True)


def _as_surveyed(surveyed: pd.DataFrame, day: Floats) -> tuple[pd.DataFrame, Floats]:
    """Return the layers as the surveys that hold on the day saw them, and the day of each cell's survey of asphalt."""
    held = surveyed.groupby(SURVEY)["day"].max()
    seen = groups_seen(surveyed).assign(day=held).reset_index()
    own = day[seen["cell"].to_numpy(int)]
    # the newest on or before the day is best, then the oldest after it
    seen["rank"] = np.where(seen["day"] <= own, own - seen["day"], 1e6 + seen["day"] - own)
    since = np.full(len(day), np.inf)
    parts = []
    for group in GROUPS:
        best = seen[seen[group]].sort_values("rank", kind="stable").drop_duplicates("cell")
        parts.append(surveyed[surveyed["group"] == group].merge(best[SURVEY], on=SURVEY))
        if group == "asphalt":
            since[best["cell"].to_numpy(int)] = best["day"].to_numpy(float)
    chosen = pd.concat(parts).assign(part=lambda f: f["thickness_mm"] * f["weight"])
    # of records that share a layer of a cell the longest names it
    chosen = chosen.sort_values(["cell", "survey", "layer", "length"], ascending=[True, True, True, False])
    keys = ["cell", "survey", "layer"]
    first = chosen.drop_duplicates(keys).set_index(keys)
    stack = first.assign(thickness_mm=chosen.groupby(keys)["part"].sum()).reset_index()
    # layers of a newer survey lie above those that only an older one saw
    order = stack.sort_values(["cell", "survey", "layer"], ascending=[True, False, True])
    depth = order.groupby("cell").cumcount().astype(float)
    return order.assign(depth=depth, source="survey").reset_index(drop=True), since


def _worked(stack: pd.DataFrame, works: pd.DataFrame) -> pd.DataFrame:
    """Return stacks after works, sorted by cell and day, one after the other: as many steps as a cell has works."""
    nth = works.groupby("cell").cumcount()
    known = set(stack["cell"])
    for step in range(int(nth.max()) + 1 if len(works) else 0):
        now = works[(nth == step) & works["cell"].isin(known)]
        stack = _milled(stack, now.set_index("cell")["mill_mm"])
        laid = now[now["pave_mm"] > 0]
        new = pd.DataFrame(
            {
                "cell": laid["cell"].astype(int),
                "kind": "asphalt",
                "material": laid["material"],
                "group": "asphalt",
                "thickness_mm": laid["pave_mm"].astype(float),
                "placed": laid["completed"].astype(float),
                "run": laid["run"],
                "depth": -float(step + 1),
                "source": "work",
            }
        )
        stack = pd.concat([stack, new], ignore_index=True) if len(new) else stack
    return stack


def _milled(stack: pd.DataFrame, depth: pd.Series) -> pd.DataFrame:
    """Return stacks from whose top `depth` [mm] by cell is taken."""
    order = stack.sort_values(["cell", "depth"], ignore_index=True)
    above = order.groupby("cell")["thickness_mm"].cumsum() - order["thickness_mm"]
    taken = order["cell"].map(depth).fillna(0.0).astype(float) - above
    left = order["thickness_mm"] - np.clip(taken, 0.0, order["thickness_mm"])
    return order.assign(thickness_mm=left)


def stack_sums(stacks: pd.DataFrame, count: int) -> pd.DataFrame:
    """
    Return thickness_mm of all layers, asphalt_mm, concrete_mm, base_mm [mm] and sn [-] of each of `count` cells.

    Cells without a stack are missing; base_mm and the sum are missing where no survey names a base.
    """
    thick = stacks.pivot_table(index="cell", columns="group", values="thickness_mm", aggfunc="sum", observed=True)
    thick = thick.reindex(index=range(count), columns=list(GROUPS))
    known = thick.notna().any(axis=1)
    sums = pd.DataFrame({f"{g}_mm": thick[g].where(~known, thick[g].fillna(0.0)) for g in GROUPS})
    based = thick["base"].notna() | (thick["concrete"] > 0)
    return sums.assign(
        base_mm=sums["base_mm"].where(based),
        thickness_mm=sums.sum(axis=1).where(based),
        sn=stacks.groupby("cell")["sn"].sum().reindex(range(count)),
    )
