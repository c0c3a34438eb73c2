"""Tokens that platforms exchange, and the record of every exchange."""

import sqlalchemy as sa
from alembic import op

from services.db.lenient import BIG

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "channel_tokens",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), server_default="0", nullable=False),
        sa.Column("access", sa.LargeBinary(), nullable=True),
        sa.Column("refresh", sa.LargeBinary(), nullable=True),
        sa.Column("obtained_ms", BIG, server_default="0", nullable=False),
        sa.Column("ends_ms", BIG, server_default="0", nullable=False),
        sa.Column("state", sa.Text(), server_default="empty", nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("seed", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("lease_owner", sa.Text(), nullable=True),
        sa.Column("lease_until_ms", BIG, server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("channel", "account"),
    )
    op.create_table(
        "channel_token_events",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("at_ms", BIG, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("ends_ms", BIG, nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("channel_token_events", schema=None) as batch_op:
        batch_op.create_index("channel_token_events_at", ["channel", "account", "at_ms"], unique=False)


def downgrade() -> None:
    op.drop_table("channel_token_events")
    op.drop_table("channel_tokens")
