"""The projects of a plan as a sheet: where, when, on which lanes, at what cost, with one mobilisation each."""

from __future__ import annotations

from pathlib import Path

from pavement.errors import StoreError
from pavement.store import plans, published
from pavement.store.database import Store
from pavement.store.exports import write_sheet
from pavement.store.project_rows import projects, projects_frame
from pavement.store.worklist_export import PROJECTS, worklist_basis


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
    return write_sheet(frame, out, notes, title=PROJECTS[0 if language.startswith("zh") else 1], language=language)
