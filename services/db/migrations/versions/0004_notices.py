"""Notices, chats of one person, and keys of the API's programs."""

import sqlalchemy as sa
from alembic import op

from services.db import base

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "notices",
        sa.Column("id", BIG, primary_key=True, autoincrement=True, nullable=False),
        sa.Column("dossier_code", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("conversation_id", BIG, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("created_ms", BIG, nullable=False),
        sa.Column("must_by_ms", BIG, nullable=False),
        sa.Column("outbox_key", sa.Text(), nullable=True),
        sa.Column("sent_to", BIG, nullable=True),
        sa.Column("ways", sa.Integer(), server_default="0", nullable=False),
        sa.Column("told_ms", BIG, nullable=True),
        sa.UniqueConstraint("dossier_code", "seq", "conversation_id", "kind"),
    )
    is_open = sa.text("state = 'open'")
    op.create_index("notices_open", "notices", ["must_by_ms"], sqlite_where=is_open, postgresql_where=is_open)
    op.create_index("notices_of_person", "notices", ["conversation_id", "id"])
    op.create_table(
        "api_keys",
        sa.Column("name", sa.Text(), primary_key=True, nullable=False),
        sa.Column("key_hash", sa.Text(), nullable=False, unique=True),
        sa.Column("scopes", base.Json(), nullable=False),
        sa.Column("created_at", base.Utc(), nullable=False),
        sa.Column("revoked_at", base.Utc(), nullable=True),
        sa.Column("used_at", base.Utc(), nullable=True),
    )
    op.create_table(
        "link_codes",
        sa.Column("code_hash", sa.Text(), primary_key=True, nullable=False),
        sa.Column("conversation_id", BIG, nullable=False),
        sa.Column("until_ms", BIG, nullable=False),
    )
    with op.batch_alter_table("conversations") as conversations:
        conversations.add_column(sa.Column("person_id", BIG, nullable=True))
        conversations.create_index("conversations_person", ["person_id"])


def downgrade() -> None:
    with op.batch_alter_table("conversations") as conversations:
        conversations.drop_index("conversations_person")
        conversations.drop_column("person_id")
    op.drop_table("link_codes")
    op.drop_table("api_keys")
    op.drop_index("notices_of_person", "notices")
    op.drop_index("notices_open", "notices")
    op.drop_table("notices")
