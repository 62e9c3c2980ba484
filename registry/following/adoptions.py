"""What is new about the public steps of adoptions (Nachnutzungen)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from sqlmodel import Session, col, select

from registry.adoption.enums import FINAL, Standing
from registry.adoption.models import Adoption, AdoptionStep
from registry.adoption.queries import PublicAdoption, public_adoptions

_CHUNK = 500
MAX_REASON = 300


@dataclass(frozen=True)
class AdoptionNews:
    """A public adoption, the tick of the last change that the public sees, and the day on which it became known."""

    adoption: PublicAdoption
    tick: int
    day: date

    @property
    def at(self) -> datetime:
        """Return the day as a point in time."""
        return datetime.combine(self.day, time(0), UTC)

    @property
    def key(self) -> str:
        """Return what names this step among the steps of its bundle, made of public facts alone."""
        one = self.adoption
        return f"nachnutzung-{one.body}-{one.step}-{one.since.isoformat()}"

    @property
    def sentence(self) -> str:
        """Return the step in words: „Stadt Soest: produktiv (01.02.2026), bestätigt am 03.02.2026“."""
        one = self.adoption
        text = f"{one.name}: {one.step.label} ({_day(one.since)})"
        if one.step in FINAL:
            reason = " ".join(one.reason.split())
            return text + (f". Grund: {reason[:MAX_REASON]}{'…' if len(reason) > MAX_REASON else ''}" if reason else "")
        if one.confirmed_on is None:
            return f"{text}, {one.standing.label}"
        if one.standing is Standing.EXPIRED:
            return f"{text}, Bestätigung vom {_day(one.confirmed_on)} abgelaufen"
        return f"{text}, {one.standing.label} am {_day(one.confirmed_on)}"


def adoption_news(
    session: Session,
    *,
    today: date,
    months: int,
    since: int = 0,
    slugs: Iterable[str] | None = None,
    body: str | None = None,
) -> list[AdoptionNews]:
    """Return the public adoptions of bundles, or of a body, with a public change after a tick; newest first."""
    public = public_adoptions(session, today=today, months=months, slugs=slugs, body=body)
    ids = [one.adoption_id for one in public]
    ticks: dict[int | None, int] = {}
    recorded: dict[int, date] = {}
    for start in range(0, len(ids), _CHUNK):
        part = ids[start : start + _CHUNK]
        later = select(Adoption.id, Adoption.tick).where(col(Adoption.id).in_(part), Adoption.tick > since)
        ticks |= dict(session.exec(later).all())
        recorded |= _recorded(session, [one for one in public if one.adoption_id in part])
    news = [
        AdoptionNews(
            one,
            ticks[one.adoption_id],
            max(day for day in (one.since, one.confirmed_on, recorded.get(one.adoption_id)) if day is not None),
        )
        for one in public
        if one.adoption_id in ticks
    ]
    return sorted(news, key=lambda one: (-one.day.toordinal(), one.adoption.name, one.adoption.slug))


def _recorded(session: Session, public: list[PublicAdoption]) -> dict[int, date]:
    """Return the day on which the public step of each adoption was written down."""
    wanted = {(one.adoption_id, one.step, one.since) for one in public}
    query = select(AdoptionStep).where(
        col(AdoptionStep.adoption_id).in_([one.adoption_id for one in public]), col(AdoptionStep.is_public)
    )
    found: dict[int, date] = {}
    for step in session.exec(query.order_by(col(AdoptionStep.id))):
        if (step.adoption_id, step.step, step.day) in wanted:
            found[step.adoption_id] = step.at.date()
    return found


def _day(day: date) -> str:
    return f"{day:%d.%m.%Y}"
