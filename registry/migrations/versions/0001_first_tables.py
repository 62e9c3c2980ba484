"""first tables

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op


revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "capability",
        sa.Column("tick", sa.Integer(), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("slug", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "portal",
                "user_account",
                "payment",
                "form_server",
                "specialist_application",
                "dms",
                "transport",
                "standard",
                "other",
                name="capabilitykind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("slug"),
    )
    with op.batch_alter_table("capability", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_capability_tick"), ["tick"], unique=False)

    op.create_table(
        "clock",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tick", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.execute("INSERT INTO clock (id, tick) VALUES (1, 0)")
    op.create_table(
        "district",
        sa.Column("tick", sa.Integer(), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("key", sa.String(length=5), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("admin_region", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    with op.batch_alter_table("district", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_district_tick"), ["tick"], unique=False)

    op.create_table(
        "maturity_level",
        sa.Column("tick", sa.Integer(), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("model", sa.String(length=10), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=True),
        sa.PrimaryKeyConstraint("model", "level"),
    )
    with op.batch_alter_table("maturity_level", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_maturity_level_tick"), ["tick"], unique=False)

    op.create_table(
        "provider",
        sa.Column("tick", sa.Integer(), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("slug", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("town", sa.String(length=120), nullable=True),
        sa.Column("website", sa.String(length=1000), nullable=True),
        sa.PrimaryKeyConstraint("slug"),
    )
    with op.batch_alter_table("provider", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_provider_tick"), ["tick"], unique=False)

    op.create_table(
        "revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tick", sa.Integer(), nullable=False),
        sa.Column("entity", sa.String(length=40), nullable=False),
        sa.Column("entity_key", sa.String(length=120), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("revision", schema=None) as batch_op:
        batch_op.create_index("ix_revision_entry", ["entity", "entity_key", "tick"], unique=False)
        batch_op.create_index(batch_op.f("ix_revision_tick"), ["tick"], unique=False)

    op.create_table(
        "service_bundle",
        sa.Column("slug", sa.String(length=100), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("summary", sa.String(length=500), nullable=False),
        sa.Column("description", sa.String(length=20000), nullable=True),
        sa.Column("audience", sa.JSON(), nullable=False),
        sa.Column("programme", sa.String(length=200), nullable=True),
        sa.Column(
            "phase",
            sa.Enum(
                "preparation",
                "conception",
                "implementation",
                "operation",
                "completed",
                "discontinued",
                name="phase",
                native_enum=False,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("phase_as_of", sa.String(length=10), nullable=True),
        sa.Column("project_start", sa.String(length=10), nullable=True),
        sa.Column("project_end", sa.String(length=10), nullable=True),
        sa.Column("live_since", sa.String(length=10), nullable=True),
        sa.Column("funding_amount_eur", sa.BigInteger(), nullable=True),
        sa.Column("total_cost_eur", sa.BigInteger(), nullable=True),
        sa.Column("funding_note", sa.String(length=1000), nullable=True),
        sa.Column(
            "reuse_model",
            sa.Enum(
                "efa",
                "shared_operation",
                "self_hosted_open",
                "self_hosted_licensed",
                "blueprint",
                name="reusemodel",
                native_enum=False,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("procurement_paths", sa.JSON(), nullable=False),
        sa.Column("licence", sa.String(length=80), nullable=True),
        sa.Column("transferable_since", sa.String(length=10), nullable=True),
        sa.Column("fits_population_from", sa.Integer(), nullable=True),
        sa.Column("fits_population_to", sa.Integer(), nullable=True),
        sa.Column("fits_kinds", sa.JSON(), nullable=False),
        sa.Column("contact_email", sa.String(length=254), nullable=True),
        sa.Column("contact_url", sa.String(length=1000), nullable=True),
        sa.Column("verified_on", sa.Date(), nullable=True),
        sa.Column("verified_by", sa.String(length=200), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft", "in_review", "published", "withdrawn", "archived", name="state", native_enum=False, length=40
            ),
            nullable=False,
        ),
        sa.Column("state_note", sa.String(length=500), nullable=True),
        sa.Column("successor_slug", sa.String(length=100), nullable=True),
        sa.Column("tick", sa.Integer(), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=True),
        sa.Column("changed_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("service_bundle", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_service_bundle_slug"), ["slug"], unique=True)
        batch_op.create_index(batch_op.f("ix_service_bundle_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_service_bundle_tick"), ["tick"], unique=False)

    op.create_table(
        "topic_field",
        sa.Column("tick", sa.Integer(), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("slug", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("slug"),
    )
    with op.batch_alter_table("topic_field", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_topic_field_tick"), ["tick"], unique=False)

    op.create_table(
        "bundle_link",
        sa.Column("bundle_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "website",
                "online_service",
                "demo",
                "repository",
                "documentation",
                "report",
                name="linkkind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("url", sa.String(length=1000), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bundle_id"],
            ["service_bundle.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("bundle_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bundle_link_bundle_id"), ["bundle_id"], unique=False)

    op.create_table(
        "bundle_maturity",
        sa.Column("bundle_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("model", sa.String(length=10), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("leika_key", sa.String(length=14), nullable=True),
        sa.Column("assessed_on", sa.Date(), nullable=False),
        sa.Column("ground", sa.String(length=1000), nullable=False),
        sa.Column("source_url", sa.String(length=1000), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bundle_id"],
            ["service_bundle.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("bundle_maturity", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bundle_maturity_bundle_id"), ["bundle_id"], unique=False)

    op.create_table(
        "bundle_requirement",
        sa.Column("bundle_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("capability", sa.String(length=100), nullable=False),
        sa.Column(
            "level",
            sa.Enum("mandatory", "recommended", name="requirementlevel", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bundle_id"],
            ["service_bundle.id"],
        ),
        sa.ForeignKeyConstraint(
            ["capability"],
            ["capability.slug"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("bundle_id", "capability", name="uq_bundle_requirement"),
    )
    with op.batch_alter_table("bundle_requirement", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bundle_requirement_bundle_id"), ["bundle_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_bundle_requirement_capability"), ["capability"], unique=False)

    op.create_table(
        "bundle_source",
        sa.Column("bundle_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("url", sa.String(length=1000), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("publisher", sa.String(length=200), nullable=True),
        sa.Column("published", sa.String(length=10), nullable=True),
        sa.Column("supports", sa.String(length=500), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bundle_id"],
            ["service_bundle.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("bundle_source", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bundle_source_bundle_id"), ["bundle_id"], unique=False)

    op.create_table(
        "municipality",
        sa.Column("tick", sa.Integer(), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("ags", sa.String(length=8), nullable=False),
        sa.Column("ars", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("designation", sa.String(length=40), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("independent_city", "district_municipality", name="municipalitykind", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("district_key", sa.String(length=5), nullable=True),
        sa.Column("admin_region", sa.String(length=60), nullable=False),
        sa.Column("population", sa.Integer(), nullable=True),
        sa.Column("population_as_of", sa.String(length=10), nullable=True),
        sa.Column("area_km2", sa.Float(), nullable=True),
        sa.Column("postcode", sa.String(length=5), nullable=True),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("nuts3", sa.String(length=5), nullable=True),
        sa.ForeignKeyConstraint(
            ["district_key"],
            ["district.key"],
        ),
        sa.PrimaryKeyConstraint("ags"),
        sa.UniqueConstraint("ars"),
    )
    with op.batch_alter_table("municipality", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_municipality_district_key"), ["district_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_municipality_name"), ["name"], unique=False)
        batch_op.create_index(batch_op.f("ix_municipality_tick"), ["tick"], unique=False)

    op.create_table(
        "situation",
        sa.Column("tick", sa.Integer(), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("slug", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("topic_field_slug", sa.String(length=100), nullable=False),
        sa.Column(
            "kind", sa.Enum("life", "business", name="situationkind", native_enum=False, length=40), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["topic_field_slug"],
            ["topic_field.slug"],
        ),
        sa.PrimaryKeyConstraint("slug"),
    )
    with op.batch_alter_table("situation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_situation_tick"), ["tick"], unique=False)
        batch_op.create_index(batch_op.f("ix_situation_topic_field_slug"), ["topic_field_slug"], unique=False)

    op.create_table(
        "transferability_profile",
        sa.Column("legal_score", sa.Integer(), nullable=True),
        sa.Column("legal_reason", sa.String(length=1000), nullable=True),
        sa.Column("organisational_score", sa.Integer(), nullable=True),
        sa.Column("organisational_reason", sa.String(length=1000), nullable=True),
        sa.Column("technical_score", sa.Integer(), nullable=True),
        sa.Column("technical_reason", sa.String(length=1000), nullable=True),
        sa.Column("financial_score", sa.Integer(), nullable=True),
        sa.Column("financial_reason", sa.String(length=1000), nullable=True),
        sa.Column("introduction_cost_from_eur", sa.BigInteger(), nullable=True),
        sa.Column("introduction_cost_to_eur", sa.BigInteger(), nullable=True),
        sa.Column("operation_cost_from_eur", sa.BigInteger(), nullable=True),
        sa.Column("operation_cost_to_eur", sa.BigInteger(), nullable=True),
        sa.Column("introduction_effort_days_from", sa.Float(), nullable=True),
        sa.Column("introduction_effort_days_to", sa.Float(), nullable=True),
        sa.Column("introduction_duration_months_from", sa.Float(), nullable=True),
        sa.Column("introduction_duration_months_to", sa.Float(), nullable=True),
        sa.Column("operation_fte_from", sa.Float(), nullable=True),
        sa.Column("operation_fte_to", sa.Float(), nullable=True),
        sa.Column("target_group", sa.String(), nullable=True),
        sa.Column("main_beneficiaries", sa.String(length=20000), nullable=True),
        sa.Column("reusable_concepts", sa.String(), nullable=True),
        sa.Column("free_solutions", sa.String(), nullable=True),
        sa.Column("availability", sa.String(), nullable=True),
        sa.Column("provision", sa.String(), nullable=True),
        sa.Column("infrastructure", sa.String(), nullable=True),
        sa.Column("participation_rights", sa.String(), nullable=True),
        sa.Column("organisational_requirements", sa.String(length=20000), nullable=True),
        sa.Column("required_knowledge", sa.String(), nullable=True),
        sa.Column("funding_sources", sa.String(), nullable=True),
        sa.Column("direct_savings", sa.String(), nullable=True),
        sa.Column("indirect_savings", sa.String(), nullable=True),
        sa.Column("long_term_benefit", sa.String(), nullable=True),
        sa.Column("third_party_benefit", sa.String(), nullable=True),
        sa.Column("legal_basis", sa.String(), nullable=True),
        sa.Column("bylaw_reference", sa.String(), nullable=True),
        sa.Column("state_or_federal_law", sa.String(length=20000), nullable=True),
        sa.Column("data_protection", sa.String(), nullable=True),
        sa.Column("experiences", sa.String(), nullable=True),
        sa.Column("challenges", sa.String(), nullable=True),
        sa.Column("alternatives", sa.String(), nullable=True),
        sa.Column("timeline", sa.String(), nullable=True),
        sa.Column("components", sa.String(), nullable=True),
        sa.Column("stakeholders", sa.String(), nullable=True),
        sa.Column("bundle_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bundle_id"],
            ["service_bundle.id"],
        ),
        sa.PrimaryKeyConstraint("bundle_id"),
    )
    op.create_table(
        "bundle_participant",
        sa.Column("bundle_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "role",
            sa.Enum("lead", "partner", "provider", name="participantrole", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("municipality", sa.String(length=8), nullable=True),
        sa.Column("district", sa.String(length=5), nullable=True),
        sa.Column("provider", sa.String(length=100), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(CASE WHEN municipality IS NULL THEN 0 ELSE 1 END) + (CASE WHEN district IS NULL THEN 0 ELSE 1 END) + (CASE WHEN provider IS NULL THEN 0 ELSE 1 END) + (CASE WHEN name IS NULL THEN 0 ELSE 1 END) = 1",
            name="ck_bundle_participant_one",
        ),
        sa.ForeignKeyConstraint(
            ["bundle_id"],
            ["service_bundle.id"],
        ),
        sa.ForeignKeyConstraint(
            ["district"],
            ["district.key"],
        ),
        sa.ForeignKeyConstraint(
            ["municipality"],
            ["municipality.ags"],
        ),
        sa.ForeignKeyConstraint(
            ["provider"],
            ["provider.slug"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("bundle_participant", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bundle_participant_bundle_id"), ["bundle_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_bundle_participant_district"), ["district"], unique=False)
        batch_op.create_index(batch_op.f("ix_bundle_participant_municipality"), ["municipality"], unique=False)
        batch_op.create_index(batch_op.f("ix_bundle_participant_provider"), ["provider"], unique=False)

    op.create_table(
        "ozg_service",
        sa.Column("tick", sa.Integer(), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("ozg_id", sa.String(length=5), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("situation_slug", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(
            ["situation_slug"],
            ["situation.slug"],
        ),
        sa.PrimaryKeyConstraint("ozg_id"),
    )
    with op.batch_alter_table("ozg_service", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ozg_service_situation_slug"), ["situation_slug"], unique=False)
        batch_op.create_index(batch_op.f("ix_ozg_service_tick"), ["tick"], unique=False)

    op.create_table(
        "bundle_ozg_service",
        sa.Column("bundle_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("ozg_id", sa.String(length=5), nullable=False),
        sa.Column("coverage", sa.Enum("full", "partial", name="coverage", native_enum=False, length=40), nullable=True),
        sa.Column(
            "basis", sa.Enum("named", "by_meaning", name="mappingbasis", native_enum=False, length=40), nullable=False
        ),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.Column("leika_keys", sa.JSON(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bundle_id"],
            ["service_bundle.id"],
        ),
        sa.ForeignKeyConstraint(
            ["ozg_id"],
            ["ozg_service.ozg_id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("bundle_id", "ozg_id", name="uq_bundle_ozg_service"),
    )
    with op.batch_alter_table("bundle_ozg_service", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bundle_ozg_service_bundle_id"), ["bundle_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_bundle_ozg_service_ozg_id"), ["ozg_id"], unique=False)

    op.create_table(
        "leika_service",
        sa.Column("tick", sa.Integer(), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("ozg_id", sa.String(length=5), nullable=False),
        sa.Column("key", sa.String(length=14), nullable=True),
        sa.Column("name", sa.String(length=400), nullable=False),
        sa.Column("typing", sa.String(length=20), nullable=True),
        sa.Column("law_short", sa.String(length=100), nullable=True),
        sa.Column("legal_basis", sa.String(length=1000), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ozg_id"],
            ["ozg_service.ozg_id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("ozg_id", "key", name="uq_leika_service_ozg_key"),
    )
    with op.batch_alter_table("leika_service", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_leika_service_key"), ["key"], unique=False)
        batch_op.create_index(batch_op.f("ix_leika_service_ozg_id"), ["ozg_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_leika_service_tick"), ["tick"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("leika_service", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_leika_service_tick"))
        batch_op.drop_index(batch_op.f("ix_leika_service_ozg_id"))
        batch_op.drop_index(batch_op.f("ix_leika_service_key"))

    op.drop_table("leika_service")
    with op.batch_alter_table("bundle_ozg_service", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_bundle_ozg_service_ozg_id"))
        batch_op.drop_index(batch_op.f("ix_bundle_ozg_service_bundle_id"))

    op.drop_table("bundle_ozg_service")
    with op.batch_alter_table("ozg_service", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_ozg_service_tick"))
        batch_op.drop_index(batch_op.f("ix_ozg_service_situation_slug"))

    op.drop_table("ozg_service")
    with op.batch_alter_table("bundle_participant", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_bundle_participant_provider"))
        batch_op.drop_index(batch_op.f("ix_bundle_participant_municipality"))
        batch_op.drop_index(batch_op.f("ix_bundle_participant_district"))
        batch_op.drop_index(batch_op.f("ix_bundle_participant_bundle_id"))

    op.drop_table("bundle_participant")
    op.drop_table("transferability_profile")
    with op.batch_alter_table("situation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_situation_topic_field_slug"))
        batch_op.drop_index(batch_op.f("ix_situation_tick"))

    op.drop_table("situation")
    with op.batch_alter_table("municipality", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_municipality_tick"))
        batch_op.drop_index(batch_op.f("ix_municipality_name"))
        batch_op.drop_index(batch_op.f("ix_municipality_district_key"))

    op.drop_table("municipality")
    with op.batch_alter_table("bundle_source", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_bundle_source_bundle_id"))

    op.drop_table("bundle_source")
    with op.batch_alter_table("bundle_requirement", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_bundle_requirement_capability"))
        batch_op.drop_index(batch_op.f("ix_bundle_requirement_bundle_id"))

    op.drop_table("bundle_requirement")
    with op.batch_alter_table("bundle_maturity", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_bundle_maturity_bundle_id"))

    op.drop_table("bundle_maturity")
    with op.batch_alter_table("bundle_link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_bundle_link_bundle_id"))

    op.drop_table("bundle_link")
    with op.batch_alter_table("topic_field", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_topic_field_tick"))

    op.drop_table("topic_field")
    with op.batch_alter_table("service_bundle", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_service_bundle_tick"))
        batch_op.drop_index(batch_op.f("ix_service_bundle_state"))
        batch_op.drop_index(batch_op.f("ix_service_bundle_slug"))

    op.drop_table("service_bundle")
    with op.batch_alter_table("revision", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_revision_tick"))
        batch_op.drop_index("ix_revision_entry")

    op.drop_table("revision")
    with op.batch_alter_table("provider", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_provider_tick"))

    op.drop_table("provider")
    with op.batch_alter_table("maturity_level", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_maturity_level_tick"))

    op.drop_table("maturity_level")
    with op.batch_alter_table("district", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_district_tick"))

    op.drop_table("district")
    op.drop_table("clock")
    with op.batch_alter_table("capability", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_capability_tick"))

    op.drop_table("capability")
