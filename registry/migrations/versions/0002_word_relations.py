"""Relations of words that coordinators add to the search.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "word_relation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("line", sa.String(length=500), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("tick", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("word_relation") as batch:
        batch.create_index("ix_word_relation_tick", ["tick"], unique=False)


def downgrade() -> None:
    op.drop_table("word_relation")
