"""Two to five bundles side by side; every state has an address."""

from dataclasses import dataclass, replace
from datetime import date

from flask import Blueprint, Response, make_response, render_template, request, url_for
from sqlmodel import Session

from registry.catalogue.models import ServiceBundle
from registry.comparison.queries import FEWEST, MOST, LeftOut, Side, chosen_bundles, sides
from registry.comparison.rules import MOST_CASES, MOST_INHABITANTS, Terms
from registry.comparison.table import Group
from registry.comparison.table import comparison as table
from registry.exchange.comparison_xlsx import comparison_workbook
from registry.reuse.queries import BundleCard
from registry.search.contract import Kind, SearchRequest
from registry.web.addresses import absolute
from registry.web.caching import follows_clock
from registry.web.chosen import chosen_profile
from registry.web.formatting import number, partial_date
from registry.web.forms import Errors, summary
from registry.web.parameters import clean_text
from registry.web.refusing import PageBadRequest
from registry.web.searching import find_bundles
from registry.web.services import reading, services

comparison = Blueprint("comparison", __name__)

READ = 20
"""Most bundles of an address that are looked up; more are named as too many."""
OFFERED = 8
"""Search hits from which one more bundle can be chosen."""
LABELS = {"einwohner": "Einwohner", "vorgaenge": "Vorgänge im Jahr"}
_MOST = {"einwohner": MOST_INHABITANTS, "vorgaenge": MOST_CASES}
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class State:
    """What is compared, and for whom; each state has one address."""

    slugs: tuple[str, ...]
    typed: tuple[tuple[str, str], ...] = ()
    """Name and text of the figures that the reader has entered."""
    only_differences: bool = False

    @property
    def address(self) -> str:
        """Return the address of the page."""
        return self._address("html")

    @property
    def spreadsheet(self) -> str:
        """Return the address of the workbook."""
        return replace(self, only_differences=False)._address("xlsx")

    def _address(self, form: str) -> str:
        only = "unterschiede" if self.only_differences else None
        typed = dict(self.typed)
        return url_for("comparison.show", form=form, b=list(self.slugs), nur=only, **typed)  # type: ignore[arg-type]

    def with_bundle(self, slug: str) -> str:
        """Return the address with one more bundle."""
        return replace(self, slugs=(*self.slugs, slug)).address

    def without(self, slug: str) -> str:
        """Return the address without a bundle."""
        return replace(self, slugs=tuple(one for one in self.slugs if one != slug)).address

    def differing(self, only: bool) -> str:
        """Return the address that shows differences alone, or everything."""
        return replace(self, only_differences=only).address


@dataclass(frozen=True)
class Figures:
    """The figures for which costs are computed, where the population comes from, and what is wrong with the input."""

    terms: Terms
    population_from: str
    errors: Errors


@comparison.get("/vergleich.xlsx", defaults={"form": "xlsx"})
@comparison.get("/vergleich", defaults={"form": "html"})
@follows_clock
def show(form: str) -> Response:
    """Show bundles side by side, or how to choose them; as XLSX the same rows as a workbook."""
    return _page() if form == "html" else _workbook()


def _page() -> Response:
    asked, too_many = _asked()
    figures = _figures()
    text, _ = clean_text(request.args.get("q", ""))
    with reading() as session:
        bundles, left_out = chosen_bundles(session, asked)
        compared = _compared(session, bundles, figures) if FEWEST <= len(bundles) <= MOST else []
    state = _state([bundle.slug for bundle in bundles])
    groups = _groups(compared)
    page = render_template(
        "comparison/show.html",
        state=state,
        bundles=bundles,
        left_out=_named(left_out, too_many),
        sides=compared,
        groups=groups,
        differences=sum(len(group.differing) for group in groups),
        row_count=sum(len(group.rows) for group in groups),
        fewest=FEWEST,
        most=MOST,
        figures=figures,
        typed=dict.fromkeys(_MOST, "") | dict(state.typed),
        lines=summary(figures.errors, LABELS),
        labels=LABELS,
        text=text,
        offered=_offered(text, state.slugs),
        chosen=chosen_profile(),
        today=date.today(),
        back=request.full_path.rstrip("?"),
    )
    return make_response(page, 400 if figures.errors or len(bundles) > MOST else 200)


def _workbook() -> Response:
    asked, _ = _asked()
    figures = _figures()
    if figures.errors:
        raise PageBadRequest(" ".join(f"{LABELS[name]}: {reason}" for name, reason in figures.errors.items()))
    with reading() as session:
        bundles, left_out = chosen_bundles(session, asked)
        if not FEWEST <= len(bundles) <= MOST:
            raise PageBadRequest(f"Ein Vergleich braucht {FEWEST} bis {MOST} Bündel; gewählt sind {len(bundles)}.")
        compared = _compared(session, bundles, figures)
    facts = [("Vergleich", services().settings.site_name), ("Abgerufen am", partial_date(date.today()))]
    facts.append(("Kosten für", figures.population_from or "keine Angabe"))
    cases = figures.terms.cases
    facts.append(("Vorgänge im Jahr", "keine Angabe" if cases is None else number(cases)))
    facts += [("Nicht enthalten", f"{one.slug}: {one.reason}") for one in left_out]
    content = comparison_workbook(
        [side.title for side in compared],
        [absolute("bundles.show", slug=side.slug) for side in compared],
        _groups(compared),
        facts,
    )
    answer = Response(content, content_type=_XLSX)
    answer.headers["Content-Disposition"] = "attachment; filename=vergleich.xlsx"
    return answer


def _asked() -> tuple[list[str], int]:
    """Return the distinct short names of the address that are looked up, and how many more there are."""
    asked = list(dict.fromkeys(clean_text(raw)[0][:100] for raw in request.args.getlist("b") if raw.strip()))
    return asked[:READ], len(asked[READ:])


def _figures() -> Figures:
    """Return population and cases: as typed, else the population of the chosen profile."""
    found: dict[str, int | None] = {}
    errors: Errors = {}
    for name, most in _MOST.items():
        typed = "".join(request.args.get(name, "")[:40].split()).replace(".", "")
        found[name] = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else None
        value = found[name]
        if typed and (value is None or not 1 <= value <= most):
            errors[name] = f"Bitte geben Sie eine ganze Zahl von 1 bis {number(most)} ein."
            found[name] = None
    population, source = found["einwohner"], ""
    if population is not None:
        source = f"{number(population)} Einwohner (Ihre Angabe)"
    elif "einwohner" not in errors and (chosen := chosen_profile()) is not None:
        population = chosen.profile.population
        if population is not None:
            as_of = chosen.profile.population_as_of
            stand = f", Stand: {partial_date(as_of)}" if as_of else ""
            source = f"{number(population)} Einwohner ({chosen.profile.name}{stand})"
    return Figures(Terms(population, found["vorgaenge"]), source, errors)


def _state(slugs: list[str]) -> State:
    typed = tuple((name, text) for name in _MOST if (text := clean_text(request.args.get(name, ""))[0][:40]))
    return State(tuple(slugs), typed, request.args.get("nur") == "unterschiede")


def _compared(session: Session, bundles: list[ServiceBundle], figures: Figures) -> list[Side]:
    chosen = chosen_profile()
    return sides(
        session,
        bundles,
        figures.terms,
        profile=chosen.profile if chosen is not None else None,
        today=date.today(),
        months=services().settings.confirmation_months,
    )


def _groups(compared: list[Side]) -> tuple[Group, ...]:
    chosen = chosen_profile()
    return table(compared, chosen.profile.name if chosen is not None else None) if compared else ()


def _named(left_out: list[LeftOut], too_many: int) -> list[LeftOut]:
    """Return what is left out; of an address with very many bundles only the first are looked up."""
    more = [LeftOut(f"{too_many} weitere", f"Gelesen werden höchstens {READ} Angaben.")] if too_many else []
    return [*left_out, *more]


def _offered(text: str, chosen: tuple[str, ...]) -> list[BundleCard]:
    """Return hits of a search that are not chosen yet."""
    if not text or len(chosen) >= MOST:
        return []
    found = find_bundles(SearchRequest(Kind.BUNDLE, text, per_page=OFFERED + len(chosen)))
    return [card for _, card in found.rows if card.bundle.slug not in chosen][:OFFERED]
