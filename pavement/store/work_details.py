"""Details of the works of a plan, gathered from all that the store knows of their places."""

from __future__ import annotations

import pandas as pd

from pavement.condition.distress_life import REPAIRED
from pavement.condition.latest_values import latest_values
from pavement.planning.confidence import confidence, evidence
from pavement.planning.economics import parameters
from pavement.planning.work_condition import KINDS, cells_of_works, condition_now, condition_then, later_works
from pavement.planning.work_quantities import work_quantities
from pavement.schema import schema
from pavement.store import catalogues, forecasts, plans, published, reports, segments
from pavement.store.database import Store

_COUNTED = ("crack_length", "pothole_area")
_WAY = ["route", "direction"]
# frame of a plan that says how often its works stay in draws of the forecast
STABILITY = "stability"
_STAYS = ["draws", "stays", "stays_near", "stays_unit"]


def work_details(store: Store, plan: plans.SavedPlan, actions: pd.DataFrame) -> pd.DataFrame:
    """
    Return table ``work_details`` of works, in their order.

    Parameters
    ----------
    plan
        The plan, whose forecast counts and not a newer one.
    actions
        Its works, or some of them.
    """
    whole = plans.frame(store, plan, "actions")
    works = with_order(actions.reset_index(drop=True), whole)
    cells = segments.cells(store)
    own = cells_of_works(works, cells)
    ahead = _ahead(store, plan, works)
    table = segments.segment_table(store)
    values = latest_values(table, published.table(store, "works"), kinds=[*KINDS, *_COUNTED])
    now = condition_now(own, values.reindex(columns=[*KINDS, *_COUNTED]), count=len(works))
    first = int(whole["year"].min()) if len(whole) else 0
    frame = pd.concat(
        [
            works[["unit", "year"]],
            (works["to_m"] - works["from_m"]).rename("length_m"),
            work_quantities(works, now, catalogues.of_plan(store, plan).treatments),
            now[list(KINDS)].add_suffix("_now"),
            condition_then(own, works, ahead),
            confidence(evidence(own, works, ahead, _surveys(table), planned=first)),
            stays(store, plan, works),
        ],
        axis=1,
    )
    return frame.assign(photos=_photos(store, works), reports=_reports(store, works))[
        list(schema("work_details").index)
    ]


def stays(store: Store, plan: plans.SavedPlan, works: pd.DataFrame) -> pd.DataFrame:
    """Return in how many draws of the forecast each work stays in the plan; missing where nobody asked for it."""
    if STABILITY not in plan.objects:
        return pd.DataFrame({name: pd.array([pd.NA] * len(works), dtype="Int64") for name in _STAYS})
    known = plans.frame(store, plan, STABILITY)
    keys = ["unit", "year", "treatment"]
    return works[keys].merge(known, on=keys, how="left")[_STAYS].astype("Int64")


def with_order(works: pd.DataFrame, whole: pd.DataFrame) -> pd.DataFrame:
    """Return works with ``later``: whether an earlier one of all works of the plan comes first on their unit."""
    known = whole[["unit", "year"]].assign(later=later_works(whole))
    return works.merge(known, on=["unit", "year"], how="left").astype({"later": bool})


def _ahead(store: Store, plan: plans.SavedPlan, works: pd.DataFrame) -> pd.DataFrame:
    if plan.forecast_set is None or works.empty:
        return pd.DataFrame(columns=list(schema("forecasts").index))
    return forecasts.until(store, forecasts.named(store, plan.forecast_set), year=int(works["year"].max()))


def _surveys(table: pd.DataFrame) -> pd.DataFrame:
    """Return by cell the oldest of the newest surveys of the kinds shown, and the least coverage of them."""
    found = []
    for kind in [k for k in KINDS if k in table]:
        held = table[table[kind].notna()].sort_values("year").drop_duplicates("cell", keep="last").set_index("cell")
        coverage = held[f"{kind}_coverage"].astype(float) if f"{kind}_coverage" in held else 1.0
        found.append(pd.DataFrame({"year": held["year"].astype(float), "coverage": coverage}))
    if not found:
        return pd.DataFrame({"year": pd.Series(dtype=float), "coverage": pd.Series(dtype=float)})
    return pd.concat(found).groupby(level=0).min()


def _photos(store: Store, works: pd.DataFrame) -> pd.Series:
    """Return the names of some frames of the newest survey of each place, spread along it."""
    columns = ["frame", *_WAY, "lane", "measure_m", "taken_at", "usable"]
    frames = published.table(store, "frames", columns=columns)
    frames = frames[frames["usable"].eq(True)].astype({"frame": "str"})
    rows = _within(works, frames, lane=True)
    if rows.empty:
        return pd.Series("", index=works.index)
    year = rows["taken_at"].dt.year
    rows = rows[year == year.groupby(rows["work"]).transform("max")].sort_values(["work", "measure_m", "frame"])
    by = rows.groupby("work")
    place, size = by.cumcount(), by["frame"].transform("size")
    # every size/most-th, so that they spread over the length
    most = int(parameters()["work_photos"])
    chosen = rows[(place * most) // size != ((place - 1) * most) // size]
    return chosen.groupby("work")["frame"].agg(" ".join).reindex(works.index, fill_value="")


def _reports(store: Store, works: pd.DataFrame) -> pd.Series:
    """Return the records of distress on each place that nobody has repaired."""
    rows = open_reports(store, works)
    if rows.empty:
        return pd.Series("", index=works.index)
    return rows.groupby("work")["record"].agg(" ".join).reindex(works.index, fill_value="")


def open_reports(store: Store, works: pd.DataFrame) -> pd.DataFrame:
    """Return the reports of distress within works that nobody has repaired, with ``work``, the position of the work."""
    known = reports.reports(store)
    return _within(works, known[known["state"] != REPAIRED], lane=False)


def _within(works: pd.DataFrame, points: pd.DataFrame, *, lane: bool) -> pd.DataFrame:
    """Return points that lie in works with ``work``, the position of each; points without a lane lie in all."""
    places = works[[*_WAY, "lane", "from_m", "to_m"]].astype({"lane": "str"}).assign(work=works.index)
    rows = pd.DataFrame(points).rename(columns={"lane": "own_lane"}).merge(places, on=_WAY)
    inside = (rows["measure_m"] >= rows["from_m"]) & (rows["measure_m"] < rows["to_m"])
    own = rows["own_lane"].fillna("").astype("str")
    same = own.eq(rows["lane"]) if lane else own.isin([""]) | own.eq(rows["lane"])
    return rows[inside & same].reset_index(drop=True)
