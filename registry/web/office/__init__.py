"""Pages for signed-in people, below /anmelden and /verwaltung: one module a blueprint."""

from flask import Flask

from registry.web.forms import field_id
from registry.web.identity import current_actor
from registry.web.office import (
    account,
    adoptions,
    audit_log,
    building_blocks,
    bulk,
    checklist,
    choosing,
    connection,
    desk,
    editing,
    entries,
    experience,
    followings,
    inbox,
    interests,
    oidc,
    own_profile,
    people,
    quality,
    reviewing,
    sign_in,
    site,
    suggestions,
    versions,
    words,
)

BLUEPRINTS = (
    sign_in.sign_in,
    oidc.oidc,
    account.account,
    desk.desk,
    entries.entries,
    editing.editing,
    reviewing.reviewing,
    versions.versions,
    suggestions.suggestions,
    inbox.inbox,
    quality.quality,
    bulk.bulk,
    adoptions.adoptions,
    experience.experience,
    connection.connection,
    own_profile.own_profile,
    choosing.choosing,
    interests.interests,
    followings.followings,
    people.people,
    words.words,
    building_blocks.building_blocks,
    checklist.checklist,
    site.site,
    audit_log.audit_log,
)


def register_office(app: Flask) -> None:
    """Register the office's pages on `app`."""
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.add_template_global(current_actor)
    app.add_template_global(field_id)
