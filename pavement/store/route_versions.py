"""History measured under former versions of a route: of which runs it is, and its places of today (G10)."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pandas as pd
import sqlalchemy as sa

from pavement.network.crosswalk import carried
from pavement.network.overlay import gather
from pavement.schema import measures, schema
from pavement.settings import SETTINGS
from pavement.store.database import Store, reading
from pavement.store.tables import DESCRIBED, RUN

NETWORK = ("routes", "calibration", "chainage", "crosswalk", "overlaps", "lanes", "cells")
_KEYS = ["route", "direction"]


@dataclass(frozen=True)
class FormerVersions:
    """Routes of runs that are of another version now (run, route, direction, version), and how to carry places."""

    routes: pd.DataFrame
    crosswalk: pd.DataFrame
    current: pd.DataFrame


def is_placed(name: str) -> bool:
    """Return whether the rows of a table lie on routes, and are no network themselves."""
    columns = set(schema(name).index)
    return name not in NETWORK and {*_KEYS} <= columns and bool(columns & {"measure_m", "from_m"})


def former_versions(store: Store) -> FormerVersions | None:
    """Return what was measured under another version of its route than the one in force; None where nothing was."""
    routes = DESCRIBED["routes"]
    columns = [routes.c[c] for c in (*_KEYS, "version", "run")]
    with reading(store) as connection:
        of_run = sa.select(RUN.c.run, RUN.c.network).where(RUN.c.state == "published", RUN.c.network != "")
        placed = connection.execute(of_run).all()
        named = {network for _, text in placed for network in text.split()}
        in_force = sa.select(RUN.c.run).where(RUN.c.state == "published")
        current = connection.execute(sa.select(*columns).where(routes.c.run.in_(in_force))).all()
        if not named - {row.run for row in current}:
            return None
        former = connection.execute(sa.select(*columns).where(routes.c.run.in_(named))).all()
        walk = DESCRIBED["crosswalk"]
        steps = connection.execute(sa.select(walk).where(walk.c.run.in_(in_force))).mappings().all()
    now = pd.DataFrame(current, columns=[*_KEYS, "version", "run"])
    was = pd.DataFrame(former, columns=[*_KEYS, "version", "network"])
    pairs = pd.DataFrame([(r, n) for r, text in placed for n in text.split()], columns=["run", "network"])
    found = pairs.merge(was, on="network").drop(columns="network")
    alike = pd.MultiIndex.from_frame(found[[*_KEYS, "version"]]).isin(
        pd.MultiIndex.from_frame(now[[*_KEYS, "version"]])
    )
    crosswalk = pd.DataFrame(steps, columns=[c.name for c in walk.c]).drop(columns=["id", "run"])
    left = found[~alike].reset_index(drop=True)
    return FormerVersions(left, crosswalk, now) if len(left) else None


def at_places_of_today(rows: pd.DataFrame, former: FormerVersions) -> pd.DataFrame:
    """
    Return rows of a table that lie on routes, with ``run``, those of former versions at their places of today.

    A stretch that a crosswalk cuts comes in several pieces; what it carries nowhere is left out. Values that are sums
    over a stretch are shared among the pieces by length.
    """
    asked = rows[[*_KEYS, "run"]].astype("str").reset_index(names="at")
    old = asked.merge(former.routes, on=["run", *_KEYS]).set_index("at")
    if old.empty:
        return rows
    own = rows.loc[old.index]
    low = own["from_m"] if "from_m" in rows else own["measure_m"]
    high = own["to_m"] if "to_m" in rows else low + (own["length_m"] if "length_m" in rows else 0.0)
    places = old[[*_KEYS, "version"]].assign(from_m=low.astype(float), to_m=high.astype(float))
    pieces = carried(places, former.crosswalk, former.current)
    moved = rows.loc[pieces["row"]].reset_index(drop=True)
    moved = moved.assign(route=pieces["route"], direction=pieces["direction"])
    ends = {"from_m": "from_m", "to_m": "to_m"} if "from_m" in rows else {"measure_m": "from_m"}
    moved = moved.assign(**{target: pieces[source] for target, source in ends.items()})
    if {"kind", "value"} <= set(rows.columns):
        summed = moved["kind"].map(measures()["gather"]).eq("sum")
        moved = moved.assign(value=moved["value"].where(~summed, moved["value"] * pieces["share"]))
    order = pd.concat([rows.drop(index=old.index).reset_index(names="at"), moved.assign(at=pieces["row"])])
    return order.sort_values("at", kind="stable").drop(columns="at").reset_index(drop=True)


def cell_values_of_today(
    values: pd.DataFrame, events: pd.DataFrame, cells: pd.DataFrame, former: FormerVersions, store: Store
) -> pd.DataFrame:
    """
    Return values of cells, those of former versions gathered anew onto the cells of today.

    Parameters
    ----------
    values
        Table ``cell_values`` as published, with ``run``.
    events
        Table ``events`` at the places of today, with ``run``.
    cells
        Table ``cells`` of the network in force.
    former
        What is of former versions.
    """
    road = values["cell"].astype("str").str.split("-", n=2).str[:2].str.join("-")
    key = values["run"].astype("str") + " " + road
    stale = (
        former.routes["run"] + " " + former.routes["route"].str.lower() + "-" + former.routes["direction"].str.lower()
    )
    kept = values[~key.isin(set(stale))]
    runs = former.routes["run"].unique()
    share = _coverage_min(store, list(runs))
    parts = [kept]
    for run in runs:
        own = events[events["run"].astype("str") == run]
        found = gather(own, cells, coverage_min=share[run])
        # on a run's other routes nothing has moved: those values are there already
        known = set(kept.loc[kept["run"].astype("str") == run, "cell"].astype("str"))
        parts.append(found[~found["cell"].isin(known)].assign(run=run))
    return pd.concat([p for p in parts if len(p)] or [kept], ignore_index=True)


def _coverage_min(store: Store, runs: list[str]) -> dict[str, float]:
    """Return the setting ``coverage_min`` that each run was gathered with, the default where it does not say."""
    usual = next(float(s.default) for s in SETTINGS if s.name == "coverage_min")
    with reading(store) as connection:
        rows = connection.execute(sa.select(RUN.c.run, RUN.c.manifest).where(RUN.c.run.in_(runs))).all()
    return {run: float(json.loads(text).get("coverage_min", usual)) for run, text in rows}
