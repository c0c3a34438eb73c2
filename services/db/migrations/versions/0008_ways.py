"""In which of her chats a person is told."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "notice_ways",
        sa.Column("person_id", BIG, autoincrement=False, nullable=False),
        sa.Column("dossier_code", sa.Text(), nullable=False),
        sa.Column("conversation_id", BIG, nullable=False),
        sa.PrimaryKeyConstraint("person_id", "dossier_code"),
    )
    op.create_index("notice_ways_conversation", "notice_ways", ["conversation_id"])


def downgrade() -> None:
    op.drop_index("notice_ways_conversation", "notice_ways")
    op.drop_table("notice_ways")
