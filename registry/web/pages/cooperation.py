"""Realising an OZG service together: who would."""

from flask import Blueprint, render_template, request

from registry.catalogue.queries import OzgServiceRow, ozg_services, topic_fields
from registry.cooperation.queries import sees_all, wanted_services
from registry.web.caching import follows_clock
from registry.web.identity import current_actor
from registry.web.pages.errors import PageNotFound
from registry.web.parameters import clean_text
from registry.web.services import reading

cooperation = Blueprint("cooperation", __name__)


@cooperation.get("/nachnutzung/gemeinsam")
@follows_clock
def index() -> str:
    """List OZG services that somebody would realise together with others."""
    actor = current_actor()
    ozg_id = clean_text(request.args.get("ozg", ""))[0].replace(" ", "") or None
    with reading() as session:
        fields = topic_fields(session)
        field = next((one for one in fields if one.slug == request.args.get("themenfeld")), None)
        service: OzgServiceRow | None = None
        if ozg_id is not None:
            service = next(iter(ozg_services(session, ids=[ozg_id])), None)
            if service is None:
                raise PageNotFound("Diese OZG-Leistung gibt es im Katalog nicht.")
        wanted = wanted_services(session, actor, ozg_id=ozg_id, topic_field=field.slug if field else None)
    return render_template(
        "cooperation/index.html",
        wanted=wanted,
        service=service,
        fields=[(one.slug, one.name) for one in fields],
        field=field,
        sees_all=sees_all(actor),
        may_declare=actor.coordinates_anywhere,
    )
