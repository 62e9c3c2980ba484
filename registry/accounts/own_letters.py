"""Mails to a person about the own account. Pure functions."""

from registry.accounts.letters import Letter

_END = """
Mit freundlichen Grüßen
{site}
"""
_NOT_YOU = (
    "Wenn Sie das nicht waren, setzen Sie bitte sofort ein neues Passwort und melden Sie sich bei der\n"
    "Administration des Registers."
)


def reset(site: str, link: str) -> Letter:
    """Return the mail with the link to a new password."""
    return Letter(
        f"Neues Passwort: {site}",
        f"""Guten Tag,

für Ihr Konto wurde ein neues Passwort angefordert. Mit diesem Link setzen Sie es:

{link}

Der Link gilt einmal und eine Stunde lang. Wenn Sie ihn nicht angefordert haben, brauchen Sie nichts zu tun:
Ihr bisheriges Passwort gilt weiter.
{_END.format(site=site)}""",
    )


def reset_elsewhere(site: str, label: str, link: str) -> Letter:
    """Return the mail to somebody who signs in by single sign-on and has no password here."""
    return Letter(
        f"Ihre Anmeldung: {site}",
        f"""Guten Tag,

für Ihr Konto wurde ein neues Passwort angefordert. Ihr Konto hat hier kein Passwort: Bitte melden Sie sich mit
„{label}“ an:

{link}

Ihr Passwort dort ändern Sie bei der Stelle, die es Ihnen gegeben hat.
{_END.format(site=site)}""",
    )


def password_changed(site: str) -> Letter:
    """Return the mail that tells of a changed password."""
    return Letter(
        f"Passwort geändert: {site}",
        f"""Guten Tag,

das Passwort Ihres Kontos wurde geändert. {_NOT_YOU}
{_END.format(site=site)}""",
    )


def factor_changed(site: str, on: bool) -> Letter:
    """Return the mail that tells that the second factor was put on or off."""
    done = "eingerichtet" if on else "abgeschaltet"
    return Letter(
        f"Zweiter Faktor {done}: {site}",
        f"""Guten Tag,

der zweite Faktor Ihres Kontos wurde {done}. {_NOT_YOU}
{_END.format(site=site)}""",
    )


def recovery_code_used(site: str, left: int) -> Letter:
    """Return the mail that tells of a sign-in with a recovery code."""
    return Letter(
        f"Ersatzcode verwendet: {site}",
        f"""Guten Tag,

bei der Anmeldung an Ihrem Konto wurde ein Ersatzcode verwendet; unverbraucht sind noch {left}. {_NOT_YOU}
{_END.format(site=site)}""",
    )
