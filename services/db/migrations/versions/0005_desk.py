"""The desk: officers, their chats and work, what is told unasked, links that open once."""

import sqlalchemy as sa
from alembic import op

from services.db import base

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "tellings",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("conversation_id", BIG, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("args", base.Json(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("created_ms", BIG, nullable=False),
        sa.Column("next_ms", BIG, nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_index(
        "tellings_open",
        "tellings",
        ["next_ms"],
        unique=False,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "one_time_links",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("staff_id", BIG, nullable=True),
        sa.Column("conversation_id", BIG, nullable=True),
        sa.Column("made_at", base.Utc(), nullable=False),
        sa.Column("until", base.Utc(), nullable=False),
        sa.Column("spent_at", base.Utc(), nullable=True),
        sa.Column("session_hash", sa.Text(), nullable=True),
        sa.Column("session_until", base.Utc(), nullable=True),
        sa.PrimaryKeyConstraint("token_hash"),
        sa.UniqueConstraint("session_hash"),
    )
    op.create_index("one_time_links_subject", "one_time_links", ["purpose", "subject"], unique=False)
    op.create_table(
        "staff",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("agency_code", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("conversation_id", BIG, nullable=True),
        sa.Column("backup_id", BIG, nullable=True),
        sa.Column("made_at", base.Utc(), nullable=False),
        sa.Column("ended_at", base.Utc(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("staff_agency", "staff", ["agency_code", "role"], unique=False)
    op.create_index("staff_conversation", "staff", ["conversation_id"], unique=False)
    op.create_table(
        "staff_leave",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("staff_id", BIG, nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("staff_leave_staff", "staff_leave", ["staff_id"], unique=False)
    op.create_table(
        "staff_invites",
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("agency_code", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", base.Utc(), nullable=False),
        sa.Column("until", base.Utc(), nullable=False),
        sa.Column("used_at", base.Utc(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("code_hash"),
    )
    op.create_table(
        "desks",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("agency_code", sa.Text(), nullable=False),
        sa.Column("conversation_id", BIG, nullable=False),
        sa.Column("bound_by", BIG, nullable=False),
        sa.Column("bound_at", base.Utc(), nullable=False),
        sa.Column("ended_at", base.Utc(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("conversation_id"),
    )
    op.create_index("desks_agency", "desks", ["agency_code"], unique=False)
    op.create_table(
        "cards",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("agency_code", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("owner_id", BIG, nullable=True),
        sa.Column("opened_at", base.Utc(), nullable=False),
        sa.Column("claimed_at", base.Utc(), nullable=True),
        sa.Column("lease_until", base.Utc(), nullable=True),
        sa.Column("remind_at", base.Utc(), nullable=True),
        sa.Column("escalate_at", base.Utc(), nullable=True),
        sa.Column("reminded_at", base.Utc(), nullable=True),
        sa.Column("escalated_at", base.Utc(), nullable=True),
        sa.Column("done_at", base.Utc(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("kind", "subject"),
    )
    op.create_index(
        "cards_waiting",
        "cards",
        ["agency_code", "state", "opened_at"],
        unique=False,
        sqlite_where=sa.text("state IN ('open', 'claimed')"),
        postgresql_where=sa.text("state IN ('open', 'claimed')"),
    )
    op.create_table(
        "desk_log",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("at", base.Utc(), nullable=False),
        sa.Column("staff_id", BIG, nullable=True),
        sa.Column("conversation_id", BIG, nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("desk_log_subject", "desk_log", ["subject"], unique=False)
    op.create_table(
        "canned_replies",
        sa.Column("agency_code", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("agency_code", "n"),
    )
    op.create_table(
        "talks",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("conversation_id", BIG, nullable=False),
        sa.Column("agency_code", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("staff_id", BIG, nullable=True),
        sa.Column("opened_at", base.Utc(), nullable=False),
        sa.Column("claimed_at", base.Utc(), nullable=True),
        sa.Column("last_at", base.Utc(), nullable=False),
        sa.Column("closed_at", base.Utc(), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "talks_of_citizen",
        "talks",
        ["conversation_id"],
        unique=True,
        sqlite_where=sa.text("state != 'closed'"),
        postgresql_where=sa.text("state != 'closed'"),
    )
    op.create_table(
        "talk_messages",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("talk_id", BIG, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=True),
        sa.Column("file_key", sa.Text(), nullable=True),
        sa.Column("at", base.Utc(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("talk_id", "n"),
    )


def downgrade() -> None:
    op.drop_table("talk_messages")
    op.drop_table("talks")
    op.drop_table("canned_replies")
    op.drop_table("desk_log")
    op.drop_table("cards")
    op.drop_table("desks")
    op.drop_table("staff_invites")
    op.drop_table("staff_leave")
    op.drop_table("staff")
    op.drop_table("one_time_links")
    op.drop_table("tellings")
