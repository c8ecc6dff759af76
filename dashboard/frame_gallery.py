"""Pavement frames of a cell, by day, with their findings, and one of them large."""

from __future__ import annotations

from typing import Any

import dash
import dash_mantine_components as dmc
import pandas as pd
from dash import Input, Output, State, ctx, html

from dashboard import guard, places, queries, ui
from dashboard.context import Context
from dashboard.i18n import finding_text, number, t
from ingest.imagery.drawing import COLOURS
from pavement.network.chainage import posted_measure


def gallery(context: Context, row: pd.Series) -> html.Section:
    """Return the card of the frames of a cell."""
    frames = places.frames_on(context, row)
    if not len(frames):
        return ui.card(t("Pavement frames"), ui.empty(t("No frames of this cell are in the store.")))
    days = _days(frames)
    return ui.card(
        t("Pavement frames"),
        html.Div(
            [
                dmc.SegmentedControl(
                    id="frames-layer",
                    data=[
                        {"value": "overlay", "label": t("With findings")},
                        {"value": "image", "label": t("Image only")},
                    ],
                    value="overlay",
                    size="xs",
                ),
                dmc.SegmentedControl(
                    id="frames-day",
                    data=[{"value": day, "label": f"{day} ({number(n)})"} for day, n in days.items()],
                    value=next(iter(days)),
                    size="xs",
                ),
                _colours(),
            ],
            className="spaced",
        ),
        html.Div(_thumbs(frames, next(iter(days))), className="frames", id="frames"),
        dmc.Modal(id="frame-modal", size="min(1100px, 94vw)", children=[], centered=True),
        note=t("{count} frames; click one to enlarge", count=number(len(frames))),
    )


def _days(frames: pd.DataFrame) -> dict[str, int]:
    """Return how many frames were taken on each day, the newest first."""
    return {str(day): int(n) for day, n in frames["taken_at"].astype(str).str[:10].value_counts(sort=False).items()}


def _thumbs(frames: pd.DataFrame, day: str) -> list[html.Figure]:
    """Return the frames of a day, each known by its place among all frames of the cell."""
    taken = frames["taken_at"].astype(str).str[:10]
    return [_thumb(at, f) for at, f in enumerate(frames.to_dict("records")) if taken.iloc[at] == day]


def _colours() -> html.Span:
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


def _thumb(at: int, frame: dict[str, Any]) -> html.Figure:
    image, overlay = frame.get("image") or "", frame.get("overlay") or frame.get("image") or ""
    text = f"{posted_measure(frame['measure_m'])} · {str(frame['taken_at'])[:10]}"
    findings = frame.get("findings_text") or t("no findings")
    return html.Figure(
        [
            html.Button(
                [
                    html.Img(src=f"/image/{overlay}", className="layer-overlay", alt=findings),
                    html.Img(src=f"/image/{image}", className="layer-image", alt=text),
                ],
                className="thumb",
                id={"type": "frame", "index": at},
                n_clicks=0,
            ),
            html.Figcaption([text, html.Br(), html.Span(findings, className="note")]),
        ]
    )


def register(app: dash.Dash, context: Context) -> None:
    """Register the callbacks of the gallery."""

    @guard.callback(app, Output("frames", "className"), Input("frames-layer", "value"), permission="view")
    def show_layer(layer: str) -> str:
        return f"frames show-{guard.one_of(layer, ('overlay', 'image'))}"

    @guard.callback(
        app,
        Output("frames", "children"),
        Input("frames-day", "value"),
        State("url", "pathname"),
        permission="view",
        prevent_initial_call=True,
    )
    def show_day(day: str, path: str) -> list[html.Figure]:
        frames = _own_frames(context, path)
        return _thumbs(frames, guard.one_of(day, set(_days(frames))))

    @guard.callback(
        app,
        Output("frame-modal", "opened"),
        Output("frame-modal", "children"),
        Output("frame-modal", "title"),
        Input({"type": "frame", "index": dash.ALL}, "n_clicks"),
        State("url", "pathname"),
        State("frames-layer", "value"),
        permission="view",
        prevent_initial_call=True,
    )
    def enlarge(clicks: list[int], path: str, layer: str) -> tuple[Any, Any, Any]:
        if not ctx.triggered_id or not any(clicks):
            return False, dash.no_update, dash.no_update
        guard.one_of(layer, ("overlay", "image"))
        frames = _own_frames(context, path).to_dict("records")
        at = guard.one_of(ctx.triggered_id.get("index"), range(len(frames)))
        frame = frames[at]
        image = frame.get(layer) or frame.get("image")
        title = f"{posted_measure(frame['measure_m'])} · {frame['frame']} · {frame.get('findings_text') or ''}"
        return True, html.Img(src=f"/image/{image}", className="frame-large", alt=title), title


def _own_frames(context: Context, path: str) -> pd.DataFrame:
    """Return the frames of the cell that a path names."""
    cell = guard.checked_id(str(path).removeprefix("/segment/"))
    found = queries.cells(context).set_index("cell", drop=False)
    return places.frames_on(context, found.loc[guard.one_of(cell, set(found.index))])
