"""The work list of a plan as a file: each work with its details and what the list rests on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from pavement.errors import StoreError
from pavement.network.chainage import DIRECTION_NAMES
from pavement.network.routes import route_name
from pavement.schema import labels, read_table
from pavement.store import plans, published, segments
from pavement.store.basis_words import rows_in_words
from pavement.store.catalogues import SUPPLIED
from pavement.store.database import Store
from pavement.store.exports import BESIDE, action_shapes, basis, dictionary, posted_ends, write_sheet
from pavement.store.files import checked_format, write_geopackage
from pavement.store.interval_words import interval_level
from pavement.store.price_words import plan_prices, prices_verified
from pavement.store.project_rows import projects, projects_frame, projects_layer
from pavement.store.work_details import work_details
from pavement.store.work_words import STATUS, details_in_words, printed

# title of the sheet of projects, in Chinese and English
PROJECTS = ("施工專案", "Projects")
# decimals that people read; a GeoPackage keeps every digit
_DECIMALS = {"area_m2": 0, "cost": 0, "benefit": 1, "ratio": 4, "price": 4}


def worklist(
    store: Store,
    out: Path,
    *,
    plan: str | None = None,
    language: str = "zh_TW",
    ranks: Sequence[int] | None = None,
) -> Path:
    """
    Write the ranked work list of a plan, the newest when none is named; the file's suffix decides the format.

    Parameters
    ----------
    ranks
        Works to write, in this order; all of them by rank when None.

    Notes
    -----
    Of a plan with projects a workbook has a sheet of them, and a GeoPackage a layer ``projects`` with the line of
    their extent: those that the works written belong to, each whole.

    Raises
    ------
    StoreError
        No plan, a rank that it does not hold, a suffix other than .csv, .xlsx and .gpkg, or a list that the format
        cannot hold.
    """
    kind = checked_format(out)
    chosen = plans.newest(store) if plan is None else plans.named(store, plan)
    if chosen is None:
        raise StoreError("There is no plan yet.", cure="Make one: pavement plan.")
    actions = plans.actions(store, chosen)
    notes: dict[str, Any] = {"rows": "all"} | worklist_basis(store, chosen)
    if ranks is not None:
        notes["rows"] = rows_in_words(len(ranks), len(actions), language=language)
        actions = ranked(actions, ranks)
    # the version guards a row against two hands at once: nothing for readers
    actions = actions.drop(columns="version")
    equations = published.table(store, "chainage")
    details = work_details(store, chosen, actions)
    joined = _of_works(projects(store, chosen), actions)
    if kind == ".gpkg":
        cells = segments.cells(store)
        places = posted_ends(actions, equations, language=language)
        told = details.drop(columns=["unit", "year"])
        layer = gpd.GeoDataFrame(
            actions.assign(**places, **told), geometry=action_shapes(actions, cells), crs=store.crs
        )
        layers = {"worklist": layer, "dictionary": dictionary(layer, "actions")}
        if len(joined):
            lines = projects_layer(joined, cells, language=language, equations=equations)
            layers |= {"projects": lines, "projects_dictionary": dictionary(lines, "plan_projects")}
        return write_geopackage(layers, out, notes=notes)
    frame = worklist_frame(actions, details, language=language, equations=equations)
    zh = language.startswith("zh")
    sheet = None
    if kind == ".xlsx":
        placed = actions.assign(**posted_ends(actions, equations, language=language))
        head = f"{'鋪面整修工作清單' if zh else 'Pavement work list'}  {chosen.plan}"
        foot = plan_prices(store, chosen, language=language)
        sheet = printed(placed, details, language=language, head=head, foot=foot)
    more = {}
    if len(joined):
        more[PROJECTS[0 if zh else 1]] = projects_frame(joined, language=language, equations=equations)
    return write_sheet(
        frame, out, notes, title="工作清單" if zh else "Work list", language=language, printed=sheet, more=more
    )


def _of_works(table: pd.DataFrame, actions: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the projects that works belong to."""
    if table.empty:
        return table
    return table[table["project"].isin(actions["project"])].reset_index(drop=True)


def ranked(actions: pd.DataFrame, ranks: Sequence[int]) -> pd.DataFrame:
    """Return the works of the given ranks, in their order."""
    if unknown := sorted(set(ranks) - set(actions["rank"])):
        raise StoreError(f"The plan holds no work of rank {unknown[0]}.", cure="Load the work list again.")
    return actions.set_index("rank", drop=False).loc[list(ranks)].reset_index(drop=True)


def worklist_frame(
    actions: pd.DataFrame, details: pd.DataFrame, *, language: str, equations: pd.DataFrame
) -> pd.DataFrame:
    """Return actions with their details as people read them: places as posted, words and one reason in one language."""
    zh = language.startswith("zh")
    other = "en" if zh else "zh"
    shown = _caused(actions.drop(columns=[f"reason_{other}", f"evidence_{other}"]), "zh" if zh else "en")
    words = read_table("treatments").set_index("treatment")["zh" if zh else "en"].to_dict()
    shown = shown.round(_DECIMALS)
    if zh and "status" in shown:
        shown["status"] = shown["status"].map(STATUS).fillna(shown["status"])
    if "status_code" in shown:
        codes = read_table("decision_reasons").set_index("code")["zh" if zh else "en"].to_dict()
        shown["status_code"] = shown["status_code"].map(codes).fillna("")
    shown["treatment"] = shown["treatment"].map(words).fillna(shown["treatment"])
    shown["direction"] = shown["direction"].map(DIRECTION_NAMES["zh_TW" if zh else "en"]).fillna(shown["direction"])
    shown["route"] = shown["route"].map(route_name) if zh else shown["route"]
    places = posted_ends(actions, equations, language=language)
    for at, (name, text) in enumerate(places.items()):
        shown.insert(2 + at, name, text)
    extra = {name: words[0 if zh else 1] for name, words in BESIDE.items()}
    named = shown.rename(
        columns=labels("actions", language=language)
        | {"reason_zh": "理由", "reason_en": "Reason", "evidence_zh": "成因依據", "evidence_en": "Evidence"}
        | extra
    )
    return pd.concat([named.reset_index(drop=True), details_in_words(details, language=language)], axis=1)


def _caused(actions: pd.DataFrame, language: str) -> pd.DataFrame:
    """Return actions with the cause of damage, and whether cores are asked for, in words."""
    words = read_table("causes").set_index("cause")[language].to_dict()
    answers = {"yes": "是", "no": "否"} if language == "zh" else {"yes": "yes", "no": "no"}
    told = {"cause": words, "coring": answers}
    return actions.assign(**{column: actions[column].map(w).fillna("") for column, w in told.items()})


def worklist_basis(store: Store, plan: plans.SavedPlan) -> dict[str, Any]:
    """Return what a work list rests on: the plan with the data, models and settings it was made from."""
    settings = json.dumps(plan.summary, sort_keys=True, ensure_ascii=False)
    return basis(store) | {
        "plan": plan.plan,
        "plan made": plan.created_at,
        "plan made by": plan.created_by,
        "plan data version": plan.data_version,
        "models": json.dumps(plan.models),
        "forecast": "none" if plan.forecast_set is None else plan.forecast_set,
        "settings sha256": hashlib.sha256(settings.encode()).hexdigest(),
        "summary": settings,
        "interval of a cell": _interval(store, plan),
        "newer data": "yes" if plans.is_stale(store, plan) else "no",
        "catalogue": int(plan.summary.get("catalogue", SUPPLIED)) or "supplied",
        "prices": "verified" if prices_verified(store, plan) else "to confirm",
    }


def _interval(store: Store, plan: plans.SavedPlan) -> str:
    """Return the level of the intervals of cells that the plan was made from, as far as its models tell."""
    level = interval_level(store, plan.models, usual=float("nan"))
    return f"{100 * level:g} %" if level == level else "not told"
