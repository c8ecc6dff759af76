"""The list of the stretches of section offices."""

import sqlalchemy as sa
from alembic import op

revision = "0005_section_offices"
down_revision = "0004_catalogue_tables"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "plan_offices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("route", sa.Text(), nullable=True),
        sa.Column("direction", sa.Text(), nullable=True),
        sa.Column("from_m", sa.Float(), nullable=True),
        sa.Column("to_m", sa.Float(), nullable=True),
        sa.Column("office", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["run"], ["run.run"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_plan_offices_run"), "plan_offices", ["run"], unique=False)


def downgrade() -> None:
    """Drop it."""
    op.drop_index(op.f("ix_plan_offices_run"), "plan_offices")
    op.drop_table("plan_offices")
