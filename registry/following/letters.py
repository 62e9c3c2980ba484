"""Mails about following. Pure functions."""

from collections.abc import Sequence

from registry.accounts.letters import Letter
from registry.following.models import FollowedKind, Rhythm
from registry.following.news import Item

KIND = "following"
"""Of the digests in the outbox: such a mail carries its own end (`registry.mail.messages`)."""
KIND_CONFIRM = "following_confirm"
CONFIRMING = "/folgen/bestaetigen"
LEAVING = "/folgen/abbestellen"
LINES = 15
"""Lines of one followed thing; the rest is counted."""
MAX_BODY = 40_000
"""Signs of all followed things together: what is beyond is counted, so that the link that ends it always fits."""
MAX_LINE = 600
_KINDS = {
    FollowedKind.SEARCH: "Suche",
    FollowedKind.BUNDLE: "Leistungsbündel",
    FollowedKind.OZG_SERVICE: "OZG-Leistung",
    FollowedKind.MUNICIPALITY: "Kommune oder Kreis",
}
_RHYTHMS = {Rhythm.DAILY: "höchstens einmal am Tag", Rhythm.WEEKLY: "höchstens einmal in der Woche"}


def confirmation(site: str, kind: FollowedKind, label: str, rhythm: Rhythm, link: str) -> Letter:
    """Return the mail that asks whether the address really wants to follow."""
    return Letter(
        f"Bitte bestätigen: {site}",
        f"""Guten Tag,

mit dieser Adresse möchte jemand im {site} Neues erfahren zu:

{_KINDS[kind]}: {label}

Sie bekommen dann {_RHYTHMS[rhythm]} eine E-Mail, und nur, wenn es Neues gibt. Bitte bestätigen Sie das hier:

{link}

Der Link gilt einmal und sieben Tage lang. Waren Sie das nicht, brauchen Sie nichts zu tun: Ohne Bestätigung kommt
keine weitere E-Mail, und die Adresse wird nach sieben Tagen gelöscht.

Mit freundlichen Grüßen
{site}
""",
    )


def already(site: str, kind: FollowedKind, label: str, rhythm: Rhythm, link: str) -> Letter:
    """Return the mail to who asks once more for what the address follows already."""
    return Letter(
        f"Sie folgen schon: {site}",
        f"""Guten Tag,

mit dieser Adresse folgen Sie im {site} schon:

{_KINDS[kind]}: {label}

Sie bekommen dazu {_RHYTHMS[rhythm]} eine E-Mail, und nur, wenn es Neues gibt. Hier beenden Sie das:

{link}

Mit freundlichen Grüßen
{site}
""",
    )


def digest(site: str, base: str, items: Sequence[Item], link: str) -> Letter:
    """Return the mail with what is new. `base`: the public address of the site; `link` ends it."""
    parts: list[str] = []
    length = 0
    for item in items:
        part = _part(item, base)
        if parts and length + len(part) > MAX_BODY:
            break
        parts.append(part)
        length += len(part)
    left = len(items) - len(parts)
    if left:
        parts.append(f"Außerdem gibt es Neues zu {left} weiteren, denen Sie folgen.")
    return Letter(
        f"Neues zu „{items[0].label[:80]}“: {site}" if len(items) == 1 else f"Neues zu {len(items)} Themen: {site}",
        "Guten Tag,\n\nim Register gibt es Neues zu dem, wovon Sie erfahren wollten.\n\n"
        + "\n\n".join(parts)
        + "\n\nSie bekommen diese E-Mail, weil Sie das bestellt haben. Einzelnes beenden oder alles abbestellen:\n"
        f"{link}\n",
    )


def _part(item: Item, base: str) -> str:
    lines = [f"{_KINDS[item.kind]}: {item.label}", f"{base}{item.path}"]
    told: str | None = item.path
    for line in item.lines[:LINES]:
        text = " ".join(line.text.split())
        lines.append(f"- {text[: MAX_LINE - 1]}…" if len(text) > MAX_LINE else f"- {text}")
        if line.path != told:
            lines.append(f"  {base}{line.path}")
        if line.successor:
            lines.append(f"  Nachfolger: {base}{line.successor}")
    more = len(item.lines) - LINES
    if more > 0:
        lines.append(f"- und {more} weitere Neuigkeit{'en' if more > 1 else ''}")
    return "\n".join(lines)
