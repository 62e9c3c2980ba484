"""The OZG catalogue: topic fields, OZG services, LeiKa services."""

import re
from itertools import groupby

from flask import Blueprint, redirect, render_template, url_for
from werkzeug import Response

from registry.catalogue import queries
from registry.reuse.queries import bundle_cards, bundle_slugs
from registry.web.caching import follows_clock
from registry.web.pages.errors import PageNotFound
from registry.web.services import reading

ozg = Blueprint("ozg", __name__)


@ozg.get("/ozg")
@follows_clock
def catalogue() -> str:
    """Show topic fields and situations, each with its numbers of OZG services and bundles."""
    with reading() as session:
        fields = queries.topic_fields(session)
        situations = queries.situations(session)
        figures = queries.figures(session)
    by_field = {field.slug: [one for one in situations if one.topic_field_slug == field.slug] for field in fields}
    return render_template("ozg/catalogue.html", fields=fields, situations=by_field, figures=figures)


@ozg.get("/themenfelder/<slug>")
@follows_clock
def topic_field(slug: str) -> str:
    """Show the OZG services of a topic field by situation."""
    with reading() as session:
        field = queries.topic_field(session, slug)
        if field is None:
            raise PageNotFound("Dieses Themenfeld gibt es nicht.")
        rows = queries.ozg_services(session, topic_field=slug)
        count = next((one for one in queries.topic_fields(session) if one.slug == slug), None)
    rows.sort(key=lambda row: (row.situation.name, row.situation.slug))
    groups = [(situation, list(group)) for situation, group in groupby(rows, key=lambda row: row.situation)]
    return render_template("ozg/topic_field.html", field=field, groups=groups, rows=rows, count=count)


@ozg.get("/ozg/<ozg_id>")
@follows_clock
def show(ozg_id: str) -> str:
    """Show an OZG service with the bundles that cover it and its LeiKa services."""
    with reading() as session:
        found = queries.ozg_service(session, ozg_id)
        if found is None:
            raise PageNotFound("Diese OZG-Leistung gibt es im Katalog nicht.")
        cards = bundle_cards(session, bundle_slugs(session, ozg_id=ozg_id))
        near = [
            row
            for row in queries.ozg_services(session, situation=found.situation.slug)
            if row.bundle_count and row.ozg_id != ozg_id
        ]
    return render_template("ozg/show.html", found=found, service=found.service, cards=cards, near=near)


@ozg.get("/leika/<key>")
@follows_clock
def leika(key: str) -> str | Response:
    """Show a LeiKa service with its OZG services and bundles; a key written with spaces is redirected."""
    digits = re.sub(r"\s+", "", key)
    if digits != key and re.fullmatch(r"\d{14}", digits):
        return redirect(url_for("ozg.leika", key=digits), 301)
    with reading() as session:
        rows = queries.leika_services(session, key)
        if not rows:
            raise PageNotFound("Diese LeiKa-Leistung gibt es im Katalog nicht.")
        cards = bundle_cards(session, bundle_slugs(session, leika_key=key))
    return render_template("ozg/leika.html", key=key, rows=rows, service=rows[0][0], cards=cards)
