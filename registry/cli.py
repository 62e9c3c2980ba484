"""`ozg-registry`: the command line. Errors are one line on stderr, with an exit code other than 0."""

import sys
import traceback
from collections.abc import Sequence
from typing import Any

import click
from alembic.util import CommandError
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from registry import __version__
from registry.commands.auditing import audit_command
from registry.commands.base import CommandFailedError, GermanGroup, Room, complain, usage_sentence
from registry.commands.catalogue import check, init, load, upgrade
from registry.commands.exchanging import export_command, import_command
from registry.commands.links import links
from registry.commands.mailing import housekeeping, mail
from registry.commands.operating import backup, doctor, restore, serve
from registry.commands.searching import reindex, search
from registry.commands.users import organisation, user
from registry.commands.words import words
from registry.settings import SettingsError


class _Program(GermanGroup):
    """The program: its failures are one line, never a traceback (unless `--debug`)."""

    def main(self, args: Sequence[str] | None = None, *rest: Any, **extra: Any) -> Any:
        """Run a command; in standalone mode end the process with its exit code.

        0: done; 1: failed, or found errors; 2: called wrongly; 130: interrupted.
        """
        if not extra.get("standalone_mode", True):
            return super().main(args, *rest, **extra)
        given = list(sys.argv[1:] if args is None else args)
        try:
            super().main(given, "ozg-registry", standalone_mode=False)
        except click.exceptions.NoArgsIsHelpError as error:
            click.echo(error.format_message())
            sys.exit(2)
        except Exception as error:
            if "--debug" in given:
                traceback.print_exc()
            sys.exit(_explain(error))
        sys.exit(0)


@click.group(cls=_Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--debug", is_flag=True, help="Ausführliches Protokoll, und bei Fehlern der ganze Ablauf.")
@click.version_option(__version__, message="%(prog)s %(version)s", help="Die Version zeigen.")
@click.pass_context
def main(context: click.Context, debug: bool) -> None:
    """Register der nachnutzbaren Online-Dienste der Kommunen."""
    context.obj = room = Room(debug)
    context.call_on_close(room.close)


for _command in (
    *(user, organisation, audit_command),
    *(links, mail, housekeeping),
    *(init, serve, load, search, check, reindex, words),
    *(import_command, export_command, doctor, backup, restore, upgrade),
):
    main.add_command(_command)


def _explain(error: Exception) -> int:
    """Print one line on what went wrong and what to do; return the exit code."""
    if isinstance(error, click.UsageError):
        where = error.ctx.command_path if error.ctx else "ozg-registry"
        complain(f"{usage_sentence(error)} Hilfe: {where} --help")
        return 2
    if isinstance(error, click.Abort):
        complain("Abgebrochen.")
        return 130
    if isinstance(error, SettingsError):
        complain(str(error))
        return 2
    complain(_sentence(error))
    return 1


def _sentence(error: Exception) -> str:
    if isinstance(error, CommandFailedError):
        return str(error)
    if isinstance(error, CommandError):  # alembic does not know the revision
        return "Die Datenbank gehört zu einer anderen Version des Registers. Spielen Sie deren Sicherung zurück."
    reason = str(getattr(error, "orig", None) or error).strip().splitlines() or [type(error).__name__]
    if isinstance(error, SQLAlchemyError):
        if isinstance(error, OperationalError) and "connect" in reason[0]:
            return f"Die Datenbank ist nicht erreichbar: {reason[0]}"
        return f"Die Datenbank meldet: {reason[0]} (Einzelheiten mit --debug)"
    if isinstance(error, OSError):
        place = f" ({error.filename})" if error.filename else ""
        return f"{error.strerror or reason[0]}{place}"
    return f"Unerwarteter Fehler: {type(error).__name__}: {reason[0]} (Einzelheiten mit --debug)"


if __name__ == "__main__":
    main()
