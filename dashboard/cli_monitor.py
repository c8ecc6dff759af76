"""The verb ``monitor``: what was forecast against what was found, drift, alarms, and offsets of survey years."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dashboard.cli_common import Language, User, opened

if TYPE_CHECKING:
    import pandas as pd

    from models.watch import Watched


def add_monitor(app: typer.Typer) -> None:
    """Add the verb ``monitor``."""
    app.command()(monitor)


def monitor(
    as_json: Annotated[bool, typer.Option("--json", help="Write everything as JSON.")] = False,
    offsets: Annotated[bool, typer.Option("--offsets", help="Tell the offsets and noise of surveys too.")] = False,
    language: Language = "zh_TW",
    user: User = "cli",
) -> None:
    """Hold the kept forecasts against the surveys since, tell drift since training, and put alarms into the audit."""
    from models.offsets import published_offsets
    from models.published_panel import published_panel
    from models.watch import raise_alarms, watch

    with opened() as (store, settings):
        panel = published_panel(store)
        found = watch(store, settings=settings, panel=panel)
        raise_alarms(store, found, user=user)
        told = published_offsets(panel) if offsets else None
        if as_json:
            typer.echo(json.dumps(_all(found, told), ensure_ascii=False, indent=1))
            return
        for line in _lines(found, language):
            typer.echo(line)
        if told is not None:
            for title, frame in told.items():
                typer.echo(f"\n{title}\n{_table(frame)}")


def _all(found: Watched, offsets: dict[str, pd.DataFrame] | None) -> dict[str, Any]:
    frames = {"alarms": found.alarms, "monitor": found.monitor, "drift": found.drift} | (offsets or {})
    rows = {name: json.loads(frame.to_json(orient="records", double_precision=6)) for name, frame in frames.items()}
    return {"data_version": found.data_version} | rows


def _lines(found: Watched, language: str) -> list[str]:
    from models.watch import alarm_text

    lines = [
        f"{row['kind']}: {alarm_text(str(row['alarm']), language=language)}"
        f"{' ' + str(row['what']) if row['what'] else ''} ({row['value']:.3f}; {row['limit']:g})"
        for row in found.alarms.to_dict("records")
    ]
    if not lines:
        lines = ["沒有警訊。" if language.startswith("zh") else "No alarm."]
    if found.monitor.empty:
        none = "尚無可與後續檢測比對的預測。", "No forecast can be held against a later survey yet."
        lines.append(none[0] if language.startswith("zh") else none[1])
    return [*lines, *(_table(f) for f in (found.monitor, found.drift) if len(f))]


def _table(frame: pd.DataFrame) -> str:
    return str(frame.round(3).to_string(index=False, na_rep="–"))
