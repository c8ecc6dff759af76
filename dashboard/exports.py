"""Downloads: segment table, work list and the agency's records as files, made by the store and sent once."""

from __future__ import annotations

import io
import re
import tempfile
from collections.abc import Callable
from pathlib import Path

from flask import Flask, Response, abort, request, send_file

from dashboard import guard, i18n, plan_view, queries
from dashboard.context import Context
from dashboard.table_templates import TEMPLATES, template_text
from models.kept_resets import with_resets
from pavement.store import catalogues, exports, plans, scenario_sets, worklist_export
from pavement.store.database import Store
from pavement.store.decisions_export import decisions_export
from pavement.store.plan_report import plan_report
from pavement.store.quality_export import quality_export
from pavement.store.record_exports import SHEETS, record_export
from pavement.store.scenario_export import scenario_export

_RANKS = re.compile(r"[0-9]{1,7}(,[0-9]{1,7})*")
# the names of 100,000 cells take some 3 MB
_LARGEST_FORM = 8 * 2**20
FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "gpkg": "application/geopackage+sqlite3",
}

REPORT_FORMATS = {"html": "text/html; charset=utf-8", "pdf": "application/pdf"}
SCENARIO_FORMATS = {"xlsx": FORMATS["xlsx"], "zip": "application/zip"}
QUALITY_FORMATS = {"csv": FORMATS["csv"], "json": "application/json"}


def register(server: Flask, context: Context) -> None:
    """Add the download routes to the server."""
    server.add_url_rule(
        "/export/segments.<suffix>",
        "export_segments",
        lambda suffix: _segments(context, suffix),
        methods=["GET", "POST"],
    )
    server.add_url_rule(
        "/export/worklist/<plan>.<suffix>",
        "export_worklist",
        lambda **at: _worklist(context, **at),
        methods=["GET", "POST"],
    )
    server.add_url_rule("/export/decisions/<plan>.<suffix>", "export_decisions", lambda **at: _decisions(context, **at))
    server.add_url_rule("/export/report/<plan>.<suffix>", "export_report", lambda **at: _report(context, **at))
    server.add_url_rule("/export/scenarios/<name>.<suffix>", "export_scenarios", lambda **at: _scenarios(context, **at))
    server.add_url_rule("/export/templates/<name>.csv", "export_template", lambda name: _template(context, name))
    server.add_url_rule("/export/zones.<suffix>", "export_zones", lambda suffix: _zones(context, suffix))
    server.add_url_rule(
        "/export/quality/<run>.<suffix>", "export_quality", lambda run, suffix: _quality(context, run, suffix)
    )
    server.add_url_rule("/export/catalogue/<table>.csv", "export_catalogue", lambda table: _catalogue(context, table))
    server.add_url_rule("/export/records.zip", "export_records", lambda: _records(context))


def _catalogue(context: Context, table: str) -> Response:
    if table not in catalogues.FILES:
        abort(404)
    kept = with_resets(context.store, catalogues.current(context.store))
    body = io.BytesIO(catalogues.csv(kept.tables[table]))
    return send_file(body, mimetype=FORMATS["csv"], as_attachment=True, download_name=f"{table}.csv", max_age=0)


def _quality(context: Context, run: str, suffix: str) -> Response:
    guard.checked_id(run, pattern=guard.SHA256)
    if suffix not in QUALITY_FORMATS or run not in set(queries.run_list(context)["run"]):
        abort(404)

    def write(store: Store, out: Path) -> None:
        quality_export(store, run, out, language=i18n.language())

    return _sent(context, write, name=f"quality-{run[:12]}", suffix=suffix, kind=QUALITY_FORMATS[suffix])


def _records(context: Context) -> Response:
    sheets = request.args.get("sheets", "csv")
    if sheets not in SHEETS:
        abort(404)

    def write(store: Store, out: Path) -> None:
        record_export(store, out, language=i18n.language(), sheets=sheets)

    return _sent(context, write, name=f"records-v{queries.version(context)}", suffix="zip", kind="application/zip")


def _segments(context: Context, suffix: str) -> Response:
    name = f"segments-v{queries.version(context)}"
    request.max_form_memory_size = _LARGEST_FORM
    wanted = request.form.get("cells", "")
    cells = None if not wanted else chosen_cells(wanted, set(queries.cells(context)["cell"]))

    def write(store: Store, out: Path) -> None:
        exports.segment_export(store, out, language=i18n.language(), cells=cells)

    return _sent(context, write, name=name, suffix=suffix)


def _zones(context: Context, suffix: str) -> Response:
    def write(store: Store, out: Path) -> None:
        exports.zone_export(store, out, language=i18n.language())

    return _sent(context, write, name=f"crack-zones-v{queries.version(context)}", suffix=suffix)


def _worklist(context: Context, plan: str, suffix: str) -> Response:
    guard.checked_id(plan)
    if plan not in plan_view.ids(context):
        abort(404)
    # a form of its own, for a filtered list of thousands of works does not fit into an address
    wanted = request.form.get("ranks", "")
    ranks = None if not wanted else chosen_ranks(wanted, set(plans.actions(context.store, plan)["rank"]))

    def write(store: Store, out: Path) -> None:
        worklist_export.worklist(store, out, plan=plan, language=i18n.language(), ranks=ranks)

    return _sent(context, write, name=f"worklist-{plan}", suffix=suffix)


def _report(context: Context, plan: str, suffix: str) -> Response:
    guard.checked_id(plan)
    if plan not in plan_view.ids(context) or suffix not in REPORT_FORMATS:
        abort(404)

    def write(store: Store, out: Path) -> None:
        plan_report(store, out, plan=plan, language=i18n.language())

    return _sent(context, write, name=f"report-{plan}", suffix=suffix, kind=REPORT_FORMATS[suffix])


def _scenarios(context: Context, name: str, suffix: str) -> Response:
    guard.checked_id(name)
    if suffix not in SCENARIO_FORMATS or name not in set(scenario_sets.listing(context.store, limit=10_000)["set"]):
        abort(404)

    def write(store: Store, out: Path) -> None:
        scenario_export(store, out, name=name, language=i18n.language())

    return _sent(context, write, name=name, suffix=suffix, kind=SCENARIO_FORMATS[suffix])


def _template(context: Context, name: str) -> Response:
    if name not in TEMPLATES:
        abort(404)
    text = template_text(context, name)

    def write(_: Store, out: Path) -> None:
        # spreadsheets know UTF-8 by its mark
        out.write_text(text, encoding="utf-8-sig")

    return _sent(context, write, name=name, suffix="csv")


def _decisions(context: Context, plan: str, suffix: str) -> Response:
    guard.checked_id(plan)
    if plan not in plan_view.ids(context) or suffix not in ("csv", "xlsx"):
        abort(404)

    def write(store: Store, out: Path) -> None:
        decisions_export(store, out, plan=plan, language=i18n.language())

    return _sent(context, write, name=f"decisions-{plan}", suffix=suffix)


def chosen_ranks(text: object, known: set[int]) -> list[int]:
    """Return the ranks of ``3,1,2`` in their order; a 400 when it is no such list, or holds one twice or unknown."""
    if not isinstance(text, str) or not _RANKS.fullmatch(text):
        abort(400)
    ranks = [int(rank) for rank in text.split(",")]
    if len(set(ranks)) < len(ranks) or not known.issuperset(ranks):
        abort(400)
    return ranks


def chosen_cells(text: str, known: set[str]) -> list[str]:
    """Return the cells of ``a,b`` in their order; a 400 when one stands twice or is unknown."""
    cells = text.split(",")
    if len(set(cells)) < len(cells) or not known.issuperset(cells):
        abort(400)
    return cells


def _sent(
    context: Context, write: Callable[[Store, Path], None], *, name: str, suffix: str, kind: str = ""
) -> Response:
    if not kind and suffix not in FORMATS:
        abort(404)
    with tempfile.TemporaryDirectory(prefix="pavement-export-") as folder:
        out = Path(folder) / f"{name}.{suffix}"
        write(context.store, out)
        # read whole, so that no file outlives a broken connection; a work list or a segment table is some megabytes
        body = io.BytesIO(out.read_bytes())
    return send_file(
        body, mimetype=kind or FORMATS[suffix], as_attachment=True, download_name=out.name, etag=False, max_age=0
    )
