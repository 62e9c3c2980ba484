"""The audit log: sign-ins, changes of roles, exports, decisions. Lines are added, never changed.

Each line carries a digest of itself and the line before it, so that a change outside the program is found
(`registry.accounts.audit_queries.verify`).
"""

import hashlib
import json
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, col, select

from registry.accounts.models import AuditEntry
from registry.moments import now

_CHAIN_LOCK = 0x617564  # any number; held until the end of the transaction, so that the chain never forks

PRUNED = "audit.pruned"
"""Lines older than the retention were removed; `details` hold the digest of the last of them: the chain goes on."""

ACTIONS: dict[str, str] = {
    "sign_in.succeeded": "Anmeldung",
    "sign_in.failed": "Anmeldung fehlgeschlagen",
    "sign_in.locked": "Anmeldung vorübergehend gesperrt",
    "sign_in.oidc": "Anmeldung über das Verwaltungskonto",
    "sign_in.oidc_refused": "Anmeldung über das Verwaltungskonto abgelehnt",
    "sign_out": "Abmeldung",
    "session.confirmed": "In der Sitzung erneut ausgewiesen",
    "session.ended": "Sitzung beendet",
    "password.changed": "Passwort geändert",
    "password.reset_requested": "Neues Passwort angefordert",
    "password.reset": "Passwort neu gesetzt",
    "factor.added": "Zweiter Faktor eingerichtet",
    "factor.removed": "Zweiter Faktor entfernt",
    "factor.reset": "Zweiter Faktor zurückgesetzt",
    "factor.failed": "Zweiter Faktor falsch",
    "factor.recovery_used": "Ersatzcode verwendet",
    "factor.recovery_renewed": "Ersatzcodes erneuert",
    "invitation.sent": "Einladung verschickt",
    "invitation.resent": "Einladung erneut verschickt",
    "invitation.withdrawn": "Einladung zurückgenommen",
    "invitation.accepted": "Einladung angenommen",
    "member.role_changed": "Aufgabe geändert",
    "member.removed": "Mitglied entfernt",
    "person.created": "Konto angelegt",
    "person.linked": "Konto mit dem Verwaltungskonto verbunden",
    "person.roles_followed": "Aufgaben an das Verwaltungskonto angeglichen",
    "person.roles_added": "Aufgaben ergänzt",
    "person.disabled": "Konto gesperrt",
    "person.enabled": "Konto entsperrt",
    "person.admin_given": "Administration übertragen",
    "person.admin_taken": "Administration entzogen",
    "person.deleted": "Konto gelöscht",
    "person.exported": "Eigene Daten ausgegeben",
    "person.link_sent": "Link für ein neues Passwort verschickt",
    "organisation.created": "Stelle angelegt",
    "organisation.changed": "Stelle geändert",
    "organisation.deactivated": "Stelle stillgelegt",
    "organisation.reactivated": "Stelle wieder in Betrieb genommen",
    "organisation.entries_taken_over": "Einträge übernommen",
    "suggestion.taken": "Hinweis aufgegriffen",
    "suggestion.settled": "Hinweis als erledigt geschlossen",
    "suggestion.declined": "Hinweis abgelehnt",
    "suggestion.reopened": "Hinweis wieder geöffnet",
    "proposal.submitted": "Fassung zur Prüfung eingereicht",
    "proposal.taken_back": "Fassung aus der Prüfung genommen",
    "proposal.accepted": "Fassung übernommen",
    "proposal.returned": "Fassung zurückgegeben",
    "proposal.declined": "Fassung abgelehnt",
    "proposal.scheduled": "Veröffentlichung vorgemerkt",
    "proposal.published": "Fassung veröffentlicht",
    "entry.withdrawn": "Eintrag zurückgezogen",
    "entry.archived": "Eintrag archiviert",
    "entry.reinstated": "Eintrag wieder veröffentlicht",
    "entry.confirmed": "Angaben bestätigt",
    "entry.discarded": "Entwurf verworfen",
    "entry.restored": "Fassung wiederhergestellt",
    "stewardship.offered": "Eintrag zur Übernahme angeboten",
    "stewardship.accepted": "Eintrag übernommen",
    "stewardship.declined": "Übernahme abgelehnt",
    "stewardship.recalled": "Angebot zur Übernahme zurückgenommen",
    "stewardship.set": "Zuständigkeit festgelegt",
    "adoption.declared": "Nachnutzung angemeldet",
    "adoption.claimed": "Nutzung durch andere angegeben",
    "adoption.step": "Schritt einer Nachnutzung eingetragen",
    "adoption.step_corrected": "Schritt einer Nachnutzung berichtigt",
    "adoption.step_taken_back": "Schritt einer Nachnutzung zurückgenommen",
    "adoption.confirmed": "Nachnutzung bestätigt",
    "adoption.denied": "Nachnutzung verneint",
    "adoption.declined": "Anfrage zur Nachnutzung abgelehnt",
    "adoption.taken_up": "Anfrage zur Nachnutzung wieder aufgenommen",
    "adoption.message": "Nachricht zu einer Nachnutzung geschrieben",
    "profile.saved": "Profil einer Stelle gespeichert",
    "capability.added": "Baustein ergänzt",
    "capability.changed": "Baustein geändert",
    "capability.retired": "Baustein nicht mehr geführt",
    "capability.restored": "Baustein wieder geführt",
    "digest.ended": "Übersicht abbestellt",
    "experience.saved": "Erfahrungsbericht gespeichert",
    "experience.published": "Erfahrungsbericht veröffentlicht",
    "experience.hidden": "Erfahrungsbericht nicht mehr veröffentlicht",
    "connection.made": "Anschlussliste erstellt",
    "connection.changed": "Anschlussliste geändert",
    "quality.exported": "Arbeitsliste ausgegeben",
    "mail.given_up": "Mail aufgegeben",
    "mail.bounced": "Adresse als unzustellbar gemeldet",
    "entries.exported": "Einträge als Tabelle ausgegeben",
    "audit.exported": "Protokoll ausgegeben",
    "cooperation.declared": "Interesse an gemeinsamer Umsetzung bekundet",
    "cooperation.changed": "Interesse an gemeinsamer Umsetzung geändert",
    "cooperation.ended": "Interesse an gemeinsamer Umsetzung beendet",
    PRUNED: "Alte Zeilen des Protokolls entfernt",
}
"""Action → German label. Every action is here: `audit` refuses others."""


def line_digest(before: str, entry: AuditEntry) -> str:
    """Return the digest (SHA-256, hex) of a line that follows the line with the digest `before`."""
    content = [before, entry.at.isoformat(), entry.actor, entry.action, entry.subject, entry.details]
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def audit(session: Session, actor: str, action: str, subject: str = "", **details: Any) -> None:
    """Add a line in the transaction of `session`, one of `noting()` or `writing()`; best as its last step.

    `actor` is `person:<id>`, a program's name or `anonymous`; `details` must be JSON-ready and name no secret.
    Raises ValueError for an action that has no label in `ACTIONS`.
    """
    if action not in ACTIONS:
        raise ValueError(f"the action {action} has no label in registry.accounts.audit.ACTIONS")
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _CHAIN_LOCK})
    last = session.exec(select(AuditEntry.digest).order_by(col(AuditEntry.id).desc()).limit(1)).first()
    entry = AuditEntry(at=now(), actor=actor, action=action, subject=subject[:200], details=details, digest="")
    entry.digest = line_digest(last or "", entry)
    session.add(entry)
    session.flush()
