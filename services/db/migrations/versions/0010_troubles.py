"""What the office was not told of yet is found without reading what it was told."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_UNTOLD = sa.text("told_at IS NULL")


def upgrade() -> None:
    op.create_index("operator_notes_untold", "operator_notes", ["id"], sqlite_where=_UNTOLD, postgresql_where=_UNTOLD)


def downgrade() -> None:
    op.drop_index("operator_notes_untold", "operator_notes")
