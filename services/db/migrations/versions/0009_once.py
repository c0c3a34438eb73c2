"""A message of an officer's page that comes again is known again."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("talk_messages", sa.Column("once", sa.Text()))
    op.create_index("talk_messages_once", "talk_messages", ["talk_id", "once"], unique=True)


def downgrade() -> None:
    op.drop_index("talk_messages_once", "talk_messages")
    op.drop_column("talk_messages", "once")
