"""What commands share: the room they work in, German help, progress, failures of one line."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from sqlalchemy import make_url, text

from registry.database import Database
from registry.logs import set_up_logging
from registry.settings import Settings, load_settings

if TYPE_CHECKING:
    from registry.search.service import SearchService

SET_UP_HINT = "Führen Sie zuerst „ozg-registry init“ aus."


class CommandFailedError(Exception):
    """A command cannot do its work; the message is one German line that says what to do."""


class Room:
    """What a command works with; each part is made when first used."""

    def __init__(self, debug: bool = False) -> None:
        self.debug = debug

    @cached_property
    def settings(self) -> Settings:
        """Return the settings of the environment, and set up the log by them. Raises SettingsError.

        A command tells by itself what it does: its log has warnings only. The server logs by the setting.
        """
        settings = load_settings()
        set_up_logging(settings.log_format, "DEBUG" if self.debug else "WARNING")
        return settings

    @cached_property
    def database(self) -> Database:
        """Return the database, reachable or not."""
        return Database(self.settings.database_url)

    @property
    def database_file(self) -> Path | None:
        """Return the file of an SQLite database, None for other databases."""
        url = make_url(self.settings.database_url)
        if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
            return None
        return Path(url.database)

    @property
    def ready_database(self) -> Database:
        """Return the database, set up and of this version. Raises CommandFailedError when it is not."""
        file = self.database_file
        if file is not None and not file.exists():  # connecting would create an empty one
            raise CommandFailedError(f"Die Datenbank {file.absolute()} gibt es nicht. {SET_UP_HINT}")
        with self.database.engine.connect() as connection:
            connection.execute(text("SELECT 1"))
        if not self.database.schema_is_current():
            raise CommandFailedError(f"Die Datenbank ist nicht eingerichtet oder veraltet. {SET_UP_HINT}")
        return self.database

    @cached_property
    def search(self) -> "SearchService":
        """Return the search on this room's database and index folder."""
        from registry.search.service import SearchService  # imported late: it takes most of the start-up time

        return SearchService(self.database, self.settings.index_dir)

    def close(self) -> None:
        """Close what was opened."""
        if "search" in self.__dict__:
            self.search.close()
        if "database" in self.__dict__:
            self.database.dispose()


pass_room = click.make_pass_decorator(Room)


def say(text: str = "") -> None:
    """Print a line for people."""
    click.echo(text)


def say_json(value: Any) -> None:
    """Print a value for scripts."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def complain(text: str) -> None:
    """Print a line on the error stream."""
    click.echo(text, err=True)


@contextmanager
def progress(label: str, length: int, *, quiet: bool = False) -> Iterator[Callable[[int], object]]:
    """Show a progress bar on a terminal, else only the label; yields what takes each step's size."""
    if quiet or length <= 0:
        yield lambda _steps: None
    elif not sys.stderr.isatty():
        complain(f"{label} …")
        yield lambda _steps: None
    else:
        with click.progressbar(length=length, label=label, file=sys.stderr) as bar:
            yield bar.update


class _German:
    """Mixin: headings and the help option in German."""

    def format_usage(self: Any, context: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the line that shows how to call the command."""
        formatter.write_usage(context.command_path, " ".join(self.collect_usage_pieces(context)), prefix="Aufruf: ")

    def get_help_option(self: Any, context: click.Context) -> click.Option | None:
        """Return the help option with a German explanation."""
        option: click.Option | None = super().get_help_option(context)  # type: ignore[misc]
        if option is not None:
            option.help = "Diese Hilfe zeigen."
        return option

    def _format_parameters(self: Any, context: click.Context, formatter: click.HelpFormatter) -> None:
        options = [part for part in self.get_params(context) if isinstance(part, click.Option)]
        records = [one for one in (option.get_help_record(context) for option in options) if one]

        if records:
            with formatter.section("Optionen"):
                formatter.write_dl(records)


class GermanCommand(_German, click.Command):
    """A command whose help is German."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("options_metavar", "[OPTIONEN]")
        super().__init__(*args, **kwargs)

    def format_options(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of options."""
        self._format_parameters(context, formatter)


class GermanGroup(_German, click.Group):
    """A group of commands whose help is German."""

    command_class = GermanCommand

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("options_metavar", "[OPTIONEN]")
        kwargs.setdefault("subcommand_metavar", "BEFEHL …")
        super().__init__(*args, **kwargs)

    def format_options(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the lists of options and of commands."""
        self._format_parameters(context, formatter)
        with formatter.section("Befehle"):
            names = self.list_commands(context)
            found = [(name, self.get_command(context, name)) for name in names]
            formatter.write_dl([(name, one.get_short_help_str(90)) for name, one in found if one and not one.hidden])


def usage_sentence(error: click.UsageError) -> str:
    """Return a German sentence for a wrong call."""
    if isinstance(error, click.NoSuchOption):
        return f"Die Option {error.option_name} gibt es nicht."
    if isinstance(error, click.MissingParameter):
        name = error.param.human_readable_name if error.param is not None else "eine Angabe"
        return f"Es fehlt: {name}."
    if isinstance(error, click.BadParameter):
        name = error.param.human_readable_name if error.param is not None else "eine Angabe"
        choices = getattr(error.param.type, "choices", None) if error.param is not None else None
        allowed = f" Erlaubt: {', '.join(str(one) for one in choices)}." if choices else ""
        return f"Ungültiger Wert für {name}.{allowed}"
    if error.message.startswith("No such command"):
        return "Diesen Befehl gibt es nicht."
    if isinstance(error, click.BadOptionUsage):
        return f"Die Option {error.option_name} ist falsch verwendet."
    return "Der Aufruf ist falsch."
