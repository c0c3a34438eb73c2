"""Appointments, ratings, complaints, requests about personal data."""

import sqlalchemy as sa
from alembic import op

from services.db import base

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "counters",
        sa.Column("agency_code", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("fields", base.Json(), nullable=False),
        sa.Column("slot_minutes", sa.Integer(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("agency_code", "n"),
    )
    op.create_table(
        "appointments",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("agency_code", sa.Text(), nullable=False),
        sa.Column("counter", sa.Integer(), nullable=False),
        sa.Column("starts_at", base.Utc(), nullable=False),
        sa.Column("seat", sa.Integer(), nullable=True),
        sa.Column("conversation_id", BIG, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="booked", nullable=False),
        sa.Column("made_at", base.Utc(), nullable=False),
        sa.Column("ended_at", base.Utc(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("agency_code", "counter", "starts_at", "seat"),
    )
    op.create_index("appointments_of", "appointments", ["conversation_id", "starts_at"], unique=False)
    op.create_table(
        "ratings",
        sa.Column("dossier_code", sa.Text(), nullable=False),
        sa.Column("conversation_id", BIG, autoincrement=False, nullable=False),
        sa.Column("agency_code", sa.Text(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("at", base.Utc(), nullable=False),
        sa.Column("changed_at", base.Utc(), nullable=True),
        sa.PrimaryKeyConstraint("dossier_code", "conversation_id"),
    )
    op.create_table(
        "complaint_counters",
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day"),
    )
    op.create_table(
        "complaints",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("conversation_id", BIG, nullable=False),
        sa.Column("agency_code", sa.Text(), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=True),
        sa.Column("topic", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("made_at", base.Utc(), nullable=False),
        sa.Column("due_at", base.Utc(), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("answered_at", base.Utc(), nullable=True),
        sa.Column("answered_by", BIG, nullable=True),
        sa.Column("is_satisfied", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_index("complaints_of", "complaints", ["conversation_id"], unique=False)
    op.create_index("complaints_open", "complaints", ["agency_code", "state"], unique=False)
    op.create_table(
        "rights_requests",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("conversation_id", BIG, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("made_at", base.Utc(), nullable=False),
        sa.Column("acknowledge_by", base.Utc(), nullable=False),
        sa.Column("due_at", base.Utc(), nullable=False),
        sa.Column("done_at", base.Utc(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("rights_requests_of", "rights_requests", ["conversation_id"], unique=False)
    op.create_table(
        "due_reasons",
        sa.Column("dossier_code", sa.Text(), nullable=False),
        sa.Column("due_at", base.Utc(), nullable=False),
        sa.Column("why", base.Json(), nullable=False),
        sa.Column("at", base.Utc(), nullable=False),
        sa.PrimaryKeyConstraint("dossier_code", "due_at"),
    )
    op.create_index(
        "dossier_ledger_returned", "dossier_ledger", ["returned_at"], unique=False,
        sqlite_where=sa.text("returned_at IS NOT NULL"), postgresql_where=sa.text("returned_at IS NOT NULL"),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("dossier_ledger_returned", table_name="dossier_ledger")
    op.drop_table("due_reasons")
    op.drop_table("rights_requests")
    op.drop_table("complaints")
    op.drop_table("complaint_counters")
    op.drop_table("ratings")
    op.drop_table("appointments")
    op.drop_table("counters")
