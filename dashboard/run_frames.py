"""What the frames of a run brought: totals, with which engine and camera, and the cells they lie in."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
from dash import html

from dashboard import i18n, ui
from dashboard.context import Context
from dashboard.i18n import number, t
from dashboard.queries import cells, kept, run_list
from dashboard.signs import posted_column
from pavement.store import published

_LANE = ["route", "direction", "lane"]
_CELLS_SHOWN = 12


def cards(context: Context, run: str) -> list[html.Section]:
    """Return totals and lanes of the frames of a run; nothing for a run without, or no longer in force."""
    frames, findings = _tables(context, run)
    if not len(frames):
        return []
    return [_totals(context, run, frames, findings), _lanes(context, frames, findings)]


@kept
def _tables(context: Context, run: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    filters = [("run", "==", run)]
    frames = published.table(context.store, "frames", filters=filters)
    columns = ["frame", "kind", "length_m"]
    findings = published.table(context.store, "findings", columns=columns, filters=filters)
    return frames, findings


@kept
def _methods(context: Context, run: str) -> list[str]:
    events = published.table(context.store, "events", columns=["method"], filters=[("run", "==", run)])
    return sorted(events["method"].dropna().astype(str).unique())


def _totals(context: Context, run: str, frames: pd.DataFrame, findings: pd.DataFrame) -> html.Section:
    bad = frames[frames["usable"].eq(False)]
    why = [i18n.reason_text(reason) for reason in bad["reason"].fillna("").astype(str)]
    reasons = t(", ").join(
        f"{text} {number(count)}" for text, count in pd.Series(why, dtype=str).value_counts().items()
    )
    cracks, potholes = _found(findings)
    manifest = run_list(context).set_index("run").loc[run, "manifest"]
    pairs = [
        (t("Frames judged"), number(len(frames) - len(bad))),
        (t("Frames not judged"), f"{number(len(bad))} ({reasons})" if reasons else number(0)),
        (t("Cracks"), f"{number(cracks, 1)} m"),
        (t("Potholes"), number(potholes)),
        (t("Found by"), t(", ").join(map(engine_text, _methods(context, run))) or "–"),
        (t("Camera"), camera_text(json.loads(manifest).get("camera") or {})),
    ]
    note = t("sums over the frames as they are: what two frames see counts on both")
    return ui.card(t("Frames and findings"), ui.facts(pairs), note=note, wide=True)


def _found(findings: pd.DataFrame) -> tuple[float, int]:
    """Return the length of cracks [m] and the number of potholes."""
    length = findings.loc[findings["kind"] == "crack", "length_m"].astype(float).sum()
    return float(length), int((findings["kind"] == "pothole").sum())


def engine_text(method: str) -> str:
    """Return how cracks were found, with version and weights: ``classical 3; grid 0.1 m`` in words."""
    engine, _, rest = method.partition("; ")
    name, *version = engine.split()
    words = {"classical": t("line filters"), "learned": t("networks")}
    if name not in words or not version:
        return method
    told = [
        f"{words[name]} {version[0]}",
        *([t("weights {hashes}", hashes=" ".join(version[1:]))] if version[1:] else []),
    ]
    return t(", ").join([*told, *([rest.replace("grid", t("grid"))] if rest else [])])


def camera_text(camera: dict[str, Any]) -> str:
    """Return kind, scale and size of a camera, and what else the manifest says of it as it stands there."""
    left = dict(camera)
    words = {"downward": t("straight down"), "forward": t("looking forward"), "range": t("range images of a laser")}
    kind, scale, size = (
        left.pop("kind", ""),
        left.pop("mm_per_pixel", None),
        [left.pop(k, None) for k in ("width", "height")],
    )
    parts = [words.get(kind, kind)]
    parts += [] if scale is None else [t("{scale} mm a pixel", scale=f"{scale:g}")]
    parts += [] if None in size else [f"{number(size[0])} × {number(size[1])} px"]
    return t(", ").join([*(p for p in parts if p), *(f"{key} = {value}" for key, value in left.items())]) or "–"


def _lanes(context: Context, frames: pd.DataFrame, findings: pd.DataFrame) -> html.Section:
    every = cells(context)
    lines = []
    for (route, direction, lane), rows in frames.groupby(_LANE, sort=True):
        there = every[(every["route"] == route) & (every["direction"] == direction) & (every["lane"] == lane)]
        cracks, potholes = _found(findings[findings["frame"].isin(rows["frame"])])
        bad = int(rows["usable"].eq(False).sum())
        place = f"{i18n.route_label(str(route))} {i18n.direction_text(str(direction))} {i18n.lane_text(str(lane))}"
        numbers = [number(len(rows) - bad), number(bad), number(cracks, 1), number(potholes)]
        lines.append([place, *numbers, _links(_with_frames(there, rows))])
    heads = [t("Lane"), t("Judged"), t("Not judged"), t("Cracks [m]"), t("Potholes"), t("Cells with frames")]
    return ui.card(t("Where the frames lie"), ui.table(heads, lines, numeric=range(1, 5)), wide=True)


def _with_frames(lane: pd.DataFrame, frames: pd.DataFrame) -> pd.DataFrame:
    """Return the cells of a lane, by measure, in which a frame begins."""
    lane = lane.sort_values("from_m")
    at = lane["from_m"].searchsorted(frames["measure_m"], side="right") - 1
    return lane.iloc[sorted({int(one) for one in at if one >= 0})]


def _links(found: pd.DataFrame) -> list[Any]:
    shown = found.head(_CELLS_SHOWN)
    links = [
        ui.link(text, f"/segment/{cell}")
        for cell, text in zip(shown["cell"], posted_column(shown, "from_m"), strict=True)
    ]
    parts = [part for one in links for part in (one, " ")]
    more = len(found) - len(shown)
    return [*parts, t("and {count} more", count=number(more))] if more else parts
