"""The watch over the forecasts of a store: what was forecast against what was found, drift, alarms for the audit."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pandas as pd

from models.drift import drift, new_family
from models.live import live_models
from models.monitor import ALL, FEW, found_again, monitor
from models.panel import last_states
from models.published_panel import published_panel
from models.targets import TARGETS
from pavement.condition.cell_history import cell_works
from pavement.schema import read_table
from pavement.settings import Settings
from pavement.store import audit, forecasts, published, registry, runs
from pavement.store.database import Store, writing

ALARM = "alarm"
ALARMS = ("kind", "alarm", "what", "value", "limit")


@dataclass(frozen=True)
class Watched:
    """
    What the monitor sees.

    Attributes
    ----------
    monitor, drift
        See :func:`models.monitor.monitor` and, a column `kind` before it, :func:`models.drift.drift`.
    alarms
        kind, alarm (``alarms.csv``), what (feature; empty for the forecast itself), value and limit.
    data_version
        Of the data it looked at.
    """

    monitor: pd.DataFrame
    drift: pd.DataFrame
    alarms: pd.DataFrame
    data_version: int


def watch(
    store: Store, *, settings: Settings, panel: pd.DataFrame | None = None, states: pd.DataFrame | None = None
) -> Watched:
    """
    Hold every kept forecast against the surveys since, and the network now against that of each model's training.

    Parameters
    ----------
    panel, states
        From :func:`models.published_panel.published_panel` and of its last surveys; read from the store when not given.
    """
    version = runs.data_version(store)
    panel = published_panel(store) if panel is None else panel
    if panel.empty:
        return Watched(pd.DataFrame(), pd.DataFrame(), pd.DataFrame(columns=list(ALARMS)), version)
    states = last_states(panel) if states is None else states
    cells = published.table(store, "cells")
    last = int(panel["time"].max())
    matched = found_again(_sets(store, last=last), panel, _works(store, cells))
    about = states.rename(columns={"unit": "cell"}).merge(cells[["cell", "route"]].astype(str), on="cell", how="left")
    told = monitor(matched, about, level=float(settings["interval"]))
    moved = _drifts(store, states)
    return Watched(told, moved, _alarms(told, moved), version)


def _sets(store: Store, *, last: int) -> pd.DataFrame:
    """Return the kept forecasts up to a year, each with the number of its set and the data version it knew."""
    parts = [
        forecasts.until(store, found, year=last).assign(set=found.id, known=found.data_version)
        for found in forecasts.sets(store)
    ]
    filled = [p for p in parts if len(p)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame()


def _works(store: Store, cells: pd.DataFrame) -> pd.DataFrame:
    """Return the surfacing works of cells with the data version that brought each."""
    works = published.table(store, "works")
    if works.empty:
        return pd.DataFrame({"cell": pd.Series(dtype=str), "completed": [], "known": []})
    done = cell_works(cells, works)
    versions = runs.runs(store).set_index("run")["data_version"]
    names = cells["cell"].astype(str).to_numpy()[done["cell"].to_numpy()]
    return pd.DataFrame({"cell": names, "completed": done["completed"], "known": done["run"].astype(str).map(versions)})


def spreads(store: Store) -> dict[str, dict[str, Any]]:
    """Return target → how the features were spread when its live model was trained; empty for cards without it."""
    live = {target: registry.live(store, target) for target in TARGETS}
    return {target: dict(version.card.get("spread", {})) for target, version in live.items() if version is not None}


def _drifts(store: Store, states: pd.DataFrame) -> pd.DataFrame:
    parts, opened_models = [], live_models(store).models
    for target, spread in spreads(store).items():
        if target in opened_models and spread:
            parts.append(drift(states, opened_models[target], spread).assign(kind=target))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _alarms(told: pd.DataFrame, moved: pd.DataFrame) -> pd.DataFrame:
    """Return one row an alarm: of the forecasts of a kind over all, and of each drifted feature."""
    limits = read_table("monitor_limits").set_index("name")["value"]
    values = {
        "under-covering": ("coverage", "coverage_short"), "biased": ("bias", "bias_noise"), "drifted": ("psi", "psi"),
        "outside": ("outside", "outside_share"), "missing": ("missing_now", "missing_more"),
        "new family": ("outside", "family_cells"),
    }  # fmt: skip
    whole = told[told["by"] == ALL].assign(feature="") if len(told) else told
    rows = [
        {"kind": row["kind"], "alarm": alarm, "what": row["feature"], "value": float(row[values[alarm][0]])}
        | {"limit": float(limits[values[alarm][1]])}
        for frame in (whole, moved)
        for row in frame.to_dict("records")
        for alarm in str(row["alarm"]).split(", ")
        if alarm and alarm != FEW
    ]
    return pd.DataFrame(rows, columns=list(ALARMS))


def doubts(watched: Watched, states: pd.DataFrame, spread: dict[str, Any], kind: str) -> pd.Series:
    """
    Return the alarms that mark the forecast of each state: those of its kind, and those of the state alone.

    A new family marks the cells of it, not the others.
    """
    own = watched.alarms[watched.alarms["kind"] == kind]
    common = ", ".join(dict.fromkeys(own.loc[own["alarm"] != "new family", "alarm"]))
    new = new_family(states, spread)
    marked = pd.Series(common, index=states.index, dtype=object)
    return marked.where(~new, ", ".join([*([common] if common else []), "new family"]))


def raise_alarms(store: Store, watched: Watched, *, user: str) -> list[dict[str, Any]]:
    """Write each alarm into the audit, once for a data version, and return those that are new."""
    trail = audit.trail(store)
    known = {(row.subject, row.detail) for row in trail[trail["action"] == ALARM].itertuples()}
    raised = []
    with writing(store) as connection:
        for row in watched.alarms.to_dict("records"):
            kind = str(row["kind"])
            detail = {k: v for k, v in row.items() if k != "kind"} | {"data_version": watched.data_version}
            written = json.dumps(detail, sort_keys=True, ensure_ascii=False, default=str)
            if (kind, written) not in known:
                audit.append(connection, user=user, action=ALARM, subject=kind, **detail)
                raised.append(row)
    return raised


def alarm_text(alarm: str, *, language: str) -> str:
    """Return an alarm in words, in ``zh_TW`` or ``en``; several joined by commas are told one by one."""
    table = read_table("alarms").set_index("alarm")["zh" if language.startswith("zh") else "en"]
    words = [str(table.get(name, name)) for name in alarm.split(", ") if name]
    return ("、" if language.startswith("zh") else "; ").join(words)
