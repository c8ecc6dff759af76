"""Verbs that tell and write what the store holds: the plans, and files of every kind."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Annotated, Any

import typer

from dashboard.cli_common import Language, opened

_OF_A_PLAN = ("worklist", "projects", "decisions", "report")


def add_export(app: typer.Typer) -> None:
    """Add the verbs ``export`` and ``plans``."""
    app.command()(export)
    app.command("plans")(list_plans)


def list_plans() -> None:
    """List every plan, the newest first: when and by whom, works, budget, gap, approval."""
    from pavement.store import plans

    with opened() as (store, _):
        for row in plans.listing(store).to_dict("records"):
            typer.echo(
                f"{row['plan']}  {row['made_at']}  {row['made_by']}  {row['works']:,} works  "
                f"budget NT$ {row['budget']:,.0f}  gap {row['gap']:.3%}  {_state(row)}"
            )


def _state(row: dict[Hashable, Any]) -> str:
    if not row["approved_at"]:
        return "not approved"
    return f"approved {row['approved_at']} by {row['approved_by']}: {row['approval_reason']}"


def export(
    what: Annotated[
        str,
        typer.Argument(help="worklist, projects, decisions, report, segments, zones, homogeneous, links or records."),
    ],
    out: Annotated[
        Path,
        typer.Argument(
            help="File: .csv, .xlsx or .gpkg decides the format; .zip for records, .html or .pdf for the report."
        ),
    ],
    language: Language = "zh_TW",
    kind: Annotated[str, typer.Option(help="Of homogeneous sections: the measured kind.")] = "iri",
    method: Annotated[str, typer.Option(help="Of homogeneous sections: cda or pelt.")] = "pelt",
    shortest: Annotated[float | None, typer.Option(help="Of homogeneous sections: m; unit_length_min.")] = None,
    sheets: Annotated[str, typer.Option(help="Sheets of the records: csv or xlsx.")] = "csv",
    made: Annotated[str, typer.Option("--plan", help=f"Plan of {', '.join(_OF_A_PLAN)}; else the newest.")] = "",
) -> None:
    """
    Write to a file what the store holds.

    Work list, projects, decisions and their cost, report of the plan, segment table, cracks by zone, homogeneous
    sections, reports matched with findings, or the agency's own records.
    """
    from pavement.store import exports, project_export, worklist_export
    from pavement.store.decisions_export import decisions_export
    from pavement.store.link_export import link_export
    from pavement.store.plan_report import plan_report
    from pavement.store.record_exports import record_export

    if made and what not in _OF_A_PLAN:
        raise typer.BadParameter(f"--plan names the plan of {', '.join(_OF_A_PLAN)} only.")
    with opened() as (store, settings):
        if what in _OF_A_PLAN:
            of_a_plan = {
                "worklist": worklist_export.worklist,
                "projects": project_export.project_export,
                "decisions": decisions_export,
                "report": plan_report,
            }
            of_a_plan[what](store, out, plan=made or None, language=language)
        elif what == "segments":
            exports.segment_export(store, out, language=language)
        elif what == "zones":
            exports.zone_export(store, out, language=language)
        elif what == "homogeneous":
            minimum = float(settings["unit_length_min"]) if shortest is None else shortest
            exports.section_export(store, out, kind=kind, method=method, minimum=minimum, language=language)
        elif what == "links":
            link_export(store, out, language=language)
        elif what == "records":
            record_export(store, out, language=language, sheets=sheets)
        else:
            raise typer.BadParameter(
                f"{what!r}: write worklist, projects, decisions, report, segments, zones, homogeneous, links or "
                "records."
            )
        typer.echo(f"Written: {out}")
