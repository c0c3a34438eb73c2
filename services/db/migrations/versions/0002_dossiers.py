"""The dossier: what other programs write, what we make of it, and who follows it."""

import sqlalchemy as sa
from alembic import op

from services.db import base, lenient, triggers

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = (
    "dossiers", "dossier_events", "dossier_notes", "event_work", "dossier_ledger", "dossier_people", "dossier_steps",
    "dossier_counters", "dossier_anomalies", "operator_notes", "calendar_days", "follows", "preferences", "told",
    "lookup_tries", "lookup_days", "lookup_rates", "owner_reads", "receipts",
)  # fmt: skip


def upgrade() -> None:
    _shared()
    _ours()
    _following()


def downgrade() -> None:
    triggers.remove(op.get_bind())
    for table in reversed(TABLES):
        op.drop_table(table)


def _shared() -> None:
    op.create_table(
        "dossiers",
        sa.Column("code", lenient.LooseText(), nullable=False),
        sa.Column("procedure_code", lenient.LooseText(), nullable=False),
        sa.Column("agency_code", lenient.LooseText(), nullable=False),
        sa.Column("holder_code", lenient.LooseText(), nullable=True),
        sa.Column("status", lenient.LooseInt(), nullable=False),
        sa.Column("status_note", lenient.LooseText(), nullable=True),
        sa.Column("applicant_name", lenient.LooseText(), nullable=True),
        sa.Column("applicant_phone", lenient.LooseText(), nullable=True),
        sa.Column("applicant_id_number", lenient.LooseText(), nullable=True),
        sa.Column("received_at", lenient.LooseTime(), nullable=True),
        sa.Column("due_at", lenient.LooseTime(), nullable=True),
        sa.Column("finished_at", lenient.LooseTime(), nullable=True),
        sa.Column("returned_at", lenient.LooseTime(), nullable=True),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "dossier_events",
        sa.Column("dossier_code", lenient.LooseText(), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", lenient.LooseInt(), nullable=True),
        sa.Column("holder_code", lenient.LooseText(), nullable=True),
        sa.Column("due_at", lenient.LooseTime(), nullable=True),
        sa.Column("received_at", lenient.LooseTime(), nullable=True),
        sa.Column("finished_at", lenient.LooseTime(), nullable=True),
        sa.Column("returned_at", lenient.LooseTime(), nullable=True),
        sa.Column("procedure_code", lenient.LooseText(), nullable=True),
        sa.Column("agency_code", lenient.LooseText(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("form_no", sa.Text(), nullable=True),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("at", lenient.LooseTime(), nullable=False),
        sa.Column("recorded_at", lenient.LooseTime(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("dossier_code", "seq"),
    )
    op.create_index(
        "dossier_events_external",
        "dossier_events",
        ["dossier_code", "external_id"],
        unique=True,
        sqlite_where=sa.text("external_id IS NOT NULL"),
        postgresql_where=sa.text("external_id IS NOT NULL"),
    )
    op.create_table(
        "dossier_notes",
        sa.Column("dossier_code", lenient.LooseText(), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("text", lenient.LooseText(), nullable=True),
        sa.Column("salt", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("dossier_code", "seq"),
    )
    op.create_table(
        "event_work",
        sa.Column("id", lenient.BIG, autoincrement=True, nullable=False),
        sa.Column("dossier_code", lenient.LooseText(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=True),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_ms", lenient.BIG, server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("event_work_dossier", "event_work", ["dossier_code", "id"])


def _ours() -> None:
    op.create_table(
        "dossier_ledger",
        sa.Column("code", lenient.LooseText(), nullable=False),
        sa.Column("code_key", sa.Text(), nullable=True),
        sa.Column("seq", sa.Integer(), server_default="0", nullable=False),
        sa.Column("hash", sa.Text(), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("procedure_code", sa.Text(), nullable=True),
        sa.Column("agency_code", sa.Text(), nullable=True),
        sa.Column("holder_code", sa.Text(), nullable=True),
        sa.Column("received_at", base.Utc(), nullable=True),
        sa.Column("due_at", base.Utc(), nullable=True),
        sa.Column("first_due_at", base.Utc(), nullable=True),
        sa.Column("ended_at", base.Utc(), nullable=True),
        sa.Column("returned_at", base.Utc(), nullable=True),
        sa.Column("timeliness", sa.Text(), nullable=True),
        sa.Column("extensions", sa.Integer(), server_default="0", nullable=False),
        sa.Column("supplements", sa.Integer(), server_default="0", nullable=False),
        sa.Column("deleted_at", base.Utc(), nullable=True),
        sa.Column("intake_agency_code", sa.Text(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("parent_code", sa.Text(), nullable=True),
        sa.Column("presubmission_code", sa.Text(), nullable=True),
        sa.Column("is_instant", sa.Boolean(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_index("dossier_ledger_agency", "dossier_ledger", ["agency_code", "status"])
    op.create_index(
        "dossier_ledger_due",
        "dossier_ledger",
        ["due_at"],
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("dossier_ledger_ended", "dossier_ledger", ["ended_at"])
    op.create_index("dossier_ledger_key", "dossier_ledger", ["code_key"])
    op.create_index(
        "dossier_ledger_parent",
        "dossier_ledger",
        ["parent_code"],
        sqlite_where=sa.text("parent_code IS NOT NULL"),
        postgresql_where=sa.text("parent_code IS NOT NULL"),
    )
    op.create_table(
        "dossier_people",
        sa.Column("dossier_code", sa.Text(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("phone", sa.LargeBinary(), nullable=True),
        sa.Column("id_number", sa.LargeBinary(), nullable=True),
        sa.Column("phone_index", sa.Text(), nullable=True),
        sa.Column("id_index", sa.Text(), nullable=True),
        sa.Column("phone_last4", sa.Text(), nullable=True),
        sa.Column("id_last4", sa.Text(), nullable=True),
        sa.Column("changed_at", base.Utc(), nullable=False),
        sa.PrimaryKeyConstraint("dossier_code"),
    )
    op.create_index("dossier_people_id_number", "dossier_people", ["id_index"])
    op.create_index("dossier_people_phone", "dossier_people", ["phone_index"])
    op.create_table(
        "dossier_steps",
        sa.Column("dossier_code", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("agency_code", sa.Text(), nullable=False),
        sa.Column("due_at", base.Utc(), nullable=True),
        sa.Column("started_at", base.Utc(), nullable=True),
        sa.Column("done_at", base.Utc(), nullable=True),
        sa.PrimaryKeyConstraint("dossier_code", "n"),
    )
    op.create_table(
        "dossier_counters",
        sa.Column("agency_code", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("agency_code", "day"),
    )
    op.create_table(
        "dossier_anomalies",
        sa.Column("id", lenient.BIG, autoincrement=True, nullable=False),
        sa.Column("dossier_code", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("args", base.Json(), nullable=False),
        sa.Column("at", base.Utc(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("dossier_anomalies_dossier", "dossier_anomalies", ["dossier_code"])
    op.create_table(
        "operator_notes",
        sa.Column("id", lenient.BIG, autoincrement=True, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("dossier_code", sa.Text(), nullable=False),
        sa.Column("args", base.Json(), nullable=False),
        sa.Column("first_at", base.Utc(), nullable=False),
        sa.Column("last_at", base.Utc(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("told_at", base.Utc(), nullable=True),
        sa.Column("closed_at", base.Utc(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key", "dossier_code"),
    )
    op.create_table(
        "calendar_days",
        sa.Column("agency_code", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("decided_by", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("agency_code", "day"),
    )


def _following() -> None:
    op.create_table(
        "follows",
        sa.Column("dossier_code", sa.Text(), nullable=False),
        sa.Column("conversation_id", lenient.BIG, autoincrement=False, nullable=False),
        sa.Column("since", base.Utc(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("is_muted", sa.Boolean(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("dossier_code", "conversation_id"),
    )
    op.create_index("follows_conversation", "follows", ["conversation_id"])
    op.create_table(
        "preferences",
        sa.Column("conversation_id", lenient.BIG, autoincrement=False, nullable=False),
        sa.Column("quiet_from", sa.Integer(), nullable=True),
        sa.Column("quiet_to", sa.Integer(), nullable=True),
        sa.Column("mode", sa.Text(), server_default="at-once", nullable=False),
        sa.Column("stopped_at", base.Utc(), nullable=True),
        sa.PrimaryKeyConstraint("conversation_id"),
    )
    op.create_table(
        "told",
        sa.Column("dossier_code", sa.Text(), nullable=False),
        sa.Column("conversation_id", lenient.BIG, autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("holder_code", sa.Text(), nullable=True),
        sa.Column("due_at", base.Utc(), nullable=True),
        sa.Column("at", base.Utc(), nullable=False),
        sa.PrimaryKeyConstraint("dossier_code", "conversation_id"),
    )
    op.create_table(
        "lookup_tries",
        sa.Column("asker", sa.Text(), nullable=False),
        sa.Column("dossier_code", sa.Text(), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("last_at", base.Utc(), nullable=False),
        sa.Column("locked_until", base.Utc(), nullable=True),
        sa.PrimaryKeyConstraint("asker", "dossier_code"),
    )
    op.create_table(
        "lookup_days",
        sa.Column("dossier_code", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("dossier_code", "day"),
    )
    op.create_table(
        "lookup_rates",
        sa.Column("asker", sa.Text(), nullable=False),
        sa.Column("window", lenient.BIG, autoincrement=False, nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("asker", "window"),
    )
    op.create_table(
        "owner_reads",
        sa.Column("id", lenient.BIG, autoincrement=True, nullable=False),
        sa.Column("dossier_code", sa.Text(), nullable=False),
        sa.Column("asker", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("at", base.Utc(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("owner_reads_dossier", "owner_reads", ["dossier_code"])
    op.create_table(
        "receipts",
        sa.Column("id", lenient.BIG, autoincrement=True, nullable=False),
        sa.Column("dossier_code", sa.Text(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("code", sa.LargeBinary(), nullable=True),
        sa.Column("issued_at", base.Utc(), nullable=False),
        sa.Column("issued_by", sa.Text(), nullable=False),
        sa.Column("spent_at", base.Utc(), nullable=True),
        sa.Column("spent_by", sa.Text(), nullable=True),
        sa.Column("revoked_at", base.Utc(), nullable=True),
        sa.Column("revoked_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("receipts_code", "receipts", ["code_hash"], unique=True)
    op.create_index("receipts_dossier", "receipts", ["dossier_code"])
