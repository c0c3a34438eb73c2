"""What citizens prepare at home: drafts, papers, files, marks, proof of arrival."""

import sqlalchemy as sa
from alembic import op

from services.db import base

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "consents",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("conversation_id", BIG, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("is_given", sa.Boolean(), nullable=False),
        sa.Column("at", base.Utc(), nullable=False),
        sa.Column("withdrawn_at", base.Utc(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("consents_of", "consents", ["conversation_id", "kind"], unique=False)
    op.create_table(
        "presubmission_counters",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day"),
    )
    op.create_table(
        "presubmissions",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("conversation_id", BIG, nullable=False),
        sa.Column("procedure_code", sa.Text(), nullable=False),
        sa.Column("version_id", BIG, nullable=False),
        sa.Column("case", base.Json(), nullable=False),
        sa.Column("agency_code", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="draft", nullable=False),
        sa.Column("form", sa.LargeBinary(), nullable=True),
        sa.Column("for_other", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("round", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", base.Utc(), nullable=False),
        sa.Column("changed_at", base.Utc(), nullable=False),
        sa.Column("sent_at", base.Utc(), nullable=True),
        sa.Column("accepted_at", base.Utc(), nullable=True),
        sa.Column("dossier_code", sa.Text(), nullable=True),
        sa.Column("ended_at", base.Utc(), nullable=True),
        sa.Column("erase_on", sa.Date(), nullable=True),
        sa.Column("erased_at", base.Utc(), nullable=True),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_index("presubmissions_erase", "presubmissions", ["erase_on"], unique=False)
    op.create_index("presubmissions_of", "presubmissions", ["conversation_id", "state"], unique=False)
    op.create_index(
        "presubmissions_sent",
        "presubmissions",
        ["sent_at"],
        unique=False,
        sqlite_where=sa.text("state = 'sent'"),
        postgresql_where=sa.text("state = 'sent'"),
    )
    op.create_index("presubmissions_state", "presubmissions", ["agency_code", "state"], unique=False)
    op.create_table(
        "presubmission_papers",
        sa.Column("presubmission_code", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("is_identity", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("how", sa.Text(), server_default="", nullable=False),
        sa.Column("basis", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("presubmission_code", "n"),
    )
    op.create_table(
        "stored_files",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("paper_n", sa.Integer(), nullable=True),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("media", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("flags", base.Json(), nullable=False),
        sa.Column("prints", base.Json(), nullable=False),
        sa.Column("stored_at", base.Utc(), nullable=False),
        sa.Column("erase_on", sa.Date(), nullable=True),
        sa.Column("dropped_at", base.Utc(), nullable=True),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index(
        "stored_files_erase",
        "stored_files",
        ["erase_on"],
        unique=False,
        sqlite_where=sa.text("dropped_at IS NULL"),
        postgresql_where=sa.text("dropped_at IS NULL"),
    )
    op.create_index("stored_files_subject", "stored_files", ["subject", "paper_n", "page"], unique=False)
    op.create_table(
        "presubmission_marks",
        sa.Column("presubmission_code", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("paper_n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("staff_id", BIG, nullable=False),
        sa.Column("at", base.Utc(), nullable=False),
        sa.PrimaryKeyConstraint("presubmission_code", "round", "paper_n"),
    )
    op.create_table(
        "presubmission_returns",
        sa.Column("presubmission_code", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("items", base.Json(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("needs_head", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("staff_id", BIG, nullable=False),
        sa.Column("at", base.Utc(), nullable=False),
        sa.Column("approved_by", BIG, nullable=True),
        sa.Column("approved_at", base.Utc(), nullable=True),
        sa.PrimaryKeyConstraint("presubmission_code", "round"),
    )
    op.create_table(
        "delegations",
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("presubmission_code", sa.Text(), nullable=False),
        sa.Column("made_at", base.Utc(), nullable=False),
        sa.Column("until", base.Utc(), nullable=False),
        sa.Column("given_at", base.Utc(), nullable=True),
        sa.Column("given_by", BIG, nullable=True),
        sa.Column("revoked_at", base.Utc(), nullable=True),
        sa.PrimaryKeyConstraint("code_hash"),
    )
    op.create_table(
        "draft_moves",
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("presubmission_code", sa.Text(), nullable=False),
        sa.Column("until", base.Utc(), nullable=False),
        sa.PrimaryKeyConstraint("code_hash"),
    )
    op.create_table(
        "arrival_receipts",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("presubmission_code", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("manifest", base.Json(), nullable=False),
        sa.Column("seal", sa.Text(), nullable=False),
        sa.Column("at", base.Utc(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("presubmission_code", "round"),
    )


def downgrade() -> None:
    op.drop_table("arrival_receipts")
    op.drop_table("draft_moves")
    op.drop_table("delegations")
    op.drop_table("presubmission_returns")
    op.drop_table("presubmission_marks")
    op.drop_table("stored_files")
    op.drop_table("presubmission_papers")
    op.drop_table("presubmissions")
    op.drop_table("presubmission_counters")
    op.drop_table("consents")
