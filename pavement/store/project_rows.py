"""The projects of a plan as rows for people and as lines for maps."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from pavement.network.chainage import DIRECTION_NAMES, named_lanes
from pavement.network.routes import route_name
from pavement.schema import labels
from pavement.store import plans
from pavement.store.database import Store
from pavement.store.exports import BESIDE, action_shapes, posted_ends

_DECIMALS = {"area_m2": 0, "cost": 0, "mobilisation": 0, "saved": 0, "nights": 1}


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
    lanes = shown["lanes"].str.split(", ").explode()
    shown["lanes"] = named_lanes(lanes, language=language).groupby(level=0).agg(", ".join)
    for at, (name, text) in enumerate(posted_ends(table, equations, language=language).items()):
        shown.insert(2 + at, name, text)
    beside = {name: words[0 if zh else 1] for name, words in BESIDE.items()}
    return shown.rename(columns=labels("plan_projects", language=language) | beside)


def projects_layer(
    table: pd.DataFrame, cells: gpd.GeoDataFrame, *, language: str, equations: pd.DataFrame
) -> gpd.GeoDataFrame:
    """Return projects with the line of their extent: one lane's, that with most cells on it."""
    places = posted_ends(table, equations, language=language)
    shown = table.drop(columns="plan").assign(**places).reset_index(drop=True)
    keys = ["route", "direction"]
    asked = shown[[*keys, "from_m", "to_m"]].reset_index(names="row")
    pairs = asked.merge(cells[[*keys, "lane", "from_m", "to_m"]], on=keys, suffixes=("", "_cell"))
    inside = (pairs["from_m_cell"] >= pairs["from_m"] - 1e-6) & (pairs["to_m_cell"] <= pairs["to_m"] + 1e-6)
    count = pairs[inside].astype({"lane": str}).groupby(["row", "lane"], as_index=False).size()
    # of lanes alike in length the first by name
    best = count.sort_values(["row", "size", "lane"], ascending=[True, False, True]).drop_duplicates("row")
    lane = best.set_index("row")["lane"].reindex(shown.index).fillna("")
    shapes = action_shapes(shown.assign(lane=lane), cells.astype({"lane": str}))
    return gpd.GeoDataFrame(shown, geometry=shapes, crs=cells.crs)
