"""A chat page's session knows, as a keyed hash, from which address it was opened."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("web_sessions", sa.Column("origin", sa.Text()))


def downgrade() -> None:
    op.drop_column("web_sessions", "origin")
