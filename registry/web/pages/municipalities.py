"""Municipalities and Kreise."""

import re

from flask import Blueprint, redirect, render_template, request, url_for
from sqlmodel import Session
from werkzeug import Response

from registry.catalogue import queries
from registry.catalogue.reference import District
from registry.reuse.queries import BundleCard, bundle_cards, bundle_slugs
from registry.web.caching import follows_clock
from registry.web.pages.errors import PageNotFound
from registry.web.panels.adopters import adopted_by
from registry.web.parameters import clean_text, page_number
from registry.web.services import reading

municipalities = Blueprint("municipalities", __name__)
PER_PAGE = 50


@municipalities.get("/kommunen")
@follows_clock
def index() -> str | Response:
    """List municipalities by name, filtered by text, Regierungsbezirk and Kreis."""
    text, _ = clean_text(request.args.get("q", ""))
    with reading() as session:
        districts = queries.districts(session)
        regions = sorted({one.admin_region for one in districts})
        region = _one_of(request.args.get("bezirk"), regions)
        district = _one_of(request.args.get("kreis"), [one.key for one in districts])
        only = request.args.get("buendel") == "ja"
        rows = queries.municipalities(session, text=text, admin_region=region, district=district)
    if only:
        rows = [row for row in rows if row.bundle_count]
    pages = max(1, -(-len(rows) // PER_PAGE))
    page = page_number(request.args.get("seite"))
    chosen = {"q": text or None, "bezirk": region, "kreis": district, "buendel": "ja" if only else None}
    if page > pages:
        return redirect(url_for("municipalities.index", seite=pages if pages > 1 else None, **chosen))  # type: ignore[arg-type]
    return render_template(
        "municipalities/index.html",
        rows=rows[(page - 1) * PER_PAGE : page * PER_PAGE],
        total=len(rows),
        page=page,
        pages=pages,
        chosen=chosen,
        regions=regions,
        districts=districts,
    )


def _one_of(value: str | None, known: list[str]) -> str | None:
    return value if value in known else None


@municipalities.get("/kommunen/<key>")
@follows_clock
def show(key: str) -> str | Response:
    """Show a municipality (AGS, 8 digits), or a Kreis (5 digits) with its municipalities."""
    with reading() as session:
        if re.fullmatch(r"\d{5}", key):
            district = queries.district(session, key)
            if district is not None:
                return _district_page(session, district)
            if queries.municipality(session, f"{key}000"):  # the key of a kreisfreie Stadt
                return redirect(url_for("municipalities.show", key=f"{key}000"), 301)
        row = queries.municipality(session, key) if re.fullmatch(r"\d{8}", key) else None
        if row is None:
            raise PageNotFound("Diese Kommune gibt es im Verzeichnis nicht.")
        led, partnered = _by_part(bundle_cards(session, bundle_slugs(session, municipality=key)), key)
        adopted = adopted_by(session, key)
        neighbours = (
            [one for one in queries.municipalities(session, district=row.district.key) if one.bundle_count]
            if row.district and not led and not partnered
            else []
        )
    return render_template(
        "municipalities/show.html",
        row=row,
        place=row.municipality,
        led=led,
        partnered=partnered,
        neighbours=neighbours,
        adopted=adopted,
    )


def _district_page(session: Session, district: District) -> str:
    rows = queries.municipalities(session, district=district.key)
    led, partnered = _by_part(bundle_cards(session, bundle_slugs(session, district=district.key)), district.key)
    adopted = adopted_by(session, district.key)
    population = [row.municipality.population for row in rows]
    return render_template(
        "municipalities/district.html",
        district=district,
        rows=rows,
        led=led,
        partnered=partnered,
        adopted=adopted,
        population=sum(one for one in population if one is not None) if all(population) else None,
        as_of=max((row.municipality.population_as_of or "" for row in rows), default="") or None,
    )


def _by_part(cards: list[BundleCard], key: str) -> tuple[list[BundleCard], list[BundleCard]]:
    """Split cards into those that this body leads and those that it takes part in."""
    led = [card for card in cards if any(one.key == key for one in card.leads)]
    return led, [card for card in cards if card not in led]
