"""What lies on one place of the network: values, works, frames."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from dashboard import i18n, queries
from dashboard.context import Context
from dashboard.i18n import t
from dashboard.queries import kept, table
from dashboard.signs import equations
from pavement.condition.cell_history import cell_works
from pavement.condition.cell_material import COLUMNS as MATERIALS
from pavement.condition.cell_ruts import newest_ruts
from pavement.condition.crack_zones import cell_zones
from pavement.condition.layer_stack import stack_changes
from pavement.schema import labels
from pavement.store import published, segments
from pavement.store.overlap_words import also_posted

# a point is a stretch too short to reach the next cell [m]
_POINT = 1e-6


def on_place(frame: pd.DataFrame, place: pd.Series) -> pd.DataFrame:
    """Return the rows of a stretch table that touch a place; an empty lane means every lane."""
    if not len(frame):
        return frame
    same = (frame["route"] == place["route"]) & (frame["direction"] == place["direction"])
    lane = frame["lane"].isin([place["lane"], ""]) | frame["lane"].isna()
    return frame[same & lane & (frame["from_m"] < place["to_m"]) & (frame["to_m"] > place["from_m"])]


def works_on(context: Context, place: pd.Series) -> pd.DataFrame:
    """Return the works on a place, newest first: moment as ``time`` [year], name as ``label``, ``number`` from 1."""
    found = on_place(table(context, "works"), place)
    day = pd.to_datetime(found["completed_on"])
    time = day.dt.year + (day.dt.day_of_year - 1) / 365.25
    named = found.assign(time=time.astype(float), label=found["treatment"].map(i18n.treatment_text))
    ordered = named.sort_values("time", ascending=False)
    return ordered.assign(number=range(len(ordered), 0, -1))


def materials_on(context: Context, cell: str) -> list[tuple[str, str, int, str]]:
    """Return label, text, year and run of each material that is known of a cell in its last year."""
    frame = queries.history(context)
    last = frame[frame["cell"] == cell].sort_values("year").tail(1)
    if last.empty:
        return []
    row, words = last.iloc[0], labels("segments", language=i18n.language())
    return [(words[c], row[c], int(row["year"]), row[f"{c}_run"]) for c in MATERIALS if row[c]]


def distress_on(context: Context, place: pd.Series) -> pd.DataFrame:
    """Return the distress reports that lie on a place, newest first; an empty lane means every lane."""
    found = table(context, "distress")
    if not len(found):
        return found
    points = found.assign(from_m=found["measure_m"], to_m=found["measure_m"] + _POINT)
    return on_place(points, place).drop(columns=["from_m", "to_m"]).sort_values("reported_on", ascending=False)


def frames_on(context: Context, place: pd.Series) -> pd.DataFrame:
    """
    Return the frames that lie on a place, those of each day in direction of travel, the newest day first.

    Columns `findings_text` and `not_judged` say what was found, and why a frame could not be judged; empty otherwise.
    """
    frames = table(context, "frames")
    if not len(frames):
        return frames
    same = (frames["route"] == place["route"]) & (frames["direction"] == place["direction"])
    inside = (frames["measure_m"] >= place["from_m"]) & (frames["measure_m"] < place["to_m"])
    found = frames[same & inside & (frames["lane"] == place["lane"]) & frames["image"].fillna("").ne("")]
    words = _finding_words(table(context, "findings"), set(found["frame"]))
    why = [i18n.not_judged_text(reason) for reason in found["reason"].fillna("").astype(str)]
    found = found.assign(
        findings_text=found["frame"].map(words).fillna(""),
        not_judged=pd.Series(why, index=found.index, dtype=object).where(found["usable"].eq(False), ""),
    )
    return _in_travel(found, sense=_sense(context, place))


def _in_travel(frames: pd.DataFrame, *, sense: int) -> pd.DataFrame:
    keys = frames.assign(
        day=frames["taken_at"].astype(str).str[:10],
        last=frames.groupby(frames["run"].astype(str))["taken_at"].transform("max"),
        along=sense * frames["measure_m"],
    )
    order = keys.sort_values(["day", "last", "along"], ascending=[False, False, True], kind="stable")
    return frames.loc[order.index]


def _sense(context: Context, place: pd.Series) -> int:
    """Return 1 where the measure grows in direction of travel, else -1."""
    routes = queries.routes(context)
    own = routes[(routes["route"] == place["route"]) & (routes["direction"] == place["direction"])]
    return int(own["sense"].iloc[0]) if len(own) else 1


def zones_on(context: Context, place: pd.Series) -> pd.DataFrame:
    """Return the cracks of a cell by zone and type in its newest year, rows of table ``cell_zones``."""
    found = cell_zones(*_on_cell(context, "crack_zones", place))
    return found[found["year"] == found["year"].max()]


def ruts_on(context: Context, place: pd.Series) -> pd.DataFrame:
    """Return the newest rut depths of a cell by wheel path and method."""
    return newest_ruts(*_on_cell(context, "wheel_path_ruts", place))


def stacks_on(context: Context, place: pd.Series) -> pd.DataFrame:
    """Return the layers of a cell in each year that changed them and today, rows of :func:`stack_changes`."""
    near = [on_place(table(context, name), place) for name in ("layers", "works")]
    cells = queries.cells(context)
    own = cells[cells["cell"] == place["cell"]]
    return stack_changes(own, *near, today=dt.datetime.now(dt.UTC).date())


def moved_on(context: Context, place: pd.Series) -> pd.DataFrame:
    """Return what works milled from a cell and paved on it, newest first, rows of :func:`cell_works`."""
    works, cells = on_place(table(context, "works"), place), queries.cells(context)
    if not len(works):
        return pd.DataFrame(columns=["completed", "treatment", "mill_mm", "pave_mm", "material"])
    done = cell_works(cells[cells["cell"] == place["cell"]], works)
    return done[(done["mill_mm"] > 0) | (done["pave_mm"] > 0)].sort_values("completed", ascending=False)


def rough_on(context: Context, place: pd.Series) -> pd.DataFrame:
    """Return the places of localised roughness that touch a cell in its newest survey, along the road."""
    found, _ = _on_cell(context, "rough_places", place)
    newest = found[found["surveyed_on"] == found["surveyed_on"].max()]
    return newest.sort_values("from_m", ignore_index=True)


def _on_cell(context: Context, name: str, place: pd.Series) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the published rows of stretches that touch a cell, and the cell."""
    keys = [(key, "==", place[key]) for key in ("route", "direction", "lane")]
    span = [("from_m", "<", place["to_m"]), ("to_m", ">", place["from_m"])]
    cells = queries.cells(context)
    return published.table(context.store, name, filters=[*keys, *span]), cells[cells["cell"] == place["cell"]]


def _finding_words(findings: pd.DataFrame, frames: set[str]) -> dict[str, str]:
    if not len(findings):
        return {}
    own = findings[findings["frame"].isin(frames)]
    words: dict[str, list[str]] = {}
    for (frame, kind), group in own.groupby(["frame", "kind"]):
        if kind == "crack":
            text = i18n.t("cracks {length} m", length=f"{group['length_m'].sum():.1f}")
        else:
            text = f"{i18n.finding_text(str(kind))} {_things(group)}"
        words.setdefault(str(frame), []).append(text)
    return {frame: t(", ").join(parts) for frame, parts in words.items()}


def _things(findings: pd.DataFrame) -> int:
    """Return how many things findings show: those that share a name are one."""
    named = findings["thing"].where(findings["thing"] != "", findings["finding"])
    return int(named.nunique())


def also_on(context: Context, place: pd.Series) -> str:
    """Return where a cell lies by the other numbers of its road, as posted; empty where it has one number."""
    rows = pd.DataFrame([place[["route", "direction", "from_m", "to_m"]]])
    found = also_posted(rows, table(context, "overlaps"), equations(), language=i18n.language())
    return str(found.iloc[0])


@kept
def provenance(context: Context, cell: str) -> pd.DataFrame:
    """Return the value that stands for each kind in the newest year of a cell that has one, indexed by kind."""
    frame = _every_value(context, cell)
    # the rule of the segment table: highest coverage, of equal ones the one surveyed last
    order = frame.sort_values(["year", "coverage", "surveyed_on"], kind="stable", na_position="first")
    return order.drop_duplicates("kind", keep="last").set_index("kind")


@kept
def present(context: Context, cell: str) -> pd.DataFrame:
    """Return what stands today of a cell, indexed by kind, its indices formed from the values that stand together."""
    return segments.present_values(context.store, cell)


@kept
def newer(context: Context, cell: str) -> pd.DataFrame:
    """Return the last surveyed value of each kind that was surveyed after the one that stands, indexed by kind."""
    last = _every_value(context, cell).dropna(subset="surveyed_on").sort_values("surveyed_on", kind="stable")
    last = last.drop_duplicates("kind", keep="last").set_index("kind")
    standing = provenance(context, cell)["surveyed_on"].reindex(last.index)
    return last[last["surveyed_on"] > standing]


@kept
def _every_value(context: Context, cell: str) -> pd.DataFrame:
    frame = segments.provenance(context.store, cell)
    return frame.assign(surveyed_on=pd.to_datetime(frame["surveyed_on"]))
