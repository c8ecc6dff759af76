"""The projects of a plan as a sheet: where, when, on which lanes, at what cost, with one mobilisation each."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from pavement.errors import StoreError
from pavement.network.chainage import DIRECTION_NAMES
from pavement.network.routes import route_name
from pavement.schema import labels
from pavement.store import plans, published
from pavement.store.database import Store
from pavement.store.exports import BESIDE, posted_ends, write_sheet
from pavement.store.worklist_export import worklist_basis

_DECIMALS = {"area_m2": 0, "cost": 0, "mobilisation": 0, "saved": 0, "nights": 1}


def project_export(store: Store, out: Path, *, plan: str | None = None, language: str = "zh_TW") -> Path:
    """
    Write the table ``plan_projects`` of a plan, the newest when none is named, as ``.csv`` or ``.xlsx``.

    Raises
    ------
    StoreError
        No plan, one without projects, or another suffix.
    """
    if out.suffix.lower() not in (".csv", ".xlsx"):
        raise StoreError(f"Projects cannot be written as {out.suffix!r}.", cure="Write .csv or .xlsx.")
    chosen = plans.newest(store) if plan is None else plans.named(store, plan)
    if chosen is None:
        raise StoreError("There is no plan yet.", cure="Make one: pavement plan.")
    table = projects(store, chosen)
    if table.empty:
        raise StoreError(
            f"{chosen.plan} holds no projects.", cure="Set plan_projects to yes, then make the plan again."
        )
    frame = projects_frame(table, language=language, equations=published.table(store, "chainage"))
    notes = {"rows": "all"} | worklist_basis(store, chosen)
    title = "施工專案" if language.startswith("zh") else "Projects"
    return write_sheet(frame, out, notes, title=title, language=language)


def projects(store: Store, plan: plans.SavedPlan) -> pd.DataFrame:
    """Return the table ``plan_projects`` of a plan; empty where each work stands by itself."""
    if "plan_projects" not in plan.objects:
        return pd.DataFrame()
    return plans.frame(store, plan, "plan_projects")


def projects_frame(table: pd.DataFrame, *, language: str, equations: pd.DataFrame) -> pd.DataFrame:
    """Return projects as people read them: places as posted, names and headers in one language."""
    zh = language.startswith("zh")
    shown = table.drop(columns="plan").round(_DECIMALS)
    shown["direction"] = shown["direction"].map(DIRECTION_NAMES["zh_TW" if zh else "en"]).fillna(shown["direction"])
    shown["route"] = shown["route"].map(route_name) if zh else shown["route"]
    for at, (name, text) in enumerate(posted_ends(table, equations, language=language).items()):
        shown.insert(2 + at, name, text)
    beside = {name: words[0 if zh else 1] for name, words in BESIDE.items()}
    return shown.rename(columns=labels("plan_projects", language=language) | beside)
