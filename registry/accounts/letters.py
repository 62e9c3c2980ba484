"""Mails about accounts: who is invited to what, what an administrator did to an account. Pure functions."""

from dataclasses import dataclass
from datetime import datetime

from registry.accounts.enums import Role

_END = """
Mit freundlichen Grüßen
{site}
"""
_UNASKED = "Wenn Sie diese Nachricht nicht erwartet haben, brauchen Sie nichts zu tun: Ohne den Link geschieht nichts."


@dataclass(frozen=True)
class Letter:
    """A mail: its subject and its plain text."""

    subject: str
    body: str


@dataclass(frozen=True)
class Invited:
    """What somebody is invited to; `organisation` None: to the administration of the registry."""

    site: str
    organisation: str | None
    role: Role | None
    as_admin: bool
    expires_at: datetime

    @property
    def task(self) -> str:
        """Return the task in words."""
        if self.as_admin or self.role is None:
            return "die Administration des Registers"
        return f"die Aufgabe „{self.role.label}“ für {self.organisation}"


def invitation(what: Invited, link: str) -> Letter:
    """Return the mail to an address without account."""
    return Letter(
        f"Einladung: {what.site}",
        f"""Guten Tag,

Sie sind eingeladen, im {what.site} {what.task} zu übernehmen.

Bitte öffnen Sie diesen Link und legen Sie Ihr Konto an:

{link}

Der Link gilt einmal und bis zum {_day(what.expires_at)}.
{_UNASKED}
{_END.format(site=what.site)}""",
    )


def invitation_of_known(what: Invited, link: str) -> Letter:
    """Return the mail to an address that has an account."""
    return Letter(
        f"Einladung: {what.site}",
        f"""Guten Tag,

Sie sind eingeladen, im {what.site} {what.task} zu übernehmen.
Sie haben dort schon ein Konto mit dieser E-Mail-Adresse.

Bitte öffnen Sie diesen Link, um die Aufgabe anzunehmen:

{link}

Der Link gilt einmal und bis zum {_day(what.expires_at)}.
{_UNASKED}
{_END.format(site=what.site)}""",
    )


def invitation_of_disabled(what: Invited) -> Letter:
    """Return the mail to an address whose account is disabled: no link."""
    return Letter(
        f"Einladung: {what.site}",
        f"""Guten Tag,

Sie sind eingeladen, im {what.site} {what.task} zu übernehmen.
Ihr Konto mit dieser E-Mail-Adresse ist zurzeit gesperrt. Bitte wenden Sie sich an die Administration des Registers;
danach kann die Einladung erneut verschickt werden.
{_END.format(site=what.site)}""",
    )


def new_password(site: str, link: str, hours: int) -> Letter:
    """Return the mail with which an administrator lets somebody set a new password."""
    return Letter(
        f"Neues Passwort: {site}",
        f"""Guten Tag,

die Administration des {site} hat Ihnen einen Link geschickt, mit dem Sie ein neues Passwort setzen können:

{link}

Der Link gilt einmal und {hours} {"Stunde" if hours == 1 else "Stunden"} lang.
{_UNASKED}
{_END.format(site=site)}""",
    )


def factor_reset(site: str) -> Letter:
    """Return the mail that tells that the second factor was reset."""
    return Letter(
        f"Zweiter Faktor zurückgesetzt: {site}",
        f"""Guten Tag,

die Administration des {site} hat den zweiten Faktor Ihres Kontos zurückgesetzt; alle Sitzungen sind beendet.
Bitte richten Sie nach der nächsten Anmeldung unter „Konto“ einen neuen ein.

Wenn Sie das nicht veranlasst haben, melden Sie sich bitte umgehend bei der Administration.
{_END.format(site=site)}""",
    )


def _day(moment: datetime) -> str:
    return f"{moment:%d.%m.%Y}"
