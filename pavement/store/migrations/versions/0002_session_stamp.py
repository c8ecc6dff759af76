"""A stamp of each person's sessions: a new one ends those that are open."""

import sqlalchemy as sa
from alembic import op

revision = "0002_session_stamp"
down_revision = "0001_first"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the stamp."""
    op.add_column("user", sa.Column("stamp", sa.Text(), nullable=False, server_default=sa.text("''")))


def downgrade() -> None:
    """Take it away."""
    op.drop_column("user", "stamp")
