"""One pavement frame in full width: with its findings or plain, and the frames before and after it."""

from __future__ import annotations

from typing import Any

import dash
import dash_mantine_components as dmc
import pandas as pd
from dash import Input, Output, State, ctx, dcc, html

from dashboard import guard, places, queries, ui
from dashboard.context import Context
from dashboard.i18n import finding_text, t
from dashboard.signs import posted_place
from ingest.imagery.drawing import COLOURS

LAYERS = ("overlay", "image")
_STEPS = {"frame-before": -1, "frame-after": 1}


def window() -> list[Any]:
    """Return the window that shows one frame, closed, and the place of the frame it shows."""
    before = html.Button([ui.icon("back"), t("Previous frame")], id="frame-before", className="button", n_clicks=0)
    after = html.Button([ui.icon("next"), t("Next frame")], id="frame-after", className="button", n_clicks=0)
    head = html.Div([before, after, layers("frame-layer"), colours()], className="spaced")
    return [
        dcc.Store(id="frame-at"),
        dmc.Modal(id="frame-modal", size="96vw", children=[head, html.Div(id="frame-large")], centered=True),
    ]


def layers(name: str) -> dmc.SegmentedControl:
    """Return the switch between frames with findings and plain ones."""
    words = (t("With findings"), t("Image only"))
    return dmc.SegmentedControl(
        id=name,
        data=[{"value": layer, "label": word} for layer, word in zip(LAYERS, words, strict=True)],
        value=LAYERS[0],
        size="xs",
    )


def colours() -> html.Span:
    """Return what the colours of findings mean."""
    words = {
        "longitudinal": t("longitudinal crack"),
        "transverse": t("transverse crack"),
        "pattern": t("pattern of cracks"),
    }
    words |= {kind: finding_text(kind) for kind in COLOURS if kind not in words}
    marks = [
        html.Span([html.I(style={"background": "rgb({2},{1},{0})".format(*COLOURS[kind])}), text])
        for kind, text in words.items()
    ]
    return html.Span(marks, className="colours")


def days_of(frames: pd.DataFrame) -> pd.Series:
    """Return the day on which each frame was taken."""
    return frames["taken_at"].astype(str).str[:10]


def found_text(frame: dict[str, Any]) -> str:
    """Return what was found on a frame, or why it was not judged."""
    return frame["not_judged"] or frame["findings_text"] or t("no findings")


def found(frame: dict[str, Any]) -> html.Span:
    """Return the same for the page: a frame that was not judged is no sound road, and looks unlike one."""
    text = found_text(frame)
    return ui.badge(text, "unjudged") if frame["not_judged"] else html.Span(text, className="note")


def frames_of_path(context: Context, path: str) -> pd.DataFrame:
    """Return the frames of the cell that a path names."""
    cell = guard.checked_id(str(path).removeprefix("/segment/"))
    known = queries.cells(context).set_index("cell", drop=False)
    return places.frames_on(context, known.loc[guard.one_of(cell, set(known.index))])


def stepped(frames: pd.DataFrame, at: int, step: int) -> int | None:
    """Return the place of the frame some steps from one, of the same day; None where there is none."""
    days = days_of(frames).tolist()
    there = at + step
    return there if 0 <= there < len(days) and days[there] == days[at] else None


def register(app: dash.Dash, context: Context) -> None:
    """Register the callbacks of the window."""

    @guard.callback(
        app,
        Output("frame-modal", "opened"),
        Output("frame-at", "data"),
        Output("frame-layer", "value"),
        Input({"type": "frame", "index": dash.ALL}, "n_clicks"),
        State("frames-layer", "value"),
        permission="view",
        prevent_initial_call=True,
    )
    def enlarge(clicks: list[int], layer: str) -> tuple[Any, Any, Any]:
        if not ctx.triggered_id or not any(clicks):
            return False, dash.no_update, dash.no_update
        return True, ctx.triggered_id.get("index"), guard.one_of(layer, LAYERS)

    @guard.callback(
        app,
        Output("frame-at", "data", allow_duplicate=True),
        *[Input(button, "n_clicks") for button in _STEPS],
        State("frame-at", "data"),
        State("url", "pathname"),
        permission="view",
        prevent_initial_call=True,
    )
    def step(before: int, after: int, at: int, path: str) -> Any:
        if not (before or after):
            return dash.no_update
        frames = frames_of_path(context, path)
        there = stepped(frames, int(guard.one_of(at, range(len(frames)))), _STEPS[str(ctx.triggered_id)])
        return dash.no_update if there is None else there

    @guard.callback(
        app,
        Output("frame-modal", "title"),
        Output("frame-large", "children"),
        *[Output(button, "disabled") for button in _STEPS],
        Input("frame-at", "data"),
        Input("frame-layer", "value"),
        State("url", "pathname"),
        permission="view",
        prevent_initial_call=True,
    )
    def show(at: int | None, layer: str, path: str) -> tuple[Any, ...]:
        if at is None:
            return (dash.no_update,) * 4
        frames = frames_of_path(context, path)
        at = int(guard.one_of(at, range(len(frames))))
        ends = [stepped(frames, at, way) is None for way in _STEPS.values()]
        return *_shown(frames.iloc[at].to_dict(), guard.one_of(layer, LAYERS)), *ends


def _shown(frame: dict[str, Any], layer: str) -> tuple[html.Span, html.Img]:
    """Return title and picture of a frame."""
    place = f"{posted_place(frame['route'], frame['direction'], frame['measure_m'])} · {frame['frame']} · "
    image = frame.get(layer) or frame.get("image")
    picture = html.Img(src=f"/image/{image}", className="frame-large", alt=place + found_text(frame))
    return html.Span([place, found(frame)]), picture
