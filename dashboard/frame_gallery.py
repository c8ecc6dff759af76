"""Pavement frames of a cell, by day, with their findings."""

from __future__ import annotations

from typing import Any

import dash
import dash_mantine_components as dmc
import pandas as pd
from dash import Input, Output, State, html

from dashboard import frame_large, guard, places, ui
from dashboard.context import Context
from dashboard.i18n import number, t
from dashboard.signs import posted_place


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
                frame_large.layers("frames-layer"),
                dmc.SegmentedControl(
                    id="frames-day",
                    data=[{"value": day, "label": f"{day} ({number(n)})"} for day, n in days.items()],
                    value=next(iter(days)),
                    size="xs",
                ),
                frame_large.colours(),
            ],
            className="spaced",
        ),
        html.Div(_thumbs(frames, next(iter(days))), className="frames", id="frames"),
        *frame_large.window(),
        note=t("{count} frames in direction of travel; click one to enlarge", count=number(len(frames))),
    )


def _days(frames: pd.DataFrame) -> dict[str, int]:
    """Return how many frames were taken on each day, the newest first."""
    return {str(day): int(n) for day, n in frame_large.days_of(frames).value_counts(sort=False).items()}


def _thumbs(frames: pd.DataFrame, day: str) -> list[html.Figure]:
    """Return the frames of a day, each known by its place among all frames of the cell."""
    taken = frame_large.days_of(frames)
    return [_thumb(at, f) for at, f in enumerate(frames.to_dict("records")) if taken.iloc[at] == day]


def _thumb(at: int, frame: dict[str, Any]) -> html.Figure:
    image, overlay = frame.get("image") or "", frame.get("overlay") or frame.get("image") or ""
    text = f"{posted_place(frame['route'], frame['direction'], frame['measure_m'])} · {str(frame['taken_at'])[:10]}"
    return html.Figure(
        [
            html.Button(
                [
                    html.Img(src=f"/image/{overlay}", className="layer-overlay", alt=frame_large.found_text(frame)),
                    html.Img(src=f"/image/{image}", className="layer-image", alt=text),
                ],
                className="thumb",
                id={"type": "frame", "index": at},
                n_clicks=0,
            ),
            html.Figcaption([text, html.Br(), frame_large.found(frame)]),
        ]
    )


def register(app: dash.Dash, context: Context) -> None:
    """Register the callbacks of the gallery."""

    @guard.callback(app, Output("frames", "className"), Input("frames-layer", "value"), permission="view")
    def show_layer(layer: str) -> str:
        return f"frames show-{guard.one_of(layer, frame_large.LAYERS)}"

    @guard.callback(
        app,
        Output("frames", "children"),
        Input("frames-day", "value"),
        State("url", "pathname"),
        permission="view",
        prevent_initial_call=True,
    )
    def show_day(day: str, path: str) -> list[html.Figure]:
        frames = frame_large.frames_of_path(context, path)
        return _thumbs(frames, guard.one_of(day, set(_days(frames))))

    frame_large.register(app, context)
