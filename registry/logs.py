"""Logging for the command line and the server: plain text or one JSON object a line, on stderr.

Each entry is one line, whatever somebody typed into it: control characters are written as escapes, so that nobody can
forge an entry (OWASP ASVS 5.0, 16.4.1). Times are UTC (16.2.2).
"""

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Literal

_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""What would end a line, steer a terminal, or turn the direction of writing."""


def one_line(text: str) -> str:
    """Return a text with each unseen character as its escape: a line end becomes backslash and n."""
    return _UNSEEN.sub(lambda found: found.group().encode("unicode_escape").decode("ascii"), text)


def _moment(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, UTC)


class TextFormatter(logging.Formatter):
    """Writes a record as one line; the lines of a traceback follow, indented, so that none looks like an entry."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as text."""
        moment = _moment(record).isoformat(sep=" ", timespec="milliseconds")
        lines = [one_line(f"{moment} {record.levelname} {record.name}: {record.getMessage()}")]
        if record.exc_info:
            lines += [f"    {one_line(line)}" for line in self.formatException(record.exc_info).split("\n")]
        return "\n".join(lines)


class JsonFormatter(logging.Formatter):
    """Writes a record as one JSON object: time (RFC 3339, UTC), level, logger, message, exception."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line of JSON."""
        entry = {
            "time": _moment(record).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        # JSON escapes line ends by itself, but not all that an editor or a terminal takes for one.
        return _UNSEEN.sub(lambda found: f"\\u{ord(found.group()):04x}", json.dumps(entry, ensure_ascii=False))


def set_up_logging(log_format: Literal["text", "json"], level: str) -> None:
    """Send the log of the whole process to stderr; repeating it replaces what was set up before."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if log_format == "json" else TextFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # Alembic tells each step of a migration; an operator wants to hear of problems.
    logging.getLogger("alembic").setLevel(logging.WARNING)
