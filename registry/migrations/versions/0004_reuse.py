"""Capability profiles, adoptions, cost blocks, checklist, cooperation and following.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op


revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('checklist_item',
    sa.Column('slug', sa.String(length=100), nullable=False),
    sa.Column('group', sa.Enum('interface_design', 'business_logic', 'user_account', 'payment', 'data_exchange', 'routing_transport', 'legal_reuse', 'organisation', name='checkgroup', native_enum=False, length=40), nullable=False),
    sa.Column('obligation', sa.Enum('must', 'should', 'may', name='obligation', native_enum=False, length=40), nullable=False),
    sa.Column('title', sa.String(length=300), nullable=False),
    sa.Column('help', sa.String(length=1000), nullable=True),
    sa.Column('source_url', sa.String(length=1000), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('retired', sa.Boolean(), nullable=False),
    sa.Column('tick', sa.Integer(), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('checklist_item', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_checklist_item_slug'), ['slug'], unique=True)

    op.create_table('bundle_check',
    sa.Column('bundle_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('item', sa.String(length=100), nullable=False),
    sa.Column('verdict', sa.Enum('fulfilled', 'partly', 'not_fulfilled', 'unchecked', name='verdict', native_enum=False, length=40), nullable=False),
    sa.Column('checked_on', sa.Date(), nullable=True),
    sa.Column('source_url', sa.String(length=1000), nullable=True),
    sa.Column('note', sa.String(length=500), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['bundle_id'], ['service_bundle.id'], ),
    sa.ForeignKeyConstraint(['item'], ['checklist_item.slug'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('bundle_id', 'item', name='uq_bundle_check')
    )
    with op.batch_alter_table('bundle_check', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_bundle_check_bundle_id'), ['bundle_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_bundle_check_item'), ['item'], unique=False)

    op.create_table('bundle_cost',
    sa.Column('bundle_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Enum('development', 'connection', 'operation_fixed', 'operation_variable', 'further_development', 'specialist_interface', 'own_staff', name='costkind', native_enum=False, length=40), nullable=False),
    sa.Column('rhythm', sa.Enum('once', 'yearly', name='costrhythm', native_enum=False, length=40), nullable=False),
    sa.Column('basis', sa.Enum('flat', 'per_inhabitant', 'per_case', name='costbasis', native_enum=False, length=40), nullable=False),
    sa.Column('amount_from_eur', sa.BigInteger(), nullable=True),
    sa.Column('amount_to_eur', sa.BigInteger(), nullable=True),
    sa.Column('payer', sa.Enum('land', 'municipality', name='payer', native_enum=False, length=40), nullable=True),
    sa.Column('distribution', sa.Enum('number_of_bodies', 'inhabitants', 'actual_use', 'independent_of_use', 'combination', 'koenigstein', name='distributionkey', native_enum=False, length=40), nullable=True),
    sa.Column('price_date', sa.String(length=10), nullable=True),
    sa.Column('source_url', sa.String(length=1000), nullable=True),
    sa.Column('note', sa.String(length=500), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['bundle_id'], ['service_bundle.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('bundle_cost', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_bundle_cost_bundle_id'), ['bundle_id'], unique=False)

    op.create_table('following',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('kind', sa.Enum('search', 'bundle', 'ozg_service', 'municipality', name='followedkind', native_enum=False, length=40), nullable=False),
    sa.Column('target', sa.String(length=1000), nullable=False),
    sa.Column('label', sa.String(length=300), nullable=False),
    sa.Column('rhythm', sa.Enum('daily', 'weekly', name='rhythm', native_enum=False, length=40), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('told_tick', sa.Integer(), nullable=False),
    sa.Column('told_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('told_hits', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('following', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_following_email'), ['email'], unique=False)
        batch_op.create_index(batch_op.f('ix_following_person_id'), ['person_id'], unique=False)
        batch_op.create_index('uq_following', ['email', 'kind', 'target'], unique=True)

    op.create_table('capability_profile',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('municipality', sa.String(length=8), nullable=True),
    sa.Column('district', sa.String(length=5), nullable=True),
    sa.Column('provider', sa.String(length=100), nullable=True),
    sa.Column('served_by', sa.String(length=100), nullable=True),
    sa.Column('visibility', sa.Enum('private', 'shared', 'public', name='visibility', native_enum=False, length=40), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_by', sa.String(length=200), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('(CASE WHEN municipality IS NULL THEN 0 ELSE 1 END) + (CASE WHEN district IS NULL THEN 0 ELSE 1 END) + (CASE WHEN provider IS NULL THEN 0 ELSE 1 END) = 1', name='ck_capability_profile_one'),
    sa.ForeignKeyConstraint(['district'], ['district.key'], ),
    sa.ForeignKeyConstraint(['municipality'], ['municipality.ags'], ),
    sa.ForeignKeyConstraint(['provider'], ['provider.slug'], ),
    sa.ForeignKeyConstraint(['served_by'], ['provider.slug'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('district'),
    sa.UniqueConstraint('municipality'),
    sa.UniqueConstraint('provider')
    )
    with op.batch_alter_table('capability_profile', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_capability_profile_served_by'), ['served_by'], unique=False)

    op.create_table('adoption',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=43), nullable=False),
    sa.Column('bundle_id', sa.Integer(), nullable=False),
    sa.Column('municipality', sa.String(length=8), nullable=True),
    sa.Column('district', sa.String(length=5), nullable=True),
    sa.Column('provider', sa.String(length=100), nullable=True),
    sa.Column('step', sa.Enum('interest', 'review', 'contract', 'connecting', 'pilot', 'productive', 'ended', 'abandoned', name='step', native_enum=False, length=40), nullable=False),
    sa.Column('declared_by', sa.Integer(), nullable=True),
    sa.Column('request', sa.Enum('open', 'answered', 'declined', name='requeststate', native_enum=False, length=40), nullable=True),
    sa.Column('request_reason', sa.String(length=2000), nullable=False),
    sa.Column('confirmed_on', sa.Date(), nullable=True),
    sa.Column('confirmed_by', sa.Integer(), nullable=True),
    sa.Column('reminded_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('denied_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('tick', sa.Integer(), nullable=False),
    sa.CheckConstraint('(municipality IS NULL) <> (district IS NULL)', name='ck_adoption_one'),
    sa.ForeignKeyConstraint(['bundle_id'], ['service_bundle.id'], ),
    sa.ForeignKeyConstraint(['confirmed_by'], ['organisation.id'], ),
    sa.ForeignKeyConstraint(['declared_by'], ['organisation.id'], ),
    sa.ForeignKeyConstraint(['district'], ['district.key'], ),
    sa.ForeignKeyConstraint(['municipality'], ['municipality.ags'], ),
    sa.ForeignKeyConstraint(['provider'], ['provider.slug'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('adoption', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_adoption_bundle_id'), ['bundle_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_adoption_declared_by'), ['declared_by'], unique=False)
        batch_op.create_index(batch_op.f('ix_adoption_district'), ['district'], unique=False)
        batch_op.create_index(batch_op.f('ix_adoption_key'), ['key'], unique=True)
        batch_op.create_index(batch_op.f('ix_adoption_municipality'), ['municipality'], unique=False)
        batch_op.create_index(batch_op.f('ix_adoption_provider'), ['provider'], unique=False)
        batch_op.create_index(batch_op.f('ix_adoption_step'), ['step'], unique=False)
        batch_op.create_index(batch_op.f('ix_adoption_tick'), ['tick'], unique=False)
        batch_op.create_index('uq_adoption_open_district', ['bundle_id', 'district'], unique=True, sqlite_where=sa.text('closed_at IS NULL'), postgresql_where=sa.text('closed_at IS NULL'))
        batch_op.create_index('uq_adoption_open_municipality', ['bundle_id', 'municipality'], unique=True, sqlite_where=sa.text('closed_at IS NULL'), postgresql_where=sa.text('closed_at IS NULL'))

    op.create_table('profile_statement',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('profile_id', sa.Integer(), nullable=False),
    sa.Column('capability', sa.String(length=100), nullable=False),
    sa.Column('has', sa.Boolean(), nullable=False),
    sa.Column('note', sa.String(length=300), nullable=True),
    sa.ForeignKeyConstraint(['capability'], ['capability.slug'], ),
    sa.ForeignKeyConstraint(['profile_id'], ['capability_profile.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('profile_id', 'capability', name='uq_profile_statement')
    )
    with op.batch_alter_table('profile_statement', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_profile_statement_capability'), ['capability'], unique=False)
        batch_op.create_index(batch_op.f('ix_profile_statement_profile_id'), ['profile_id'], unique=False)

    op.create_table('shared_interest',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('ozg_id', sa.String(length=5), nullable=False),
    sa.Column('organisation_id', sa.Integer(), nullable=False),
    sa.Column('note', sa.String(length=1000), nullable=False),
    sa.Column('is_public', sa.Boolean(), nullable=False),
    sa.Column('actor', sa.String(length=200), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('tick', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], ),
    sa.ForeignKeyConstraint(['ozg_id'], ['ozg_service.ozg_id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('shared_interest', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_shared_interest_organisation_id'), ['organisation_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_shared_interest_ozg_id'), ['ozg_id'], unique=False)
        batch_op.create_index('uq_shared_interest_open', ['ozg_id', 'organisation_id'], unique=True, sqlite_where=sa.text('ended_at IS NULL'), postgresql_where=sa.text('ended_at IS NULL'))

    op.create_table('adoption_correction',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('adoption_id', sa.Integer(), nullable=False),
    sa.Column('step', sa.Enum('interest', 'review', 'contract', 'connecting', 'pilot', 'productive', 'ended', 'abandoned', name='step', native_enum=False, length=40), nullable=False),
    sa.Column('changes', sa.JSON(), nullable=False),
    sa.Column('actor', sa.String(length=200), nullable=False),
    sa.Column('organisation_id', sa.Integer(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['adoption_id'], ['adoption.id'], ),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('adoption_correction', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_adoption_correction_adoption_id'), ['adoption_id'], unique=False)

    op.create_table('adoption_message',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('adoption_id', sa.Integer(), nullable=False),
    sa.Column('author_id', sa.Integer(), nullable=True),
    sa.Column('organisation_id', sa.Integer(), nullable=True),
    sa.Column('text', sa.String(length=5000), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['adoption_id'], ['adoption.id'], ),
    sa.ForeignKeyConstraint(['author_id'], ['person.id'], ),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('adoption_message', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_adoption_message_adoption_id'), ['adoption_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_adoption_message_author_id'), ['author_id'], unique=False)

    op.create_table('adoption_step',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('adoption_id', sa.Integer(), nullable=False),
    sa.Column('step', sa.Enum('interest', 'review', 'contract', 'connecting', 'pilot', 'productive', 'ended', 'abandoned', name='step', native_enum=False, length=40), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('is_public', sa.Boolean(), nullable=False),
    sa.Column('reason', sa.String(length=2000), nullable=False),
    sa.Column('actor', sa.String(length=200), nullable=False),
    sa.Column('organisation_id', sa.Integer(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['adoption_id'], ['adoption.id'], ),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('adoption_step', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_adoption_step_adoption_id'), ['adoption_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_adoption_step_day'), ['day'], unique=False)

    op.create_table('adoption_task',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('adoption_id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('hint', sa.String(length=1000), nullable=False),
    sa.Column('side', sa.String(length=20), nullable=False),
    sa.Column('state', sa.Enum('open', 'done', 'not_needed', name='taskstate', native_enum=False, length=40), nullable=False),
    sa.Column('done_on', sa.Date(), nullable=True),
    sa.Column('note', sa.String(length=500), nullable=False),
    sa.Column('changed_by', sa.String(length=200), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['adoption_id'], ['adoption.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('adoption_task', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_adoption_task_adoption_id'), ['adoption_id'], unique=False)

    op.create_table('experience_report',
    sa.Column('effort_days', sa.Float(), nullable=True),
    sa.Column('introduction_cost_eur', sa.BigInteger(), nullable=True),
    sa.Column('operation_cost_eur', sa.BigInteger(), nullable=True),
    sa.Column('duration_months', sa.Float(), nullable=True),
    sa.Column('adaptations', sa.String(length=10000), nullable=True),
    sa.Column('advice', sa.String(length=10000), nullable=True),
    sa.Column('again', sa.Enum('yes', 'with_reservations', 'no', name='again', native_enum=False, length=40), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('adoption_id', sa.Integer(), nullable=False),
    sa.Column('is_public', sa.Boolean(), nullable=False),
    sa.Column('as_of', sa.Date(), nullable=False),
    sa.Column('organisation_id', sa.Integer(), nullable=True),
    sa.Column('actor', sa.String(length=200), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('tick', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['adoption_id'], ['adoption.id'], ),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('experience_report', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_experience_report_adoption_id'), ['adoption_id'], unique=True)

    # Added one by one and not in batches, which would copy a table that others refer to: SQLite refuses that.
    op.add_column("capability", sa.Column("product_of", sa.String(length=100), nullable=True))
    for name in ("added_here", "changed_here"):
        op.add_column("capability", sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.text("false")))
    for name in ("legal", "organisational", "technical", "financial"):
        op.add_column("transferability_profile", sa.Column(f"{name}_source_url", sa.String(length=1000), nullable=True))
        op.add_column("transferability_profile", sa.Column(f"{name}_assessed_on", sa.Date(), nullable=True))


def downgrade() -> None:
    for name in ("legal", "organisational", "technical", "financial"):
        op.drop_column("transferability_profile", f"{name}_assessed_on")
        op.drop_column("transferability_profile", f"{name}_source_url")
    for name in ("changed_here", "added_here", "product_of"):
        op.drop_column("capability", name)

    with op.batch_alter_table('experience_report', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_experience_report_adoption_id'))

    op.drop_table('experience_report')
    with op.batch_alter_table('adoption_task', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_adoption_task_adoption_id'))

    op.drop_table('adoption_task')
    with op.batch_alter_table('adoption_step', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_adoption_step_day'))
        batch_op.drop_index(batch_op.f('ix_adoption_step_adoption_id'))

    op.drop_table('adoption_step')
    with op.batch_alter_table('adoption_correction', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_adoption_correction_adoption_id'))

    op.drop_table('adoption_correction')
    with op.batch_alter_table('adoption_message', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_adoption_message_author_id'))
        batch_op.drop_index(batch_op.f('ix_adoption_message_adoption_id'))

    op.drop_table('adoption_message')
    with op.batch_alter_table('shared_interest', schema=None) as batch_op:
        batch_op.drop_index('uq_shared_interest_open', sqlite_where=sa.text('ended_at IS NULL'), postgresql_where=sa.text('ended_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_shared_interest_ozg_id'))
        batch_op.drop_index(batch_op.f('ix_shared_interest_organisation_id'))

    op.drop_table('shared_interest')
    with op.batch_alter_table('profile_statement', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_profile_statement_profile_id'))
        batch_op.drop_index(batch_op.f('ix_profile_statement_capability'))

    op.drop_table('profile_statement')
    with op.batch_alter_table('adoption', schema=None) as batch_op:
        batch_op.drop_index('uq_adoption_open_municipality', sqlite_where=sa.text('closed_at IS NULL'), postgresql_where=sa.text('closed_at IS NULL'))
        batch_op.drop_index('uq_adoption_open_district', sqlite_where=sa.text('closed_at IS NULL'), postgresql_where=sa.text('closed_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_adoption_tick'))
        batch_op.drop_index(batch_op.f('ix_adoption_step'))
        batch_op.drop_index(batch_op.f('ix_adoption_provider'))
        batch_op.drop_index(batch_op.f('ix_adoption_municipality'))
        batch_op.drop_index(batch_op.f('ix_adoption_key'))
        batch_op.drop_index(batch_op.f('ix_adoption_district'))
        batch_op.drop_index(batch_op.f('ix_adoption_declared_by'))
        batch_op.drop_index(batch_op.f('ix_adoption_bundle_id'))

    op.drop_table('adoption')
    with op.batch_alter_table('capability_profile', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_capability_profile_served_by'))

    op.drop_table('capability_profile')
    with op.batch_alter_table('following', schema=None) as batch_op:
        batch_op.drop_index('uq_following')
        batch_op.drop_index(batch_op.f('ix_following_person_id'))
        batch_op.drop_index(batch_op.f('ix_following_email'))

    op.drop_table('following')
    with op.batch_alter_table('bundle_cost', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_bundle_cost_bundle_id'))

    op.drop_table('bundle_cost')
    with op.batch_alter_table('bundle_check', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_bundle_check_item'))
        batch_op.drop_index(batch_op.f('ix_bundle_check_bundle_id'))

    op.drop_table('bundle_check')
    with op.batch_alter_table('checklist_item', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_checklist_item_slug'))

    op.drop_table('checklist_item')
