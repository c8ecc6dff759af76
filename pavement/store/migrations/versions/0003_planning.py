"""Tables of planning: committed bridge works, decisions, scenarios, former budgets, versions of the catalogue."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003_planning"
down_revision = "0002_session_stamp"
branch_labels = None
depends_on = None


def _columns(kind: type[sa.types.TypeEngine[Any]], *names: str, null: bool = False) -> list[sa.Column[Any]]:
    return [sa.Column(name, kind(), nullable=null) for name in names]


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "bridge_works",
        *_columns(sa.Integer, "id"),
        *_columns(sa.Text, "run"),
        *_columns(sa.Text, "route", "direction", null=True),
        *_columns(sa.Float, "from_m", "to_m", null=True),
        *_columns(sa.Integer, "first_year", "last_year", null=True),
        *_columns(sa.Text, "note", null=True),
        sa.ForeignKeyConstraint(["run"], ["run.run"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_bridge_works_run"), "bridge_works", ["run"], unique=False)
    op.create_table(
        "plan_decision",
        *_columns(sa.Integer, "id"),
        *_columns(sa.Text, "plan", "unit", "kind", "route", "direction", "lane"),
        *_columns(sa.Float, "from_m", "to_m"),
        *_columns(sa.Float, "at_m", null=True),
        *_columns(sa.Integer, "year", null=True),
        *_columns(sa.Text, "treatment"),
        *_columns(sa.Float, "cost", null=True),
        *_columns(sa.Text, "code", "reason", "decided_at", "decided_by"),
        *_columns(sa.Text, "withdrawn_at", "withdrawn_by", "withdrawn_reason"),
        sa.ForeignKeyConstraint(["plan"], ["plan.plan"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "scenario_set",
        *_columns(sa.Integer, "id"),
        *_columns(sa.Text, "set", "objects", "summary"),
        *_columns(sa.Integer, "data_version"),
        *_columns(sa.Integer, "forecast_set", null=True),
        *_columns(sa.Text, "created_at", "created_by"),
        sa.ForeignKeyConstraint(["forecast_set"], ["forecast_set.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("set"),
    )
    op.create_table(
        "budget_history",
        *_columns(sa.Integer, "year"),
        *_columns(sa.Float, "amount"),
        *_columns(sa.Float, "lane_km", null=True),
        *_columns(sa.Text, "source", "status", "entered_at", "entered_by"),
        sa.PrimaryKeyConstraint("year"),
    )
    op.create_table(
        "catalogue",
        sa.Column("version", sa.Integer, nullable=False, autoincrement=False),
        *_columns(sa.Text, "treatments", "triggers", "reason", "made_at", "made_by"),
        sa.PrimaryKeyConstraint("version"),
    )


def downgrade() -> None:
    """Drop them."""
    for name in ("catalogue", "budget_history", "scenario_set", "plan_decision", "bridge_works"):
        op.drop_table(name)
