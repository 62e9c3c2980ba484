"""Commands of the search vocabulary: relations of words that hold for this installation."""

import click
from sqlmodel import col, select

from registry.commands.base import CommandFailedError, GermanCommand, GermanGroup, Room, pass_room, say, say_json
from registry.search.models import WordRelation
from registry.search.operations import add_relation, withdraw_relation
from registry.search.vocabulary import VocabularyError

ACTOR = "ozg-registry words"  # who is named in the revisions until people have accounts


@click.group(cls=GermanGroup)
def words() -> None:
    """Eigene Wörter der Suche, zusätzlich zum mitgelieferten Wortschatz."""


@words.command("list", cls=GermanCommand)
@click.option("--json", "as_json", is_flag=True, help="Ergebnis als JSON.")
@pass_room
def list_words(room: Room, as_json: bool) -> None:
    """Die geltenden eigenen Beziehungen zeigen."""
    query = select(WordRelation).where(col(WordRelation.active)).order_by(col(WordRelation.id))
    with room.ready_database.reading() as session:
        rows = session.exec(query).all()
    if as_json:
        say_json([{"id": row.id, "line": row.line, "note": row.note} for row in rows])
        return
    for row in rows:
        say(f"{row.id}  {row.line}" + (f"  ({row.note})" if row.note else ""))
    if not rows:
        say("Keine eigenen Beziehungen. Hinzufügen: ozg-registry words add 'Elterntaxi -> Schülerbeförderung'")


@words.command(cls=GermanCommand)
@click.argument("line", metavar="BEZIEHUNG")
@click.option("--note", default="", metavar="TEXT", help="Warum es die Beziehung gibt.")
@pass_room
def add(room: Room, line: str, note: str) -> None:
    """Eine Beziehung hinzufügen, etwa 'Elterntaxi -> Schülerbeförderung'; sie gilt ab der nächsten Suche."""
    try:
        with room.ready_database.writing() as write:
            number = add_relation(write, line, actor=ACTOR, note=note).id
    except VocabularyError as error:
        raise CommandFailedError(str(error)) from None
    say(f"Beziehung {number} gilt ab der nächsten Suche.")


@words.command(cls=GermanCommand)
@click.argument("number", metavar="NUMMER", type=int)
@pass_room
def remove(room: Room, number: int) -> None:
    """Eine Beziehung zurücknehmen."""
    with room.ready_database.writing() as write:
        if not withdraw_relation(write, number, actor=ACTOR):
            raise CommandFailedError(f"Eine geltende Beziehung {number} gibt es nicht. Alle zeigt: words list")
    say(f"Beziehung {number} ist zurückgenommen.")
