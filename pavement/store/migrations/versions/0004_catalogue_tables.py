"""Versions of the catalogue hold the condition penalty, the second works and the estimated levels too."""

import sqlalchemy as sa
from alembic import op

revision = "0004_catalogue_tables"
down_revision = "0003_planning"
branch_labels = None
depends_on = None
_NEW = ("penalty", "strategy_pairs", "resets")


def upgrade() -> None:
    """Add the tables; what a version does not hold is empty."""
    for name in _NEW:
        op.add_column("catalogue", sa.Column(name, sa.Text(), nullable=False, server_default=sa.text("''")))


def downgrade() -> None:
    """Take them away."""
    for name in _NEW:
        op.drop_column("catalogue", name)
