"""The first tables of the store, and the triggers that keep the audit trail append-only."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001_first"
down_revision = None
branch_labels = None
depends_on = None

_SQLITE = """
CREATE TRIGGER audit_no_{action} BEFORE {action} ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END
"""
_POSTGRESQL = """
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the audit trail is append-only'; END $$
"""


def upgrade() -> None:
    """Make every table."""
    _make_tables()
    if op.get_bind().dialect.name == "sqlite":
        for action in ("UPDATE", "DELETE"):
            op.execute(_SQLITE.format(action=action))
    else:
        op.execute(_POSTGRESQL)
        op.execute(
            "CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit"
            " FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()"
        )


def _columns(kind: type[sa.types.TypeEngine[Any]], *names: str, null: bool = False) -> list[sa.Column[Any]]:
    return [sa.Column(name, kind(), nullable=null) for name in names]


def _make_of_run(name: str, *columns: sa.Column[Any]) -> None:
    """Make a table whose rows are those of runs."""
    own = [*_columns(sa.Integer, "id"), *_columns(sa.Text, "run")]
    keys = [sa.ForeignKeyConstraint(["run"], ["run.run"]), sa.PrimaryKeyConstraint("id")]
    op.create_table(name, *own, *columns, *keys)
    op.create_index(op.f(f"ix_{name}_run"), name, ["run"], unique=False)


def _make_tables() -> None:
    op.create_table(
        "audit",
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        *_columns(sa.Text, "at", "user", "action", "subject", "detail", "previous", "hash"),
        sa.PrimaryKeyConstraint("sequence"),
    )
    op.create_table(
        "forecast_set",
        *_columns(sa.Integer, "id"),
        *_columns(sa.Text, "object", "models"),
        *_columns(sa.Integer, "data_version"),
        *_columns(sa.Text, "created_at", "created_by"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "job",
        *_columns(sa.Integer, "id"),
        *_columns(sa.Text, "kind", "arguments", "state"),
        *_columns(sa.Integer, "done", "total"),
        *_columns(sa.Text, "label", "message", "result", "created_at", "created_by", "changed_at"),
        *_columns(sa.Integer, "worker", null=True),
        *_columns(sa.Boolean, "cancel"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "meta",
        *_columns(sa.Text, "name", "value"),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "model",
        *_columns(sa.Text, "model", "target", "object", "columns", "card", "created_at", "created_by"),
        *_columns(sa.Integer, "data_version"),
        sa.PrimaryKeyConstraint("model"),
    )
    op.create_table(
        "run",
        *_columns(sa.Text, "run", "survey", "title", "operator", "vehicle", "package", "state"),
        *_columns(sa.Text, "supersedes", "network", null=True),
        *_columns(sa.Text, "manifest", "counts"),
        *_columns(sa.Date, "surveyed_on", null=True),
        *_columns(sa.Text, "published_at", "published_by"),
        *_columns(sa.Integer, "faults", "data_version"),
        sa.PrimaryKeyConstraint("run"),
    )
    op.create_index(
        "run_in_force",
        "run",
        ["survey"],
        unique=True,
        sqlite_where=sa.text("state = 'published'"),
        postgresql_where=sa.text("state = 'published'"),
    )
    op.create_table(
        "user",
        *_columns(sa.Text, "name", "role", "password", "created_at"),
        *_columns(sa.Boolean, "active"),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "alias",
        *_columns(sa.Text, "target", "model", "promoted_at", "promoted_by", "reason"),
        sa.ForeignKeyConstraint(
            ["model"],
            ["model.model"],
        ),
        sa.PrimaryKeyConstraint("target"),
    )
    _make_of_run(
        "calibration",
        *_columns(sa.Text, "route", "direction", null=True),
        *_columns(sa.Float, "measure_m", "x", "y", "elevation_m", null=True),
    )
    _make_of_run(
        "cells",
        *_columns(sa.Text, "cell", "route", "direction", "lane", null=True),
        *_columns(sa.Float, "from_m", "to_m", null=True),
        *_columns(sa.LargeBinary, "geometry", null=True),
    )
    _make_of_run(
        "chainage",
        *_columns(sa.Text, "route", "direction", "piece", null=True),
        *_columns(sa.Float, "from_m", "to_m", "posted_m", null=True),
    )
    _make_of_run(
        "crosswalk",
        *_columns(sa.Text, "old_route", "old_direction", "old_version", null=True),
        *_columns(sa.Float, "old_from_m", "old_to_m", null=True),
        *_columns(sa.Text, "route", "direction", "version", null=True),
        *_columns(sa.Float, "from_m", "to_m", null=True),
        *_columns(sa.Text, "turned", null=True),
    )
    _make_of_run(
        "overlaps",
        *_columns(sa.Text, "route", "direction", null=True),
        *_columns(sa.Float, "from_m", "to_m", null=True),
        *_columns(sa.Text, "main_route", "main_direction", null=True),
        *_columns(sa.Float, "main_from_m", "main_to_m", null=True),
        *_columns(sa.Text, "turned", null=True),
    )
    _make_of_run(
        "link_decisions",
        *_columns(sa.Text, "record", "route", "direction", "finding", "decision", "reason", null=True),
        *_columns(sa.Date, "decided_on", null=True),
        *_columns(sa.Text, "decided_by", null=True),
    )
    op.create_table(
        "distress",
        *_columns(sa.Integer, "id"),
        *_columns(sa.Text, "run"),
        *_columns(sa.Text, "record", "route", "direction", "lane", null=True),
        *_columns(sa.Float, "measure_m", null=True),
        *_columns(sa.Date, "reported_on", null=True),
        *_columns(sa.Text, "description", "position", "source", "photo", null=True),
        *_columns(sa.Date, "planned_on", null=True),
        *_columns(sa.Text, "planned_method", null=True),
        *_columns(sa.Date, "repaired_on", null=True),
        *_columns(sa.Text, "contractor", "repair_method", "repair_note", "repair_photo", null=True),
        sa.ForeignKeyConstraint(["run"], ["run.run"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_distress_run"), "distress", ["run"], unique=False)
    op.create_table(
        "fault",
        *_columns(sa.Integer, "id"),
        *_columns(sa.Text, "run", "file"),
        *_columns(sa.Integer, "row", null=True),
        *_columns(sa.Text, "column", "value", "rule", "message", "cure"),
        sa.ForeignKeyConstraint(["run"], ["run.run"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_fault_run"), "fault", ["run"], unique=False)
    op.create_table(
        "lanes",
        *_columns(sa.Integer, "id"),
        *_columns(sa.Text, "run"),
        *_columns(sa.Text, "route", "direction", "lane", null=True),
        *_columns(sa.Float, "from_m", "to_m", null=True),
        *_columns(sa.Text, "name_zh", "name_en", null=True),
        *_columns(sa.Float, "width_m", "offset_m", null=True),
        sa.ForeignKeyConstraint(["run"], ["run.run"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_lanes_run"), "lanes", ["run"], unique=False)
    op.create_table(
        "layers",
        *_columns(sa.Integer, "id"),
        *_columns(sa.Text, "run"),
        *_columns(sa.Text, "route", "direction", "lane", null=True),
        *_columns(sa.Float, "from_m", "to_m", null=True),
        *_columns(sa.Integer, "layer", null=True),
        *_columns(sa.Text, "kind", "material", null=True),
        *_columns(sa.Float, "thickness_mm", null=True),
        *_columns(sa.Date, "placed_on", "surveyed_on", null=True),
        *_columns(sa.Text, "method", "quality", null=True),
        sa.ForeignKeyConstraint(["run"], ["run.run"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_layers_run"), "layers", ["run"], unique=False)
    op.create_table(
        "part",
        *_columns(sa.Integer, "id"),
        *_columns(sa.Text, "run", "table", "object"),
        *_columns(sa.Integer, "rows"),
        sa.ForeignKeyConstraint(["run"], ["run.run"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_part_run"), "part", ["run"], unique=False)
    op.create_table(
        "plan",
        *_columns(sa.Integer, "id"),
        *_columns(sa.Text, "plan", "objects", "summary", "models"),
        *_columns(sa.Integer, "data_version"),
        *_columns(sa.Integer, "forecast_set", null=True),
        *_columns(sa.Text, "created_at", "created_by"),
        sa.ForeignKeyConstraint(
            ["forecast_set"],
            ["forecast_set.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("plan"),
    )
    op.create_table(
        "references",
        *_columns(sa.Integer, "id"),
        *_columns(sa.Text, "run"),
        *_columns(sa.Text, "reference", "route", "direction", "lane", null=True),
        *_columns(sa.Float, "from_m", "to_m", null=True),
        *_columns(sa.Text, "kind", null=True),
        *_columns(sa.Float, "value", null=True),
        *_columns(sa.Date, "valid_from", "valid_to", null=True),
        *_columns(sa.Text, "source", null=True),
        sa.ForeignKeyConstraint(["run"], ["run.run"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_references_run"), "references", ["run"], unique=False)
    op.create_table(
        "run_quality",
        *_columns(sa.Integer, "id"),
        *_columns(sa.Text, "run"),
        *_columns(sa.Text, "check", "kind", null=True),
        *_columns(sa.Float, "value", null=True),
        *_columns(sa.Text, "unit", null=True),
        *_columns(sa.Integer, "count", null=True),
        *_columns(sa.Float, "doubt", "hold", null=True),
        *_columns(sa.Text, "verdict", null=True),
        sa.ForeignKeyConstraint(["run"], ["run.run"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_run_quality_run"), "run_quality", ["run"], unique=False)
    op.create_table(
        "routes",
        *_columns(sa.Integer, "id"),
        *_columns(sa.Text, "run"),
        *_columns(sa.Text, "route", "direction", "name_zh", "name_en", null=True),
        *_columns(sa.Integer, "sense", null=True),
        *_columns(sa.Float, "from_m", "to_m", null=True),
        *_columns(sa.Text, "version", null=True),
        *_columns(sa.LargeBinary, "geometry", null=True),
        sa.ForeignKeyConstraint(["run"], ["run.run"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_routes_run"), "routes", ["run"], unique=False)
    op.create_table(
        "sections",
        *_columns(sa.Integer, "id"),
        *_columns(sa.Text, "run"),
        *_columns(sa.Text, "route", "direction", null=True),
        *_columns(sa.Float, "from_m", "to_m", null=True),
        *_columns(sa.Integer, "lane_count", null=True),
        *_columns(sa.Float, "full_width_m", null=True),
        *_columns(sa.Text, "road_form", "auxiliary_lane", "channelised_area", "emergency_bay", null=True),
        *_columns(sa.Float, "lane_angle_deg", "centre_x", "centre_y", null=True),
        sa.ForeignKeyConstraint(["run"], ["run.run"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_sections_run"), "sections", ["run"], unique=False)
    op.create_table(
        "stations",
        *_columns(sa.Integer, "id"),
        *_columns(sa.Text, "run"),
        *_columns(sa.Text, "station", "name", null=True),
        *_columns(sa.Float, "x", "y", "elevation_m", null=True),
        sa.ForeignKeyConstraint(["run"], ["run.run"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_stations_run"), "stations", ["run"], unique=False)
    for name in ("traffic", "remade_traffic"):
        _make_of_run(
            name,
            *_columns(sa.Text, "counter", "route", "direction", null=True),
            *_columns(sa.Float, "from_m", "to_m", null=True),
            *_columns(sa.Integer, "year", null=True),
            *_columns(sa.Text, "vehicle_class", null=True),
            *_columns(sa.Float, "aadt", "coverage", null=True),
            *_columns(sa.Text, "quality", "method", null=True),
        )
    op.create_table(
        "gantries",
        *_columns(sa.Integer, "id"),
        *_columns(sa.Text, "run"),
        *_columns(sa.Text, "gantry", "route", "variant", "direction", null=True),
        *_columns(sa.Float, "measure_m", "from_m", "to_m", "x", "y", null=True),
        *_columns(sa.Text, "section_start", "section_end", null=True),
        *_columns(sa.Date, "valid_from", "valid_to", null=True),
        sa.ForeignKeyConstraint(["run"], ["run.run"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_gantries_run"), "gantries", ["run"], unique=False)
    op.create_table(
        "works",
        *_columns(sa.Integer, "id"),
        *_columns(sa.Text, "run"),
        *_columns(sa.Text, "work", "route", "direction", "lane", null=True),
        *_columns(sa.Float, "from_m", "to_m", null=True),
        *_columns(sa.Date, "completed_on", null=True),
        *_columns(sa.Text, "contract", "contractor", "treatment", null=True),
        *_columns(sa.Float, "thickness_mm", null=True),
        *_columns(sa.Text, "kind", "material", "note", "source", null=True),
        *_columns(sa.Float, "cost", null=True),
        sa.ForeignKeyConstraint(["run"], ["run.run"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_works_run"), "works", ["run"], unique=False)
    op.create_table(
        "settlements",
        *_columns(sa.Integer, "id"),
        *_columns(sa.Text, "run"),
        *_columns(sa.Text, "cell", "kind", null=True),
        *_columns(sa.Integer, "year", "before_year", null=True),
        *_columns(sa.Text, "finding", "answer", "reason", "answered_by", "answered_at", null=True),
        sa.ForeignKeyConstraint(["run"], ["run.run"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_settlements_run"), "settlements", ["run"], unique=False)
    op.create_table(
        "action_status",
        *_columns(sa.Text, "plan", "unit", "status", "reason", "code"),
        *_columns(sa.Integer, "version"),
        *_columns(sa.Text, "changed_at", "changed_by"),
        sa.ForeignKeyConstraint(
            ["plan"],
            ["plan.plan"],
        ),
        sa.PrimaryKeyConstraint("plan", "unit"),
    )
    op.create_table(
        "plan_approval",
        *_columns(sa.Text, "plan", "reason", "checks", "approved_at", "approved_by"),
        sa.ForeignKeyConstraint(["plan"], ["plan.plan"]),
        sa.PrimaryKeyConstraint("plan"),
    )
