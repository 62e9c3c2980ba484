"""Search words of this installation, with the effect on queries before they are saved."""

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from registry.editorial.failed_queries import FailedText, UnknownTextError, Verdict, failed_texts, settle
from registry.editorial.who import names_of_actors
from registry.history import Author
from registry.search.effects import Effect
from registry.search.operations import MAX_LINE, add_relation, change_note, checked_line, withdraw_relation
from registry.search.queries import OwnWord, own_word, own_words, relation_with
from registry.search.relations import Relation, line_of, shares_a_word, spoken_of
from registry.search.vocabulary import VocabularyError
from registry.web.access import Level, access
from registry.web.editing.texts import plain
from registry.web.identity import current_actor
from registry.web.pages.errors import PageNotFound
from registry.web.parameters import clean_text
from registry.web.services import reading, services

words = Blueprint("words", __name__)

_WORD = "/verwaltung/wortschatz/<int(max=2147483647):number>"
RELATED, RECENT = 8, 4
"""Failed searches that a preview tries: those with a word of the relation, and the last ones of the others."""


@dataclass(frozen=True)
class Typed:
    """The form as it was typed: words, relation and target, or the whole line."""

    words: str = ""
    relation: str = Relation.FINDS.value
    target: str = ""
    line: str = ""
    note: str = ""

    def as_line(self) -> str:
        """Return the relation's line. Raises VocabularyError."""
        if self.line.strip() and self.target.strip():
            raise VocabularyError("Bitte füllen Sie entweder die Felder oder die Zeile aus, nicht beides.")
        return checked_line(self.line) if self.line.strip() else line_of(self.words, self.relation, self.target)


@words.get("/verwaltung/wortschatz")
@access(Level.ADMINISTRATOR)
def index() -> str:
    """List the own words."""
    text, _ = clean_text(request.args.get("q", ""))
    withdrawn = request.args.get("stand") == "zurueckgenommen"
    with reading() as session:
        rows = own_words(session, text, active=not withdrawn)
    return render_template("words/index.html", rows=rows, text=text, withdrawn=withdrawn)


@words.route("/verwaltung/wortschatz/neu", methods=["GET", "POST"])
@access(Level.ADMINISTRATOR)
def add() -> Response | str | tuple[str, int]:
    """Add a relation; show first what it does to searches."""
    if request.method == "GET":
        return _form(Typed(words=clean_text(request.args.get("wort", ""))[0]))
    typed = Typed(
        *(plain(request.form.get(name, "")[: 4 * MAX_LINE]) for name in ("wort", "beziehung", "ziel", "zeile", "note"))
    )
    saving = request.form.get("schritt") == "speichern"
    try:
        line = typed.as_line()
    except VocabularyError as error:
        sentence = str(error).removeprefix("Eingabe, Zeile 1: ")
        return _form(typed, error=sentence[:1].upper() + sentence[1:]), 422 if saving else 200
    with reading() as session:
        failed = failed_texts(session).texts
        held = relation_with(session, line)
    if held is not None and held.active:
        return _form(typed, error="Diese Beziehung steht schon im Wortschatz."), 422 if saving else 200
    found = _effects(line, typed.words, failed, added=True)
    if not saving:
        return _form(typed, line=line, effects=found)
    settled = _settled_by(found, failed, line)
    actor = current_actor()
    with services().database.writing() as write:
        add_relation(write, line, actor=Author(actor.key), note=typed.note.strip()[:MAX_LINE])
        for text in settled:
            try:
                settle(write.session, actor, text, Verdict.WORD_ADDED)
            except UnknownTextError:  # forgotten meanwhile
                settled = [one for one in settled if one != text]
    done = f" Erledigt: {', '.join(f'„{text}“' for text in settled[:5])}." if settled else ""
    flash(f"Die Beziehung „{line}“ gilt ab der nächsten Suche.{done}", "success")
    return redirect(url_for("words.index"), 303)


@words.route(_WORD, methods=["GET", "POST"])
@access(Level.ADMINISTRATOR)
def show(number: int) -> Response | str:
    """Show a relation, its history and what searches would find without it (or with it again); change its note."""
    found = _found(number)
    if request.method == "POST":
        try:
            with services().database.writing() as write:
                note = " ".join(plain(request.form.get("note", "")).split())
                if not change_note(write, number, note, actor=Author(current_actor().key)):
                    raise _UnchangedError
        except _UnchangedError:
            flash("Die Anmerkung ist unverändert.", "info")
        else:
            flash("Die Anmerkung ist gespeichert.", "success")
        return redirect(url_for("words.show", number=number), 303)
    with reading() as session:
        failed = failed_texts(session).texts
        names = names_of_actors(session, (one.actor for one in found.revisions))
    effects = _effects(found.row.line, "", failed, added=not found.row.active)
    return render_template("words/show.html", word=found, names=names, effects=effects)


@words.post(f"{_WORD}/zuruecknehmen")
@access(Level.ADMINISTRATOR)
def withdraw(number: int) -> Response:
    """Take a relation back."""
    found, reason = _found(number), " ".join(plain(request.form.get("reason", "")).split())[:MAX_LINE]
    try:
        with services().database.writing() as write:
            if not withdraw_relation(write, number, actor=Author(current_actor().key), reason=reason):
                raise _UnchangedError
    except _UnchangedError:
        flash("Die Beziehung war schon zurückgenommen.", "info")
    else:
        flash(f"Die Beziehung „{found.row.line}“ ist zurückgenommen.", "success")
    return redirect(url_for("words.show", number=number), 303)


@words.post(f"{_WORD}/wieder")
@access(Level.ADMINISTRATOR)
def restore(number: int) -> Response:
    """Put a relation in force again that was taken back."""
    found = _found(number)
    if found.row.active:
        flash("Die Beziehung gilt schon.", "info")
    else:
        with services().database.writing() as write:
            add_relation(write, found.row.line, actor=Author(current_actor().key))
        flash(f"Die Beziehung „{found.row.line}“ gilt ab der nächsten Suche wieder.", "success")
    return redirect(url_for("words.show", number=number), 303)


class _UnchangedError(Exception):
    """Leaves a write transaction in which nothing is to be written, so that the clock stands still."""


def _found(number: int) -> OwnWord:
    with reading() as session:
        found = own_word(session, number)
    if found is None:
        raise PageNotFound("Diese Beziehung gibt es nicht.")
    return found


def _effects(line: str, asked: str, failed: tuple[FailedText, ...], *, added: bool) -> tuple[Effect, ...]:
    """Return what a line does to its own words, to failed searches that share a word with it, and to the last ones."""
    terms = spoken_of(line)
    texts = [*([asked] if asked.strip() else []), *terms]
    related = [one.text for one in failed if shares_a_word(one.text, terms)]
    others = sorted((one for one in failed if one.text not in related), key=lambda one: one.last_day, reverse=True)
    texts += related[:RELATED] + [one.text for one in others[:RECENT]]
    once = {" ".join(text.lower().split()): text for text in reversed(texts)}
    change = {"added": [line]} if added else {"withdrawn": [line]}
    return services().search.preview(reversed(once.values()), **change)


def _settled_by(found: tuple[Effect, ...], failed: tuple[FailedText, ...], line: str) -> list[str]:
    """Return the failed searches that a line answers: they have a word of it, and find something else than before."""
    open_texts = {one.text for one in failed if one.verdict is not Verdict.WORD_ADDED}
    terms = spoken_of(line)
    changed = dict.fromkeys(" ".join(one.text.lower().split()) for one in found if one.changed and one.after.total)
    return [text for text in changed if text in open_texts and shares_a_word(text, terms)]


def _form(typed: Typed, *, error: str = "", line: str = "", effects: tuple[Effect, ...] = ()) -> str:
    return render_template(
        "words/add.html",
        typed=typed,
        relations=[(one.value, one.label) for one in Relation],
        error=error,
        line=line,
        effects=effects,
    )
